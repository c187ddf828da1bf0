//! How many licenses of a product places may issue.
//!
//! A license counts against the nearest quota at its place or above it. That one may lie above the
//! scope: whoever issues below it uses it up without seeing it. So what charges and delegates here
//! looks above the scope, and what shows does not.
//!
//! Issuing changes one row by one conditional statement. Whatever changes several rows takes
//! [`crate::nodes::lock_tree`] first and then locks each row before it reads what it depends on.
use crate::column::Row;
use crate::dialect::SumBig;
use crate::error::{StoreError, StoreResult};
use crate::page::{Page, PageRequest};
use crate::place;
use crate::schema::{
    batch_sales as bs, batches as b, license_sales as s, licenses as l, nodes as n, quotas as q,
};
use crate::tx::{TenantTx, inserted};
use alvara_domain::id::{NodeId, ProductId};
use alvara_domain::node::NodePath;
use alvara_domain::quota::Quota;
use diesel::dsl::exists;
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = q)]
struct QuotaRow {
    tenant_id: String,
    node_id: String,
    product_id: String,
    total: i64,
    used: i64,
    delegated: i64,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl TryFrom<QuotaRow> for Quota {
    type Error = StoreError;

    fn try_from(row: QuotaRow) -> StoreResult<Self> {
        let r = Row::of("quotas", &row.node_id);
        Ok(Self {
            tenant_id: r.text("tenant_id", &row.tenant_id)?,
            node_id: r.text("node_id", &row.node_id)?,
            product_id: r.text("product_id", &row.product_id)?,
            total: row.total,
            used: row.used,
            delegated: row.delegated,
            created_at: r.time("created_at", row.created_at)?,
            updated_at: r.time("updated_at", row.updated_at)?,
            version: row.version,
        })
    }
}

/// A quota, and where its place is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedQuota {
    /// The quota.
    pub quota: Quota,
    /// The path of its place.
    pub path: NodePath,
}

fn placed((row, path): (QuotaRow, String)) -> StoreResult<PlacedQuota> {
    let path = Row::of("nodes", &row.node_id).text("path", &path)?;
    Ok(PlacedQuota {
        quota: row.try_into()?,
        path,
    })
}

fn key(tx: &TenantTx<'_>, node: NodeId, product: ProductId) -> (String, String, String) {
    (
        tx.tenant().to_string(),
        node.to_string(),
        product.to_string(),
    )
}

/// Finds the quota of a place of the scope.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, node: NodeId, product: ProductId) -> StoreResult<Option<Quota>> {
    if crate::nodes::find(tx, node)?.is_none() {
        return Ok(None);
    }
    read(tx, node, product)
}

/// The same without asking where the place is.
///
/// # Errors
/// When the database fails.
pub fn read(tx: &mut TenantTx<'_>, node: NodeId, product: ProductId) -> StoreResult<Option<Quota>> {
    let row: Option<QuotaRow> = q::table
        .find(key(tx, node, product))
        .select(QuotaRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Quota::try_from).transpose()
}

/// Lists the quotas of a place of the scope by product.
///
/// # Errors
/// When the database fails.
pub fn list(
    tx: &mut TenantTx<'_>,
    node: NodeId,
    request: &PageRequest,
) -> StoreResult<Option<Page<Quota>>> {
    if crate::nodes::find(tx, node)?.is_none() {
        return Ok(None);
    }
    let rows: Vec<QuotaRow> = q::table
        .filter(q::tenant_id.eq(tx.tenant().to_string()))
        .filter(q::node_id.eq(node.to_string()))
        .filter(q::product_id.gt(request.after::<String>()?.unwrap_or_default()))
        .order(q::product_id)
        .limit(request.fetch())
        .select(QuotaRow::as_select())
        .load(tx.conn)?;
    Page::of(request, rows, |row| row.product_id.clone(), Quota::try_from).map(Some)
}

/// The quotas of a product on a path, the nearest to its end first.
///
/// # Errors
/// When the database fails.
pub fn list_on_path(
    tx: &mut TenantTx<'_>,
    path: &NodePath,
    product: ProductId,
) -> StoreResult<Vec<PlacedQuota>> {
    let ids: Vec<String> = path.ids().map(|id| id.to_string()).collect();
    let rows: Vec<(QuotaRow, String)> = q::table
        .inner_join(n::table.on(n::tenant_id.eq(q::tenant_id).and(n::id.eq(q::node_id))))
        .filter(q::tenant_id.eq(tx.tenant().to_string()))
        .filter(q::node_id.eq_any(ids))
        .filter(q::product_id.eq(product.to_string()))
        .order(n::depth.desc())
        .select((QuotaRow::as_select(), n::path))
        .load(tx.conn)?;
    rows.into_iter().map(placed).collect()
}

