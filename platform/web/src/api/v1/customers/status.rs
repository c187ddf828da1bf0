//! Decisions about a customer: validate, suspend, block, cancel, and what undoes them.

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_app::customer::{CustomerDecision, decide};
use alvara_domain::id::NodeId;
use alvara_store::{Db, Scope};
use alvara_tenants::permissions::{
    CustomerBlock, CustomerCancel, CustomerSuspend, CustomerValidate,
};

use super::CustomerView;
use crate::answer;
use crate::api::v1::licenses::ReasonBody;
use crate::body::{Json, Segments};
use crate::caller::Caller;
use crate::problem::Problem;
use crate::schema::Id;

/// Validates a customer that registered: licenses that waited for it may be used, but for those whose
/// terms ask for an approval.
#[utoipa::path(post, path = "/customers/{id}/validation", tag = "customers", operation_id = "validate_customer", params(("id" = Id, Path)),
    responses((status = 200, description = "Validated.", body = CustomerView)))]
pub(crate) async fn validate(
    caller: Caller<CustomerValidate>,
    Segments(id): Segments<NodeId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let reason = None;
    carry_out(&db, &caller.scope, id, CustomerDecision::Validate, reason).await
}

/// Suspends a customer with its place: nobody there signs in, no license there is valid.
#[utoipa::path(post, path = "/customers/{id}/suspension", tag = "customers", operation_id = "suspend_customer", params(("id" = Id, Path)),
    request_body = ReasonBody,
    responses((status = 200, description = "Suspended.", body = CustomerView)))]
pub(crate) async fn suspend(
    caller: Caller<CustomerSuspend>,
    Segments(id): Segments<NodeId>,
    Json(body): Json<ReasonBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let reason = body.text();
    carry_out(&db, &caller.scope, id, CustomerDecision::Suspend, reason).await
}

/// Lifts a customer's suspension. One that nobody validated is pending again.
#[utoipa::path(delete, path = "/customers/{id}/suspension", tag = "customers", operation_id = "reinstate_customer", params(("id" = Id, Path)),
    responses((status = 200, description = "Reinstated.", body = CustomerView)))]
pub(crate) async fn reinstate(
    caller: Caller<CustomerSuspend>,
    Segments(id): Segments<NodeId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let reason = None;
    carry_out(&db, &caller.scope, id, CustomerDecision::Reinstate, reason).await
}

/// Blocks a customer with its place, for cause.
#[utoipa::path(post, path = "/customers/{id}/block", tag = "customers", operation_id = "block_customer", params(("id" = Id, Path)),
    request_body = ReasonBody,
    responses((status = 200, description = "Blocked.", body = CustomerView)))]
pub(crate) async fn block(
    caller: Caller<CustomerBlock>,
    Segments(id): Segments<NodeId>,
    Json(body): Json<ReasonBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let reason = body.text();
    carry_out(&db, &caller.scope, id, CustomerDecision::Block, reason).await
}

/// Lifts a customer's block.
#[utoipa::path(delete, path = "/customers/{id}/block", tag = "customers", operation_id = "unblock_customer", params(("id" = Id, Path)),
    responses((status = 200, description = "Unblocked.", body = CustomerView)))]
pub(crate) async fn unblock(
    caller: Caller<CustomerBlock>,
    Segments(id): Segments<NodeId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let reason = None;
    carry_out(&db, &caller.scope, id, CustomerDecision::Unblock, reason).await
}

/// Ends a customer's being one, for good. Its licenses are valid no longer.
#[utoipa::path(post, path = "/customers/{id}/cancellation", tag = "customers", operation_id = "cancel_customer", params(("id" = Id, Path)),
    request_body = ReasonBody,
    responses((status = 200, description = "Cancelled.", body = CustomerView)))]
pub(crate) async fn cancel(
    caller: Caller<CustomerCancel>,
    Segments(id): Segments<NodeId>,
    Json(body): Json<ReasonBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let reason = body.text();
    carry_out(&db, &caller.scope, id, CustomerDecision::Cancel, reason).await
}

async fn carry_out(
    db: &Db,
    scope: &Scope,
    id: NodeId,
    decision: CustomerDecision,
    reason: Option<String>,
) -> Result<HttpResponse, Problem> {
    let work =
        move |tx: &mut alvara_store::TenantTx<'_>| decide(tx, id, decision, reason.as_deref());
    let placed = db.write(scope, work).await?;
    Ok(answer::version(
        placed.customer.version,
        &CustomerView::from(placed),
    ))
}
