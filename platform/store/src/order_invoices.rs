//! Invoices of orders.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::schema::order_invoices as c;
use crate::tx::TenantTx;
use alvara_domain::id::OrderId;
use alvara_domain::invoice::OrderInvoice;
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = c, treat_none_as_default_value = false)]
struct OrderInvoiceRow {
    tenant_id: String,
    order_id: String,
    period: String,
    number: i64,
    content: String,
    issued_at: i64,
}

impl TryFrom<OrderInvoiceRow> for OrderInvoice {
    type Error = StoreError;

    fn try_from(row: OrderInvoiceRow) -> StoreResult<Self> {
        let r = Row::of("order_invoices", &row.order_id);
        Ok(Self {
            order_id: r.text("order_id", &row.order_id)?,
            content: r.json("content", &row.content)?,
            issued_at: r.time("issued_at", row.issued_at)?,
            period: row.period,
            number: row.number,
        })
    }
}

/// Adds the invoice of an order of the scope.
///
/// # Errors
/// [`StoreError::OutOfReach`] when the order is not in the scope; [`StoreError::Taken`] when it has
/// one.
pub fn insert(tx: &mut TenantTx<'_>, one: &OrderInvoice) -> StoreResult<()> {
    if crate::orders::find(tx, one.order_id)?.is_none() {
        return Err(StoreError::OutOfReach);
    }
    let row = OrderInvoiceRow {
        tenant_id: tx.tenant().to_string(),
        order_id: one.order_id.to_string(),
        period: one.period.clone(),
        number: one.number,
        content: serde_json::to_string(&one.content)?,
        issued_at: one.issued_at.micros(),
    };
    diesel::insert_into(c::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// Finds the invoice of an order of the scope.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, order: OrderId) -> StoreResult<Option<OrderInvoice>> {
    if crate::orders::find(tx, order)?.is_none() {
        return Ok(None);
    }
    let row: Option<OrderInvoiceRow> = c::table
        .find((tx.tenant().to_string(), order.to_string()))
        .select(OrderInvoiceRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(OrderInvoice::try_from).transpose()
}
