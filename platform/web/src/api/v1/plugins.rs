//! Payment plugins: the operator installs, grants, offers and removes them on a running server; a
//! tenant sees those that it may use.

mod offers;
mod publishers;
mod view;

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use alvara_app::plugin::{self, Grants, Installing, Signing};
use alvara_app::{AppError, AppResult, Platform};
use alvara_domain::id::PluginId;
use alvara_store::{Db, PlatformTx, plugins};
use alvara_tenants::permissions::{PluginRead, PluginUpdate};
use serde::Deserialize;
use utoipa::IntoParams;

pub(crate) use offers::{
    __path_list_of_tenant, __path_list_own, __path_offer, __path_withdraw, list_of_tenant,
    list_own, offer, withdraw,
};
pub(crate) use publishers::{
    __path_distrust, __path_list_publishers, __path_trust, distrust, list_publishers, trust,
};
use view::{GrantsBody, PluginView, SheetView};

use crate::answer;
use crate::body::{Json, PLUGIN_BODY, Params, Segments, check_media_type, read_body_up_to};
use crate::caller::Operator;
use crate::list::{Listed, page_request};
use crate::precondition::IfMatch;
use crate::problem::Problem;
use crate::schema::Id;

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/plugins").get(list).post(install))
        .service(web::resource("/plugins/{id}").get(get).delete(remove))
        .service(web::resource("/plugins/{id}/sheet").get(sheet))
        .service(web::resource("/plugins/{id}/grants").put(grant))
        .service(
            web::resource("/plugin-publishers")
                .get(list_publishers)
                .post(trust),
        )
        .service(web::resource("/plugin-publishers/{fingerprint}").delete(distrust))
        .service(web::resource("/tenants/{id}/plugins").get(list_of_tenant))
        .service(
            web::resource("/tenants/{id}/plugins/{plugin}")
                .put(offer)
                .delete(withdraw),
        )
        .service(web::resource("/offered-plugins").get(list_own));
}

/// Which plugins.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PluginParams {
    /// The versions of this one.
    name: Option<String>,
    /// Items a page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What becomes of a file that nobody signed.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Unsigned {
    #[default]
    Refuse,
    Accept,
}

/// How to install.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct InstallParams {
    /// `accept` installs a file that nobody signed; `refuse`, which is meant when left out, does not.
    /// A signature that is there has to be a trusted publisher's in any case.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    unsigned: Unsigned,
}

/// Lists the installed versions of plugins, the last one installed first.
#[utoipa::path(get, path = "/plugins", tag = "plugins", operation_id = "list_plugins", params(PluginParams),
    responses((status = 200, description = "A page of plugins.", body = Listed<PluginView>)))]
pub(crate) async fn list(
    caller: Operator<PluginRead>,
    Params(params): Params<PluginParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let name = params.name;
    let read = move |tx: &mut PlatformTx<'_>| plugins::list(tx, name.as_deref(), &page);
    let found = db.platform_read(&caller.scope, read).await?;
    let next = found.next.map(|cursor| cursor.as_str().to_owned());
    let items: AppResult<Vec<PluginView>> = found.items.into_iter().map(PluginView::of).collect();
    Ok(answer::ok(&Listed {
        items: items?,
        next_cursor: next,
    }))
}

/// Installs a version of a plugin beside those that are there. The body is the one file that
/// `alvara plugin build` and `sign` made. It can do nothing until it is granted what it asks for, and
/// no payment account uses it by itself.
#[utoipa::path(post, path = "/plugins", tag = "plugins", operation_id = "install_plugin", params(InstallParams),
    request_body(content = Vec<u8>, content_type = "application/wasm"),
    responses((status = 201, description = "Installed.", body = PluginView)))]
pub(crate) async fn install(
    caller: Operator<PluginUpdate>,
    Params(params): Params<InstallParams>,
    request: HttpRequest,
    payload: web::Payload,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    check_media_type(&request, "application/wasm")?;
    let file = read_body_up_to(PLUGIN_BODY, &request, &mut payload.into_inner()).await?;
    install_file(caller, params.unsigned, file.to_vec(), &platform).await
}

