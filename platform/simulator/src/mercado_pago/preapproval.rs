//! Subscriptions (`preapproval`): agreed to once on the provider's page, and collected by the
//! provider's own calendar, which is a button here.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Wanted, again, is_known, keep, key_of, refused, settle, text, unknown};
use crate::bill::Provider;
use crate::money::cents_of;
use crate::time::{Millis, rfc3339};
use crate::world::{Draft, Shared};

/// What somebody agreed to, or is to agree to.
#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    id: String,
    status: &'static str,
    minor: i64,
    /// What was asked for.
    ask: Value,
    /// When it was collected, and by which payment.
    collected: Vec<(Millis, String)>,
}

impl Subscription {
    fn shown(&self, shared: &Shared) -> Value {
        json!({
            "id": self.id,
            "status": self.status,
            "reason": self.ask.get("reason"),
            "external_reference": self.ask.get("external_reference"),
            "payer_email": self.ask.get("payer_email"),
            "back_url": self.ask.get("back_url"),
            "auto_recurring": self.ask.get("auto_recurring"),
            "init_point": shared.url(&format!("/sim/subscriptions/{}", self.id)),
        })
    }
}

/// What can be done to a subscription.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    /// Its payer agrees.
    Agree,
    /// The provider's day has come.
    Collect,
    /// Its payer, or the provider, ends it.
    Cancel,
}

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/preapproval", web::post().to(subscribe))
        .route("/preapproval/search", web::get().to(search))
        .service(web::resource("/preapproval/{id}").get(get).put(change))
        .route(
            "/authorized_payments/search",
            web::get().to(search_collections),
        )
        .route("/sim/subscriptions", web::get().to(list))
        .route("/sim/subscriptions/{id}", web::get().to(show))
        .route("/sim/subscriptions/{id}/{action}", web::post().to(press));
}

fn missing() -> HttpResponse {
    refused(StatusCode::NOT_FOUND, "Preapproval not found")
}

async fn subscribe(request: HttpRequest, ask: Json<Value>, shared: Data<Shared>) -> HttpResponse {
    if !is_known(&request, &shared) {
        return unknown();
    }
    let asked = ask.to_string().into_bytes();
    let key = key_of(&request);
    if let Some(answer) = key.as_deref().and_then(|key| again(&shared, key, &asked)) {
        return answer;
    }
    let amount = ask.pointer("/auto_recurring/transaction_amount");
    let Some(minor) = cents_of(amount).filter(|minor| *minor > 0) else {
        return refused(
            StatusCode::BAD_REQUEST,
            "auto_recurring.transaction_amount must be positive",
        );
    };
    if text(&ask, "payer_email").is_empty() {
        return refused(StatusCode::BAD_REQUEST, "payer_email is required");
    }
    // Who brings a card's token has agreed.
    let status = match text(&ask, "status").as_str() {
        "authorized" => "authorized",
        _ => "pending",
    };
    let made = {
        let mut world = shared.world();
        let made = Subscription {
            id: format!("2c938084{:024}", world.count()),
            status,
            minor,
            ask: ask.into_inner(),
            collected: Vec::new(),
        };
        world.subscriptions.insert(made.id.clone(), made.clone());
        made
    };
    let answer = made.shown(&shared);
    match key {
        Some(key) => keep(&shared, key, &asked, 201, answer),
        None => HttpResponse::Created().json(answer),
    }
}

async fn search(request: HttpRequest, wanted: Query<Wanted>, shared: Data<Shared>) -> HttpResponse {
    if !is_known(&request, &shared) {
        return unknown();
    }
    let world = shared.world();
    let bears = |one: &&Subscription| {
        let reference = one.ask.get("external_reference").and_then(Value::as_str);
        reference == Some(wanted.external_reference.as_str())
    };
    let found = world.subscriptions.values().filter(bears);
    let results: Vec<Value> = found.map(|one| one.shown(&shared)).collect();
    HttpResponse::Ok().json(json!({
        "paging": {"total": results.len(), "limit": 20, "offset": 0}, "results": results,
    }))
}

