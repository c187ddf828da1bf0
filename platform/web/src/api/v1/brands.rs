//! Brands: what places of a tree say of themselves, as a draft and as the world sees it.

mod values;

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use alvara_app::brand::{
    brand_of, publish_brand, put_picture, remove_picture, revert_draft, save_draft,
};
use alvara_app::{AppError, AppResult, Platform};
use alvara_domain::brand::{Picture, PictureSlot, StoredBrand};
use alvara_domain::id::NodeId;
use alvara_domain::node::{Node, Tenant};
use alvara_domain::time::UtcTime;
use alvara_render::PICTURE_BYTES;
use alvara_store::{Db, Scope, TenantTx, brands, tenants};
use alvara_tenants::permissions::{BrandRead, BrandUpdate};
use serde::Serialize;
use utoipa::ToSchema;

use self::values::EffectiveBrandView;
pub(crate) use self::values::{BrandBody, BrandValues};
use crate::answer;
use crate::body::{BULK_BODY, BodyLimit, Json, Segments, check_media_type, read_body_up_to};
use crate::brand::picture_answer;
use crate::caller::Caller;
use crate::precondition::{IfMatch, MaybeIfMatch};
use crate::problem::Problem;
use crate::schema::{Id, Instant};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/nodes/{id}/brand")
                .app_data(BodyLimit(BULK_BODY))
                .get(get)
                .put(put),
        )
        .service(web::resource("/nodes/{id}/brand/publication").post(publish))
        .service(web::resource("/nodes/{id}/brand/draft").delete(revert))
        .service(
            web::resource("/nodes/{id}/brand/pictures/{picture}")
                .get(picture)
                .put(put_image)
                .delete(remove_image),
        );
}

/// A picture of a brand.
#[derive(Serialize, ToSchema)]
struct PictureView {
    /// `png` or `svg`.
    format: &'static str,
    /// In pixels, or in the units of its view box.
    width: u32,
    height: u32,
    /// Tells its bytes from all others.
    digest: String,
}

impl From<&Picture> for PictureView {
    fn from(picture: &Picture) -> Self {
        Self {
            format: picture.format.as_str(),
            width: picture.width,
            height: picture.height,
            digest: picture.digest.clone(),
        }
    }
}

/// The pictures that a place has of its own.
#[derive(Serialize, ToSchema)]
struct PicturesView {
    logo: Option<PictureView>,
    /// For dark grounds.
    logo_dark: Option<PictureView>,
    favicon: Option<PictureView>,
}

/// What a place says of itself, and what follows from it.
#[derive(Serialize, ToSchema)]
pub(crate) struct BrandView {
    #[schema(value_type = Id)]
    node_id: NodeId,
    /// The draft. What is null here is said by the places above.
    draft: BrandValues,
    /// The pictures of the draft.
    pictures: PicturesView,
    /// Whether the world sees something else than the draft.
    is_changed: bool,
    /// When it was published last; null before the first time.
    #[schema(value_type = Option<Instant>)]
    published_at: Option<UtcTime>,
    /// What pages show once the draft is published, with what comes from above and the colours that
    /// can be read.
    effective: EffectiveBrandView,
}

/// What a view is made from, read in one transaction.
type Found = (Tenant, Node, StoredBrand);

fn found(tx: &mut TenantTx<'_>, id: NodeId, stored: StoredBrand) -> AppResult<Found> {
    let (node, _) = brand_of(tx, id)?;
    Ok((tenants::load_own(tx)?, node, stored))
}

async fn shown(platform: &Platform, found: Found) -> Result<HttpResponse, Problem> {
    let (tenant, node, stored) = found;
    let brand = platform
        .gate()
        .preview_brand(&tenant, &node.path, stored.draft.clone())
        .await?;
    let view = |slot| stored.draft.picture(slot).map(PictureView::from);
    let body = BrandView {
        node_id: node.id,
        pictures: PicturesView {
            logo: view(PictureSlot::Logo),
            logo_dark: view(PictureSlot::LogoDark),
            favicon: view(PictureSlot::Favicon),
        },
        is_changed: stored.published.clone().unwrap_or_default() != stored.draft,
        published_at: stored.published_at,
        effective: EffectiveBrandView::from(&brand),
        draft: BrandValues::from(stored.draft),
    };
    Ok(answer::version(stored.version, &body))
}

