use alvara_domain::id::ProfileId;
use alvara_store::TenantTx;
use alvara_store::profiles;

use super::create_profile::ProfileNote;
use crate::{AppError, AppResult};

/// Removes a role of the tenant's own that nobody has.
///
/// # Errors
/// [`AppError::NotFound`]; [`alvara_store::StoreError::Referenced`] while somebody has it.
pub fn delete_profile(tx: &mut TenantTx<'_>, id: ProfileId) -> AppResult<()> {
    let profile = profiles::find(tx, id)?.ok_or(AppError::NotFound("role"))?;
    if !profiles::remove(tx, id)? {
        return Err(AppError::NotFound("role"));
    }
    tx.audit("profile.deleted", id, ProfileNote::of(&profile), ())?;
    Ok(())
}
