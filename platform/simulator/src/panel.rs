//! The buttons: a page for people and the same as JSON for programs. Every press does to a bill what
//! the customer or a bank would have done, and the provider then tells of it.

use actix_web::http::header::{CONTENT_TYPE, LOCATION};
use actix_web::web::{self, Bytes, Data, Json, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::bill::{Bill, Contest, GivenBack, Provider, Status};
use crate::boleto::slip_of;
use crate::deliver::{Parcel, send_all};
use crate::fault::Fault;
use crate::money::{cents, decimal};
use crate::pix::due_day;
use crate::time::Millis;
use crate::world::{Shared, World};
use crate::{mercado_pago, pix, recurrence, stripe};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .route("/", web::get().to(page))
        .route("/sim/bills", web::get().to(list))
        .route("/sim/bills/{id}", web::get().to(show))
        .route("/sim/bills/{id}/{action}", web::post().to(press))
        .route("/sim/pay/{id}", web::get().to(checkout))
        .route(
            "/sim/recurrences/{id}/{action}",
            web::post().to(press_recurrence),
        )
        .route("/sim/deliveries", web::get().to(deliveries))
        .route("/sim/faults", web::post().to(order_fault))
        .route("/sim/clock", web::post().to(advance))
        .route("/sim/clock", web::get().to(tell_time));
}

/// What can be done to a bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    /// The customer pays; another amount than asked for if one is given.
    Pay,
    /// The customer's bank refuses.
    Decline,
    /// Time runs out.
    Expire,
    /// The refunds that are on their way arrive.
    ReturnMoney,
    /// The refunds that are on their way, or arrived, fail.
    FailRefund,
    /// The customer's bank takes the money back.
    Clawback,
    /// The customer's bank asks.
    Dispute,
    /// The dispute ends well.
    Win,
    /// The dispute ends badly.
    Lose,
    /// Nothing happens; the provider tells again how it stands.
    Tell,
}

/// How a button is pressed.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Press {
    /// `10.50`; all of it when left out.
    amount: Option<String>,
    /// How often the provider tells of it: 0 loses the webhook, 2 tells twice.
    tell: Option<usize>,
    /// Where the browser goes next.
    next: Option<String>,
}

async fn list(shared: Data<Shared>) -> HttpResponse {
    let world = shared.world();
    let mut bills: Vec<&Bill> = world.bills.values().collect();
    bills.sort_by_key(|bill| bill.created);
    HttpResponse::Ok().json(bills)
}

async fn show(name: Path<String>, shared: Data<Shared>) -> HttpResponse {
    match shared.world().find_any(&name) {
        Some(bill) => HttpResponse::Ok().json(bill),
        None => nothing(),
    }
}

fn nothing() -> HttpResponse {
    HttpResponse::NotFound().json(json!({"error": "there is no such bill"}))
}

async fn deliveries(shared: Data<Shared>) -> HttpResponse {
    HttpResponse::Ok().json(&shared.world().deliveries)
}

async fn order_fault(fault: Json<Fault>, shared: Data<Shared>) -> HttpResponse {
    shared.world().faults.push_back(fault.into_inner());
    HttpResponse::NoContent().finish()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ahead {
    seconds: u32,
}

async fn advance(ahead: Json<Ahead>, shared: Data<Shared>) -> HttpResponse {
    shared.clock.advance(i64::from(ahead.seconds) * 1000);
    HttpResponse::NoContent().finish()
}

async fn tell_time(shared: Data<Shared>) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "seconds": shared.clock.now() / 1000 }))
}

/// A form or JSON; nothing at all is a press without particulars.
fn read(request: &HttpRequest, body: &[u8]) -> Result<Press, String> {
    if body.is_empty() {
        return Ok(Press::default());
    }
    let kind = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    if kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
        let mut press = Press::default();
        for (key, value) in form_urlencoded::parse(body).into_owned() {
            match key.as_str() {
                "amount" if value.is_empty() => {}
                "amount" => press.amount = Some(value),
                "tell" => press.tell = value.parse().ok(),
                "next" => press.next = Some(value),
                other => return Err(format!("no such field: {other}")),
            }
        }
        return Ok(press);
    }
    serde_json::from_slice(body).map_err(|error| error.to_string())
}

