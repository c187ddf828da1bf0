//! `/api/v1`: the canonical interface. One folder a noun, one file a verb or two.

pub(crate) mod v1;

use actix_web::web::ServiceConfig;
use utoipa::openapi::OpenApi;

/// Every route.
pub(crate) fn routes(config: &mut ServiceConfig) {
    v1::routes(config);
}

/// What the handlers say of themselves.
pub(crate) fn describe() -> OpenApi {
    v1::describe()
}
