use alvara_domain::event::EventKind;
use alvara_domain::id::ProfileId;
use alvara_store::TenantTx;
use alvara_store::profiles::{self, Profile};
use alvara_tenants::Principal;

use super::create_profile::{ProfileNote, ProfileText};
use crate::{AppError, AppResult};

/// Replaces name and rules of a profile. It counts with the next request of everybody who has it.
/// `expected` is the version that the caller read.
///
/// # Errors
/// [`AppError::Invalid`], [`AppError::NotFound`], [`AppError::Stale`], [`AppError::Taken`] for the
/// name.
pub fn update_profile(
    tx: &mut TenantTx<'_>,
    maker: &Principal,
    (id, expected): (ProfileId, i64),
    request: &ProfileText,
) -> AppResult<Profile> {
    let before = profiles::find(tx, id)?.ok_or(AppError::NotFound("role"))?;
    if before.version != expected {
        return Err(AppError::Stale);
    }
    let (name, rules) = request.check(maker)?;
    let mut profile = Profile {
        name,
        rules,
        ..before.clone()
    };
    profiles::update(tx, &profile).map_err(AppError::taken("/name"))?;
    profile.version += 1;
    profile.updated_at = tx.now();
    tx.audit(
        "profile.updated",
        id,
        ProfileNote::of(&before),
        ProfileNote::of(&profile),
    )?;
    tx.emit(EventKind::ProfileUpdated, id, ProfileNote::of(&profile))?;
    Ok(profile)
}
