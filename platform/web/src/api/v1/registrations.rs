//! Programs that registered themselves: the tabs pending, approved and deleted, and what is decided.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::Platform;
use alvara_app::registration::{ApprovalRequest, Holder, approve, delete, refuse, restore};
use alvara_domain::id::{LicenseId, NodeId, PolicyId, ProductId, RegistrationId};
use alvara_domain::registration::{Registration, RegistrationState};
use alvara_domain::time::UtcTime;
use alvara_store::page::Deleted;
use alvara_store::registrations::{self, RegistrationFilter};
use alvara_store::{Db, TenantTx};
use alvara_tenants::permissions::{
    RegistrationApprove, RegistrationDelete, RegistrationRead, RegistrationRestore,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::customers::CustomerBody;
use super::licenses::ReasonBody;
use super::program;
use crate::answer;
use crate::body::{Json, Params, Segments};
use crate::caller::Caller;
use crate::list::{Listed, page_request};
use crate::problem::{Fault, Problem};
use crate::schema::{Id, Instant};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/registrations")
                .get(list)
                .post(program::registrations::create),
        )
        .service(web::resource("/registrations/{id}").get(get).delete(remove))
        .service(web::resource("/registrations/{id}/approval").post(accept))
        .service(web::resource("/registrations/{id}/refusal").post(turn_down))
        .service(web::resource("/registrations/{id}/restoration").post(bring_back));
}

/// A program that registered itself.
#[derive(Serialize, ToSchema)]
pub(crate) struct RegistrationView {
    #[schema(value_type = Id)]
    id: RegistrationId,
    #[schema(value_type = Id)]
    product_id: ProductId,
    /// `pending`, `approved` or `refused`.
    state: &'static str,
    state_reason: Option<String>,
    machine: MachineSaid,
    applicant: ApplicantSaid,
    /// Whoever sees this place sees the registration; once approved, the place of its license.
    #[schema(value_type = Id)]
    node_id: NodeId,
    #[schema(value_type = Option<Id>)]
    license_id: Option<LicenseId>,
    /// Who decided: the id of a member or API key, or `program` where the rule did.
    decided_by: Option<String>,
    #[schema(value_type = Option<Instant>)]
    decided_at: Option<UtcTime>,
    source_address: String,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
    /// When the program asked last.
    #[schema(value_type = Instant)]
    last_seen_at: UtcTime,
    #[schema(value_type = Option<Instant>)]
    deleted_at: Option<UtcTime>,
}

/// What the program said of its machine.
#[derive(Serialize, ToSchema)]
pub(crate) struct MachineSaid {
    fingerprint: String,
    name: String,
    platform: String,
    app_version: String,
    site: Option<String>,
    user: Option<String>,
}

/// Who sits before it.
#[derive(Serialize, ToSchema)]
pub(crate) struct ApplicantSaid {
    name: String,
    email: Option<String>,
    company: String,
    message: String,
}

impl From<Registration> for RegistrationView {
    fn from(one: Registration) -> Self {
        Self {
            id: one.id,
            product_id: one.product_id,
            state: one.state.as_str(),
            state_reason: one.state_reason,
            machine: MachineSaid {
                fingerprint: one.fingerprint.to_string(),
                name: one.name,
                platform: one.platform,
                app_version: one.app_version,
                site: one.site,
                user: one.user_name,
            },
            applicant: ApplicantSaid {
                name: one.applicant.name,
                email: one.applicant.email,
                company: one.applicant.company,
                message: one.applicant.message,
            },
            node_id: one.node_id,
            license_id: one.license_id,
            decided_by: one.decided_by,
            decided_at: one.decided_at,
            source_address: one.source_address,
            created_at: one.created_at,
            last_seen_at: one.last_seen_at,
            deleted_at: one.deleted_at,
        }
    }
}

/// How to approve. What is left out comes from the product's rule.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApprovalBody {
    /// The policy of the license that is issued.
    #[schema(value_type = Option<Id>)]
    policy_id: Option<PolicyId>,
    /// Who holds it: a place that exists.
    #[schema(value_type = Option<Id>)]
    node_id: Option<NodeId>,
    /// Or a customer who is added for it.
    customer: Option<CustomerBody>,
    /// Or a license that exists, instead of a new one.
    #[schema(value_type = Option<Id>)]
    license_id: Option<LicenseId>,
}

impl ApprovalBody {
    fn read(self) -> Result<ApprovalRequest, Problem> {
        let holder = match (self.node_id, self.customer) {
            (Some(_), Some(_)) => {
                return Err(Problem::field(Fault::text(
                    "/customer",
                    "conflict",
                    "give node_id or customer, not both",
                )));
            }
            (Some(place), None) => Some(Holder::Place(place)),
            (None, Some(customer)) => Some(Holder::New(Box::new(customer.read()))),
            (None, None) => None,
        };
        Ok(ApprovalRequest {
            policy_id: self.policy_id,
            holder,
            license_id: self.license_id,
        })
    }
}

