//! Receipts and credit notes.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::schema::invoices as c;
use crate::tx::TenantTx;
use alvara_domain::id::{ChargeId, InvoiceId};
use alvara_domain::invoice::Invoice;
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
