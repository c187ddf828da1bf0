//! Putting licenses away and bringing them back.
use super::in_reach;
use crate::error::StoreResult;
use crate::place;
use crate::schema::licenses as l;
use crate::tx::TenantTx;
use alvara_domain::id::LicenseId;
use diesel::prelude::*;

/// Puts a license away: programs are told that there is none. Seats, quota and everything else stay
/// as they are. `false` when it is put away already or not in the scope.
///
/// # Errors
/// When the database fails.
pub fn delete(tx: &mut TenantTx<'_>, id: LicenseId) -> StoreResult<bool> {
    let (low, high) = place::range(tx.scope());
    let updated = diesel::update(l::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(l::deleted_at.is_null())
        .filter(in_reach(low, high))
        .set((
            l::deleted_at.eq(Some(tx.now().micros())),
            l::updated_at.eq(tx.now().micros()),
            l::version.eq(l::version + 1),
        ))
        .execute(tx.conn)?;
    Ok(updated == 1)
}

/// Brings a deleted license back as it was. `false` when it is not deleted or not in the scope.
///
/// # Errors
/// When the database fails.
pub fn restore(tx: &mut TenantTx<'_>, id: LicenseId) -> StoreResult<bool> {
    let (low, high) = place::range(tx.scope());
    let updated = diesel::update(l::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(l::deleted_at.is_not_null())
        .filter(in_reach(low, high))
        .set((
            l::deleted_at.eq(None::<i64>),
            l::updated_at.eq(tx.now().micros()),
            l::version.eq(l::version + 1),
        ))
        .execute(tx.conn)?;
    Ok(updated == 1)
}
