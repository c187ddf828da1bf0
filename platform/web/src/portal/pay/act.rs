//! Beginning to pay, asking whether it was paid, and coming back from the provider's page.

use actix_web::HttpResponse;
use actix_web::http::header::{HOST, LOCATION};
use actix_web::web::Data;
use alvara_app::billing::charge::{ChargeRequest, Prepared, prepare};
use alvara_app::billing::offer::METHODS;
use alvara_app::billing::{AskJob, call, webhook_url};
use alvara_app::{AppError, Platform};
use alvara_domain::charge::ChargeState;
use alvara_domain::charge::record::Charge;
use alvara_domain::payment::ask::{CaptureMode, Pair, Source};
use alvara_domain::time::UtcTime;
use alvara_render::Args;
use alvara_store::{TenantTx, charges, orders};

use super::super::desk::Desk;
use super::super::entry::Entry;
use super::state::current;
use super::{Payment, draw};
use crate::api::v1::charges::account_for;
use crate::problem::{Fault, Kind, Problem};

/// Charges of one order that may be begun by its link within [`WHILE`].
const MOST: usize = 10;
/// In seconds.
const WHILE: i64 = 3600;
/// The most parameters that a customer brings back.
const PARAMETERS: usize = 50;
/// The longest name and the longest value of one.
const LONGEST: (usize, usize) = (100, 2000);

enum Begun {
    /// It is being paid by this method already.
    Known,
    /// Too many were begun just now.
    TooMany,
    /// Send it.
    Now(Box<Prepared>),
}

fn see(place: String) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, place))
        .finish()
}

/// Where the customer comes back to from the provider's page: the host where the page is.
fn back_to(desk: &Desk, payment: &Payment, platform: &Platform) -> Option<String> {
    let request = desk.request();
    let host = match request.uri().authority() {
        Some(authority) => authority.as_str(),
        None => request.headers().get(HOST)?.to_str().ok()?,
    };
    let scheme = &platform.address().scheme;
    Some(format!("{scheme}://{host}{}/back", payment.path()))
}

/// Begins to pay by a method. Sent twice it begins once.
pub(super) async fn charge(
    desk: Desk,
    payment: Payment,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let method = entry.text("method").to_owned();
    match begin(&desk, &payment, &method, &platform).await {
        Ok(()) => Ok(see(payment.path_by(&method))),
        Err(problem) if matches!(problem.kind().status().as_u16(), 409 | 422) => {
            draw::again(&desk, &payment, &platform, (&method, &problem)).await
        }
        Err(problem) => Err(problem),
    }
}

async fn begin(
    desk: &Desk,
    payment: &Payment,
    method: &str,
    platform: &Platform,
) -> Result<(), Problem> {
    if !METHODS.contains(&method) {
        let fault = Fault::text("/method", "unknown", "no method of this page");
        return Err(Problem::field(fault));
    }
    let account_id = account_for(platform, &payment.scope, None, method).await?;
    let back = back_to(desk, payment, platform);
    let order_id = payment.order;
    let mut wanted = ChargeRequest {
        order_id,
        account_id,
        method: method.to_owned(),
        source: Source::None,
        due: None,
        card: None,
        capture: CaptureMode::Automatic,
        expires_at: None,
        return_url: back.clone(),
        cancel_url: back,
        webhook_url: None,
    };
    let parts = platform.clone();
    let work = move |tx: &mut TenantTx<'_>| -> Result<Begun, AppError> {
        // Of two that are sent at once the second waits here and finds the first.
        orders::lock(tx, order_id)?.ok_or(AppError::NotFound("order"))?;
        let known = charges::list_of_order(tx, order_id)?;
        if current(&known, &wanted.method, tx.now()).is_some() {
            return Ok(Begun::Known);
        }
        if recent(&known, tx.now()) >= MOST {
            return Ok(Begun::TooMany);
        }
        wanted.webhook_url = Some(webhook_url(tx, parts.address(), account_id)?);
        Ok(Begun::Now(Box::new(prepare(tx, &wanted)?)))
    };
    match platform.db().write(&payment.scope, work).await? {
        Begun::Known => Ok(()),
        Begun::TooMany => Err(Problem::new(Kind::TooManyRequests)
            .with_args(Args::new().number("seconds", WHILE))
            .with_retry_after(WHILE.unsigned_abs())),
        Begun::Now(prepared) => {
            let which = (prepared.charge.id, prepared.attempt.number);
            call::send(platform, &payment.scope, which).await?;
            Ok(())
        }
    }
}

fn recent(charges: &[Charge], now: UtcTime) -> usize {
    let young = |charge: &&Charge| charge.created_at.seconds_until(now) < WHILE;
    charges.iter().filter(young).count()
}

async fn open(payment: &Payment, platform: &Platform) -> Result<Vec<Charge>, Problem> {
    let id = payment.order;
    let read = move |tx: &mut TenantTx<'_>| charges::list_of_order(tx, id);
    let mut all = platform.db().read(&payment.scope, read).await?;
    all.retain(|charge| charge.state.is_open());
    Ok(all)
}

/// Asks the providers at once. What they say is on the page then.
pub(super) async fn check(
    desk: Desk,
    payment: Payment,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let mut method = entry.text("method").to_owned();
    let mut done = "pay-checked";
    for charge in open(&payment, &platform).await? {
        let job = AskJob::now(charge.id);
        if let Err(error) = call::ask(&platform, &payment.scope, job).await {
            tracing::warn!(charge = %charge.id, %error, "a provider could not be asked for a payer");
            done = "pay-unchecked";
        }
        method = charge.method;
    }
    let place = if METHODS.contains(&method.as_str()) {
        payment.path_by(&method)
    } else {
        payment.path()
    };
    Ok(desk.done(&place, done))
}

/// The customer is back from the provider's page. What the address says proves nothing: the plugin
/// asks the provider. Loaded again, it comes to the same.
pub(super) async fn back(
    desk: Desk,
    payment: Payment,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let query: Vec<Pair> = form_urlencoded::parse(desk.request().query_string().as_bytes())
        .filter(|(name, value)| {
            let fits = name.len() <= LONGEST.0 && value.len() <= LONGEST.1;
            fits && !name.is_empty() && !name.contains('\0') && !value.contains('\0')
        })
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .take(PARAMETERS)
        .collect();
    let led_away = |charge: &Charge| matches!(charge.method.as_str(), "card" | "stripe");
    let begun = open(&payment, &platform).await?;
    let Some(charge) = begun.into_iter().rfind(led_away) else {
        return Ok(see(payment.path()));
    };
    let place = payment.path_by(&charge.method);
    match call::complete(&platform, &payment.scope, charge.id, &query).await {
        Ok(_) => {
            // A card that was declined leaves the provider's page open for another, so nothing has
            // failed; but whoever comes back by themselves must not take it for paid.
            let still =
                |one: &Charge| one.id == charge.id && one.state == ChargeState::RequiresAction;
            if open(&payment, &platform).await?.iter().any(still) {
                Ok(desk.done(&place, "pay-not-yet"))
            } else {
                Ok(see(place))
            }
        }
        Err(error) => {
            tracing::warn!(charge = %charge.id, %error, "a payer came back and nothing came of it");
            Ok(desk.done(&place, "pay-unchecked"))
        }
    }
}
