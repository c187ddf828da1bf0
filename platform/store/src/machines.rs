//! Machines that run under licenses. A machine belongs to the place of its license.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::place;
use crate::schema::{licenses as l, machines as m, nodes as n};
use crate::scope::cut;
use crate::tx::{PlatformTx, TenantTx, inserted};
use alvara_domain::fingerprint::Fingerprint;
use alvara_domain::id::{LicenseId, MachineId, TenantId};
use alvara_domain::machine::{ArrivedBy, Machine, MachineState, Metrics};
use alvara_domain::node::NodePath;
use alvara_domain::time::UtcTime;
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use row::MachineRow;

mod again;
mod first;
mod former;
mod given;
mod list;
mod numbered;
mod presence;
mod row;
mod seats;
mod silent;
mod suspicion;

pub use again::{Again, absorb, call_again};
pub use first::first_of_product;
pub use given::{first_valid_seq, note_request, replace_key};
pub use list::{Candidate, MachineFilter, count, count_all, count_offline, list, list_candidates};
pub use numbered::list_numbered;
pub use presence::{
    Figures, Silent, called_again, figures, list_untold, note_silence, online_since,
};
pub use seats::{count_reserved, list_holding, release_all};
pub use silent::{deactivate_silent, first_lease_end, list_silent};
pub use suspicion::{address_change, clear_suspicion, note_address, suspect};

/// Whether the place of the machine's license lies in a range of paths.
#[diesel::dsl::auto_type]
fn in_reach(low: String, high: String) -> _ {
    exists(
        l::table
            .inner_join(n::table.on(n::tenant_id.eq(l::tenant_id).and(n::id.eq(l::node_id))))
            .filter(l::tenant_id.eq(m::tenant_id))
            .filter(l::id.eq(m::license_id))
            .filter(n::path.ge(low))
            .filter(n::path.lt(high)),
    )
}

/// Adds a machine. `false` when the license has one with this fingerprint: find it instead. Whoever
/// inserts takes the seat, in the same transaction.
///
/// # Errors
/// [`StoreError::OutOfReach`] when the license is not in the scope.
pub fn insert(tx: &mut TenantTx<'_>, machine: &Machine) -> StoreResult<bool> {
    if machine.tenant_id != tx.tenant() || crate::licenses::find(tx, machine.license_id)?.is_none()
    {
        return Err(StoreError::OutOfReach);
    }
    let row = MachineRow::of(machine)?;
    let presence = presence::on_activation(machine);
    inserted(tx.conn, |conn| {
        diesel::insert_into(m::table)
            .values((&row, presence))
            .execute(conn)?;
        Ok(())
    })
}

/// Whether the machine's license is not deleted. Every machine has one, so this asks for no deleted
/// one: SQLite makes a join of the opposite and may then read all licenses first.
#[diesel::dsl::auto_type]
fn of_present_license() -> _ {
    not(exists(
        l::table
            .filter(l::tenant_id.eq(m::tenant_id))
            .filter(l::id.eq(m::license_id))
            .filter(l::deleted_at.is_not_null()),
    ))
}

/// Finds a machine of the scope, unless its license is deleted.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, id: MachineId) -> StoreResult<Option<Machine>> {
    let Some(machine) = find_even_deleted(tx, id)? else {
        return Ok(None);
    };
    let present = crate::licenses::find(tx, machine.license_id)?.is_some();
    Ok(present.then_some(machine))
}

/// Finds a machine of the scope, whether its license is deleted or not.
///
/// # Errors
/// When the database fails.
pub fn find_even_deleted(tx: &mut TenantTx<'_>, id: MachineId) -> StoreResult<Option<Machine>> {
    let (low, high) = place::range(tx.scope());
    let (from, to) = former::readers(tx.scope());
    let row: Option<MachineRow> = m::table
        .filter(m::tenant_id.eq(tx.tenant().to_string()))
        .filter(m::id.eq(id.to_string()))
        .filter(in_reach(low, high))
        .filter(former::shown(from, to))
        .select(MachineRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Machine::try_from).transpose()
}

