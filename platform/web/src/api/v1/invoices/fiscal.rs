//! Documents of a tax office, written back by whoever issued them.

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_app::billing::fiscal::write;
use alvara_domain::civil_date::CivilDate;
use alvara_domain::fiscal::{FiscalDocument, FiscalKind, FiscalRecord, FiscalStatus};
use alvara_domain::id::InvoiceId;
use alvara_domain::node::Tenant;
use alvara_domain::time::UtcTime;
use alvara_render::{Args, Locale, Words};
use alvara_store::{Db, TenantTx};
use alvara_tenants::permissions::InvoiceUpdate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::InvoiceView;
use crate::answer;
use crate::body::{Json, Segments, Text};
use crate::caller::Caller;
use crate::precondition::IfMatch;
use crate::problem::Problem;
use crate::schema::{Id, Instant};

/// The document of a tax office that belongs to a receipt or a credit note.
#[derive(Serialize, ToSchema)]
pub(crate) struct FiscalView {
    /// `nfe`, `nfse`, `fattura` or `other`.
    kind: &'static str,
    number: String,
    series: Option<String>,
    access_key: Option<String>,
    protocol: Option<String>,
    #[schema(value_type = Instant)]
    issued_at: UtcTime,
    url: Option<String>,
    /// `issued` or `canceled`.
    status: &'static str,
    /// When it was last written here.
    #[schema(value_type = Instant)]
    updated_at: UtcTime,
}

impl From<FiscalRecord> for FiscalView {
    fn from(record: FiscalRecord) -> Self {
        let document = record.document;
        Self {
            kind: document.kind.as_str(),
            number: document.number,
            series: document.series,
            access_key: document.access_key,
            protocol: document.protocol,
            issued_at: document.issued_at,
            url: document.url,
            status: document.status.as_str(),
            updated_at: record.updated_at,
        }
    }
}

/// A document, whole: what is left out it does not have.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FiscalBody {
    /// `nfe`, `nfse`, `fattura` or `other`.
    #[schema(value_type = String, example = "nfse")]
    kind: FiscalKind,
    #[schema(value_type = String, max_length = 60, example = "123")]
    number: Text<1, 60>,
    #[schema(value_type = Option<String>, max_length = 20)]
    series: Option<Text<1, 20>>,
    /// By what the tax office finds it. Of an NF-e it is needed, and its check digit is checked.
    #[schema(value_type = Option<String>, max_length = 60)]
    access_key: Option<Text<1, 60>>,
    /// Under what the tax office took it, or its cancellation.
    #[schema(value_type = Option<String>, max_length = 60)]
    protocol: Option<Text<1, 60>>,
    #[schema(value_type = Instant)]
    issued_at: UtcTime,
    /// Where it can be seen; `https` only.
    #[schema(value_type = Option<String>, max_length = 700)]
    url: Option<Text<1, 700>>,
    /// `issued` or `canceled`.
    #[schema(value_type = String, example = "issued")]
    status: FiscalStatus,
}

impl FiscalBody {
    fn read(self) -> FiscalDocument {
        FiscalDocument {
            kind: self.kind,
            number: self.number.into_string(),
            series: self.series.map(Text::into_string),
            access_key: self.access_key.map(Text::into_string),
            protocol: self.protocol.map(Text::into_string),
            issued_at: self.issued_at,
            url: self.url.map(Text::into_string),
            status: self.status,
        }
    }
}

/// Writes back which document of a tax office belongs to a receipt or a credit note. What was issued
/// can be canceled, by the same document with that status, and nothing else of it changes; in place of
/// a canceled one another can be written. What is there already is answered as it is, whatever
/// `If-Match` says.
#[utoipa::path(put, path = "/invoices/{id}/fiscal-document", tag = "payments", operation_id = "put_fiscal_document",
    params(("id" = Id, Path), ("If-Match" = String, Header, description = "The ETag of the version that the change is based on, or *.")),
    request_body = FiscalBody, responses((status = 200, description = "Written.", body = InvoiceView)))]
pub(crate) async fn put_fiscal(
    caller: Caller<InvoiceUpdate>,
    Segments(id): Segments<InvoiceId>,
    if_match: IfMatch,
    Json(body): Json<FiscalBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let wanted = body.read();
    let work = move |tx: &mut TenantTx<'_>| write(tx, id, if_match.expected(), &wanted);
    let written = db.write(&caller.scope, work).await?;
    Ok(answer::version(
        written.version(),
        &InvoiceView::from(written),
    ))
}

/// What a receipt or an invoice says on paper of a document that belongs to it.
pub(crate) fn lines(
    document: &FiscalDocument,
    tenant: &Tenant,
    (words, locale): (&Words, &Locale),
) -> Vec<String> {
    let reference =
        |key: &str, text: &str| words.text(locale, key, &Args::new().text("reference", text));
    let mut name = format!("{} {}", document.kind.printed(), document.number);
    if let Some(series) = &document.series {
        name = format!("{name}, {}", reference("pdf-fiscal-series", series));
    }
    let issued_on = CivilDate::of(document.issued_at, &tenant.time_zone);
    let said = Args::new()
        .text("name", name.trim_start())
        .text("date", words.date(locale, issued_on));
    let key = match document.status {
        FiscalStatus::Issued => "pdf-fiscal",
        FiscalStatus::Canceled => "pdf-fiscal-canceled",
    };
    let mut lines = vec![words.text(locale, key, &said)];
    if let Some(key) = document.printed_key() {
        lines.push(words.text(locale, "pdf-fiscal-key", &Args::new().text("key", key)));
    }
    if let Some(protocol) = &document.protocol {
        lines.push(reference("pdf-fiscal-protocol", protocol));
    }
    lines
}
