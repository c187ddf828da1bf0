//! A text that somebody pasted, uploaded or scanned.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use alvara_render::Args;
use serde::Deserialize;
use utoipa::ToSchema;

use super::fault::json_from;
use super::read::{check_media_type, read_body};
use crate::problem::{Kind, Problem};

/// A text, however it came: as itself or as a member of a JSON object.
pub(crate) struct Pasted(pub(crate) String);

/// A text in JSON.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PastedBody {
    /// The block, from its BEGIN line to its END line.
    #[schema(max_length = 65536)]
    text: String,
}

/// What is read; the first is JSON.
const TYPES: [&str; 3] = ["application/json", "text/plain", "application/x-pem-file"];

impl FromRequest for Pasted {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let found = TYPES
                .into_iter()
                .find(|expected| check_media_type(&request, expected).is_ok());
            let Some(found) = found else {
                let expected = Args::new().text("expected", TYPES.join(", "));
                return Err(Problem::new(Kind::UnsupportedMediaType).with_args(expected));
            };
            let body = read_body(&request, &mut payload).await?;
            if found == TYPES[0] {
                return json_from::<PastedBody>(&body).map(|body| Self(body.text));
            }
            match String::from_utf8(body.to_vec()) {
                Ok(text) => Ok(Self(text)),
                Err(_) => Err(Problem::new(Kind::InvalidUtf8)),
            }
        })
    }
}
