//! Products, and the versions of each.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::catalogue::{
    NewProduct, NewVersion, ProductChange, add_version, create_product, update_product,
};
use alvara_app::{AppError, Platform, keyring};
use alvara_domain::id::{ProductId, VersionId};
use alvara_domain::product::{Product, ProductVersion};
use alvara_domain::time::UtcTime;
use alvara_store::{Db, StoreResult, products, versions};
use alvara_tenants::permissions::{
    ProductCreate, ProductRead, ProductUpdate, VersionCreate, VersionRead,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer;
use crate::body::{Json, Params, Segments, Text};
use crate::caller::Caller;
use crate::list::{Listed, PageParams};
use crate::precondition::IfMatch;
use crate::problem::Problem;
use crate::schema::{Id, Instant};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/products").get(list).post(create))
        .service(web::resource("/products/{id}").get(get).patch(update))
        .service(
            web::resource("/products/{id}/versions")
                .get(list_versions)
                .post(add),
        );
}

/// A product.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProductView {
    #[schema(value_type = Id)]
    id: ProductId,
    /// Short name for programs, unique in the tenant; `prd` in computer keys.
    code: String,
    name: String,
    /// With what activation keys start; may be empty.
    key_prefix: String,
    /// `RS256`, `PS256` or `EdDSA`.
    algorithm: &'static str,
    key_bits: i64,
    /// `active` or `retired`.
    state: &'static str,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
    #[schema(value_type = Instant)]
    updated_at: UtcTime,
}

impl From<&Product> for ProductView {
    fn from(product: &Product) -> Self {
        Self {
            id: product.id,
            code: product.code.clone(),
            name: product.name.clone(),
            key_prefix: product.key_prefix.to_string(),
            algorithm: product.algorithm.as_str(),
            key_bits: product.key_bits,
            state: product.state.as_str(),
            created_at: product.created_at,
            updated_at: product.updated_at,
        }
    }
}

/// A product to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProductBody {
    /// Unique in the tenant; never changes.
    #[schema(example = "writer", pattern = "^[A-Za-z0-9_-]{1,32}$")]
    code: Text<1, 32>,
    #[schema(example = "Writer")]
    name: Text<1, 200>,
    /// Up to 8 capital letters or digits that every activation key starts with.
    #[serde(default = "no_prefix")]
    #[schema(example = "ACME")]
    key_prefix: Text<0, 8>,
    /// How computer keys are signed.
    #[serde(default = "rs256")]
    #[schema(value_type = String, example = "RS256", default = "RS256")]
    algorithm: alvara_domain::product::Algorithm,
    /// 2048, 3072 or 4096 for RSA, 256 for Ed25519.
    #[serde(default = "two_thousand")]
    #[schema(example = 2048, default = 2048)]
    key_bits: i64,
}

fn no_prefix() -> Text<0, 8> {
    Text::empty()
}

fn rs256() -> alvara_domain::product::Algorithm {
    alvara_domain::product::Algorithm::Rs256
}

fn two_thousand() -> i64 {
    2048
}

/// What to change of a product; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProductPatch {
    name: Option<Text<1, 200>>,
    /// Counts for keys issued from now on.
    key_prefix: Option<Text<0, 8>>,
    /// `active` or `retired`: nothing new is issued, what is out keeps working.
    #[schema(value_type = Option<String>, example = "active")]
    state: Option<alvara_domain::product::ProductState>,
}

/// A version of a product.
#[derive(Serialize, ToSchema)]
pub(crate) struct VersionView {
    #[schema(value_type = Id)]
    id: VersionId,
    major: i64,
    minor: i64,
    name: String,
    /// Compared with the maintenance end of licenses.
    #[schema(value_type = Instant)]
    released_at: UtcTime,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
}

impl From<ProductVersion> for VersionView {
    fn from(version: ProductVersion) -> Self {
        Self {
            id: version.id,
            major: version.major,
            minor: version.minor,
            name: version.name,
            released_at: version.released_at,
            created_at: version.created_at,
        }
    }
}

/// A version to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VersionBody {
    #[schema(minimum = 0, maximum = 999_999, example = 2)]
    major: i64,
    #[schema(minimum = 0, maximum = 999_999, example = 1)]
    minor: i64,
    #[schema(example = "Spring")]
    name: Text<1, 100>,
    /// Now, when left out.
    #[schema(value_type = Option<Instant>)]
    released_at: Option<UtcTime>,
}

/// Lists products that the tenant owns or sells.
#[utoipa::path(get, path = "/products", tag = "products", operation_id = "list_products",
    params(PageParams), responses((status = 200, description = "A page of products.", body = Listed<ProductView>)))]
