//! Metered use: counters of a license that its program raises, limited, in windows that begin anew.

use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::fingerprint::Comparison;
use alvara_domain::id::{LicenseId, MachineId};
use alvara_domain::license::License;
use alvara_domain::terms::Meter;
use alvara_domain::time::{UtcTime, Window, ZoneName};
use alvara_domain::verdict::{Asks, MachineFact, MeterAsk};
use alvara_store::meters::{self, MeterCount};
use alvara_store::{TenantTx, licenses, machines};
use serde_json::json;

use crate::machine::activate::Case;
use crate::{AppError, AppResult};

/// Where a counter stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeterState {
    /// Its name, limit and length of window.
    pub meter: Meter,
    /// What was counted in the window that runs.
    pub used: i64,
    /// The window; without an end it never begins anew.
    pub window: Window,
}

impl MeterState {
    fn of(meter: &Meter, count: Option<&MeterCount>, window: Window) -> Self {
        // What was counted in an earlier window is past; nobody had to set it back for that.
        let used = count
            .filter(|count| count.window_start >= window.start)
            .map_or(0, |count| count.used);
        Self {
            meter: meter.clone(),
            used,
            window,
        }
    }

    /// How much is left.
    #[must_use]
    pub fn remaining(&self) -> i64 {
        (limit_of(&self.meter) - self.used).max(0)
    }
}

/// Limits beyond what a database counts to are as good as that.
fn limit_of(meter: &Meter) -> i64 {
    i64::try_from(meter.limit).unwrap_or(i64::MAX)
}

/// The window of a meter at `now`, counted from the start of the license in the tenant's calendar.
fn window_of(license: &License, meter: &Meter, zone: &ZoneName, now: UtcTime) -> Window {
    let start = license.meters_since();
    match meter.reset {
        Some(period) => period.window(start, zone, now),
        None => Window { start, end: None },
    }
}

fn find_meter<'a>(license: &'a License, name: &str) -> AppResult<&'a Meter> {
    let found = license.terms.meters.iter().find(|meter| meter.name == name);
    found.ok_or(AppError::NoSuchMeter)
}

/// Counts what a machine used. Either all of it is counted or nothing.
///
/// # Errors
/// [`AppError::Refused`] with `METER_LIMIT` when it does not fit, or with whatever else keeps the
/// program from running; [`AppError::NoSuchMeter`]; [`AppError::Invalid`] for less than one.
pub fn increment(
    tx: &mut TenantTx<'_>,
    machine: MachineId,
    name: &str,
    by: u32,
) -> AppResult<(License, MeterState)> {
    if by == 0 {
        return Err(AppError::field("/by", FaultCode::OutOfRange, "at least 1"));
    }
    let machine = machines::find(tx, machine)?.ok_or(AppError::NotFound("machine"))?;
    let case = Case::load(tx, machine.license_id)?;
    let fact = MachineFact::Known {
        state: machine.state,
        comparison: &Comparison::Same,
    };
    let now = tx.now();
    let verdict = case.decide(fact, Asks::default(), now);
    if !verdict.valid {
        return Err(AppError::Refused(Box::new(verdict)));
    }
    let meter = find_meter(&case.license, name)?.clone();
    let window = window_of(&case.license, &meter, &case.zone, now);
    let id = case.license.id;
    let counted = meters::increment(
        tx,
        (id, name),
        (i64::from(by), limit_of(&meter)),
        window.start,
    )?;
    let count = meters::find(tx, id, name)?;
    let state = MeterState::of(&meter, count.as_ref(), window);
    if counted {
        return Ok((case.license, state));
    }
    let ask = MeterAsk {
        name,
        used: u64::try_from(state.used).unwrap_or(0),
        by: u64::from(by),
    };
    let asks = Asks {
        meter: Some(ask),
        ..Asks::default()
    };
    let verdict = case.decide(fact, asks, now);
    if verdict.valid {
        // Somebody set it back between the statement and this look.
        return Err(AppError::contended());
    }
    Err(AppError::Refused(Box::new(verdict)))
}

/// Every counter of a license as it stands.
///
/// # Errors
/// [`AppError::NotFound`] outside the scope.
pub fn list(tx: &mut TenantTx<'_>, id: LicenseId) -> AppResult<Vec<MeterState>> {
    let case = Case::load(tx, id)?;
    let counts = meters::list(tx, id)?;
    let now = tx.now();
    let state = |meter: &Meter| {
        let window = window_of(&case.license, meter, &case.zone, now);
        let count = counts.iter().find(|count| count.name == meter.name);
        MeterState::of(meter, count, window)
    };
    Ok(case.license.terms.meters.iter().map(state).collect())
}

/// Sets a counter back to zero; its window goes on.
///
/// # Errors
/// [`AppError::NotFound`] outside the scope, [`AppError::NoSuchMeter`].
pub fn reset(tx: &mut TenantTx<'_>, id: LicenseId, name: &str) -> AppResult<MeterState> {
    let license = licenses::find(tx, id)?.ok_or(AppError::NotFound("license"))?;
    find_meter(&license, name)?;
    let before = named(list(tx, id)?, name)?;
    meters::reset(tx, id, name)?;
    let after = named(list(tx, id)?, name)?;
    tx.audit(
        "meter.reset",
        id,
        json!({ "name": name, "used": before.used }),
        json!({ "name": name, "used": after.used }),
    )?;
    tx.emit(
        EventKind::MeterReset,
        id,
        json!({ "name": name, "used": before.used }),
    )?;
    Ok(after)
}

fn named(states: Vec<MeterState>, name: &str) -> AppResult<MeterState> {
    let found = states.into_iter().find(|state| state.meter.name == name);
    found.ok_or(AppError::NoSuchMeter)
}
