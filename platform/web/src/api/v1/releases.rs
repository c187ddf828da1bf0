//! Releases: published builds.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::release::NewRelease;
use alvara_app::{AppError, Platform};
use alvara_domain::id::{ProductId, ReleaseId};
use alvara_domain::product::{Release, Version};
use alvara_domain::time::UtcTime;
use alvara_store::{Db, TenantTx, products, releases};
use alvara_tenants::permissions::{ReleasePublish, ReleaseRead};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer;
use crate::body::{BULK_BODY, BodyLimit, Json, Params, Segments, Text};
use crate::caller::Caller;
use crate::list::{Listed, PageParams};
use crate::problem::Problem;
use crate::schema::{Id, Instant};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config.service(
        web::resource("/products/{id}/releases")
            .app_data(BodyLimit(BULK_BODY))
            .get(list)
            .post(publish),
    );
}

/// A published build.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReleaseView {
    #[schema(value_type = Id)]
    id: ReleaseId,
    #[schema(value_type = Id)]
    product_id: ProductId,
    channel: String,
    platform: String,
    #[schema(value_type = String, example = "2.1.14")]
    version: Version,
    url: String,
    notes: String,
    /// Whether programs must not run an older build.
    mandatory: bool,
    /// Of the file, in hexadecimal.
    sha256: String,
    /// By the product's key over the 64 characters of `sha256`, base64.
    signature: String,
    #[schema(value_type = Instant)]
    published_at: UtcTime,
}

impl From<Release> for ReleaseView {
    fn from(release: Release) -> Self {
        Self {
            id: release.id,
            product_id: release.product_id,
            channel: release.channel,
            platform: release.platform,
            version: release.version,
            url: release.url,
            notes: release.notes,
            mandatory: release.mandatory,
            sha256: release.sha256,
            signature: release.signature,
            published_at: release.published_at,
        }
    }
}

/// A build to publish.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReleaseBody {
    #[schema(example = "stable")]
    channel: Text<1, 20>,
    /// `any` runs everywhere.
    #[schema(example = "windows-x64")]
    platform: Text<1, 40>,
    #[schema(example = "2.1.14")]
    version: Text<1, 60>,
    #[schema(example = "https://downloads.acme.example/writer-2.1.14.exe")]
    url: Text<1, 700>,
    #[serde(default = "no_notes")]
    notes: Text<0, 20000>,
    #[serde(default)]
    mandatory: bool,
    /// SHA-256 of the file, 64 hexadecimal digits.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    sha256: Text<64, 64>,
}

fn no_notes() -> Text<0, 20000> {
    Text::empty()
}

/// Lists a product's releases, the newest version first.
#[utoipa::path(get, path = "/products/{id}/releases", tag = "releases", operation_id = "list_releases", params(("id" = Id, Path), PageParams),
    responses((status = 200, description = "A page of releases.", body = Listed<ReleaseView>)))]
pub(crate) async fn list(
    caller: Caller<ReleaseRead>,
    Segments(id): Segments<ProductId>,
    Params(page): Params<PageParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page.request()?;
    let work = move |tx: &mut TenantTx<'_>| -> Result<_, AppError> {
        products::find(tx, id)?.ok_or(AppError::NotFound("product"))?;
        Ok(releases::list(tx, id, &page)?)
    };
    let found = db.read(&caller.scope, work).await?;
    Ok(answer::ok(&Listed::of(found, ReleaseView::from)))
}

/// Publishes a build; it is signed with the product's key.
#[utoipa::path(post, path = "/products/{id}/releases", tag = "releases", operation_id = "publish_release", params(("id" = Id, Path)),
    request_body = ReleaseBody, responses((status = 201, description = "Published.", body = ReleaseView)))]
pub(crate) async fn publish(
    caller: Caller<ReleasePublish>,
    Segments(product_id): Segments<ProductId>,
    Json(body): Json<ReleaseBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let new = NewRelease {
        product_id,
        channel: body.channel.into_string(),
        platform: body.platform.into_string(),
        version: body.version.into_string(),
        url: body.url.into_string(),
        notes: body.notes.into_string(),
        mandatory: body.mandatory,
        sha256: body.sha256.into_string(),
    };
    let release = platform.publish_release(&caller.scope, &new).await?;
    let location = format!("/api/v1/products/{product_id}/releases");
    Ok(answer::created(&location, &ReleaseView::from(release)))
}
