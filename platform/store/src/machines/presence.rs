//! Which machines are online, and who has to be told that one is not.
//!
//! `watched_until` equals `online_until` while a machine's silence would be news. Telling it sets
//! it to null, so the index over it holds only machines that are online: looking for silent ones
//! costs as much as there are, however many have been silent for years.
use super::in_reach;
use crate::column::Row;
use crate::error::StoreResult;
use crate::place;
use crate::schema::machines as m;
use crate::tx::TenantTx;
use alvara_domain::id::{LicenseId, MachineId};
use alvara_domain::machine::{Machine, MachineState};
use alvara_domain::time::UtcTime;
use diesel::dsl::{Eq, count_star};
use diesel::prelude::*;

/// How many silent machines are looked at in one transaction.
const SILENT: i64 = 200;

type Presence = (
    Eq<m::watched_until, Option<i64>>,
    Eq<m::online_since, Option<i64>>,
);

/// What a machine's presence is once it activated, or is reserved.
pub(super) fn on_activation(machine: &Machine) -> Presence {
    let active = machine.state == MachineState::Active;
    (
        m::watched_until.eq(active.then(|| machine.online_until.micros())),
        m::online_since.eq(active.then(|| machine.last_seen_at.micros())),
    )
}

/// A machine may run again: its silence is news if it is not silent already.
pub(super) fn watch_again(tx: &mut TenantTx<'_>, id: MachineId) -> StoreResult<()> {
    let now = tx.now().micros();
    diesel::update(m::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(m::online_until.ge(now))
        .set((
            m::watched_until.eq(m::online_until.nullable()),
            m::online_since.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Notes that a machine that was late called again. `true` when its silence had been told, so that
/// its return is news: of any number of calls at once, one hears so.
///
/// # Errors
/// When the database fails.
pub fn called_again(
    tx: &mut TenantTx<'_>,
    id: MachineId,
    online_until: UtcTime,
) -> StoreResult<bool> {
    let (low, high) = place::range(tx.scope());
    let now = tx.now().micros();
    let place = m::table.find((tx.tenant().to_string(), id.to_string()));
    let told = diesel::update(place.clone())
        .filter(m::watched_until.is_null())
        .filter(m::state.eq(MachineState::Active.as_str()))
        .filter(in_reach(low.clone(), high.clone()))
        .set((
            m::watched_until.eq(online_until.micros()),
            m::online_since.eq(now),
        ))
        .execute(tx.conn)?;
    if told == 0 {
        diesel::update(place)
            .filter(m::online_until.lt(now))
            .filter(in_reach(low, high))
            .set(m::online_since.eq(now))
            .execute(tx.conn)?;
    }
    Ok(told == 1)
}

/// Since when a machine has been online, if it is.
///
/// # Errors
/// When the database fails.
pub fn online_since(tx: &mut TenantTx<'_>, machine: &Machine) -> StoreResult<Option<UtcTime>> {
    let since: Option<i64> = m::table
        .find((tx.tenant().to_string(), machine.id.to_string()))
        .select(m::online_since)
        .get_result(tx.conn)?;
    Row::of("machines", &machine.id.to_string()).time_opt("online_since", since)
}

/// A machine that fell silent and of which nobody was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silent {
    /// The machine.
    pub id: MachineId,
    /// Its license.
    pub license: LicenseId,
    /// For people.
    pub name: String,
    /// Until when it counted as online.
    pub online_until: UtcTime,
}

/// Machines of the tenant that fell silent untold, the longest silent first, at most 200.
///
/// # Errors
/// [`crate::StoreError::OutOfReach`] for a scope that is only part of the tenant.
pub fn list_untold(tx: &mut TenantTx<'_>) -> StoreResult<Vec<Silent>> {
    tx.require_whole_tenant()?;
    let rows: Vec<(String, String, String, i64)> = m::table
        .filter(m::tenant_id.eq(tx.tenant().to_string()))
        .filter(m::watched_until.lt(tx.now().micros()))
        .order((m::watched_until, m::id))
        .limit(SILENT)
        .select((m::id, m::license_id, m::name, m::online_until))
        .load(tx.conn)?;
    rows.into_iter()
        .map(|(id, license, name, until)| {
            let r = Row::of("machines", &id);
            Ok(Silent {
                id: r.text("id", &id)?,
                license: r.text("license_id", &license)?,
                online_until: r.time("online_until", until)?,
                name,
            })
        })
        .collect()
}

/// Notes that a machine's silence is being told. `false` when somebody else told it or the machine
/// called meanwhile.
///
/// # Errors
/// When the database fails.
pub fn note_silence(tx: &mut TenantTx<'_>, id: MachineId) -> StoreResult<bool> {
    tx.require_whole_tenant()?;
    let noted = diesel::update(m::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(m::watched_until.lt(tx.now().micros()))
        .set(m::watched_until.eq(None::<i64>))
        .execute(tx.conn)?;
    Ok(noted == 1)
}

/// How many machines are how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// May run and called in time.
    pub online: i64,
    /// May run and missed a call.
    pub offline: i64,
    /// Blocked.
    pub blocked: i64,
    /// Still to come; a seat is kept.
    pub reserved: i64,
    /// Without a seat.
    pub deactivated: i64,
}

/// Counts the machines of the scope by how they are, in two statements.
///
/// # Errors
/// When the database fails.
pub fn figures(tx: &mut TenantTx<'_>) -> StoreResult<Figures> {
    let (low, high) = place::range(tx.scope());
    let by_state = m::table
        .filter(m::tenant_id.eq(tx.tenant().to_string()))
        .group_by(m::state)
        .select((m::state, count_star()));
    let online = m::table
        .filter(m::tenant_id.eq(tx.tenant().to_string()))
        .filter(m::state.eq(MachineState::Active.as_str()))
        .filter(m::online_until.ge(tx.now().micros()))
        .count();
    let (states, online): (Vec<(String, i64)>, i64) = if tx.scope().is_whole_tenant() {
        (by_state.load(tx.conn)?, online.get_result(tx.conn)?)
    } else {
        let reach = in_reach(low, high);
        (
            by_state.filter(reach.clone()).load(tx.conn)?,
            online.filter(reach).get_result(tx.conn)?,
        )
    };
    let of = |state: MachineState| {
        states
            .iter()
            .find(|(name, _)| name == state.as_str())
            .map_or(0, |(_, count)| *count)
    };
    Ok(Figures {
        online,
        // The two statements may be a heartbeat apart.
        offline: (of(MachineState::Active) - online).max(0),
        blocked: of(MachineState::Blocked),
        reserved: of(MachineState::Reserved),
        deactivated: of(MachineState::Deactivated),
    })
}
