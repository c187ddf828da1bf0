//! What something costs at a place, and how much may be taken off.

mod quotes;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::price::{
    Effective, Source, list_modules, list_plans, remove_price, set_ceiling as set_node_ceiling,
    set_price,
};
use alvara_domain::id::NodeId;
use alvara_domain::money::{BasisPoints, Money};
use alvara_domain::price::{Price, SubjectKind};
use alvara_domain::time::UtcTime;
use alvara_store::{Db, TenantTx, prices};
use alvara_tenants::permissions::{PriceRead, PriceUpdate};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub(crate) use quotes::{__path_quote, quote};

use super::nodes::NodeView;
use crate::answer;
use crate::body::{Json, Params, Segments};
use crate::caller::Caller;
use crate::list::{Listed, page_request};
use crate::problem::{Fault, Problem};
use crate::schema::{self, Id, Instant};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/nodes/{id}/prices").get(list))
        .service(
            web::resource("/nodes/{id}/prices/{subject_id}")
                .get(get)
                .put(set)
                .delete(remove),
        )
        .service(web::resource("/nodes/{id}/discount-ceiling").put(set_ceiling))
        .service(web::resource("/quotes").post(quote));
}

/// A share as people write it, or nothing.
pub(crate) fn percent(pointer: &str, percent: Option<f64>) -> Result<BasisPoints, Problem> {
    let Some(percent) = percent else {
        return Ok(BasisPoints::ZERO);
    };
    BasisPoints::from_percent(percent)
        .map_err(|error| Problem::field(Fault::text(pointer, "out_of_range", error.to_string())))
}

/// What something costs a place.
#[derive(Serialize, ToSchema)]
pub(crate) struct EffectivePriceView {
    #[schema(value_type = Id)]
    subject_id: String,
    /// `plan` or `module`.
    kind: &'static str,
    code: String,
    name: String,
    /// What it costs this place.
    #[schema(value_type = schema::Money)]
    price: Money,
    /// Whose price that is: `catalogue`, or `place` for the list of a place above this one.
    source: &'static str,
    /// Which place that is, where you see it.
    #[schema(value_type = Option<Id>)]
    source_node_id: Option<NodeId>,
    /// What this place asks of those below it; null when it asks no price of its own.
    #[schema(value_type = Option<schema::Money>)]
    sells_at: Option<Money>,
}

impl From<Effective> for EffectivePriceView {
    fn from(one: Effective) -> Self {
        let (source, source_node_id) = match one.source {
            Source::Catalogue => ("catalogue", None),
            Source::Place(id) => ("place", Some(id)),
            Source::Above => ("place", None),
        };
        Self {
            subject_id: one.subject.id(),
            kind: one.subject.kind().as_str(),
            code: one.code,
            name: one.name,
            price: one.price,
            source,
            source_node_id,
            sells_at: one.sells_at,
        }
    }
}

/// A price that a place asks.
#[derive(Serialize, ToSchema)]
pub(crate) struct PriceView {
    #[schema(value_type = Id)]
    node_id: NodeId,
    #[schema(value_type = Id)]
    subject_id: String,
    /// `plan` or `module`.
    kind: &'static str,
    #[schema(value_type = schema::Money)]
    price: Money,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
    #[schema(value_type = Instant)]
    updated_at: UtcTime,
}

impl From<Price> for PriceView {
    fn from(price: Price) -> Self {
        Self {
            node_id: price.node_id,
            subject_id: price.subject_id,
            kind: price.kind.as_str(),
            price: price.price,
            created_at: price.created_at,
            updated_at: price.updated_at,
        }
    }
}

/// A price to ask.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PriceBody {
    #[schema(value_type = schema::Money)]
    price: Money,
}

/// A ceiling to set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CeilingBody {
    /// The largest discount, in percent with at most two decimals; null leaves it to those above.
    #[schema(minimum = 0, maximum = 100)]
    percent: Option<f64>,
}

