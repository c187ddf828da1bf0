//! Floating seats. A seat belongs to the place of its license; whoever changes how many are held has
//! locked the license's pool first.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::page::{Page, PageRequest};
use crate::place;
use crate::schema::{licenses as l, nodes as n, seats as s};
use crate::scope::cut;
use crate::tx::{TenantTx, inserted};
use alvara_domain::id::{LicenseId, MachineId, SeatId};
use alvara_domain::seat::{Seat, SeatState};
use alvara_domain::time::UtcTime;
use diesel::dsl::{exists, min};
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = s, treat_none_as_default_value = false)]
struct SeatRow {
    tenant_id: String,
    id: String,
    license_id: String,
    machine_id: String,
    instance: String,
    slot: Option<String>,
    user_name: Option<String>,
    state: String,
    taken_at: i64,
    kept_at: i64,
    lease_until: i64,
    borrowed_until: Option<i64>,
    ended_at: Option<i64>,
}

impl TryFrom<SeatRow> for Seat {
    type Error = StoreError;

    fn try_from(row: SeatRow) -> StoreResult<Self> {
        let r = Row::of("seats", &row.id);
        Ok(Self {
            tenant_id: r.text("tenant_id", &row.tenant_id)?,
            id: r.text("id", &row.id)?,
            license_id: r.text("license_id", &row.license_id)?,
            machine_id: r.text("machine_id", &row.machine_id)?,
            state: r.text("state", &row.state)?,
            taken_at: r.time("taken_at", row.taken_at)?,
            kept_at: r.time("kept_at", row.kept_at)?,
            lease_until: r.time("lease_until", row.lease_until)?,
            borrowed_until: r.time_opt("borrowed_until", row.borrowed_until)?,
            ended_at: r.time_opt("ended_at", row.ended_at)?,
            instance: row.instance,
            user_name: row.user_name,
        })
    }
}

/// Whether the place of the seat's license lies in a range of paths.
#[diesel::dsl::auto_type]
fn in_reach(low: String, high: String) -> _ {
    exists(
        l::table
            .inner_join(n::table.on(n::tenant_id.eq(l::tenant_id).and(n::id.eq(l::node_id))))
            .filter(l::tenant_id.eq(s::tenant_id))
            .filter(l::id.eq(s::license_id))
            .filter(n::path.ge(low))
            .filter(n::path.lt(high)),
    )
}

/// Adds a seat that was counted. `false` when this program on this machine holds one already.
///
/// # Errors
/// When the database fails.
pub fn insert(tx: &mut TenantTx<'_>, seat: &Seat) -> StoreResult<bool> {
    let row = SeatRow {
        tenant_id: tx.tenant().to_string(),
        id: seat.id.to_string(),
        license_id: seat.license_id.to_string(),
        machine_id: seat.machine_id.to_string(),
        instance: cut(&seat.instance, 64),
        slot: Some(cut(&seat.instance, 64)),
        user_name: seat.user_name.as_deref().map(|name| cut(name, 254)),
        state: seat.state.to_string(),
        taken_at: seat.taken_at.micros(),
        kept_at: seat.kept_at.micros(),
        lease_until: seat.lease_until.micros(),
        borrowed_until: seat.borrowed_until.map(UtcTime::micros),
        ended_at: seat.ended_at.map(UtcTime::micros),
    };
    inserted(tx.conn, |conn| {
        diesel::insert_into(s::table).values(&row).execute(conn)?;
        Ok(())
    })
}

/// Finds a seat of a license of the scope.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, id: SeatId) -> StoreResult<Option<Seat>> {
    let (low, high) = place::range(tx.scope());
    let row: Option<SeatRow> = s::table
        .filter(s::tenant_id.eq(tx.tenant().to_string()))
        .filter(s::id.eq(id.to_string()))
        .filter(in_reach(low, high))
        .select(SeatRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Seat::try_from).transpose()
}

/// Finds the seat that a program on a machine holds, live or not.
///
/// # Errors
/// When the database fails.
pub fn find_held(
    tx: &mut TenantTx<'_>,
    machine: MachineId,
    instance: &str,
) -> StoreResult<Option<Seat>> {
    let row: Option<SeatRow> = s::table
        .filter(s::tenant_id.eq(tx.tenant().to_string()))
        .filter(s::machine_id.eq(machine.to_string()))
        .filter(s::slot.eq(instance))
        .select(SeatRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Seat::try_from).transpose()
}

/// Writes a sign of life, provided the seat is still live. `false` when it is not.
///
/// # Errors
/// When the database fails.
pub fn keep(tx: &mut TenantTx<'_>, seat: &Seat) -> StoreResult<bool> {
    let kept = diesel::update(s::table.find((tx.tenant().to_string(), seat.id.to_string())))
        .filter(s::state.eq(SeatState::Held.as_str()))
        .filter(s::lease_until.ge(tx.now().micros()))
        .set((
            s::kept_at.eq(seat.kept_at.micros()),
            s::lease_until.eq(seat.lease_until.micros()),
            s::borrowed_until.eq(seat.borrowed_until.map(UtcTime::micros)),
        ))
        .execute(tx.conn)?;
    Ok(kept == 1)
}

