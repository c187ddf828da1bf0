//! Machines that fell silent, where the terms give their seats to others.
use super::in_reach;
use crate::column::Row;
use crate::error::StoreResult;
use crate::place;
use crate::schema::{machines as m, seats as s};
use crate::tx::TenantTx;
use alvara_domain::id::{LicenseId, MachineId};
use alvara_domain::machine::MachineState;
use alvara_domain::time::UtcTime;
use diesel::dsl::{exists, min, not};
use diesel::prelude::*;

/// Whether a machine holds a floating seat that is still good: a borrowed one needs no sign of life.
#[diesel::dsl::auto_type]
fn sits(now: i64) -> _ {
    exists(
        s::table
            .filter(s::tenant_id.eq(m::tenant_id))
            .filter(s::machine_id.eq(m::id))
            .filter(s::slot.is_not_null())
            .filter(s::lease_until.ge(now)),
    )
}

/// Active machines of a license that are silent beyond their lease, the longest silent first, at
/// most `limit`. Those that hold a live floating seat are not silent.
///
/// # Errors
/// When the database fails.
pub fn list_silent(
    tx: &mut TenantTx<'_>,
    license: LicenseId,
    limit: i64,
) -> StoreResult<Vec<MachineId>> {
    let now = tx.now().micros();
    let (low, high) = place::range(tx.scope());
    let ids: Vec<String> = m::table
        .filter(m::tenant_id.eq(tx.tenant().to_string()))
        .filter(m::license_id.eq(license.to_string()))
        .filter(m::state.eq(MachineState::Active.as_str()))
        .filter(m::lease_until.lt(now))
        .filter(in_reach(low, high))
        .filter(not(sits(now)))
        .order((m::lease_until, m::id))
        .limit(limit)
        .select(m::id)
        .load(tx.conn)?;
    ids.iter()
        .map(|id| Row::of("machines", id).text("id", id))
        .collect()
}

/// Deactivates a machine if it is still silent: one that called meanwhile keeps its seat. Whoever
/// deactivates releases the seat, in the same transaction.
///
/// # Errors
/// When the database fails.
pub fn deactivate_silent(tx: &mut TenantTx<'_>, id: MachineId) -> StoreResult<bool> {
    let now = tx.now().micros();
    let (low, high) = place::range(tx.scope());
    let updated = diesel::update(m::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(m::state.eq(MachineState::Active.as_str()))
        .filter(m::lease_until.lt(now))
        .filter(in_reach(low, high))
        .set((
            m::state.eq(MachineState::Deactivated.as_str()),
            m::state_reason.eq("silent"),
            m::deactivated_at.eq(now),
            m::watched_until.eq(None::<i64>),
            m::version.eq(m::version + 1),
        ))
        .execute(tx.conn)?;
    Ok(updated == 1)
}

/// When the first of a license's active machines must have called again.
///
/// # Errors
/// When the database fails.
pub fn first_lease_end(tx: &mut TenantTx<'_>, license: LicenseId) -> StoreResult<Option<UtcTime>> {
    let first: Option<i64> = m::table
        .filter(m::tenant_id.eq(tx.tenant().to_string()))
        .filter(m::license_id.eq(license.to_string()))
        .filter(m::state.eq(MachineState::Active.as_str()))
        .select(min(m::lease_until))
        .get_result(tx.conn)?;
    Row::of("machines", &license.to_string()).time_opt("lease_until", first)
}
