//! The extractors of handlers.

use std::future::{Future, Ready, ready};
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;

use super::fault::{fault, json_from};
use super::read::{check_media_type, read_body};
use crate::problem::{Fault, Kind, Problem};

type Reading<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

/// A JSON body.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Problem;
    type Future = Reading<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            check_media_type(&request, "application/json")?;
            let body = read_body(&request, &mut payload).await?;
            json_from(&body).map(Self)
        })
    }
}

/// A form body (`application/x-www-form-urlencoded`), as RFC 6749 wants it at the token endpoint.
pub(crate) struct Form<T>(pub(crate) T);

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = Problem;
    type Future = Reading<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            check_media_type(&request, "application/x-www-form-urlencoded")?;
            let body = read_body(&request, &mut payload).await?;
            pairs(&body, "").map(Self)
        })
    }
}

/// The query of the URL; a parameter that the operation does not know is a fault at `/query/…`.
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest for Params<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(pairs(request.query_string().as_bytes(), "/query").map(Self))
    }
}

fn pairs<T: DeserializeOwned>(text: &[u8], prefix: &str) -> Result<T, Problem> {
    if std::str::from_utf8(text).is_err() {
        return Err(Problem::new(Kind::InvalidUtf8));
    }
    // No database of ours takes a NUL, and no parameter has a use for one.
    if let Some((name, _)) = form_urlencoded::parse(text).find(|(_, value)| value.contains('\0')) {
        return Err(Problem::field(Fault::message(
            format!("{prefix}/{name}"),
            "malformed",
            "field-invalid",
        )));
    }
    let reader = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text));
    serde_path_to_error::deserialize(reader)
        .map_err(|error| Problem::field(fault(error.path(), &error.inner().to_string(), prefix)))
}

/// The variable segments of the path. What is not even well-formed is as missing as what is.
pub(crate) struct Segments<T>(pub(crate) T);

impl<T: DeserializeOwned + 'static> FromRequest for Segments<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if request
            .match_info()
            .iter()
            .any(|(_, value)| value.contains('\0') || value.contains("%00"))
        {
            return ready(Err(Problem::not_found()));
        }
        let path = actix_web::web::Path::<T>::from_request(request, payload).into_inner();
        ready(
            path.map(|path| Self(path.into_inner()))
                .map_err(|_| Problem::not_found()),
        )
    }
}
