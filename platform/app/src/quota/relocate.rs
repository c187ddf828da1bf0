use alvara_domain::id::{NodeId, ProductId};
use alvara_domain::node::{Node, NodePath};
use alvara_domain::quota::Quota;
use alvara_store::{TenantTx, nodes, quotas};
use serde_json::json;

use super::exhausted;
use crate::{AppError, AppResult};

/// Takes the charges of a subtree that is about to move along: what its places are handed from
/// above, and their licenses that count against a quota above, come out of the nearest quota above
/// the new parent. The tree must be locked. Both places were found in the scope.
///
/// # Errors
/// [`AppError::QuotaExhausted`] when that quota has no room for them; nothing moves then.
pub(crate) fn relocate(tx: &mut TenantTx<'_>, id: NodeId, parent: NodeId) -> AppResult<()> {
    let products = quotas::list_products(tx)?;
    if products.is_empty() {
        return Ok(());
    }
    let node = nodes::find(tx, id)?.ok_or(AppError::NotFound("node"))?;
    let parent = nodes::find(tx, parent)?.ok_or(AppError::NotFound("node"))?;
    for product in products {
        relocate_product(tx, &node, &parent.path, product)?;
    }
    Ok(())
}

fn relocate_product(
    tx: &mut TenantTx<'_>,
    node: &Node,
    to: &NodePath,
    product: ProductId,
) -> AppResult<()> {
    let Some(from) = node.path.parent() else {
        return Ok(());
    };
    let old = quotas::list_on_path(tx, &from, product)?;
    let new = quotas::list_on_path(tx, to, product)?;
    let (old_nearest, new_nearest) = (
        old.first().map(|one| one.quota.node_id),
        new.first().map(|one| one.quota.clone()),
    );
    let new_holder = new_nearest.as_ref().map(|quota| quota.node_id);
    let mut leaving: Vec<(NodeId, i64)> = Vec::new();
    for one in &old {
        let holder = one.quota.node_id;
        // From here on nobody issues on it until we commit, so the count stays true.
        quotas::lock(tx, holder, product)?;
        if new.iter().any(|other| other.quota.node_id == holder) {
            continue;
        }
        let charged = quotas::count_charged(tx, (holder, product), &node.path)?;
        if charged > 0 {
            leaving.push((holder, charged));
        }
    }
    let handed = if old_nearest == new_holder {
        0
    } else {
        handed_to(tx, node, product)?
    };
    let used: i64 = leaving.iter().map(|(_, charged)| charged).sum();
    if used == 0 && handed == 0 {
        return Ok(());
    }
    for (holder, charged) in &leaving {
        take_off(tx, (*holder, product), (-charged, 0))?;
    }
    if let Some(holder) = old_nearest.filter(|_| handed > 0) {
        take_off(tx, (holder, product), (0, -handed))?;
    }
    if let Some(quota) = new_nearest {
        put_on(tx, quota, used, handed)?;
    }
    for (holder, _) in &leaving {
        quotas::recharge(tx, (*holder, product), &node.path, new_holder)?;
    }
    tx.audit(
        "quota.moved",
        node.id,
        json!({ "product_id": product, "node_id": old_nearest }),
        json!({ "product_id": product, "node_id": new_holder, "used": used, "delegated": handed }),
    )?;
    Ok(())
}

/// What the highest quotas of the subtree come to: those that were handed down from above it.
fn handed_to(tx: &mut TenantTx<'_>, node: &Node, product: ProductId) -> AppResult<i64> {
    if let Some(own) = quotas::read(tx, node.id, product)? {
        return Ok(own.total);
    }
    let below = quotas::list_next_below(tx, &node.path, product)?;
    Ok(below.iter().map(|one| one.quota.total).sum())
}

fn take_off(tx: &mut TenantTx<'_>, of: (NodeId, ProductId), change: (i64, i64)) -> AppResult<()> {
    if quotas::add(tx, of, change)? {
        Ok(())
    } else {
        Err(AppError::contended())
    }
}

fn put_on(tx: &mut TenantTx<'_>, quota: Quota, used: i64, handed: i64) -> AppResult<()> {
    let of = (quota.node_id, quota.product_id);
    if quotas::add(tx, of, (used, handed))? {
        return Ok(());
    }
    let now = quotas::read(tx, of.0, of.1)?.unwrap_or(quota);
    Err(exhausted(tx, now, used + handed)?)
}