/// Finds the machine of a license that has a fingerprint.
///
/// # Errors
/// When the database fails.
pub fn find_by_fingerprint(
    tx: &mut TenantTx<'_>,
    license: LicenseId,
    fingerprint: &Fingerprint,
) -> StoreResult<Option<Machine>> {
    let (low, high) = place::range(tx.scope());
    let row: Option<MachineRow> = m::table
        .filter(m::tenant_id.eq(tx.tenant().to_string()))
        .filter(m::license_id.eq(license.to_string()))
        .filter(m::fingerprint.eq(fingerprint.as_str()))
        .filter(in_reach(low, high))
        .select(MachineRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Machine::try_from).transpose()
}

/// Where a machine is: enough to make a scope for the program that runs on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachinePlace {
    /// The tenant.
    pub tenant: TenantId,
    /// The machine.
    pub machine: MachineId,
    /// Its license.
    pub license: LicenseId,
    /// Its state.
    pub state: MachineState,
    /// The path of the license's place.
    pub path: NodePath,
}

type PlaceRow = (String, String, String, String, String);

fn placed((tenant, machine, license, state, path): PlaceRow) -> StoreResult<MachinePlace> {
    let r = Row::of("machines", &machine);
    Ok(MachinePlace {
        tenant: r.text("tenant_id", &tenant)?,
        machine: r.text("id", &machine)?,
        license: r.text("license_id", &license)?,
        state: r.text("state", &state)?,
        path: r.text("path", &path)?,
    })
}

/// Finds the machine that a token belongs to, among all tenants; `token_hash` is its SHA-256.
///
/// # Errors
/// When the database fails.
pub fn find_by_token(
    tx: &mut PlatformTx<'_>,
    token_hash: &str,
) -> StoreResult<Option<MachinePlace>> {
    let row: Option<PlaceRow> = m::table
        .inner_join(l::table.on(l::tenant_id.eq(m::tenant_id).and(l::id.eq(m::license_id))))
        .inner_join(n::table.on(n::tenant_id.eq(l::tenant_id).and(n::id.eq(l::node_id))))
        .filter(m::token_hash.eq(token_hash))
        .select((m::tenant_id, m::id, m::license_id, m::state, n::path))
        .get_result(tx.conn)
        .optional()?;
    row.map(placed).transpose()
}

/// Finds a machine of the scope and holds it as it is: nobody else changes it before this
/// transaction ends. For what is proven of a machine and must still hold when it is acted upon.
///
/// # Errors
/// When the database fails.
pub fn find_held(tx: &mut TenantTx<'_>, id: MachineId) -> StoreResult<Option<Machine>> {
    hold(tx, id)?;
    find(tx, id)
}

/// The same, whether the machine's license is deleted or not.
///
/// # Errors
/// When the database fails.
pub fn find_held_even_deleted(
    tx: &mut TenantTx<'_>,
    id: MachineId,
) -> StoreResult<Option<Machine>> {
    hold(tx, id)?;
    find_even_deleted(tx, id)
}

fn hold(tx: &mut TenantTx<'_>, id: MachineId) -> StoreResult<()> {
    let (low, high) = place::range(tx.scope());
    // Changes nothing; on a database server it locks the row until the commit.
    diesel::update(m::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(in_reach(low, high))
        .set(m::version.eq(m::version))
        .execute(tx.conn)?;
    Ok(())
}

/// Among which machines one is looked for that names nothing but its fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Among {
    /// All of one tenant, whose host name was called.
    Tenant(TenantId),
    /// Those of any tenant that came through the shared host name.
    SharedHost,
}

