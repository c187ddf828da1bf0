//! What is kept of a customer who paid in a checkout that asked for it, to be charged again.

use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::{ask, invalid, missing, once, text, unknown};
use crate::bearer;
use crate::bill::{Bill, Status};
use crate::world::Shared;

/// The customer of a bill: who was named, or who is kept now that it is paid.
pub(super) fn customer_of(bill: &Bill) -> Option<String> {
    let form = ask(bill);
    if let Some(named) = text(&form, "customer") {
        return Some(named.to_owned());
    }
    let keeps = text(&form, "customer_creation") == Some("always");
    (keeps && bill.status == Status::Paid).then(|| format!("cus_{}", bill.id))
}

/// What a bill is paid with.
pub(super) fn method_of(bill: &Bill) -> String {
    let form = ask(bill);
    if let Some(named) = text(&form, "payment_method") {
        return named.to_owned();
    }
    match customer_of(bill) {
        Some(_) => format!("pm_{}", bill.id),
        None => "pm_simulated".to_owned(),
    }
}

/// Whether it is this bill by which a method came to be kept.
fn began(bill: &Bill, method: &str) -> bool {
    method == format!("pm_{}", bill.id) && customer_of(bill).is_some()
}

fn method(bill: &Bill) -> Value {
    let detached = bill.ask.get("detached").is_some();
    json!({
        "id": format!("pm_{}", bill.id),
        "object": "payment_method",
        "type": "card",
        "customer": customer_of(bill).filter(|_| !detached),
        "livemode": false,
    })
}

pub(super) async fn get(
    request: HttpRequest,
    id: Path<String>,
    shared: Data<Shared>,
) -> HttpResponse {
    if !bearer::carries(&request, &shared.secrets.stripe_key) {
        return *unknown();
    }
    let world = shared.world();
    match world.bills.values().find(|bill| began(bill, &id)) {
        Some(bill) => HttpResponse::Ok().json(method(bill)),
        None => *missing("payment_method"),
    }
}

pub(super) async fn detach(
    request: HttpRequest,
    id: Path<String>,
    body: Bytes,
    shared: Data<Shared>,
) -> HttpResponse {
    once(&request, &shared, &body, || {
        let mut world = shared.world();
        let bill = world
            .bills
            .values_mut()
            .find(|bill| began(bill, &id))
            .ok_or_else(|| missing("payment_method"))?;
        if bill.ask.get("detached").is_some() {
            return Err(invalid("payment_method"));
        }
        bill.ask["detached"] = json!(true);
        Ok(method(bill))
    })
}
