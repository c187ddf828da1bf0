//! Orders of shops elsewhere, the names they are known by, and the licenses they became.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::page::{Page, PageRequest};
use crate::schema::{shop_order_refs as f, shop_orders as c, shop_units as u};
use crate::scope::cut;
use crate::tx::{TenantTx, inserted};
use alvara_domain::ecommerce::{ShopOrder, ShopUnit};
use alvara_domain::id::{ShopAccountId, ShopOrderId};
use diesel::prelude::*;

/// No name of an order is longer.
const LONGEST_REF: usize = 200;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = c, treat_none_as_default_value = false)]
struct OrderRow {
    tenant_id: String,
    id: String,
    account_id: String,
    reference: String,
    facts: String,
    node_id: Option<String>,
    held: bool,
    created_at: i64,
    updated_at: i64,
}

impl TryFrom<OrderRow> for ShopOrder {
    type Error = StoreError;

    fn try_from(row: OrderRow) -> StoreResult<Self> {
        let r = Row::of("shop_orders", &row.id);
        Ok(Self {
            id: r.text("id", &row.id)?,
            account_id: r.text("account_id", &row.account_id)?,
            facts: r.json("facts", &row.facts)?,
            node_id: r.text_opt("node_id", row.node_id.as_deref())?,
            created_at: r.time("created_at", row.created_at)?,
            updated_at: r.time("updated_at", row.updated_at)?,
            reference: row.reference,
            held: row.held,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = f)]
struct RefRow {
    tenant_id: String,
    account_id: String,
    value: String,
    order_id: String,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = u, treat_none_as_default_value = false)]
struct UnitRow {
    tenant_id: String,
    order_id: String,
    line: i64,
    unit: i64,
    sku: String,
    state: String,
    reason: Option<String>,
    license_id: Option<String>,
}

impl TryFrom<UnitRow> for ShopUnit {
    type Error = StoreError;

