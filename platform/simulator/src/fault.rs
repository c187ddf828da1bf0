//! Misbehaviour on order.

use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpResponse};
use serde::{Deserialize, Serialize};

use crate::world::Shared;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// Nothing is done, the answer is 500.
    Error,
    /// Nothing is done, the answer is 429 with `Retry-After: 1`.
    TooMany,
    /// It is done, and the answer makes no sense.
    Rubbish,
    /// It is done, and there is no answer for a minute.
    Silence,
    /// It is done and answered after `milliseconds`.
    Late,
}

/// The next request whose path begins so goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    pub(crate) path: String,
    /// Only requests of this method, when given.
    pub(crate) method: Option<String>,
    pub(crate) kind: Kind,
    #[serde(default)]
    pub(crate) milliseconds: u64,
}

/// How long silence lasts. Longer than any caller waits.
const SILENCE: Duration = Duration::from_secs(60);

pub(crate) async fn misbehave(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let shared = request.app_data::<Data<Shared>>().cloned();
    let fault = shared.and_then(|shared| {
        let mut world = shared.world();
        let hit = |fault: &Fault| {
            request.path().starts_with(&fault.path)
                && fault
                    .method
                    .as_deref()
                    .is_none_or(|method| method == request.method().as_str())
        };
        let at = world.faults.iter().position(hit)?;
        world.faults.remove(at)
    });
    let Some(fault) = fault else {
        return next.call(request).await;
    };
    match fault.kind {
        Kind::Error => {
            let answer = HttpResponse::InternalServerError().body("something broke");
            Ok(request.into_response(answer))
        }
        Kind::TooMany => {
            let answer = HttpResponse::TooManyRequests()
                .insert_header(("retry-after", "1"))
                .finish();
            Ok(request.into_response(answer))
        }
        Kind::Rubbish => {
            let done = next.call(request).await?;
            let status = done.status();
            let answer = HttpResponse::build(status)
                .content_type("application/json")
                .body("{\"status\": [[[");
            Ok(done.into_response(answer))
        }
        Kind::Silence => {
            let done = next.call(request).await?;
            tokio::time::sleep(SILENCE).await;
            Ok(done)
        }
        Kind::Late => {
            let done = next.call(request).await?;
            tokio::time::sleep(Duration::from_millis(fault.milliseconds)).await;
            Ok(done)
        }
    }
}
