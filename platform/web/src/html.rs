//! The little HTML that the interface itself serves: problem pages and the API reference.
//!
//! Portals have templates of their own; these pages are part of the interface and bear no brand.

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;

pub(crate) use alvara_render::page::escape;

const STYLE: &str = include_str!("../assets/reference.css");

/// A whole page. `title` and `body` are HTML already.
pub(crate) fn document(language: &str, title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n\
         <link rel=\"icon\" href=\"data:,\">\n\
         <link rel=\"stylesheet\" href=\"/assets/reference.css\">\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )
}

/// `GET /assets/reference.css`
pub(crate) async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .body(STYLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_escapes_the_escape() {
        assert_eq!(
            escape("<a href=\"x\" id='y'>&"),
            "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;"
        );
    }
}
