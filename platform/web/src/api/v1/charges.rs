//! Charges: collecting an order's money, and giving it back.

mod complete;
mod confirm;
mod decide;
mod follow;
mod slip;

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use alvara_app::billing::capture::prepare_capture;
use alvara_app::billing::charge::{Cancellation, ChargeRequest, prepare, prepare_cancel};
use alvara_app::billing::refund;
use alvara_app::billing::{AskJob, call};
use alvara_app::{AppError, Platform};
use alvara_domain::charge::record::Refund;
use alvara_domain::civil_date::CivilDate;
use alvara_domain::id::{ChargeId, OrderId, PaymentAccountId, RefundId};
use alvara_domain::money::{BasisPoints, Money};
use alvara_domain::payment::ask::{CaptureMode, CardOptions, Due, Rate, Source};
use alvara_domain::time::UtcTime;
use alvara_store::{Scope, TenantTx, charges, orders, payment_accounts, refunds};
use alvara_tenants::permissions::{ChargeCancel, ChargeCreate, ChargeRead, ChargeRefund};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::orders::ChargeView;
use super::prices::percent;
use crate::answer;
use crate::body::{Json, Segments, Text};
use crate::caller::Caller;
use crate::idempotency;
use crate::problem::{Fault, Problem};
use crate::schema::{self, Id, Instant};

pub(crate) use complete::{__path_complete, CompletionBody, complete};
pub(crate) use confirm::{__path_confirm, confirm};
pub(crate) use decide::{__path_decide, __path_list_quarantined, decide, list_quarantined};
pub(crate) use follow::{__path_follow, follow};
pub(crate) use slip::{__path_slip, print as print_slip, slip};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/charges/{id}").get(get))
        .service(web::resource("/charges/{id}/cancellation").post(cancel))
        .service(web::resource("/charges/{id}/completion").post(complete))
        .service(web::resource("/charges/{id}/confirmation").post(confirm))
        .service(web::resource("/charges/{id}/events").get(follow))
        .service(web::resource("/charges/{id}/quarantined-reports").get(list_quarantined))
        .service(
            web::resource("/charges/{id}/quarantined-reports/{report_id}/decision").post(decide),
        )
        .service(web::resource("/charges/{id}/captures").post(capture))
        .service(web::resource("/charges/{id}/refunds").post(give_back))
        .service(web::resource("/charges/{id}/slip.pdf").get(slip))
        .service(web::resource("/charges/{id}/sync").post(sync));
}

/// Terms of a charge with a due date, such as a boleto.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DueBody {
    /// The last day without fine and interest.
    #[schema(value_type = String, format = Date, example = "2026-12-10")]
    due_date: CivilDate,
    /// For how many days after it the charge can still be paid.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 3650)]
    days_valid_after_due: u32,
    /// Once, when late, in percent.
    #[schema(minimum = 0, maximum = 100)]
    fine_percent: Option<f64>,
    /// For each month of delay, in percent.
    #[schema(minimum = 0, maximum = 100)]
    monthly_interest_percent: Option<f64>,
    /// Lines to print on a slip.
    #[serde(default)]
    #[schema(max_items = 8)]
    instructions: Vec<String>,
}

/// How an order is to be paid.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChargeBody {
    /// One of the methods of the account's plugin.
    #[schema(value_type = String, max_length = 32, example = "pix")]
    method: Text<1, 32>,
    /// By which account; the oldest active one whose plugin has the method, when left out.
    #[schema(value_type = Option<Id>)]
    payment_account: Option<PaymentAccountId>,
    /// A token of the provider's own fields. Never a card's number.
    #[schema(value_type = Option<String>, max_length = 500)]
    token: Option<Text<1, 500>>,
    #[schema(minimum = 1, maximum = 99)]
    installments: Option<u32>,
    due: Option<DueBody>,
    /// `automatic`, which is meant when left out, or `manual`: the money is held until it is captured.
    #[schema(value_type = Option<String>, example = "automatic")]
    capture: Option<CaptureMode>,
    #[schema(value_type = Option<Instant>)]
    expires_at: Option<UtcTime>,
    /// Where the customer comes back to.
    #[schema(value_type = Option<String>, max_length = 500)]
    return_url: Option<Text<1, 500>>,
    /// Where the customer comes to who called it off.
    #[schema(value_type = Option<String>, max_length = 500)]
    cancel_url: Option<Text<1, 500>>,
}

fn share(pointer: &str, given: Option<f64>) -> Result<Option<BasisPoints>, Problem> {
    match given {
        None => Ok(None),
        some => percent(pointer, some).map(Some),
    }
}

