//! Answers that people carry: the same text as a file, in JSON, or as a QR code, by `Accept`.

use actix_web::http::header::{ACCEPT, CONTENT_DISPOSITION, VARY};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use alvara_render::{Args, QR_BYTES_MAX, Qr, QrError};
use serde::Serialize;

use crate::problem::{Kind, Problem};

/// In which form a text goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A block with BEGIN and END, to be saved as a file.
    Block,
    /// A JWS as it is.
    Jose,
    /// A JSON object.
    Json,
    /// A QR code as SVG.
    Svg,
    /// A QR code as PNG.
    Png,
}

impl Form {
    /// The media type.
    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Block => "application/x-pem-file",
            Self::Jose => "application/jose",
            Self::Json => "application/json",
            Self::Svg => "image/svg+xml",
            Self::Png => "image/png",
        }
    }

    /// The form that a request prefers among those offered, the first of which is the usual one. A
    /// client that names nothing we have gets the usual one: it asked for this address, after all.
    pub(crate) fn asked(request: &HttpRequest, offered: &[Self]) -> Self {
        let usual = offered.first().copied().unwrap_or(Self::Block);
        let ranges = request
            .headers()
            .get_all(ACCEPT)
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','));
        let mut best = (0.0, usual);
        for range in ranges {
            let mut parts = range.split(';').map(str::trim);
            let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
            let quality = parts
                .find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok())
                .unwrap_or(1.0);
            let fits = |form: &&Self| match essence.as_str() {
                "*/*" => true,
                "text/plain" => **form == Self::Block,
                essence => match essence.strip_suffix("/*") {
                    Some(kind) => form.media_type().split('/').next() == Some(kind),
                    None => form.media_type() == essence,
                },
            };
            if quality > best.0
                && let Some(form) = offered.iter().find(fits)
            {
                best = (quality, *form);
            }
        }
        best.1
    }
}

/// A text in all its forms.
pub(crate) struct Carried<'a, J> {
    /// The block.
    pub(crate) block: &'a str,
    /// What a QR holds, which is also what [`Form::Jose`] answers.
    pub(crate) bare: &'a str,
    /// The JSON object.
    pub(crate) json: &'a J,
    /// Name of the file, without its ending.
    pub(crate) name: &'static str,
}

impl<J: Serialize> Carried<'_, J> {
    /// The answer to a write: what was done cannot be refused afterwards for the length of its
    /// text, so where a picture has no room the block is answered.
    pub(crate) fn answer_write(
        &self,
        answer: HttpResponseBuilder,
        form: Form,
    ) -> Result<HttpResponse, Problem> {
        let pictured = matches!(form, Form::Svg | Form::Png);
        if pictured && self.bare.len() > QR_BYTES_MAX {
            return self.answer(answer, Form::Block);
        }
        self.answer(answer, form)
    }

    /// The answer in a form.
    pub(crate) fn answer(
        &self,
        mut answer: HttpResponseBuilder,
        form: Form,
    ) -> Result<HttpResponse, Problem> {
        answer
            .content_type(form.media_type())
            .insert_header((VARY, "accept"));
        Ok(match form {
            Form::Json => answer.json(self.json),
            Form::Jose => answer.body(self.bare.to_owned()),
            Form::Block => {
                let attached = format!("attachment; filename=\"{}.pem\"", self.name);
                answer
                    .insert_header((CONTENT_DISPOSITION, attached))
                    .body(self.block.to_owned())
            }
            Form::Svg => answer.body(code(self.bare)?.svg()),
            Form::Png => answer.body(code(self.bare)?.png().map_err(unreadable)?),
        })
    }
}

fn code(text: &str) -> Result<Qr, Problem> {
    Qr::new(text).map_err(unreadable)
}

fn unreadable(error: QrError) -> Problem {
    match error {
        QrError::TooLong { bytes } => {
            let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
            Problem::new(Kind::TooLongForQr)
                .with_args(Args::new().number("count", bytes))
                .with_member("bytes", bytes)
        }
        QrError::Unwritable => Problem::internal(error),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    // R-LIC-06
    #[test]
    fn the_form_follows_accept() {
        let asked = |accept: &str| {
            let request = TestRequest::get().insert_header((ACCEPT, accept));
            let offered = [Form::Jose, Form::Block, Form::Svg, Form::Png];
            Form::asked(&request.to_http_request(), &offered)
        };
        assert_eq!(asked("image/png"), Form::Png);
        assert_eq!(asked("image/svg+xml;q=0.5, image/png;q=0.9"), Form::Png);
        assert_eq!(asked("image/*"), Form::Svg);
        assert_eq!(asked("text/plain"), Form::Block);
        assert_eq!(asked("*/*"), Form::Jose);
        assert_eq!(asked("text/html, image/webp"), Form::Jose);
        assert_eq!(asked("text/html, */*;q=0.1"), Form::Jose);
        assert_eq!(asked("image/png;q=0"), Form::Jose);
        assert_eq!(asked("q=q;;,,"), Form::Jose);
    }
}
