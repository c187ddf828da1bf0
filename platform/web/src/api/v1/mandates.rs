//! Mandates: what a customer permitted to be collected, and the renewals that were.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::billing::mandate::{MandateRequest, cancel as call_off, prepare};
use alvara_app::billing::renewal::of_mandate;
use alvara_app::billing::{AskMandateJob, call};
use alvara_app::{AppError, Platform};
use alvara_domain::charge::MandateState;
use alvara_domain::id::{
    ChargeId, LicenseId, MandateId, NodeId, OrderId, PaymentAccountId, PlanId,
};
use alvara_domain::money::Money;
use alvara_domain::payment::ask::Source;
use alvara_domain::recurring::{FirstPayment, Mandate, Renewal};
use alvara_domain::time::UtcTime;
use alvara_store::mandates::{self, MandateFilter};
use alvara_store::{Db, Scope, TenantTx, licenses};
use alvara_tenants::permissions::{ChargeCreate, ChargeRead};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::charges::{CompletionBody, account_for};
use crate::answer;
use crate::body::{Json, Params, Segments, Text};
use crate::caller::Caller;
use crate::list::{Listed, page_request};
use crate::problem::Problem;
use crate::schema::{self, Id, Instant};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/licenses/{id}/mandates").post(create))
        .service(web::resource("/mandates").get(list))
        .service(web::resource("/mandates/{id}").get(get))
        .service(web::resource("/mandates/{id}/cancellation").post(cancel))
        .service(web::resource("/mandates/{id}/completion").post(complete))
        .service(web::resource("/mandates/{id}/sync").post(sync));
}

/// What is to be permitted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MandateBody {
    /// One of the methods of the account's plugin.
    #[schema(value_type = String, max_length = 32, example = "pix")]
    method: Text<1, 32>,
    /// By which account; the oldest active one whose plugin has the method, when left out.
    #[schema(value_type = Option<Id>)]
    payment_account: Option<PaymentAccountId>,
    /// By which plan of the license's policy; by the one that it was sold at when left out.
    #[schema(value_type = Option<Id>)]
    plan_id: Option<PlanId>,
    /// `now`, which is meant when left out: a renewal is paid at once, and that is the consent where
    /// the provider can. `at_renewal`: nothing is paid before the license is renewed next.
    #[schema(value_type = Option<String>)]
    first_payment: Option<FirstPayment>,
    /// A token of the provider's own fields. Never a card's number.
    #[schema(value_type = Option<String>, max_length = 500)]
    token: Option<Text<1, 500>>,
    /// Where the customer comes back to.
    #[schema(value_type = Option<String>, max_length = 500)]
    return_url: Option<Text<1, 500>>,
}

/// A customer's permission to collect the renewals of a license.
#[derive(Serialize, ToSchema)]
pub(crate) struct MandateView {
    #[schema(value_type = Id)]
    id: MandateId,
    #[schema(value_type = Id)]
    license_id: LicenseId,
    /// Who pays.
    #[schema(value_type = Id)]
    node_id: NodeId,
    #[schema(value_type = Id)]
    payment_account_id: PaymentAccountId,
    #[schema(value_type = Id)]
    plan_id: PlanId,
    method: String,
    /// `created`, `pending_approval`, `active`, `paused`, `rejected`, `canceled` or `expired`.
    state: &'static str,
    /// What is collected each time.
    #[schema(value_type = schema::Money)]
    amount: Money,
    /// `weekly`, `monthly`, `quarterly`, `semiannual` or `annual`.
    interval: &'static str,
    /// What the customer has to do now.
    #[schema(value_type = Option<Object>)]
    action: Value,
    /// Why it was refused or ended.
    reason: Option<String>,
    /// Why it is to be ended, once somebody wants that; nothing is collected from then on.
    ending: Option<String>,
    /// The charge whose payment is the consent.
    #[schema(value_type = Option<Id>)]
    first_charge_id: Option<ChargeId>,
    created_by: String,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
    #[schema(value_type = Instant)]
    updated_at: UtcTime,
}

