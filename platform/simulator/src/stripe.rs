//! Stripe: checkout sessions, payment intents with stored methods, refunds, and signed events. What
//! is asked comes as a form with brackets; the answers hold the fields that a fulfilling merchant
//! reads.

mod expanded;
mod kept;
mod told;

use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};

use crate::bearer;
use crate::bill::{Bill, GivenBack, Provider, Status};
use crate::time::Millis;
use crate::world::{Draft, Kept, Shared, World};

/// The version in which objects are shown.
const API_VERSION: &str = "2026-10-28.endive";

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .route("/v1/balance", web::get().to(balance))
        .route("/v1/customers", web::post().to(customer))
        .route("/v1/webhook_endpoints", web::post().to(endpoint))
        .route("/v1/checkout/sessions", web::post().to(open_session))
        .route(
            "/v1/checkout/sessions",
            web::get().to(expanded::list_sessions),
        )
        .route("/v1/checkout/sessions/{id}", web::get().to(get_session))
        .route(
            "/v1/checkout/sessions/{id}/expire",
            web::post().to(expire_session),
        )
        .route("/v1/payment_intents", web::post().to(create_intent))
        .route("/v1/payment_intents/{id}", web::get().to(get_intent))
        .route(
            "/v1/payment_intents/{id}/capture",
            web::post().to(capture_intent),
        )
        .route(
            "/v1/payment_intents/{id}/cancel",
            web::post().to(cancel_intent),
        )
        .route("/v1/payment_methods/{id}", web::get().to(kept::get))
        .route(
            "/v1/payment_methods/{id}/detach",
            web::post().to(kept::detach),
        )
        .route("/v1/refunds", web::post().to(refund))
        .route("/v1/refunds/{id}", web::get().to(get_refund));
}

pub(crate) use told::parcels;

type Form = Map<String, Value>;

/// `metadata[order]=1` as `metadata[order]`; brackets are looked up as they stand.
fn form(body: &[u8]) -> Form {
    form_urlencoded::parse(body)
        .into_owned()
        .map(|(key, value)| (key, Value::String(value)))
        .collect()
}

fn text<'a>(form: &'a Form, key: &str) -> Option<&'a str> {
    form.get(key).and_then(Value::as_str)
}

fn whole(form: &Form, key: &str) -> Option<i64> {
    text(form, key)?.parse().ok()
}

/// A refusal. Boxed, because an answer of the framework is large and most calls succeed.
type Refusal = Box<HttpResponse>;

/// The pairs of `metadata[…]`.
fn metadata(form: &Form, prefix: &str) -> Value {
    let pairs = form.iter().filter_map(|(key, value)| {
        let name = key
            .strip_prefix(prefix)?
            .strip_prefix('[')?
            .strip_suffix(']')?;
        Some((name.to_owned(), value.clone()))
    });
    Value::Object(pairs.collect())
}

fn refused(status: StatusCode, kind: &str, code: &str, message: &str) -> Refusal {
    let answer = json!({"error": {"type": kind, "code": code, "message": message}});
    Box::new(HttpResponse::build(status).json(answer))
}

fn missing(what: &str) -> Refusal {
    refused(
        StatusCode::NOT_FOUND,
        "invalid_request_error",
        "resource_missing",
        &format!("No such {what}"),
    )
}

fn invalid(parameter: &str) -> Refusal {
    refused(
        StatusCode::BAD_REQUEST,
        "invalid_request_error",
        "parameter_invalid",
        &format!("Invalid parameter: {parameter}"),
    )
}

fn unknown() -> Refusal {
    refused(
        StatusCode::UNAUTHORIZED,
        "authentication_error",
        "api_key_invalid",
        "Invalid API Key provided",
    )
}

/// Does what was asked once for each idempotency key; the same question gets the same answer, another
/// one under the same key is an error.
fn once(
    request: &HttpRequest,
    shared: &Shared,
    body: &[u8],
    work: impl FnOnce() -> Result<Value, Refusal>,
) -> HttpResponse {
    if !bearer::carries(request, &shared.secrets.stripe_key) {
        return *unknown();
    }
    let given = request.headers().get("idempotency-key");
    let key = given
        .and_then(|value| value.to_str().ok())
        .map(|value| format!("stripe/{value}"));
    let mut asked = request.path().as_bytes().to_vec();
    asked.extend_from_slice(body);
    if let Some(kept) = key
        .as_ref()
        .and_then(|key| shared.world().kept.get(key).cloned())
    {
        if kept.asked != asked {
            return *refused(
                StatusCode::BAD_REQUEST,
                "idempotency_error",
                "idempotency_key_in_use",
                "Keys for idempotent requests can only be used with the same parameters",
            );
        }
        let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK);
        return HttpResponse::build(status)
            .insert_header(("idempotent-replayed", "true"))
            .json(kept.answer);
    }
    match work() {
        Ok(answer) => {
            if let Some(key) = key {
                let kept = Kept {
                    asked,
                    status: 200,
                    answer: answer.clone(),
                };
                shared.world().kept.insert(key, kept);
            }
            HttpResponse::Ok().json(answer)
        }
        Err(answer) => *answer,
    }
}