/// Ends a seat. Of any number of calls exactly one gets `true`, and counts it back. Taking back
/// ([`SeatState::Reclaimed`]) asks once more whether nobody kept the seat: its program may have,
/// since it was found dead.
///
/// # Errors
/// When the database fails.
pub fn end(tx: &mut TenantTx<'_>, id: SeatId, to: SeatState) -> StoreResult<bool> {
    let live_until = match to {
        SeatState::Reclaimed => tx.now().micros(),
        SeatState::Held | SeatState::Returned | SeatState::Released => i64::MAX,
    };
    let ended = diesel::update(s::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(s::state.eq(SeatState::Held.as_str()))
        .filter(s::lease_until.lt(live_until))
        .set((
            s::state.eq(to.as_str()),
            s::slot.eq(None::<String>),
            s::ended_at.eq(tx.now().micros()),
        ))
        .execute(tx.conn)?;
    Ok(ended == 1)
}

/// The seats that a machine holds.
///
/// # Errors
/// When the database fails.
pub fn list_of_machine(tx: &mut TenantTx<'_>, machine: MachineId) -> StoreResult<Vec<SeatId>> {
    let ids: Vec<String> = s::table
        .filter(s::tenant_id.eq(tx.tenant().to_string()))
        .filter(s::machine_id.eq(machine.to_string()))
        .filter(s::slot.is_not_null())
        .order(s::id)
        .select(s::id)
        .load(tx.conn)?;
    ids.iter()
        .map(|id| Row::of("seats", id).text("id", id))
        .collect()
}

/// Seats of a license that are held and that nobody kept, at most `limit`.
///
/// # Errors
/// When the database fails.
pub fn list_dead(
    tx: &mut TenantTx<'_>,
    license: LicenseId,
    limit: i64,
) -> StoreResult<Vec<SeatId>> {
    let ids: Vec<String> = s::table
        .filter(s::tenant_id.eq(tx.tenant().to_string()))
        .filter(s::license_id.eq(license.to_string()))
        .filter(s::state.eq(SeatState::Held.as_str()))
        .filter(s::lease_until.lt(tx.now().micros()))
        .order((s::lease_until, s::id))
        .limit(limit)
        .select(s::id)
        .load(tx.conn)?;
    ids.iter()
        .map(|id| Row::of("seats", id).text("id", id))
        .collect()
}

/// When the first of a license's seats ends, if nobody keeps it.
///
/// # Errors
/// When the database fails.
pub fn first_lease_end(tx: &mut TenantTx<'_>, license: LicenseId) -> StoreResult<Option<UtcTime>> {
    let first: Option<i64> = s::table
        .filter(s::tenant_id.eq(tx.tenant().to_string()))
        .filter(s::license_id.eq(license.to_string()))
        .filter(s::state.eq(SeatState::Held.as_str()))
        .select(min(s::lease_until))
        .get_result(tx.conn)?;
    Row::of("seats", &license.to_string()).time_opt("lease_until", first)
}

/// Lists the seats of a license of the scope in the order they were taken.
///
/// # Errors
/// When the database fails.
pub fn list(
    tx: &mut TenantTx<'_>,
    license: LicenseId,
    state: Option<SeatState>,
    request: &PageRequest,
) -> StoreResult<Page<Seat>> {
    let (low, high) = place::range(tx.scope());
    let mut query = s::table
        .filter(s::tenant_id.eq(tx.tenant().to_string()))
        .filter(s::license_id.eq(license.to_string()))
        .filter(in_reach(low, high))
        .select(SeatRow::as_select())
        .into_boxed();
    if let Some(state) = state {
        query = query.filter(s::state.eq(state.as_str()));
    }
    if let Some(after) = request.after::<String>()? {
        query = query.filter(s::id.gt(after));
    }
    let rows = query.order(s::id).limit(request.fetch()).load(tx.conn)?;
    Page::of(request, rows, |row| row.id.clone(), Seat::try_from)
}

/// Removes seats of the tenant that ended before an instant.
///
/// # Errors
/// [`StoreError::OutOfReach`] in a scope that is not the whole tenant.
pub fn purge(tx: &mut TenantTx<'_>, before: UtcTime) -> StoreResult<usize> {
    tx.require_whole_tenant()?;
    let past = s::table
        .filter(s::tenant_id.eq(tx.tenant().to_string()))
        .filter(s::ended_at.lt(before.micros()));
    Ok(diesel::delete(past).execute(tx.conn)?)
}
