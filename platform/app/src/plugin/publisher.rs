//! Whose plugins the operator trusts.

use alvara_domain::fault::FaultCode;
use alvara_domain::plugin::Publisher;
use alvara_gateway::fingerprint;
use alvara_store::{PlatformTx, plugins};
use data_encoding::BASE64;

use super::operator;
use crate::error::{AppError, AppResult};
use crate::field::Fields;

/// Trusts a publisher's key: 32 raw bytes of Ed25519, base64.
///
/// # Errors
/// [`AppError::Invalid`] for what is no name or no key; [`AppError::Taken`] when it is trusted already.
pub fn trust(tx: &mut PlatformTx<'_>, name: &str, public_key: &str) -> AppResult<Publisher> {
    let mut fields = Fields::new();
    let name = fields.line("/name", name, 100);
    let raw = BASE64.decode(public_key.as_bytes()).unwrap_or_default();
    if raw.len() != 32 {
        let detail = "an Ed25519 public key of 32 bytes in base64 is expected";
        fields.refuse("/public_key", FaultCode::Malformed, detail);
    }
    fields.finish()?;
    let publisher = Publisher {
        fingerprint: fingerprint(&raw),
        name,
        public_key: BASE64.encode(&raw),
        created_at: tx.now(),
    };
    if !plugins::trust(tx, &publisher)? {
        return Err(AppError::Taken {
            pointer: "/public_key",
        });
    }
    let operator = operator(tx)?;
    tx.audit_in(
        operator,
        "publisher.trusted",
        &publisher.fingerprint,
        (),
        &publisher.name,
    )?;
    Ok(publisher)
}

/// No longer trusts a publisher. What is installed stays; nothing more of it is installed.
///
/// # Errors
/// [`AppError::NotFound`] when it was not trusted.
pub fn distrust(tx: &mut PlatformTx<'_>, fingerprint: &str) -> AppResult<()> {
    if !plugins::distrust(tx, fingerprint)? {
        return Err(AppError::NotFound("publisher"));
    }
    let operator = operator(tx)?;
    tx.audit_in(operator, "publisher.distrusted", fingerprint, (), ())?;
    Ok(())
}