async fn balance(request: HttpRequest, shared: Data<Shared>) -> HttpResponse {
    if !bearer::carries(&request, &shared.secrets.stripe_key) {
        return *unknown();
    }
    HttpResponse::Ok().json(json!({"object": "balance", "livemode": false, "available": []}))
}

async fn customer(request: HttpRequest, body: Bytes, shared: Data<Shared>) -> HttpResponse {
    once(&request, &shared, &body, || {
        let form = form(&body);
        let id = format!("cus_simulated{}", shared.world().count());
        Ok(json!({
            "id": id, "object": "customer", "email": form.get("email"), "name": form.get("name"),
            "metadata": metadata(&form, "metadata"), "livemode": false,
        }))
    })
}

async fn endpoint(request: HttpRequest, body: Bytes, shared: Data<Shared>) -> HttpResponse {
    once(&request, &shared, &body, || {
        let form = form(&body);
        let url = text(&form, "url").ok_or_else(|| invalid("url"))?;
        let mut world = shared.world();
        if !world.stripe_webhooks.iter().any(|known| known == url) {
            world.stripe_webhooks.push(url.to_owned());
        }
        Ok(json!({
            "id": format!("we_simulated{}", world.count()), "object": "webhook_endpoint", "url": url,
            "api_version": form.get("api_version"), "status": "enabled", "livemode": false,
        }))
    })
}

async fn open_session(request: HttpRequest, body: Bytes, shared: Data<Shared>) -> HttpResponse {
    once(&request, &shared, &body, || {
        let form = form(&body);
        if text(&form, "mode") != Some("payment") {
            return Err(invalid("mode"));
        }
        let unit = whole(&form, "line_items[0][price_data][unit_amount]");
        let currency = text(&form, "line_items[0][price_data][currency]");
        let (Some(_), Some(currency)) = (unit, currency) else {
            return Err(invalid("line_items"));
        };
        let mut minor = 0;
        for line in 0..100 {
            let key = |name: &str| format!("line_items[{line}]{name}");
            let Some(unit) = whole(&form, &key("[price_data][unit_amount]")) else {
                break;
            };
            minor += unit * whole(&form, &key("[quantity]")).unwrap_or(1);
        }
        if minor <= 0 {
            return Err(invalid("line_items"));
        }
        let now = shared.clock.now();
        let expires = match whole(&form, "expires_at") {
            Some(at) if !(1_800..=86_400).contains(&(at - now / 1000)) => {
                return Err(invalid("expires_at"));
            }
            Some(at) => at * 1000,
            None => now + 86_400_000,
        };
        let count = shared.world().count();
        let bill = shared.create(Draft {
            provider: Provider::Stripe,
            reference: format!("cs_test_simulated{count}"),
            minor,
            currency: currency.to_ascii_uppercase(),
            description: text(&form, "line_items[0][price_data][product_data][name]")
                .unwrap_or_default()
                .to_owned(),
            expires: Some(expires),
            ask: Value::Object(form),
            webhook: None,
            pair: Some(format!("pi_simulated{count}")),
        });
        Ok(session(&bill, &shared, now))
    })
}

fn ask(bill: &Bill) -> Form {
    bill.ask.as_object().cloned().unwrap_or_default()
}

fn session(bill: &Bill, shared: &Shared, now: Millis) -> Value {
    let form = ask(bill);
    let status = match bill.status {
        Status::Paid | Status::Authorized => "complete",
        Status::Expired | Status::Canceled => "expired",
        Status::Open if bill.is_past(now) => "expired",
        // A declined card leaves the session open for another.
        Status::Open | Status::Declined => "open",
    };
    json!({
        "id": bill.reference,
        "object": "checkout.session",
        "mode": "payment",
        "status": status,
        "payment_status": if bill.status == Status::Paid { "paid" } else { "unpaid" },
        "url": (status == "open").then(|| shared.url(&format!("/sim/pay/{}", bill.id))),
        // Shown whole where that is asked for, and where it says what is kept of the customer.
        "payment_intent": (bill.status == Status::Paid).then(|| match kept::customer_of(bill) {
            Some(_) => intent(bill),
            None => json!(bill.pair),
        }),
        "amount_total": bill.minor,
        "currency": bill.currency.to_ascii_lowercase(),
        "client_reference_id": form.get("client_reference_id"),
        "metadata": metadata(&form, "metadata"),
        "created": bill.created / 1000,
        "expires_at": bill.expires.map(|at| at / 1000),
        "customer": kept::customer_of(bill),
        "success_url": form.get("success_url"),
        "cancel_url": form.get("cancel_url"),
        "livemode": false,
    })
}

