//! What a dialect's program sends: JSON whatever its media type says, unknown fields passed over.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;

use crate::body::{json_from, read_body};
use crate::problem::Problem;

/// A JSON body. That unknown fields are passed over is said by its type: none of a dialect's
/// denies them.
pub(super) struct Sent<T>(pub(super) T);

impl<T: DeserializeOwned + 'static> FromRequest for Sent<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let body = read_body(&request, &mut payload).await?;
            json_from(&body).map(Self)
        })
    }
}
