//! The machines of a license that hold its seats.
use super::in_reach;
use super::row::MachineRow;
use crate::error::StoreResult;
use crate::place;
use crate::schema::machines as m;
use crate::scope::cut;
use crate::tx::TenantTx;
use alvara_domain::id::LicenseId;
use alvara_domain::machine::{Machine, MachineState};
use diesel::prelude::*;

const RELEASED: [&str; 2] = [
    MachineState::Active.as_str(),
    MachineState::Reserved.as_str(),
];

/// How many seats of a license are kept for machines still to come.
///
/// # Errors
/// When the database fails.
pub fn count_reserved(tx: &mut TenantTx<'_>, license: LicenseId) -> StoreResult<i64> {
    let (low, high) = place::range(tx.scope());
    Ok(m::table
        .filter(m::tenant_id.eq(tx.tenant().to_string()))
        .filter(m::license_id.eq(license.to_string()))
        .filter(m::state.eq(MachineState::Reserved.as_str()))
        .filter(in_reach(low, high))
        .count()
        .get_result(tx.conn)?)
}

/// The machines that [`release_all`] would deactivate.
///
/// # Errors
/// When the database fails.
pub fn list_holding(tx: &mut TenantTx<'_>, license: LicenseId) -> StoreResult<Vec<Machine>> {
    let (low, high) = place::range(tx.scope());
    let rows: Vec<MachineRow> = m::table
        .filter(m::tenant_id.eq(tx.tenant().to_string()))
        .filter(m::license_id.eq(license.to_string()))
        .filter(m::state.eq_any(RELEASED))
        .filter(in_reach(low, high))
        .order(m::id)
        .select(MachineRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(Machine::try_from).collect()
}

/// Deactivates every active and reserved machine of a license and answers how many those were.
/// Blocked ones stay blocked and keep their seat, or a block would be shed by a transfer. Whoever
/// calls this gives the seats back, in the same transaction and with the license held.
///
/// # Errors
/// When the database fails.
pub fn release_all(
    tx: &mut TenantTx<'_>,
    license: LicenseId,
    reason: Option<&str>,
) -> StoreResult<i64> {
    let (low, high) = place::range(tx.scope());
    let released = diesel::update(m::table)
        .filter(m::tenant_id.eq(tx.tenant().to_string()))
        .filter(m::license_id.eq(license.to_string()))
        .filter(m::state.eq_any(RELEASED))
        .filter(in_reach(low, high))
        .set((
            m::state.eq(MachineState::Deactivated.as_str()),
            m::state_reason.eq(reason.map(|reason| cut(reason, 300))),
            m::deactivated_at.eq(tx.now().micros()),
            m::watched_until.eq(None::<i64>),
            m::version.eq(m::version + 1),
        ))
        .execute(tx.conn)?;
    Ok(i64::try_from(released).unwrap_or(i64::MAX))
}
