//! The boleto of a charge, to print.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use alvara_app::AppError;
use alvara_app::billing::slip::{self as paper, SlipContent};
use alvara_domain::id::ChargeId;
use alvara_render::Words;
use alvara_render::pdf::Slip;
use alvara_store::{Db, TenantTx};
use alvara_tenants::permissions::ChargeRead;

use crate::body::Segments;
use crate::caller::Caller;
use crate::frame::Context;
use crate::problem::Problem;
use crate::schema::Id;

/// The boleto of a charge as PDF (A4), in the language that `Accept-Language` asks for, else the
/// tenant's: with the bars for a scanner, the line to type and, where the bank made one, the PIX code.
#[utoipa::path(get, path = "/charges/{id}/slip.pdf", tag = "payments", operation_id = "get_charge_slip", params(("id" = Id, Path)),
    responses((status = 200, description = "The boleto.", body = Vec<u8>, content_type = "application/pdf"),
        (status = 409, description = "The charge is not to be paid by a boleto, or not any more.")))]
pub(in crate::api::v1) async fn slip(
    request: HttpRequest,
    caller: Caller<ChargeRead>,
    Segments(id): Segments<ChargeId>,
    db: Data<Db>,
    words: Data<Words>,
) -> Result<HttpResponse, Problem> {
    let read = move |tx: &mut TenantTx<'_>| paper::read(tx, id);
    let content = db.read(&caller.scope, read).await?;
    let locale = Context::of(&request).locale(&words);
    let drawn = drawn(content).pdf(&words, &locale);
    let drawn =
        drawn.map_err(|error| AppError::Inconsistent(format!("the slip of {id}: {error}")))?;
    let attached = format!("attachment; filename=\"boleto-{id}.pdf\"");
    Ok(HttpResponse::Ok()
        .content_type("application/pdf")
        .insert_header(("content-disposition", attached))
        .body(drawn))
}

fn drawn(content: SlipContent) -> Slip {
    Slip {
        bank_name: content.bank_name,
        bank_code: content.bank_code,
        beneficiary: content.beneficiary,
        payer: content.payer,
        document: content.document,
        our_number: content.our_number,
        agency_account: content.agency_account,
        wallet: content.wallet,
        issued_on: content.issued_on,
        due_on: content.due_on,
        amount: content.amount,
        instructions: content.instructions,
        barcode: content.barcode,
        digitable_line: content.digitable_line,
        br_code: content.br_code,
    }
}
