//! Numbers that are given out once, without gaps: titles of boletos, receipts.
use crate::error::{StoreError, StoreResult};
use crate::schema::counters as c;
use crate::tx::{TenantTx, inserted};
use diesel::prelude::*;

/// Takes the next number of a kind in a period, from 1. It is taken for good when the transaction
/// commits and was never taken when it does not; until then whoever wants the next one waits.
///
/// # Errors
/// When the database fails.
pub fn take(tx: &mut TenantTx<'_>, kind: &str, period: &str) -> StoreResult<i64> {
    take_from(tx, (kind, period), 1)
}

/// The same, and no number below the first one that is named: those that are passed over are never
/// taken.
///
/// # Errors
/// When the database fails.
pub fn take_from(
    tx: &mut TenantTx<'_>,
    (kind, period): (&str, &str),
    first: i64,
) -> StoreResult<i64> {
    let key = (tx.tenant().to_string(), kind.to_owned(), period.to_owned());
    if !raise(tx, &key)? {
        let none = (
            c::tenant_id.eq(key.0.clone()),
            c::kind.eq(key.1.clone()),
            c::period.eq(key.2.clone()),
            c::last_number.eq(0_i64),
        );
        // Somebody else may have been the first at the same moment: then there is a row to raise.
        let _ = inserted(tx.conn, |conn| {
            diesel::insert_into(c::table).values(none).execute(conn)?;
            Ok(())
        })?;
        if !raise(tx, &key)? {
            return Err(StoreError::contended());
        }
    }
    let next: i64 = c::table
        .find(key.clone())
        .select(c::last_number)
        .get_result(tx.conn)?;
    if next >= first {
        return Ok(next);
    }
    // The row is locked since it was raised.
    diesel::update(c::table.find(key))
        .set(c::last_number.eq(first))
        .execute(tx.conn)?;
    Ok(first)
}

/// The number of a kind that was taken last in a period; 0 when none was.
///
/// # Errors
/// When the database fails.
pub fn last(tx: &mut TenantTx<'_>, kind: &str, period: &str) -> StoreResult<i64> {
    let key = (tx.tenant().to_string(), kind.to_owned(), period.to_owned());
    let found: Option<i64> = c::table
        .find(key)
        .select(c::last_number)
        .get_result(tx.conn)
        .optional()?;
    Ok(found.unwrap_or(0))
}

fn raise(tx: &mut TenantTx<'_>, key: &(String, String, String)) -> StoreResult<bool> {
    let raised = diesel::update(c::table.find(key.clone()))
        .set(c::last_number.eq(c::last_number + 1))
        .execute(tx.conn)?;
    Ok(raised == 1)
}