fn find<'a>(world: &'a World, id: &str) -> Option<&'a Bill> {
    world.bills.values().find(|bill| {
        bill.provider == Provider::Stripe
            && (bill.reference == id || bill.pair.as_deref() == Some(id))
    })
}

fn find_mut<'a>(world: &'a mut World, id: &str) -> Option<&'a mut Bill> {
    world.bills.values_mut().find(|bill| {
        bill.provider == Provider::Stripe
            && (bill.reference == id || bill.pair.as_deref() == Some(id))
    })
}

async fn get_session(request: HttpRequest, id: Path<String>, shared: Data<Shared>) -> HttpResponse {
    if !bearer::carries(&request, &shared.secrets.stripe_key) {
        return *unknown();
    }
    let now = shared.clock.now();
    match shared.world().find(Provider::Stripe, &id) {
        Some(bill) => HttpResponse::Ok().json(expanded::session_of(bill, &shared, now, &request)),
        None => *missing("checkout.session"),
    }
}

async fn expire_session(
    request: HttpRequest,
    id: Path<String>,
    body: Bytes,
    shared: Data<Shared>,
) -> HttpResponse {
    once(&request, &shared, &body, || {
        let now = shared.clock.now();
        let mut world = shared.world();
        let bill = world
            .find_mut(Provider::Stripe, &id)
            .ok_or_else(|| missing("checkout.session"))?;
        if bill.status != Status::Open {
            return Err(invalid("session"));
        }
        bill.status = Status::Expired;
        Ok(session(bill, &shared, now))
    })
}

/// Payment methods whose outcome is their name, as the provider's own test methods.
fn declines(method: &str) -> Option<&'static str> {
    match method {
        "pm_card_chargeDeclined" => Some("generic_decline"),
        "pm_card_chargeDeclinedInsufficientFunds" => Some("insufficient_funds"),
        _ => None,
    }
}

async fn create_intent(request: HttpRequest, body: Bytes, shared: Data<Shared>) -> HttpResponse {
    once(&request, &shared, &body, || {
        let form = form(&body);
        let minor = whole(&form, "amount").filter(|minor| *minor > 0);
        let (Some(minor), Some(currency)) = (minor, text(&form, "currency")) else {
            return Err(invalid("amount"));
        };
        let currency = currency.to_ascii_uppercase();
        let method = text(&form, "payment_method").map(str::to_owned);
        let confirm = text(&form, "confirm") == Some("true");
        let holds = text(&form, "capture_method") == Some("manual");
        let description = text(&form, "description").unwrap_or_default().to_owned();
        let count = shared.world().count();
        let now = shared.clock.now();
        let bill = shared.create(Draft {
            provider: Provider::Stripe,
            reference: format!("pi_simulated{count}"),
            minor,
            currency,
            description,
            expires: None,
            ask: Value::Object(form),
            webhook: None,
            pair: None,
        });
        let mut world = shared.world();
        let bill = world
            .bills
            .get_mut(&bill.id)
            .ok_or_else(|| missing("payment_intent"))?;
        if let (true, Some(method)) = (confirm, method) {
            if let Some(code) = declines(&method) {
                bill.status = Status::Declined;
                bill.ask["decline"] = json!(code);
                return Err(Box::new(HttpResponse::PaymentRequired().json(
                    json!({"error": {
                        "type": "card_error", "code": "card_declined", "decline_code": code,
                        "message": "Your card was declined.", "payment_intent": intent(bill),
                    }}),
                )));
            }
            if holds {
                bill.status = Status::Authorized;
            } else {
                settle(bill, now, minor);
            }
        }
        Ok(intent(bill))
    })
}

pub(crate) fn settle(bill: &mut Bill, now: Millis, minor: i64) {
    bill.status = Status::Paid;
    bill.paid_minor = minor;
    bill.paid_at = Some(now);
    bill.payment = Some(format!("ch_{}", bill.id));
}

fn intent_id(bill: &Bill) -> &str {
    bill.pair.as_deref().unwrap_or(&bill.reference)
}

