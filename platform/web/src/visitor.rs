//! Somebody without an account: a program in the field, or a person who signs in.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest};
use alvara_app::program::Knock;
use alvara_tenants::Gate;
use alvara_vault::token_hash;

use crate::caller::{gate_of, origin_of};
use crate::host::knocked_at;
use crate::idempotency;
use crate::problem::Problem;

/// Where a request without an account knocked.
pub(crate) struct Visitor {
    /// Host and origin.
    pub(crate) knock: Knock,
}

impl FromRequest for Visitor {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let gate = gate_of(&request)?;
            Ok(Self {
                knock: knock(&gate, &request).await?,
            })
        })
    }
}

/// Host and origin of a request whose idempotency key is claimed later, with the scope that its
/// credential gives: for work that does not bear being repeated.
pub(crate) async fn bare_knock(gate: &Gate, request: &HttpRequest) -> Result<Knock, Problem> {
    Ok(Knock {
        host: knocked_at(gate, request).await?,
        origin: origin_of(request),
    })
}

/// Host and origin of a request without an account.
///
/// An idempotency key is kept for the client's address together with whatever credential it sent,
/// unverified as that still is: an answer may hold secrets, so it goes only to who could have got
/// it. Without a credential the body, which must be the same, holds the key or password that
/// proves who asks.
pub(crate) async fn knock(gate: &Gate, request: &HttpRequest) -> Result<Knock, Problem> {
    let knock = bare_knock(gate, request).await?;
    if idempotency::is_asked(request)
        && let Some(scope) = gate.public(&knock.host, &knock.origin).await?
    {
        let sent = request.headers().get(AUTHORIZATION);
        let credential = token_hash(
            sent.and_then(|value| value.to_str().ok())
                .unwrap_or_default(),
        );
        let asker = format!("address:{}/{credential}", knock.origin.source_address());
        idempotency::claim(request, gate, &scope, &asker).await?;
    }
    Ok(knock)
}
