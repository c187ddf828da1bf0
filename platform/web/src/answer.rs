//! Success, in its few forms.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{ETAG, LOCATION};
use serde::Serialize;

use crate::precondition::etag;

/// 201 with the place of the new thing, for things without versions.
pub(crate) fn created(location: &str, body: &impl Serialize) -> HttpResponse {
    HttpResponse::Created()
        .insert_header((LOCATION, location))
        .json(body)
}

/// 201 with place and ETag.
pub(crate) fn created_version(location: &str, version: i64, body: &impl Serialize) -> HttpResponse {
    HttpResponse::Created()
        .insert_header((LOCATION, location))
        .insert_header((ETAG, etag(version)))
        .json(body)
}

/// 200 with ETag.
pub(crate) fn version(version: i64, body: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((ETAG, etag(version)))
        .json(body)
}

/// 200.
pub(crate) fn ok(body: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok().json(body)
}

/// 202 with the place where progress is seen.
pub(crate) fn accepted(location: &str, body: &impl Serialize) -> HttpResponse {
    HttpResponse::build(StatusCode::ACCEPTED)
        .insert_header((LOCATION, location))
        .json(body)
}

/// 204.
pub(crate) fn gone() -> HttpResponse {
    HttpResponse::NoContent().finish()
}
