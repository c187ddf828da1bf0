//! Floating seats: taken, kept, given back.

use actix_web::{HttpRequest, HttpResponse, web};
use alvara_app::machine::activate::Novelty;
use alvara_app::program::SeatAnswer;
use alvara_app::seat::take::TakeRequest;
use alvara_app::{AppError, Platform};
use alvara_domain::id::SeatId;
use alvara_domain::time::UtcTime;
use alvara_domain::verdict::Because;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Nonce, count_machine, knock, machine_token, note_actor};
use crate::body::{Json, Segments, Text};
use crate::problem::{Kind, Problem};
use crate::schema::{Id, Instant};

/// Which seat a program wants.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSeat {
    /// Which of several programs on the machine it is; each holds a seat of its own. Leave it out
    /// where there is but one.
    #[schema(value_type = Option<String>, max_length = 64)]
    instance: Option<Text<0, 64>>,
    /// Borrow it for so many seconds, to be without a connection. The terms say how long at most.
    #[schema(minimum = 1)]
    borrow_for: Option<u32>,
    /// Comes back in the answer and, signed, in the lease.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 128)]
    nonce: Option<Nonce>,
}

/// A sign of life.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeptSeat {
    /// Borrow it for so many seconds from now. What is borrowed already stays so when left out.
    #[schema(minimum = 1)]
    borrow_for: Option<u32>,
    /// Comes back in the answer and, signed, in the lease.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 128)]
    nonce: Option<Nonce>,
}

/// The seat that is held.
#[derive(Serialize, ToSchema)]
pub(crate) struct SeatOfMachine {
    /// Its id.
    #[schema(value_type = Id)]
    id: SeatId,
    /// Until when it is held; keep it before.
    #[schema(value_type = Instant)]
    lease_until: UtcTime,
    /// Until when it is borrowed; null when it is not.
    #[schema(value_type = Option<Instant>)]
    borrowed_until: Option<UtcTime>,
}

/// A seat, and the proof of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct HeldSeatView {
    /// The seat.
    seat: SeatOfMachine,
    /// Proof of it: a JWS whose `seat` names it and whose `exp` is the seat's end.
    lease: String,
    /// What is worth a warning, such as a limit that is passed. Null as a rule.
    #[schema(value_type = Option<Object>)]
    because: Option<Because>,
    /// What was sent.
    nonce: Option<String>,
    /// When this was decided.
    #[schema(value_type = Instant)]
    date: UtcTime,
}

/// Takes a floating seat. A program that holds one gets it again, and takes no second one.
#[utoipa::path(
    post, path = "/seats", tag = "programs", operation_id = "take_seat",
    security(("machine" = [])),
    request_body = NewSeat,
    responses(
        (status = 201, description = "A seat was taken.", body = HeldSeatView),
        (status = 200, description = "The program held it already.", body = HeldSeatView),
    )
)]
pub(crate) async fn create(
    request: HttpRequest,
    platform: web::Data<Platform>,
    body: Json<NewSeat>,
) -> Result<HttpResponse, Problem> {
    let body = body.0;
    let token = machine_token(&request)?;
    note_actor(&request, token);
    let knock = knock(platform.gate(), &request).await?;
    let nonce = body.nonce.map(Text::into_string);
    let asked = TakeRequest {
        instance: body.instance.map(Text::into_string).unwrap_or_default(),
        borrow_for: body.borrow_for,
    };
    let answer = platform
        .take_seat(&knock, token, asked, nonce.clone())
        .await
        .map_err(refused)?;
    write(&request, answer, nonce)
}

/// Keeps a floating seat: a sign of life before its lease ends.
#[utoipa::path(
    put, path = "/seats/{id}", tag = "programs", operation_id = "keep_seat",
    security(("machine" = [])),
    params(("id" = String, Path, description = "The seat's id; the token must be its machine's.")),
    request_body = KeptSeat,
    responses((status = 200, description = "The seat is kept.", body = HeldSeatView))
)]
pub(crate) async fn keep(
    request: HttpRequest,
    platform: web::Data<Platform>,
    id: Segments<String>,
    body: Json<KeptSeat>,
) -> Result<HttpResponse, Problem> {
    let token = machine_token(&request)?;
    let id: SeatId = id.0.parse().map_err(|_| Problem::not_found())?;
    note_actor(&request, token);
    let knock = knock(platform.gate(), &request).await?;
    let nonce = body.0.nonce.map(Text::into_string);
    let answer = platform
        .keep_seat(&knock, token, (id, body.0.borrow_for), nonce.clone())
        .await
        .map_err(refused)?;
    write(&request, answer, nonce)
}

/// Gives a floating seat back. Doing so twice is no error.
#[utoipa::path(
    delete, path = "/seats/{id}", tag = "programs", operation_id = "return_seat",
    security(("machine" = [])),
    params(("id" = String, Path, description = "The seat's id; the token must be its machine's.")),
    responses((status = 204, description = "The program holds no seat."))
)]
pub(crate) async fn delete(
    request: HttpRequest,
    platform: web::Data<Platform>,
    id: Segments<String>,
) -> Result<HttpResponse, Problem> {
    let token = machine_token(&request)?;
    let id: SeatId = id.0.parse().map_err(|_| Problem::not_found())?;
    note_actor(&request, token);
    let knock = knock(platform.gate(), &request).await?;
    platform
        .return_seat(&knock, token, id)
        .await
        .map_err(refused)?;
    Ok(HttpResponse::NoContent().finish())
}

/// A token that nobody has is as unauthenticated as none; a seat that is not the machine's is missing.
fn refused(error: AppError) -> Problem {
    match error {
        AppError::NotFound("machine token") => Problem::new(Kind::Unauthenticated),
        other => Problem::from(other),
    }
}

fn write(
    request: &HttpRequest,
    answer: SeatAnswer,
    nonce: Option<String>,
) -> Result<HttpResponse, Problem> {
    let held = answer.held;
    count_machine(request, &held.machine.id.to_string())?;
    let body = HeldSeatView {
        seat: SeatOfMachine {
            id: held.seat.id,
            lease_until: held.seat.lease_until,
            borrowed_until: held.seat.borrowed_until,
        },
        lease: answer.lease,
        because: held.verdict.because,
        nonce,
        date: answer.now,
    };
    Ok(match held.novelty {
        Novelty::New => HttpResponse::Created().json(body),
        Novelty::Again => HttpResponse::Ok().json(body),
    })
}