async fn press(
    request: HttpRequest,
    path: Path<(String, Action)>,
    body: Bytes,
    shared: Data<Shared>,
) -> HttpResponse {
    let press = match read(&request, &body) {
        Ok(press) => press,
        Err(why) => return HttpResponse::BadRequest().json(json!({"error": why})),
    };
    let (name, action) = path.into_inner();
    let amount = match press.amount.as_deref().map(cents) {
        Some(None) => {
            return HttpResponse::BadRequest()
                .json(json!({"error": "an amount like 10.50 is expected"}));
        }
        amount => amount.flatten(),
    };
    let now = shared.clock.now();
    let done = {
        let mut world = shared.world();
        let Some(id) = world.find_any(&name).map(|bill| bill.id.clone()) else {
            return nothing();
        };
        apply(&mut world, &id, action, amount, now).map(|bill| {
            let parcels = told(&shared, &mut world, &bill);
            (bill, parcels)
        })
    };
    match done {
        Err(why) => HttpResponse::Conflict().json(json!({"error": why})),
        Ok((bill, parcels)) => {
            send_all(&shared, parcels, press.tell.unwrap_or(1)).await;
            match press.next {
                Some(next) => HttpResponse::SeeOther()
                    .insert_header((LOCATION, next))
                    .finish(),
                None => HttpResponse::Ok().json(bill),
            }
        }
    }
}

/// Pays every bill that is open.
pub(crate) fn pay_all(shared: &Shared) {
    let now = shared.clock.now();
    let mut world = shared.world();
    let open = world
        .bills
        .values()
        .filter(|bill| bill.status == Status::Open);
    let open: Vec<String> = open.map(|bill| bill.id.clone()).collect();
    for id in open {
        // What is open can be paid.
        let _ = apply(&mut world, &id, Action::Pay, None, now);
    }
}

/// Changes the bill, or says why not.
fn apply(
    world: &mut World,
    id: &str,
    action: Action,
    amount: Option<i64>,
    now: Millis,
) -> Result<Bill, &'static str> {
    let count = world.count();
    let bill = world.bills.get_mut(id).ok_or("gone")?;
    match action {
        // Money can arrive late: what is expired or canceled here may still be paid, as in life.
        Action::Pay => {
            if bill.status == Status::Paid {
                return Err("it is paid already");
            }
            let minor = amount.unwrap_or(bill.minor);
            match bill.provider {
                Provider::Stripe => stripe::settle(bill, now, minor),
                Provider::MercadoPago => mercado_pago::settle(bill, now, minor),
                Provider::PixCob | Provider::PixCobv | Provider::PixCobr | Provider::Boleto => {
                    bill.status = Status::Paid;
                    bill.paid_minor = minor;
                    bill.paid_at = Some(now);
                    bill.payment = Some(pix::end_to_end(now, count));
                }
            }
        }
        Action::Decline | Action::Expire => {
            if bill.status != Status::Open {
                return Err("it is not open");
            }
            bill.status = match action {
                Action::Decline => Status::Declined,
                _ => Status::Expired,
            };
            // API Pix has no word for it: the charge stays as it is and its time is over.
            if action == Action::Expire
                && matches!(bill.provider, Provider::PixCob | Provider::PixCobv)
            {
                bill.status = Status::Open;
                bill.expires = Some(now);
                let seconds = (now - bill.created) / 1000;
                if bill.provider == Provider::PixCob {
                    bill.ask["calendario"]["expiracao"] = json!(seconds.max(1));
                }
            }
        }
        Action::ReturnMoney => {
            let waiting: Vec<&mut GivenBack> = bill
                .refunds
                .iter_mut()
                .filter(|refund| !refund.done && !refund.failed)
                .collect();
            if waiting.is_empty() {
                return Err("no refund is on its way");
            }
            for refund in waiting {
                refund.done = true;
            }
        }
        Action::FailRefund => {
            let refund = bill.refunds.last_mut().filter(|refund| !refund.failed);
            let refund = refund.ok_or("there is no refund")?;
            refund.failed = true;
        }
        Action::Clawback => {
            let left = bill.paid_minor - bill.given_back();
            if bill.status != Status::Paid || left <= 0 {
                return Err("there is no money to take back");
            }
            bill.refunds.push(GivenBack {
                id: format!("MED{count}"),
                number: format!("D{}{count:023}", pix::ISPB),
                minor: amount.unwrap_or(left).min(left),
                at: now,
                done: true,
                failed: false,
                by_bank: true,
            });
        }
        Action::Dispute => {
            if bill.status != Status::Paid || bill.contest.is_some() {
                return Err("there is nothing to dispute");
            }
            bill.contest = Some(Contest::Opened);
        }
        Action::Win | Action::Lose => {
            if bill.contest != Some(Contest::Opened) {
                return Err("no dispute is open");
            }
            bill.contest = Some(if action == Action::Win {
                Contest::Won
            } else {
                Contest::Lost
            });
        }
        Action::Tell => {}
    }
    Ok(bill.clone())
}

