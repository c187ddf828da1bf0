//! What a brand says of terms, privacy and refunds: plain text in paragraphs.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use alvara_render::page::Page;
use serde::Serialize;

use super::desk::Desk;
use crate::caller::recognize;
use crate::frame::Context;
use crate::problem::Problem;
use crate::visitor::Visitor;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.route("/{text:terms|privacy|refunds}", web::get().to(show));
}

#[derive(Serialize)]
struct TextPage {
    title: String,
    badge: Option<()>,
    back: Option<()>,
    intro: Option<String>,
    paragraphs: Vec<String>,
}

impl Page for TextPage {
    const TEMPLATE: &'static str = "text";
}

async fn show(
    desk: Desk,
    visitor: Visitor,
    which: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let _ = visitor;
    recognize(desk.request()).await?;
    let context = Context::of(desk.request());
    let brand = context.brand().ok_or_else(Problem::not_found)?;
    let text = match which.as_str() {
        "terms" => &brand.terms,
        "privacy" => &brand.privacy,
        _ => &brand.refunds,
    };
    let text = text.as_deref().ok_or_else(Problem::not_found)?;
    desk.show(&TextPage {
        title: desk.tell().word(&format!("legal-{which}")),
        badge: None,
        back: None,
        intro: None,
        paragraphs: text
            .split("\n\n")
            .map(str::trim)
            .filter(|paragraph| !paragraph.is_empty())
            .map(str::to_owned)
            .collect(),
    })
}
