//! What a license counts beside its machines: floating seats and named users. The row of a license is
//! the lock of both: everything counted in it changes it first.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::schema::seat_pools as p;
use crate::tx::{TenantTx, inserted};
use alvara_domain::id::LicenseId;
use alvara_domain::time::UtcTime;
use diesel::prelude::*;

/// What a license counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeatPool {
    /// Floating seats that are taken.
    pub seats_used: i64,
    /// Users that are named.
    pub users_used: i64,
}

/// Reads what a license of the scope counts; nothing yet counts as zero.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, license: LicenseId) -> StoreResult<SeatPool> {
    let row: Option<(i64, i64)> = p::table
        .find((tx.tenant().to_string(), license.to_string()))
        .select((p::seats_used, p::users_used))
        .get_result(tx.conn)
        .optional()?;
    let (seats_used, users_used) = row.unwrap_or_default();
    Ok(SeatPool {
        seats_used,
        users_used,
    })
}

/// Makes sure the license has its row, and locks it until the commit: whatever is read of its seats
/// and users afterwards stays so.
///
/// # Errors
/// [`StoreError::OutOfReach`] when the license is not in the scope.
pub fn lock(tx: &mut TenantTx<'_>, license: LicenseId) -> StoreResult<()> {
    let (tenant, id) = (tx.tenant().to_string(), license.to_string());
    let row = p::table.find((tenant.clone(), id.clone()));
    for _ in 0..2 {
        let locked = diesel::update(row.clone())
            .set(p::seats_used.eq(p::seats_used))
            .execute(tx.conn)?;
        if locked == 1 {
            return Ok(());
        }
        if crate::licenses::find(tx, license)?.is_none() {
            return Err(StoreError::OutOfReach);
        }
        // Somebody else may be making it this moment; then it is there the second time.
        inserted(tx.conn, |conn| {
            diesel::insert_into(p::table)
                .values((
                    p::tenant_id.eq(&tenant),
                    p::license_id.eq(&id),
                    p::seats_used.eq(0),
                    p::users_used.eq(0),
                ))
                .execute(conn)?;
            Ok(())
        })?;
    }
    Err(StoreError::contended())
}

/// Counts one more floating seat if fewer than `ceiling` are taken. Condition and count are one
/// statement.
///
/// # Errors
/// When the database fails.
pub fn take_seat(
    tx: &mut TenantTx<'_>,
    license: LicenseId,
    ceiling: Option<i64>,
) -> StoreResult<bool> {
    let taken = diesel::update(p::table.find((tx.tenant().to_string(), license.to_string())))
        .filter(p::seats_used.lt(ceiling.unwrap_or(i64::MAX)))
        .set(p::seats_used.eq(p::seats_used + 1))
        .execute(tx.conn)?;
    Ok(taken == 1)
}

/// Counts floating seats back.
///
/// # Errors
/// When the database fails.
pub fn release_seats(tx: &mut TenantTx<'_>, license: LicenseId, count: i64) -> StoreResult<bool> {
    let released = diesel::update(p::table.find((tx.tenant().to_string(), license.to_string())))
        .filter(p::seats_used.ge(count))
        .set(p::seats_used.eq(p::seats_used - count))
        .execute(tx.conn)?;
    Ok(released == 1)
}

/// Counts one more named user if there are fewer than `ceiling`. Condition and count are one
/// statement.
///
/// # Errors
/// When the database fails.
pub fn take_user(
    tx: &mut TenantTx<'_>,
    license: LicenseId,
    ceiling: Option<i64>,
) -> StoreResult<bool> {
    let taken = diesel::update(p::table.find((tx.tenant().to_string(), license.to_string())))
        .filter(p::users_used.lt(ceiling.unwrap_or(i64::MAX)))
        .set(p::users_used.eq(p::users_used + 1))
        .execute(tx.conn)?;
    Ok(taken == 1)
}

/// Counts named users back.
///
/// # Errors
/// When the database fails.
pub fn release_users(tx: &mut TenantTx<'_>, license: LicenseId, count: i64) -> StoreResult<bool> {
    let released = diesel::update(p::table.find((tx.tenant().to_string(), license.to_string())))
        .filter(p::users_used.ge(count))
        .set(p::users_used.eq(p::users_used - count))
        .execute(tx.conn)?;
    Ok(released == 1)
}

/// Has the license looked at no later than `at`: something of it may be silent then. A sooner look
/// that is due already stays. `false` when the license has no row yet.
///
/// # Errors
/// When the database fails.
pub fn sweep_by(tx: &mut TenantTx<'_>, license: LicenseId, at: UtcTime) -> StoreResult<bool> {
    let row = p::table.find((tx.tenant().to_string(), license.to_string()));
    let found: Option<Option<i64>> = row
        .clone()
        .select(p::sweep_at)
        .get_result(tx.conn)
        .optional()?;
    let Some(due) = found else { return Ok(false) };
    if due.is_none_or(|due| due > at.micros()) {
        diesel::update(row)
            .filter(p::sweep_at.is_null().or(p::sweep_at.gt(at.micros())))
            .set(p::sweep_at.eq(at.micros()))
            .execute(tx.conn)?;
    }
    Ok(true)
}

/// Sets when the license is looked at next, now that it was; `None`: not before something new is
/// taken. Call it with the row locked.
///
/// # Errors
/// When the database fails.
pub fn swept(tx: &mut TenantTx<'_>, license: LicenseId, next: Option<UtcTime>) -> StoreResult<()> {
    diesel::update(p::table.find((tx.tenant().to_string(), license.to_string())))
        .set(p::sweep_at.eq(next.map(UtcTime::micros)))
        .execute(tx.conn)?;
    Ok(())
}

/// Licenses of the tenant that are due to be looked at, the longest due first, at most `limit`.
///
/// # Errors
/// [`StoreError::OutOfReach`] in a scope that is not the whole tenant.
pub fn list_due(tx: &mut TenantTx<'_>, limit: i64) -> StoreResult<Vec<LicenseId>> {
    tx.require_whole_tenant()?;
    let ids: Vec<String> = p::table
        .filter(p::tenant_id.eq(tx.tenant().to_string()))
        .filter(p::sweep_at.lt(tx.now().micros()))
        .order((p::sweep_at, p::license_id))
        .limit(limit)
        .select(p::license_id)
        .load(tx.conn)?;
    ids.iter()
        .map(|id| Row::of("seat_pools", id).text("license_id", id))
        .collect()
}
