//! Where the counters of a license stand.

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_app::license::meter::{self, MeterState};
use alvara_domain::id::LicenseId;
use alvara_domain::time::{Period, UtcTime};
use alvara_store::{Db, TenantTx};
use alvara_tenants::permissions::{LicenseRead, LicenseResetMeter};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer;
use crate::body::Segments;
use crate::caller::Caller;
use crate::list::Listed;
use crate::problem::Problem;
use crate::schema::{Id, Instant, Length};

/// A counter.
#[derive(Serialize, ToSchema)]
pub(crate) struct MeterView {
    name: String,
    used: i64,
    limit: u64,
    remaining: i64,
    /// How long a window is; null when it never begins anew.
    #[schema(value_type = Option<Length>)]
    reset: Option<Period>,
    /// Since when it counts.
    #[schema(value_type = Instant)]
    counts_since: UtcTime,
    /// When it begins anew from zero.
    #[schema(value_type = Option<Instant>)]
    resets_at: Option<UtcTime>,
}

impl From<MeterState> for MeterView {
    fn from(state: MeterState) -> Self {
        Self {
            used: state.used,
            remaining: state.remaining(),
            counts_since: state.window.start,
            resets_at: state.window.end,
            limit: state.meter.limit,
            reset: state.meter.reset,
            name: state.meter.name,
        }
    }
}

/// Lists the counters of a license.
#[utoipa::path(get, path = "/licenses/{id}/meters", tag = "licenses", operation_id = "list_meters", params(("id" = Id, Path)),
    responses((status = 200, description = "Its counters.", body = Listed<MeterView>)))]
pub(crate) async fn list_meters(
    caller: Caller<LicenseRead>,
    Segments(id): Segments<LicenseId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let read = move |tx: &mut TenantTx<'_>| meter::list(tx, id);
    let found = db.read(&caller.scope, read).await?;
    Ok(answer::ok(&Listed::whole(
        found.into_iter().map(MeterView::from),
    )))
}

/// Sets a counter back to zero. Its window goes on.
#[utoipa::path(post, path = "/licenses/{id}/meters/{name}/reset", tag = "licenses", operation_id = "reset_meter",
    params(("id" = Id, Path), ("name" = String, Path, description = "Name of the counter.")),
    responses((status = 200, description = "The counter.", body = MeterView)))]
pub(crate) async fn reset_meter(
    caller: Caller<LicenseResetMeter>,
    Segments((id, name)): Segments<(LicenseId, String)>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let work = move |tx: &mut TenantTx<'_>| meter::reset(tx, id, &name);
    let state = db.write(&caller.scope, work).await?;
    Ok(answer::ok(&MeterView::from(state)))
}
