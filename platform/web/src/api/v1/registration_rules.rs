//! What becomes of programs, and people, that register themselves for a product.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::registration::{RuleChange, put_rule, rule_of};
use alvara_domain::id::{NodeId, PolicyId, ProductId};
use alvara_domain::registration::{RegistrationMode, RegistrationRule};
use alvara_store::{Db, TenantTx};
use alvara_tenants::permissions::{RegistrationRuleRead, RegistrationRuleUpdate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer;
use crate::body::{Json, Segments};
use crate::caller::Caller;
use crate::precondition::IfMatch;
use crate::problem::Problem;
use crate::schema::Id;

pub(crate) fn routes(config: &mut ServiceConfig) {
    config.service(
        web::resource("/products/{id}/registration-rule")
            .get(get)
            .put(put),
    );
}

/// A rule.
#[derive(Serialize, ToSchema)]
pub(crate) struct RuleView {
    #[schema(value_type = Id)]
    product_id: ProductId,
    /// `closed`, `approval` or `automatic`.
    mode: &'static str,
    #[schema(value_type = Option<Id>)]
    policy_id: Option<PolicyId>,
    /// Null is the root of the tree.
    #[schema(value_type = Option<Id>)]
    node_id: Option<NodeId>,
}

impl From<RegistrationRule> for RuleView {
    fn from(rule: RegistrationRule) -> Self {
        Self {
            product_id: rule.product_id,
            mode: rule.mode.as_str(),
            policy_id: rule.policy_id,
            node_id: rule.node_id,
        }
    }
}

/// A rule, whole: what is left out is none.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegistrationRuleBody {
    /// `closed`: nobody registers; `approval`: they wait; `automatic`: they get a license at once.
    #[schema(value_type = String, example = "approval")]
    mode: RegistrationMode,
    /// On whose terms licenses are issued; needed for `automatic`.
    #[schema(value_type = Option<Id>)]
    policy_id: Option<PolicyId>,
    /// Under which place they come; the root of the tree when left out.
    #[schema(value_type = Option<Id>)]
    node_id: Option<NodeId>,
}

/// Shows what becomes of those who register for a product. Until somebody says otherwise, nobody
/// can.
#[utoipa::path(get, path = "/products/{id}/registration-rule", tag = "registrations", operation_id = "get_registration_rule", params(("id" = Id, Path)),
    responses((status = 200, description = "The rule.", body = RuleView)))]
pub(crate) async fn get(
    caller: Caller<RegistrationRuleRead>,
    Segments(id): Segments<ProductId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let rule = db.read(&caller.scope, move |tx| rule_of(tx, id)).await?;
    Ok(answer::version(rule.version, &RuleView::from(rule)))
}

/// Says what becomes of those who register for a product, own or offered.
#[utoipa::path(put, path = "/products/{id}/registration-rule", tag = "registrations", operation_id = "put_registration_rule",
    params(("id" = Id, Path), ("If-Match" = String, Header, description = "The ETag of the version that the change is based on, or *.")),
    request_body = RegistrationRuleBody, responses((status = 200, description = "Written.", body = RuleView)))]
pub(crate) async fn put(
    caller: Caller<RegistrationRuleUpdate>,
    Segments(id): Segments<ProductId>,
    if_match: IfMatch,
    Json(body): Json<RegistrationRuleBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let change = RuleChange {
        mode: body.mode,
        policy_id: body.policy_id,
        node_id: body.node_id,
    };
    let work = move |tx: &mut TenantTx<'_>| {
        let present = rule_of(tx, id)?;
        put_rule(tx, id, if_match.against(present.version), &change)
    };
    let rule = db.write(&caller.scope, work).await?;
    Ok(answer::version(rule.version, &RuleView::from(rule)))
}
