//! Puts a license away and brings it back. Nothing else of it changes: its state, its term, its
//! seats and what it took of a quota are what they were when it comes back.

use alvara_domain::event::EventKind;
use alvara_domain::id::LicenseId;
use alvara_domain::license::License;
use alvara_domain::revocation::Subject;
use alvara_store::TenantTx;
use alvara_store::licenses;
use serde_json::json;

use crate::error::{AppError, AppResult};
use crate::revocation;

/// Puts a license away. Its programs are told at their next contact that there is none, and it is
/// in no list that does not ask for deleted ones. For machines that never call it is on the
/// revocation list until somebody brings it back.
///
/// # Errors
/// [`AppError::NotFound`] outside the scope, and when it is deleted already.
pub fn delete(tx: &mut TenantTx<'_>, id: LicenseId) -> AppResult<()> {
    let license = licenses::find(tx, id)?.ok_or(AppError::NotFound("license"))?;
    if !licenses::delete(tx, id)? {
        return Err(AppError::NotFound("license"));
    }
    revocation::list(tx, license.product_id, Subject::License(id))?;
    let note = json!({ "deleted_at": tx.now() });
    tx.audit("license.deleted", id, (), &note)?;
    tx.emit(EventKind::LicenseDeleted, id, &note)?;
    Ok(())
}

/// Brings a license back exactly as it was. One that is not deleted stays as it is.
///
/// # Errors
/// [`AppError::NotFound`] outside the scope.
pub fn restore(tx: &mut TenantTx<'_>, id: LicenseId) -> AppResult<License> {
    let before = licenses::find_even_deleted(tx, id)?.ok_or(AppError::NotFound("license"))?;
    if licenses::restore(tx, id)? {
        revocation::unlist(tx, before.product_id, Subject::License(id))?;
        let note = json!({ "deleted_at": before.deleted_at });
        tx.audit("license.restored", id, note, ())?;
        tx.emit(EventKind::LicenseRestored, id, ())?;
    }
    licenses::find(tx, id)?.ok_or(AppError::NotFound("license"))
}