impl DueBody {
    fn read(self) -> Result<Due, Problem> {
        Ok(Due {
            due_date: self.due_date,
            days_valid_after_due: self.days_valid_after_due,
            fine: share("/due/fine_percent", self.fine_percent)?.map(Rate::Share),
            monthly_interest: share(
                "/due/monthly_interest_percent",
                self.monthly_interest_percent,
            )?,
            discount: None,
            instructions: self.instructions,
            bank_sequence: None,
        })
    }
}

/// The account that collects by a method.
pub(crate) async fn account_for(
    platform: &Platform,
    scope: &Scope,
    wanted: Option<PaymentAccountId>,
    method: &str,
) -> Result<PaymentAccountId, Problem> {
    if let Some(id) = wanted {
        return Ok(id);
    }
    let method = method.to_owned();
    let find = move |tx: &mut TenantTx<'_>| payment_accounts::find_for_method(tx, &method);
    let found = platform.db().read(scope, find).await?;
    found.ok_or_else(|| {
        let detail = "no active payment account has this method";
        Problem::field(Fault::text("/method", "unknown", detail))
    })
}

/// Charges an order. The answer holds what the customer has to do now, or says that the outcome is
/// not known yet; then it is found out. Repeating the call needs the same `Idempotency-Key`.
#[utoipa::path(post, path = "/orders/{id}/charges", tag = "payments", operation_id = "create_charge", params(("id" = Id, Path)),
    request_body = ChargeBody, responses((status = 201, description = "Charged.", body = ChargeView)))]
pub(crate) async fn create(
    caller: Caller<ChargeCreate>,
    Segments(order_id): Segments<OrderId>,
    request: HttpRequest,
    Json(body): Json<ChargeBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let found = platform
        .db()
        .read(&caller.scope, move |tx| orders::find(tx, order_id))
        .await?;
    found.ok_or_else(Problem::not_found)?;
    if !idempotency::is_asked(&request) {
        let detail = "a charge is made once: name it, so that a repeated call makes no second one";
        let fault = Fault::text("/headers/idempotency-key", "required", detail);
        return Err(Problem::field(fault));
    }
    let method = body.method.into_string();
    let account_id = account_for(&platform, &caller.scope, body.payment_account, &method).await?;
    let source = match body.token {
        Some(token) => Source::SingleUseToken(token.into_string()),
        None => Source::None,
    };
    let mut wanted = ChargeRequest {
        order_id,
        account_id,
        method,
        source,
        due: body.due.map(DueBody::read).transpose()?,
        card: body.installments.map(|installments| CardOptions {
            installments,
            soft_descriptor: None,
            off_session: false,
        }),
        capture: body.capture.unwrap_or(CaptureMode::Automatic),
        expires_at: body.expires_at,
        return_url: body.return_url.map(Text::into_string),
        cancel_url: body.cancel_url.map(Text::into_string),
        webhook_url: None,
    };
    let parts = platform.clone();
    let work = move |tx: &mut TenantTx<'_>| {
        wanted.webhook_url = Some(alvara_app::billing::webhook_url(
            tx,
            parts.address(),
            account_id,
        )?);
        prepare(tx, &wanted)
    };
    let prepared = platform.db().write(&caller.scope, work).await?;
    let id = prepared.charge.id;
    // The charge is written down: what follows has transactions of its own.
    let scope = caller.scope.without_claim();
    call::send(&platform, &scope, (id, prepared.attempt.number)).await?;
    let view = load(&platform, &scope, id).await?;
    Ok(answer::created(&format!("/api/v1/charges/{id}"), &view))
}

async fn load(platform: &Platform, scope: &Scope, id: ChargeId) -> Result<ChargeView, Problem> {
    let read = move |tx: &mut TenantTx<'_>| -> Result<_, AppError> {
        let charge = charges::find(tx, id)?.ok_or(AppError::NotFound("charge"))?;
        let history = charges::history(tx, id)?;
        Ok(ChargeView::of(charge, history))
    };
    Ok(platform.db().read(scope, read).await?)
}

/// Shows a charge with what was told of it.
#[utoipa::path(get, path = "/charges/{id}", tag = "payments", operation_id = "get_charge", params(("id" = Id, Path)),
    responses((status = 200, description = "The charge.", body = ChargeView)))]
pub(crate) async fn get(
    caller: Caller<ChargeRead>,
    Segments(id): Segments<ChargeId>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    Ok(answer::ok(&load(&platform, &caller.scope, id).await?))
}

