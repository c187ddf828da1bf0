//! Modules of a product: what is sold apart.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::AppError;
use alvara_app::catalogue::{ModuleChange, NewModule, add_module, update_module};
use alvara_domain::id::{ModuleId, ProductId};
use alvara_domain::money::Money;
use alvara_domain::product::Module;
use alvara_domain::time::UtcTime;
use alvara_store::{Db, StoreResult, TenantTx, modules, products};
use alvara_tenants::permissions::{ModuleCreate, ModuleRead, ModuleUpdate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer;
use crate::body::{Json, Segments, Text};
use crate::caller::Caller;
use crate::list::Listed;
use crate::precondition::IfMatch;
use crate::problem::Problem;
use crate::schema::{self, Id, Instant};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/products/{id}/modules").get(list).post(add))
        .service(
            web::resource("/products/{id}/modules/{module_id}")
                .get(get)
                .patch(update),
        );
}

/// A module.
#[derive(Serialize, ToSchema)]
pub(crate) struct ModuleView {
    #[schema(value_type = Id)]
    id: ModuleId,
    #[schema(value_type = Id)]
    product_id: ProductId,
    /// Unique in the product; programs know the module by it.
    code: String,
    name: String,
    /// 0 to 63; the first 32 are the bits of `m32` in computer keys.
    position: i64,
    #[schema(value_type = schema::Money)]
    price: Money,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
    #[schema(value_type = Instant)]
    updated_at: UtcTime,
}

impl From<&Module> for ModuleView {
    fn from(module: &Module) -> Self {
        Self {
            id: module.id,
            product_id: module.product_id,
            code: module.code.clone(),
            name: module.name.clone(),
            position: module.position,
            price: module.price,
            created_at: module.created_at,
            updated_at: module.updated_at,
        }
    }
}

/// A module to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModuleBody {
    /// Unique in the product; never changes.
    #[schema(example = "REPORTS")]
    code: Text<1, 32>,
    #[schema(example = "Reports")]
    name: Text<1, 200>,
    /// 0 to 63, unique in the product; the lowest that is free when left out.
    #[schema(minimum = 0, maximum = 63)]
    position: Option<i64>,
    #[schema(value_type = schema::Money)]
    price: Money,
}

/// What to change of a module; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModulePatch {
    name: Option<Text<1, 200>>,
    #[schema(value_type = Option<schema::Money>)]
    price: Option<Money>,
}

/// Lists a product's modules.
#[utoipa::path(get, path = "/products/{id}/modules", tag = "products", operation_id = "list_modules", params(("id" = Id, Path)),
    responses((status = 200, description = "All modules.", body = Listed<ModuleView>)))]
pub(crate) async fn list(
    caller: Caller<ModuleRead>,
    Segments(id): Segments<ProductId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let work = move |tx: &mut TenantTx<'_>| -> StoreResult<_> {
        Ok(match products::find(tx, id)? {
            Some(_) => Some(modules::list(tx, id)?),
            None => None,
        })
    };
    let found = db
        .read(&caller.scope, work)
        .await?
        .ok_or_else(Problem::not_found)?;
    Ok(answer::ok(&Listed::whole(
        found.iter().map(ModuleView::from),
    )))
}

/// Adds a module to a product.
#[utoipa::path(post, path = "/products/{id}/modules", tag = "products", operation_id = "add_module", params(("id" = Id, Path)),
    request_body = ModuleBody, responses((status = 201, description = "Added.", body = ModuleView)))]
pub(crate) async fn add(
    caller: Caller<ModuleCreate>,
    Segments(id): Segments<ProductId>,
    Json(body): Json<ModuleBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let new = NewModule {
        product_id: id,
        code: body.code.into_string(),
        name: body.name.into_string(),
        position: body.position,
        price: body.price,
    };
    let module = db
        .write(&caller.scope, move |tx| add_module(tx, &new))
        .await?;
    let location = format!("/api/v1/products/{id}/modules/{}", module.id);
    Ok(answer::created_version(
        &location,
        module.version,
        &ModuleView::from(&module),
    ))
}

/// Shows a module.
#[utoipa::path(get, path = "/products/{id}/modules/{module_id}", tag = "products", operation_id = "get_module",
    params(("id" = Id, Path), ("module_id" = Id, Path)), responses((status = 200, description = "The module.", body = ModuleView)))]
pub(crate) async fn get(
    caller: Caller<ModuleRead>,
    Segments((product, id)): Segments<(ProductId, ModuleId)>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db
        .read(&caller.scope, move |tx| modules::find(tx, id))
        .await?;
    let module = found
        .filter(|module| module.product_id == product)
        .ok_or_else(Problem::not_found)?;
    Ok(answer::version(module.version, &ModuleView::from(&module)))
}

/// Changes a module's name or price.
#[utoipa::path(patch, path = "/products/{id}/modules/{module_id}", tag = "products", operation_id = "update_module",
    params(("id" = Id, Path), ("module_id" = Id, Path)), request_body = ModulePatch,
    responses((status = 200, description = "Changed.", body = ModuleView)))]
pub(crate) async fn update(
    caller: Caller<ModuleUpdate>,
    Segments((product, id)): Segments<(ProductId, ModuleId)>,
    if_match: IfMatch,
    Json(body): Json<ModulePatch>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let change = ModuleChange {
        name: body.name.map(Text::into_string),
        price: body.price,
    };
    let work = move |tx: &mut TenantTx<'_>| {
        let present = modules::find(tx, id)?.filter(|module| module.product_id == product);
        let present = present.ok_or(AppError::NotFound("module"))?;
        update_module(tx, id, if_match.against(present.version), &change)
    };
    let module = db.write(&caller.scope, work).await?;
    Ok(answer::version(module.version, &ModuleView::from(&module)))
}