/// Which registrations.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RegistrationParams {
    /// `pending`, `approved` or `refused`.
    #[param(value_type = Option<String>)]
    state: Option<RegistrationState>,
    #[param(value_type = Option<String>)]
    product_id: Option<ProductId>,
    /// Those that run under this license.
    #[param(value_type = Option<String>)]
    license_id: Option<LicenseId>,
    /// `only` or `with`.
    #[param(value_type = Option<String>)]
    deleted: Option<Deleted>,
    /// Items a page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists the programs that registered themselves, as far as the caller sees them.
#[utoipa::path(get, path = "/registrations", tag = "registrations", operation_id = "list_registrations", params(RegistrationParams),
    responses((status = 200, description = "A page of registrations.", body = Listed<RegistrationView>)))]
pub(crate) async fn list(
    caller: Caller<RegistrationRead>,
    Params(params): Params<RegistrationParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let filter = RegistrationFilter {
        state: params.state,
        product: params.product_id,
        license: params.license_id,
        deleted: params.deleted.unwrap_or_default(),
    };
    let found = db
        .read(&caller.scope, move |tx| {
            registrations::list(tx, &filter, &page)
        })
        .await?;
    Ok(answer::ok(&Listed::of(found, RegistrationView::from)))
}

/// Shows a registration, also a deleted one.
#[utoipa::path(get, path = "/registrations/{id}", tag = "registrations", operation_id = "get_registration", params(("id" = Id, Path)),
    responses((status = 200, description = "The registration.", body = RegistrationView)))]
pub(crate) async fn get(
    caller: Caller<RegistrationRead>,
    Segments(id): Segments<RegistrationId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db
        .read(&caller.scope, move |tx| registrations::find(tx, id))
        .await?;
    let one = found.ok_or_else(Problem::not_found)?;
    Ok(answer::version(one.version, &RegistrationView::from(one)))
}

/// Approves a registration: its program activates the next time it asks, under a license that is
/// issued for it or one that exists.
#[utoipa::path(post, path = "/registrations/{id}/approval", tag = "registrations", operation_id = "approve_registration", params(("id" = Id, Path)),
    request_body = ApprovalBody, responses((status = 200, description = "Approved.", body = RegistrationView)))]
pub(crate) async fn accept(
    caller: Caller<RegistrationApprove>,
    Segments(id): Segments<RegistrationId>,
    Json(body): Json<ApprovalBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let asked = body.read()?;
    let parts = platform.clone();
    let work = move |tx: &mut TenantTx<'_>| approve(tx, parts.vault(), id, &asked);
    let one = platform.db().write(&caller.scope, work).await?;
    Ok(answer::version(one.version, &RegistrationView::from(one)))
}

/// Refuses a registration: its program is told so the next time it asks.
#[utoipa::path(post, path = "/registrations/{id}/refusal", tag = "registrations", operation_id = "refuse_registration", params(("id" = Id, Path)),
    request_body = ReasonBody, responses((status = 200, description = "Refused.", body = RegistrationView)))]
pub(crate) async fn turn_down(
    caller: Caller<RegistrationApprove>,
    Segments(id): Segments<RegistrationId>,
    Json(body): Json<ReasonBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let reason = body.text();
    let work = move |tx: &mut TenantTx<'_>| refuse(tx, id, reason.as_deref());
    let one = db.write(&caller.scope, work).await?;
    Ok(answer::version(one.version, &RegistrationView::from(one)))
}

/// Puts a registration away: its program is refused and its machine blocked at its next contact. It
/// can be brought back.
#[utoipa::path(delete, path = "/registrations/{id}", tag = "registrations", operation_id = "delete_registration", params(("id" = Id, Path)),
    responses((status = 204, description = "Put away.")))]
pub(crate) async fn remove(
    caller: Caller<RegistrationDelete>,
    Segments(id): Segments<RegistrationId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    db.write(&caller.scope, move |tx| delete(tx, id)).await?;
    Ok(answer::gone())
}

/// Brings a deleted registration back exactly as it was.
#[utoipa::path(post, path = "/registrations/{id}/restoration", tag = "registrations", operation_id = "restore_registration", params(("id" = Id, Path)),
    responses((status = 200, description = "It is back.", body = RegistrationView)))]
pub(crate) async fn bring_back(
    caller: Caller<RegistrationRestore>,
    Segments(id): Segments<RegistrationId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let one = db.write(&caller.scope, move |tx| restore(tx, id)).await?;
    Ok(answer::version(one.version, &RegistrationView::from(one)))
}
