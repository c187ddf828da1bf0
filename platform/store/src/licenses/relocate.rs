//! Where a license hangs, and holding it still while that is decided.
use super::in_reach;
use crate::error::StoreResult;
use crate::place;
use crate::schema::licenses as l;
use crate::tx::TenantTx;
use alvara_domain::id::{LicenseId, NodeId};
use diesel::prelude::*;

/// Keeps everybody else from changing a license until the commit, so that what is read and counted
/// from here on still holds when it is written. `false` when it is not in the scope.
///
/// # Errors
/// When the database fails.
pub fn hold(tx: &mut TenantTx<'_>, id: LicenseId) -> StoreResult<bool> {
    // By its key alone: a statement that had to wait for a transfer goes on with the places it joined
    // before, and would find the license at neither. Whether it is in the scope is asked afterwards.
    diesel::update(l::table.find((tx.tenant().to_string(), id.to_string())))
        .set(l::version.eq(l::version))
        .execute(tx.conn)?;
    Ok(super::find(tx, id)?.is_some())
}

/// Hangs a license at another place of the scope, provided it still hangs at `from`. Its revision
/// rises, so that each machine gets a new computer key. `false` when it went elsewhere meanwhile.
///
/// # Errors
/// [`crate::StoreError::OutOfReach`] when the new place is not in the scope.
pub fn relocate(
    tx: &mut TenantTx<'_>,
    id: LicenseId,
    from: NodeId,
    to: NodeId,
) -> StoreResult<bool> {
    crate::members::require_place(tx, to)?;
    let (low, high) = place::range(tx.scope());
    let moved = diesel::update(l::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(l::node_id.eq(from.to_string()))
        .filter(in_reach(low, high))
        .set((
            l::node_id.eq(to.to_string()),
            l::revision.eq(l::revision + 1),
            l::updated_at.eq(tx.now().micros()),
            l::version.eq(l::version + 1),
        ))
        .execute(tx.conn)?;
    Ok(moved == 1)
}

/// Takes the user and the site off a license that they are bound to. The holder they were of lets
/// it go; `relocate` raises its version and revision, in the same transaction.
///
/// # Errors
/// When the database fails.
pub fn unbind(tx: &mut TenantTx<'_>, id: LicenseId) -> StoreResult<()> {
    let (low, high) = place::range(tx.scope());
    diesel::update(l::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(in_reach(low, high))
        .set((
            l::bound_user.eq(None::<String>),
            l::bound_site.eq(None::<String>),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Gives several seats back. `false` when fewer were taken.
///
/// # Errors
/// When the database fails.
pub fn release_seats(tx: &mut TenantTx<'_>, id: LicenseId, count: i64) -> StoreResult<bool> {
    let (low, high) = place::range(tx.scope());
    let released = diesel::update(l::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(l::machines_used.ge(count))
        .filter(in_reach(low, high))
        .set(l::machines_used.eq(l::machines_used - count))
        .execute(tx.conn)?;
    Ok(released == 1)
}
