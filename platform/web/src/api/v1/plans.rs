//! Plans: a policy at a price and period.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::AppError;
use alvara_app::catalogue::{NewPlan, PlanChange, create_plan, update_plan};
use alvara_domain::id::{PlanId, PolicyId};
use alvara_domain::money::Money;
use alvara_domain::product::Plan;
use alvara_domain::time::{Period, UtcTime};
use alvara_store::{Db, TenantTx, plans};
use alvara_tenants::permissions::{PlanCreate, PlanRead, PlanUpdate};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer;
use crate::body::{Json, Params, Segments, Text};
use crate::caller::Caller;
use crate::list::{Listed, page_request};
use crate::precondition::IfMatch;
use crate::problem::Problem;
use crate::schema::{self, Id, Instant, Length};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/plans").get(list).post(create))
        .service(web::resource("/plans/{id}").get(get).patch(update));
}

/// A plan.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlanView {
    #[schema(value_type = Id)]
    id: PlanId,
    #[schema(value_type = Id)]
    policy_id: PolicyId,
    /// Unique in the policy.
    code: String,
    name: String,
    #[schema(value_type = schema::Money)]
    price: Money,
    /// What one payment adds.
    #[schema(value_type = Length)]
    period: Period,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
    #[schema(value_type = Instant)]
    updated_at: UtcTime,
}

impl From<Plan> for PlanView {
    fn from(plan: Plan) -> Self {
        Self {
            id: plan.id,
            policy_id: plan.policy_id,
            code: plan.code,
            name: plan.name,
            price: plan.price,
            period: plan.period,
            created_at: plan.created_at,
            updated_at: plan.updated_at,
        }
    }
}

/// A plan to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanBody {
    #[schema(value_type = Id)]
    policy_id: PolicyId,
    #[schema(example = "monthly")]
    code: Text<1, 32>,
    #[schema(example = "Monthly")]
    name: Text<1, 200>,
    #[schema(value_type = schema::Money)]
    price: Money,
    #[schema(value_type = Length)]
    period: Period,
}

/// What to change of a plan; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanPatch {
    name: Option<Text<1, 200>>,
    #[schema(value_type = Option<schema::Money>)]
    price: Option<Money>,
    #[schema(value_type = Option<Length>)]
    period: Option<Period>,
}

/// Which plans.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PlanParams {
    /// Of one policy only.
    #[param(value_type = Option<String>)]
    policy_id: Option<PolicyId>,
    /// Items a page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists plans.
#[utoipa::path(get, path = "/plans", tag = "policies and plans", operation_id = "list_plans", params(PlanParams),
    responses((status = 200, description = "A page of plans.", body = Listed<PlanView>)))]
pub(crate) async fn list(
    caller: Caller<PlanRead>,
    Params(params): Params<PlanParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let policy = params.policy_id;
    let found = db
        .read(&caller.scope, move |tx| plans::list(tx, policy, &page))
        .await?;
    Ok(answer::ok(&Listed::of(found, PlanView::from)))
}

/// Adds a plan.
#[utoipa::path(post, path = "/plans", tag = "policies and plans", operation_id = "create_plan", request_body = PlanBody,
    responses((status = 201, description = "Added.", body = PlanView)))]
pub(crate) async fn create(
    caller: Caller<PlanCreate>,
    Json(body): Json<PlanBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let new = NewPlan {
        policy_id: body.policy_id,
        code: body.code.into_string(),
        name: body.name.into_string(),
        price: body.price,
        period: body.period,
    };
    let plan = db
        .write(&caller.scope, move |tx| create_plan(tx, &new))
        .await?;
    let location = format!("/api/v1/plans/{}", plan.id);
    Ok(answer::created_version(
        &location,
        plan.version,
        &PlanView::from(plan),
    ))
}

/// Shows a plan.
#[utoipa::path(get, path = "/plans/{id}", tag = "policies and plans", operation_id = "get_plan", params(("id" = Id, Path)),
    responses((status = 200, description = "The plan.", body = PlanView)))]
pub(crate) async fn get(
    caller: Caller<PlanRead>,
    Segments(id): Segments<PlanId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db
        .read(&caller.scope, move |tx| plans::find(tx, id))
        .await?;
    let plan = found.ok_or_else(Problem::not_found)?;
    Ok(answer::version(plan.version, &PlanView::from(plan)))
}

/// Changes a plan.
#[utoipa::path(patch, path = "/plans/{id}", tag = "policies and plans", operation_id = "update_plan", params(("id" = Id, Path)),
    request_body = PlanPatch, responses((status = 200, description = "Changed.", body = PlanView)))]
pub(crate) async fn update(
    caller: Caller<PlanUpdate>,
    Segments(id): Segments<PlanId>,
    if_match: IfMatch,
    Json(body): Json<PlanPatch>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let change = PlanChange {
        name: body.name.map(Text::into_string),
        price: body.price,
        period: body.period,
    };
    let work = move |tx: &mut TenantTx<'_>| {
        let present = plans::find(tx, id)?.ok_or(AppError::NotFound("plan"))?;
        update_plan(tx, id, if_match.against(present.version), &change)
    };
    let plan = db.write(&caller.scope, work).await?;
    Ok(answer::version(plan.version, &PlanView::from(plan)))
}
