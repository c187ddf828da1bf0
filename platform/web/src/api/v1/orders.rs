//! Orders: what is bought, what each line will do, and the charges that pay it.

mod view;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::Platform;
use alvara_app::billing::fulfil::retry_held;
use alvara_app::billing::order::{
    LineRequest, OrderRequest, Placed, cancel as call_off, create as place,
};
use alvara_domain::id::{LicenseId, NodeId, OrderId, PlanId};
use alvara_domain::order::{OrderState, PaymentTerms};
use alvara_store::orders::{self, OrderFilter};
use alvara_store::{Db, StoreResult, TenantTx, charges};
use alvara_tenants::permissions::{ChargeRead, OrderCreate, OrderRead, OrderUpdate};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use view::{OrderDetailView, OrderView};

pub(crate) use view::ChargeView;

use super::prices::percent;
use crate::answer;
use crate::body::{Json, Params, Segments};
use crate::caller::Caller;
use crate::list::{Listed, page_request};
use crate::problem::{Fault, Problem};
use crate::schema::Id;

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/orders").get(list).post(create))
        .service(web::resource("/orders/{id}").get(get))
        .service(web::resource("/orders/{id}/cancellation").post(cancel))
        .service(web::resource("/orders/{id}/fulfilment").post(fulfil))
        .service(
            web::resource("/orders/{id}/charges")
                .get(list_charges)
                .post(super::charges::create),
        );
}

/// A line to order. With a license it renews it, or, where modules are named, adds those; without
/// one it issues new licenses at the plan.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderLineBody {
    #[schema(value_type = Option<Id>)]
    license_id: Option<LicenseId>,
    /// At which plan; a renewal goes by the plan that the license was sold at when left out.
    #[schema(value_type = Option<Id>)]
    plan_id: Option<PlanId>,
    /// Codes of modules.
    #[serde(default)]
    modules: Vec<String>,
    /// How many periods, 1 to 10, or how many licenses, 1 to 100.
    #[schema(minimum = 1, maximum = 100)]
    #[serde(default = "one")]
    quantity: u32,
}

fn one() -> u32 {
    1
}

impl OrderLineBody {
    fn read(self, index: usize) -> Result<LineRequest, Problem> {
        match (self.license_id, self.plan_id) {
            (Some(license), None) if !self.modules.is_empty() => Ok(LineRequest::Modules {
                license,
                modules: self.modules,
            }),
            (Some(license), plan) if self.modules.is_empty() => Ok(LineRequest::Renew {
                license,
                plan,
                quantity: self.quantity,
            }),
            (None, Some(plan)) => Ok(LineRequest::Issue {
                plan,
                modules: self.modules,
                quantity: self.quantity,
            }),
            (Some(_), _) => {
                let detail = "renew a license by a plan or add modules to it, in two lines";
                let pointer = format!("/lines/{index}/modules");
                Err(Problem::field(Fault::text(pointer, "conflict", detail)))
            }
            (None, None) => {
                let pointer = format!("/lines/{index}/plan_id");
                let detail = "name a license or a plan";
                Err(Problem::field(Fault::text(pointer, "required", detail)))
            }
        }
    }
}

/// What to order.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderBody {
    /// Who buys; who holds the first license named, or your own place, when left out.
    #[schema(value_type = Option<Id>)]
    customer: Option<NodeId>,
    #[schema(min_items = 1, max_items = 50)]
    lines: Vec<OrderLineBody>,
    /// `now`, which is meant when left out, or `deferred`.
    #[schema(value_type = Option<String>)]
    terms: Option<PaymentTerms>,
    /// How much is taken off the sum, in percent with at most two decimals.
    #[schema(minimum = 0, maximum = 100)]
    discount_percent: Option<f64>,
}

/// Which orders.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OrderParams {
    /// `open`, `paid`, `disputed`, `reversed` or `canceled`.
    #[param(value_type = Option<String>)]
    state: Option<OrderState>,
    /// Those of one place.
    #[param(value_type = Option<Id>)]
    node_id: Option<NodeId>,
    /// Items a page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists orders, the newest first.
#[utoipa::path(get, path = "/orders", tag = "payments", operation_id = "list_orders", params(OrderParams),
    responses((status = 200, description = "A page of orders.", body = Listed<OrderView>)))]
pub(crate) async fn list(
    caller: Caller<OrderRead>,
    Params(params): Params<OrderParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let filter = OrderFilter {
        state: params.state,
        node: params.node_id,
    };
    let found = db
        .read(&caller.scope, move |tx| orders::list(tx, &filter, &page))
        .await?;
    Ok(answer::ok(&Listed::of(found, OrderView::from)))
}

