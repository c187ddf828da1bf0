//! A product's signing keys: what programs verify with, and their rotation.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use alvara_app::keyring::{Rotation, generate_key, spec_of};
use alvara_app::{AppError, Platform};
use alvara_domain::id::ProductId;
use alvara_domain::time::UtcTime;
use alvara_store::signing_keys::{self, StoredSigningKey};
use alvara_store::{Db, StoreResult, TenantTx, products};
use alvara_tenants::permissions::{SigningKeyRead, SigningKeyRotate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer;
use crate::body::{Json, Segments};
use crate::caller::{Caller, origin_of};
use crate::host::knocked_at;
use crate::list::Listed;
use crate::problem::Problem;
use crate::schema::{Id, Instant};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/products/{id}/signing-keys").get(list))
        .service(web::resource("/products/{id}/signing-keys/rotation").post(rotate));
}

/// Where programs and JOSE libraries find the public keys. Outside of `/api/v1`, since the place
/// is part of the protocol and not of a version of this interface.
pub(crate) fn well_known(config: &mut ServiceConfig) {
    config
        .service(web::resource("/.well-known/alvara/{product}/jwks.json").get(jwks))
        .service(web::resource("/.well-known/alvara/{product}/key.pem").get(pem));
}

/// A signing key; its private part is never shown.
#[derive(Serialize, ToSchema)]
pub(crate) struct SigningKeyView {
    /// RFC 7638 thumbprint; `kid` of what it signs.
    kid: String,
    algorithm: &'static str,
    /// `next`, `active`, `retiring` or `retired`.
    state: &'static str,
    public_pem: String,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
    #[schema(value_type = Option<Instant>)]
    activated_at: Option<UtcTime>,
    /// Until when it is published after its last signature.
    #[schema(value_type = Option<Instant>)]
    retires_at: Option<UtcTime>,
}

impl From<StoredSigningKey> for SigningKeyView {
    fn from(key: StoredSigningKey) -> Self {
        Self {
            kid: key.kid,
            algorithm: key.algorithm.as_str(),
            state: key.state.as_str(),
            public_pem: key.public_pem,
            created_at: key.created_at,
            activated_at: key.activated_at,
            retires_at: key.retires_at,
        }
    }
}

/// Why the keys change.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Reason {
    /// As a matter of course; the old key stays published for a while.
    Planned,
    /// Somebody else may have the old key; it is gone at once.
    Compromised,
}

/// A rotation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RotationBody {
    reason: Reason,
}

/// Lists a product's signing keys.
#[utoipa::path(get, path = "/products/{id}/signing-keys", tag = "signing keys", operation_id = "list_signing_keys", params(("id" = Id, Path)),
    responses((status = 200, description = "All keys.", body = Listed<SigningKeyView>)))]
pub(crate) async fn list(
    caller: Caller<SigningKeyRead>,
    Segments(id): Segments<ProductId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    Ok(answer::ok(&keys_of(&caller, id, &db).await?))
}

/// Lets the next key sign, and publishes a fresh one as the key after it.
#[utoipa::path(post, path = "/products/{id}/signing-keys/rotation", tag = "signing keys", operation_id = "rotate_signing_keys",
    params(("id" = Id, Path)), request_body = RotationBody, responses((status = 200, description = "Rotated.", body = Listed<SigningKeyView>)))]
pub(crate) async fn rotate(
    caller: Caller<SigningKeyRotate>,
    Segments(id): Segments<ProductId>,
    Json(body): Json<RotationBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let product = platform
        .db()
        .read(&caller.scope, move |tx| products::find(tx, id))
        .await?;
    let product = product.ok_or_else(Problem::not_found)?;
    let fresh = generate_key(spec_of(product.algorithm, product.key_bits)?).await?;
    let why = match body.reason {
        Reason::Planned => Rotation::Planned,
        Reason::Compromised => Rotation::Compromised,
    };
    let parts = platform.clone();
    let work = move |tx: &mut TenantTx<'_>| parts.keys().rotate(tx, id, &fresh, why);
    platform.db().write(&caller.scope, work).await?;
    Ok(answer::ok(&keys_of(&caller, id, platform.db()).await?))
}

async fn keys_of<P>(
    caller: &Caller<P>,
    id: ProductId,
    db: &Db,
) -> Result<Listed<SigningKeyView>, Problem> {
    let work = move |tx: &mut TenantTx<'_>| -> StoreResult<_> {
        Ok(match products::find(tx, id)? {
            Some(_) => Some(signing_keys::list(tx, id)?),
            None => None,
        })
    };
    let found = db
        .read(&caller.scope, work)
        .await?
        .ok_or_else(Problem::not_found)?;
    Ok(Listed::whole(found.into_iter().map(SigningKeyView::from)))
}

/// The public keys of a product as a JSON Web Key Set (RFC 7517). `{product}` is its code.
#[utoipa::path(get, path = "/.well-known/alvara/{product}/jwks.json", tag = "signing keys", operation_id = "get_jwks",
    params(("product" = String, Path)), security(()), responses((status = 200, description = "The key set.", body = serde_json::Value)))]
pub(crate) async fn jwks(
    request: HttpRequest,
    Segments(code): Segments<String>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let parts = platform.clone();
    let set = public(&request, &platform, move |tx| {
        let product = products::find_by_code(tx, &code)?.ok_or(AppError::NotFound("product"))?;
        parts.keys().jwks(tx, product.id)
    });
    let set = set.await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .json(set))
}

/// The public key that signs now, as PEM: for `openssl dgst -sha256 -verify`.
#[utoipa::path(get, path = "/.well-known/alvara/{product}/key.pem", tag = "signing keys", operation_id = "get_public_pem",
    params(("product" = String, Path)), security(()),
    responses((status = 200, description = "The key.", body = String, content_type = "application/x-pem-file")))]
pub(crate) async fn pem(
    request: HttpRequest,
    Segments(code): Segments<String>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let pem = public(&request, &platform, move |tx| {
        let product = products::find_by_code(tx, &code)?.ok_or(AppError::NotFound("product"))?;
        let active =
            signing_keys::find_active(tx, product.id)?.ok_or(AppError::NotFound("product"))?;
        Ok(active.public_pem)
    });
    let pem = pem.await?;
    Ok(HttpResponse::Ok()
        .content_type("application/x-pem-file")
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .body(pem))
}

/// Reads what is public at the tenant's host.
async fn public<T: Send + 'static>(
    request: &HttpRequest,
    platform: &Platform,
    work: impl FnMut(&mut TenantTx<'_>) -> Result<T, AppError> + Send + 'static,
) -> Result<T, Problem> {
    let host = knocked_at(platform.gate(), request).await?;
    let scope = platform.gate().public(&host, &origin_of(request)).await?;
    let scope = scope.ok_or_else(Problem::not_found)?;
    Ok(platform.db().read(&scope, work).await?)
}