/// Shows what a place says of itself. Until somebody says something, it is what the places above say.
#[utoipa::path(get, path = "/nodes/{id}/brand", tag = "brands", operation_id = "get_brand", params(("id" = Id, Path)),
    responses((status = 200, description = "The brand.", body = BrandView)))]
pub(crate) async fn get(
    caller: Caller<BrandRead>,
    Segments(id): Segments<NodeId>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let read = move |tx: &mut TenantTx<'_>| {
        let (_, stored) = brand_of(tx, id)?;
        found(tx, id, stored)
    };
    let found = platform.db().read(&caller.scope, read).await?;
    shown(&platform, found).await
}

/// Writes the draft of a place, whole: what is left out is said by the places above. Pictures are put
/// apart. Nobody sees it before it is published.
#[utoipa::path(put, path = "/nodes/{id}/brand", tag = "brands", operation_id = "put_brand",
    params(("id" = Id, Path), ("If-Match" = String, Header, description = "The ETag of the version that the change is based on, or *.")),
    request_body = BrandBody, responses((status = 200, description = "Written.", body = BrandView)))]
pub(crate) async fn put(
    caller: Caller<BrandUpdate>,
    Segments(id): Segments<NodeId>,
    if_match: IfMatch,
    Json(body): Json<BrandBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let typed = body.read();
    let parts = platform.clone();
    let work = move |tx: &mut TenantTx<'_>| {
        let (_, present) = brand_of(tx, id)?;
        let version = if_match.against(present.version);
        let stored = save_draft(tx, parts.words()?, id, version, &typed)?;
        found(tx, id, stored)
    };
    let found = platform.db().write(&caller.scope, work).await?;
    shown(&platform, found).await
}

/// Publishes the draft of a place. Pages show it from the next one on, there and at the places below
/// that say nothing else.
#[utoipa::path(post, path = "/nodes/{id}/brand/publication", tag = "brands", operation_id = "publish_brand",
    params(("id" = Id, Path), ("If-Match" = Option<String>, Header, description = "The ETag of the version that is meant, when it matters.")),
    responses((status = 200, description = "Published.", body = BrandView)))]
pub(crate) async fn publish(
    caller: Caller<BrandUpdate>,
    Segments(id): Segments<NodeId>,
    if_match: MaybeIfMatch,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let work = move |tx: &mut TenantTx<'_>| {
        let (_, present) = brand_of(tx, id)?;
        let version = if_match.expected().unwrap_or(present.version);
        let stored = publish_brand(tx, id, version)?;
        found(tx, id, stored)
    };
    let found = platform.db().write(&caller.scope, work).await?;
    shown(&platform, found).await
}

/// Throws the draft of a place away: it is again what is published, pictures included.
#[utoipa::path(delete, path = "/nodes/{id}/brand/draft", tag = "brands", operation_id = "revert_brand",
    params(("id" = Id, Path), ("If-Match" = Option<String>, Header, description = "The ETag of the version that is meant, when it matters.")),
    responses((status = 200, description = "As it is published.", body = BrandView)))]
pub(crate) async fn revert(
    caller: Caller<BrandUpdate>,
    Segments(id): Segments<NodeId>,
    if_match: MaybeIfMatch,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let work = move |tx: &mut TenantTx<'_>| {
        let (_, present) = brand_of(tx, id)?;
        let version = if_match.expected().unwrap_or(present.version);
        let stored = revert_draft(tx, id, version)?;
        found(tx, id, stored)
    };
    let found = platform.db().write(&caller.scope, work).await?;
    shown(&platform, found).await
}