/// Orders. Nothing is given before it is paid, unless the terms are deferred.
#[utoipa::path(post, path = "/orders", tag = "payments", operation_id = "create_order", request_body = OrderBody,
    responses((status = 201, description = "Ordered, with what each line will do.", body = OrderDetailView)))]
pub(crate) async fn create(
    caller: Caller<OrderCreate>,
    Json(body): Json<OrderBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let discount = percent("/discount_percent", body.discount_percent)?;
    let lines = body.lines.into_iter().enumerate();
    let request = OrderRequest {
        node_id: body.customer,
        lines: lines
            .map(|(index, line)| line.read(index))
            .collect::<Result<_, _>>()?,
        terms: body.terms.unwrap_or(PaymentTerms::Now),
        discount,
    };
    let parts = platform.clone();
    let work = move |tx: &mut TenantTx<'_>| place(tx, parts.vault(), &request);
    let placed = platform.db().write(&caller.scope, work).await?;
    let location = format!("/api/v1/orders/{}", placed.order.id);
    let version = placed.order.version;
    let view = OrderDetailView::from(placed);
    Ok(answer::created_version(&location, version, &view))
}

fn read(tx: &mut TenantTx<'_>, id: OrderId) -> StoreResult<Option<Placed>> {
    let Some(order) = orders::find(tx, id)? else {
        return Ok(None);
    };
    let lines = orders::lines(tx, id)?;
    Ok(Some(Placed { order, lines }))
}

/// Shows an order with its lines.
#[utoipa::path(get, path = "/orders/{id}", tag = "payments", operation_id = "get_order", params(("id" = Id, Path)),
    responses((status = 200, description = "The order.", body = OrderDetailView)))]
pub(crate) async fn get(
    caller: Caller<OrderRead>,
    Segments(id): Segments<OrderId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db.read(&caller.scope, move |tx| read(tx, id)).await?;
    let placed = found.ok_or_else(Problem::not_found)?;
    Ok(answer::version(
        placed.order.version,
        &OrderDetailView::from(placed),
    ))
}

/// Calls an order off that nobody paid and nobody is paying.
#[utoipa::path(post, path = "/orders/{id}/cancellation", tag = "payments", operation_id = "cancel_order", params(("id" = Id, Path)),
    responses((status = 200, description = "Canceled.", body = OrderView)))]
pub(crate) async fn cancel(
    caller: Caller<OrderUpdate>,
    Segments(id): Segments<OrderId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let order = db.write(&caller.scope, move |tx| call_off(tx, id)).await?;
    Ok(answer::version(order.version, &OrderView::from(order)))
}

/// Tries again to give what an order paid for and could not be given.
#[utoipa::path(post, path = "/orders/{id}/fulfilment", tag = "payments", operation_id = "fulfil_order", params(("id" = Id, Path)),
    responses((status = 200, description = "Tried; the lines say what came of it.", body = OrderDetailView)))]
pub(crate) async fn fulfil(
    caller: Caller<OrderUpdate>,
    Segments(id): Segments<OrderId>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let parts = platform.clone();
    let work = move |tx: &mut TenantTx<'_>| {
        retry_held(tx, parts.vault(), id)?;
        Ok::<_, alvara_app::AppError>(read(tx, id)?)
    };
    let found = platform.db().write(&caller.scope, work).await?;
    let placed = found.ok_or_else(Problem::not_found)?;
    Ok(answer::version(
        placed.order.version,
        &OrderDetailView::from(placed),
    ))
}

/// Lists the charges of an order with what was told of each, the oldest first.
#[utoipa::path(get, path = "/orders/{id}/charges", tag = "payments", operation_id = "list_order_charges", params(("id" = Id, Path)),
    responses((status = 200, description = "The charges.", body = Listed<ChargeView>)))]
pub(crate) async fn list_charges(
    caller: Caller<ChargeRead>,
    Segments(id): Segments<OrderId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let work = move |tx: &mut TenantTx<'_>| -> StoreResult<_> {
        if orders::find(tx, id)?.is_none() {
            return Ok(None);
        }
        let mut all = Vec::new();
        for charge in charges::list_of_order(tx, id)? {
            let history = charges::history(tx, charge.id)?;
            all.push(ChargeView::of(charge, history));
        }
        Ok(Some(all))
    };
    let found = db.read(&caller.scope, work).await?;
    let found = found.ok_or_else(Problem::not_found)?;
    Ok(answer::ok(&Listed::whole(found.into_iter())))
}