impl From<Mandate> for MandateView {
    fn from(mandate: Mandate) -> Self {
        Self {
            id: mandate.id,
            license_id: mandate.license_id,
            node_id: mandate.node_id,
            payment_account_id: mandate.account_id,
            plan_id: mandate.plan_id,
            state: mandate.state.as_str(),
            amount: mandate.amount(),
            interval: mandate.ask.interval.as_str(),
            action: serde_json::to_value(&mandate.action).unwrap_or(Value::Null),
            first_charge_id: mandate.first_charge,
            created_at: mandate.created_at,
            updated_at: mandate.updated_at,
            method: mandate.method,
            reason: mandate.reason,
            ending: mandate.ending,
            created_by: mandate.created_by,
        }
    }
}

/// The renewal of one period of a license.
#[derive(Serialize, ToSchema)]
pub(crate) struct RenewalView {
    /// When the period ended, or would have, without it.
    #[schema(value_type = Instant)]
    ends_at: UtcTime,
    #[schema(value_type = Id)]
    order_id: OrderId,
    /// `collecting`, `waiting`, `paid` or `given_up`.
    state: &'static str,
    /// How many charges came to nothing.
    failures: u32,
    /// When it is tried again.
    #[schema(value_type = Option<Instant>)]
    next_at: Option<UtcTime>,
    /// The charges that were tries of it, the oldest first.
    #[schema(value_type = Vec<Id>)]
    charges: Vec<ChargeId>,
}

/// A mandate with what was collected by it.
#[derive(Serialize, ToSchema)]
pub(crate) struct MandateDetailView {
    #[serde(flatten)]
    mandate: MandateView,
    /// The period that ended last first.
    renewals: Vec<RenewalView>,
}

/// Which mandates.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MandateParams {
    /// `created`, `pending_approval`, `active`, `paused`, `rejected`, `canceled` or `expired`.
    #[param(value_type = Option<String>)]
    state: Option<MandateState>,
    /// Those of one license.
    #[param(value_type = Option<Id>)]
    license_id: Option<LicenseId>,
    /// Items a page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

async fn load(
    platform: &Platform,
    scope: &Scope,
    id: MandateId,
) -> Result<(i64, MandateDetailView), Problem> {
    let read = move |tx: &mut TenantTx<'_>| -> Result<_, AppError> {
        let mandate = mandates::find(tx, id)?.ok_or(AppError::NotFound("mandate"))?;
        Ok((mandate, of_mandate(tx, id)?))
    };
    let (mandate, renewals) = platform.db().read(scope, read).await?;
    let view = |(renewal, charges): (Renewal, Vec<ChargeId>)| RenewalView {
        ends_at: renewal.ends_at,
        order_id: renewal.order_id,
        state: renewal.state.as_str(),
        failures: renewal.failures,
        next_at: renewal.next_at,
        charges,
    };
    let detail = MandateDetailView {
        renewals: renewals.into_iter().map(view).collect(),
        mandate: MandateView::from(mandate.clone()),
    };
    Ok((mandate.version, detail))
}

/// Asks the customer's permission to collect the renewals of a license, each time what one costs
/// now. The answer holds what the customer has to do. A license has one mandate at a time.
#[utoipa::path(post, path = "/licenses/{id}/mandates", tag = "payments", operation_id = "create_mandate", params(("id" = Id, Path)),
    request_body = MandateBody, responses((status = 201, description = "Asked for, or refused by the provider.", body = MandateDetailView)))]
pub(crate) async fn create(
    caller: Caller<ChargeCreate>,
    Segments(license_id): Segments<LicenseId>,
    Json(body): Json<MandateBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let found = platform
        .db()
        .read(&caller.scope, move |tx| licenses::find(tx, license_id))
        .await?;
    found.ok_or_else(Problem::not_found)?;
    let method = body.method.into_string();
    let account_id = account_for(&platform, &caller.scope, body.payment_account, &method).await?;
    let source = match body.token {
        Some(token) => Source::SingleUseToken(token.into_string()),
        None => Source::None,
    };
    let mut wanted = MandateRequest {
        license_id,
        plan_id: body.plan_id,
        account_id,
        method,
        first: body.first_payment.unwrap_or(FirstPayment::Now),
        source,
        return_url: body.return_url.map(Text::into_string),
        webhook_url: None,
    };
    let parts = platform.clone();
    let work = move |tx: &mut TenantTx<'_>| {
        wanted.webhook_url = Some(alvara_app::billing::webhook_url(
            tx,
            parts.address(),
            account_id,
        )?);
        prepare(tx, parts.vault(), &wanted)
    };
    let mandate = platform.db().write(&caller.scope, work).await?;
    // It is written down: what follows has transactions of its own.
    let scope = caller.scope.without_claim();
    call::set_up(&platform, &scope, mandate.id).await?;
    let (version, view) = load(&platform, &scope, mandate.id).await?;
    let location = format!("/api/v1/mandates/{}", mandate.id);
    Ok(answer::created_version(&location, version, &view))
}