pub(crate) async fn list(
    caller: Caller<ProductRead>,
    Params(page): Params<PageParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page.request()?;
    let found = db
        .read(&caller.scope, move |tx| products::list(tx, &page))
        .await?;
    Ok(answer::ok(&Listed::of(found, |product| {
        ProductView::from(&product)
    })))
}

/// Adds a product with its first two signing keys.
#[utoipa::path(post, path = "/products", tag = "products", operation_id = "create_product", request_body = ProductBody,
    responses((status = 201, description = "Added.", body = ProductView)))]
pub(crate) async fn create(
    caller: Caller<ProductCreate>,
    Json(body): Json<ProductBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let new = NewProduct {
        code: body.code.into_string(),
        name: body.name.into_string(),
        key_prefix: body.key_prefix.into_string(),
        algorithm: body.algorithm,
        key_bits: body.key_bits,
    };
    let pair = keyring::generate_pair(new.key_spec()?).await?;
    let parts = platform.clone();
    let work =
        move |tx: &mut alvara_store::TenantTx<'_>| create_product(tx, parts.keys(), &new, &pair);
    let product = platform.db().write(&caller.scope, work).await?;
    let location = format!("/api/v1/products/{}", product.id);
    Ok(answer::created_version(
        &location,
        product.version,
        &ProductView::from(&product),
    ))
}

/// Shows a product.
#[utoipa::path(get, path = "/products/{id}", tag = "products", operation_id = "get_product", params(("id" = Id, Path)),
    responses((status = 200, description = "The product.", body = ProductView)))]
pub(crate) async fn get(
    caller: Caller<ProductRead>,
    Segments(id): Segments<ProductId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db
        .read(&caller.scope, move |tx| products::find(tx, id))
        .await?;
    let product = found.ok_or_else(Problem::not_found)?;
    Ok(answer::version(
        product.version,
        &ProductView::from(&product),
    ))
}

/// Changes a product of the tenant's own.
#[utoipa::path(patch, path = "/products/{id}", tag = "products", operation_id = "update_product", params(("id" = Id, Path)),
    request_body = ProductPatch, responses((status = 200, description = "Changed.", body = ProductView)))]
pub(crate) async fn update(
    caller: Caller<ProductUpdate>,
    Segments(id): Segments<ProductId>,
    if_match: IfMatch,
    Json(body): Json<ProductPatch>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let change = ProductChange {
        name: body.name.map(Text::into_string),
        key_prefix: body.key_prefix.map(Text::into_string),
        state: body.state,
    };
    let work = move |tx: &mut alvara_store::TenantTx<'_>| {
        let present = products::find(tx, id)?.ok_or(AppError::NotFound("product"))?;
        update_product(tx, id, if_match.against(present.version), &change)
    };
    let product = db.write(&caller.scope, work).await?;
    Ok(answer::version(
        product.version,
        &ProductView::from(&product),
    ))
}

/// Lists a product's versions.
#[utoipa::path(get, path = "/products/{id}/versions", tag = "products", operation_id = "list_versions", params(("id" = Id, Path)),
    responses((status = 200, description = "All versions.", body = Listed<VersionView>)))]
pub(crate) async fn list_versions(
    caller: Caller<VersionRead>,
    Segments(id): Segments<ProductId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let work = move |tx: &mut alvara_store::TenantTx<'_>| -> StoreResult<_> {
        Ok(match products::find(tx, id)? {
            Some(_) => Some(versions::list(tx, id)?),
            None => None,
        })
    };
    let found = db
        .read(&caller.scope, work)
        .await?
        .ok_or_else(Problem::not_found)?;
    Ok(answer::ok(&Listed::whole(
        found.into_iter().map(VersionView::from),
    )))
}

/// Adds a version that licenses may be entitled to.
#[utoipa::path(post, path = "/products/{id}/versions", tag = "products", operation_id = "add_version", params(("id" = Id, Path)),
    request_body = VersionBody, responses((status = 201, description = "Added.", body = VersionView)))]
pub(crate) async fn add(
    caller: Caller<VersionCreate>,
    Segments(id): Segments<ProductId>,
    Json(body): Json<VersionBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let new = NewVersion {
        product_id: id,
        major: body.major,
        minor: body.minor,
        name: body.name.into_string(),
        released_at: body.released_at,
    };
    let version = db
        .write(&caller.scope, move |tx| add_version(tx, &new))
        .await?;
    let location = format!("/api/v1/products/{id}/versions");
    Ok(answer::created(&location, &VersionView::from(version)))
}
