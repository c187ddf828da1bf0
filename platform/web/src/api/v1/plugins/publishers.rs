//! Whose plugins the operator trusts.

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_app::plugin;
use alvara_store::{Db, PlatformTx, plugins};
use alvara_tenants::permissions::{PluginRead, PluginUpdate};
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::PublisherView;
use crate::answer;
use crate::body::{Json, Segments, Text};
use crate::caller::Operator;
use crate::list::Listed;
use crate::problem::Problem;

/// A publisher to trust.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PublisherBody {
    /// What the operator calls it.
    #[schema(example = "ACME Payments")]
    name: Text<1, 100>,
    /// The raw Ed25519 public key, 32 bytes in base64; `alvara plugin keygen` prints it.
    #[schema(example = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")]
    public_key: Text<1, 64>,
}

/// Lists the publishers whose plugins are installed, by name.
#[utoipa::path(get, path = "/plugin-publishers", tag = "plugins", operation_id = "list_plugin_publishers",
    responses((status = 200, description = "All of them.", body = Listed<PublisherView>)))]
pub(crate) async fn list_publishers(
    caller: Operator<PluginRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db
        .platform_read(&caller.scope, plugins::list_publishers)
        .await?;
    let views = found.into_iter().map(PublisherView::from);
    Ok(answer::ok(&Listed::whole(views)))
}

/// Trusts a publisher: what its key signed can be installed.
#[utoipa::path(post, path = "/plugin-publishers", tag = "plugins", operation_id = "trust_plugin_publisher",
    request_body = PublisherBody, responses((status = 201, description = "Trusted.", body = PublisherView)))]
pub(crate) async fn trust(
    caller: Operator<PluginUpdate>,
    Json(body): Json<PublisherBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let (name, key) = (body.name.into_string(), body.public_key.into_string());
    let work = move |tx: &mut PlatformTx<'_>| plugin::trust(tx, &name, &key);
    let publisher = db.platform_write(&caller.scope, work).await?;
    let location = format!("/api/v1/plugin-publishers/{}", publisher.fingerprint);
    Ok(answer::created(&location, &PublisherView::from(publisher)))
}

/// No longer trusts a publisher. What is installed stays; nothing more of it is installed.
#[utoipa::path(delete, path = "/plugin-publishers/{fingerprint}", tag = "plugins", operation_id = "distrust_plugin_publisher",
    params(("fingerprint" = String, Path)), responses((status = 204, description = "No longer trusted.")))]
pub(crate) async fn distrust(
    caller: Operator<PluginUpdate>,
    Segments(fingerprint): Segments<String>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let work = move |tx: &mut PlatformTx<'_>| plugin::distrust(tx, &fingerprint);
    db.platform_write(&caller.scope, work).await?;
    Ok(answer::gone())
}
