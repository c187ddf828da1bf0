//! Lists and counts of machines.
use super::row::MachineRow;
use super::{former, in_reach, of_present_license};
use crate::column::Row;
use crate::error::StoreResult;
use crate::page::{Page, PageRequest};
use crate::place::{self, Breadth};
use crate::schema::{licenses as l, machines as m, nodes as n};
use crate::steer::{Index, Steered};
use crate::tx::{PlatformTx, TenantTx};
use alvara_domain::fingerprint::{Components, Fingerprint};
use alvara_domain::id::{LicenseId, MachineId};
use alvara_domain::machine::{Machine, MachineState};
use alvara_domain::time::UtcTime;
use diesel::prelude::*;

/// Which machines a list shows.
#[derive(Clone, Debug, Default)]
pub struct MachineFilter {
    /// Those of one license.
    pub license: Option<LicenseId>,
    /// Those in one state.
    pub state: Option<MachineState>,
    /// Those with one fingerprint.
    pub fingerprint: Option<Fingerprint>,
    /// Those that should have called before this instant and did not.
    pub silent_since: Option<UtcTime>,
    /// Those under suspicion of having a double, or those that are not.
    pub suspected: Option<bool>,
    /// Those that are online at this instant.
    pub online_at: Option<UtcTime>,
    /// Those that may run and are not online at this instant.
    pub offline_at: Option<UtcTime>,
}

/// A machine with what it is compared by.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The machine.
    pub id: MachineId,
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
    /// Its components.
    pub components: Components,
}

/// The machines of a license that hold a seat, the one activated last first, at most `limit`: with
/// which somebody is compared whose fingerprint nobody knows.
///
/// # Errors
/// When the database fails.
pub fn list_candidates(
    tx: &mut TenantTx<'_>,
    license: LicenseId,
    limit: i64,
) -> StoreResult<Vec<Candidate>> {
    let (low, high) = place::range(tx.scope());
    let rows: Vec<(String, String, String)> = m::table
        .filter(m::tenant_id.eq(tx.tenant().to_string()))
        .filter(m::license_id.eq(license.to_string()))
        .filter(m::state.ne(MachineState::Deactivated.as_str()))
        .filter(in_reach(low, high))
        .select((m::id, m::fingerprint, m::components))
        .order(m::id.desc())
        .limit(limit)
        .load(tx.conn)?;
    let read = |(id, fingerprint, components): (String, String, String)| {
        let r = Row::of("machines", &id);
        Ok(Candidate {
            id: r.text("id", &id)?,
            fingerprint: r.text("fingerprint", &fingerprint)?,
            components: r.json("components", &components)?,
        })
    };
    rows.into_iter().map(read).collect()
}

/// Lists machines of the scope, but for those of deleted licenses, in the order they were first
/// activated.
///
/// # Errors
/// When the database fails.
pub fn list(
    tx: &mut TenantTx<'_>,
    filter: &MachineFilter,
    request: &PageRequest,
) -> StoreResult<Page<Machine>> {
    let breadth = place::breadth(tx)?;
    // A license or a fingerprint leads to fewer rows than a state does.
    let leads = filter.license.is_some() || filter.fingerprint.is_some();
    let index = if leads {
        Index::Closed
    } else {
        breadth.index()
    };
    let by_state = Steered(m::state, index);
    let mut query = m::table
        .filter(m::tenant_id.eq(tx.tenant().to_string()))
        .filter(of_present_license())
        .select(MachineRow::as_select())
        .into_boxed();
    query = match breadth {
        Breadth::Whole => query,
        Breadth::Wide => {
            let (low, high) = place::range(tx.scope());
            // No path is the end of a range, so it does not matter that this includes it.
            query.filter(path_of_place().between(low, high))
        }
        Breadth::Narrow => {
            let seen = l::table
                .filter(l::tenant_id.eq(tx.tenant().to_string()))
                .filter(l::node_id.eq_any(place::seen(tx.scope())))
                .select(l::id);
            query.filter(m::license_id.eq_any(seen))
        }
    };
    if breadth != Breadth::Whole {
        let (from, to) = former::readers(tx.scope());
        query = query.filter(former::shown(from, to));
    }
    if let Some(license) = filter.license {
        query = query.filter(m::license_id.eq(license.to_string()));
    }
    if let Some(state) = filter.state {
        query = query.filter(by_state.eq(state.as_str()));
    }
    if let Some(fingerprint) = &filter.fingerprint {
        query = query.filter(m::fingerprint.eq(fingerprint.as_str()));
    }
    if let Some(instant) = filter.silent_since {
        query = query.filter(m::lease_until.lt(instant.micros()));
    }
    match filter.suspected {
        Some(true) => query = query.filter(m::clone_suspected_at.is_not_null()),
        Some(false) => query = query.filter(m::clone_suspected_at.is_null()),
        None => {}
    }
    if let Some(instant) = filter.online_at {
        query = query
            .filter(by_state.eq(MachineState::Active.as_str()))
            .filter(m::online_until.ge(instant.micros()));
    }
    if let Some(instant) = filter.offline_at {
        query = query
            .filter(by_state.eq(MachineState::Active.as_str()))
            .filter(m::online_until.lt(instant.micros()));
    }
    if let Some(after) = request.after::<String>()? {
        query = query.filter(m::id.gt(after));
    }
    let rows = query
        .order(Steered(m::id, breadth.index()))
        .limit(request.fetch())
        .load(tx.conn)?;
    Page::of(request, rows, |row| row.id.clone(), Machine::try_from)
}