/// What the provider tells of a bill, and of the recurrence that its payment consents to.
fn told(shared: &Shared, world: &mut World, bill: &Bill) -> Vec<Parcel> {
    let count = world.count();
    match bill.provider {
        Provider::PixCob | Provider::PixCobv => {
            let mut parcels = pix::parcels(world, bill);
            if bill.status == Status::Paid {
                let now = shared.clock.now();
                let consent = world.recurrences.values_mut().find(|recurrence| {
                    recurrence.status == "CRIADA"
                        && recurrence.first_txid() == Some(&bill.reference)
                });
                if let Some(recurrence) = consent {
                    recurrence.become_("APROVADA", now);
                    let recurrence = recurrence.clone();
                    parcels.extend(recurrence::rec_parcels(world, &recurrence));
                }
            }
            parcels
        }
        Provider::PixCobr => recurrence::cobr_parcels(world, bill),
        // The bank tells nothing; whoever wants to know asks.
        Provider::Boleto => Vec::new(),
        Provider::MercadoPago => mercado_pago::parcels(shared, bill, count),
        Provider::Stripe => stripe::parcels(shared, world, bill, count),
    }
}

async fn press_recurrence(path: Path<(String, String)>, shared: Data<Shared>) -> HttpResponse {
    let (id, action) = path.into_inner();
    let status = match action.as_str() {
        "approve" => "APROVADA",
        "reject" => "REJEITADA",
        "cancel" => "CANCELADA",
        "expire" => "EXPIRADA",
        _ => return HttpResponse::NotFound().json(json!({"error": "no such button"})),
    };
    let now = shared.clock.now();
    let parcels = {
        let mut world = shared.world();
        let Some(recurrence) = world.recurrences.get_mut(&id) else {
            return nothing();
        };
        recurrence.become_(status, now);
        let recurrence = recurrence.clone();
        recurrence::rec_parcels(&world, &recurrence)
    };
    send_all(&shared, parcels, 1).await;
    HttpResponse::Ok().json(shared.world().recurrences.get(&id))
}

/// Text between tags.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

const HEAD: &str = "<!doctype html><html lang=en><meta charset=utf-8>\
<meta name=viewport content=\"width=device-width,initial-scale=1\"><title>Payment simulator</title><style>\
body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:0 auto;padding:1rem;color:#1b1b1b;background:#fff}\
h1{font-size:1.4rem}article{border:1px solid #bbb;border-radius:.5rem;padding:.75rem 1rem;margin:1rem 0}\
h2{font-size:1.1rem;margin:0}p{margin:.25rem 0;overflow-wrap:anywhere}form{display:inline-block;margin:.25rem .5rem .25rem 0}\
button{font:inherit;padding:.4rem .9rem;border:1px solid #555;border-radius:.4rem;background:#f2f2f2;cursor:pointer}\
button.main{background:#0b5d2a;border-color:#0b5d2a;color:#fff}\
@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}article{border-color:#555}button{background:#2b2b2b;color:#eee}}\
</style>";

