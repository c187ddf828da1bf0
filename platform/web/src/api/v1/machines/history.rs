//! A machine's figures over time, its dashboard, and how many machines are how.

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_app::machine::history::{self, Dashboard, Range, Series};
use alvara_domain::id::{LicenseId, MachineId, NodeId};
use alvara_domain::machine::MachineState;
use alvara_domain::metrics::{Bucket, Resolution, Spread};
use alvara_domain::time::UtcTime;
use alvara_store::{Db, machines};
use alvara_tenants::permissions::MachineRead;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::MachineView;
use crate::answer;
use crate::body::{Params, Segments};
use crate::caller::Caller;
use crate::problem::{Fault, Problem};
use crate::schema::{Id, Instant};

/// The most buckets of one answer.
const POINTS: i64 = 3000;

/// How many machines are how.
#[derive(Serialize, ToSchema)]
pub(crate) struct FiguresView {
    /// May run and called in time.
    online: i64,
    /// May run and missed a call.
    offline: i64,
    blocked: i64,
    /// Named before they came; a seat is kept for each.
    reserved: i64,
    deactivated: i64,
}

/// Counts the machines the caller sees.
#[utoipa::path(get, path = "/machines/figures", tag = "machines", operation_id = "machine_figures",
    responses((status = 200, description = "How many machines are how.", body = FiguresView)))]
pub(crate) async fn figures(
    caller: Caller<MachineRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db.read(&caller.scope, machines::figures).await?;
    Ok(answer::ok(&FiguresView {
        online: found.online,
        offline: found.offline,
        blocked: found.blocked,
        reserved: found.reserved,
        deactivated: found.deactivated,
    }))
}

/// One figure within a bucket, in percent; null where no report named it.
#[derive(Serialize, ToSchema)]
pub(crate) struct SpreadView {
    mean: Option<f64>,
    min: Option<f64>,
    max: Option<f64>,
}

impl SpreadView {
    fn of(spread: &Spread) -> Self {
        let percent = |hundredths: Option<i64>| hundredths.map(|value| value as f64 / 100.0);
        Self {
            mean: spread.mean().map(|hundredths| hundredths / 100.0),
            min: percent(spread.least),
            max: percent(spread.most),
        }
    }
}

/// A bucket of time.
#[derive(Serialize, ToSchema)]
pub(crate) struct PointView {
    /// Where it starts.
    #[schema(value_type = Instant)]
    at: UtcTime,
    /// How many reports it holds.
    samples: i64,
    cpu_percent: SpreadView,
    memory_percent: SpreadView,
    disk_percent: SpreadView,
}

impl PointView {
    fn of(bucket: &Bucket) -> Self {
        Self {
            at: bucket.at,
            samples: bucket.samples,
            cpu_percent: SpreadView::of(&bucket.cpu),
            memory_percent: SpreadView::of(&bucket.memory),
            disk_percent: SpreadView::of(&bucket.disk),
        }
    }
}

/// Figures over a stretch of time, ready to plot.
#[derive(Serialize, ToSchema)]
pub(crate) struct SeriesView {
    /// How long a bucket is: `m5` (five minutes), `h` or `d`.
    resolution: &'static str,
    /// Seconds of a bucket.
    step_seconds: i64,
    #[schema(value_type = Instant)]
    from: UtcTime,
    #[schema(value_type = Instant)]
    to: UtcTime,
    /// By time. A stretch without a report has no point.
    points: Vec<PointView>,
}

impl SeriesView {
    fn of(series: &Series) -> Self {
        Self {
            resolution: series.resolution.as_str(),
            step_seconds: series.resolution.seconds(),
            from: series.from,
            to: series.to,
            points: series.buckets.iter().map(PointView::of).collect(),
        }
    }
}

/// Which stretch, and how finely.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MetricsParams {
    /// From this instant; a day before `to` when left out.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<UtcTime>,
    /// Before this instant; now when left out.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<UtcTime>,
    /// `m5` (five minutes, kept two days), `h` (90 days) or `d` (two years); `m5` when left out.
    #[param(value_type = Option<String>)]
    resolution: Option<Resolution>,
}

