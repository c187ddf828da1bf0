//! How many licenses of a product a place may issue.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::quota::{remove_quota, set_quota};
use alvara_domain::id::{NodeId, ProductId};
use alvara_domain::quota::Quota;
use alvara_domain::time::UtcTime;
use alvara_store::{Db, TenantTx, quotas};
use alvara_tenants::permissions::{QuotaRead, QuotaUpdate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer;
use crate::body::{Json, Params, Segments};
use crate::caller::Caller;
use crate::list::{Listed, PageParams};
use crate::problem::Problem;
use crate::schema::{Id, Instant};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/nodes/{id}/quotas").get(list))
        .service(
            web::resource("/nodes/{id}/quotas/{product_id}")
                .get(get)
                .put(set)
                .delete(remove),
        );
}

/// A place's quota of a product.
#[derive(Serialize, ToSchema)]
pub(crate) struct QuotaView {
    #[schema(value_type = Id)]
    node_id: NodeId,
    #[schema(value_type = Id)]
    product_id: ProductId,
    /// What it was granted.
    total: i64,
    /// Licenses that count against it.
    used: i64,
    /// Handed on to places below.
    delegated: i64,
    /// What is left of it.
    available: i64,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
    #[schema(value_type = Instant)]
    updated_at: UtcTime,
}

impl From<Quota> for QuotaView {
    fn from(quota: Quota) -> Self {
        Self {
            available: quota.available(),
            node_id: quota.node_id,
            product_id: quota.product_id,
            total: quota.total,
            used: quota.used,
            delegated: quota.delegated,
            created_at: quota.created_at,
            updated_at: quota.updated_at,
        }
    }
}

/// A quota to grant.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuotaBody {
    /// How many licenses altogether, those issued and handed on among them.
    #[schema(minimum = 0, maximum = 1_000_000_000, example = 100)]
    total: i64,
}

/// Lists the quotas of a place. Without one of its own it goes by the nearest above it.
#[utoipa::path(get, path = "/nodes/{id}/quotas", tag = "quotas and prices", operation_id = "list_quotas", params(("id" = Id, Path), PageParams),
    responses((status = 200, description = "A page of quotas.", body = Listed<QuotaView>)))]
pub(crate) async fn list(
    caller: Caller<QuotaRead>,
    Segments(id): Segments<NodeId>,
    Params(page): Params<PageParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page.request()?;
    let found = db
        .read(&caller.scope, move |tx| quotas::list(tx, id, &page))
        .await?;
    let found = found.ok_or_else(Problem::not_found)?;
    Ok(answer::ok(&Listed::of(found, QuotaView::from)))
}

/// Shows a place's quota of a product.
#[utoipa::path(get, path = "/nodes/{id}/quotas/{product_id}", tag = "quotas and prices", operation_id = "get_quota",
    params(("id" = Id, Path), ("product_id" = Id, Path)),
    responses((status = 200, description = "The quota.", body = QuotaView)))]
pub(crate) async fn get(
    caller: Caller<QuotaRead>,
    Segments((id, product)): Segments<(NodeId, ProductId)>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db
        .read(&caller.scope, move |tx| quotas::find(tx, id, product))
        .await?;
    let quota = found.ok_or_else(Problem::not_found)?;
    Ok(answer::version(quota.version, &QuotaView::from(quota)))
}

/// Grants a place below one's own a number of licenses of a product, or another number than before.
/// What is added comes out of the nearest quota above.
#[utoipa::path(put, path = "/nodes/{id}/quotas/{product_id}", tag = "quotas and prices", operation_id = "set_quota",
    params(("id" = Id, Path), ("product_id" = Id, Path)),
    request_body = QuotaBody, responses((status = 200, description = "Granted.", body = QuotaView)))]
pub(crate) async fn set(
    caller: Caller<QuotaUpdate>,
    Segments((id, product)): Segments<(NodeId, ProductId)>,
    Json(body): Json<QuotaBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let work = move |tx: &mut TenantTx<'_>| set_quota(tx, id, product, body.total);
    let quota = db.write(&caller.scope, work).await?;
    Ok(answer::version(quota.version, &QuotaView::from(quota)))
}

/// Takes a quota away. What was issued on it counts against the nearest one above from now on.
#[utoipa::path(delete, path = "/nodes/{id}/quotas/{product_id}", tag = "quotas and prices", operation_id = "remove_quota",
    params(("id" = Id, Path), ("product_id" = Id, Path)),
    responses((status = 204, description = "It is gone.")))]
pub(crate) async fn remove(
    caller: Caller<QuotaUpdate>,
    Segments((id, product)): Segments<(NodeId, ProductId)>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let work = move |tx: &mut TenantTx<'_>| remove_quota(tx, id, product);
    db.write(&caller.scope, work).await?;
    Ok(answer::gone())
}
