//! The pages behind `type`: `/problems` lists every problem, `/problems/<slug>` explains one.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_LANGUAGE, VARY};
use actix_web::{HttpRequest, HttpResponse, web};
use alvara_render::{Args, Locale, Words};

use super::{Kind, Problem};
use crate::frame::Context;
use crate::html;

/// `GET /problems`
pub(crate) async fn list(request: HttpRequest, words: web::Data<Words>) -> HttpResponse {
    let locale = Context::of(&request).locale(&words);
    let text = |key: &str| html::escape(&words.text(&locale, key, &Args::new()));
    let rows: String = Kind::ALL
        .iter()
        .map(|kind| {
            format!(
                "<tr><td><a href=\"/problems/{slug}\"><code>{code}</code></a></td><td>{status}</td><td>{title}</td></tr>\n",
                slug = kind.slug(),
                code = kind.code(),
                status = kind.status().as_u16(),
                title = text(kind.title_key()),
            )
        })
        .collect();
    let body = format!(
        "<h1>{title}</h1>\n<p>{lead}</p>\n<div class=\"scroll\"><table><thead><tr><th>{code}</th><th>{status}</th><th></th></tr></thead>\n<tbody>{rows}</tbody></table></div>",
        title = text("problem-page-title"),
        lead = text("problem-page-lead"),
        code = text("problem-page-code"),
        status = text("problem-page-status"),
    );
    page(&locale, &text("problem-page-title"), &body)
}

/// `GET /problems/{slug}`
pub(crate) async fn show(
    request: HttpRequest,
    slug: web::Path<String>,
    words: web::Data<Words>,
) -> Result<HttpResponse, Problem> {
    let kind = Kind::ALL
        .iter()
        .find(|kind| kind.slug() == *slug)
        .ok_or_else(Problem::not_found)?;
    let locale = Context::of(&request).locale(&words);
    let text = |key: &str| html::escape(&words.text(&locale, key, &Args::new()));
    let title = text(kind.title_key());
    let body = format!(
        "<h1>{title}</h1>\n<p>{meaning}</p>\n<dl><dt>{code_label}</dt><dd><code>{code}</code></dd><dt>{status_label}</dt><dd>{status}</dd></dl>\n<p><a href=\"/problems\">{all}</a></p>",
        meaning = text(&kind.meaning_key()),
        code_label = text("problem-page-code"),
        code = kind.code(),
        status_label = text("problem-page-status"),
        status = html::escape(&kind.status().to_string()),
        all = text("problem-page-all"),
    );
    Ok(page(&locale, &title, &body))
}

fn page(locale: &Locale, title: &str, body: &str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_LANGUAGE, locale.tag()))
        .insert_header((VARY, "accept-language"))
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .body(html::document(locale.tag(), title, body))
}
