//! Style sheet and scripts, named by what is in them, so that a browser keeps them for good.

use std::sync::LazyLock;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use alvara_vault::token_hash;

const CSS: &str = include_str!("../../../../templates/assets/portal.css");
const JS: &str = include_str!("../../../../templates/assets/portal.js");
const PALETTE: &str = include_str!("../../../../templates/assets/palette.js");

/// Address of the style sheet.
pub(super) static CSS_AT: LazyLock<String> = LazyLock::new(|| address("portal.css", CSS));
/// Address of the script.
pub(super) static JS_AT: LazyLock<String> = LazyLock::new(|| address("portal.js", JS));
/// Address of the script that opens the search over any page.
pub(super) static PALETTE_AT: LazyLock<String> = LazyLock::new(|| address("palette.js", PALETTE));

fn address(name: &str, text: &str) -> String {
    let hash = token_hash(text).to_lowercase();
    format!("/assets/{name}?v={}", hash.get(..12).unwrap_or(&hash))
}

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/assets/portal.css", web::get().to(css))
        .route("/assets/portal.js", web::get().to(js))
        .route("/assets/palette.js", web::get().to(palette));
}

async fn css(request: HttpRequest) -> HttpResponse {
    serve(&request, "text/css; charset=utf-8", CSS)
}

async fn js(request: HttpRequest) -> HttpResponse {
    serve(&request, "text/javascript; charset=utf-8", JS)
}

async fn palette(request: HttpRequest) -> HttpResponse {
    serve(&request, "text/javascript; charset=utf-8", PALETTE)
}

fn serve(request: &HttpRequest, kind: &str, text: &'static str) -> HttpResponse {
    // Only the address with the hash names these very bytes for ever.
    let age = if request.query_string().starts_with("v=") {
        "public, max-age=31536000, immutable"
    } else {
        "public, max-age=300"
    };
    HttpResponse::Ok()
        .content_type(kind)
        .insert_header((CACHE_CONTROL, age))
        .body(text)
}
