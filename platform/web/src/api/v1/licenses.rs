//! Licenses: issue, list, show, reveal, suspend, approve, revoke, renew.

mod away;
mod change;
mod convert;
mod detail;
mod entitlements;
mod issue;
mod meters;
mod modules;
mod renew;
mod transfer;
mod update;
mod view;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::license::reveal_key::reveal_key;
use alvara_app::{AppError, Platform};
use alvara_domain::id::{BatchId, LicenseId, NodeId, PolicyId, ProductId};
use alvara_domain::license::LicenseState;
use alvara_domain::terms::LicenseKind;
use alvara_domain::time::UtcTime;
use alvara_store::licenses::{self, LicenseFilter};
use alvara_store::page::Deleted;
use alvara_store::{Db, TenantTx};
use alvara_tenants::permissions::{LicenseRead, LicenseRevealKey};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub(crate) use away::{
    __path_bring_back, __path_history, __path_remove, bring_back, history, remove,
};
pub(crate) use change::{
    __path_approve, __path_reinstate, __path_revoke, __path_suspend, ReasonBody, approve,
    reinstate, revoke, suspend,
};
pub(crate) use convert::{__path_convert, convert};
pub(crate) use detail::{LicenseDetail, detail};
pub(crate) use entitlements::{__path_entitlements, entitlements};
pub(crate) use issue::{__path_issue, issue};
pub(crate) use meters::{__path_list_meters, __path_reset_meter, list_meters, reset_meter};
pub(crate) use modules::{
    __path_list_modules, __path_remove_module, __path_set_module, list_modules, remove_module,
    set_module,
};
pub(crate) use renew::{__path_renew, renew};
pub(crate) use transfer::{__path_transfer, __path_transfers, transfer, transfers};
pub(crate) use update::{__path_update, update};
pub(crate) use view::LicenseView;

use crate::answer;
use crate::body::{Params, Segments, Text};
use crate::caller::Caller;
use crate::list::{Listed, page_request};
use crate::problem::Problem;
use crate::schema::Id;

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/licenses").get(list).post(issue))
        .service(
            web::resource("/licenses/{id}")
                .get(get)
                .patch(update)
                .delete(remove),
        )
        .service(web::resource("/licenses/{id}/restoration").post(bring_back))
        .service(web::resource("/licenses/{id}/history").get(history))
        .service(web::resource("/licenses/{id}/key").post(reveal))
        .service(
            web::resource("/licenses/{id}/suspension")
                .post(suspend)
                .delete(reinstate),
        )
        .service(web::resource("/licenses/{id}/approval").post(approve))
        .service(web::resource("/licenses/{id}/revocation").post(revoke))
        .service(web::resource("/licenses/{id}/renewals").post(renew))
        .service(web::resource("/licenses/{id}/conversion").post(convert))
        .service(web::resource("/licenses/{id}/entitlements").get(entitlements))
        .service(web::resource("/licenses/{id}/modules").get(list_modules))
        .service(
            web::resource("/licenses/{id}/modules/{code}")
                .put(set_module)
                .delete(remove_module),
        )
        .service(web::resource("/licenses/{id}/meters").get(list_meters))
        .service(web::resource("/licenses/{id}/meters/{name}/reset").post(reset_meter))
        .service(
            web::resource("/licenses/{id}/transfers")
                .get(transfers)
                .post(transfer),
        );
}

/// Which licenses.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LicenseParams {
    /// Held by this place.
    #[param(value_type = Option<String>)]
    node_id: Option<NodeId>,
    #[param(value_type = Option<String>)]
    product_id: Option<ProductId>,
    #[param(value_type = Option<String>)]
    policy_id: Option<PolicyId>,
    /// Issued together.
    #[param(value_type = Option<String>)]
    batch_id: Option<BatchId>,
    /// `active`, `suspended`, `pending` or `revoked`.
    #[param(value_type = Option<String>)]
    state: Option<LicenseState>,
    /// `permanent`, `trial`, `demo`, `subscription`, `temporary` or `semi_permanent`.
    #[param(value_type = Option<String>)]
    kind: Option<LicenseKind>,
    /// Expires at this instant or later.
    #[param(value_type = Option<String>, format = DateTime)]
    expires_from: Option<UtcTime>,
    /// Expires before this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    expires_before: Option<UtcTime>,
    /// The last five symbols of the key.
    #[param(value_type = Option<String>, max_length = 5)]
    key_hint: Option<Text<1, 5>>,
    /// `only` or `with`.
    #[param(value_type = Option<String>)]
    deleted: Option<Deleted>,
    /// Items a page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists the licenses the caller sees.
#[utoipa::path(get, path = "/licenses", tag = "licenses", operation_id = "list_licenses", params(LicenseParams),
    responses((status = 200, description = "A page of licenses.", body = Listed<LicenseView>)))]
pub(crate) async fn list(
    caller: Caller<LicenseRead>,
    Params(params): Params<LicenseParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let filter = LicenseFilter {
        node: params.node_id,
        product: params.product_id,
        policy: params.policy_id,
        batch: params.batch_id,
        state: params.state,
        kind: params.kind,
        expires_from: params.expires_from,
        expires_before: params.expires_before,
        hint: params.key_hint.map(Text::into_string),
        deleted: params.deleted.unwrap_or_default(),
        ..LicenseFilter::default()
    };
    let now = db.clock().now();
    let found = db
        .read(&caller.scope, move |tx| licenses::list(tx, &filter, &page))
        .await?;
    Ok(answer::ok(&Listed::of(found, |license| {
        LicenseView::of(license, now)
    })))
}

/// Shows a license, and what it was sold for. Its key is shown only as its last five symbols.
#[utoipa::path(get, path = "/licenses/{id}", tag = "licenses", operation_id = "get_license", params(("id" = Id, Path)),
    responses((status = 200, description = "The license.", body = LicenseDetail)))]
pub(crate) async fn get(
    caller: Caller<LicenseRead>,
    Segments(id): Segments<LicenseId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let read = move |tx: &mut TenantTx<'_>| {
        let license = licenses::find(tx, id)?.ok_or(AppError::NotFound("license"))?;
        Ok::<_, AppError>((license.version, detail(tx, license)?))
    };
    let (version, shown) = db.read(&caller.scope, read).await?;
    Ok(answer::version(version, &shown))
}

/// The key itself.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeyView {
    #[schema(example = "ACME-7K3QX-…")]
    key: String,
}

/// Shows a license's activation key again. A POST, because that somebody looked is put on record.
#[utoipa::path(post, path = "/licenses/{id}/key", tag = "licenses", operation_id = "reveal_key", params(("id" = Id, Path)),
    responses((status = 200, description = "The key.", body = KeyView)))]
pub(crate) async fn reveal(
    caller: Caller<LicenseRevealKey>,
    Segments(id): Segments<LicenseId>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let parts = platform.clone();
    let work = move |tx: &mut TenantTx<'_>| reveal_key(tx, parts.vault(), id);
    let key = platform.db().write(&caller.scope, work).await?;
    Ok(answer::ok(&KeyView {
        key: key.expose().to_owned(),
    }))
}
