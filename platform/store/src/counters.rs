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
    let key = (tx.tenant().to_string(), kind.to_owned(), period.to_owned());
    if !raise(tx, &key)? {
        let first = (
            c::tenant_id.eq(key.0.clone()),
            c::kind.eq(key.1.clone()),
            c::period.eq(key.2.clone()),
            c::last_number.eq(0_i64),
        );
        // Somebody else may have been the first at the same moment: then there is a row to raise.
        let _ = inserted(tx.conn, |conn| {
            diesel::insert_into(c::table).values(first).execute(conn)?;
            Ok(())
        })?;
        if !raise(tx, &key)? {
            return Err(StoreError::contended());
        }
    }
    let taken = c::table
        .find(key)
        .select(c::last_number)
        .get_result(tx.conn)?;
    Ok(taken)
}

fn raise(tx: &mut TenantTx<'_>, key: &(String, String, String)) -> StoreResult<bool> {
    let raised = diesel::update(c::table.find(key.clone()))
        .set(c::last_number.eq(c::last_number + 1))
        .execute(tx.conn)?;
    Ok(raised == 1)
}
