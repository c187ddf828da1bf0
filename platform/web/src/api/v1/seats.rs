//! The floating seats of a license, as members see them.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::seat::give_back::release as release_seat;
use alvara_domain::id::{LicenseId, MachineId, SeatId};
use alvara_domain::seat::{Seat, SeatState};
use alvara_domain::time::UtcTime;
use alvara_store::{Db, licenses, seats};
use alvara_tenants::permissions::{SeatRead, SeatRelease};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer;
use crate::body::{Params, Segments};
use crate::caller::Caller;
use crate::list::{Listed, page_request};
use crate::problem::Problem;
use crate::schema::{Id, Instant};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/licenses/{id}/seats").get(list))
        .service(web::resource("/licenses/{id}/seats/{seat}").delete(release));
}

/// A floating seat.
#[derive(Serialize, ToSchema)]
pub(crate) struct SeatView {
    #[schema(value_type = Id)]
    id: SeatId,
    #[schema(value_type = Id)]
    machine_id: MachineId,
    /// Which of several programs on the machine; empty when there is but one.
    instance: String,
    user: Option<String>,
    /// `held`, `returned`, `reclaimed` or `released`.
    state: &'static str,
    #[schema(value_type = Instant)]
    taken_at: UtcTime,
    /// When its program was last heard of.
    #[schema(value_type = Instant)]
    kept_at: UtcTime,
    /// Until when it is held; beyond it anybody may take it.
    #[schema(value_type = Instant)]
    lease_until: UtcTime,
    #[schema(value_type = Option<Instant>)]
    borrowed_until: Option<UtcTime>,
    #[schema(value_type = Option<Instant>)]
    ended_at: Option<UtcTime>,
}

impl From<Seat> for SeatView {
    fn from(seat: Seat) -> Self {
        Self {
            id: seat.id,
            machine_id: seat.machine_id,
            instance: seat.instance,
            user: seat.user_name,
            state: seat.state.as_str(),
            taken_at: seat.taken_at,
            kept_at: seat.kept_at,
            lease_until: seat.lease_until,
            borrowed_until: seat.borrowed_until,
            ended_at: seat.ended_at,
        }
    }
}

/// Which seats.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SeatParams {
    /// `held`, `returned`, `reclaimed` or `released`.
    #[param(value_type = Option<String>)]
    state: Option<SeatState>,
    /// Items a page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists the floating seats of a license, those of the last weeks included that are over.
#[utoipa::path(get, path = "/licenses/{id}/seats", tag = "licenses", operation_id = "list_seats",
    params(("id" = Id, Path), SeatParams),
    responses((status = 200, description = "A page of seats.", body = Listed<SeatView>)))]
pub(crate) async fn list(
    caller: Caller<SeatRead>,
    Segments(license): Segments<LicenseId>,
    Params(params): Params<SeatParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let found = db
        .read(&caller.scope, move |tx| {
            let Some(_) = licenses::find(tx, license)? else {
                return Ok(None);
            };
            seats::list(tx, license, params.state, &page).map(Some)
        })
        .await?;
    let found = found.ok_or_else(Problem::not_found)?;
    Ok(answer::ok(&Listed::of(found, SeatView::from)))
}

/// Takes a floating seat back, borrowed or not. Its program is told when it next keeps it; one that
/// borrowed it may run on, unconnected, until its lease ends.
#[utoipa::path(delete, path = "/licenses/{id}/seats/{seat}", tag = "licenses", operation_id = "release_seat",
    params(("id" = Id, Path), ("seat" = Id, Path)),
    responses((status = 204, description = "The seat is free.")))]
pub(crate) async fn release(
    caller: Caller<SeatRelease>,
    Segments((license, seat)): Segments<(LicenseId, SeatId)>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    db.write(&caller.scope, move |tx| release_seat(tx, license, seat))
        .await?;
    Ok(answer::gone())
}
