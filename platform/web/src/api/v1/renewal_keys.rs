//! Renewal keys: single use, of one product and period.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::Platform;
use alvara_app::license::renewal_key;
use alvara_domain::id::{LicenseId, NodeId, PlanId, ProductId, RenewalKeyId};
use alvara_domain::license::{IssuedRenewalKey, RenewalKeyState};
use alvara_domain::time::{Period, UtcTime};
use alvara_store::{Db, TenantTx, renewal_keys};
use alvara_tenants::permissions::{RenewalKeyCreate, RenewalKeyRead, RenewalKeyRevoke};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer;
use crate::body::{Json, Params, Segments};
use crate::caller::Caller;
use crate::list::{Listed, page_request};
use crate::problem::Problem;
use crate::schema::{Id, Instant, Length};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/renewal-keys").get(list).post(create))
        .service(web::resource("/renewal-keys/{id}").get(get))
        .service(web::resource("/renewal-keys/{id}/revocation").post(revoke));
}

/// A renewal key; the key itself is shown once, when it is made.
#[derive(Serialize, ToSchema)]
pub(crate) struct RenewalKeyView {
    #[schema(value_type = Id)]
    id: RenewalKeyId,
    #[schema(value_type = Id)]
    product_id: ProductId,
    #[schema(value_type = Option<Id>)]
    plan_id: Option<PlanId>,
    #[schema(value_type = Id)]
    node_id: NodeId,
    /// The last five symbols.
    key_hint: String,
    /// What it adds.
    #[schema(value_type = Length)]
    period: Period,
    /// `unused`, `used` or `revoked`.
    state: &'static str,
    #[schema(value_type = Option<Id>)]
    used_by_license_id: Option<LicenseId>,
    #[schema(value_type = Option<Instant>)]
    used_at: Option<UtcTime>,
    created_by: String,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
}

impl From<IssuedRenewalKey> for RenewalKeyView {
    fn from(key: IssuedRenewalKey) -> Self {
        Self {
            id: key.id,
            product_id: key.product_id,
            plan_id: key.plan_id,
            node_id: key.node_id,
            key_hint: key.key_hint,
            period: key.period,
            state: key.state.as_str(),
            used_by_license_id: key.used_by_license_id,
            used_at: key.used_at,
            created_by: key.created_by,
            created_at: key.created_at,
        }
    }
}

/// Renewal keys to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RenewalKeyBody {
    #[schema(value_type = Id)]
    plan_id: PlanId,
    /// Who holds them.
    #[schema(value_type = Id)]
    node_id: NodeId,
    #[schema(minimum = 1, maximum = 500, example = 1)]
    #[serde(default = "one")]
    count: u32,
}

fn one() -> u32 {
    1
}

/// A renewal key that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeRenewalKeyView {
    #[schema(value_type = Id)]
    id: RenewalKeyId,
    #[schema(example = "R-7K3QX-…")]
    key: String,
}

/// Which renewal keys.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RenewalKeyParams {
    /// `unused`, `used` or `revoked`.
    #[param(value_type = Option<String>)]
    state: Option<RenewalKeyState>,
    /// Items a page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists renewal keys.
#[utoipa::path(get, path = "/renewal-keys", tag = "renewal keys", operation_id = "list_renewal_keys", params(RenewalKeyParams),
    responses((status = 200, description = "A page of renewal keys.", body = Listed<RenewalKeyView>)))]
pub(crate) async fn list(
    caller: Caller<RenewalKeyRead>,
    Params(params): Params<RenewalKeyParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let state = params.state;
    let found = db
        .read(&caller.scope, move |tx| {
            renewal_keys::list(tx, state, &page)
        })
        .await?;
    Ok(answer::ok(&Listed::of(found, RenewalKeyView::from)))
}

/// Makes renewal keys of a plan. This is the one time they are shown.
#[utoipa::path(post, path = "/renewal-keys", tag = "renewal keys", operation_id = "create_renewal_keys", request_body = RenewalKeyBody,
    responses((status = 201, description = "Made.", body = Listed<MadeRenewalKeyView>)))]
pub(crate) async fn create(
    caller: Caller<RenewalKeyCreate>,
    Json(body): Json<RenewalKeyBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let parts = platform.clone();
    let work = move |tx: &mut TenantTx<'_>| {
        renewal_key::create(tx, parts.vault(), body.plan_id, body.node_id, body.count)
    };
    let made = platform.db().write(&caller.scope, work).await?;
    let view = |one: renewal_key::MadeRenewalKey| MadeRenewalKeyView {
        id: one.row.id,
        key: one.key.expose().to_owned(),
    };
    Ok(answer::created(
        "/api/v1/renewal-keys",
        &Listed::whole(made.into_iter().map(view)),
    ))
}

/// Shows a renewal key.
#[utoipa::path(get, path = "/renewal-keys/{id}", tag = "renewal keys", operation_id = "get_renewal_key", params(("id" = Id, Path)),
    responses((status = 200, description = "The renewal key.", body = RenewalKeyView)))]
pub(crate) async fn get(
    caller: Caller<RenewalKeyRead>,
    Segments(id): Segments<RenewalKeyId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db
        .read(&caller.scope, move |tx| renewal_keys::find(tx, id))
        .await?;
    Ok(answer::ok(&RenewalKeyView::from(
        found.ok_or_else(Problem::not_found)?,
    )))
}

/// Withdraws a renewal key that was not used.
#[utoipa::path(post, path = "/renewal-keys/{id}/revocation", tag = "renewal keys", operation_id = "revoke_renewal_key", params(("id" = Id, Path)),
    responses((status = 200, description = "Withdrawn.", body = RenewalKeyView)))]
pub(crate) async fn revoke(
    caller: Caller<RenewalKeyRevoke>,
    Segments(id): Segments<RenewalKeyId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let key = db
        .write(&caller.scope, move |tx| renewal_key::revoke(tx, id))
        .await?;
    Ok(answer::ok(&RenewalKeyView::from(key)))
}
