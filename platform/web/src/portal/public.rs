//! What anybody may do without signing in: bring an offline machine's request or receipt, register as a
//! customer, choose a password by a link, and look whether a receipt is genuine.

mod brought;
mod my_keys;
mod offline;
mod password;
mod sign_up;
mod verify;

use actix_web::web::ServiceConfig;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .configure(my_keys::routes)
        .configure(offline::routes)
        .configure(password::routes)
        .configure(sign_up::routes)
        .configure(verify::routes);
}
