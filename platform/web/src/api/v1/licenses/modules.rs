//! What a license unlocks, changed one module at a time.

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_app::AppError;
use alvara_app::license::change_modules::{
    ModuleChange, remove_module as remove, set_module as put,
};
use alvara_domain::id::LicenseId;
use alvara_domain::time::UtcTime;
use alvara_store::{Db, TenantTx, licenses};
use alvara_tenants::permissions::{LicenseModule, LicenseRead};
use serde::Deserialize;
use utoipa::ToSchema;

use super::LicenseView;
use super::view::LicenseModuleView;
use crate::answer;
use crate::body::{Json, Segments, Text};
use crate::caller::Caller;
use crate::list::Listed;
use crate::problem::Problem;
use crate::schema::{Id, Instant};

/// A module as the license is to have it. The whole of it: what is left out it does not have.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LicenseModuleBody {
    /// What the program is told with it: 1 to 32 of `A-Z a-z 0-9 . _ : / + -`.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 32, example = "12")]
    value: Option<Text<1, 32>>,
    /// When it ends before the license does. A renewal of the license does not move it.
    #[schema(value_type = Option<Instant>)]
    expires_at: Option<UtcTime>,
}

/// Lists what a license unlocks, those among it that ended.
#[utoipa::path(get, path = "/licenses/{id}/modules", tag = "licenses", operation_id = "list_license_modules", params(("id" = Id, Path)),
    responses((status = 200, description = "Its modules.", body = Listed<LicenseModuleView>)))]
pub(crate) async fn list_modules(
    caller: Caller<LicenseRead>,
    Segments(id): Segments<LicenseId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db
        .read(&caller.scope, move |tx| licenses::find(tx, id))
        .await?;
    let license = found.ok_or_else(Problem::not_found)?;
    let modules = license.modules.into_iter().map(LicenseModuleView::from);
    Ok(answer::version(license.version, &Listed::whole(modules)))
}

/// Gives a license a module, or the one that it has another value and end. Each machine gets a new
/// computer key at its next contact.
#[utoipa::path(put, path = "/licenses/{id}/modules/{code}", tag = "licenses", operation_id = "set_license_module",
    params(("id" = Id, Path), ("code" = String, Path, description = "Code of a module of its product.")),
    request_body = LicenseModuleBody, responses((status = 200, description = "Changed.", body = LicenseView)))]
pub(crate) async fn set_module(
    caller: Caller<LicenseModule>,
    Segments((id, code)): Segments<(LicenseId, String)>,
    Json(body): Json<LicenseModuleBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let change = ModuleChange {
        value: body.value.map(Text::into_string),
        expires_at: body.expires_at,
    };
    let work = move |tx: &mut TenantTx<'_>| put(tx, id, &code, &change);
    let license = db.write::<_, AppError>(&caller.scope, work).await?;
    Ok(answer::version(
        license.version,
        &LicenseView::of(license, db.clock().now()),
    ))
}

/// Takes a module from a license.
#[utoipa::path(delete, path = "/licenses/{id}/modules/{code}", tag = "licenses", operation_id = "remove_license_module",
    params(("id" = Id, Path), ("code" = String, Path, description = "Code of a module that it has.")),
    responses((status = 200, description = "Changed.", body = LicenseView)))]
pub(crate) async fn remove_module(
    caller: Caller<LicenseModule>,
    Segments((id, code)): Segments<(LicenseId, String)>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let work = move |tx: &mut TenantTx<'_>| remove(tx, id, &code);
    let license = db.write::<_, AppError>(&caller.scope, work).await?;
    Ok(answer::version(
        license.version,
        &LicenseView::of(license, db.clock().now()),
    ))
}
