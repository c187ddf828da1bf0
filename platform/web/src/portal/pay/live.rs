//! Following a payment: a word of how it stands, and another one as soon as it stands otherwise.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING};
use actix_web::web::{Bytes, Data};
use alvara_app::AppError;
use alvara_domain::id::OrderId;
use alvara_store::{Db, Scope, TenantTx, charges, orders};
use futures_util::StreamExt;
use futures_util::stream;

use super::Payment;
use super::state::mark;
use crate::problem::Problem;

/// How long one stream lasts: shorter than a process that is told to stop waits for its answers. A
/// browser comes back by itself.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often the order is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The first thing that is sent: after how many milliseconds to come back.
const GREETING: &[u8] = b"retry: 1000\n\n";

struct Reader {
    db: Db,
    scope: Scope,
    order: OrderId,
    said: String,
    until: Instant,
}

fn look(tx: &mut TenantTx<'_>, id: OrderId) -> Result<String, AppError> {
    let order = orders::find(tx, id)?.ok_or(AppError::NotFound("order"))?;
    Ok(mark(&order, &charges::list_of_order(tx, id)?))
}

impl Reader {
    /// What is sent next, and the reader afterwards; `None` when the stream is over.
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        while Instant::now() < self.until {
            let id = self.order;
            let now = self.db.read(&self.scope, move |tx| look(tx, id)).await;
            let now = match now {
                Ok(now) => now,
                Err(error) => {
                    tracing::warn!(order = %id, %error, "a payment can no longer be followed");
                    return None;
                }
            };
            if now != self.said {
                let event = Bytes::from(format!("data: {now}\n\n"));
                self.said = now;
                return Some((Ok(event), self));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        None
    }
}

/// Sends how the order stands as one word, and again after each change.
pub(super) async fn follow(payment: Payment, db: Data<Db>) -> Result<HttpResponse, Problem> {
    let reader = Reader {
        db: db.get_ref().clone(),
        scope: payment.scope,
        order: payment.order,
        said: String::new(),
        until: Instant::now() + PATIENCE,
    };
    let greeting = stream::once(async { Ok::<_, Infallible>(Bytes::from_static(GREETING)) });
    let events = stream::unfold(reader, Reader::next);
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "no-store"))
        // Neither our own compression nor a proxy may keep events until it has a page of them.
        .insert_header((CONTENT_ENCODING, "identity"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(greeting.chain(events)))
}