/// The same for a file that came by another way.
pub(crate) async fn install_file(
    caller: Operator<PluginUpdate>,
    unsigned: Unsigned,
    file: Vec<u8>,
    platform: &Platform,
) -> Result<HttpResponse, Problem> {
    let installing = Installing {
        file,
        signing: match unsigned {
            Unsigned::Refuse => Signing::Required,
            Unsigned::Accept => Signing::Waived,
        },
    };
    let gateway = platform.gateway()?;
    let installed = plugin::install(platform.db(), gateway, &caller.scope, installing).await?;
    let location = format!("/api/v1/plugins/{}", installed.id);
    let version = installed.version;
    let view = PluginView::of(installed)?;
    Ok(answer::created_version(&location, version, &view))
}

/// Shows a version of a plugin: what it says of itself, what it asks for, what it is granted.
#[utoipa::path(get, path = "/plugins/{id}", tag = "plugins", operation_id = "get_plugin", params(("id" = Id, Path)),
    responses((status = 200, description = "The plugin.", body = PluginView)))]
pub(crate) async fn get(
    caller: Operator<PluginRead>,
    Segments(id): Segments<PluginId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db
        .platform_read(&caller.scope, move |tx| plugins::find(tx, id))
        .await?;
    let found = found.ok_or_else(Problem::not_found)?;
    Ok(answer::version(found.version, &PluginView::of(found)?))
}

/// Shows what a version asks for, in words, and what of it is new beside the version that was
/// granted last. The `ETag` is that of the plugin: a grant is based on it.
#[utoipa::path(get, path = "/plugins/{id}/sheet", tag = "plugins", operation_id = "get_plugin_sheet", params(("id" = Id, Path)),
    responses((status = 200, description = "What it asks for.", body = SheetView)))]
pub(crate) async fn sheet(
    caller: Operator<PluginRead>,
    Segments(id): Segments<PluginId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let read = move |tx: &mut PlatformTx<'_>| -> AppResult<_> {
        let plugin = plugins::find(tx, id)?.ok_or(AppError::NotFound("plugin"))?;
        Ok((plugin.version, plugin::sheet(tx, id)?))
    };
    let (version, sheet) = db.platform_read(&caller.scope, read).await?;
    Ok(answer::version(version, &SheetView::from(sheet)))
}

/// Grants a version what it may do, in place of what it was granted before. It counts from the next
/// call on. One that is granted nothing is not called, and no account can be pinned to it.
#[utoipa::path(put, path = "/plugins/{id}/grants", tag = "plugins", operation_id = "grant_plugin",
    params(("id" = Id, Path), ("If-Match" = String, Header, description = "The ETag of the version that the change is based on, or *.")),
    request_body = GrantsBody, responses((status = 200, description = "Granted.", body = PluginView)))]
pub(crate) async fn grant(
    caller: Operator<PluginUpdate>,
    Segments(id): Segments<PluginId>,
    if_match: IfMatch,
    Json(body): Json<GrantsBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let grants = Grants::from(body);
    let work = move |tx: &mut PlatformTx<'_>| {
        let present = plugins::find(tx, id)?.ok_or(AppError::NotFound("plugin"))?;
        plugin::grant(tx, id, if_match.against(present.version), &grants)
    };
    let granted = db.platform_write(&caller.scope, work).await?;
    Ok(answer::version(granted.version, &PluginView::of(granted)?))
}

/// Removes a version that no payment account is pinned to and by which no charge is open and no refund
/// is on its way.
#[utoipa::path(delete, path = "/plugins/{id}", tag = "plugins", operation_id = "remove_plugin", params(("id" = Id, Path)),
    responses((status = 204, description = "Removed.")))]
pub(crate) async fn remove(
    caller: Operator<PluginUpdate>,
    Segments(id): Segments<PluginId>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    plugin::remove(&platform, &caller.scope, id).await?;
    Ok(answer::gone())
}
