//! What anybody may do without signing in: bring an offline machine's request or receipt, and
//! register as a customer.

mod offline;
mod sign_up;

use actix_web::web::ServiceConfig;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.configure(offline::routes).configure(sign_up::routes);
}
