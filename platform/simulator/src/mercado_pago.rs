//! Mercado Pago: payments, refunds, preferences of Checkout Pro, subscriptions, and signed webhooks.

mod preapproval;

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::bearer;
use crate::bill::{Bill, Contest, GivenBack, Provider, Status};
use crate::deliver::{Parcel, hmac_hex};
use crate::money::{cents_of, number};
use crate::time::{Millis, rfc3339};
use crate::world::{Draft, Kept, Shared};

pub(crate) use preapproval::Subscription;

pub(crate) fn routes(config: &mut ServiceConfig) {
    preapproval::routes(config);
    config
        .route("/users/me", web::get().to(me))
        .route("/checkout/preferences", web::post().to(prefer))
        .route(
            "/checkout/preferences/search",
            web::get().to(search_preferences),
        )
        .service(
            web::resource("/checkout/preferences/{id}")
                .get(get_preference)
                .put(change_preference),
        )
        .route("/v1/payments", web::post().to(pay))
        .route("/v1/payments/search", web::get().to(search))
        .service(web::resource("/v1/payments/{id}").get(get).put(change))
        .service(
            web::resource("/v1/payments/{id}/refunds")
                .post(refund)
                .get(list_refunds),
        );
}

fn refused(status: StatusCode, message: &str) -> HttpResponse {
    HttpResponse::build(status).json(json!({
        "message": message, "error": "bad_request", "status": status.as_u16(), "cause": [],
    }))
}

fn is_known(request: &HttpRequest, shared: &Shared) -> bool {
    bearer::carries(request, &shared.secrets.mercado_pago_token)
}

fn unknown() -> HttpResponse {
    refused(StatusCode::UNAUTHORIZED, "invalid access token")
}

/// The idempotency key, which the provider wants on whatever changes something.
fn key_of(request: &HttpRequest) -> Option<String> {
    let value = request.headers().get("x-idempotency-key")?.to_str().ok()?;
    (!value.is_empty()).then(|| format!("mercado_pago/{}/{value}", request.path()))
}

/// Answers what was answered to the same key, or refuses another question under it.
fn again(shared: &Shared, key: &str, asked: &[u8]) -> Option<HttpResponse> {
    let kept = shared.world().kept.get(key).cloned()?;
    if kept.asked != asked {
        return Some(refused(
            StatusCode::CONFLICT,
            "idempotency key already used",
        ));
    }
    let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK);
    Some(HttpResponse::build(status).json(kept.answer))
}

fn keep(shared: &Shared, key: String, asked: &[u8], status: u16, answer: Value) -> HttpResponse {
    let kept = Kept {
        asked: asked.to_vec(),
        status,
        answer: answer.clone(),
    };
    shared.world().kept.insert(key, kept);
    HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::OK)).json(answer)
}

async fn me(request: HttpRequest, shared: Data<Shared>) -> HttpResponse {
    if !is_known(&request, &shared) {
        return unknown();
    }
    HttpResponse::Ok().json(json!({"id": 1, "nickname": "SIMULADO", "site_id": "MLB"}))
}

async fn prefer(request: HttpRequest, ask: Json<Value>, shared: Data<Shared>) -> HttpResponse {
    if !is_known(&request, &shared) {
        return unknown();
    }
    let asked = ask.to_string().into_bytes();
    let key = key_of(&request);
    if let Some(answer) = key.as_deref().and_then(|key| again(&shared, key, &asked)) {
        return answer;
    }
    let items = ask
        .get("items")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let mut minor = 0;
    for item in &items {
        let unit = cents_of(item.get("unit_price"));
        let quantity = item.get("quantity").and_then(Value::as_i64);
        let (Some(unit), Some(quantity)) = (unit, quantity) else {
            return refused(
                StatusCode::BAD_REQUEST,
                "items: unit_price and quantity needed",
            );
        };
        minor += unit * quantity;
    }
    if minor <= 0 {
        return refused(StatusCode::BAD_REQUEST, "items: nothing to pay");
    }
    let count = shared.world().count();
    let payment = (7_000_000_000 + count).to_string();
    let currency = items
        .first()
        .and_then(|item| item.get("currency_id"))
        .and_then(Value::as_str);
    let bill = shared.create(Draft {
        provider: Provider::MercadoPago,
        // A preference becomes a payment, under a number of its own, when somebody pays.
        reference: payment,
        minor,
        currency: currency.unwrap_or("BRL").to_owned(),
        description: text(items.first().unwrap_or(&Value::Null), "title"),
        expires: None,
        ask: ask.clone(),
        webhook: ask
            .get("notification_url")
            .and_then(Value::as_str)
            .map(str::to_owned),
        pair: Some(format!("1-simulated-{count}")),
    });
    let answer = preference(&bill, &shared);
    match key {
        Some(key) => keep(&shared, key, &asked, 201, answer),
        None => HttpResponse::Created().json(answer),
    }
}

