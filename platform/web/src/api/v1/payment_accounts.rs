//! A tenant's settings and credentials with payment plugins. Secrets go in and never come out.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::Platform;
use alvara_app::billing::account::{AccountChange, NewAccount, update as change};
use alvara_app::billing::call::{LookFirst, open, register_webhook};
use alvara_domain::charge::record::{LatePolicy, PaymentAccount, PaymentAccountState};
use alvara_domain::id::PaymentAccountId;
use alvara_domain::payment::Environment;
use alvara_domain::time::UtcTime;
use alvara_store::{Db, TenantTx, payment_accounts};
use alvara_tenants::permissions::{PaymentAccountCreate, PaymentAccountRead, PaymentAccountUpdate};
use alvara_vault::Secret;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer;
use crate::body::{Json, Params, Segments};
use crate::caller::Caller;
use crate::list::{Listed, PageParams};
use crate::precondition::IfMatch;
use crate::problem::Problem;
use crate::schema::{Id, Instant};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/payment-accounts").get(list).post(create))
        .service(
            web::resource("/payment-accounts/{id}")
                .get(get)
                .patch(update),
        )
        .service(web::resource("/payment-accounts/{id}/webhook-registration").post(tell_provider));
}

/// How a tenant charges.
#[derive(Serialize, ToSchema)]
pub(crate) struct PaymentAccountView {
    #[schema(value_type = Id)]
    id: PaymentAccountId,
    name: String,
    /// The plugin's id.
    plugin: String,
    /// The version it is pinned to.
    plugin_version: String,
    /// `sandbox` or `production`.
    environment: &'static str,
    /// Settings, without secrets.
    config: BTreeMap<String, String>,
    /// The names of the secrets that are kept.
    secret_names: Vec<String>,
    /// `active` or `disabled`.
    state: &'static str,
    /// What becomes of money that comes after a charge was over: `honour` or `refund`.
    late_policy: &'static str,
    /// Its titles have no number below this one; null: they are numbered wherever the tenant's count is.
    first_title: Option<i64>,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
    #[schema(value_type = Instant)]
    updated_at: UtcTime,
}

impl From<PaymentAccount> for PaymentAccountView {
    fn from(account: PaymentAccount) -> Self {
        Self {
            id: account.id,
            name: account.name,
            plugin: account.plugin,
            plugin_version: account.plugin_version,
            environment: account.environment.as_str(),
            config: account.config.into_iter().collect(),
            secret_names: account.secret_names,
            state: account.state.as_str(),
            late_policy: account.late_policy.as_str(),
            first_title: account.first_title,
            created_at: account.created_at,
            updated_at: account.updated_at,
        }
    }
}

/// An account to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PaymentAccountBody {
    #[schema(max_length = 100, example = "Pix")]
    name: String,
    /// The plugin's id.
    #[schema(example = "pix")]
    plugin: String,
    #[schema(example = "1.0.0")]
    plugin_version: String,
    /// `sandbox` or `production`.
    #[schema(value_type = String, example = "sandbox")]
    environment: Environment,
    /// Settings by key, as the plugin describes them.
    #[serde(default)]
    config: BTreeMap<String, String>,
    /// Secrets by name. They are kept encrypted and never shown again.
    #[serde(default)]
    secrets: BTreeMap<String, String>,
    /// `honour`, which is meant when left out, or `refund`.
    #[schema(value_type = Option<String>, example = "honour")]
    late_policy: Option<LatePolicy>,
    /// Where the agreement with the bank has titles already: the lowest number that a title of this
    /// account gets. Above every number that the tenant gave out.
    #[schema(minimum = 1)]
    first_title: Option<i64>,
}

/// What is to change; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PaymentAccountPatch {
    #[schema(max_length = 100)]
    name: Option<String>,
    /// Another version of the plugin: to upgrade, or to roll back.
    plugin_version: Option<String>,
    /// Other settings, all of them.
    config: Option<BTreeMap<String, String>>,
    /// Other secrets by name; those that are not named stay, null takes one away.
    #[serde(default)]
    secrets: BTreeMap<String, Option<String>>,
    /// `active` or `disabled`.
    #[schema(value_type = Option<String>)]
    state: Option<PaymentAccountState>,
    /// `honour` or `refund`.
    #[schema(value_type = Option<String>)]
    late_policy: Option<LatePolicy>,
    /// The lowest number of the titles to come, above every number that the tenant gave out.
    #[schema(minimum = 1)]
    first_title: Option<i64>,
}

/// Lists payment accounts.
#[utoipa::path(get, path = "/payment-accounts", tag = "payments", operation_id = "list_payment_accounts", params(PageParams),
    responses((status = 200, description = "A page of payment accounts.", body = Listed<PaymentAccountView>)))]
