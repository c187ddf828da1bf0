//! Shows a license's activation key again, to who may see it; the look is on record.

use alvara_domain::id::LicenseId;
use alvara_store::TenantTx;
use alvara_store::licenses;
use alvara_vault::{Purpose, Secret, Vault};

use crate::error::{AppError, AppResult};
use crate::license::issue::seal_context;

/// Opens the key. A write, because who looked at a key must be on record.
///
/// # Errors
/// [`AppError::NotFound`] outside the scope; [`AppError::Vault`] when the master key is not the one
/// that sealed it.
pub fn reveal_key(tx: &mut TenantTx<'_>, vault: &Vault, id: LicenseId) -> AppResult<Secret> {
    let license = licenses::find(tx, id)?.ok_or(AppError::NotFound("license"))?;
    let key = vault.open_text(
        Purpose::ActivationKey,
        &seal_context(id),
        &license.key_sealed,
    )?;
    tx.audit("license.key_revealed", id, (), ())?;
    Ok(key)
}
