//! Policies: the terms that licenses are born with.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::AppError;
use alvara_app::catalogue::{NewPolicy, PolicyChange, create_policy, update_policy};
use alvara_domain::id::{PolicyId, ProductId};
use alvara_domain::product::Policy;
use alvara_domain::terms::{Preset, Terms};
use alvara_domain::time::UtcTime;
use alvara_store::{Db, TenantTx, policies};
use alvara_tenants::permissions::{PolicyCreate, PolicyRead, PolicyUpdate};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer;
use crate::body::{Json, Params, Segments, Text};
use crate::caller::Caller;
use crate::list::{Listed, page_request};
use crate::precondition::IfMatch;
use crate::problem::{Fault, Problem};
use crate::schema::{self, Id, Instant};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/policies").get(list).post(create))
        .service(web::resource("/policies/{id}").get(get).patch(update));
}

/// A policy.
#[derive(Serialize, ToSchema)]
pub(crate) struct PolicyView {
    #[schema(value_type = Id)]
    id: PolicyId,
    #[schema(value_type = Id)]
    product_id: ProductId,
    /// Unique in the product.
    code: String,
    name: String,
    #[schema(value_type = schema::Terms)]
    terms: Terms,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
    #[schema(value_type = Instant)]
    updated_at: UtcTime,
}

impl From<Policy> for PolicyView {
    fn from(policy: Policy) -> Self {
        Self {
            id: policy.id,
            product_id: policy.product_id,
            code: policy.code,
            name: policy.name,
            terms: policy.terms,
            created_at: policy.created_at,
            updated_at: policy.updated_at,
        }
    }
}

/// A policy to add, by its terms or from a preset.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PolicyBody {
    /// The tenant's own product, or one that it is offered.
    #[schema(value_type = Id)]
    product_id: ProductId,
    #[schema(example = "yearly")]
    code: Text<1, 32>,
    #[schema(example = "Yearly subscription")]
    name: Text<1, 200>,
    #[schema(value_type = Option<schema::Terms>)]
    terms: Option<Terms>,
    /// `always-online` or `hybrid`, instead of terms.
    #[schema(value_type = Option<String>)]
    preset: Option<Preset>,
}

impl PolicyBody {
    fn terms(&self) -> Result<Terms, Problem> {
        match (&self.terms, self.preset) {
            (Some(terms), None) => Ok(terms.clone()),
            (None, Some(preset)) => Ok(Terms::of_preset(preset)),
            (None, None) => Err(Problem::field(Fault::message(
                "/terms",
                "required",
                "field-required",
            ))),
            (Some(_), Some(_)) => {
                let detail = "Give either terms or a preset.";
                Err(Problem::field(Fault::text("/preset", "conflict", detail)))
            }
        }
    }
}

/// What to change of a policy; what is left out stays. Licenses that were issued keep their terms.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PolicyPatch {
    name: Option<Text<1, 200>>,
    #[schema(value_type = Option<schema::Terms>)]
    terms: Option<Terms>,
}

/// Which policies.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PolicyParams {
    /// Of one product only.
    #[param(value_type = Option<String>)]
    product_id: Option<ProductId>,
    /// Items a page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists policies.
#[utoipa::path(get, path = "/policies", tag = "policies and plans", operation_id = "list_policies", params(PolicyParams),
    responses((status = 200, description = "A page of policies.", body = Listed<PolicyView>)))]
pub(crate) async fn list(
    caller: Caller<PolicyRead>,
    Params(params): Params<PolicyParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let product = params.product_id;
    let found = db
        .read(&caller.scope, move |tx| policies::list(tx, product, &page))
        .await?;
    Ok(answer::ok(&Listed::of(found, PolicyView::from)))
}

/// Adds a policy.
#[utoipa::path(post, path = "/policies", tag = "policies and plans", operation_id = "create_policy", request_body = PolicyBody,
    responses((status = 201, description = "Added.", body = PolicyView)))]
pub(crate) async fn create(
    caller: Caller<PolicyCreate>,
    Json(body): Json<PolicyBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let terms = body.terms()?;
    let new = NewPolicy {
        product_id: body.product_id,
        code: body.code.into_string(),
        name: body.name.into_string(),
        terms,
    };
    let policy = db
        .write(&caller.scope, move |tx| create_policy(tx, &new))
        .await?;
    let location = format!("/api/v1/policies/{}", policy.id);
    Ok(answer::created_version(
        &location,
        policy.version,
        &PolicyView::from(policy),
    ))
}

/// Shows a policy.
#[utoipa::path(get, path = "/policies/{id}", tag = "policies and plans", operation_id = "get_policy", params(("id" = Id, Path)),
    responses((status = 200, description = "The policy.", body = PolicyView)))]
pub(crate) async fn get(
    caller: Caller<PolicyRead>,
    Segments(id): Segments<PolicyId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db
        .read(&caller.scope, move |tx| policies::find(tx, id))
        .await?;
    let policy = found.ok_or_else(Problem::not_found)?;
    Ok(answer::version(policy.version, &PolicyView::from(policy)))
}

/// Changes a policy for licenses issued from now on.
#[utoipa::path(patch, path = "/policies/{id}", tag = "policies and plans", operation_id = "update_policy", params(("id" = Id, Path)),
    request_body = PolicyPatch, responses((status = 200, description = "Changed.", body = PolicyView)))]
pub(crate) async fn update(
    caller: Caller<PolicyUpdate>,
    Segments(id): Segments<PolicyId>,
    if_match: IfMatch,
    Json(body): Json<PolicyPatch>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let change = PolicyChange {
        name: body.name.map(Text::into_string),
        terms: body.terms,
    };
    let work = move |tx: &mut TenantTx<'_>| {
        let present = policies::find(tx, id)?.ok_or(AppError::NotFound("policy"))?;
        update_policy(tx, id, if_match.against(present.version), &change)
    };
    let policy = db.write(&caller.scope, work).await?;
    Ok(answer::version(policy.version, &PolicyView::from(policy)))
}
