//! Price lists of places, and how much discount they may give.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::schema::{nodes as n, prices as p};
use crate::tx::TenantTx;
use alvara_domain::id::NodeId;
use alvara_domain::money::BasisPoints;
use alvara_domain::node::NodePath;
use alvara_domain::price::Price;
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = p)]
struct PriceRow {
    tenant_id: String,
    node_id: String,
    subject_id: String,
    kind: String,
    price_minor: i64,
    currency: String,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl TryFrom<PriceRow> for Price {
    type Error = StoreError;

    fn try_from(row: PriceRow) -> StoreResult<Self> {
        let r = Row::of("prices", &row.subject_id);
        Ok(Self {
            tenant_id: r.text("tenant_id", &row.tenant_id)?,
            node_id: r.text("node_id", &row.node_id)?,
            kind: r.text("kind", &row.kind)?,
            price: r.money("currency", row.price_minor, &row.currency)?,
            created_at: r.time("created_at", row.created_at)?,
            updated_at: r.time("updated_at", row.updated_at)?,
            version: row.version,
            subject_id: row.subject_id,
        })
    }
}

fn key(tx: &TenantTx<'_>, node: NodeId, subject: &str) -> (String, String, String) {
    (
        tx.tenant().to_string(),
        node.to_string(),
        subject.to_owned(),
    )
}

/// Finds the price at which a place of the scope sells something.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, node: NodeId, subject: &str) -> StoreResult<Option<Price>> {
    if crate::nodes::find(tx, node)?.is_none() {
        return Ok(None);
    }
    let row: Option<PriceRow> = p::table
        .find(key(tx, node, subject))
        .select(PriceRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Price::try_from).transpose()
}

/// Writes the price at which a place of the scope sells something.
///
/// # Errors
/// [`StoreError::OutOfReach`] when the place is not in the scope; [`StoreError::Taken`] when somebody
/// wrote the same one at the same moment.
pub fn put(tx: &mut TenantTx<'_>, price: &Price) -> StoreResult<()> {
    crate::members::require_place(tx, price.node_id)?;
    let updated = diesel::update(p::table.find(key(tx, price.node_id, &price.subject_id)))
        .set((
            p::price_minor.eq(price.price.amount_minor),
            p::currency.eq(price.price.currency.to_string()),
            p::updated_at.eq(tx.now().micros()),
            p::version.eq(p::version + 1),
        ))
        .execute(tx.conn)?;
    if updated == 1 {
        return Ok(());
    }
    let row = PriceRow {
        tenant_id: tx.tenant().to_string(),
        node_id: price.node_id.to_string(),
        subject_id: price.subject_id.clone(),
        kind: price.kind.to_string(),
        price_minor: price.price.amount_minor,
        currency: price.price.currency.to_string(),
        created_at: price.created_at.micros(),
        updated_at: price.updated_at.micros(),
        version: price.version,
    };
    diesel::insert_into(p::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// Takes a price away. `false` when there is none, or the place is not in the scope.
///
/// # Errors
/// When the database fails.
pub fn delete(tx: &mut TenantTx<'_>, node: NodeId, subject: &str) -> StoreResult<bool> {
    if crate::nodes::find(tx, node)?.is_none() {
        return Ok(false);
    }
    let gone = diesel::delete(p::table.find(key(tx, node, subject))).execute(tx.conn)?;
    Ok(gone == 1)
}

/// The prices of some things at the places of a path, the nearest to its end first. They count for
/// everybody below them, so this looks above the scope too: show of them only what they cost.
///
/// # Errors
/// When the database fails.
pub fn list_on_path(
    tx: &mut TenantTx<'_>,
    path: &NodePath,
    subjects: &[String],
) -> StoreResult<Vec<Price>> {
    let ids: Vec<NodeId> = path.ids().collect();
    list_at(tx, &ids, subjects)
}

/// The prices of some things at some places, the deepest first; as [`list_on_path`] does, it looks
/// above the scope too.
///
/// # Errors
/// When the database fails.
pub fn list_at(
    tx: &mut TenantTx<'_>,
    places: &[NodeId],
    subjects: &[String],
) -> StoreResult<Vec<Price>> {
    let ids: Vec<String> = places.iter().map(NodeId::to_string).collect();
    let rows: Vec<PriceRow> = p::table
        .inner_join(n::table.on(n::tenant_id.eq(p::tenant_id).and(n::id.eq(p::node_id))))
        .filter(p::tenant_id.eq(tx.tenant().to_string()))
        .filter(p::node_id.eq_any(ids))
        .filter(p::subject_id.eq_any(subjects.to_vec()))
        .order(n::depth.desc())
        .select(PriceRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(Price::try_from).collect()
}

/// The largest discount that may be given at a place: the least of those set on its path. It counts
/// for everybody below, so this looks above the scope too.
///
/// # Errors
/// When the database fails.
pub fn discount_ceiling(tx: &mut TenantTx<'_>, path: &NodePath) -> StoreResult<BasisPoints> {
    let ids: Vec<String> = path.ids().map(|id| id.to_string()).collect();
    let set: Vec<Option<i64>> = n::table
        .filter(n::tenant_id.eq(tx.tenant().to_string()))
        .filter(n::id.eq_any(ids))
        .filter(n::discount_ceiling_bp.is_not_null())
        .select(n::discount_ceiling_bp)
        .load(tx.conn)?;
    let least = set.into_iter().flatten().min();
    let least = least.map(|count| {
        BasisPoints::try_from(count)
            .map_err(|_| Row::of("nodes", path.as_str()).corrupt("discount_ceiling_bp"))
    });
    Ok(least.transpose()?.unwrap_or(BasisPoints::ALL))
}

/// Writes the largest discount that may be given at a place of the scope and below; `None` leaves it
/// to those above. `version` must be the one that was read.
///
/// # Errors
/// [`StoreError::Stale`] when it is not, or the place is not in the scope.
pub fn set_discount_ceiling(
    tx: &mut TenantTx<'_>,
    node: NodeId,
    version: i64,
    ceiling: Option<BasisPoints>,
) -> StoreResult<()> {
    if crate::nodes::find(tx, node)?.is_none() {
        return Err(StoreError::Stale);
    }
    let updated = diesel::update(n::table.find((tx.tenant().to_string(), node.to_string())))
        .filter(n::version.eq(version))
        .set((
            n::discount_ceiling_bp.eq(ceiling.map(BasisPoints::count)),
            n::updated_at.eq(tx.now().micros()),
            n::version.eq(n::version + 1),
        ))
        .execute(tx.conn)?;
    if updated == 1 {
        Ok(())
    } else {
        Err(StoreError::Stale)
    }
}
