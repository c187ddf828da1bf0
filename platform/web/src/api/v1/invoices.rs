//! Invoices of orders; receipts and credit notes of charges, and which documents of a tax office belong
//! to them.

mod fiscal;
mod list;

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use alvara_app::billing::verify::verify_url;
use alvara_app::{AppResult, Platform};
use alvara_domain::civil_date::CivilDate;
use alvara_domain::fiscal::{Documented, FiscalRecord, FiscalStatus};
use alvara_domain::id::{ChargeId, InvoiceId, OrderId};
use alvara_domain::invoice::{InvoiceContent, InvoiceKind, InvoiceParty, OrderInvoice};
use alvara_domain::money::Money;
use alvara_domain::node::{NodePath, Tenant};
use alvara_domain::time::UtcTime;
use alvara_render::pdf::{self, DocumentKind, InvoiceLine, Party};
use alvara_render::{Args, Locale, Words};
use alvara_store::{
    Db, Scope, StoreResult, TenantTx, charges, fiscal_documents, nodes, order_invoices, orders,
    tenants,
};
use alvara_tenants::Brand;
use alvara_tenants::permissions::{ChargeRead, OrderRead};
use serde::Serialize;
use utoipa::ToSchema;

pub(crate) use fiscal::{__path_put_fiscal, put_fiscal};
pub(crate) use list::{__path_get, __path_list_all, get, list_all};

use fiscal::FiscalView;

use crate::answer;
use crate::body::Segments;
use crate::caller::Caller;
use crate::frame::Context;
use crate::problem::Problem;
use crate::schema::{self, Id, Instant};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/orders/{id}/invoice").get(get_of_order))
        .service(web::resource("/orders/{id}/invoice.pdf").get(pdf_of_order))
        .service(web::resource("/charges/{id}/invoices").get(list))
        .service(web::resource("/invoices").get(list_all))
        // Before the next one, whose place would take the end of this address too.
        .service(web::resource("/invoices/{id}.pdf").get(pdf))
        .service(web::resource("/invoices/{id}").get(get))
        .service(web::resource("/invoices/{id}/fiscal-document").put(put_fiscal));
}

/// A receipt or a credit note.
#[derive(Serialize, ToSchema)]
pub(crate) struct InvoiceView {
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
    /// Which document of a tax office belongs to it; null until somebody wrote one back.
    fiscal_document: Option<FiscalView>,
    /// Where it is as PDF.
    pdf: String,
}

impl From<Documented> for InvoiceView {
    fn from(found: Documented) -> Self {
        let invoice = found.invoice;
        Self {
            fiscal_document: found.fiscal.map(FiscalView::from),
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

/// The invoice of an order.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderInvoiceView {
    #[schema(value_type = Id)]
    order_id: OrderId,
    /// Without gaps for the tenant and the year.
    #[schema(example = "2026-000123")]
    number: String,
    /// What is to be paid.
    #[schema(value_type = schema::Money)]
    total: Money,
    /// The last day of deferred terms.
    #[schema(value_type = Option<String>, format = Date, example = "2026-12-10")]
    due_on: Option<CivilDate>,
    #[schema(value_type = Instant)]
    issued_at: UtcTime,
    /// Where it is as PDF.
    pdf: String,
}

impl From<OrderInvoice> for OrderInvoiceView {
    fn from(invoice: OrderInvoice) -> Self {
        Self {
            number: invoice.printed_number(),
            pdf: format!("/api/v1/orders/{}/invoice.pdf", invoice.order_id),
            order_id: invoice.order_id,
            total: invoice.content.total,
            due_on: invoice.content.due_on,
            issued_at: invoice.issued_at,
        }
    }
}

/// What was written about a charge.
#[derive(Serialize, ToSchema)]
pub(crate) struct InvoiceList {
    items: Vec<InvoiceView>,
}

/// Lists the receipt of a charge, the credit notes for what of it went back, and the receipts for what
/// of that did not after all, the oldest first.
#[utoipa::path(get, path = "/charges/{id}/invoices", tag = "payments", operation_id = "list_charge_invoices", params(("id" = Id, Path)),
    responses((status = 200, description = "The documents; none before the money came.", body = InvoiceList)))]
pub(crate) async fn list(
    caller: Caller<ChargeRead>,
    Segments(id): Segments<ChargeId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let read = move |tx: &mut TenantTx<'_>| {
        let Some(charge) = charges::find(tx, id)? else {
            return Ok(None);
        };
        fiscal_documents::list_of_charge(tx, charge.id).map(Some)
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
pub(crate) async fn pdf(
    request: HttpRequest,
    caller: Caller<ChargeRead>,
    Segments(id): Segments<InvoiceId>,
    platform: Data<Platform>,
    words: Data<Words>,
) -> Result<HttpResponse, Problem> {
    let locale = Context::of(&request).locale(&words);
    let which = (id, None);
    print_paper(&platform, &caller.scope, which, (&words, &locale)).await
}

/// A receipt or a credit note as a file: any of the scope, or of one order alone.
///
/// # Errors
/// 404 where there is none; when the database fails.
pub(crate) async fn print_paper(
    platform: &Platform,
    scope: &Scope,
    (id, order): (InvoiceId, Option<OrderId>),
    (words, locale): (&Words, &Locale),
) -> Result<HttpResponse, Problem> {
    let parts = platform.clone();
    let read = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
        let found = fiscal_documents::find(tx, id)?;
        let asked = |found: &Documented| order.is_none_or(|order| found.invoice.order_id == order);
        let Some(found) = found.filter(asked) else {
            return Ok(None);
        };
        let tenant = tenants::load_own(tx)?;
        let url = verify_url(tx, &parts, (&tenant, id))?;
        let path = seller_of(tx, found.invoice.order_id, &tenant)?;
        Ok(Some((found, tenant, path, url)))
    };
    let found = platform.db().read(scope, read).await?;
    let (found, tenant, path, url) = found.ok_or_else(Problem::not_found)?;
    let brand = platform.gate().brand_of(&tenant, &path).await?;
    let invoice = found.invoice;
    let number = invoice.printed_number();
    let name = format!("{}-{number}.pdf", invoice.kind);
    let kind = match invoice.kind {
        InvoiceKind::Receipt => DocumentKind::Receipt,
        InvoiceKind::CreditNote => DocumentKind::CreditNote,
    };
    let drawn = drawn(
        (kind, number),
        (invoice.content, found.fiscal.as_slice(), &tenant, &brand),
        (words, locale),
        Some(url),
    );
    Ok(attached(&name, drawn))
}