/// A picture of a place's draft: `logo`, `logo-dark` or `favicon`.
#[utoipa::path(get, path = "/nodes/{id}/brand/pictures/{picture}", tag = "brands", operation_id = "get_brand_picture",
    params(("id" = Id, Path), ("picture" = String, Path, example = "logo")),
    responses((status = 200, description = "Its bytes.", content((Vec<u8> = "image/png"), (String = "image/svg+xml")))))]
pub(crate) async fn picture(
    caller: Caller<BrandRead>,
    Segments((id, slot)): Segments<(NodeId, PictureSlot)>,
    request: HttpRequest,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let read = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
        let (_, stored) = brand_of(tx, id)?;
        let missing = || AppError::NotFound("picture");
        let picture = stored.draft.picture(slot).ok_or_else(missing)?.clone();
        let bytes = brands::find_file(tx, id, &picture.digest)?.ok_or_else(missing)?;
        Ok((picture, bytes))
    };
    let (picture, bytes) = db.read(&caller.scope, read).await?;
    Ok(picture_answer(
        &request,
        picture.format,
        bytes,
        "private, no-cache",
    ))
}

/// Puts a picture into the draft of a place: `logo` and `logo-dark` as PNG of at most 1 024 pixels a
/// side or SVG, `favicon` as a square PNG of 16 to 512. At most 256 KiB. What it is is found out from
/// its bytes, and it is written anew: of a PNG only the pixels stay, of an SVG only shapes, text,
/// gradients and clips.
#[utoipa::path(put, path = "/nodes/{id}/brand/pictures/{picture}", tag = "brands", operation_id = "put_brand_picture",
    params(("id" = Id, Path), ("picture" = String, Path, example = "logo"),
        ("If-Match" = String, Header, description = "The ETag of the version that the change is based on, or *.")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, description = "Put.", body = BrandView)))]
pub(crate) async fn put_image(
    caller: Caller<BrandUpdate>,
    Segments(at): Segments<(NodeId, PictureSlot)>,
    if_match: IfMatch,
    request: HttpRequest,
    payload: web::Payload,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    check_media_type(&request, "application/octet-stream")?;
    let sent = read_body_up_to(PICTURE_BYTES, &request, &mut payload.into_inner()).await?;
    put_bytes(caller, at, if_match, sent.to_vec(), platform).await
}

/// The same for bytes that came otherwise, such as with a form.
pub(crate) async fn put_bytes(
    caller: Caller<BrandUpdate>,
    at: (NodeId, PictureSlot),
    if_match: IfMatch,
    sent: Vec<u8>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let version = if_match.expected();
    let stored = put_picture(&platform, &caller.scope, at, version, sent).await?;
    after(&platform, &caller.scope, at.0, stored).await
}

/// Takes a picture out of the draft of a place, which then shows that of the places above.
#[utoipa::path(delete, path = "/nodes/{id}/brand/pictures/{picture}", tag = "brands", operation_id = "remove_brand_picture",
    params(("id" = Id, Path), ("picture" = String, Path, example = "logo"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that is meant, when it matters.")),
    responses((status = 200, description = "Taken out.", body = BrandView)))]
pub(crate) async fn remove_image(
    caller: Caller<BrandUpdate>,
    Segments(at): Segments<(NodeId, PictureSlot)>,
    if_match: MaybeIfMatch,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let version = if_match.expected();
    let work = move |tx: &mut TenantTx<'_>| remove_picture(tx, at, version);
    let stored = platform.db().write(&caller.scope, work).await?;
    after(&platform, &caller.scope, at.0, stored).await
}

/// What a change came to, read after it.
async fn after(
    platform: &Platform,
    scope: &Scope,
    id: NodeId,
    stored: StoredBrand,
) -> Result<HttpResponse, Problem> {
    let read = move |tx: &mut TenantTx<'_>| found(tx, id, stored.clone());
    let reader = scope.without_claim();
    let found = platform.db().read(&reader, read).await?;
    shown(platform, found).await
}
