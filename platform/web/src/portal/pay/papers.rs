//! What belongs to a payment: codes to scan, the boleto on paper, receipts, the new end for a calendar.

use actix_web::HttpResponse;
use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::web::Data;
use alvara_app::Platform;
use alvara_domain::charge::record::Charge;
use alvara_domain::civil_date::CivilDate;
use alvara_domain::id::{ChargeId, InvoiceId};
use alvara_domain::order::OrderLine;
use alvara_domain::payment::report::NextAction;
use alvara_domain::time::UtcTime;
use alvara_render::calendar::{self, Reminder};
use alvara_render::pdf::barcode_svg;
use alvara_render::{Args, Qr};
use alvara_store::{Db, TenantTx, charges};

use super::super::desk::Desk;
use super::Payment;
use super::draw::new_ends;
use super::state::Known;
use crate::api::v1::charges::print_slip;
use crate::api::v1::invoices::print_paper;
use crate::body::Segments;
use crate::frame::Context;
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

/// How many days before a license ends a calendar speaks up, where its owner asked it to.
const AHEAD: u32 = 7;

/// The new ends of the licenses that were paid for, for a calendar.
pub(super) async fn calendar(
    desk: Desk,
    payment: Payment,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let order = payment.order;
    let read = move |tx: &mut TenantTx<'_>| Known::read(tx, order);
    let known = db.read(&payment.scope, read).await?;
    let context = Context::of(desk.request());
    let tenant = context.tenant().ok_or_else(Problem::not_found)?;
    let tell = desk.tell();
    let reminder = |(line, end): (&OrderLine, UtcTime)| {
        let product = known.products.get(&line.product_id);
        let product = product.map(String::as_str).unwrap_or_default();
        Reminder {
            uid: line
                .license_id
                .map_or_else(|| line.id.to_string(), |id| id.to_string()),
            date: CivilDate::of(end, &tenant.time_zone),
            title: tell.say("pay-calendar-title", Args::new().text("product", product)),
            ahead: AHEAD,
        }
    };
    let reminders: Vec<Reminder> = new_ends(&known, tell.now()).map(reminder).collect();
    if reminders.is_empty() {
        return Err(Problem::not_found());
    }
    Ok(HttpResponse::Ok()
        .content_type("text/calendar; charset=utf-8")
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"calendar.ics\""))
        .body(calendar::calendar(&tenant.name, tell.now(), &reminders)))
}
