//! When machines left their licenses, to hold against the limit of the terms.
use crate::column::Row;
use crate::error::StoreResult;
use crate::schema::deactivations as d;
use crate::tx::TenantTx;
use alvara_domain::id::{DeactivationId, LicenseId, MachineId};
use alvara_domain::time::UtcTime;
use diesel::prelude::*;

/// A leaving.
#[derive(Clone, Copy, Debug)]
pub struct Deactivation {
    /// Of which license.
    pub license: LicenseId,
    /// Of which machine.
    pub machine: MachineId,
    /// Who or what had it leave; at most 20 characters.
    pub reason: &'static str,
    /// Whether it counts against the limit.
    pub counted: bool,
}

/// Notes a leaving as of now.
///
/// # Errors
/// When the database fails.
pub fn insert(tx: &mut TenantTx<'_>, leaving: Deactivation) -> StoreResult<()> {
    let id: DeactivationId = tx.new_id()?;
    diesel::insert_into(d::table)
        .values((
            d::tenant_id.eq(tx.tenant().to_string()),
            d::id.eq(id.to_string()),
            d::license_id.eq(leaving.license.to_string()),
            d::machine_id.eq(leaving.machine.to_string()),
            d::reason.eq(leaving.reason),
            d::counted.eq(leaving.counted),
            d::deactivated_at.eq(tx.now().micros()),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// When the `nth` last counted leaving of a license was, from 1; `None` when there were fewer. Lock
/// the license first, or two who ask at once may both be told of the same past.
///
/// # Errors
/// When the database fails.
pub fn nth_last(
    tx: &mut TenantTx<'_>,
    license: LicenseId,
    nth: u32,
) -> StoreResult<Option<UtcTime>> {
    let at: Option<i64> = d::table
        .filter(d::tenant_id.eq(tx.tenant().to_string()))
        .filter(d::license_id.eq(license.to_string()))
        .filter(d::counted.eq(true))
        .order(d::deactivated_at.desc())
        .offset(i64::from(nth.saturating_sub(1)))
        .select(d::deactivated_at)
        .first(tx.conn)
        .optional()?;
    Row::of("deactivations", &license.to_string()).time_opt("deactivated_at", at)
}