/// Which prices.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PriceParams {
    /// `plan`, which is meant when left out, or `module`.
    #[param(value_type = Option<String>)]
    kind: Option<SubjectKind>,
    /// Items a page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists what plans or modules cost a place, whose price each is, and what the place asks itself.
#[utoipa::path(get, path = "/nodes/{id}/prices", tag = "quotas and prices", operation_id = "list_prices", params(("id" = Id, Path), PriceParams),
    responses((status = 200, description = "A page of prices.", body = Listed<EffectivePriceView>)))]
pub(crate) async fn list(
    caller: Caller<PriceRead>,
    Segments(id): Segments<NodeId>,
    Params(params): Params<PriceParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let read = move |tx: &mut TenantTx<'_>| match params.kind.unwrap_or(SubjectKind::Plan) {
        SubjectKind::Plan => list_plans(tx, id, &page),
        SubjectKind::Module => list_modules(tx, id, &page),
    };
    let found = db.read(&caller.scope, read).await?;
    Ok(answer::ok(&Listed::of(found, EffectivePriceView::from)))
}

/// Shows the price that a place asks itself of those below it.
#[utoipa::path(get, path = "/nodes/{id}/prices/{subject_id}", tag = "quotas and prices", operation_id = "get_price",
    params(("id" = Id, Path), ("subject_id" = Id, Path, description = "A plan or a module.")),
    responses((status = 200, description = "The price.", body = PriceView)))]
pub(crate) async fn get(
    caller: Caller<PriceRead>,
    Segments((id, subject)): Segments<(NodeId, String)>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db
        .read(&caller.scope, move |tx| prices::find(tx, id, &subject))
        .await?;
    let price = found.ok_or_else(Problem::not_found)?;
    Ok(answer::version(price.version, &PriceView::from(price)))
}

/// Sets the price that a place asks of everybody below it.
#[utoipa::path(put, path = "/nodes/{id}/prices/{subject_id}", tag = "quotas and prices", operation_id = "set_price",
    params(("id" = Id, Path), ("subject_id" = Id, Path, description = "A plan or a module.")),
    request_body = PriceBody, responses((status = 200, description = "Set.", body = PriceView)))]
pub(crate) async fn set(
    caller: Caller<PriceUpdate>,
    Segments((id, subject)): Segments<(NodeId, String)>,
    Json(body): Json<PriceBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let work = move |tx: &mut TenantTx<'_>| set_price(tx, id, &subject, body.price);
    let price = db.write(&caller.scope, work).await?;
    Ok(answer::version(price.version, &PriceView::from(price)))
}

/// Takes a price away: those below pay what the places further up ask.
#[utoipa::path(delete, path = "/nodes/{id}/prices/{subject_id}", tag = "quotas and prices", operation_id = "remove_price",
    params(("id" = Id, Path), ("subject_id" = Id, Path, description = "A plan or a module.")),
    responses((status = 204, description = "It is gone.")))]
pub(crate) async fn remove(
    caller: Caller<PriceUpdate>,
    Segments((id, subject)): Segments<(NodeId, String)>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let work = move |tx: &mut TenantTx<'_>| remove_price(tx, id, &subject);
    db.write(&caller.scope, work).await?;
    Ok(answer::gone())
}

/// Says how much discount may be given at a place below one's own, and below that. In force is the
/// least of all ceilings from the root down.
#[utoipa::path(put, path = "/nodes/{id}/discount-ceiling", tag = "quotas and prices", operation_id = "set_discount_ceiling", params(("id" = Id, Path)),
    request_body = CeilingBody, responses((status = 200, description = "Set.", body = NodeView)))]
pub(crate) async fn set_ceiling(
    caller: Caller<PriceUpdate>,
    Segments(id): Segments<NodeId>,
    Json(body): Json<CeilingBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let ceiling = match body.percent {
        Some(_) => Some(percent("/percent", body.percent)?),
        None => None,
    };
    let work = move |tx: &mut TenantTx<'_>| set_node_ceiling(tx, id, ceiling);
    let node = db.write(&caller.scope, work).await?;
    Ok(answer::version(node.version, &NodeView::from(node)))
}
