//! A text that somebody carried from a machine: pasted, or as the file that it wrote.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpRequest};
use alvara_render::page::{FieldKind, FieldView};

use super::super::entry::Entry;
use super::super::upload::Upload;
use crate::problem::Problem;

/// The text. A file goes before what stands in the field.
pub(super) struct Brought(pub(super) String);

impl FromRequest for Brought {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let sent = request.headers().get(CONTENT_TYPE);
            let sent = sent.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
            if !sent.starts_with("multipart/form-data") {
                let entry = Entry::from_request(&request, &mut payload).await?;
                return Ok(Self(entry.text("text").to_owned()));
            }
            let upload = Upload::read(&request, &mut payload).await?;
            if upload.is_chosen() {
                // What is no text is shown as well as it can be, and refused like any wrong text.
                let text = String::from_utf8_lossy(&upload.bytes).replace('\0', "\u{fffd}");
                return Ok(Self(text));
            }
            Ok(Self(upload.entry.text("text").to_owned()))
        })
    }
}

/// The field for a file in place of a text.
pub(super) fn file_field(label: String, hint: String) -> FieldView {
    let mut file = FieldView::new(FieldKind::File, "file", label)
        .hint(hint)
        .either();
    file.accept = Some(".pem,.txt,.req,text/plain,application/x-pem-file");
    file
}
