//! What people do with an order and its charges. Each form goes to the interface's own handler.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::billing::{call, refund};
use alvara_app::{AppError, AppResult, Platform};
use alvara_domain::id::{ChargeId, OrderId};
use alvara_domain::money::Money;
use alvara_store::{Db, TenantTx, refunds};
use alvara_tenants::permissions::{ChargeCancel, ChargeRead, ChargeRefund, OrderUpdate};
use serde::Deserialize;

use super::super::desk::Desk;
use super::super::entry::Entry;
use crate::api::v1::{charges as interface, orders};
use crate::body::{Json, Segments, Text};
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    let of_charge = |deed: &str| web::resource(format!("/orders/{{order}}/charges/{{id}}/{deed}"));
    config
        .service(web::resource("/orders/{id}/cancellation").post(cancel))
        .service(web::resource("/orders/{id}/fulfilment").post(fulfil))
        .service(of_charge("sync").post(sync))
        .service(of_charge("capture").post(capture))
        .service(of_charge("cancellation").post(call_off))
        .service(of_charge("confirmation").post(confirm))
        .service(of_charge("refund").post(give_back));
}

type OfCharge = Segments<(OrderId, ChargeId)>;

fn place(order: OrderId) -> String {
    format!("/orders/{order}")
}

async fn cancel(
    desk: Desk,
    caller: Caller<OrderUpdate>,
    Segments(id): Segments<OrderId>,
    _entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    orders::cancel(caller, Segments(id), db).await?;
    Ok(desk.done(&place(id), "order-canceled"))
}

async fn fulfil(
    desk: Desk,
    caller: Caller<OrderUpdate>,
    Segments(id): Segments<OrderId>,
    _entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    orders::fulfil(caller, Segments(id), platform).await?;
    Ok(desk.done(&place(id), "order-fulfilled"))
}

async fn sync(
    desk: Desk,
    caller: Caller<ChargeRead>,
    Segments((order, id)): OfCharge,
    _entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    interface::sync(caller, Segments(id), platform).await?;
    Ok(desk.done(&place(order), "charge-asked"))
}

async fn capture(
    desk: Desk,
    caller: Caller<ChargeCancel>,
    Segments((order, id)): OfCharge,
    _entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    interface::capture(caller, Segments(id), platform).await?;
    Ok(desk.done(&place(order), "charge-captured"))
}

async fn call_off(
    desk: Desk,
    caller: Caller<ChargeCancel>,
    Segments((order, id)): OfCharge,
    _entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    interface::cancel(caller, Segments(id), platform).await?;
    Ok(desk.done(&place(order), "charge-canceled"))
}

async fn confirm(
    desk: Desk,
    caller: Caller<ChargeRefund>,
    Segments((order, id)): OfCharge,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let body = entry.read()?;
    interface::confirm(caller, Segments(id), Json(body), platform).await?;
    Ok(desk.done(&place(order), "charge-confirmed"))
}

/// Money to give back. The interface tells a repeated call by its `Idempotency-Key`; a form tells
/// itself by how many refunds there were when it was shown.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RefundEntry {
    amount: Money,
    reason: Option<Text<0, 300>>,
}

async fn give_back(
    desk: Desk,
    caller: Caller<ChargeRefund>,
    Segments((order, id)): OfCharge,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let wanted: RefundEntry = entry.read()?;
    let known: Option<usize> = entry.text("_known").parse().ok();
    let reason = wanted.reason.map(Text::into_string).unwrap_or_default();
    let work = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
        // Preparing locks the order: whoever counts afterwards counts alone.
        let prepared = refund::prepare(tx, id, Some(wanted.amount), &reason)?;
        let now = refunds::list(tx, id)?.len();
        if known.is_none_or(|known| known + 1 != now) {
            return Err(AppError::Stale);
        }
        Ok(prepared)
    };
    let prepared = platform.db().write(&caller.scope, work).await?;
    let scope = caller.scope.without_claim();
    call::send(&platform, &scope, (id, prepared.attempt.number)).await?;
    Ok(desk.done(&place(order), "charge-refunded"))
}