/// The preference as the provider shows it.
fn preference(bill: &Bill, shared: &Shared) -> Value {
    let page = shared.url(&format!("/sim/pay/{}", bill.id));
    json!({
        "id": bill.pair,
        "init_point": page,
        "sandbox_init_point": page,
        "external_reference": bill.ask.get("external_reference"),
        "expires": bill.ask.get("expires"),
        "expiration_date_to": bill.ask.get("expiration_date_to"),
        "date_created": rfc3339(bill.created),
        "items": bill.ask.get("items"),
    })
}

fn is_preference(bill: &Bill, id: &str) -> bool {
    bill.provider == Provider::MercadoPago && bill.pair.as_deref() == Some(id)
}

fn no_preference() -> HttpResponse {
    refused(StatusCode::NOT_FOUND, "Preference not found")
}

async fn search_preferences(
    request: HttpRequest,
    wanted: Query<Wanted>,
    shared: Data<Shared>,
) -> HttpResponse {
    if !is_known(&request, &shared) {
        return unknown();
    }
    let world = shared.world();
    let elements: Vec<Value> = world
        .bills
        .values()
        .filter(|bill| bill.provider == Provider::MercadoPago && bill.pair.is_some())
        .filter(|bill| bears(bill, &wanted.external_reference))
        .map(|bill| preference(bill, &shared))
        .collect();
    HttpResponse::Ok().json(json!({ "total": elements.len(), "elements": elements }))
}

async fn get_preference(
    request: HttpRequest,
    id: Path<String>,
    shared: Data<Shared>,
) -> HttpResponse {
    if !is_known(&request, &shared) {
        return unknown();
    }
    let world = shared.world();
    match world.bills.values().find(|bill| is_preference(bill, &id)) {
        Some(bill) => HttpResponse::Ok().json(preference(bill, &shared)),
        None => no_preference(),
    }
}

/// Of what can be changed only the end: who closes a preference sets it to now.
async fn change_preference(
    request: HttpRequest,
    id: Path<String>,
    ask: Json<Value>,
    shared: Data<Shared>,
) -> HttpResponse {
    if !is_known(&request, &shared) {
        return unknown();
    }
    let mut world = shared.world();
    let mut bills = world.bills.values_mut();
    let Some(bill) = bills.find(|bill| is_preference(bill, &id)) else {
        return no_preference();
    };
    for field in ["expires", "expiration_date_to"] {
        if let Some(value) = ask.get(field) {
            bill.ask[field] = value.clone();
        }
    }
    HttpResponse::Ok().json(preference(bill, &shared))
}

fn bears(bill: &Bill, reference: &str) -> bool {
    bill.ask.get("external_reference").and_then(Value::as_str) == Some(reference)
}