/// The highest quotas of a product within a subtree: those with none between them and its top. The
/// top's own is left out.
///
/// # Errors
/// When the database fails.
pub fn list_next_below(
    tx: &mut TenantTx<'_>,
    top: &NodePath,
    product: ProductId,
) -> StoreResult<Vec<PlacedQuota>> {
    let rows: Vec<(QuotaRow, String)> = q::table
        .inner_join(n::table.on(n::tenant_id.eq(q::tenant_id).and(n::id.eq(q::node_id))))
        .filter(q::tenant_id.eq(tx.tenant().to_string()))
        .filter(q::product_id.eq(product.to_string()))
        .filter(n::path.gt(top.as_str().to_owned()))
        .filter(n::path.lt(place::end(top)))
        .order(n::path)
        .select((QuotaRow::as_select(), n::path))
        .load(tx.conn)?;
    let mut highest: Vec<PlacedQuota> = Vec::new();
    for row in rows {
        let one = placed(row)?;
        // In the order of paths whatever lies below comes right after.
        if highest
            .last()
            .is_none_or(|above| !above.path.contains(&one.path))
        {
            highest.push(one);
        }
    }
    Ok(highest)
}

/// The products that anybody in the tenant has a quota of.
///
/// # Errors
/// When the database fails.
pub fn list_products(tx: &mut TenantTx<'_>) -> StoreResult<Vec<ProductId>> {
    let ids: Vec<String> = q::table
        .filter(q::tenant_id.eq(tx.tenant().to_string()))
        .order(q::product_id)
        .select(q::product_id)
        .distinct()
        .load(tx.conn)?;
    ids.iter()
        .map(|id| Row::of("quotas", id).text("product_id", id))
        .collect()
}

/// Adds a quota. `false` when there is one.
///
/// # Errors
/// [`StoreError::OutOfReach`] when the place is not in the scope; [`StoreError::Referenced`] when the
/// tenant does not sell the product.
pub fn insert(tx: &mut TenantTx<'_>, quota: &Quota) -> StoreResult<bool> {
    crate::members::require_place(tx, quota.node_id)?;
    let row = QuotaRow {
        tenant_id: tx.tenant().to_string(),
        node_id: quota.node_id.to_string(),
        product_id: quota.product_id.to_string(),
        total: quota.total,
        used: quota.used,
        delegated: quota.delegated,
        created_at: quota.created_at.micros(),
        updated_at: quota.updated_at.micros(),
        version: quota.version,
    };
    inserted(tx.conn, |conn| {
        diesel::insert_into(q::table).values(&row).execute(conn)?;
        Ok(())
    })
}

/// Locks a quota until the commit, so that nobody issues on it meanwhile. `false` when there is none.
///
/// # Errors
/// When the database fails.
pub fn lock(tx: &mut TenantTx<'_>, node: NodeId, product: ProductId) -> StoreResult<bool> {
    let found = diesel::update(q::table.find(key(tx, node, product)))
        .set(q::version.eq(q::version))
        .execute(tx.conn)?;
    Ok(found == 1)
}

/// Adds to what a quota issued and handed on, if that leaves it within its total and nothing below
/// zero. Condition and change are one statement. `false` when it does not, or there is none.
///
/// # Errors
/// When the database fails.
pub fn add(
    tx: &mut TenantTx<'_>,
    (node, product): (NodeId, ProductId),
    (used, delegated): (i64, i64),
) -> StoreResult<bool> {
    let grows = used.saturating_add(delegated);
    let changed = diesel::update(q::table.find(key(tx, node, product)))
        .filter((q::used + q::delegated + grows).le(q::total))
        .filter((q::used + used).ge(0))
        .filter((q::delegated + delegated).ge(0))
        .set((
            q::used.eq(q::used + used),
            q::delegated.eq(q::delegated + delegated),
            q::updated_at.eq(tx.now().micros()),
        ))
        .execute(tx.conn)?;
    Ok(changed == 1)
}