async fn get(request: HttpRequest, id: Path<String>, shared: Data<Shared>) -> HttpResponse {
    if !is_known(&request, &shared) {
        return unknown();
    }
    show(id, shared).await
}

async fn change(
    request: HttpRequest,
    id: Path<String>,
    ask: Json<Value>,
    shared: Data<Shared>,
) -> HttpResponse {
    if !is_known(&request, &shared) {
        return unknown();
    }
    let mut world = shared.world();
    let Some(subscription) = world.subscriptions.get_mut(id.as_str()) else {
        return missing();
    };
    if text(&ask, "status") != "cancelled" {
        return refused(StatusCode::BAD_REQUEST, "status can only be cancelled here");
    }
    subscription.status = "cancelled";
    HttpResponse::Ok().json(subscription.shown(&shared))
}

#[derive(Deserialize)]
struct Of {
    preapproval_id: String,
}

/// What was collected of a subscription.
async fn search_collections(
    request: HttpRequest,
    of: Query<Of>,
    shared: Data<Shared>,
) -> HttpResponse {
    if !is_known(&request, &shared) {
        return unknown();
    }
    let world = shared.world();
    let Some(subscription) = world.subscriptions.get(&of.preapproval_id) else {
        return missing();
    };
    let collected = subscription.collected.iter().map(|(at, payment)| {
        let number = payment.parse::<u64>().unwrap_or_default();
        json!({
            "id": number, "type": "scheduled", "preapproval_id": subscription.id,
            "debit_date": rfc3339(*at), "status": "processed",
            "payment": {"id": number, "status": "approved"},
        })
    });
    let results: Vec<Value> = collected.collect();
    HttpResponse::Ok().json(json!({
        "paging": {"total": results.len(), "limit": 20, "offset": 0}, "results": results,
    }))
}

async fn list(shared: Data<Shared>) -> HttpResponse {
    let world = shared.world();
    let all = world.subscriptions.values();
    let shown: Vec<Value> = all.map(|one| one.shown(&shared)).collect();
    HttpResponse::Ok().json(shown)
}

async fn show(id: Path<String>, shared: Data<Shared>) -> HttpResponse {
    match shared.world().subscriptions.get(id.as_str()) {
        Some(subscription) => HttpResponse::Ok().json(subscription.shown(&shared)),
        None => missing(),
    }
}

async fn press(path: Path<(String, Action)>, shared: Data<Shared>) -> HttpResponse {
    let (id, action) = path.into_inner();
    let found = shared.world().subscriptions.get(&id).cloned();
    let Some(mut subscription) = found else {
        return missing();
    };
    match (action, subscription.status) {
        (Action::Agree, "pending") => subscription.status = "authorized",
        (Action::Cancel, "pending" | "authorized") => subscription.status = "cancelled",
        (Action::Collect, "authorized") => collect(&shared, &mut subscription),
        _ => return refused(StatusCode::CONFLICT, "not in this state"),
    }
    let shown = subscription.shown(&shared);
    shared.world().subscriptions.insert(id, subscription);
    HttpResponse::Ok().json(shown)
}

/// A payment of what was agreed on, now.
fn collect(shared: &Shared, subscription: &mut Subscription) {
    let now = shared.clock.now();
    let number = (7_000_000_000 + shared.world().count()).to_string();
    let bill = shared.create(Draft {
        provider: Provider::MercadoPago,
        reference: number.clone(),
        minor: subscription.minor,
        currency: "BRL".to_owned(),
        description: text(&subscription.ask, "reason"),
        expires: None,
        ask: json!({ "external_reference": subscription.ask.get("external_reference") }),
        webhook: None,
        pair: None,
    });
    if let Some(bill) = shared.world().bills.get_mut(&bill.id) {
        settle(bill, now, subscription.minor);
    }
    subscription.collected.push((now, number));
}
