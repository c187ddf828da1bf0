//! Orders and their lines.
//!
//! Whoever changes an order, its charges or what they grant locks the order first ([`lock`]), so
//! that of two charges paid at once one sees what the other did.
use crate::column::{MANY, Row};
use crate::error::{StoreError, StoreResult};
use crate::page::{Page, PageRequest};
use crate::place::{self, Breadth};
use crate::schema::{nodes as n, order_lines as l, orders as o};
use crate::scope::cut;
use crate::steer::{Index, Steered};
use crate::tx::TenantTx;
use alvara_domain::id::{LicenseId, NodeId, OrderId};
use alvara_domain::money::BasisPoints;
use alvara_domain::order::credit::Step;
use alvara_domain::order::{Order, OrderLine, OrderState, PaymentTerms};
use alvara_domain::time::UtcTime;
use diesel::prelude::*;
use std::collections::HashMap;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(primary_key(tenant_id, id))]
#[diesel(table_name = o, treat_none_as_default_value = false, treat_none_as_null = true)]
struct OrderRow {
    tenant_id: String,
    id: String,
    node_id: String,
    state: String,
    terms: String,
    currency: String,
    price_minor: i64,
    discount_bp: i64,
    taken_off_minor: i64,
    total_minor: i64,
    due_at: Option<i64>,
    credit_node_id: Option<String>,
    credit_minor: i64,
    narrowed: String,
    created_by: String,
    created_at: i64,
    paid_at: Option<i64>,
    updated_at: i64,
    version: i64,
}

impl TryFrom<OrderRow> for Order {
    type Error = StoreError;

    fn try_from(row: OrderRow) -> StoreResult<Self> {
        let r = Row::of("orders", &row.id);
        Ok(Self {
            id: r.text("id", &row.id)?,
            node_id: r.text("node_id", &row.node_id)?,
            state: r.text("state", &row.state)?,
            terms: r.text("terms", &row.terms)?,
            currency: r.text("currency", &row.currency)?,
            discount: BasisPoints::try_from(row.discount_bp)
                .map_err(|_| r.corrupt("discount_bp"))?,
            due_at: r.time_opt("due_at", row.due_at)?,
            credit_node_id: r.text_opt("credit_node_id", row.credit_node_id.as_deref())?,
            narrowed: r.text("narrowed", &row.narrowed)?,
            created_at: r.time("created_at", row.created_at)?,
            paid_at: r.time_opt("paid_at", row.paid_at)?,
            updated_at: r.time("updated_at", row.updated_at)?,
            price_minor: row.price_minor,
            taken_off_minor: row.taken_off_minor,
            total_minor: row.total_minor,
            credit_minor: row.credit_minor,
            created_by: row.created_by,
            version: row.version,
        })
    }
}

impl OrderRow {
    fn of(tx: &TenantTx<'_>, one: &Order) -> StoreResult<Self> {
        Ok(Self {
            tenant_id: tx.tenant().to_string(),
            id: one.id.to_string(),
            node_id: one.node_id.to_string(),
            state: one.state.to_string(),
            terms: one.terms.to_string(),
            currency: one.currency.to_string(),
            price_minor: one.price_minor,
            discount_bp: one.discount.count(),
            taken_off_minor: one.taken_off_minor,
            total_minor: one.total_minor,
            due_at: one.due_at.map(UtcTime::micros),
            credit_node_id: one.credit_node_id.map(|it| it.to_string()),
            credit_minor: one.credit_minor,
            narrowed: one.narrowed.to_string(),
            created_by: cut(&one.created_by, 40),
            created_at: one.created_at.micros(),
            paid_at: one.paid_at.map(UtcTime::micros),
            updated_at: one.updated_at.micros(),
            version: one.version,
        })
    }
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(primary_key(tenant_id, id))]
#[diesel(table_name = l, treat_none_as_default_value = false, treat_none_as_null = true)]
struct LineRow {
    tenant_id: String,
    id: String,
    order_id: String,
    position: i64,
    kind: String,
    state: String,
    state_reason: Option<String>,
    product_id: String,
    license_id: Option<String>,
    plan_id: Option<String>,
    modules: String,
    quantity: i64,
    unit_minor: i64,
    description: String,
    expires_before: Option<i64>,
    expires_after: Option<i64>,
    done: Option<String>,
}

impl TryFrom<LineRow> for OrderLine {
    type Error = StoreError;

