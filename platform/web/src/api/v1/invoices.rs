//! Receipts and credit notes of charges.

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use alvara_domain::id::{ChargeId, InvoiceId, OrderId};
use alvara_domain::invoice::{Invoice, InvoiceKind, InvoiceParty};
use alvara_domain::money::Money;
use alvara_domain::time::UtcTime;
use alvara_render::pdf::{self, DocumentKind, InvoiceLine, Party};
use alvara_render::{Args, Locale, Words};
use alvara_store::{Db, TenantTx, charges, invoices};
use alvara_tenants::permissions::ChargeRead;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer;
use crate::body::Segments;
use crate::caller::Caller;
use crate::frame::Context;
use crate::problem::Problem;
use crate::schema::{self, Id, Instant};

/// The bar above a document: ink.
const ACCENT: [u8; 3] = [24, 33, 48];

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/charges/{id}/invoices").get(list))
        .service(web::resource("/invoices/{id}.pdf").get(pdf));
}

/// A receipt or a credit note.
#[derive(Serialize, ToSchema)]
pub(super) struct InvoiceView {
    #[schema(value_type = Id)]
    id: InvoiceId,
    /// `receipt` or `credit_note`.
    kind: &'static str,
    /// Without gaps for the tenant, the kind and the year.
    #[schema(example = "2026-000123")]
    number: String,
    #[schema(value_type = Id)]
    order_id: OrderId,
    #[schema(value_type = Id)]
    charge_id: ChargeId,
    /// What was paid, or given back.
    #[schema(value_type = schema::Money)]
    total: Money,
    #[schema(value_type = Instant)]
    issued_at: UtcTime,
    /// Where it is as PDF.
    pdf: String,
}

impl From<Invoice> for InvoiceView {
    fn from(invoice: Invoice) -> Self {
        Self {
            number: invoice.printed_number(),
            pdf: format!("/api/v1/invoices/{}.pdf", invoice.id),
            id: invoice.id,
            kind: invoice.kind.as_str(),
            order_id: invoice.order_id,
            charge_id: invoice.charge_id,
            total: invoice.content.total,
            issued_at: invoice.issued_at,
        }
    }
}

/// What was written about a charge.
#[derive(Serialize, ToSchema)]
pub(super) struct InvoiceList {
    items: Vec<InvoiceView>,
}

/// Lists the receipt of a charge, the credit notes for what of it went back, and the receipts for what
/// of that did not after all, the oldest first.
#[utoipa::path(get, path = "/charges/{id}/invoices", tag = "payments", operation_id = "list_charge_invoices", params(("id" = Id, Path)),
    responses((status = 200, description = "The documents; none before the money came.", body = InvoiceList)))]
pub(super) async fn list(
    caller: Caller<ChargeRead>,
    Segments(id): Segments<ChargeId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let read = move |tx: &mut TenantTx<'_>| {
        let Some(charge) = charges::find(tx, id)? else {
            return Ok(None);
        };
        invoices::list_of_charge(tx, charge.id).map(Some)
    };
    let found = db.read(&caller.scope, read).await?;
    let items = found.ok_or_else(Problem::not_found)?;
    let items = items.into_iter().map(InvoiceView::from).collect();
    Ok(answer::ok(&InvoiceList { items }))
}

/// A receipt or a credit note as PDF (A4), in the language that `Accept-Language` asks for, else the
/// tenant's.
#[utoipa::path(get, path = "/invoices/{id}.pdf", tag = "payments", operation_id = "get_invoice_pdf", params(("id" = Id, Path)),
    responses((status = 200, description = "The document.", body = Vec<u8>, content_type = "application/pdf")))]
pub(super) async fn pdf(
    request: HttpRequest,
    caller: Caller<ChargeRead>,
    Segments(id): Segments<InvoiceId>,
    db: Data<Db>,
    words: Data<Words>,
) -> Result<HttpResponse, Problem> {
    let found = db
        .read(&caller.scope, move |tx| invoices::find(tx, id))
        .await?;
    let invoice = found.ok_or_else(Problem::not_found)?;
    let name = format!("{}-{}.pdf", invoice.kind, invoice.printed_number());
    let locale = Context::of(&request).locale(&words);
    let by = method(&words, &locale, &invoice.content.method);
    let drawn = drawn(invoice, by).pdf(&words, &locale);
    let attached = format!("attachment; filename=\"{name}\"");
    Ok(HttpResponse::Ok()
        .content_type("application/pdf")
        .insert_header(("content-disposition", attached))
        .body(drawn))
}

/// How a method is called on paper. Most are names, which are the same in every language.
fn method(words: &Words, locale: &Locale, code: &str) -> String {
    match code {
        "pix" => return "PIX".to_owned(),
        "card" => return words.text(locale, "pdf-method-card", &Args::new()),
        _ => {}
    }
    let mut letters = code.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn drawn(invoice: Invoice, paid_by: String) -> pdf::Invoice {
    let party = |party: InvoiceParty| Party {
        name: party.name,
        lines: party.lines,
    };
    let number = invoice.printed_number();
    let content = invoice.content;
    pdf::Invoice {
        kind: match invoice.kind {
            InvoiceKind::Receipt => DocumentKind::Receipt,
            InvoiceKind::CreditNote => DocumentKind::CreditNote,
        },
        number,
        issued_on: content.issued_on,
        due_on: None,
        paid_on: content.paid_on,
        paid_by: Some(paid_by),
        seller: party(content.seller),
        buyer: party(content.buyer),
        lines: content
            .items
            .into_iter()
            .map(|item| InvoiceLine {
                description: item.description,
                quantity: item.quantity,
                unit: item.unit,
                total: item.total,
            })
            .collect(),
        discount: content.discount,
        surcharge: content.surcharge,
        total: content.total,
        note: None,
        verify_url: None,
        accent: ACCENT,
    }
}
