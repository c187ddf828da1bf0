//! What programs in the field call. Open to anybody who holds a key or a machine token; rate-limited
//! per address, key and machine.

pub(crate) mod activations;
pub(crate) mod customer_registrations;
pub(crate) mod heartbeats;
pub(crate) mod meters;
pub(crate) mod offline;
pub(crate) mod registrations;
pub(crate) mod seats;
pub(crate) mod validations;
mod view;

use actix_web::HttpRequest;
use actix_web::web::{self, ServiceConfig};
use alvara_domain::key::ActivationKey;
use alvara_tenants::Gate;
use alvara_vault::token_hash;

use crate::caller::bearer;
use crate::frame::Context;
use crate::problem::{Kind, Problem};
use crate::rate::Rates;

pub(crate) use crate::visitor::knock;
pub(crate) use view::{AskingMachine, LicenseSummary, VerdictView, said};

/// The routes.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/activations").post(activations::create))
        .service(web::resource("/activations/{machine_id}").delete(activations::delete))
        .service(web::resource("/validations").post(validations::create))
        .service(web::resource("/heartbeats").post(heartbeats::create))
        .service(web::resource("/seats").post(seats::create))
        .service(
            web::resource("/seats/{id}")
                .put(seats::keep)
                .delete(seats::delete),
        )
        .service(web::resource("/offline/activations").post(offline::activate))
        .service(web::resource("/offline/deactivations").post(offline::deactivate))
        .service(web::resource("/meters/{name}/increments").post(meters::create));
}

/// Counts a call against the bucket of its activation key. A text whose check symbols do not hold
/// names no bucket: a stranger could make up as many as it liked.
pub(crate) fn count_key(request: &HttpRequest, gate: &Gate, typed: &str) -> Result<(), Problem> {
    let (Ok(key), Some(rates)) = (
        ActivationKey::parse(typed),
        request.app_data::<web::Data<Rates>>(),
    ) else {
        return Ok(());
    };
    let lookup = gate
        .vault()
        .lookup(&key.canonical())
        .map_err(Problem::internal)?;
    Context::of(request).note(rates.activation_key(&lookup))
}

/// Counts a call against the bucket of a machine that proved its token.
pub(crate) fn count_machine(request: &HttpRequest, id: &str) -> Result<(), Problem> {
    match request.app_data::<web::Data<Rates>>() {
        Some(rates) => Context::of(request).note(rates.machine(id)),
        None => Ok(()),
    }
}

/// The machine token of the request.
pub(crate) fn machine_token(request: &HttpRequest) -> Result<&str, Problem> {
    bearer(request).ok_or_else(|| Problem::new(Kind::Unauthenticated))
}

/// A token that nobody has: as unauthenticated as none at all.
pub(crate) fn unknown_token(error: alvara_app::AppError) -> Problem {
    match error {
        alvara_app::AppError::NotFound(_) => Problem::new(Kind::Unauthenticated),
        other => Problem::from(other),
    }
}

/// What of a nonce may be echoed: it is signed along, so it is bounded.
pub(crate) type Nonce = crate::body::Text<1, 128>;

/// For the log: which program it was, never by its token.
pub(crate) fn note_actor(request: &HttpRequest, token: &str) {
    let hash = token_hash(token);
    Context::of(request).set_actor(format!("machine:{}", &hash[..12]));
}