/// Calls a charge off that nobody paid. Where the provider has to be told, it is told now.
#[utoipa::path(post, path = "/charges/{id}/cancellation", tag = "payments", operation_id = "cancel_charge", params(("id" = Id, Path)),
    responses((status = 200, description = "The charge as it is now.", body = ChargeView)))]
pub(crate) async fn cancel(
    caller: Caller<ChargeCancel>,
    Segments(id): Segments<ChargeId>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let done = platform
        .db()
        .write(&caller.scope, move |tx| prepare_cancel(tx, id))
        .await?;
    let scope = caller.scope.without_claim();
    if let Cancellation::Send(prepared) = done {
        call::send(&platform, &scope, (id, prepared.attempt.number)).await?;
    }
    Ok(answer::ok(&load(&platform, &scope, id).await?))
}

/// Takes the money that a charge holds, all of it. Asked again before the answer is known, or
/// afterwards, it is taken once.
#[utoipa::path(post, path = "/charges/{id}/captures", tag = "payments", operation_id = "capture_charge", params(("id" = Id, Path)),
    responses((status = 200, description = "The charge as it is now.", body = ChargeView)))]
pub(crate) async fn capture(
    caller: Caller<ChargeCancel>,
    Segments(id): Segments<ChargeId>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let prepared = platform
        .db()
        .write(&caller.scope, move |tx| prepare_capture(tx, id))
        .await?;
    let scope = caller.scope.without_claim();
    call::send(&platform, &scope, (id, prepared.attempt.number)).await?;
    Ok(answer::ok(&load(&platform, &scope, id).await?))
}

/// Money to give back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefundBody {
    /// All that is left of the charge when left out.
    #[schema(value_type = Option<schema::Money>)]
    amount: Option<Money>,
    #[serde(default)]
    #[schema(max_length = 300)]
    reason: String,
}

/// Money of a charge that goes back.
#[derive(Serialize, ToSchema)]
pub(crate) struct RefundView {
    #[schema(value_type = Id)]
    id: RefundId,
    #[schema(value_type = Id)]
    charge_id: ChargeId,
    /// `requested`, `pending`, `succeeded`, `failed` or `canceled`.
    state: &'static str,
    #[schema(value_type = schema::Money)]
    amount: Money,
    reason: String,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
}

impl From<Refund> for RefundView {
    fn from(refund: Refund) -> Self {
        Self {
            id: refund.id,
            charge_id: refund.charge_id,
            state: refund.state.as_str(),
            amount: Money::new(refund.amount_minor, refund.currency),
            reason: refund.reason,
            created_at: refund.created_at,
        }
    }
}

/// Gives money of a charge back. Repeating the call needs the same `Idempotency-Key`.
#[utoipa::path(post, path = "/charges/{id}/refunds", tag = "payments", operation_id = "create_refund", params(("id" = Id, Path)),
    request_body = RefundBody, responses((status = 201, description = "On its way, or there.", body = RefundView)))]
pub(crate) async fn give_back(
    caller: Caller<ChargeRefund>,
    Segments(id): Segments<ChargeId>,
    request: HttpRequest,
    Json(body): Json<RefundBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    load(&platform, &caller.scope, id).await?;
    if !idempotency::is_asked(&request) {
        let detail = "a refund is made once: name it, so that a repeated call makes no second one";
        let fault = Fault::text("/headers/idempotency-key", "required", detail);
        return Err(Problem::field(fault));
    }
    let work = move |tx: &mut TenantTx<'_>| refund::prepare(tx, id, body.amount, &body.reason);
    let prepared = platform.db().write(&caller.scope, work).await?;
    let scope = caller.scope.without_claim();
    call::send(&platform, &scope, (id, prepared.attempt.number)).await?;
    let refund_id = prepared.refund.id;
    let found = platform
        .db()
        .read(&scope, move |tx| refunds::find(tx, refund_id))
        .await?;
    let view = RefundView::from(found.ok_or_else(Problem::not_found)?);
    let location = format!("/api/v1/charges/{id}/refunds/{refund_id}");
    Ok(answer::created(&location, &view))
}

/// Asks the provider how a charge stands.
#[utoipa::path(post, path = "/charges/{id}/sync", tag = "payments", operation_id = "sync_charge", params(("id" = Id, Path)),
    responses((status = 200, description = "The charge as it is now.", body = ChargeView)))]
pub(crate) async fn sync(
    caller: Caller<ChargeRead>,
    Segments(id): Segments<ChargeId>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let scope = caller.scope.without_claim();
    load(&platform, &scope, id).await?;
    call::ask(&platform, &scope, AskJob::now(id)).await?;
    Ok(answer::ok(&load(&platform, &scope, id).await?))
}