fn intent(bill: &Bill) -> Value {
    let form = ask(bill);
    let status = match bill.status {
        Status::Open | Status::Declined => "requires_payment_method",
        Status::Authorized => "requires_capture",
        Status::Paid => "succeeded",
        Status::Canceled | Status::Expired => "canceled",
    };
    let prefix = if bill.pair.is_some() {
        "payment_intent_data[metadata]"
    } else {
        "metadata"
    };
    let decline = form.get("decline").map(|code| {
        json!({"type": "card_error", "code": "card_declined", "decline_code": code,
               "message": "Your card was declined."})
    });
    json!({
        "id": intent_id(bill),
        "object": "payment_intent",
        "status": status,
        "amount": bill.minor,
        "amount_received": bill.paid_minor,
        "amount_capturable": if bill.status == Status::Authorized { bill.minor } else { 0 },
        "currency": bill.currency.to_ascii_lowercase(),
        "created": bill.created / 1000,
        "customer": kept::customer_of(bill),
        "payment_method": kept::method_of(bill),
        "last_payment_error": decline,
        "latest_charge": bill.payment,
        "client_secret": format!("{}_secret_simulated", intent_id(bill)),
        "metadata": metadata(&form, prefix),
        "livemode": false,
    })
}

async fn get_intent(request: HttpRequest, id: Path<String>, shared: Data<Shared>) -> HttpResponse {
    if !bearer::carries(&request, &shared.secrets.stripe_key) {
        return *unknown();
    }
    match find(&shared.world(), &id) {
        Some(bill) => HttpResponse::Ok().json(expanded::intent_of(bill, &request)),
        None => *missing("payment_intent"),
    }
}

async fn capture_intent(
    request: HttpRequest,
    id: Path<String>,
    body: Bytes,
    shared: Data<Shared>,
) -> HttpResponse {
    once(&request, &shared, &body, || {
        let now = shared.clock.now();
        let form = form(&body);
        let mut world = shared.world();
        let bill = find_mut(&mut world, &id).ok_or_else(|| missing("payment_intent"))?;
        let minor = whole(&form, "amount_to_capture").unwrap_or(bill.minor);
        if bill.status != Status::Authorized || minor <= 0 || minor > bill.minor {
            return Err(invalid("amount_to_capture"));
        }
        settle(bill, now, minor);
        Ok(intent(bill))
    })
}

async fn cancel_intent(
    request: HttpRequest,
    id: Path<String>,
    body: Bytes,
    shared: Data<Shared>,
) -> HttpResponse {
    once(&request, &shared, &body, || {
        let mut world = shared.world();
        let bill = find_mut(&mut world, &id).ok_or_else(|| missing("payment_intent"))?;
        if !matches!(
            bill.status,
            Status::Open | Status::Declined | Status::Authorized
        ) {
            return Err(invalid("payment_intent"));
        }
        bill.status = Status::Canceled;
        Ok(intent(bill))
    })
}

async fn refund(request: HttpRequest, body: Bytes, shared: Data<Shared>) -> HttpResponse {
    once(&request, &shared, &body, || {
        let form = form(&body);
        let now = shared.clock.now();
        let mut world = shared.world();
        let count = world.count();
        let id = text(&form, "payment_intent").or_else(|| text(&form, "charge"));
        let bill = id
            .and_then(|id| {
                world.bills.values_mut().find(|bill| {
                    bill.provider == Provider::Stripe
                        && (intent_id(bill) == id || bill.payment.as_deref() == Some(id))
                })
            })
            .ok_or_else(|| missing("payment_intent"))?;
        let left = bill.paid_minor - bill.given_back();
        let minor = match form.get("amount") {
            None => left,
            Some(_) => whole(&form, "amount").unwrap_or(0),
        };
        if bill.status != Status::Paid || minor <= 0 || minor > left {
            return Err(refused(
                StatusCode::BAD_REQUEST,
                "invalid_request_error",
                "charge_already_refunded",
                "Refund amount is greater than unrefunded amount on charge",
            ));
        }
        let refund = GivenBack {
            id: format!("re_simulated{count}"),
            number: count.to_string(),
            minor,
            at: now,
            done: true,
            failed: false,
            by_bank: false,
        };
        bill.refunds.push(refund.clone());
        Ok(returned(bill, &refund))
    })
}

fn returned(bill: &Bill, refund: &GivenBack) -> Value {
    json!({
        "id": refund.id,
        "object": "refund",
        "amount": refund.minor,
        "currency": bill.currency.to_ascii_lowercase(),
        "payment_intent": intent_id(bill),
        "charge": bill.payment,
        "status": match (refund.failed, refund.done) {
            (true, _) => "failed",
            (false, true) => "succeeded",
            (false, false) => "pending",
        },
        "created": refund.at / 1000,
        "metadata": {},
    })
}

async fn get_refund(request: HttpRequest, id: Path<String>, shared: Data<Shared>) -> HttpResponse {
    if !bearer::carries(&request, &shared.secrets.stripe_key) {
        return *unknown();
    }
    let world = shared.world();
    let found = world
        .bills
        .values()
        .filter(|bill| bill.provider == Provider::Stripe)
        .find_map(|bill| {
            let refund = bill.refunds.iter().find(|refund| refund.id == *id)?;
            Some(returned(bill, refund))
        });
    match found {
        Some(refund) => HttpResponse::Ok().json(refund),
        None => *missing("refund"),
    }
}
