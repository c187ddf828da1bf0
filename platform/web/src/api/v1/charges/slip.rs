//! The boleto of a charge, to print.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use alvara_app::AppError;
use alvara_app::billing::slip as paper;
use alvara_domain::id::ChargeId;
use alvara_render::{Locale, Words, pdf};
use alvara_store::{Db, Scope, TenantTx};
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
pub(crate) async fn slip(
    request: HttpRequest,
    caller: Caller<ChargeRead>,
    Segments(id): Segments<ChargeId>,
    db: Data<Db>,
    words: Data<Words>,
) -> Result<HttpResponse, Problem> {
    let locale = Context::of(&request).locale(&words);
    print(&db, &caller.scope, id, (&words, &locale)).await
}

/// The same for whoever may see the charge in this scope.
pub(crate) async fn print(
    db: &Db,
    scope: &Scope,
    id: ChargeId,
    (words, locale): (&Words, &Locale),
) -> Result<HttpResponse, Problem> {
    let read = move |tx: &mut TenantTx<'_>| paper::read(tx, id);
    let content = db.read(scope, read).await?;
    let drawn = pdf::slip(&content, words, locale);
    let drawn =
        drawn.map_err(|error| AppError::Inconsistent(format!("the slip of {id}: {error}")))?;
    let attached = format!("attachment; filename=\"boleto-{id}.pdf\"");
    Ok(HttpResponse::Ok()
        .content_type("application/pdf")
        .insert_header(("content-disposition", attached))
        .body(drawn))
}
