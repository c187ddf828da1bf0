//! Roles: the five that everybody has, and a tenant's own.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::AppError;
use alvara_app::tenancy::{ProfileText, create_profile, delete_profile, update_profile};
use alvara_domain::id::ProfileId;
use alvara_domain::time::UtcTime;
use alvara_store::profiles::{self, Profile};
use alvara_store::{Db, TenantTx};
use alvara_tenants::permissions::{RoleCreate, RoleDelete, RoleRead, RoleUpdate};
use alvara_tenants::{BuiltInRole, Effect, PermissionKey, Rule, RuleScope, read_rules};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer;
use crate::body::{Json, Segments, Text};
use crate::caller::Caller;
use crate::list::Listed;
use crate::precondition::IfMatch;
use crate::problem::Problem;
use crate::schema::{Id, Instant};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/roles").get(list).post(create))
        .service(
            web::resource("/roles/{id}")
                .get(get)
                .patch(update)
                .delete(remove),
        )
        .service(web::resource("/permissions").get(permissions));
}

/// One line of a role.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccessRuleBody {
    /// A permission's module, or `*`.
    #[schema(example = "license")]
    module: String,
    /// A permission's action, or `*`.
    #[schema(example = "read")]
    action: String,
    /// `own` (the member's place) or `tree` (and everything below).
    #[schema(value_type = String, example = "tree")]
    scope: RuleScope,
    /// `allow` or `deny`; one deny outweighs any number of allows.
    #[schema(value_type = String, example = "allow")]
    effect: Effect,
}

impl From<Rule> for AccessRuleBody {
    fn from(rule: Rule) -> Self {
        Self {
            module: rule.module,
            action: rule.action,
            scope: rule.scope,
            effect: rule.effect,
        }
    }
}

impl From<AccessRuleBody> for Rule {
    fn from(rule: AccessRuleBody) -> Self {
        Self {
            module: rule.module,
            action: rule.action,
            scope: rule.scope,
            effect: rule.effect,
        }
    }
}

/// A role of the tenant's own.
#[derive(Serialize, ToSchema)]
pub(crate) struct RoleView {
    #[schema(value_type = Id)]
    id: ProfileId,
    name: String,
    rules: Vec<AccessRuleBody>,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
    #[schema(value_type = Instant)]
    updated_at: UtcTime,
}

impl RoleView {
    fn of(profile: Profile) -> Result<Self, Problem> {
        let rules = read_rules(profile.rules).map_err(Problem::internal)?;
        Ok(Self {
            id: profile.id,
            name: profile.name,
            rules: rules.into_iter().map(AccessRuleBody::from).collect(),
            created_at: profile.created_at,
            updated_at: profile.updated_at,
        })
    }
}

/// Every role a member can have.
#[derive(Serialize, ToSchema)]
pub(crate) struct RolesView {
    /// Names of the built-in ones.
    built_in: Vec<&'static str>,
    /// The tenant's own.
    items: Vec<RoleView>,
}

/// A role to make, or to replace one with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleBody {
    /// Unique in the tenant.
    #[schema(example = "support")]
    name: Text<1, 100>,
    /// At most 100.
    #[schema(max_items = 100)]
    rules: Vec<AccessRuleBody>,
}

impl From<RoleBody> for ProfileText {
    fn from(body: RoleBody) -> Self {
        Self {
            name: body.name.into_string(),
            rules: body.rules.into_iter().map(Rule::from).collect(),
        }
    }
}

/// A permission.
#[derive(Serialize, ToSchema)]
pub(crate) struct PermissionView {
    /// `module.action`.
    code: &'static str,
    module: &'static str,
    action: &'static str,
    about: &'static str,
}

/// Lists the roles a member can have.
#[utoipa::path(get, path = "/roles", tag = "roles", operation_id = "list_roles",
    responses((status = 200, description = "All roles.", body = RolesView)))]
pub(crate) async fn list(caller: Caller<RoleRead>, db: Data<Db>) -> Result<HttpResponse, Problem> {
    let found = db.read(&caller.scope, profiles::list).await?;
    let items: Result<Vec<_>, _> = found.into_iter().map(RoleView::of).collect();
    let built_in = BuiltInRole::ALL.iter().map(|role| role.as_str()).collect();
    Ok(answer::ok(&RolesView {
        built_in,
        items: items?,
    }))
}

/// Makes a role of the tenant's own. It cannot allow more than its maker may.
#[utoipa::path(post, path = "/roles", tag = "roles", operation_id = "create_role", request_body = RoleBody,
    responses((status = 201, description = "Made.", body = RoleView)))]
pub(crate) async fn create(
    caller: Caller<RoleCreate>,
    Json(body): Json<RoleBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let (text, maker) = (ProfileText::from(body), caller.principal);
    let profile = db
        .write(&caller.scope, move |tx| create_profile(tx, &maker, &text))
        .await?;
    let location = format!("/api/v1/roles/{}", profile.id);
    Ok(answer::created_version(
        &location,
        profile.version,
        &RoleView::of(profile)?,
    ))
}

/// Shows a role of the tenant's own.
#[utoipa::path(get, path = "/roles/{id}", tag = "roles", operation_id = "get_role", params(("id" = Id, Path)),
    responses((status = 200, description = "The role.", body = RoleView)))]
pub(crate) async fn get(
    caller: Caller<RoleRead>,
    Segments(id): Segments<ProfileId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db
        .read(&caller.scope, move |tx| profiles::find(tx, id))
        .await?;
    let profile = found.ok_or_else(Problem::not_found)?;
    Ok(answer::version(profile.version, &RoleView::of(profile)?))
}

/// Replaces name and rules of a role. It counts with the next request of everybody who has it.
#[utoipa::path(patch, path = "/roles/{id}", tag = "roles", operation_id = "update_role", params(("id" = Id, Path)),
    request_body = RoleBody, responses((status = 200, description = "Changed.", body = RoleView)))]
pub(crate) async fn update(
    caller: Caller<RoleUpdate>,
    Segments(id): Segments<ProfileId>,
    if_match: IfMatch,
    Json(body): Json<RoleBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let (text, maker) = (ProfileText::from(body), caller.principal);
    let work = move |tx: &mut TenantTx<'_>| {
        let present = profiles::find(tx, id)?.ok_or(AppError::NotFound("role"))?;
        update_profile(tx, &maker, (id, if_match.against(present.version)), &text)
    };
    let profile = db.write(&caller.scope, work).await?;
    Ok(answer::version(profile.version, &RoleView::of(profile)?))
}

/// Removes a role of the tenant's own that no member and no API key has.
#[utoipa::path(delete, path = "/roles/{id}", tag = "roles", operation_id = "delete_role", params(("id" = Id, Path)),
    responses((status = 204, description = "Removed.")))]
pub(crate) async fn remove(
    caller: Caller<RoleDelete>,
    Segments(id): Segments<ProfileId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    db.write(&caller.scope, move |tx| delete_profile(tx, id))
        .await?;
    Ok(answer::gone())
}

/// Lists every permission that a role or an API key of a tenant can bear.
#[utoipa::path(get, path = "/permissions", tag = "roles", operation_id = "list_permissions",
    responses((status = 200, description = "All permissions.", body = Listed<PermissionView>)))]
pub(crate) async fn permissions(_: Caller<RoleRead>) -> Result<HttpResponse, Problem> {
    let tenants = PermissionKey::ALL.iter().filter(|key| !key.is_platform());
    Ok(answer::ok(&Listed::whole(tenants.map(|key| {
        PermissionView {
            code: key.code(),
            module: key.module(),
            action: key.action(),
            about: key.about(),
        }
    }))))
}
