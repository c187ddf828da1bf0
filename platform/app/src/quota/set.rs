use alvara_domain::event::EventKind;
use alvara_domain::id::{NodeId, ProductId};
use alvara_domain::node::Node;
use alvara_domain::quota::Quota;
use alvara_store::quotas::PlacedQuota;
use alvara_store::{TenantTx, nodes, offers, quotas};

use super::exhausted;
use crate::field::Fields;
use crate::{AppError, AppResult};

/// The largest quota.
const MOST: i64 = 1_000_000_000;

/// Grants a place of the scope a number of licenses of a product, or another number than before.
/// What is added comes out of the nearest quota above; what is taken back returns to it. Licenses
/// issued before count against whom they were charged to then.
///
/// # Errors
/// [`AppError::Invalid`], [`AppError::NotFound`]; [`AppError::ExceedsOwnRights`] for the caller's own
/// place; [`AppError::QuotaExhausted`] when the quota above leaves less;
/// [`AppError::QuotaInUse`] when more is issued and handed on already.
pub fn set_quota(
    tx: &mut TenantTx<'_>,
    id: NodeId,
    product: ProductId,
    total: i64,
) -> AppResult<Quota> {
    let mut fields = Fields::new();
    let total = fields.within("/total", total, 0..=MOST);
    let node = below_own_place(tx, id)?;
    offers::find(tx, product)?.ok_or(AppError::NotFound("product"))?;
    fields.finish()?;
    let above = nearest_above(tx, &node, product)?;
    let before = match quotas::lock(tx, id, product)? {
        true => quotas::read(tx, id, product)?,
        false => None,
    };
    match &before {
        Some(before) => resize(tx, before, above, total)?,
        None => create(tx, &node, product, above, total)?,
    }
    let after = quotas::read(tx, id, product)?.ok_or(AppError::NotFound("quota"))?;
    tx.audit("quota.set", id, &before, &after)?;
    tx.emit(EventKind::QuotaSet, id, &after)?;
    Ok(after)
}

/// The place, once nobody else changes the tree or its quotas. Nobody grants anything to the place
/// they are at themselves.
pub(super) fn below_own_place(tx: &mut TenantTx<'_>, id: NodeId) -> AppResult<Node> {
    nodes::find(tx, id)?.ok_or(AppError::NotFound("node"))?;
    nodes::lock_tree(tx)?;
    // Read again: it may have moved while we waited for our turn.
    let node = nodes::find(tx, id)?.ok_or(AppError::NotFound("node"))?;
    if node.path == *tx.scope().path() {
        return Err(AppError::ExceedsOwnRights);
    }
    Ok(node)
}

/// The nearest quota strictly above a place.
pub(super) fn nearest_above(
    tx: &mut TenantTx<'_>,
    node: &Node,
    product: ProductId,
) -> AppResult<Option<PlacedQuota>> {
    let Some(parent) = node.path.parent() else {
        return Ok(None);
    };
    let mut all = quotas::list_on_path(tx, &parent, product)?;
    all.truncate(1);
    Ok(all.pop())
}

fn resize(
    tx: &mut TenantTx<'_>,
    before: &Quota,
    above: Option<PlacedQuota>,
    total: i64,
) -> AppResult<()> {
    let in_use = AppError::QuotaInUse {
        used: before.used,
        delegated: before.delegated,
    };
    if before.used + before.delegated > total {
        return Err(in_use);
    }
    hand_down(tx, above, before.product_id, total - before.total)?;
    if quotas::resize(tx, before.node_id, before.product_id, total)? {
        Ok(())
    } else {
        Err(in_use)
    }
}

/// A new quota stands between those below it and the one above: what they were handed comes out of
/// the new one from now on.
fn create(
    tx: &mut TenantTx<'_>,
    node: &Node,
    product: ProductId,
    above: Option<PlacedQuota>,
    total: i64,
) -> AppResult<()> {
    let below = quotas::list_next_below(tx, &node.path, product)?;
    let handed: i64 = below.iter().map(|one| one.quota.total).sum();
    if handed > total {
        return Err(AppError::QuotaInUse {
            used: 0,
            delegated: handed,
        });
    }
    hand_down(tx, above, product, total - handed)?;
    let quota = Quota {
        tenant_id: tx.tenant(),
        node_id: node.id,
        product_id: product,
        total,
        used: 0,
        delegated: handed,
        created_at: tx.now(),
        updated_at: tx.now(),
        version: 1,
    };
    if quotas::insert(tx, &quota)? {
        Ok(())
    } else {
        Err(AppError::contended())
    }
}

/// Takes from the quota above, or returns to it when `count` is negative.
fn hand_down(
    tx: &mut TenantTx<'_>,
    above: Option<PlacedQuota>,
    product: ProductId,
    count: i64,
) -> AppResult<()> {
    let Some(above) = above else { return Ok(()) };
    let holder = above.quota.node_id;
    if quotas::add(tx, (holder, product), (0, count))? {
        return Ok(());
    }
    let now = quotas::read(tx, holder, product)?.unwrap_or(above.quota);
    Err(exhausted(tx, now, count)?)
}