/// Finds machines by nothing but a fingerprint, the one seen last first, at most 20. Those that gave
/// their seat back, and those of deleted licenses, are left out, or they could crowd out the ones
/// that run.
///
/// # Errors
/// When the database fails.
pub fn list_by_fingerprint(
    tx: &mut PlatformTx<'_>,
    among: Among,
    fingerprint: &Fingerprint,
) -> StoreResult<Vec<MachinePlace>> {
    let mut query = m::table
        .inner_join(l::table.on(l::tenant_id.eq(m::tenant_id).and(l::id.eq(m::license_id))))
        .inner_join(n::table.on(n::tenant_id.eq(l::tenant_id).and(n::id.eq(l::node_id))))
        .filter(m::fingerprint.eq(fingerprint.as_str()))
        .filter(m::state.ne(MachineState::Deactivated.as_str()))
        .filter(l::deleted_at.is_null())
        .select((m::tenant_id, m::id, m::license_id, m::state, n::path))
        .into_boxed();
    query = match among {
        Among::Tenant(tenant) => query.filter(m::tenant_id.eq(tenant.to_string())),
        Among::SharedHost => {
            query.filter(m::arrived_by.eq_any(ArrivedBy::SHARED.map(ArrivedBy::as_str)))
        }
    };
    let rows: Vec<PlaceRow> = query
        .order((m::last_seen_at.desc(), m::id))
        .limit(20)
        .load(tx.conn)?;
    rows.into_iter().map(placed).collect()
}

/// What a machine says when it calls.
#[derive(Clone, Debug)]
pub struct Call {
    /// The version of the program, if it said so; at most 60 characters are kept.
    pub app_version: Option<String>,
    /// How busy it is; figures left out keep their last value.
    pub metrics: Metrics,
    /// Until when it need not call again.
    pub lease_until: UtcTime,
    /// Until when it counts as online.
    pub online_until: UtcTime,
    /// Number of the newest computer key it has shown; `None` leaves what is noted.
    pub computer_key_held: Option<i64>,
    /// Whether somebody is to be told when it falls silent.
    pub watch: Watch,
}

/// Whether a machine that falls silent is worth telling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watch {
    /// It may run.
    Yes,
    /// It is blocked and not online anyway.
    No,
}

