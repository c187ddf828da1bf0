//! Whether a license is still the one that the caller read.

use alvara_domain::id::LicenseId;
use alvara_store::TenantTx;
use alvara_store::licenses;

use crate::error::{AppError, AppResult};

/// Refuses when the license is not at the version that the caller read; `None` when the caller did
/// not say. The license stays as it is until the commit, so what follows decides about that very
/// version.
///
/// # Errors
/// [`AppError::NotFound`] outside the scope; [`AppError::Stale`].
pub fn expect_version(
    tx: &mut TenantTx<'_>,
    id: LicenseId,
    expected: Option<i64>,
) -> AppResult<()> {
    let Some(expected) = expected else {
        return Ok(());
    };
    if !licenses::hold(tx, id)? {
        return Err(AppError::NotFound("license"));
    }
    let license = licenses::find(tx, id)?.ok_or(AppError::NotFound("license"))?;
    if license.version == expected {
        Ok(())
    } else {
        Err(AppError::Stale)
    }
}
