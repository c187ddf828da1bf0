//! What there is to know of one machine: how it stands, and how busy it was.

use alvara_domain::id::MachineId;
use alvara_domain::license::License;
use alvara_domain::machine::{Machine, MachineState};
use alvara_domain::metrics::{Bucket, Resolution, fold};
use alvara_domain::product::Product;
use alvara_domain::time::UtcTime;
use alvara_store::TenantTx;
use alvara_store::{licenses, machine_metrics, machines, products};

use crate::error::{AppError, AppResult};

/// A machine's figures over a stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// How long a bucket is.
    pub resolution: Resolution,
    /// Where the first bucket may start.
    pub from: UtcTime,
    /// Before which the last one starts.
    pub to: UtcTime,
    /// By time; stretches without a report have none.
    pub buckets: Vec<Bucket>,
}

/// Reads a series. `from` goes back to the start of its bucket, so that no bucket is cut.
///
/// # Errors
/// [`AppError::NotFound`] outside the scope.
pub fn series(
    tx: &mut TenantTx<'_>,
    id: MachineId,
    resolution: Resolution,
    (from, to): (UtcTime, UtcTime),
) -> AppResult<Series> {
    let machine = machines::find(tx, id)?.ok_or(AppError::NotFound("machine"))?;
    of_machine(tx, &machine, resolution, (from, to))
}

fn of_machine(
    tx: &mut TenantTx<'_>,
    machine: &Machine,
    resolution: Resolution,
    (from, to): (UtcTime, UtcTime),
) -> AppResult<Series> {
    let from = resolution.start_of(from);
    let buckets = machine_metrics::list(tx, machine, resolution, (from, to))?;
    Ok(Series {
        resolution,
        from,
        to,
        buckets: fold(buckets, resolution),
    })
}

alvara_domain::text_enum! {
    /// How far back a dashboard looks.
    pub enum Range {
        /// 24 hours, by five minutes.
        Day = "day",
        /// 30 days, by the hour.
        Month = "month",
        /// 365 days, by the day.
        Year = "year",
    }
}

impl Range {
    const fn facts(self) -> (i64, Resolution) {
        match self {
            Self::Day => (1, Resolution::FiveMinutes),
            Self::Month => (30, Resolution::Hour),
            Self::Year => (365, Resolution::Day),
        }
    }
}

/// A machine, its license and its figures, as of one instant.
#[derive(Debug, Clone)]
pub struct Dashboard {
    /// The machine.
    pub machine: Machine,
    /// Its license.
    pub license: License,
    /// The license's product.
    pub product: Product,
    /// Since when it has been online, offline or deactivated; `None` where nobody noted it.
    pub since: Option<UtcTime>,
    /// Its figures.
    pub series: Series,
    /// The instant.
    pub now: UtcTime,
}

/// Reads a dashboard.
///
/// # Errors
/// [`AppError::NotFound`] outside the scope.
pub fn dashboard(tx: &mut TenantTx<'_>, id: MachineId, range: Range) -> AppResult<Dashboard> {
    let machine = machines::find(tx, id)?.ok_or(AppError::NotFound("machine"))?;
    let license = licenses::find(tx, machine.license_id)?.ok_or(AppError::NotFound("license"))?;
    let product = products::find(tx, license.product_id)?
        .ok_or_else(|| AppError::Inconsistent(format!("{} has no product", license.id)))?;
    let now = tx.now();
    let since = match machine.state {
        MachineState::Active if machine.is_online(now) => machines::online_since(tx, &machine)?,
        MachineState::Active => Some(machine.online_until),
        MachineState::Deactivated => machine.deactivated_at,
        MachineState::Reserved => Some(machine.activated_at),
        MachineState::Blocked => None,
    };
    let (days, resolution) = range.facts();
    let from = now.saturating_add_seconds(-days * 86_400);
    let to = now.saturating_add_seconds(1);
    let series = of_machine(tx, &machine, resolution, (from, to))?;
    Ok(Dashboard {
        machine,
        license,
        product,
        since,
        series,
        now,
    })
}
