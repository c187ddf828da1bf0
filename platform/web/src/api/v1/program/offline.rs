//! Machines without network: what somebody carries here for them, and what it is answered.

use actix_web::{HttpRequest, HttpResponse, web};
use alvara_app::Platform;
use alvara_app::machine::accept_receipt::Freed;
use alvara_app::machine::activate::Novelty;
use alvara_app::program::offline::{OfflineAnswer, ReceiptAnswer};
use alvara_domain::id::MachineId;
use alvara_domain::offline::{Document, Receipt, Request};
use alvara_domain::time::UtcTime;
use serde::Serialize;
use utoipa::ToSchema;

use super::{LicenseSummary, count_key, count_machine, knock};
use crate::body::{Pasted, PastedBody};
use crate::carried::{Carried, Form};
use crate::problem::Problem;
use crate::signature;

/// The answer to a request, for whoever carries it.
#[derive(Serialize, ToSchema)]
pub(crate) struct OfflineActivation {
    /// The response: an armoured block to carry back to the machine.
    text: String,
    /// The license, for the person who carries it.
    license: LicenseSummary,
    /// The machine.
    #[schema(value_type = String)]
    machine_id: MachineId,
    /// When this was decided.
    #[schema(value_type = String, format = DateTime)]
    date: UtcTime,
}

/// What a receipt did.
#[derive(Serialize, ToSchema)]
pub(crate) struct OfflineDeactivation {
    /// True when the seat became free just now; false when it was free already.
    freed: bool,
    /// The machine.
    #[schema(value_type = String)]
    machine_id: MachineId,
    /// That of the receipt.
    nonce: String,
    /// When this was decided.
    #[schema(value_type = String, format = DateTime)]
    date: UtcTime,
}

/// Activates a machine without network. The body is the request that its program printed, as text
/// or as `{"text": …}`; the answer is the response to carry back, as a file, as a QR code
/// (`Accept: image/svg+xml` or `image/png`) or in JSON. The same request given twice is the same
/// machine and takes one seat.
#[utoipa::path(
    post, path = "/offline/activations", tag = "programs", operation_id = "activate_offline",
    security(()),
    request_body(content(
        (PastedBody = "application/json"),
        (String = "text/plain"),
        (String = "application/x-pem-file"),
    ), description = "An ALVARA ACTIVATION REQUEST block."),
    responses(
        (status = 201, description = "The machine took a seat.", content(
            (String = "application/x-pem-file"), (OfflineActivation = "application/json"),
            (String = "image/svg+xml"), (Vec<u8> = "image/png"))),
        (status = 200, description = "The machine had its seat already.", content(
            (String = "application/x-pem-file"), (OfflineActivation = "application/json"),
            (String = "image/svg+xml"), (Vec<u8> = "image/png"))),
    )
)]
pub(crate) async fn activate(
    request: HttpRequest,
    platform: web::Data<Platform>,
    Pasted(text): Pasted,
) -> Result<HttpResponse, Problem> {
    let answer = activated(&request, &platform, &text).await?;
    write(&request, &answer)
}

/// Activates by the text of a request.
pub(crate) async fn activated(
    request: &HttpRequest,
    platform: &Platform,
    text: &str,
) -> Result<OfflineAnswer, Problem> {
    let asked = Request::read(text)?;
    count_key(request, platform.gate(), &asked.key)?;
    let knock = knock(platform.gate(), request).await?;
    Ok(platform.activate_offline(&knock, asked).await?)
}

fn write(request: &HttpRequest, answer: &OfflineAnswer) -> Result<HttpResponse, Problem> {
    let done = &answer.activation.activated;
    let json = OfflineActivation {
        text: answer.text.clone(),
        license: LicenseSummary::of(&done.license, &done.product, answer.activation.now),
        machine_id: done.machine.id,
        date: answer.activation.now,
    };
    let carried = Carried {
        block: &answer.text,
        bare: &answer.text,
        json: &json,
        name: "activation-response",
    };
    let head = match done.novelty {
        Novelty::New => HttpResponse::Created(),
        Novelty::Again => HttpResponse::Ok(),
    };
    let form = Form::asked(request, &[Form::Block, Form::Json, Form::Svg, Form::Png]);
    carried.answer_write(head, form)
}

/// Frees the seat of a machine without network. The body is the receipt that its program printed
/// when it wiped what it had been given; its proof is checked with the machine's token.
#[utoipa::path(
    post, path = "/offline/deactivations", tag = "programs", operation_id = "deactivate_offline",
    security(()),
    request_body(content(
        (PastedBody = "application/json"),
        (String = "text/plain"),
        (String = "application/x-pem-file"),
    ), description = "An ALVARA DEACTIVATION RECEIPT block."),
    responses((status = 200, description = "The machine holds no seat. Signed by RFC 9421.", body = OfflineDeactivation))
)]
pub(crate) async fn deactivate(
    request: HttpRequest,
    platform: web::Data<Platform>,
    Pasted(text): Pasted,
) -> Result<HttpResponse, Problem> {
    let (answer, nonce) = deactivated(&request, &platform, &text).await?;
    acknowledge(&answer, nonce)
}

/// Frees a seat by the text of a receipt, whose nonce comes with the answer.
pub(crate) async fn deactivated(
    request: &HttpRequest,
    platform: &Platform,
    text: &str,
) -> Result<(ReceiptAnswer, String), Problem> {
    let receipt = Receipt::read(text)?;
    let nonce = receipt.nonce.to_string();
    let knock = knock(platform.gate(), request).await?;
    let answer = platform.deactivate_offline(&knock, receipt).await?;
    let machine_id = answer.accepted.machine.id;
    count_machine(request, &machine_id.to_string())?;
    Ok((answer, nonce))
}

fn acknowledge(answer: &ReceiptAnswer, nonce: String) -> Result<HttpResponse, Problem> {
    let body = OfflineDeactivation {
        freed: answer.accepted.freed == Freed::Now,
        machine_id: answer.accepted.machine.id,
        nonce,
        date: answer.now,
    };
    signature::signed(&body, answer.ring.active(), answer.now)
}
