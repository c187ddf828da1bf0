//! What hints at two machines under one identity.
use super::in_reach;
use crate::column::Row;
use crate::error::StoreResult;
use crate::place;
use crate::schema::{machine_contacts as c, machines as m};
use crate::scope::cut;
use crate::tx::{TenantTx, inserted};
use alvara_domain::id::MachineId;
use alvara_domain::time::UtcTime;
use diesel::prelude::*;

/// Notes the suspicion against a machine. `true` for the one call that raised it: until somebody
/// clears it, it is raised once.
///
/// # Errors
/// When the database fails.
pub fn suspect(tx: &mut TenantTx<'_>, id: MachineId, reason: &str) -> StoreResult<bool> {
    let (low, high) = place::range(tx.scope());
    let updated = diesel::update(m::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(m::clone_suspected_at.is_null())
        .filter(in_reach(low, high))
        .set((
            m::clone_suspected_at.eq(tx.now().micros()),
            m::clone_reason.eq(cut(reason, 100)),
            m::version.eq(m::version + 1),
        ))
        .execute(tx.conn)?;
    Ok(updated == 1)
}

/// Clears the suspicion and forgets what it was drawn from. `false` when there is none, or the
/// machine is not in the scope.
///
/// # Errors
/// When the database fails.
pub fn clear_suspicion(tx: &mut TenantTx<'_>, id: MachineId) -> StoreResult<bool> {
    let (low, high) = place::range(tx.scope());
    let key = (tx.tenant().to_string(), id.to_string());
    let updated = diesel::update(m::table.find(key.clone()))
        .filter(m::clone_suspected_at.is_not_null())
        .filter(in_reach(low, high))
        .set((
            m::clone_suspected_at.eq(None::<i64>),
            m::clone_reason.eq(None::<String>),
            m::computer_key_held.eq(None::<i64>),
            m::version.eq(m::version + 1),
        ))
        .execute(tx.conn)?;
    if updated == 1 {
        diesel::delete(c::table.find(key)).execute(tx.conn)?;
    }
    Ok(updated == 1)
}

/// From where a machine called before its present address, and since when it has that one.
///
/// # Errors
/// When the database fails.
pub fn address_change(
    tx: &mut TenantTx<'_>,
    id: MachineId,
) -> StoreResult<Option<(String, UtcTime)>> {
    let row: Option<(String, i64)> = c::table
        .find((tx.tenant().to_string(), id.to_string()))
        .select((c::previous_address, c::changed_at))
        .get_result(tx.conn)
        .optional()?;
    row.map(|(address, at)| {
        let at = Row::of("machine_contacts", &id.to_string()).time("changed_at", at)?;
        Ok((address, at))
    })
    .transpose()
}

/// Notes that a machine called from another address than `previous`, as of now.
///
/// # Errors
/// When the database fails.
pub fn note_address(tx: &mut TenantTx<'_>, id: MachineId, previous: &str) -> StoreResult<()> {
    let (tenant, machine) = (tx.tenant().to_string(), id.to_string());
    let noted = (
        c::previous_address.eq(cut(previous, 45)),
        c::changed_at.eq(tx.now().micros()),
    );
    let row = c::table.find((tenant.clone(), machine.clone()));
    if diesel::update(row).set(noted.clone()).execute(tx.conn)? == 1 {
        return Ok(());
    }
    // Two calls at once may both be the first; either note will do.
    inserted(tx.conn, |conn| {
        diesel::insert_into(c::table)
            .values((c::tenant_id.eq(tenant), c::machine_id.eq(machine), noted))
            .execute(conn)?;
        Ok(())
    })?;
    Ok(())
}
