//! Documents of a tax office, each of a receipt or a credit note.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::invoices::{self, InvoiceFilter};
use crate::page::{Page, PageRequest};
use crate::schema::{fiscal_documents as f, invoices as c};
use crate::tx::{TenantTx, inserted};
use alvara_domain::fiscal::{Documented, FiscalDocument, FiscalRecord};
use alvara_domain::id::{ChargeId, InvoiceId, OrderId};
use alvara_domain::invoice::{Invoice, InvoiceKind};
use diesel::prelude::*;
use std::collections::BTreeMap;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(primary_key(tenant_id, invoice_id))]
#[diesel(table_name = f, treat_none_as_default_value = false, treat_none_as_null = true)]
struct FiscalRow {
    tenant_id: String,
    invoice_id: String,
    kind: String,
    number: String,
    series: Option<String>,
    access_key: Option<String>,
    protocol: Option<String>,
    issued_at: i64,
    url: Option<String>,
    status: String,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl TryFrom<FiscalRow> for FiscalRecord {
    type Error = StoreError;

    fn try_from(row: FiscalRow) -> StoreResult<Self> {
        let r = Row::of("fiscal_documents", &row.invoice_id);
        Ok(Self {
            invoice_id: r.text("invoice_id", &row.invoice_id)?,
            created_at: r.time("created_at", row.created_at)?,
            updated_at: r.time("updated_at", row.updated_at)?,
            document: FiscalDocument {
                kind: r.text("kind", &row.kind)?,
                issued_at: r.time("issued_at", row.issued_at)?,
                status: r.text("status", &row.status)?,
                number: row.number,
                series: row.series,
                access_key: row.access_key,
                protocol: row.protocol,
                url: row.url,
            },
            version: row.version,
        })
    }
}

impl FiscalRow {
    fn of(tx: &TenantTx<'_>, one: &FiscalRecord) -> Self {
        let document = one.document.clone();
        Self {
            tenant_id: tx.tenant().to_string(),
            invoice_id: one.invoice_id.to_string(),
            kind: document.kind.to_string(),
            number: document.number,
            series: document.series,
            access_key: document.access_key,
            protocol: document.protocol,
            issued_at: document.issued_at.micros(),
            url: document.url,
            status: document.status.to_string(),
            created_at: one.created_at.micros(),
            updated_at: one.updated_at.micros(),
            version: one.version,
        }
    }
}

/// Writes the document of a receipt or a credit note of the scope: the first when its version is 1,
/// else in place of the one of the version before.
///
/// # Errors
/// [`StoreError::OutOfReach`] when what it is of is not in the scope; [`StoreError::Contended`] when
/// somebody was quicker: the transaction is tried again.
pub fn put(tx: &mut TenantTx<'_>, record: &FiscalRecord) -> StoreResult<()> {
    if invoices::find(tx, record.invoice_id)?.is_none() {
        return Err(StoreError::OutOfReach);
    }
    let row = FiscalRow::of(tx, record);
    let written = if record.version == 1 {
        inserted(tx.conn, |conn| {
            diesel::insert_into(f::table).values(&row).execute(conn)?;
            Ok(())
        })?
    } else {
        let key = (row.tenant_id.clone(), row.invoice_id.clone());
        let updated = diesel::update(f::table.find(key))
            .filter(f::version.eq(record.version - 1))
            .set(&row)
            .execute(tx.conn)?;
        updated == 1
    };
    if written {
        Ok(())
    } else {
        Err(StoreError::contended())
    }
}

/// Finds a receipt or a credit note of the scope, with its document.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, id: InvoiceId) -> StoreResult<Option<Documented>> {
    let Some(invoice) = invoices::find(tx, id)? else {
        return Ok(None);
    };
    let row: Option<FiscalRow> = f::table
        .find((tx.tenant().to_string(), id.to_string()))
        .select(FiscalRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    let fiscal = row.map(FiscalRecord::try_from).transpose()?;
    Ok(Some(Documented { invoice, fiscal }))
}

/// The receipts and credit notes of a charge of the scope with their documents, the oldest first.
///
/// # Errors
/// When the database fails.
pub fn list_of_charge(tx: &mut TenantTx<'_>, charge: ChargeId) -> StoreResult<Vec<Documented>> {
    let found = invoices::list_of_charge(tx, charge)?;
    documented(tx, found)
}

/// Lists receipts and credit notes of the scope with their documents, the newest first.
///
/// # Errors
/// When the database fails.
pub fn list(
    tx: &mut TenantTx<'_>,
    filter: &InvoiceFilter,
    request: &PageRequest,
) -> StoreResult<Page<Documented>> {
    let found = invoices::list(tx, filter, request)?;
    Ok(Page {
        items: documented(tx, found.items)?,
        next: found.next,
    })
}

/// The documents of the receipts of an order of the scope, the oldest receipt first.
///
/// # Errors
/// When the database fails.
pub fn list_of_order(tx: &mut TenantTx<'_>, order: OrderId) -> StoreResult<Vec<FiscalRecord>> {
    if crate::orders::find(tx, order)?.is_none() {
        return Ok(Vec::new());
    }
    let receipts = c::table
        .filter(c::tenant_id.eq(tx.tenant().to_string()))
        .filter(c::order_id.eq(order.to_string()))
        .filter(c::kind.eq(InvoiceKind::Receipt.as_str()))
        .select(c::id);
    let rows: Vec<FiscalRow> = f::table
        .filter(f::tenant_id.eq(tx.tenant().to_string()))
        .filter(f::invoice_id.eq_any(receipts))
        .order(f::invoice_id)
        .select(FiscalRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(FiscalRecord::try_from).collect()
}

/// Receipts and credit notes of the scope, each with its document.
fn documented(tx: &mut TenantTx<'_>, found: Vec<Invoice>) -> StoreResult<Vec<Documented>> {
    let ids: Vec<String> = found.iter().map(|one| one.id.to_string()).collect();
    let rows: Vec<FiscalRow> = f::table
        .filter(f::tenant_id.eq(tx.tenant().to_string()))
        .filter(f::invoice_id.eq_any(ids))
        .select(FiscalRow::as_select())
        .load(tx.conn)?;
    let mut known = BTreeMap::new();
    for row in rows {
        let record = FiscalRecord::try_from(row)?;
        known.insert(record.invoice_id, record);
    }
    let with = |invoice: Invoice| Documented {
        fiscal: known.remove(&invoice.id),
        invoice,
    };
    Ok(found.into_iter().map(with).collect())
}