fn text(value: &Value, key: &str) -> String {
    value
        .get(key)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// Tokens whose outcome is their name, as the provider's test cards have it.
fn outcome(token: &str) -> (Status, &'static str) {
    match token {
        "token-rejected" => (Status::Declined, "cc_rejected_insufficient_amount"),
        "token-challenge" => (Status::Open, "pending_challenge"),
        "token-review" => (Status::Open, "pending_review_manual"),
        _ => (Status::Paid, "accredited"),
    }
}

async fn pay(request: HttpRequest, ask: Json<Value>, shared: Data<Shared>) -> HttpResponse {
    if !is_known(&request, &shared) {
        return unknown();
    }
    let Some(key) = key_of(&request) else {
        return refused(
            StatusCode::BAD_REQUEST,
            "header X-Idempotency-Key can't be null",
        );
    };
    let asked = ask.to_string().into_bytes();
    if let Some(answer) = again(&shared, &key, &asked) {
        return answer;
    }
    let Some(minor) = cents_of(ask.get("transaction_amount")).filter(|minor| *minor > 0) else {
        return refused(
            StatusCode::BAD_REQUEST,
            "transaction_amount attribute must be positive",
        );
    };
    if ask.pointer("/payer/email").is_none() && ask.pointer("/payer/id").is_none() {
        return refused(StatusCode::BAD_REQUEST, "payer.email must be an email");
    }
    let number = (7_000_000_000 + shared.world().count()).to_string();
    let bill = shared.create(Draft {
        provider: Provider::MercadoPago,
        reference: number,
        minor,
        currency: "BRL".to_owned(),
        description: text(&ask, "description"),
        expires: None,
        ask: ask.clone(),
        webhook: ask
            .get("notification_url")
            .and_then(Value::as_str)
            .map(str::to_owned),
        pair: None,
    });
    let holds = ask.get("capture").and_then(Value::as_bool) == Some(false);
    let now = shared.clock.now();
    let bill = {
        let mut world = shared.world();
        let Some(bill) = world.bills.get_mut(&bill.id) else {
            return refused(StatusCode::INTERNAL_SERVER_ERROR, "gone");
        };
        if let Some(token) = ask.get("token").and_then(Value::as_str) {
            let (status, detail) = outcome(token);
            bill.ask["status_detail"] = json!(detail);
            bill.status = match status {
                Status::Paid if holds => Status::Authorized,
                status => status,
            };
            if bill.status == Status::Paid {
                settle(bill, now, minor);
            }
        }
        bill.clone()
    };
    keep(&shared, key, &asked, 201, document(&bill, &shared))
}

pub(crate) fn settle(bill: &mut Bill, now: Millis, minor: i64) {
    bill.status = Status::Paid;
    bill.paid_minor = minor;
    bill.paid_at = Some(now);
    bill.payment = Some(bill.reference.clone());
}

/// The payment as the provider shows it.
fn document(bill: &Bill, shared: &Shared) -> Value {
    let gone = bill.gone_back();
    let kept = bill.ask.get("status_detail").and_then(Value::as_str);
    let (status, detail) = match (bill.status, bill.contest) {
        (_, Some(Contest::Opened)) => ("charged_back", "in_process"),
        (_, Some(Contest::Lost)) => ("charged_back", "settled"),
        (_, Some(Contest::Won)) => ("approved", "accredited"),
        (Status::Paid, _) if gone > 0 && gone >= bill.paid_minor => ("refunded", "refunded"),
        (Status::Paid, _) if gone > 0 => ("approved", "partially_refunded"),
        (Status::Paid, _) => ("approved", "accredited"),
        (Status::Authorized, _) => ("authorized", "pending_capture"),
        (Status::Declined, _) => ("rejected", kept.unwrap_or("cc_rejected_other_reason")),
        (Status::Expired, _) => ("cancelled", "expired"),
        (Status::Canceled, _) => ("cancelled", "by_collector"),
        (Status::Open, _) if kept == Some("pending_review_manual") => {
            ("in_process", "pending_review_manual")
        }
        (Status::Open, _) => ("pending", kept.unwrap_or("pending_waiting_payment")),
    };
    let mut document = json!({
        "id": bill.reference.parse::<u64>().unwrap_or_default(),
        "status": status,
        "status_detail": detail,
        "external_reference": bill.ask.get("external_reference"),
        "transaction_amount": number(bill.minor),
        "transaction_amount_refunded": number(gone),
        "currency_id": bill.currency,
        "description": bill.description,
        "date_created": rfc3339(bill.created),
        "date_approved": bill.paid_at.map(rfc3339),
        "captured": bill.status == Status::Paid,
        "installments": bill.ask.get("installments").cloned().unwrap_or(json!(1)),
        "payment_method_id": bill.ask.get("payment_method_id").cloned().unwrap_or(json!("visa")),
        "payment_type_id": "credit_card",
        "live_mode": false,
        "metadata": bill.ask.get("metadata").cloned().unwrap_or(json!({})),
        "transaction_details": {"total_paid_amount": number(bill.paid_minor)},
    });
    if bill.status == Status::Paid {
        // What the provider keeps: four percent, rounded down.
        document["fee_details"] = json!([{
            "type": "mercadopago_fee", "fee_payer": "collector", "amount": number(bill.paid_minor / 25),
        }]);
    }
    if detail == "pending_challenge" {
        document["three_ds_info"] = json!({
            "external_resource_url": shared.url(&format!("/sim/pay/{}", bill.id)),
            "creq": "simulated",
        });
    }
    document
}

#[derive(Deserialize)]
struct Wanted {
    external_reference: String,
}

async fn search(request: HttpRequest, wanted: Query<Wanted>, shared: Data<Shared>) -> HttpResponse {
    if !is_known(&request, &shared) {
        return unknown();
    }
    let world = shared.world();
    let results: Vec<Value> = world
        .bills
        .values()
        .filter(|bill| bill.provider == Provider::MercadoPago)
        // A preference is no payment before somebody pays it.
        .filter(|bill| bill.pair.is_none() || bill.status != Status::Open)
        .filter(|bill| bears(bill, &wanted.external_reference))
        .map(|bill| document(bill, &shared))
        .collect();
    HttpResponse::Ok().json(json!({
        "paging": {"total": results.len(), "limit": 30, "offset": 0}, "results": results,
    }))
}

async fn get(request: HttpRequest, id: Path<String>, shared: Data<Shared>) -> HttpResponse {
    if !is_known(&request, &shared) {
        return unknown();
    }
    match shared.world().find(Provider::MercadoPago, &id) {
        Some(bill) if bill.pair.is_none() || bill.status != Status::Open => {
            HttpResponse::Ok().json(document(bill, &shared))
        }
        _ => refused(StatusCode::NOT_FOUND, "Payment not found"),
    }
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
    let now = shared.clock.now();
    let mut world = shared.world();
    let Some(bill) = world.find_mut(Provider::MercadoPago, &id) else {
        return refused(StatusCode::NOT_FOUND, "Payment not found");
    };
    if ask.get("status").and_then(Value::as_str) == Some("cancelled") {
        if !matches!(bill.status, Status::Open | Status::Authorized) {
            return refused(
                StatusCode::BAD_REQUEST,
                "The action requested is not valid for the current payment state",
            );
        }
        bill.status = Status::Canceled;
    }
    if ask.get("capture").and_then(Value::as_bool) == Some(true) {
        let minor = cents_of(ask.get("transaction_amount")).unwrap_or(bill.minor);
        if bill.status != Status::Authorized || minor > bill.minor {
            return refused(
                StatusCode::BAD_REQUEST,
                "The action requested is not valid for the current payment state",
            );
        }
        settle(bill, now, minor);
    }
    HttpResponse::Ok().json(document(bill, &shared))
}

async fn refund(
    request: HttpRequest,
    id: Path<String>,
    ask: Option<Json<Value>>,
    shared: Data<Shared>,
) -> HttpResponse {
    if !is_known(&request, &shared) {
        return unknown();
    }
    let Some(key) = key_of(&request) else {
        return refused(
            StatusCode::BAD_REQUEST,
            "header X-Idempotency-Key can't be null",
        );
    };
    let ask = ask.map_or(Value::Null, Json::into_inner);
    let asked = ask.to_string().into_bytes();
    if let Some(answer) = again(&shared, &key, &asked) {
        return answer;
    }
    let now = shared.clock.now();
    let answer = {
        let mut world = shared.world();
        let count = world.count();
        let Some(bill) = world.find_mut(Provider::MercadoPago, &id) else {
            return refused(StatusCode::NOT_FOUND, "Payment not found");
        };
        let left = bill.paid_minor - bill.given_back();
        let minor = match ask.get("amount") {
            None => left,
            some => cents_of(some).unwrap_or(0),
        };
        if bill.status != Status::Paid || minor <= 0 || minor > left {
            return refused(
                StatusCode::BAD_REQUEST,
                "Amount to refund exceeds the payment",
            );
        }
        let refund = GivenBack {
            id: (8_000_000_000 + count).to_string(),
            number: count.to_string(),
            minor,
            at: now,
            done: true,
            failed: false,
            by_bank: false,
        };
        bill.refunds.push(refund.clone());
        returned(bill, &refund)
    };
    keep(&shared, key, &asked, 201, answer)
}

fn returned(bill: &Bill, refund: &GivenBack) -> Value {
    json!({
        "id": refund.id.parse::<u64>().unwrap_or_default(),
        "payment_id": bill.reference.parse::<u64>().unwrap_or_default(),
        "amount": number(refund.minor),
        "status": if refund.failed { "rejected" } else { "approved" },
        "date_created": rfc3339(refund.at),
    })
}

async fn list_refunds(
    request: HttpRequest,
    id: Path<String>,
    shared: Data<Shared>,
) -> HttpResponse {
    if !is_known(&request, &shared) {
        return unknown();
    }
    match shared.world().find(Provider::MercadoPago, &id) {
        Some(bill) => {
            let list: Vec<Value> = bill
                .refunds
                .iter()
                .map(|refund| returned(bill, refund))
                .collect();
            HttpResponse::Ok().json(list)
        }
        None => refused(StatusCode::NOT_FOUND, "Payment not found"),
    }
}

/// What is told of a payment: only that something happened to it, signed over its number.
pub(crate) fn parcels(shared: &Shared, bill: &Bill, count: u64) -> Vec<Parcel> {
    let Some(url) = &bill.webhook else {
        return Vec::new();
    };
    let seconds = shared.clock.now() / 1000;
    let request = format!("simulated-{count}");
    let manifest = format!("id:{};request-id:{request};ts:{seconds};", bill.reference);
    let tag = hmac_hex(&shared.secrets.mercado_pago_secret, &manifest);
    let mark = if url.contains('?') { '&' } else { '?' };
    vec![Parcel {
        url: format!("{url}{mark}data.id={}&type=payment", bill.reference),
        headers: vec![
            ("x-signature".to_owned(), format!("ts={seconds},v1={tag}")),
            ("x-request-id".to_owned(), request),
        ],
        body: json!({
            "id": count, "live_mode": false, "type": "payment", "action": "payment.updated",
            "date_created": rfc3339(shared.clock.now()), "user_id": 1, "api_version": "v1",
            "data": {"id": bill.reference},
        })
        .to_string(),
    }]
}