/// Gives a quota another total, if what it issued and handed on stays within. `false` when not.
///
/// # Errors
/// When the database fails.
pub fn resize(
    tx: &mut TenantTx<'_>,
    node: NodeId,
    product: ProductId,
    total: i64,
) -> StoreResult<bool> {
    let changed = diesel::update(q::table.find(key(tx, node, product)))
        .filter((q::used + q::delegated).le(total))
        .set((
            q::total.eq(total),
            q::updated_at.eq(tx.now().micros()),
            q::version.eq(q::version + 1),
        ))
        .execute(tx.conn)?;
    Ok(changed == 1)
}

/// Takes a quota away. What is charged to it must have gone elsewhere before.
///
/// # Errors
/// When the database fails.
pub fn delete(tx: &mut TenantTx<'_>, node: NodeId, product: ProductId) -> StoreResult<bool> {
    crate::members::require_place(tx, node)?;
    let gone = diesel::delete(q::table.find(key(tx, node, product))).execute(tx.conn)?;
    Ok(gone == 1)
}

/// Whether a sold license is of a product and at a place within a subtree.
#[diesel::dsl::auto_type]
fn license_within(product: String, places: place::between) -> _ {
    exists(
        l::table
            .filter(l::tenant_id.eq(s::tenant_id))
            .filter(l::id.eq(s::license_id))
            .filter(l::product_id.eq(product))
            .filter(l::node_id.eq_any(places)),
    )
}

/// Whether a batch is at a place within a subtree.
#[diesel::dsl::auto_type]
fn batch_within(places: place::between) -> _ {
    exists(
        b::table
            .filter(b::tenant_id.eq(bs::tenant_id))
            .filter(b::id.eq(bs::batch_id))
            .filter(b::node_id.eq_any(places)),
    )
}

/// How many licenses of places in a subtree are charged to a quota, those among them that batches
/// still owe. The batches are locked first: one that issues meanwhile would be counted neither as
/// owing nor as having issued.
///
/// # Errors
/// When the database fails.
pub fn count_charged(
    tx: &mut TenantTx<'_>,
    (node, product): (NodeId, ProductId),
    within: &NodePath,
) -> StoreResult<i64> {
    let tenant = tx.tenant().to_string();
    diesel::update(bs::table)
        .filter(bs::tenant_id.eq(tenant.clone()))
        .filter(bs::quota_node_id.eq(node.to_string()))
        .filter(bs::product_id.eq(product.to_string()))
        .filter(batch_within(place::under(tx.tenant(), within)))
        .set(bs::outstanding.eq(bs::outstanding))
        .execute(tx.conn)?;
    let issued: i64 = s::table
        .filter(s::tenant_id.eq(tenant.clone()))
        .filter(s::quota_node_id.eq(node.to_string()))
        .filter(license_within(
            product.to_string(),
            place::under(tx.tenant(), within),
        ))
        .count()
        .get_result(tx.conn)?;
    let owed: i64 = bs::table
        .filter(bs::tenant_id.eq(tenant))
        .filter(bs::quota_node_id.eq(node.to_string()))
        .filter(bs::product_id.eq(product.to_string()))
        .filter(batch_within(place::under(tx.tenant(), within)))
        .select(SumBig(bs::outstanding))
        .get_result(tx.conn)?;
    Ok(issued + owed)
}

/// Writes that licenses of places in a subtree that were charged to a quota are charged to another
/// place's now, or to nobody's. Batches come first: one that issues meanwhile holds its row, and
/// what it issued is then seen here.
///
/// # Errors
/// When the database fails.
pub fn recharge(
    tx: &mut TenantTx<'_>,
    (node, product): (NodeId, ProductId),
    within: &NodePath,
    to: Option<NodeId>,
) -> StoreResult<()> {
    let tenant = tx.tenant().to_string();
    let to = to.map(|id| id.to_string());
    diesel::update(bs::table)
        .filter(bs::tenant_id.eq(tenant.clone()))
        .filter(bs::quota_node_id.eq(node.to_string()))
        .filter(bs::product_id.eq(product.to_string()))
        .filter(batch_within(place::under(tx.tenant(), within)))
        .set(bs::quota_node_id.eq(to.clone()))
        .execute(tx.conn)?;
    diesel::update(s::table)
        .filter(s::tenant_id.eq(tenant))
        .filter(s::quota_node_id.eq(node.to_string()))
        .filter(license_within(
            product.to_string(),
            place::under(tx.tenant(), within),
        ))
        .set(s::quota_node_id.eq(to))
        .execute(tx.conn)?;
    Ok(())
}
