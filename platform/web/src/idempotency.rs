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
use std::rc::Rc;

use actix_web::http::StatusCode;
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use alvara_store::idempotency::Claimed;
use alvara_store::{IdempotencyClaim, Scope};
use alvara_tenants::Gate;
use alvara_vault::{Purpose, token_hash};
use data_encoding::BASE64;
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
    replay: RefCell<Option<Replay>>,
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
    /// The body where it is no text, in base64: pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bytes: Option<String>,
}

/// Whether the request bears an idempotency key.
pub(crate) fn is_asked(request: &HttpRequest) -> bool {
    request.extensions().get::<Rc<Asked>>().is_some()
}

/// The scope, bearing the claim of the request if it asks for one.
pub(crate) async fn bear(
    request: &HttpRequest,
    gate: &Gate,
    scope: Scope,
    asker: &str,
) -> Result<Scope, Problem> {
    Ok(match claim(request, gate, &scope, asker).await? {
        Some(claim) => scope.with_claim(claim),
        None => scope,
    })
}

/// Claims the key of the request for `asker` within the tenant of `scope`; nothing happens when it
/// bears none.
///
/// A request that was answered before must not be worked on again: this fails, which ends the
/// handler, and the middleware answers what is kept in place of that failure.
pub(crate) async fn claim(
    request: &HttpRequest,
    gate: &Gate,
    scope: &Scope,
    asker: &str,
) -> Result<Option<IdempotencyClaim>, Problem> {
    let Some(asked) = request.extensions().get::<Rc<Asked>>().map(Rc::clone) else {
        return Ok(None);
    };
    let caller = token_hash(asker);
    let (who, key, hash) = (caller.clone(), asked.key.clone(), asked.body_hash.clone());
    let claimed = gate.db().write(scope, move |tx| {
        alvara_store::idempotency::claim(tx, &who, &key, &hash, LEASE_SECONDS)
    });
    let context = format!("{}/{caller}/{}", scope.tenant(), asked.key);
    match claimed.await? {
        Claimed::New(claim) => {
            let held = Held {
                gate: gate.clone(),
                scope: scope.clone(),
                claim: claim.clone(),
                context,
            };
            asked.held.replace(Some(held));
            Ok(Some(claim))
        }
        Claimed::Replay {
            status,
            answer_sealed,
        } => {
            let opened = gate.vault().open(Purpose::Answer, &context, &answer_sealed);
            let opened = opened.map_err(Problem::internal)?;
            let kept = serde_json::from_slice(&opened).map_err(Problem::internal)?;
            asked.replay.replace(Some(Replay { status, kept }));
            Err(Problem::new(Kind::RequestInProgress))
        }
        Claimed::InProgress => Err(Problem::new(Kind::RequestInProgress)),
        Claimed::Mismatch => Err(Problem::new(Kind::IdempotencyKeyReused)),
        Claimed::AnswerLost => Err(Problem::new(Kind::AnswerLost)),
    }
}

/// The answer that the first request got.
struct Replay {
    status: u16,
    kept: Kept,
}

impl Replay {
    fn answer(&self) -> HttpResponse {
        let mut answer =
            HttpResponse::build(StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK));
        for (name, value) in &self.kept.headers {
            answer.insert_header((name.as_str(), value.as_str()));
        }
        answer.insert_header(("idempotency-replayed", "true"));
        let bytes = self.kept.bytes.as_ref();
        match bytes.and_then(|bytes| BASE64.decode(bytes.as_bytes()).ok()) {
            Some(bytes) => answer.body(bytes),
            None => answer.body(self.kept.body.clone()),
        }
    }
}