    fn try_from(row: LineRow) -> StoreResult<Self> {
        let r = Row::of("order_lines", &row.id);
        Ok(Self {
            id: r.text("id", &row.id)?,
            order_id: r.text("order_id", &row.order_id)?,
            kind: r.text("kind", &row.kind)?,
            state: r.text("state", &row.state)?,
            product_id: r.text("product_id", &row.product_id)?,
            license_id: r.text_opt("license_id", row.license_id.as_deref())?,
            plan_id: r.text_opt("plan_id", row.plan_id.as_deref())?,
            modules: r.json("modules", &row.modules)?,
            quantity: r.number("quantity", row.quantity)?,
            expires_before: r.time_opt("expires_before", row.expires_before)?,
            expires_after: r.time_opt("expires_after", row.expires_after)?,
            done: row
                .done
                .as_deref()
                .map(|text| r.json("done", text))
                .transpose()?,
            position: row.position,
            state_reason: row.state_reason,
            unit_minor: row.unit_minor,
            description: row.description,
        })
    }
}

impl LineRow {
    fn of(tx: &TenantTx<'_>, one: &OrderLine) -> StoreResult<Self> {
        Ok(Self {
            tenant_id: tx.tenant().to_string(),
            id: one.id.to_string(),
            order_id: one.order_id.to_string(),
            position: one.position,
            kind: one.kind.to_string(),
            state: one.state.to_string(),
            state_reason: one.state_reason.as_deref().map(|text| cut(text, 300)),
            product_id: one.product_id.to_string(),
            license_id: one.license_id.map(|it| it.to_string()),
            plan_id: one.plan_id.map(|it| it.to_string()),
            modules: serde_json::to_string(&one.modules)?,
            quantity: i64::from(one.quantity),
            unit_minor: one.unit_minor,
            description: cut(&one.description, 300),
            expires_before: one.expires_before.map(UtcTime::micros),
            expires_after: one.expires_after.map(UtcTime::micros),
            done: one.done.as_ref().map(serde_json::to_string).transpose()?,
        })
    }
}

/// Adds an order with its lines.
///
/// # Errors
/// [`StoreError::OutOfReach`] when its place is not in the scope.
pub fn insert(tx: &mut TenantTx<'_>, order: &Order, lines: &[OrderLine]) -> StoreResult<()> {
    crate::members::require_place(tx, order.node_id)?;
    let row = OrderRow::of(tx, order)?;
    diesel::insert_into(o::table)
        .values(&row)
        .execute(tx.conn)?;
    for line in lines {
        let row = LineRow::of(tx, line)?;
        diesel::insert_into(l::table)
            .values(&row)
            .execute(tx.conn)?;
    }
    Ok(())
}

/// Finds an order of the scope.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, id: OrderId) -> StoreResult<Option<Order>> {
    let row: Option<OrderRow> = o::table
        .filter(o::tenant_id.eq(tx.tenant().to_string()))
        .filter(o::id.eq(id.to_string()))
        .filter(o::node_id.eq_any(place::seen(tx.scope()).filter(n::id.eq(o::node_id))))
        .select(OrderRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Order::try_from).transpose()
}

/// Locks an order of the scope until the commit and reads it.
///
/// # Errors
/// When the database fails.
pub fn lock(tx: &mut TenantTx<'_>, id: OrderId) -> StoreResult<Option<Order>> {
    let held = diesel::update(o::table.find((tx.tenant().to_string(), id.to_string())))
        .set(o::version.eq(o::version))
        .execute(tx.conn)?;
    if held == 0 {
        return Ok(None);
    }
    find(tx, id)
}

/// Writes an order that is locked.
///
/// # Errors
/// [`StoreError::Contended`] when it was not.
pub fn update(tx: &mut TenantTx<'_>, order: &Order) -> StoreResult<()> {
    let mut row = OrderRow::of(tx, order)?;
    row.version += 1;
    row.updated_at = tx.now().micros();
    let key = (row.tenant_id.clone(), row.id.clone());
    let written = diesel::update(o::table.find(key))
        .filter(o::version.eq(order.version))
        .set(&row)
        .execute(tx.conn)?;
    if written == 1 {
        Ok(())
    } else {
        Err(StoreError::contended())
    }
}

/// The lines of an order in their order.
///
/// # Errors
/// When the database fails.
pub fn lines(tx: &mut TenantTx<'_>, order: OrderId) -> StoreResult<Vec<OrderLine>> {
    let rows: Vec<LineRow> = l::table
        .filter(l::tenant_id.eq(tx.tenant().to_string()))
        .filter(l::order_id.eq(order.to_string()))
        .order(l::position)
        .select(LineRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(OrderLine::try_from).collect()
}

/// What a list says of the lines of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// What the first line is about.
    pub first: String,
    /// How many lines there are.
    pub lines: usize,
}