/// Notes that a machine called. One statement; raises no version, for nothing was decided.
/// `false` when it is not in the scope, or was deactivated meanwhile.
///
/// # Errors
/// When the database fails.
pub fn touch(tx: &mut TenantTx<'_>, id: MachineId, call: &Call) -> StoreResult<bool> {
    #[derive(AsChangeset)]
    #[diesel(table_name = m)]
    struct Touch {
        last_seen_at: i64,
        lease_until: i64,
        online_until: i64,
        source_address: String,
        watched_until: Option<i64>,
        // None leaves the column as it is.
        app_version: Option<String>,
        computer_key_held: Option<i64>,
        cpu_percent: Option<i64>,
        memory_percent: Option<i64>,
        disk_percent: Option<i64>,
    }
    let (low, high) = place::range(tx.scope());
    let touched = diesel::update(m::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(m::state.ne(MachineState::Deactivated.as_str()))
        .filter(in_reach(low, high))
        .set(Touch {
            last_seen_at: tx.now().micros(),
            lease_until: call.lease_until.micros(),
            online_until: call.online_until.micros(),
            watched_until: (call.watch == Watch::Yes).then(|| call.online_until.micros()),
            source_address: tx.scope().origin().source_address().to_owned(),
            app_version: call.app_version.as_deref().map(|version| cut(version, 60)),
            computer_key_held: call.computer_key_held,
            cpu_percent: call.metrics.cpu,
            memory_percent: call.metrics.memory,
            disk_percent: call.metrics.disk,
        })
        .execute(tx.conn)?;
    Ok(touched == 1)
}

/// Counts a new computer key that shows the license at `license_revision` and is signed by the key
/// `kid`, and answers its number.
///
/// # Errors
/// [`StoreError::Missing`] when the machine is not in the scope.
pub fn next_computer_key(
    tx: &mut TenantTx<'_>,
    id: MachineId,
    license_revision: i64,
    kid: &str,
) -> StoreResult<i64> {
    let (low, high) = place::range(tx.scope());
    let place = m::table.find((tx.tenant().to_string(), id.to_string()));
    let updated = diesel::update(place.clone())
        .filter(in_reach(low, high))
        .set((
            m::computer_key_seq.eq(m::computer_key_seq + 1),
            m::license_revision.eq(license_revision),
            m::computer_key_kid.eq(kid),
        ))
        .execute(tx.conn)?;
    if updated == 0 {
        return Err(StoreError::Missing {
            table: "machines",
            id: id.to_string(),
        });
    }
    Ok(place.select(m::computer_key_seq).get_result(tx.conn)?)
}

/// Writes until when a machine need not call again, unless it need not for longer already.
///
/// # Errors
/// When the database fails.
pub fn extend_lease(tx: &mut TenantTx<'_>, id: MachineId, until: UtcTime) -> StoreResult<()> {
    let (low, high) = place::range(tx.scope());
    diesel::update(m::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(m::lease_until.lt(until.micros()))
        .filter(in_reach(low, high))
        .set(m::lease_until.eq(until.micros()))
        .execute(tx.conn)?;
    Ok(())
}

/// Blocks, unblocks or deactivates a machine. `false` when it is in no state for it or not in the
/// scope. Whoever deactivates releases the seat, in the same transaction.
///
/// # Errors
/// When the database fails.
pub fn change_state(
    tx: &mut TenantTx<'_>,
    id: MachineId,
    to: MachineState,
    reason: Option<&str>,
) -> StoreResult<bool> {
    let (low, high) = place::range(tx.scope());
    let from: Vec<&str> = MachineState::ALL
        .iter()
        .filter(|from| from.can_become(to))
        .map(|from| from.as_str())
        .collect();
    let updated = diesel::update(m::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(m::state.eq_any(from))
        .filter(in_reach(low, high))
        .set((
            m::state.eq(to.as_str()),
            m::state_reason.eq(reason.map(|reason| cut(reason, 300))),
            m::deactivated_at.eq((to == MachineState::Deactivated).then(|| tx.now().micros())),
            m::watched_until.eq(None::<i64>),
            m::version.eq(m::version + 1),
        ))
        .execute(tx.conn)?;
    if updated == 1 && to == MachineState::Active {
        presence::watch_again(tx, id)?;
    }
    Ok(updated == 1)
}

/// Writes why a machine is in the state it is in.
///
/// # Errors
/// When the database fails.
pub fn explain(tx: &mut TenantTx<'_>, id: MachineId, reason: Option<&str>) -> StoreResult<()> {
    let (low, high) = place::range(tx.scope());
    diesel::update(m::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(in_reach(low, high))
        .set((
            m::state_reason.eq(reason.map(|reason| cut(reason, 300))),
            m::version.eq(m::version + 1),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Writes a machine that activates again: everything it says of itself, its token, and its state,
/// provided it is still in the state `expected`. `false` when it is not: read it again. Whoever
/// brings a deactivated machine back takes a seat, in the same transaction.
///
/// # Errors
/// When the database fails.
pub fn activate_again(
    tx: &mut TenantTx<'_>,
    machine: &Machine,
    expected: MachineState,
) -> StoreResult<bool> {
    let (low, high) = place::range(tx.scope());
    let row = MachineRow::of(machine)?;
    let updated = diesel::update(m::table.find((tx.tenant().to_string(), machine.id.to_string())))
        .filter(m::state.eq(expected.as_str()))
        .filter(in_reach(low, high))
        .set((
            (
                m::fingerprint.eq(row.fingerprint),
                m::components.eq(row.components),
                m::name.eq(row.name),
                m::platform.eq(row.platform),
                m::app_version.eq(row.app_version),
                m::user_name.eq(row.user_name),
                m::site.eq(row.site),
            ),
            (
                m::state.eq(row.state),
                m::state_reason.eq(row.state_reason),
                m::arrived_by.eq(row.arrived_by),
                m::token_hash.eq(row.token_hash),
            ),
            (
                m::activated_at.eq(row.activated_at),
                m::deactivated_at.eq(row.deactivated_at),
                m::last_seen_at.eq(row.last_seen_at),
                m::lease_until.eq(row.lease_until),
                m::online_until.eq(row.online_until),
            ),
            m::computer_key_seq.eq(row.computer_key_seq),
            (
                m::license_revision.eq(row.license_revision),
                m::computer_key_kid.eq(row.computer_key_kid),
                m::computer_key_held.eq(row.computer_key_held),
            ),
            m::source_address.eq(row.source_address),
            (
                m::clone_suspected_at.eq(row.clone_suspected_at),
                m::clone_reason.eq(row.clone_reason),
            ),
            presence::on_activation(machine),
            m::version.eq(m::version + 1),
        ))
        .execute(tx.conn)?;
    Ok(updated == 1)
}
