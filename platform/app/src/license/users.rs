//! The people whom a license names: so many, and each once.

use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::LicenseId;
use alvara_domain::seat::LicenseUser;
use alvara_domain::terms::Terms;
use alvara_domain::verdict::{Asks, Because, Claimed, Counted, MachineFact, SeatAsk};
use alvara_store::{TenantTx, license_users, seat_pools};
use serde_json::json;

use crate::error::{AppError, AppResult};
use crate::machine::activate::Case;

/// Names whom a program says, where the license names its users; see [`admit`].
pub(crate) fn admit_said(
    tx: &mut TenantTx<'_>,
    case: &Case,
    said: Option<&str>,
) -> AppResult<Option<Because>> {
    match said {
        Some(user) if case.names_users() => admit(tx, case, user),
        _ => Ok(None),
    }
}

/// Names a user, unless the license does already. Answers a warning when that went past the plain
/// limit.
///
/// # Errors
/// [`AppError::Refused`] with `USER_LIMIT` when as many are named as may be.
pub(crate) fn admit(tx: &mut TenantTx<'_>, case: &Case, user: &str) -> AppResult<Option<Because>> {
    let (license, terms) = (case.license.id, &case.license.terms);
    if license_users::find(tx, license, user)?.is_some() {
        return Ok(None);
    }
    // Under the lock the second of two who say the same new name finds it named.
    seat_pools::lock(tx, license)?;
    if license_users::find(tx, license, user)?.is_some() {
        return Ok(None);
    }
    let ceiling = terms
        .user_limit
        .map(|limit| i64::from(terms.ceiling(limit)));
    let before = seat_pools::find(tx, license)?.users_used;
    if !seat_pools::take_user(tx, license, ceiling)? {
        let asks = Asks {
            user: Claimed::Is(user),
            seat: SeatAsk::User { used: before },
            ..Asks::default()
        };
        let verdict = case.decide(MachineFact::NotAsked, asks, tx.now());
        return Err(AppError::Refused(Box::new(verdict)));
    }
    if !license_users::insert(tx, license, user)? {
        return Err(AppError::contended());
    }
    tx.audit("license.user_added", license, (), json!({ "user": user }))?;
    tx.emit(
        EventKind::LicenseUserAdded,
        license,
        json!({ "user": user }),
    )?;
    let (of, used) = (Counted::Users, before + 1);
    let Some(limit) = Terms::overrun(terms.user_limit, used) else {
        return Ok(None);
    };
    tell_overage(tx, license, (of, used, limit))?;
    Ok(Some(Because::Limit { of, used, limit }))
}

/// Says that a license goes past a limit, once each time it crosses it.
pub(crate) fn tell_overage(
    tx: &mut TenantTx<'_>,
    license: LicenseId,
    (of, used, limit): (Counted, i64, i64),
) -> AppResult<()> {
    if used == limit + 1 {
        let note = json!({ "of": of, "used": used, "limit": limit });
        tx.emit(EventKind::LicenseOverage, license, note)?;
    }
    Ok(())
}

/// Names a user in advance.
///
/// # Errors
/// [`AppError::NotFound`] outside the scope; [`AppError::WrongState`] for a license that names no
/// users; [`AppError::Invalid`] for an empty name; [`AppError::Taken`] for one it names already;
/// [`AppError::Refused`] with `USER_LIMIT`.
pub fn add(tx: &mut TenantTx<'_>, license: LicenseId, user: &str) -> AppResult<LicenseUser> {
    let case = naming(tx, license)?;
    let user = user.trim();
    if user.is_empty() || user.chars().count() > 254 {
        return Err(AppError::field(
            "/user",
            FaultCode::OutOfRange,
            "1 to 254 characters",
        ));
    }
    if license_users::find(tx, license, user)?.is_some() {
        return Err(AppError::Taken { pointer: "/user" });
    }
    admit(tx, &case, user)?;
    license_users::find(tx, license, user)?.ok_or_else(AppError::contended)
}

/// Strikes a user off, which makes room for another. Machines that this user's name is recorded
/// with are refused at their next contact.
///
/// # Errors
/// [`AppError::NotFound`] outside the scope or for one it does not name; [`AppError::WrongState`]
/// for a license that names no users.
pub fn remove(tx: &mut TenantTx<'_>, license: LicenseId, user: &str) -> AppResult<()> {
    naming(tx, license)?;
    seat_pools::lock(tx, license)?;
    if !license_users::delete(tx, license, user)? {
        return Err(AppError::NotFound("user"));
    }
    seat_pools::release_users(tx, license, 1)?;
    tx.audit("license.user_removed", license, json!({ "user": user }), ())?;
    tx.emit(
        EventKind::LicenseUserRemoved,
        license,
        json!({ "user": user }),
    )?;
    Ok(())
}

/// Strikes every user off a license that goes to somebody else, who names their own. The license
/// must be held; its pool is locked here.
pub(crate) fn forget_all(tx: &mut TenantTx<'_>, license: LicenseId) -> AppResult<()> {
    seat_pools::lock(tx, license)?;
    let gone = license_users::delete_all(tx, license)?;
    if gone > 0 && !seat_pools::release_users(tx, license, gone)? {
        return Err(AppError::contended());
    }
    Ok(())
}

fn naming(tx: &mut TenantTx<'_>, license: LicenseId) -> AppResult<Case> {
    let case = Case::load(tx, license)?;
    if case.names_users() {
        Ok(case)
    } else {
        Err(AppError::WrongState {
            noun: "license",
            state: case.license.terms.binding.as_str(),
            wanted: "given named users",
        })
    }
}
