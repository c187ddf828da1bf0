//! Who of the tree earns how much, and what it earned.
use crate::column::Row;
use crate::dialect::SumBig;
use crate::error::{StoreError, StoreResult};
use crate::page::{Page, PageRequest};
use crate::place::{self, Breadth};
use crate::schema::{commission_rules as r, commissions as c, nodes as n};
use crate::steer::Steered;
use crate::tx::TenantTx;
use alvara_domain::commission::{Commission, CommissionRule};
use alvara_domain::id::{ChargeId, NodeId};
use alvara_domain::money::{BasisPoints, Currency};
use alvara_domain::node::NodePath;
use alvara_domain::time::UtcTime;
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = r, treat_none_as_default_value = false)]
struct RuleRow {
    tenant_id: String,
    node_id: String,
    share_bp: i64,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl TryFrom<RuleRow> for CommissionRule {
    type Error = StoreError;

    fn try_from(row: RuleRow) -> StoreResult<Self> {
        let k = Row::of("commission_rules", &row.node_id);
        Ok(Self {
            node_id: k.text("node_id", &row.node_id)?,
            share: BasisPoints::try_from(row.share_bp).map_err(|_| k.corrupt("share_bp"))?,
            created_at: k.time("created_at", row.created_at)?,
            updated_at: k.time("updated_at", row.updated_at)?,
            version: row.version,
        })
    }
}

impl RuleRow {
    fn of(tx: &TenantTx<'_>, one: &CommissionRule) -> StoreResult<Self> {
        Ok(Self {
            tenant_id: tx.tenant().to_string(),
            node_id: one.node_id.to_string(),
            share_bp: one.share.count(),
            created_at: one.created_at.micros(),
            updated_at: one.updated_at.micros(),
            version: one.version,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = c, treat_none_as_default_value = false)]
struct CommissionRow {
    tenant_id: String,
    id: String,
    node_id: String,
    charge_id: String,
    order_id: String,
    share_bp: i64,
    base_minor: i64,
    earned_minor: i64,
    peak_minor: i64,
    currency: String,
    earned_at: i64,
    updated_at: i64,
}

impl TryFrom<CommissionRow> for Commission {
    type Error = StoreError;

    fn try_from(row: CommissionRow) -> StoreResult<Self> {
        let k = Row::of("commissions", &row.id);
        Ok(Self {
            id: k.text("id", &row.id)?,
            node_id: k.text("node_id", &row.node_id)?,
            charge_id: k.text("charge_id", &row.charge_id)?,
            order_id: k.text("order_id", &row.order_id)?,
            share: BasisPoints::try_from(row.share_bp).map_err(|_| k.corrupt("share_bp"))?,
            currency: k.text("currency", &row.currency)?,
            earned_at: k.time("earned_at", row.earned_at)?,
            updated_at: k.time("updated_at", row.updated_at)?,
            base_minor: row.base_minor,
            earned_minor: row.earned_minor,
            peak_minor: row.peak_minor,
        })
    }
}

impl CommissionRow {
    fn of(tx: &TenantTx<'_>, one: &Commission) -> StoreResult<Self> {
        Ok(Self {
            tenant_id: tx.tenant().to_string(),
            id: one.id.to_string(),
            node_id: one.node_id.to_string(),
            charge_id: one.charge_id.to_string(),
            order_id: one.order_id.to_string(),
            share_bp: one.share.count(),
            base_minor: one.base_minor,
            earned_minor: one.earned_minor,
            peak_minor: one.peak_minor,
            currency: one.currency.to_string(),
            earned_at: one.earned_at.micros(),
            updated_at: one.updated_at.micros(),
        })
    }
}

/// Finds the rule of a place of the scope.
///
/// # Errors
/// When the database fails.
pub fn find_rule(tx: &mut TenantTx<'_>, node: NodeId) -> StoreResult<Option<CommissionRule>> {
    if crate::nodes::find(tx, node)?.is_none() {
        return Ok(None);
    }
    let row: Option<RuleRow> = r::table
        .find((tx.tenant().to_string(), node.to_string()))
        .select(RuleRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(CommissionRule::try_from).transpose()
}

/// Says what a place of the scope gets.
///
/// # Errors
/// [`StoreError::OutOfReach`]; [`StoreError::Stale`] when somebody said otherwise meanwhile.
pub fn put_rule(tx: &mut TenantTx<'_>, node: NodeId, share: BasisPoints) -> StoreResult<()> {
    crate::members::require_place(tx, node)?;
    let now = tx.now();
    let changed = diesel::update(r::table.find((tx.tenant().to_string(), node.to_string())))
        .set((
            r::share_bp.eq(share.count()),
            r::updated_at.eq(now.micros()),
            r::version.eq(r::version + 1),
        ))
        .execute(tx.conn)?;
    if changed == 1 {
        return Ok(());
    }
    let rule = CommissionRule {
        node_id: node,
        share,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    let row = RuleRow::of(tx, &rule)?;
    diesel::insert_into(r::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// The rules of the places on a path, the root first.
///
/// # Errors
/// When the database fails.
pub fn rules_on_path(
    tx: &mut TenantTx<'_>,
    path: &NodePath,
) -> StoreResult<Vec<(NodeId, BasisPoints)>> {
    let ids: Vec<String> = path.ids().map(|id| id.to_string()).collect();
    let rows: Vec<RuleRow> = r::table
        .filter(r::tenant_id.eq(tx.tenant().to_string()))
        .filter(r::node_id.eq_any(ids))
        .select(RuleRow::as_select())
        .load(tx.conn)?;
    let rules: Vec<CommissionRule> = rows
        .into_iter()
        .map(CommissionRule::try_from)
        .collect::<StoreResult<_>>()?;
    Ok(path
        .ids()
        .filter_map(|id| {
            let rule = rules.iter().find(|rule| rule.node_id == id)?;
            Some((id, rule.share))
        })
        .collect())
}

/// The largest sum of shares on any path through a place: what those above and itself get, and the
/// most that anybody below it gets in all.
///
/// # Errors
/// When the database fails.
pub fn rules_through(
    tx: &mut TenantTx<'_>,
    path: &NodePath,
) -> StoreResult<Vec<(NodePath, BasisPoints)>> {
    let above: Vec<String> = path.ids().map(|id| id.to_string()).collect();
    let rows: Vec<(String, i64)> = r::table
        .inner_join(n::table.on(n::tenant_id.eq(r::tenant_id).and(n::id.eq(r::node_id))))
        .filter(r::tenant_id.eq(tx.tenant().to_string()))
        .filter(
            n::id.eq_any(above).or(n::path
                .ge(path.as_str().to_owned())
                .and(n::path.lt(place::end(path)))),
        )
        .order(n::path)
        .select((n::path, r::share_bp))
        .load(tx.conn)?;
    rows.into_iter()
        .map(|(at, share)| {
            let k = Row::of("commission_rules", &at);
            let share = BasisPoints::try_from(share).map_err(|_| k.corrupt("share_bp"))?;
            Ok((k.text("path", &at)?, share))
        })
        .collect()
}

/// Adds what a place earned by a charge.
///
/// # Errors
/// [`StoreError::Taken`] when that is kept already.
pub fn insert(tx: &mut TenantTx<'_>, commission: &Commission) -> StoreResult<()> {
    let row = CommissionRow::of(tx, commission)?;
    diesel::insert_into(c::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// What was earned by a charge, in the order of places' ids.
///
/// # Errors
/// When the database fails.
pub fn of_charge(tx: &mut TenantTx<'_>, charge: ChargeId) -> StoreResult<Vec<Commission>> {
    let rows: Vec<CommissionRow> = c::table
        .filter(c::tenant_id.eq(tx.tenant().to_string()))
        .filter(c::charge_id.eq(charge.to_string()))
        .order(c::node_id)
        .select(CommissionRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(Commission::try_from).collect()
}

/// Writes what a commission is now. Whoever writes it holds the order's lock.
///
/// # Errors
/// When the database fails.
pub fn revalue(tx: &mut TenantTx<'_>, commission: &Commission) -> StoreResult<()> {
    let key = (tx.tenant().to_string(), commission.id.to_string());
    diesel::update(c::table.find(key))
        .set((
            c::base_minor.eq(commission.base_minor),
            c::earned_minor.eq(commission.earned_minor),
            c::peak_minor.eq(commission.peak_minor),
            c::updated_at.eq(tx.now().micros()),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Which commissions a list shows.
#[derive(Clone, Debug, Default)]
pub struct CommissionFilter {
    /// Those of one place.
    pub node: Option<NodeId>,
    /// Those earned from then on.
    pub from: Option<UtcTime>,
    /// Those earned before then.
    pub until: Option<UtcTime>,
}

/// Lists what places of the scope earned, the newest first.
///
/// # Errors
/// When the database fails.
pub fn list(
    tx: &mut TenantTx<'_>,
    filter: &CommissionFilter,
    request: &PageRequest,
) -> StoreResult<Page<Commission>> {
    let mut query = c::table
        .filter(c::tenant_id.eq(tx.tenant().to_string()))
        .select(CommissionRow::as_select())
        .into_boxed();
    let breadth = place::breadth(tx)?;
    if breadth != Breadth::Whole {
        query = query.filter(c::node_id.eq_any(place::seen(tx.scope())));
    }
    if let Some(node) = filter.node {
        query = query.filter(c::node_id.eq(node.to_string()));
    }
    if let Some(from) = filter.from {
        query = query.filter(c::earned_at.ge(from.micros()));
    }
    if let Some(until) = filter.until {
        query = query.filter(c::earned_at.lt(until.micros()));
    }
    if let Some(after) = request.after::<String>()? {
        query = query.filter(c::id.lt(after));
    }
    let rows = query
        .order(Steered(c::id, breadth.index()).desc())
        .limit(request.fetch())
        .load(tx.conn)?;
    Page::of(request, rows, |row| row.id.clone(), Commission::try_from)
}

/// What a place of the scope earned in a currency and a time, net of what was given back since.
///
/// # Errors
/// When the database fails.
pub fn total(
    tx: &mut TenantTx<'_>,
    (node, currency): (NodeId, Currency),
    (from, until): (Option<UtcTime>, Option<UtcTime>),
) -> StoreResult<i64> {
    let mut query = c::table
        .filter(c::tenant_id.eq(tx.tenant().to_string()))
        .filter(c::node_id.eq_any(place::seen(tx.scope()).filter(n::id.eq(c::node_id))))
        .filter(c::node_id.eq(node.to_string()))
        .filter(c::currency.eq(currency.to_string()))
        .select(SumBig(c::earned_minor))
        .into_boxed();
    if let Some(from) = from {
        query = query.filter(c::earned_at.ge(from.micros()));
    }
    if let Some(until) = until {
        query = query.filter(c::earned_at.lt(until.micros()));
    }
    Ok(query.get_result(tx.conn)?)
}
