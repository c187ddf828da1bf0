//! The routes of version 1 and their description.

mod products;

use actix_web::web::{self, ServiceConfig};
use utoipa::OpenApi;

use crate::idempotency::Idempotent;
use crate::schema;

/// Everything under `/api/v1`.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(web::scope("/api/v1").wrap(Idempotent).configure(products::routes));
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Alvará API", version = "1"),
    components(schemas(schema::Id, schema::Instant, schema::Length, schema::Money, schema::Terms)),
    paths(
        products::list, products::create, products::get, products::update,
        products::list_versions, products::add,
    )
)]
struct V1;

/// What the handlers say of themselves.
pub(super) fn describe() -> utoipa::openapi::OpenApi {
    let mut described = V1::openapi();
    let paths = std::mem::take(&mut described.paths);
    for (path, item) in paths.paths {
        described.paths.paths.insert(format!("/api/v1{path}"), item);
    }
    described
}