/// What some orders that were found in the scope are about.
///
/// # Errors
/// When the database fails.
pub fn contents(
    tx: &mut TenantTx<'_>,
    orders: &[OrderId],
) -> StoreResult<HashMap<OrderId, Contents>> {
    let mut all: HashMap<OrderId, Contents> = HashMap::new();
    for some in orders.chunks(MANY) {
        let ids: Vec<String> = some.iter().map(OrderId::to_string).collect();
        let rows: Vec<(String, String)> = l::table
            .filter(l::tenant_id.eq(tx.tenant().to_string()))
            .filter(l::order_id.eq_any(ids))
            .order((l::order_id, l::position))
            .select((l::order_id, l::description))
            .load(tx.conn)?;
        for (order, description) in rows {
            let id = Row::of("order_lines", &order).text("order_id", &order)?;
            let known = all.entry(id).or_default();
            if known.lines == 0 {
                known.first = description;
            }
            known.lines += 1;
        }
    }
    Ok(all)
}

/// Writes a line of an order that is locked.
///
/// # Errors
/// [`StoreError::Missing`] without such a line.
pub fn update_line(tx: &mut TenantTx<'_>, line: &OrderLine) -> StoreResult<()> {
    let row = LineRow::of(tx, line)?;
    let key = (row.tenant_id.clone(), row.id.clone());
    let written = diesel::update(l::table.find(key))
        .set(&row)
        .execute(tx.conn)?;
    if written == 1 {
        Ok(())
    } else {
        Err(StoreError::Missing {
            table: "order_lines",
            id: row.id,
        })
    }
}

/// Which orders a list shows.
#[derive(Clone, Debug, Default)]
pub struct OrderFilter {
    /// Those in one state.
    pub state: Option<OrderState>,
    /// Those of one place.
    pub node: Option<NodeId>,
}

/// Lists orders of the scope, the newest first.
///
/// # Errors
/// When the database fails.
pub fn list(
    tx: &mut TenantTx<'_>,
    filter: &OrderFilter,
    request: &PageRequest,
) -> StoreResult<Page<Order>> {
    let breadth = place::breadth(tx)?;
    let by_state = match filter.node {
        Some(_) => Index::Closed,
        None => breadth.index(),
    };
    let mut query = o::table
        .filter(o::tenant_id.eq(tx.tenant().to_string()))
        .select(OrderRow::as_select())
        .into_boxed();
    query = match breadth {
        Breadth::Whole => query,
        Breadth::Wide => {
            let (low, high) = place::range(tx.scope());
            let path = n::table
                .filter(n::tenant_id.eq(o::tenant_id))
                .filter(n::id.eq(o::node_id))
                .select(n::path)
                .single_value();
            // No path is the end of a range, so it does not matter that this includes it.
            query.filter(path.assume_not_null().between(low, high))
        }
        Breadth::Narrow => query.filter(o::node_id.eq_any(place::seen(tx.scope()))),
    };
    if let Some(state) = filter.state {
        query = query.filter(Steered(o::state, by_state).eq(state.as_str()));
    }
    if let Some(node) = filter.node {
        query = query.filter(o::node_id.eq(node.to_string()));
    }
    if let Some(after) = request.after::<String>()? {
        query = query.filter(o::id.lt(after));
    }
    let rows = query
        .order(Steered(o::id, breadth.index()).desc())
        .limit(request.fetch())
        .load(tx.conn)?;
    Page::of(request, rows, |row| row.id.clone(), Order::try_from)
}

/// The orders of the scope that wait for their money and speak of a license, the newest first; of
/// very many the newest fifty.
///
/// # Errors
/// When the database fails.
pub fn open_with_license(tx: &mut TenantTx<'_>, license: LicenseId) -> StoreResult<Vec<Order>> {
    let named = l::table
        .filter(l::tenant_id.eq(tx.tenant().to_string()))
        .filter(l::license_id.eq(license.to_string()))
        .select(l::order_id);
    let rows: Vec<OrderRow> = o::table
        .filter(o::tenant_id.eq(tx.tenant().to_string()))
        .filter(o::state.eq(OrderState::Open.as_str()))
        .filter(o::node_id.eq_any(place::seen(tx.scope()).filter(n::id.eq(o::node_id))))
        .filter(o::id.eq_any(named))
        .order(o::id.desc())
        .limit(50)
        .select(OrderRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(Order::try_from).collect()
}

/// Whether somebody at a place owes for an order that was narrowed at least to being blocked.
///
/// # Errors
/// When the database fails.
pub fn is_blocked(tx: &mut TenantTx<'_>, node: NodeId) -> StoreResult<bool> {
    let found: i64 = o::table
        .filter(o::tenant_id.eq(tx.tenant().to_string()))
        .filter(o::node_id.eq(node.to_string()))
        .filter(o::state.eq(OrderState::Open.as_str()))
        .filter(o::terms.eq(PaymentTerms::Deferred.as_str()))
        .filter(o::narrowed.eq_any([Step::Blocked.as_str(), Step::Suspended.as_str()]))
        .count()
        .get_result(tx.conn)?;
    Ok(found > 0)
}
