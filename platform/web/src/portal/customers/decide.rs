//! Decisions about a customer, and what undoes them.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_domain::customer::CustomerStatus;
use alvara_domain::id::NodeId;
use alvara_render::page::{Action, FieldView, Tone};
use alvara_store::Db;
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::{
    CustomerBlock, CustomerCancel, CustomerSuspend, CustomerValidate,
};

use super::super::desk::Desk;
use super::super::entry::Entry;
use crate::api::v1::customers as interface;
use crate::body::{Json, Segments};
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/customers/{id}/validate").post(validate))
        .service(web::resource("/customers/{id}/suspend").post(suspend))
        .service(web::resource("/customers/{id}/reinstate").post(reinstate))
        .service(web::resource("/customers/{id}/block").post(block))
        .service(web::resource("/customers/{id}/unblock").post(unblock))
        .service(web::resource("/customers/{id}/cancel").post(cancel));
}

/// What may be decided about a customer that stands so, by who is signed in.
pub(super) fn actions(desk: &Desk, id: NodeId, status: CustomerStatus) -> Vec<Action> {
    let all = [
        ("validate", PermissionKey::CustomerValidate),
        ("reinstate", PermissionKey::CustomerSuspend),
        ("unblock", PermissionKey::CustomerBlock),
        ("suspend", PermissionKey::CustomerSuspend),
        ("block", PermissionKey::CustomerBlock),
        ("cancel", PermissionKey::CustomerCancel),
    ];
    let tell = desk.tell();
    let fits = |what: &str| match what {
        "validate" => status == CustomerStatus::Pending,
        "reinstate" => status == CustomerStatus::Suspended,
        "unblock" => status == CustomerStatus::Blocked,
        "suspend" => status.can_become(CustomerStatus::Suspended),
        "block" => status.can_become(CustomerStatus::Blocked),
        _ => status.can_become(CustomerStatus::Cancelled),
    };
    all.into_iter()
        .filter(|(what, key)| fits(what) && desk.may(*key))
        .map(|(what, _)| {
            let label = tell.word(&format!("customers-{what}"));
            let action = Action::new(format!("/customers/{id}/{what}"), label);
            if !matches!(what, "suspend" | "block" | "cancel") {
                return action;
            }
            let mut reason = FieldView::text("reason", tell.word("portal-reason"));
            reason.id = format!("f-reason-{what}");
            // Whoever waits has no licenses to lose, and is mailed the reason.
            let question = if what == "cancel" && status == CustomerStatus::Pending {
                tell.word("approvals-refuse-customer-ask")
            } else {
                tell.word(&format!("customers-{what}-ask"))
            };
            action.confirm(Tone::Bad, question).field(reason)
        })
        .collect()
}

fn back(desk: &Desk, id: NodeId, what: &str) -> HttpResponse {
    desk.done(&format!("/customers/{id}"), what)
}

async fn validate(
    desk: Desk,
    caller: Caller<CustomerValidate>,
    Segments(id): Segments<NodeId>,
    _: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::validate(caller, Segments(id), db).await?;
    Ok(back(&desk, id, "customer-validated"))
}

async fn suspend(
    desk: Desk,
    caller: Caller<CustomerSuspend>,
    Segments(id): Segments<NodeId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::suspend(caller, Segments(id), Json(entry.read()?), db).await?;
    Ok(back(&desk, id, "customer-suspended"))
}

async fn reinstate(
    desk: Desk,
    caller: Caller<CustomerSuspend>,
    Segments(id): Segments<NodeId>,
    _: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::reinstate(caller, Segments(id), db).await?;
    Ok(back(&desk, id, "customer-reinstated"))
}

async fn block(
    desk: Desk,
    caller: Caller<CustomerBlock>,
    Segments(id): Segments<NodeId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::block(caller, Segments(id), Json(entry.read()?), db).await?;
    Ok(back(&desk, id, "customer-blocked"))
}

async fn unblock(
    desk: Desk,
    caller: Caller<CustomerBlock>,
    Segments(id): Segments<NodeId>,
    _: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::unblock(caller, Segments(id), db).await?;
    Ok(back(&desk, id, "customer-unblocked"))
}

async fn cancel(
    desk: Desk,
    caller: Caller<CustomerCancel>,
    Segments(id): Segments<NodeId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::cancel(caller, Segments(id), Json(entry.read()?), db).await?;
    Ok(back(&desk, id, "customer-cancelled"))
}