fn button(bill: &Bill, action: &str, label: &str, next: &str, class: &str) -> String {
    format!(
        "<form method=post action=\"/sim/bills/{}/{action}\"><input type=hidden name=next value=\"{}\">\
         <button class=\"{class}\">{label}</button></form>",
        bill.id,
        escaped(next)
    )
}

fn buttons(bill: &Bill, next: &str) -> String {
    let one = |action: &str, label: &str| button(bill, action, label, next, "");
    let mut row = String::new();
    match bill.status {
        Status::Open => {
            row += &button(bill, "pay", "Paid", next, "main");
            row += &(one("decline", "Declined") + &one("expire", "Expired"));
        }
        Status::Paid => {
            if bill
                .refunds
                .iter()
                .any(|refund| !refund.done && !refund.failed)
            {
                row += &(one("return_money", "Refunded") + &one("fail_refund", "Refund failed"));
            }
            match bill.contest {
                None => {
                    row +=
                        &(one("clawback", "Taken back by the bank") + &one("dispute", "Disputed"))
                }
                Some(Contest::Opened) => {
                    row += &(one("win", "Dispute won") + &one("lose", "Dispute lost"))
                }
                Some(Contest::Won | Contest::Lost) => {}
            }
            row += &one("tell", "Tell again");
        }
        Status::Authorized => {}
        Status::Declined | Status::Expired | Status::Canceled => {
            row += &one("pay", "Paid all the same")
        }
    }
    row
}

fn about(bill: &Bill) -> String {
    let state = serde_json::to_value(bill.status).unwrap_or_default();
    let provider = serde_json::to_value(bill.provider).unwrap_or_default();
    let name = |value: &Value| value.as_str().unwrap_or_default().replace('_', " ");
    let mut lines = format!(
        "<h2>{} {}</h2><p>{} · {} · {}</p>",
        bill.currency,
        decimal(bill.minor),
        name(&provider),
        name(&state),
        escaped(&bill.description)
    );
    lines += &format!("<p>{}</p>", escaped(&bill.reference));
    match bill.provider {
        Provider::Boleto => lines += &format!("<p>{}</p>", slip_of(bill).line),
        Provider::PixCobv => lines += &format!("<p>due {}</p>", escaped(&due_day(bill))),
        _ => {}
    }
    lines
}

async fn page(shared: Data<Shared>) -> HttpResponse {
    let world = shared.world();
    let mut bills: Vec<&Bill> = world.bills.values().collect();
    bills.sort_by_key(|bill| std::cmp::Reverse(bill.created));
    let mut html = format!("{HEAD}<h1>Payment simulator</h1>");
    if bills.is_empty() {
        html += "<p>Nobody has asked for money yet.</p>";
    }
    for bill in bills {
        html += &format!("<article>{}{}</article>", about(bill), buttons(bill, "/"));
    }
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .body(html)
}

/// The page on which a customer pays at a provider that has one of its own.
async fn checkout(id: Path<String>, shared: Data<Shared>) -> HttpResponse {
    let world = shared.world();
    let Some(bill) = world.find_any(&id) else {
        return HttpResponse::NotFound()
            .content_type("text/html; charset=utf-8")
            .body(format!("{HEAD}<h1>There is nothing to pay here</h1>"));
    };
    let go = |keys: [&str; 2]| {
        let found = keys.iter().find_map(|key| bill.ask.pointer(key)?.as_str());
        found.map_or_else(
            || "/".to_owned(),
            |url| url.replace("{CHECKOUT_SESSION_ID}", &bill.reference),
        )
    };
    let paid = go(["/success_url", "/back_urls/success"]);
    let refused = go(["/cancel_url", "/back_urls/failure"]);
    let row = match bill.status {
        Status::Open => {
            button(bill, "pay", "Pay", &paid, "main")
                + &button(bill, "decline", "Decline", &refused, "")
        }
        _ => format!("<p><a href=\"{}\">Back to the shop</a></p>", escaped(&paid)),
    };
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .body(format!(
            "{HEAD}<h1>Simulated payment page</h1><article>{}{row}</article>",
            about(bill)
        ))
}
