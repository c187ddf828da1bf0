//! What pages of a brand fetch, by host and without signing in: colours, logo, favicon; and the
//! question of a proxy whether to get a certificate for a name.

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, ETAG, HeaderValue, IF_NONE_MATCH,
};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use alvara_domain::brand::{PictureFormat, PictureSlot};
use alvara_tenants::Gate;
use alvara_vault::token_hash;
use data_encoding::BASE64;
use serde::Deserialize;

use crate::body::Params;
use crate::frame::FrameConfig;
use crate::host::knocked_at;
use crate::problem::Problem;

/// A page asks again each time, and is told in a few bytes that nothing changed: a publication shows
/// at once, and no cache mixes two tenants.
const CACHED: &str = "private, no-cache";

/// A drawing is opened by itself too, and then it is a document of the tenant's origin.
const DRAWING: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";

/// The routes, outside of `/api/v1`.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .route("/brand.css", web::get().to(style))
        .route("/brand/{picture}", web::get().to(picture))
        .route("/internal/tls-ask", web::get().to(tls_ask));
}

/// `GET /brand.css`
async fn style(request: HttpRequest, gate: Data<Gate>) -> Result<HttpResponse, Problem> {
    let host = knocked_at(&gate, &request).await?;
    let brand = gate.brand(&host).await?;
    let tag = format!("\"{}\"", brand.css_tag());
    if is_held(&request, &tag) {
        return Ok(unchanged(&tag, CACHED));
    }
    Ok(HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((ETAG, tag))
        .insert_header((CACHE_CONTROL, CACHED))
        .body(brand.css().to_owned()))
}

/// `GET /brand/logo`, `/brand/logo-dark`, `/brand/favicon`
async fn picture(
    request: HttpRequest,
    slot: web::Path<String>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let slot: PictureSlot = slot.parse().map_err(|_| Problem::not_found())?;
    let host = knocked_at(&gate, &request).await?;
    let found = gate.brand_picture(&host, slot).await?;
    let (format, bytes) = found.ok_or_else(Problem::not_found)?;
    Ok(picture_answer(&request, format, bytes, CACHED))
}

/// A picture, with everything that keeps it a picture.
pub(crate) fn picture_answer(
    request: &HttpRequest,
    format: PictureFormat,
    bytes: Vec<u8>,
    cached: &'static str,
) -> HttpResponse {
    let mut tag = token_hash(&BASE64.encode(&bytes));
    tag.truncate(32);
    let tag = format!("\"{tag}\"");
    if is_held(request, &tag) {
        return unchanged(&tag, cached);
    }
    HttpResponse::Ok()
        .content_type(format.media_type())
        .insert_header((ETAG, tag))
        .insert_header((CACHE_CONTROL, cached))
        .insert_header((CONTENT_SECURITY_POLICY, DRAWING))
        .insert_header((CONTENT_DISPOSITION, HeaderValue::from_static("inline")))
        .body(bytes)
}

fn unchanged(tag: &str, cached: &'static str) -> HttpResponse {
    HttpResponse::NotModified()
        .insert_header((ETAG, tag))
        .insert_header((CACHE_CONTROL, cached))
        .finish()
}

fn is_held(request: &HttpRequest, tag: &str) -> bool {
    request
        .headers()
        .get_all(IF_NONE_MATCH)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|held| held.trim().trim_start_matches("W/") == tag)
}

/// A proxy's question.
#[derive(Deserialize)]
struct Asked {
    domain: String,
}

/// `GET /internal/tls-ask?domain=`: 200 when a certificate may be got for the name, 404 when not, and
/// 404 to everybody but a proxy of ours: on this machine or in a trusted network, and asking for
/// itself. A request that it passes on for somebody bears a forwarding header.
async fn tls_ask(
    request: HttpRequest,
    Params(asked): Params<Asked>,
    frame: Data<FrameConfig>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let passed_on = ["x-forwarded-for", "forwarded"]
        .iter()
        .any(|name| request.headers().contains_key(*name));
    let near = request.peer_addr().is_some_and(|peer| {
        let address = peer.ip().to_canonical();
        address.is_loopback()
            || frame
                .trusted_proxies
                .iter()
                .any(|network| network.contains(address))
    });
    let name = asked.domain.to_ascii_lowercase();
    if near && !passed_on && gate.serves_name(&name).await? {
        Ok(HttpResponse::Ok().finish())
    } else {
        Err(Problem::not_found())
    }
}
