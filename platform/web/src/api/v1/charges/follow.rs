//! A charge's changes as they happen, as server-sent events (WHATWG HTML, 9.2): for a page that
//! waits for its customer to pay.
//!
//! Each change has the number that it has in the charge's history, so a reader that lost its
//! connection goes on after the last it got. The stream ends with the charge, or after a while:
//! a browser's `EventSource` comes back by itself, and is told 204 when there is nothing to come.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use alvara_app::{AppError, AppResult};
use alvara_domain::charge::record::HistoryEntry;
use alvara_domain::id::ChargeId;
use alvara_domain::money::{Currency, Money};
use alvara_store::{Db, Scope, TenantTx, charges};
use alvara_tenants::permissions::ChargeRead;
use futures_util::StreamExt;
use futures_util::stream;
use serde_json::json;

use crate::answer;
use crate::body::Segments;
use crate::caller::Caller;
use crate::problem::{Fault, Problem};
use crate::schema::Id;

/// How long one stream lasts: shorter than a process that is told to stop waits for its answers.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often the charge is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// After how long a sign of life is sent, so that nothing between takes the connection for dead.
const QUIET: Duration = Duration::from_secs(10);
/// The first thing that is sent: after how many milliseconds to come back.
const GREETING: &[u8] = b"retry: 1000\n\n";
/// A comment, which no reader shows.
const SIGN_OF_LIFE: &[u8] = b": nothing new\n\n";

/// What is new of a charge.
struct News {
    changes: Vec<HistoryEntry>,
    currency: Currency,
    is_open: bool,
}

fn news(tx: &mut TenantTx<'_>, id: ChargeId, after: i64) -> AppResult<News> {
    let charge = charges::find(tx, id)?.ok_or(AppError::NotFound("charge"))?;
    let mut changes = charges::history(tx, id)?;
    changes.retain(|change| change.position > after);
    Ok(News {
        changes,
        currency: charge.currency,
        is_open: charge.state.is_open(),
    })
}

/// A reader, and how far it is.
struct Reader {
    db: Db,
    scope: Scope,
    id: ChargeId,
    after: i64,
    until: Instant,
    spoken: Instant,
}

impl Reader {
    /// What is sent next, and the reader afterwards; `None` when the stream is over.
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Option<Self>)> {
        loop {
            let (id, after) = (self.id, self.after);
            let look = move |tx: &mut TenantTx<'_>| news(tx, id, after);
            let news = match self.db.read(&self.scope, look).await {
                Ok(news) => news,
                Err(error) => {
                    // It comes back, and goes on from where it was.
                    tracing::warn!(charge = %id, %error, "a charge can no longer be followed");
                    return None;
                }
            };
            let now = Instant::now();
            let goes_on = news.is_open && now < self.until;
            if let Some(last) = news.changes.last() {
                self.after = last.position;
                self.spoken = now;
                let changes = news.changes.iter();
                let text: String = changes.map(|one| event(one, news.currency)).collect();
                return Some((Ok(Bytes::from(text)), goes_on.then_some(self)));
            }
            if !goes_on {
                return None;
            }
            if now.duration_since(self.spoken) >= QUIET {
                self.spoken = now;
                return Some((Ok(Bytes::from_static(SIGN_OF_LIFE)), Some(self)));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

/// A change as an event. JSON has no line ends of its own, so it is one line of data.
fn event(change: &HistoryEntry, currency: Currency) -> String {
    let data = json!({
        "from": change.from, "state": change.to, "verdict": change.verdict,
        "told_by": change.told_by, "at": change.at,
        "captured": Money::new(change.captured_minor, currency),
        "refunded": Money::new(change.refunded_minor, currency),
    });
    format!("id: {}\nevent: charge\ndata: {data}\n\n", change.position)
}

/// The last event that a reader got, 0 for one that comes for the first time.
fn last_of(request: &HttpRequest) -> Result<i64, Problem> {
    let Some(said) = request.headers().get("last-event-id") else {
        return Ok(0);
    };
    let number: Option<i64> = said.to_str().ok().and_then(|text| text.parse().ok());
    number.filter(|number| *number >= 0).ok_or_else(|| {
        let pointer = "/headers/last-event-id";
        Problem::field(Fault::text(pointer, "malformed", "the id of an event"))
    })
}

/// Follows a charge: what was told of it so far, and each change as it happens, as server-sent
/// events named `charge`. The stream ends when the charge can no longer be paid, and after twenty
/// seconds in any case: come back with `Last-Event-ID`.
#[utoipa::path(get, path = "/charges/{id}/events", tag = "payments", operation_id = "follow_charge",
    params(("id" = Id, Path), ("Last-Event-ID" = Option<i64>, Header, description = "The id of the last event that was received: only what came after it is sent.")),
    responses((status = 200, description = "Events: `id` counts up, `data` is JSON with `from`, `state`, `verdict`, `told_by`, `at`, `captured` and `refunded`.", body = String, content_type = "text/event-stream"),
        (status = 204, description = "The charge is over, and nothing came after the last event: do not come back.")))]
pub(crate) async fn follow(
    caller: Caller<ChargeRead>,
    Segments(id): Segments<ChargeId>,
    request: HttpRequest,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let after = last_of(&request)?;
    let read = move |tx: &mut TenantTx<'_>| news(tx, id, after);
    let known = db.read(&caller.scope, read).await?;
    if known.changes.is_empty() && !known.is_open {
        return Ok(answer::gone());
    }
    let now = Instant::now();
    let reader = Reader {
        db: db.get_ref().clone(),
        scope: caller.scope,
        id,
        after,
        until: now + PATIENCE,
        spoken: now,
    };
    let greeting = stream::once(async { Ok::<_, Infallible>(Bytes::from_static(GREETING)) });
    let events = stream::unfold(Some(reader), |reader: Option<Reader>| async move {
        reader?.next().await
    });
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "no-store"))
        // A proxy in front of this server would otherwise keep events until it has a page of them.
        .insert_header(("x-accel-buffering", "no"))
        .streaming(greeting.chain(events)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alvara_domain::charge::ChargeState;
    use alvara_domain::time::UtcTime;

    // R-PAY-06
    #[test]
    fn an_event_is_three_lines_and_an_empty_one() {
        let change = HistoryEntry {
            charge_id: "chg_01JABCDEFGHJKMNPQRSTVWXYZ0".parse().unwrap(),
            position: 4,
            from: ChargeState::RequiresAction,
            to: ChargeState::Paid,
            verdict: "applied".to_owned(),
            told_by: "event".to_owned(),
            captured_minor: 19_900,
            refunded_minor: 0,
            at: UtcTime::from_micros(0).unwrap(),
        };
        let text = event(&change, Currency::BRL);
        let lines: Vec<&str> = text.split('\n').collect();
        assert_eq!(lines[..2], ["id: 4", "event: charge"]);
        assert_eq!(lines[3..], ["", ""]);
        let data = lines[2].strip_prefix("data: ").unwrap();
        let data: serde_json::Value = serde_json::from_str(data).unwrap();
        assert_eq!(
            (&data["state"], &data["captured"]["amount_minor"]),
            (&json!("paid"), &json!(19_900))
        );
    }
}
