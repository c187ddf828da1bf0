//! How much places may owe.
//!
//! An order uses the nearest limit at its buyer's place or above it up, and that one may lie above
//! the scope: so what takes and gives back here looks above the scope, and what shows does not.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::schema::credit_limits as c;
use crate::tx::{TenantTx, inserted};
use alvara_domain::id::NodeId;
use alvara_domain::node::NodePath;
use alvara_domain::order::credit::CreditLimit;
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = c, treat_none_as_default_value = false)]
struct LimitRow {
    tenant_id: String,
    node_id: String,
    currency: String,
    limit_minor: i64,
    used_minor: i64,
    days: i64,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl TryFrom<LimitRow> for CreditLimit {
    type Error = StoreError;

    fn try_from(row: LimitRow) -> StoreResult<Self> {
        let r = Row::of("credit_limits", &row.node_id);
        Ok(Self {
            node_id: r.text("node_id", &row.node_id)?,
            currency: r.text("currency", &row.currency)?,
            days: r.number("days", row.days)?,
            created_at: r.time("created_at", row.created_at)?,
            updated_at: r.time("updated_at", row.updated_at)?,
            limit_minor: row.limit_minor,
            used_minor: row.used_minor,
            version: row.version,
        })
    }
}

impl LimitRow {
    fn of(tx: &TenantTx<'_>, one: &CreditLimit) -> StoreResult<Self> {
        Ok(Self {
            tenant_id: tx.tenant().to_string(),
            node_id: one.node_id.to_string(),
            currency: one.currency.to_string(),
            limit_minor: one.limit_minor,
            used_minor: one.used_minor,
            days: i64::from(one.days),
            created_at: one.created_at.micros(),
            updated_at: one.updated_at.micros(),
            version: one.version,
        })
    }
}

/// Finds the limit of a place of the scope.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, node: NodeId) -> StoreResult<Option<CreditLimit>> {
    if crate::nodes::find(tx, node)?.is_none() {
        return Ok(None);
    }
    read(tx, node)
}

fn read(tx: &mut TenantTx<'_>, node: NodeId) -> StoreResult<Option<CreditLimit>> {
    let row: Option<LimitRow> = c::table
        .find((tx.tenant().to_string(), node.to_string()))
        .select(LimitRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(CreditLimit::try_from).transpose()
}

/// The limit nearest to the end of a path.
///
/// # Errors
/// When the database fails.
pub fn nearest(tx: &mut TenantTx<'_>, path: &NodePath) -> StoreResult<Option<CreditLimit>> {
    for node in path.ids().rev() {
        if let Some(limit) = read(tx, node)? {
            return Ok(Some(limit));
        }
    }
    Ok(None)
}

/// Gives a place of the scope a limit. What is owed stays as it is. `false` when it has one that
/// is owed in another currency.
///
/// # Errors
/// [`StoreError::OutOfReach`].
pub fn put(tx: &mut TenantTx<'_>, limit: &CreditLimit) -> StoreResult<bool> {
    crate::members::require_place(tx, limit.node_id)?;
    let row = LimitRow::of(tx, limit)?;
    let key = (row.tenant_id.clone(), row.node_id.clone());
    let new = inserted(tx.conn, |conn| {
        diesel::insert_into(c::table).values(&row).execute(conn)?;
        Ok(())
    })?;
    if new {
        return Ok(true);
    }
    let changed = diesel::update(c::table.find(key))
        .filter(c::currency.eq(&row.currency).or(c::used_minor.eq(0)))
        .set((
            c::currency.eq(&row.currency),
            c::limit_minor.eq(row.limit_minor),
            c::days.eq(row.days),
            c::updated_at.eq(tx.now().micros()),
            c::version.eq(c::version + 1),
        ))
        .execute(tx.conn)?;
    Ok(changed == 1)
}

/// Uses some of a limit up, if so much of it is left. Condition and change are one statement.
///
/// # Errors
/// When the database fails.
pub fn take(tx: &mut TenantTx<'_>, limit: &CreditLimit, amount: i64) -> StoreResult<bool> {
    let key = (tx.tenant().to_string(), limit.node_id.to_string());
    let taken = diesel::update(c::table.find(key))
        .filter(c::currency.eq(limit.currency.to_string()))
        .filter((c::used_minor + amount).le(c::limit_minor))
        .set(c::used_minor.eq(c::used_minor + amount))
        .execute(tx.conn)?;
    Ok(taken == 1)
}

/// Gives back what an order used up.
///
/// # Errors
/// [`StoreError::Contended`] when so much was not used up.
pub fn give_back(tx: &mut TenantTx<'_>, node: NodeId, amount: i64) -> StoreResult<()> {
    let key = (tx.tenant().to_string(), node.to_string());
    let given = diesel::update(c::table.find(key))
        .filter(c::used_minor.ge(amount))
        .set(c::used_minor.eq(c::used_minor - amount))
        .execute(tx.conn)?;
    if given == 1 {
        Ok(())
    } else {
        Err(StoreError::contended())
    }
}
