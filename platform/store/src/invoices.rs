//! Receipts and credit notes.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::page::{Page, PageRequest};
use crate::place;
use crate::schema::{fiscal_documents as f, invoices as c, orders as o};
use crate::tx::TenantTx;
use alvara_domain::fiscal::{FiscalState, FiscalStatus};
use alvara_domain::id::{ChargeId, InvoiceId};
use alvara_domain::invoice::{Invoice, InvoiceKind};
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = c, treat_none_as_default_value = false)]
struct InvoiceRow {
    tenant_id: String,
    id: String,
    kind: String,
    period: String,
    number: i64,
    order_id: String,
    charge_id: String,
    content: String,
    issued_at: i64,
}

impl TryFrom<InvoiceRow> for Invoice {
    type Error = StoreError;

    fn try_from(row: InvoiceRow) -> StoreResult<Self> {
        let r = Row::of("invoices", &row.id);
        Ok(Self {
            id: r.text("id", &row.id)?,
            kind: r.text("kind", &row.kind)?,
            order_id: r.text("order_id", &row.order_id)?,
            charge_id: r.text("charge_id", &row.charge_id)?,
            content: r.json("content", &row.content)?,
            issued_at: r.time("issued_at", row.issued_at)?,
            period: row.period,
            number: row.number,
        })
    }
}

/// Adds a document of a charge of the scope.
///
/// # Errors
/// [`StoreError::OutOfReach`] when the charge is not in the scope.
pub fn insert(tx: &mut TenantTx<'_>, one: &Invoice) -> StoreResult<()> {
    if crate::charges::find(tx, one.charge_id)?.is_none() {
        return Err(StoreError::OutOfReach);
    }
    let row = InvoiceRow {
        tenant_id: tx.tenant().to_string(),
        id: one.id.to_string(),
        kind: one.kind.to_string(),
        period: one.period.clone(),
        number: one.number,
        order_id: one.order_id.to_string(),
        charge_id: one.charge_id.to_string(),
        content: serde_json::to_string(&one.content)?,
        issued_at: one.issued_at.micros(),
    };
    diesel::insert_into(c::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// The documents of a charge of the scope, the oldest first.
///
/// # Errors
/// When the database fails.
pub fn list_of_charge(tx: &mut TenantTx<'_>, charge: ChargeId) -> StoreResult<Vec<Invoice>> {
    if crate::charges::find(tx, charge)?.is_none() {
        return Ok(Vec::new());
    }
    let rows: Vec<InvoiceRow> = c::table
        .filter(c::tenant_id.eq(tx.tenant().to_string()))
        .filter(c::charge_id.eq(charge.to_string()))
        .order(c::id)
        .select(InvoiceRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(Invoice::try_from).collect()
}

/// Finds a document of a charge of the scope.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, id: InvoiceId) -> StoreResult<Option<Invoice>> {
    let row: Option<InvoiceRow> = c::table
        .find((tx.tenant().to_string(), id.to_string()))
        .select(InvoiceRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    let found = Invoice::try_from(row)?;
    let seen = crate::charges::find(tx, found.charge_id)?;
    Ok(seen.map(|_| found))
}

/// Which documents a list shows.
#[derive(Clone, Debug, Default)]
pub struct InvoiceFilter {
    /// Receipts or credit notes.
    pub kind: Option<InvoiceKind>,
    /// Those that stand so with the tax office.
    pub fiscal: Option<FiscalState>,
}

/// Lists documents of orders of the scope, the newest first.
///
/// # Errors
/// When the database fails.
pub fn list(
    tx: &mut TenantTx<'_>,
    filter: &InvoiceFilter,
    request: &PageRequest,
) -> StoreResult<Page<Invoice>> {
    let mut query = c::table
        .inner_join(o::table.on(o::tenant_id.eq(c::tenant_id).and(o::id.eq(c::order_id))))
        .filter(c::tenant_id.eq(tx.tenant().to_string()))
        .filter(o::node_id.eq_any(place::seen(tx.scope())))
        .select(InvoiceRow::as_select())
        .into_boxed();
    if let Some(kind) = filter.kind {
        query = query.filter(c::kind.eq(kind.as_str()));
    }
    let status = match filter.fiscal {
        Some(FiscalState::Issued) => Some(FiscalStatus::Issued),
        Some(FiscalState::Canceled) => Some(FiscalStatus::Canceled),
        Some(FiscalState::Missing) | None => None,
    };
    if let Some(status) = status {
        let standing = f::table
            .filter(f::tenant_id.eq(tx.tenant().to_string()))
            .filter(f::status.eq(status.as_str()))
            .select(f::invoice_id);
        query = query.filter(c::id.eq_any(standing));
    } else if filter.fiscal.is_some() {
        let written = f::table
            .filter(f::tenant_id.eq(tx.tenant().to_string()))
            .select(f::invoice_id);
        query = query.filter(c::id.ne_all(written));
    }
    if let Some(after) = request.after::<String>()? {
        query = query.filter(c::id.lt(after));
    }
    let rows = query
        .order(c::id.desc())
        .limit(request.fetch())
        .load(tx.conn)?;
    Page::of(request, rows, |row| row.id.clone(), Invoice::try_from)
}