impl MetricsParams {
    fn read(&self, now: UtcTime) -> Result<(Resolution, UtcTime, UtcTime), Problem> {
        let resolution = self.resolution.unwrap_or(Resolution::FiveMinutes);
        let to = self.to.unwrap_or_else(|| now.saturating_add_seconds(1));
        let from = self
            .from
            .unwrap_or_else(|| to.saturating_add_seconds(-86_400));
        if from >= to || from.seconds_until(to) / resolution.seconds() > POINTS {
            let fault = Fault::message("/query/from", "out_of_range", "field-out-of-range");
            return Err(Problem::field(fault));
        }
        Ok((resolution, from, to))
    }
}

/// Shows how busy a machine was. At most 3 000 buckets at once.
#[utoipa::path(get, path = "/machines/{id}/metrics", tag = "machines", operation_id = "machine_metrics", params(("id" = Id, Path), MetricsParams),
    responses((status = 200, description = "Its figures by time.", body = SeriesView)))]
pub(crate) async fn metrics(
    caller: Caller<MachineRead>,
    Segments(id): Segments<MachineId>,
    Params(params): Params<MetricsParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let (resolution, from, to) = params.read(db.clock().now())?;
    let found = db
        .read(&caller.scope, move |tx| {
            history::series(tx, id, resolution, (from, to))
        })
        .await?;
    Ok(answer::ok(&SeriesView::of(&found)))
}

/// How far back.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DashboardParams {
    /// `day` (by five minutes), `month` (30 days by the hour) or `year` (365 days by the day); `day`
    /// when left out.
    #[param(value_type = Option<String>)]
    range: Option<Range>,
}

/// The license that a machine runs under, in short.
#[derive(Serialize, ToSchema)]
pub(crate) struct LicenseFacts {
    #[schema(value_type = Id)]
    id: LicenseId,
    /// Code of its product.
    product: String,
    #[schema(value_type = Id)]
    node_id: NodeId,
    key_hint: String,
    kind: &'static str,
    state: &'static str,
    #[schema(value_type = Option<Instant>)]
    expires_at: Option<UtcTime>,
    days_left: Option<i64>,
    machine_limit: Option<i64>,
    machines_used: i64,
}

/// Everything about one machine.
#[derive(Serialize, ToSchema)]
pub(crate) struct DashboardView {
    machine: MachineView,
    /// Since when it has been as it is (online, offline, deactivated, reserved); null for a blocked
    /// one.
    #[schema(value_type = Option<Instant>)]
    since: Option<UtcTime>,
    /// When it called last; null for one that never did.
    #[schema(value_type = Option<Instant>)]
    last_contact: Option<UtcTime>,
    /// Since when it looks as if another machine shared its identity.
    #[schema(value_type = Option<Instant>)]
    clone_suspected_at: Option<UtcTime>,
    /// Why it looks so.
    clone_reason: Option<String>,
    license: LicenseFacts,
    series: SeriesView,
    #[schema(value_type = Instant)]
    now: UtcTime,
}

impl DashboardView {
    fn of(found: Dashboard) -> Self {
        let (machine, license, now) = (found.machine, found.license, found.now);
        let came = machine.state != MachineState::Reserved;
        Self {
            since: found.since,
            last_contact: came.then_some(machine.last_seen_at),
            clone_suspected_at: machine.clone_suspected_at,
            clone_reason: machine.clone_reason.clone(),
            machine: MachineView::of(machine, now),
            license: LicenseFacts {
                id: license.id,
                product: found.product.code,
                node_id: license.node_id,
                days_left: license.days_left(now),
                kind: license.kind.as_str(),
                state: license.state.as_str(),
                expires_at: license.term.expires_at,
                machine_limit: license.machine_limit,
                machines_used: license.machines_used,
                key_hint: license.key_hint,
            },
            series: SeriesView::of(&found.series),
            now,
        }
    }
}

/// Shows a machine with its license and its figures, for one page.
#[utoipa::path(get, path = "/machines/{id}/dashboard", tag = "machines", operation_id = "machine_dashboard", params(("id" = Id, Path), DashboardParams),
    responses((status = 200, description = "The machine, its license, its figures.", body = DashboardView)))]
pub(crate) async fn dashboard(
    caller: Caller<MachineRead>,
    Segments(id): Segments<MachineId>,
    Params(params): Params<DashboardParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let range = params.range.unwrap_or(Range::Day);
    let found = db
        .read(&caller.scope, move |tx| history::dashboard(tx, id, range))
        .await?;
    Ok(answer::ok(&DashboardView::of(found)))
}
