//! Puts licenses away and brings them back, with their history.

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_app::AppError;
use alvara_app::license::delete::{delete, restore};
use alvara_domain::id::LicenseId;
use alvara_store::{Db, TenantTx, audit};
use alvara_tenants::permissions::{LicenseDelete, LicenseRead, LicenseRestore};

use super::{LicenseDetail, detail};
use crate::answer;
use crate::api::v1::audit::EntryView;
use crate::body::{Params, Segments};
use crate::caller::Caller;
use crate::list::{Listed, PageParams};
use crate::problem::Problem;
use crate::schema::Id;

/// Puts a license away: its programs are told that there is none. It keeps its seats, and can be
/// brought back.
#[utoipa::path(delete, path = "/licenses/{id}", tag = "licenses", operation_id = "delete_license", params(("id" = Id, Path)),
    responses((status = 204, description = "Put away.")))]
pub(crate) async fn remove(
    caller: Caller<LicenseDelete>,
    Segments(id): Segments<LicenseId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    db.write(&caller.scope, move |tx| delete(tx, id)).await?;
    Ok(answer::gone())
}

/// Brings a deleted license back exactly as it was.
#[utoipa::path(post, path = "/licenses/{id}/restoration", tag = "licenses", operation_id = "restore_license", params(("id" = Id, Path)),
    responses((status = 200, description = "It is back.", body = LicenseDetail)))]
pub(crate) async fn bring_back(
    caller: Caller<LicenseRestore>,
    Segments(id): Segments<LicenseId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let work = move |tx: &mut TenantTx<'_>| {
        let license = restore(tx, id)?;
        Ok::<_, AppError>((license.version, detail(tx, license)?))
    };
    let (version, shown) = db.write(&caller.scope, work).await?;
    Ok(answer::version(version, &shown))
}

/// What happened to a license: every change, who made it, and from where. Also of a deleted one.
#[utoipa::path(get, path = "/licenses/{id}/history", tag = "licenses", operation_id = "license_history", params(("id" = Id, Path), PageParams),
    responses((status = 200, description = "A page of its history, the newest first.", body = Listed<EntryView>)))]
pub(crate) async fn history(
    caller: Caller<LicenseRead>,
    Segments(id): Segments<LicenseId>,
    Params(page): Params<PageParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page.request()?;
    let found = db
        .read(&caller.scope, move |tx| {
            audit::list_of_license(tx, id, &page)
        })
        .await?;
    let found = found.ok_or_else(Problem::not_found)?;
    Ok(answer::ok(&Listed::of(found, EntryView::from)))
}
