//! API keys: credentials of programs that manage.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::Platform;
use alvara_app::tenancy::{Granter, NewApiKey, revoke_api_key};
use alvara_domain::id::{ApiKeyId, NodeId};
use alvara_domain::time::UtcTime;
use alvara_store::Db;
use alvara_store::api_keys::{self, ApiKey};
use alvara_tenants::Role;
use alvara_tenants::permissions::{ApiKeyCreate, ApiKeyRead, ApiKeyRevoke};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer;
use crate::body::{Json, Params, Segments, Text, from_text};
use crate::caller::Caller;
use crate::list::{Listed, PageParams};
use crate::problem::Problem;
use crate::schema::{Id, Instant};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/api-keys").get(list).post(create))
        .service(web::resource("/api-keys/{id}").get(get).delete(revoke));
}

/// An API key; its secret is shown once, when it is made.
#[derive(Serialize, ToSchema)]
pub(crate) struct ApiKeyView {
    #[schema(value_type = Id)]
    id: ApiKeyId,
    /// The place it sees, with what is below.
    #[schema(value_type = Id)]
    node_id: NodeId,
    name: String,
    role: String,
    /// What it is cut down to; empty is all of the role's.
    permissions: Vec<String>,
    created_by: String,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
    #[schema(value_type = Option<Instant>)]
    expires_at: Option<UtcTime>,
    #[schema(value_type = Option<Instant>)]
    revoked_at: Option<UtcTime>,
    #[schema(value_type = Option<Instant>)]
    last_used_at: Option<UtcTime>,
}

impl From<ApiKey> for ApiKeyView {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            node_id: key.node_id,
            name: key.name,
            role: key.role,
            permissions: key.permissions,
            created_by: key.created_by,
            created_at: key.created_at,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            last_used_at: key.last_used_at,
        }
    }
}

/// An API key to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApiKeyBody {
    #[schema(value_type = Id)]
    node_id: NodeId,
    #[schema(example = "shop")]
    name: Text<1, 100>,
    /// A built-in role, or the id of a custom one.
    #[serde(deserialize_with = "from_text")]
    #[schema(value_type = String, example = "agent")]
    role: Role,
    /// Permissions (`license.issue` …) that it is cut down to; none is all of the role's.
    #[serde(default)]
    #[schema(max_items = 128, example = json!(["license.issue", "license.read"]))]
    permissions: Vec<String>,
    /// When it ends by itself.
    #[schema(value_type = Option<Instant>)]
    expires_at: Option<UtcTime>,
}

/// An API key that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeView {
    /// The secret. It is shown this once and kept nowhere.
    #[schema(example = "alv_…")]
    secret: String,
    api_key: ApiKeyView,
}

/// Lists API keys, never their secrets.
#[utoipa::path(get, path = "/api-keys", tag = "API keys", operation_id = "list_api_keys", params(PageParams),
    responses((status = 200, description = "A page of API keys.", body = Listed<ApiKeyView>)))]
pub(crate) async fn list(
    caller: Caller<ApiKeyRead>,
    Params(page): Params<PageParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page.request()?;
    let found = db
        .read(&caller.scope, move |tx| api_keys::list(tx, &page))
        .await?;
    Ok(answer::ok(&Listed::of(found, ApiKeyView::from)))
}

/// Makes an API key. Nobody gives away more than they may themselves.
#[utoipa::path(post, path = "/api-keys", tag = "API keys", operation_id = "create_api_key", request_body = ApiKeyBody,
    responses((status = 201, description = "Made.", body = MadeView)))]
pub(crate) async fn create(
    caller: Caller<ApiKeyCreate>,
    Json(body): Json<ApiKeyBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let new = NewApiKey {
        node_id: body.node_id,
        name: body.name.into_string(),
        role: body.role,
        permissions: body.permissions,
        expires_at: body.expires_at,
    };
    let granter = Granter::Principal(&caller.principal);
    let (key, secret) = platform
        .create_api_key(&caller.scope, granter, &new)
        .await?;
    let location = format!("/api/v1/api-keys/{}", key.id);
    Ok(answer::created(
        &location,
        &MadeView {
            secret: secret.expose().to_owned(),
            api_key: key.into(),
        },
    ))
}

/// Shows an API key.
#[utoipa::path(get, path = "/api-keys/{id}", tag = "API keys", operation_id = "get_api_key", params(("id" = Id, Path)),
    responses((status = 200, description = "The API key.", body = ApiKeyView)))]
pub(crate) async fn get(
    caller: Caller<ApiKeyRead>,
    Segments(id): Segments<ApiKeyId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db
        .read(&caller.scope, move |tx| api_keys::find(tx, id))
        .await?;
    Ok(answer::ok(&ApiKeyView::from(
        found.ok_or_else(Problem::not_found)?,
    )))
}

/// Revokes an API key: the next request with it is nobody's.
#[utoipa::path(delete, path = "/api-keys/{id}", tag = "API keys", operation_id = "revoke_api_key", params(("id" = Id, Path)),
    responses((status = 200, description = "Revoked.", body = ApiKeyView)))]
pub(crate) async fn revoke(
    caller: Caller<ApiKeyRevoke>,
    Segments(id): Segments<ApiKeyId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let key = db
        .write(&caller.scope, move |tx| revoke_api_key(tx, id))
        .await?;
    Ok(answer::ok(&ApiKeyView::from(key)))
}
