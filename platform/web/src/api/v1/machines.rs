//! Machines that run under licenses.

mod history;
mod transfer;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::machine::change_state::{block as block_machine, unblock as unblock_machine};
use alvara_app::machine::clones::clear;
use alvara_app::machine::deactivate::{DeactivatedBy, deactivate as deactivate_machine};
use alvara_domain::fingerprint::Fingerprint;
use alvara_domain::id::{LicenseId, MachineId};
use alvara_domain::machine::{Machine, MachineState};
use alvara_domain::time::UtcTime;
use alvara_store::Db;
use alvara_store::machines::{self, MachineFilter};
use alvara_tenants::permissions::{
    MachineBlock, MachineClearSuspicion, MachineDeactivate, MachineRead,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub(crate) use history::{
    __path_dashboard, __path_figures, __path_metrics, dashboard, figures, metrics,
};
pub(crate) use transfer::{__path_transfer, NamedMachineBody, transfer};

use crate::answer;
use crate::body::{Json, Params, Segments, Text};
use crate::caller::Caller;
use crate::list::{Listed, page_request};
use crate::problem::Problem;
use crate::schema::{Id, Instant};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/machines").get(list))
        .service(web::resource("/machines/figures").get(figures))
        .service(web::resource("/machines/{id}/metrics").get(metrics))
        .service(web::resource("/machines/{id}/dashboard").get(dashboard))
        .service(web::resource("/machines/{id}/transfers").post(transfer))
        .service(web::resource("/machines/{id}").get(get).delete(deactivate))
        .service(
            web::resource("/machines/{id}/block")
                .post(block)
                .delete(unblock),
        )
        .service(web::resource("/machines/{id}/clone-suspicion").delete(clear_suspicion));
}

/// How busy a machine was when it last said so.
#[derive(Serialize, ToSchema)]
pub(crate) struct MetricsView {
    cpu_percent: Option<f64>,
    memory_percent: Option<f64>,
    disk_percent: Option<f64>,
}

/// A machine.
#[derive(Serialize, ToSchema)]
pub(crate) struct MachineView {
    #[schema(value_type = Id)]
    id: MachineId,
    #[schema(value_type = Id)]
    license_id: LicenseId,
    fingerprint: String,
    name: String,
    platform: String,
    app_version: String,
    user: Option<String>,
    /// Where it says to stand.
    site: Option<String>,
    /// `active`, `blocked`, `deactivated` or `reserved` (named before it came).
    state: &'static str,
    state_reason: Option<String>,
    /// Whether it may run and called in time.
    is_online: bool,
    /// Until when it counts as online without another call.
    #[schema(value_type = Instant)]
    online_until: UtcTime,
    #[schema(value_type = Instant)]
    activated_at: UtcTime,
    #[schema(value_type = Option<Instant>)]
    deactivated_at: Option<UtcTime>,
    #[schema(value_type = Instant)]
    last_seen_at: UtcTime,
    /// When it must have called again.
    #[schema(value_type = Instant)]
    lease_until: UtcTime,
    metrics: MetricsView,
    source_address: String,
    /// Since when it looks as if another machine shared its identity; null when it does not.
    #[schema(value_type = Option<Instant>)]
    clone_suspected_at: Option<UtcTime>,
    /// `alternating_addresses`, `older_computer_key` or `contradicting_components`.
    clone_reason: Option<String>,
}

impl MachineView {
    fn of(machine: Machine, now: UtcTime) -> Self {
        // Stored in hundredths, which a double holds exactly enough to show.
        let percent = |hundredths: Option<i64>| {
            hundredths
                .and_then(|value| i32::try_from(value).ok())
                .map(|value| f64::from(value) / 100.0)
        };
        Self {
            is_online: machine.is_online(now),
            id: machine.id,
            license_id: machine.license_id,
            fingerprint: machine.fingerprint.to_string(),
            name: machine.name,
            platform: machine.platform,
            app_version: machine.app_version,
            user: machine.user_name,
            site: machine.site,
            state: machine.state.as_str(),
            state_reason: machine.state_reason,
            activated_at: machine.activated_at,
            deactivated_at: machine.deactivated_at,
            last_seen_at: machine.last_seen_at,
            lease_until: machine.lease_until,
            online_until: machine.online_until,
            metrics: MetricsView {
                cpu_percent: percent(machine.metrics.cpu),
                memory_percent: percent(machine.metrics.memory),
                disk_percent: percent(machine.metrics.disk),
            },
            source_address: machine.source_address,
            clone_suspected_at: machine.clone_suspected_at,
            clone_reason: machine.clone_reason,
        }
    }
}

