//! Objects within others, which Stripe shows whole where `expand[]` asks for them.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::{intent, session, unknown};
use crate::bearer;
use crate::bill::{Bill, Provider, Status};
use crate::time::Millis;
use crate::world::Shared;

fn asks_for(request: &HttpRequest, what: &str) -> bool {
    request.query_string().contains(what)
}

/// The payment intent, its charge whole where that is asked for and there is one.
pub(super) fn intent_of(bill: &Bill, request: &HttpRequest) -> Value {
    let mut shown = intent(bill);
    if bill.status == Status::Paid && asks_for(request, "latest_charge") {
        shown["latest_charge"] = json!({
            "id": bill.payment, "object": "charge", "amount": bill.minor,
            "created": bill.paid_at.map(|at| at / 1000), "amount_captured": bill.paid_minor, "amount_refunded": bill.gone_back(),
            "currency": bill.currency.to_ascii_lowercase(), "livemode": false,
        });
    }
    shown
}

/// The session, its payment intent whole where that is asked for and there is one.
pub(super) fn session_of(
    bill: &Bill,
    shared: &Shared,
    now: Millis,
    request: &HttpRequest,
) -> Value {
    let mut shown = session(bill, shared, now);
    if bill.status == Status::Paid && asks_for(request, "payment_intent") {
        shown["payment_intent"] = intent_of(bill, request);
    }
    shown
}

/// All sessions, on one page.
pub(super) async fn list_sessions(request: HttpRequest, shared: Data<Shared>) -> HttpResponse {
    if !bearer::carries(&request, &shared.secrets.stripe_key) {
        return *unknown();
    }
    let (now, world) = (shared.clock.now(), shared.world());
    let all = world.bills.values();
    let sessions = all.filter(|bill| bill.provider == Provider::Stripe && bill.pair.is_some());
    let shown: Vec<Value> = sessions
        .map(|bill| session_of(bill, &shared, now, &request))
        .collect();
    HttpResponse::Ok().json(json!({
        "object": "list", "url": "/v1/checkout/sessions", "has_more": false, "data": shown,
    }))
}