pub(crate) async fn list(
    caller: Caller<PaymentAccountRead>,
    Params(page): Params<PageParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page.request()?;
    let found = db
        .read(&caller.scope, move |tx| payment_accounts::list(tx, &page))
        .await?;
    Ok(answer::ok(&Listed::of(found, PaymentAccountView::from)))
}

/// Whether the account's plugin looks at it first.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Check {
    #[default]
    First,
    Skip,
}

/// How to add an account.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OpeningParams {
    /// `first`, which is meant when left out: the plugin judges the settings and asks the provider
    /// whether it takes the credentials. `skip` asks nobody.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    check: Check,
}

/// Adds a payment account. What its plugin or the provider refuses is not added, and nothing is kept
/// of it.
#[utoipa::path(post, path = "/payment-accounts", tag = "payments", operation_id = "create_payment_account", params(OpeningParams),
    request_body = PaymentAccountBody, responses((status = 201, description = "Added.", body = PaymentAccountView)))]
pub(crate) async fn create(
    caller: Caller<PaymentAccountCreate>,
    Params(params): Params<OpeningParams>,
    Json(body): Json<PaymentAccountBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let secrets = body.secrets.into_iter();
    let new = NewAccount {
        name: body.name,
        plugin: body.plugin,
        plugin_version: body.plugin_version,
        environment: body.environment,
        config: body.config,
        secrets: secrets
            .map(|(name, value)| (name, Secret::new(value)))
            .collect(),
        late_policy: body.late_policy.unwrap_or(LatePolicy::Honour),
        first_title: body.first_title,
    };
    let look_first = match params.check {
        Check::First => LookFirst::Yes,
        Check::Skip => LookFirst::No,
    };
    let account = open(&platform, &caller.scope, new, look_first).await?;
    let location = format!("/api/v1/payment-accounts/{}", account.id);
    let version = account.version;
    let view = PaymentAccountView::from(account);
    Ok(answer::created_version(&location, version, &view))
}

/// Shows a payment account.
#[utoipa::path(get, path = "/payment-accounts/{id}", tag = "payments", operation_id = "get_payment_account", params(("id" = Id, Path)),
    responses((status = 200, description = "The payment account.", body = PaymentAccountView)))]
pub(crate) async fn get(
    caller: Caller<PaymentAccountRead>,
    Segments(id): Segments<PaymentAccountId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db
        .read(&caller.scope, move |tx| payment_accounts::find(tx, id))
        .await?;
    let account = found.ok_or_else(Problem::not_found)?;
    Ok(answer::version(
        account.version,
        &PaymentAccountView::from(account),
    ))
}

/// Changes a payment account.
#[utoipa::path(patch, path = "/payment-accounts/{id}", tag = "payments", operation_id = "update_payment_account", params(("id" = Id, Path)),
    request_body = PaymentAccountPatch, responses((status = 200, description = "Changed.", body = PaymentAccountView)))]
pub(crate) async fn update(
    caller: Caller<PaymentAccountUpdate>,
    Segments(id): Segments<PaymentAccountId>,
    if_match: IfMatch,
    Json(body): Json<PaymentAccountPatch>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let secrets = body.secrets.into_iter();
    let wanted = AccountChange {
        name: body.name,
        plugin_version: body.plugin_version,
        config: body.config,
        secrets: secrets
            .map(|(name, value)| (name, value.map(Secret::new)))
            .collect(),
        state: body.state,
        late_policy: body.late_policy,
        first_title: body.first_title,
    };
    let parts = platform.clone();
    let work =
        move |tx: &mut TenantTx<'_>| change(tx, parts.vault(), (id, if_match.expected()), &wanted);
    let account = platform.db().write(&caller.scope, work).await?;
    Ok(answer::version(
        account.version,
        &PaymentAccountView::from(account),
    ))
}

/// What a provider was told, or said to it.
#[derive(Serialize, ToSchema)]
pub(crate) struct ToldView {
    name: String,
    value: String,
}

/// Where a provider calls from now on.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebhookRegistrationView {
    /// The address. The word that proves the provider is left out.
    url: String,
    /// What it was told for, in the plugin's words.
    told: Vec<ToldView>,
}

/// Tells the account's provider where to call. Where the account has a secret `webhook_token`, the
/// provider is told to repeat it in the address; nobody else sees it. A plugin whose provider is told in
/// another way refuses.
#[utoipa::path(post, path = "/payment-accounts/{id}/webhook-registration", tag = "payments", operation_id = "register_webhook", params(("id" = Id, Path)),
    responses((status = 200, description = "Told.", body = WebhookRegistrationView)))]
pub(crate) async fn tell_provider(
    caller: Caller<PaymentAccountUpdate>,
    Segments(id): Segments<PaymentAccountId>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let registered = register_webhook(&platform, &caller.scope, id).await?;
    let told = registered.told.into_iter();
    Ok(answer::ok(&WebhookRegistrationView {
        url: registered.url,
        told: told.map(|(name, value)| ToldView { name, value }).collect(),
    }))
}