/// The path of the place of a machine's license, asked of each row by itself: no index over paths
/// leads here.
#[diesel::dsl::auto_type]
fn path_of_place() -> _ {
    l::table
        .inner_join(n::table.on(n::tenant_id.eq(l::tenant_id).and(n::id.eq(l::node_id))))
        .filter(l::tenant_id.eq(m::tenant_id))
        .filter(l::id.eq(m::license_id))
        .select(n::path)
        .single_value()
        .assume_not_null()
}

/// How many machines of the scope may run and are not online now, but for those of deleted licenses;
/// counts up to `most`.
///
/// By the index over until when machines are watched: those whose silence was told have no such
/// instant and those whose silence is still to be told have one that is past, so that no machine that
/// is online is read.
///
/// # Errors
/// When the database fails.
pub fn count_offline(tx: &mut TenantTx<'_>, most: i64) -> StoreResult<i64> {
    let now = tx.now().micros();
    let mut count = 0;
    for told in [Told::Yes, Told::No] {
        let index = match told {
            // Both columns of the index.
            Told::Yes => Index::Open,
            Told::No => Index::Closed,
        };
        let mut query = m::table
            .filter(Steered(m::tenant_id, index).eq(tx.tenant().to_string()))
            .filter(Steered(m::state, Index::Closed).eq(MachineState::Active.as_str()))
            .filter(m::online_until.lt(now))
            .filter(of_present_license())
            .select(m::online_until)
            .into_boxed();
        query = match told {
            Told::Yes => query.filter(m::watched_until.is_null()),
            Told::No => query.filter(m::watched_until.lt(now)),
        };
        if !tx.scope().is_whole_tenant() {
            let (low, high) = place::range(tx.scope());
            query = query.filter(path_of_place().between(low, high));
        }
        let found: Vec<i64> = query.limit(most - count).load(tx.conn)?;
        count += i64::try_from(found.len()).unwrap_or(most);
        if count >= most {
            break;
        }
    }
    Ok(count)
}

/// Whether somebody was told that a machine is silent.
#[derive(Clone, Copy)]
enum Told {
    Yes,
    No,
}

/// Counts the machines of the scope that are in a state.
///
/// # Errors
/// When the database fails.
pub fn count(tx: &mut TenantTx<'_>, state: MachineState) -> StoreResult<i64> {
    let (low, high) = place::range(tx.scope());
    let mut query = m::table
        .filter(m::tenant_id.eq(tx.tenant().to_string()))
        .filter(m::state.eq(state.as_str()))
        .count()
        .into_boxed();
    if !tx.scope().is_whole_tenant() {
        query = query.filter(in_reach(low, high));
    }
    Ok(query.get_result(tx.conn)?)
}

/// How many machines the installation knows, deactivated ones too.
///
/// # Errors
/// When the database fails.
pub fn count_all(tx: &mut PlatformTx<'_>) -> StoreResult<i64> {
    Ok(m::table.count().get_result(tx.conn)?)
}
