//! What anybody may do without signing in: bring an offline machine's request or receipt, and
//! register as a customer, and choose a password by a link.

mod my_keys;
mod offline;
mod password;
mod sign_up;

use actix_web::web::ServiceConfig;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .configure(my_keys::routes)
        .configure(offline::routes)
        .configure(password::routes)
        .configure(sign_up::routes);
}