/// Shows the invoice of an order: what is to be paid for it. It is written with the order and stays
/// as it is, whether the order is paid or canceled; orders older than invoices have none.
#[utoipa::path(get, path = "/orders/{id}/invoice", tag = "payments", operation_id = "get_order_invoice", params(("id" = Id, Path)),
    responses((status = 200, description = "The invoice.", body = OrderInvoiceView)))]
pub(crate) async fn get_of_order(
    caller: Caller<OrderRead>,
    Segments(id): Segments<OrderId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db
        .read(&caller.scope, move |tx| order_invoices::find(tx, id))
        .await?;
    let invoice = found.ok_or_else(Problem::not_found)?;
    Ok(answer::ok(&OrderInvoiceView::from(invoice)))
}

/// The invoice of an order as PDF (A4), in the language that `Accept-Language` asks for, else the
/// tenant's.
#[utoipa::path(get, path = "/orders/{id}/invoice.pdf", tag = "payments", operation_id = "get_order_invoice_pdf", params(("id" = Id, Path)),
    responses((status = 200, description = "The invoice.", body = Vec<u8>, content_type = "application/pdf")))]
pub(crate) async fn pdf_of_order(
    request: HttpRequest,
    caller: Caller<OrderRead>,
    Segments(id): Segments<OrderId>,
    platform: Data<Platform>,
    words: Data<Words>,
) -> Result<HttpResponse, Problem> {
    let read = move |tx: &mut TenantTx<'_>| -> StoreResult<_> {
        let Some(invoice) = order_invoices::find(tx, id)? else {
            return Ok(None);
        };
        let fiscal = fiscal_documents::list_of_order(tx, id)?;
        let tenant = tenants::load_own(tx)?;
        let path = seller_of(tx, id, &tenant)?;
        Ok(Some((invoice, fiscal, tenant, path)))
    };
    let found = platform.db().read(&caller.scope, read).await?;
    let (invoice, fiscal, tenant, path) = found.ok_or_else(Problem::not_found)?;
    let brand = platform.gate().brand_of(&tenant, &path).await?;
    let number = invoice.printed_number();
    let name = format!("invoice-{number}.pdf");
    let locale = Context::of(&request).locale(&words);
    let kind = DocumentKind::Invoice;
    let drawn = drawn(
        (kind, number),
        (invoice.content, fiscal.as_slice(), &tenant, &brand),
        (words.get_ref(), &locale),
        None,
    );
    Ok(attached(&name, drawn))
}

/// The place whose brand the papers of an order bear: the buyer's, which takes after its seller's; the
/// tenant's own where the reader does not see that.
fn seller_of(tx: &mut TenantTx<'_>, order: OrderId, tenant: &Tenant) -> StoreResult<NodePath> {
    let buyer = match orders::find(tx, order)? {
        Some(order) => nodes::find(tx, order.node_id)?,
        None => None,
    };
    Ok(buyer.map_or_else(|| NodePath::root(tenant.root_node_id), |node| node.path))
}

fn attached(name: &str, pdf: Vec<u8>) -> HttpResponse {
    let attached = format!("attachment; filename=\"{name}\"");
    HttpResponse::Ok()
        .content_type("application/pdf")
        .insert_header(("content-disposition", attached))
        .body(pdf)
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

fn drawn(
    (kind, number): (DocumentKind, String),
    (content, fiscal, tenant, brand): (InvoiceContent, &[FiscalRecord], &Tenant, &Brand),
    (words, locale): (&Words, &Locale),
    page: Option<String>,
) -> Vec<u8> {
    let documents = fiscal.iter().map(|record| &record.document);
    let holds = documents
        .clone()
        .find(|document| document.status == FiscalStatus::Issued);
    // A tax office's own page says more than ours.
    let verify_url = holds.and_then(|document| document.url.clone()).or(page);
    let fiscal = documents.flat_map(|one| fiscal::lines(one, tenant, (words, locale)));
    let party = |party: InvoiceParty| Party {
        name: party.name,
        lines: party.lines,
    };
    let paid_by = content.method.as_deref();
    let document = pdf::Invoice {
        kind,
        number,
        issued_on: content.issued_on,
        due_on: content.due_on,
        paid_on: content.paid_on,
        paid_by: paid_by.map(|code| method(words, locale, code)),
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
        fiscal: fiscal.collect(),
        note: None,
        verify_url,
        accent: brand.light.brand.fill.0,
    };
    document.pdf(words, locale)
}
