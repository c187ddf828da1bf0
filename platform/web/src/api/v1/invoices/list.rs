//! Receipts and credit notes of a place and all below it.

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_domain::fiscal::FiscalState;
use alvara_domain::id::InvoiceId;
use alvara_domain::invoice::InvoiceKind;
use alvara_store::invoices::InvoiceFilter;
use alvara_store::{Db, fiscal_documents};
use alvara_tenants::permissions::ChargeRead;
use serde::Deserialize;
use utoipa::IntoParams;

use super::InvoiceView;
use crate::answer;
use crate::body::{Params, Segments};
use crate::caller::Caller;
use crate::list::{Listed, page_request};
use crate::problem::Problem;
use crate::schema::Id;

/// Which receipts and credit notes.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct InvoiceParams {
    /// `missing` for those without a document of a tax office, `issued` for those with one that holds,
    /// `canceled` for those whose document was canceled and not replaced.
    #[param(value_type = Option<String>)]
    fiscal: Option<FiscalState>,
    /// `receipt` or `credit_note`.
    #[param(value_type = Option<String>)]
    kind: Option<InvoiceKind>,
    /// Items a page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists receipts and credit notes, the newest first.
#[utoipa::path(get, path = "/invoices", tag = "payments", operation_id = "list_invoices", params(InvoiceParams),
    responses((status = 200, description = "A page of them.", body = Listed<InvoiceView>)))]
pub(crate) async fn list_all(
    caller: Caller<ChargeRead>,
    Params(params): Params<InvoiceParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let filter = InvoiceFilter {
        kind: params.kind,
        fiscal: params.fiscal,
    };
    let found = db
        .read(&caller.scope, move |tx| {
            fiscal_documents::list(tx, &filter, &page)
        })
        .await?;
    Ok(answer::ok(&Listed::of(found, InvoiceView::from)))
}

/// Shows a receipt or a credit note. Its ETag is the version of its fiscal document, 0 while it has
/// none: nothing else of it ever changes.
#[utoipa::path(get, path = "/invoices/{id}", tag = "payments", operation_id = "get_invoice", params(("id" = Id, Path)),
    responses((status = 200, description = "The receipt or the credit note.", body = InvoiceView)))]
pub(crate) async fn get(
    caller: Caller<ChargeRead>,
    Segments(id): Segments<InvoiceId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db
        .read(&caller.scope, move |tx| fiscal_documents::find(tx, id))
        .await?;
    let found = found.ok_or_else(Problem::not_found)?;
    Ok(answer::version(found.version(), &InvoiceView::from(found)))
}
