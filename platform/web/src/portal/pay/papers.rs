//! What belongs to a payment: codes to scan, the boleto on paper, receipts.

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_app::Platform;
use alvara_domain::charge::record::Charge;
use alvara_domain::id::{ChargeId, InvoiceId};
use alvara_domain::payment::report::NextAction;
use alvara_render::Qr;
use alvara_render::pdf::barcode_svg;
use alvara_store::{Db, TenantTx, charges};

use super::super::desk::Desk;
use super::Payment;
use crate::api::v1::charges::print_slip;
use crate::api::v1::invoices::print_paper;
use crate::body::Segments;
use crate::problem::Problem;

/// A charge of the one order.
async fn found(payment: &Payment, db: &Db, id: ChargeId) -> Result<Charge, Problem> {
    let read = move |tx: &mut TenantTx<'_>| charges::find(tx, id);
    let charge = db.read(&payment.scope, read).await?;
    charge
        .filter(|charge| charge.order_id == payment.order)
        .ok_or_else(Problem::not_found)
}

fn picture(svg: String) -> HttpResponse {
    HttpResponse::Ok().content_type("image/svg+xml").body(svg)
}

/// The PIX code of a charge that can still be paid, as a QR code.
pub(super) async fn code(
    payment: Payment,
    Segments((_, id)): Segments<(String, ChargeId)>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let charge = found(&payment, &db, id).await?;
    let text = match charge.action.filter(|_| charge.state.is_open()) {
        Some(NextAction::Qr { br_code, .. }) => Some(br_code),
        Some(NextAction::Voucher { br_code, .. }) => br_code,
        _ => None,
    };
    let code = Qr::new(&text.ok_or_else(Problem::not_found)?).map_err(Problem::internal)?;
    Ok(picture(code.svg()))
}

/// The bars of a boleto that can still be paid.
pub(super) async fn bars(
    payment: Payment,
    Segments((_, id)): Segments<(String, ChargeId)>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let charge = found(&payment, &db, id).await?;
    match charge.action.filter(|_| charge.state.is_open()) {
        Some(NextAction::Voucher { barcode, .. }) => {
            Ok(picture(barcode_svg(&barcode).map_err(Problem::internal)?))
        }
        _ => Err(Problem::not_found()),
    }
}

/// The boleto as PDF.
pub(super) async fn slip(
    desk: Desk,
    payment: Payment,
    Segments((_, id)): Segments<(String, ChargeId)>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    found(&payment, &db, id).await?;
    let tell = desk.tell();
    print_slip(&db, &payment.scope, id, (tell.words(), tell.locale())).await
}

/// A receipt or a credit note as PDF.
pub(super) async fn paper(
    desk: Desk,
    payment: Payment,
    Segments((_, id)): Segments<(String, InvoiceId)>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let tell = desk.tell();
    let which = (id, Some(payment.order));
    let reader = (tell.words(), tell.locale());
    print_paper(&platform, &payment.scope, which, reader).await
}
