//! Documents of a tax office: a fiscal system issues them elsewhere and writes back what they are.

use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::fiscal::{
    Documented, FiscalDocument, FiscalKind, FiscalRecord, FiscalStatus, FiscalStep, access_key,
};
use alvara_domain::id::InvoiceId;
use alvara_domain::time::UtcTime;
use alvara_store::{TenantTx, fiscal_documents};
use serde_json::json;

use crate::field::Fields;
use crate::{AppError, AppResult};

/// The longest name of a document, in characters.
const NAME_MOST: usize = 60;

/// Writes the document of a receipt or a credit note. `expected` is the version that the caller read,
/// 0 while there was none; `None` is whichever it is now. What is written already is not written
/// again, whatever the caller read: whoever lost the answer may repeat the call.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Invalid`], [`AppError::Stale`]; [`AppError::WrongState`] to
/// cancel what was not issued, to change what was, or to issue anew what is canceled.
pub fn write(
    tx: &mut TenantTx<'_>,
    id: InvoiceId,
    expected: Option<i64>,
    wanted: &FiscalDocument,
) -> AppResult<Documented> {
    let found = fiscal_documents::find(tx, id)?.ok_or(AppError::NotFound("invoice"))?;
    let document = checked(wanted)?;
    let before = found.fiscal.as_ref().map(|record| &record.document);
    let kind = match document.step_from(before) {
        Some(FiscalStep::Same) => return Ok(found),
        _ if expected.is_some_and(|version| version != found.version()) => {
            return Err(AppError::Stale);
        }
        Some(FiscalStep::Issue) => EventKind::InvoiceFiscalDocumentIssued,
        Some(FiscalStep::Cancel) => EventKind::InvoiceFiscalDocumentCanceled,
        None => return Err(refused(before)),
    };
    let record = FiscalRecord {
        invoice_id: id,
        document,
        created_at: found
            .fiscal
            .as_ref()
            .map_or(tx.now(), |record| record.created_at),
        updated_at: tx.now(),
        version: found.version() + 1,
    };
    fiscal_documents::put(tx, &record)?;
    let invoice = &found.invoice;
    let what = json!({
        "kind": invoice.kind, "number": invoice.printed_number(), "order_id": invoice.order_id,
        "charge_id": invoice.charge_id, "total": invoice.content.total,
        "fiscal_document": record.document,
    });
    tx.audit(kind.as_str(), id, before, &record.document)?;
    tx.emit(kind, id, &what)?;
    Ok(Documented {
        invoice: found.invoice,
        fiscal: Some(record),
    })
}

fn refused(before: Option<&FiscalDocument>) -> AppError {
    let (state, wanted) = match before.map(|document| document.status) {
        None => ("missing", "canceled"),
        Some(FiscalStatus::Issued) => ("issued", "replaced"),
        Some(FiscalStatus::Canceled) => ("canceled", "issued again"),
    };
    AppError::WrongState {
        noun: "fiscal document",
        state,
        wanted,
    }
}

/// The document as it is kept.
fn checked(wanted: &FiscalDocument) -> AppResult<FiscalDocument> {
    let mut fields = Fields::new();
    let number = fields.line("/number", &wanted.number, NAME_MOST);
    let series = wanted.series.as_deref();
    let series = series.map(|text| fields.line("/series", text, 20));
    let protocol = wanted.protocol.as_deref();
    let protocol = protocol.map(|text| fields.line("/protocol", text, NAME_MOST));
    let key = match (wanted.kind, wanted.access_key.as_deref()) {
        (FiscalKind::Nfe, None) => {
            let detail = "an NF-e is found by its access key";
            fields.refuse("/access_key", FaultCode::Required, detail);
            None
        }
        (FiscalKind::Nfe, Some(typed)) => match access_key(typed) {
            Ok(key) => Some(key),
            Err(error) => {
                fields.refuse("/access_key", FaultCode::Malformed, error.to_string());
                None
            }
        },
        (_, typed) => typed.map(|text| fields.line("/access_key", text, NAME_MOST)),
    };
    let url = wanted.url.as_deref();
    let url = url.map(|text| fields.line("/url", text, 700));
    if url.as_deref().is_some_and(|url| !is_secure(url)) {
        let detail = "an address that starts with https://";
        fields.refuse("/url", FaultCode::Malformed, detail);
    }
    fields.finish()?;
    Ok(FiscalDocument {
        kind: wanted.kind,
        number,
        series,
        access_key: key,
        protocol,
        issued_at: whole(wanted.issued_at),
        url,
        status: wanted.status,
    })
}

/// Cut to what its text shows, so that whoever sends back what was read says the same.
fn whole(at: UtcTime) -> UtcTime {
    UtcTime::from_micros(at.millis() * 1_000).unwrap_or(at)
}

/// `https`, a host, no user and no blanks: people follow the address from a document.
fn is_secure(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte);
    !authority.is_empty()
        && !authority.starts_with(':')
        && !authority.contains('@')
        && url.bytes().all(plain)
}