/// Lists mandates, the newest first.
#[utoipa::path(get, path = "/mandates", tag = "payments", operation_id = "list_mandates", params(MandateParams),
    responses((status = 200, description = "A page of mandates.", body = Listed<MandateView>)))]
pub(crate) async fn list(
    caller: Caller<ChargeRead>,
    Params(params): Params<MandateParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let filter = MandateFilter {
        state: params.state,
        license: params.license_id,
    };
    let found = db
        .read(&caller.scope, move |tx| mandates::list(tx, &filter, &page))
        .await?;
    Ok(answer::ok(&Listed::of(found, MandateView::from)))
}

/// Shows a mandate with the renewals that were collected by it.
#[utoipa::path(get, path = "/mandates/{id}", tag = "payments", operation_id = "get_mandate", params(("id" = Id, Path)),
    responses((status = 200, description = "The mandate.", body = MandateDetailView)))]
pub(crate) async fn get(
    caller: Caller<ChargeRead>,
    Segments(id): Segments<MandateId>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let (version, view) = load(&platform, &caller.scope, id).await?;
    Ok(answer::version(version, &view))
}

/// Why a mandate is ended.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MandateEndBody {
    #[serde(default)]
    #[schema(max_length = 300)]
    reason: String,
}

/// Ends a mandate: nothing is collected from now on, and the provider is told. Repeating the call
/// changes nothing.
#[utoipa::path(post, path = "/mandates/{id}/cancellation", tag = "payments", operation_id = "cancel_mandate", params(("id" = Id, Path)),
    request_body = MandateEndBody, responses((status = 200, description = "The mandate as it is now.", body = MandateDetailView)))]
pub(crate) async fn cancel(
    caller: Caller<ChargeCreate>,
    Segments(id): Segments<MandateId>,
    Json(body): Json<MandateEndBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let ending = platform
        .db()
        .write(&caller.scope, move |tx| call_off(tx, id, &body.reason))
        .await?;
    let scope = caller.scope.without_claim();
    // A provider that did not answer is told again by a job, and no sooner for more calls.
    if ending.asked == 0 {
        call::end_mandate(&platform, &scope, id).await?;
    }
    let (version, view) = load(&platform, &scope, id).await?;
    Ok(answer::version(version, &view))
}

/// Goes on with a mandate by what its customer came back with from the provider's page. Sent again, it
/// comes to the same.
#[utoipa::path(post, path = "/mandates/{id}/completion", tag = "payments", operation_id = "complete_mandate", params(("id" = Id, Path)),
    request_body = CompletionBody, responses((status = 200, description = "The mandate as it is now.", body = MandateDetailView)))]
pub(crate) async fn complete(
    caller: Caller<ChargeCreate>,
    Segments(id): Segments<MandateId>,
    Json(body): Json<CompletionBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let scope = caller.scope.without_claim();
    load(&platform, &scope, id).await?;
    let query = body.read()?;
    call::complete_mandate(&platform, &scope, id, &query).await?;
    let (version, view) = load(&platform, &scope, id).await?;
    Ok(answer::version(version, &view))
}

/// Asks the provider how a mandate stands.
#[utoipa::path(post, path = "/mandates/{id}/sync", tag = "payments", operation_id = "sync_mandate", params(("id" = Id, Path)),
    responses((status = 200, description = "The mandate as it is now.", body = MandateDetailView)))]
pub(crate) async fn sync(
    caller: Caller<ChargeRead>,
    Segments(id): Segments<MandateId>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let scope = caller.scope.without_claim();
    load(&platform, &scope, id).await?;
    call::ask_mandate(&platform, &scope, AskMandateJob::now(id)).await?;
    let (version, view) = load(&platform, &scope, id).await?;
    Ok(answer::version(version, &view))
}
