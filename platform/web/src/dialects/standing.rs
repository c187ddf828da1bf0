//! How a customer stands, for dialects that name the status and not the decision.

use actix_web::{FromRequest, HttpRequest};
use alvara_app::AppError;
use alvara_app::customer::{CustomerDecision, towards};
use alvara_domain::customer::{Customer, CustomerStatus};
use alvara_domain::id::NodeId;
use alvara_store::{Db, Scope, customers};
use alvara_tenants::permissions::{
    CustomerBlock, CustomerCancel, CustomerSuspend, CustomerValidate,
};

use crate::caller::Caller;
use crate::problem::Problem;

/// The decision that brings a customer to what is wanted, if the caller may take it: each is a
/// permission of its own. `None` where nothing is to be decided.
pub(super) async fn decision(
    request: &HttpRequest,
    db: &Db,
    scope: &Scope,
    id: NodeId,
    wanted: impl FnOnce(&Customer) -> Option<CustomerStatus>,
) -> Result<Option<CustomerDecision>, Problem> {
    let customer = seen(db, scope, id).await?;
    let Some(wanted) = wanted(&customer) else {
        return Ok(None);
    };
    let Some(decision) = towards(&customer, wanted)? else {
        return Ok(None);
    };
    let scope = match decision {
        CustomerDecision::Validate => Caller::<CustomerValidate>::extract(request).await?.scope,
        CustomerDecision::Suspend | CustomerDecision::Reinstate => {
            Caller::<CustomerSuspend>::extract(request).await?.scope
        }
        CustomerDecision::Block | CustomerDecision::Unblock => {
            Caller::<CustomerBlock>::extract(request).await?.scope
        }
        CustomerDecision::Cancel => Caller::<CustomerCancel>::extract(request).await?.scope,
    };
    // That permission may reach less far than the one the caller came with.
    seen(db, &scope, id).await?;
    Ok(Some(decision))
}

async fn seen(db: &Db, scope: &Scope, id: NodeId) -> Result<Customer, Problem> {
    let found: Result<_, AppError> = db.read(scope, move |tx| Ok(customers::find(tx, id)?)).await;
    let found = found?.ok_or_else(Problem::not_found)?;
    Ok(found.customer)
}
