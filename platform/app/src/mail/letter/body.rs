//! A letter's paragraphs, as plain text and as HTML that any mail program shows: no picture, no script,
//! nothing that is fetched.

use std::fmt::Write;

use alvara_render::page::escape;
use alvara_tenants::Brand;
use alvara_vault::Secret;

/// A part of a letter.
pub(super) enum Part {
    /// A paragraph.
    Text(String),
    /// One in small print.
    Quiet(String),
    /// Something to press.
    Link {
        /// What it does.
        label: String,
        /// Where it leads.
        url: Secret,
    },
}

/// The letter as text.
pub(super) fn text(parts: &[Part]) -> String {
    let parts = parts.iter().map(|part| match part {
        Part::Text(text) | Part::Quiet(text) => text.clone(),
        Part::Link { label, url } => format!("{label}:\n{}", url.expose()),
    });
    parts.collect::<Vec<_>>().join("\n\n") + "\n"
}

/// The letter as HTML in a language, under a title and in the colours of a brand.
pub(super) fn html(parts: &[Part], (language, title): (&str, &str), brand: &Brand) -> String {
    let tones = &brand.light.brand;
    let mut page = format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{}</title>\n</head>\n\
         <body style=\"margin:0;padding:24px;background:#ffffff;color:#1c1c1c;\
         font:16px/1.5 sans-serif\">\n<div style=\"max-width:36em;margin:0 auto\">\n",
        escape(language),
        escape(title),
    );
    for part in parts {
        // Writing to a text does not fail.
        let _ = match part {
            Part::Text(text) => writeln!(page, "<p>{}</p>", lines(text)),
            Part::Quiet(text) => writeln!(
                page,
                "<p style=\"color:#595959;font-size:14px\">{}</p>",
                lines(text)
            ),
            Part::Link { label, url } => writeln!(
                page,
                "<p><a href=\"{}\" style=\"display:inline-block;padding:12px 20px;\
                 border-radius:{}px;background:{};color:{};text-decoration:none;\
                 font-weight:bold\">{}</a></p>",
                escape(url.expose()),
                brand.radius,
                tones.fill,
                tones.on_fill,
                escape(label),
            ),
        };
    }
    page.push_str("</div>\n</body>\n</html>\n");
    page
}

fn lines(text: &str) -> String {
    escape(text).replace('\n', "<br>\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-TEN-04: what a customer is called is text in every part of a mail.
    #[test]
    fn nothing_that_somebody_typed_becomes_mark_up() {
        let parts = [
            Part::Text("<script>\n'x'</script>".to_owned()),
            Part::Quiet("a & b".to_owned()),
            Part::Link {
                label: "<b>".to_owned(),
                url: Secret::new("https://x.test/\"><i>".to_owned()),
            },
        ];
        let page = html(&parts, ("en", "</title>"), &Brand::neutral());
        for mark in ["<script", "<b>", "<i>", "</title></title>", "a & b"] {
            assert!(!page.contains(mark), "{mark}: {page}");
        }
        assert!(page.contains("&lt;script&gt;<br>"), "{page}");
        assert!(
            page.contains("href=\"https://x.test/&quot;&gt;&lt;i&gt;\""),
            "{page}"
        );
        let plain = text(&parts);
        assert!(plain.contains("<b>:\nhttps://x.test/"), "{plain}");
    }
}
