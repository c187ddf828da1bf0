//! A program counts what it used.

use actix_web::{HttpRequest, HttpResponse, web};
use alvara_app::Platform;
use alvara_app::program::MeterAnswer;
use alvara_domain::time::UtcTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Nonce, count_machine, machine_token, note_actor, unknown_token};
use crate::body::{Json, Segments};
use crate::idempotency;
use crate::problem::Problem;
use crate::signature;
use crate::visitor::bare_knock;

/// How much was used.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewIncrement {
    /// By how much the counter rises, all of it or nothing; by one when left out.
    #[schema(minimum = 1, maximum = 4_294_967_295_u32, example = 1)]
    by: Option<u32>,
    /// Comes back in the answer, signed.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 128)]
    nonce: Option<Nonce>,
}

/// Where the counter stands now.
#[derive(Serialize, ToSchema)]
pub(crate) struct Increment {
    /// Its name.
    name: String,
    /// What was counted in the window that runs.
    used: i64,
    /// The most that it counts to.
    limit: u64,
    /// What is left.
    remaining: i64,
    /// When it begins anew from zero; null when it never does.
    #[schema(value_type = Option<String>, format = DateTime)]
    resets_at: Option<UtcTime>,
    /// What was sent.
    nonce: Option<String>,
    /// When this was counted.
    #[schema(value_type = String, format = DateTime)]
    date: UtcTime,
}

/// Raises a counter of the machine's license. Send an `Idempotency-Key`: a call that is repeated
/// because its answer was lost is then counted once.
#[utoipa::path(
    post, path = "/meters/{name}/increments", tag = "programs", operation_id = "increment_meter",
    security(("machine" = [])),
    params(("name" = String, Path, description = "Name of the counter, as the terms of the license have it.")),
    request_body = NewIncrement,
    responses((status = 200, description = "Counted. Signed by RFC 9421.", body = Increment))
)]
pub(crate) async fn create(
    request: HttpRequest,
    platform: web::Data<Platform>,
    Segments(name): Segments<String>,
    body: Json<NewIncrement>,
) -> Result<HttpResponse, Problem> {
    let body = body.0;
    let token = machine_token(&request)?;
    note_actor(&request, token);
    let knock = bare_knock(platform.gate(), &request).await?;
    let found = platform.machine_of(&knock, token).await;
    let (access, machine) = found.map_err(unknown_token)?;
    let asker = machine.to_string();
    count_machine(&request, &asker)?;
    let scope = idempotency::bear(&request, platform.gate(), access.scope, &asker).await?;
    let answer = platform
        .count(&scope, machine, name, body.by.unwrap_or(1))
        .await?;
    write(answer, body.nonce.map(Nonce::into_string))
}

fn write(answer: MeterAnswer, nonce: Option<String>) -> Result<HttpResponse, Problem> {
    let body = Increment {
        used: answer.state.used,
        remaining: answer.state.remaining(),
        resets_at: answer.state.window.end,
        limit: answer.state.meter.limit,
        name: answer.state.meter.name,
        nonce,
        date: answer.now,
    };
    signature::signed(&body, answer.ring.active(), answer.now)
}
