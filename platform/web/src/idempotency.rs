//! Writes that are safe to repeat.
//!
//! A write with `Idempotency-Key` is *claimed* for its caller before the work; the claim travels
//! with the scope, so the write door marks it done in the very transaction that does the work; the
//! answer is sealed and kept for 24 hours. Asked again: the same request gets the same answer with
//! `Idempotency-Replayed: true`, a different one 422, one that is still at work 409.
//!
//! Only what succeeded is kept. A refusal changed nothing, so its claim is given back and the
//! caller may correct the request under the same key.
//!
//! The pieces: the middleware [`Idempotent`] reads the body once and hashes it; [`bear`], called
//! where the caller's scope is made, claims; the middleware keeps the answer or gives back.

mod keep;

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use actix_web::http::StatusCode;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, ResponseError};
use alvara_store::idempotency::Claimed;
use alvara_store::{IdempotencyClaim, Scope};
use alvara_tenants::Gate;
use alvara_vault::{Purpose, token_hash};
use serde::{Deserialize, Serialize};

pub(crate) use keep::Idempotent;

use crate::problem::{Kind, Problem};

/// How long a claim holds without an answer. No write takes longer; after it, a process that died
/// no longer blocks its caller.
const LEASE_SECONDS: i64 = 60;

/// What the middleware learned of a request that asks to be answered once.
struct Asked {
    key: String,
    body_hash: String,
    held: RefCell<Option<Held>>,
}

/// A claim that was taken, and by whom.
struct Held {
    gate: Gate,
    scope: Scope,
    claim: IdempotencyClaim,
    context: String,
}

/// An answer as it is kept, sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    headers: Vec<(String, String)>,
    body: String,
}

/// The scope, bearing the claim of the request if it asks for one.
pub(crate) async fn bear(
    request: &HttpRequest,
    gate: &Gate,
    scope: Scope,
    asker: &str,
) -> Result<Scope, Error> {
    Ok(match claim(request, gate, &scope, asker).await? {
        Some(claim) => scope.with_claim(claim),
        None => scope,
    })
}

/// Claims the key of the request for `asker` within the tenant of `scope`; nothing happens when it
/// bears none. Answers a request that was answered before by failing with [`Replay`].
pub(crate) async fn claim(
    request: &HttpRequest,
    gate: &Gate,
    scope: &Scope,
    asker: &str,
) -> Result<Option<IdempotencyClaim>, Error> {
    let Some(asked) = request.extensions().get::<Rc<Asked>>().map(Rc::clone) else {
        return Ok(None);
    };
    let caller = token_hash(asker);
    let (who, key, hash) = (caller.clone(), asked.key.clone(), asked.body_hash.clone());
    let claimed = gate.db().write(scope, move |tx| {
        alvara_store::idempotency::claim(tx, &who, &key, &hash, LEASE_SECONDS)
    });
    let context = format!("{}/{caller}/{}", scope.tenant(), asked.key);
    match claimed.await.map_err(Problem::from)? {
        Claimed::New(claim) => {
            let held = Held { gate: gate.clone(), scope: scope.clone(), claim: claim.clone(), context };
            asked.held.replace(Some(held));
            Ok(Some(claim))
        }
        Claimed::Replay { status, answer_sealed } => {
            let opened = gate.vault().open(Purpose::Answer, &context, &answer_sealed);
            let opened = opened.map_err(Problem::internal)?;
            let kept = serde_json::from_slice(&opened).map_err(Problem::internal)?;
            Err(Replay { status, kept }.into())
        }
        Claimed::InProgress => Err(Problem::new(Kind::RequestInProgress).into()),
        Claimed::Mismatch => Err(Problem::new(Kind::IdempotencyKeyReused).into()),
        Claimed::AnswerLost => Err(Problem::new(Kind::AnswerLost).into()),
    }
}

/// The answer that the first request got. An error only in the sense that the handler is not run.
pub(crate) struct Replay {
    status: u16,
    kept: Kept,
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Replay({})", self.status)
    }
}

impl fmt::Display for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("answered before")
    }
}

impl ResponseError for Replay {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK)
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status_code());
        for (name, value) in &self.kept.headers {
            answer.insert_header((name.as_str(), value.as_str()));
        }
        answer.insert_header(("idempotency-replayed", "true"));
        answer.body(self.kept.body.clone())
    }
}
