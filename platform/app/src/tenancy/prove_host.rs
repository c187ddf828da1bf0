use alvara_domain::fault::FaultCode;
use alvara_domain::id::TenantId;
use alvara_store::{Scope, TenantTx};

use super::add_host::{named, put};
use crate::dns;
use crate::{AppError, AppResult, Platform};

/// Below which name of a host the proof stands. It tells nobody whose software looks for it.
const LABEL: &str = "_host-proof";

/// What is to stand in the DNS before a host name leads to a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostProof {
    /// The host name, as it would be stored.
    pub host: String,
    /// The name at which the text stands.
    pub record: String,
    /// The text (TXT).
    pub value: String,
    /// Where the host name itself is to point, as a `CNAME` or by the same addresses.
    pub target: String,
}

/// What a tenant writes into the DNS to show that a host name is its own. Says the same each time, asks
/// nobody and keeps nothing.
///
/// # Errors
/// [`AppError::Invalid`] for what is no host name, or one of the installation itself.
pub fn host_proof(platform: &Platform, tenant: TenantId, host: &str) -> AppResult<HostProof> {
    let host = named(host)?;
    // Of 253 characters that a name may have the proof's needs one more for its dot.
    if host.len() + LABEL.len() > 252 {
        let detail = "too long for a record below it";
        return Err(AppError::field("/host", FaultCode::TooLong, detail));
    }
    let house = &platform.address().base_domain;
    if host == *house || host.ends_with(&format!(".{house}")) {
        let detail = "a name of your own: this one belongs to the installation";
        return Err(AppError::field("/host", FaultCode::Conflict, detail));
    }
    Ok(HostProof {
        record: format!("{LABEL}.{host}"),
        value: platform.vault().host_proof(&tenant.to_string(), &host)?,
        target: house.clone(),
        host,
    })
}

/// Lets a host name lead to the caller's tenant once the DNS says that the name is the tenant's.
///
/// # Errors
/// Those of [`host_proof`]; [`AppError::HostUnproven`] when the text is not there;
/// [`AppError::DnsSilent`]; [`AppError::Taken`] when the name leads somewhere already.
pub async fn claim_host(platform: &Platform, scope: &Scope, host: &str) -> AppResult<String> {
    let proof = host_proof(platform, scope.tenant(), host)?;
    let texts = dns::texts(platform.dns(), &proof.record)
        .await
        .map_err(|error| {
            tracing::warn!(record = proof.record, %error, "a host name could not be looked up");
            AppError::DnsSilent
        })?;
    if !texts.iter().any(|text| text.trim() == proof.value) {
        return Err(AppError::HostUnproven {
            record: proof.record,
            value: proof.value,
        });
    }
    let host = proof.host;
    let work = move |tx: &mut TenantTx<'_>| -> AppResult<String> {
        put(tx, &host)?;
        Ok(host.clone())
    };
    platform.db().write(scope, work).await
}