    fn try_from(row: UnitRow) -> StoreResult<Self> {
        let r = Row::of("shop_units", &row.order_id);
        Ok(Self {
            line: r.number("line", row.line)?,
            unit: r.number("unit", row.unit)?,
            state: r.text("state", &row.state)?,
            license_id: r.text_opt("license_id", row.license_id.as_deref())?,
            sku: row.sku,
            reason: row.reason,
        })
    }
}

/// Adds an order.
///
/// # Errors
/// When the database fails.
pub fn insert(tx: &mut TenantTx<'_>, order: &ShopOrder) -> StoreResult<()> {
    let row = OrderRow {
        tenant_id: tx.tenant().to_string(),
        id: order.id.to_string(),
        account_id: order.account_id.to_string(),
        reference: cut(&order.reference, LONGEST_REF),
        facts: serde_json::to_string(&order.facts)?,
        node_id: order.node_id.map(|id| id.to_string()),
        held: order.held,
        created_at: order.created_at.micros(),
        updated_at: order.updated_at.micros(),
    };
    diesel::insert_into(c::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// Writes what is known of an order, whose it is and whether it is held.
///
/// # Errors
/// When the database fails.
pub fn update(tx: &mut TenantTx<'_>, order: &ShopOrder) -> StoreResult<()> {
    let facts = serde_json::to_string(&order.facts)?;
    diesel::update(c::table.find((tx.tenant().to_string(), order.id.to_string())))
        .set((
            c::facts.eq(facts),
            c::node_id.eq(order.node_id.map(|id| id.to_string())),
            c::held.eq(order.held),
            c::updated_at.eq(tx.now().micros()),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Finds an order of the tenant.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, id: ShopOrderId) -> StoreResult<Option<ShopOrder>> {
    let row: Option<OrderRow> = c::table
        .find((tx.tenant().to_string(), id.to_string()))
        .select(OrderRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(ShopOrder::try_from).transpose()
}

/// The orders of a shop that are known by any of these names, the oldest first.
///
/// # Errors
/// When the database fails.
pub fn by_refs(
    tx: &mut TenantTx<'_>,
    account: ShopAccountId,
    refs: &[String],
) -> StoreResult<Vec<ShopOrder>> {
    let names: Vec<String> = refs.iter().map(|name| cut(name, LONGEST_REF)).collect();
    let ids: Vec<String> = f::table
        .filter(f::tenant_id.eq(tx.tenant().to_string()))
        .filter(f::account_id.eq(account.to_string()))
        .filter(f::value.eq_any(names))
        .select(f::order_id)
        .load(tx.conn)?;
    let rows: Vec<OrderRow> = c::table
        .filter(c::tenant_id.eq(tx.tenant().to_string()))
        .filter(c::id.eq_any(ids))
        .order(c::id)
        .select(OrderRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(ShopOrder::try_from).collect()
}

/// Lets an order be known by these names too. A name that is another order's stays that one's.
///
/// # Errors
/// When the database fails.
pub fn add_refs(
    tx: &mut TenantTx<'_>,
    (account, order): (ShopAccountId, ShopOrderId),
    refs: &[String],
) -> StoreResult<()> {
    for name in refs {
        let row = RefRow {
            tenant_id: tx.tenant().to_string(),
            account_id: account.to_string(),
            value: cut(name, LONGEST_REF),
            order_id: order.to_string(),
        };
        inserted(tx.conn, |conn| {
            diesel::insert_into(f::table).values(&row).execute(conn)?;
            Ok(())
        })?;
    }
    Ok(())
}

/// Two orders were one: the names of the second lead to the first, and the second is gone. It must
/// have given nothing.
///
/// # Errors
/// [`StoreError::Referenced`] when it gave something.
pub fn absorb(tx: &mut TenantTx<'_>, order: ShopOrderId, absorbed: ShopOrderId) -> StoreResult<()> {
    let tenant = tx.tenant().to_string();
    diesel::update(
        f::table
            .filter(f::tenant_id.eq(&tenant))
            .filter(f::order_id.eq(absorbed.to_string())),
    )
    .set(f::order_id.eq(order.to_string()))
    .execute(tx.conn)?;
    diesel::delete(c::table.find((tenant, absorbed.to_string()))).execute(tx.conn)?;
    Ok(())
}

/// The licenses of an order, line by line.
///
/// # Errors
/// When the database fails.
pub fn units(tx: &mut TenantTx<'_>, order: ShopOrderId) -> StoreResult<Vec<ShopUnit>> {
    let rows: Vec<UnitRow> = u::table
        .filter(u::tenant_id.eq(tx.tenant().to_string()))
        .filter(u::order_id.eq(order.to_string()))
        .order((u::line, u::unit))
        .select(UnitRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(ShopUnit::try_from).collect()
}

/// Writes how a license of an order stands. There is one for each line and number.
///
/// # Errors
/// When the database fails.
pub fn put_unit(tx: &mut TenantTx<'_>, order: ShopOrderId, unit: &ShopUnit) -> StoreResult<()> {
    let row = UnitRow {
        tenant_id: tx.tenant().to_string(),
        order_id: order.to_string(),
        line: i64::from(unit.line),
        unit: i64::from(unit.unit),
        sku: cut(&unit.sku, 120),
        state: unit.state.to_string(),
        reason: unit.reason.as_deref().map(|reason| cut(reason, 300)),
        license_id: unit.license_id.map(|id| id.to_string()),
    };
    let key = (
        row.tenant_id.clone(),
        row.order_id.clone(),
        row.line,
        row.unit,
    );
    let known = diesel::update(u::table.find(key))
        .set((
            u::state.eq(&row.state),
            u::reason.eq(&row.reason),
            u::license_id.eq(&row.license_id),
        ))
        .execute(tx.conn)?;
    if known == 0 {
        diesel::insert_into(u::table)
            .values(&row)
            .execute(tx.conn)?;
    }
    Ok(())
}

/// The orders of a shop of which something is held, at most `limit`, the oldest first, from behind
/// `after` on.
///
/// # Errors
/// When the database fails.
pub fn list_held(
    tx: &mut TenantTx<'_>,
    account: ShopAccountId,
    (after, limit): (Option<ShopOrderId>, i64),
) -> StoreResult<Vec<ShopOrderId>> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let ids: Vec<String> = c::table
        .filter(c::tenant_id.eq(tx.tenant().to_string()))
        .filter(c::account_id.eq(account.to_string()))
        .filter(c::held.eq(true))
        .filter(c::id.gt(after))
        .order(c::id)
        .limit(limit)
        .select(c::id)
        .load(tx.conn)?;
    ids.iter()
        .map(|id| Row::of("shop_orders", id).text("id", id))
        .collect()
}

/// Lists the orders of a shop, the newest first.
///
/// # Errors
/// [`StoreError::OutOfReach`] for a part of the tenant: buyers are everybody's.
pub fn list(
    tx: &mut TenantTx<'_>,
    account: ShopAccountId,
    request: &PageRequest,
) -> StoreResult<Page<ShopOrder>> {
    tx.require_whole_tenant()?;
    let mut query = c::table
        .filter(c::tenant_id.eq(tx.tenant().to_string()))
        .filter(c::account_id.eq(account.to_string()))
        .select(OrderRow::as_select())
        .into_boxed();
    if let Some(after) = request.after::<String>()? {
        query = query.filter(c::id.lt(after));
    }
    let rows: Vec<OrderRow> = query
        .order(c::id.desc())
        .limit(request.fetch())
        .load(tx.conn)?;
    Page::of(request, rows, |row| row.id.clone(), ShopOrder::try_from)
}