/// Which machines.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MachineParams {
    /// Under this license.
    #[param(value_type = Option<String>)]
    license_id: Option<LicenseId>,
    /// `active`, `blocked`, `deactivated` or `reserved`.
    #[param(value_type = Option<String>)]
    state: Option<MachineState>,
    /// Exactly this fingerprint.
    #[param(value_type = Option<String>, max_length = 256)]
    fingerprint: Option<Fingerprint>,
    /// Silent since this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    silent_since: Option<UtcTime>,
    /// Whether another machine is suspected to share its identity.
    suspected: Option<bool>,
    /// `true`: those that called in time; `false`: those that may run and missed a call.
    online: Option<bool>,
    /// Items a page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Why a machine is blocked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BlockBody {
    #[schema(example = "reported stolen")]
    reason: Option<Text<0, 300>>,
}

/// Lists the machines the caller sees.
#[utoipa::path(get, path = "/machines", tag = "machines", operation_id = "list_machines", params(MachineParams),
    responses((status = 200, description = "A page of machines.", body = Listed<MachineView>)))]
pub(crate) async fn list(
    caller: Caller<MachineRead>,
    Params(params): Params<MachineParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let now = db.clock().now();
    let filter = MachineFilter {
        license: params.license_id,
        state: params.state,
        fingerprint: params.fingerprint,
        silent_since: params.silent_since,
        suspected: params.suspected,
        online_at: params.online.filter(|online| *online).map(|_| now),
        offline_at: params.online.filter(|online| !online).map(|_| now),
    };
    let found = db
        .read(&caller.scope, move |tx| machines::list(tx, &filter, &page))
        .await?;
    Ok(answer::ok(&Listed::of(found, |machine| {
        MachineView::of(machine, now)
    })))
}

/// Shows a machine.
#[utoipa::path(get, path = "/machines/{id}", tag = "machines", operation_id = "get_machine", params(("id" = Id, Path)),
    responses((status = 200, description = "The machine.", body = MachineView)))]
pub(crate) async fn get(
    caller: Caller<MachineRead>,
    Segments(id): Segments<MachineId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db
        .read(&caller.scope, move |tx| machines::find(tx, id))
        .await?;
    let machine = found.ok_or_else(Problem::not_found)?;
    Ok(answer::version(
        machine.version,
        &MachineView::of(machine, db.clock().now()),
    ))
}

/// Takes a machine off its license and frees its seat.
#[utoipa::path(delete, path = "/machines/{id}", tag = "machines", operation_id = "deactivate_machine", params(("id" = Id, Path)),
    responses((status = 204, description = "Deactivated.")))]
pub(crate) async fn deactivate(
    caller: Caller<MachineDeactivate>,
    Segments(id): Segments<MachineId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let by = DeactivatedBy::member(&caller.scope);
    db.write(&caller.scope, move |tx| deactivate_machine(tx, id, by))
        .await?;
    Ok(answer::gone())
}

/// Blocks a machine: its next contact says so, and it keeps its seat.
#[utoipa::path(post, path = "/machines/{id}/block", tag = "machines", operation_id = "block_machine", params(("id" = Id, Path)),
    request_body = BlockBody, responses((status = 200, description = "Blocked.", body = MachineView)))]
pub(crate) async fn block(
    caller: Caller<MachineBlock>,
    Segments(id): Segments<MachineId>,
    Json(body): Json<BlockBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let reason = body.reason.map(Text::into_string);
    let machine = db
        .write(&caller.scope, move |tx| {
            block_machine(tx, id, reason.as_deref())
        })
        .await?;
    Ok(answer::version(
        machine.version,
        &MachineView::of(machine, db.clock().now()),
    ))
}

/// Lifts a machine's block.
#[utoipa::path(delete, path = "/machines/{id}/block", tag = "machines", operation_id = "unblock_machine", params(("id" = Id, Path)),
    responses((status = 200, description = "Unblocked.", body = MachineView)))]
pub(crate) async fn unblock(
    caller: Caller<MachineBlock>,
    Segments(id): Segments<MachineId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let machine = db
        .write(&caller.scope, move |tx| unblock_machine(tx, id))
        .await?;
    Ok(answer::version(
        machine.version,
        &MachineView::of(machine, db.clock().now()),
    ))
}

/// Clears the suspicion that another machine shares its identity: somebody looked. It rises again
/// when there is new reason.
#[utoipa::path(delete, path = "/machines/{id}/clone-suspicion", tag = "machines", operation_id = "clear_clone_suspicion", params(("id" = Id, Path)),
    responses((status = 200, description = "Cleared.", body = MachineView)))]
pub(crate) async fn clear_suspicion(
    caller: Caller<MachineClearSuspicion>,
    Segments(id): Segments<MachineId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let machine = db.write(&caller.scope, move |tx| clear(tx, id)).await?;
    Ok(answer::version(
        machine.version,
        &MachineView::of(machine, db.clock().now()),
    ))
}
