//! The machine that a registered program runs on, by which it is known again whatever becomes of its
//! fingerprint, and what becomes of the registration with its license.
use super::{RegistrationRow, in_reach};
use crate::column::Row;
use crate::error::StoreResult;
use crate::place;
use crate::schema::{machines as m, registrations as t};
use crate::tx::TenantTx;
use alvara_domain::fingerprint::{Components, Fingerprint};
use alvara_domain::id::{LicenseId, MachineId, NodeId, ProductId, RegistrationId};
use alvara_domain::registration::{Registration, RegistrationState};
use diesel::prelude::*;

/// Writes on which machine the registered program runs.
///
/// # Errors
/// When the database fails.
pub fn set_machine(
    tx: &mut TenantTx<'_>,
    id: RegistrationId,
    machine: MachineId,
) -> StoreResult<()> {
    let (low, high) = place::range(tx.scope());
    diesel::update(t::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(in_reach(low, high))
        .set(t::machine_id.eq(machine.to_string()))
        .execute(tx.conn)?;
    Ok(())
}

/// Notes whether deleting the registration is what blocks its machine.
///
/// # Errors
/// When the database fails.
pub fn mark_machine(
    tx: &mut TenantTx<'_>,
    id: RegistrationId,
    blocked: Option<MachineId>,
) -> StoreResult<()> {
    if let Some(machine) = blocked {
        set_machine(tx, id, machine)?;
    }
    let (low, high) = place::range(tx.scope());
    diesel::update(t::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(in_reach(low, high))
        .set(t::blocked_machine.eq(blocked.is_some()))
        .execute(tx.conn)?;
    Ok(())
}

/// Notes that somebody decided about a machine's block, which no registration that comes back takes
/// away from now on. `true` when a deleted registration was what blocked it. Call it with the machine
/// held.
///
/// # Errors
/// When the database fails.
pub fn forget_block(tx: &mut TenantTx<'_>, machine: MachineId) -> StoreResult<bool> {
    let forgotten = diesel::update(t::table)
        .filter(t::tenant_id.eq(tx.tenant().to_string()))
        .filter(t::machine_id.eq(machine.to_string()))
        .filter(t::blocked_machine.eq(true))
        .set(t::blocked_machine.eq(false))
        .execute(tx.conn)?;
    Ok(forgotten > 0)
}

/// Finds what the machine registered for a product that has a fingerprint now, deleted or not.
///
/// # Errors
/// When the database fails.
pub fn find_by_machine(
    tx: &mut TenantTx<'_>,
    product: ProductId,
    fingerprint: &Fingerprint,
) -> StoreResult<Option<Registration>> {
    let (low, high) = place::range(tx.scope());
    let row: Option<RegistrationRow> = t::table
        .inner_join(
            m::table.on(m::tenant_id
                .eq(t::tenant_id)
                .and(m::id.nullable().eq(t::machine_id))),
        )
        .filter(t::tenant_id.eq(tx.tenant().to_string()))
        .filter(t::product_id.eq(product.to_string()))
        .filter(m::fingerprint.eq(fingerprint.as_str()))
        .filter(in_reach(low, high))
        .order(t::id)
        .select(RegistrationRow::as_select())
        .first(tx.conn)
        .optional()?;
    row.map(Registration::try_from).transpose()
}

/// A registered program's machine, as it is known now.
#[derive(Clone, Debug)]
pub struct Registered {
    /// The registration.
    pub id: RegistrationId,
    /// The machine's fingerprint.
    pub fingerprint: Fingerprint,
    /// The machine's components.
    pub components: Components,
}

/// The machines of a product's registrations, deleted or not, the one that registered last first, at
/// most `limit`: with which somebody is compared whose fingerprint nobody knows.
///
/// # Errors
/// When the database fails.
pub fn list_registered(
    tx: &mut TenantTx<'_>,
    product: ProductId,
    limit: i64,
) -> StoreResult<Vec<Registered>> {
    let (low, high) = place::range(tx.scope());
    let rows: Vec<(String, String, String)> = t::table
        .inner_join(
            m::table.on(m::tenant_id
                .eq(t::tenant_id)
                .and(m::id.nullable().eq(t::machine_id))),
        )
        .filter(t::tenant_id.eq(tx.tenant().to_string()))
        .filter(t::product_id.eq(product.to_string()))
        .filter(in_reach(low, high))
        .order(t::id.desc())
        .limit(limit)
        .select((t::id, m::fingerprint, m::components))
        .load(tx.conn)?;
    let read = |(id, fingerprint, components): (String, String, String)| {
        let r = Row::of("registrations", &id);
        Ok(Registered {
            id: r.text("id", &id)?,
            fingerprint: r.text("fingerprint", &fingerprint)?,
            components: r.json("components", &components)?,
        })
    };
    rows.into_iter().map(read).collect()
}

/// Hangs the registrations under a license at another place, with the license.
///
/// # Errors
/// When the database fails.
pub fn relocate(tx: &mut TenantTx<'_>, license: LicenseId, to: NodeId) -> StoreResult<()> {
    diesel::update(t::table)
        .filter(t::tenant_id.eq(tx.tenant().to_string()))
        .filter(t::license_id.eq(license.to_string()))
        .set(t::node_id.eq(to.to_string()))
        .execute(tx.conn)?;
    Ok(())
}

/// Takes the license from the registrations under it, because it goes to somebody else without its
/// machines. They stay where they are, and wait to be decided about once more.
///
/// # Errors
/// When the database fails.
pub fn part(tx: &mut TenantTx<'_>, license: LicenseId) -> StoreResult<()> {
    diesel::update(t::table)
        .filter(t::tenant_id.eq(tx.tenant().to_string()))
        .filter(t::license_id.eq(license.to_string()))
        .set((
            t::state.eq(RegistrationState::Pending.as_str()),
            t::state_reason.eq(None::<String>),
            t::license_id.eq(None::<String>),
            t::machine_id.eq(None::<String>),
            t::blocked_machine.eq(false),
            t::version.eq(t::version + 1),
        ))
        .execute(tx.conn)?;
    Ok(())
}
