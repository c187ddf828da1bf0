use alvara_domain::event::EventKind;
use alvara_domain::id::{NodeId, ProductId};
use alvara_domain::node::NodePath;
use alvara_store::{TenantTx, quotas};
use serde_json::json;

use super::set::{below_own_place, nearest_above};
use crate::{AppError, AppResult};

/// Takes a place's quota away. What was issued on it counts against the nearest quota above from
/// now on, what it handed on comes out of that one, and the rest is free there again; without one
/// above nobody counts.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::ExceedsOwnRights`] for the caller's own place.
pub fn remove_quota(tx: &mut TenantTx<'_>, id: NodeId, product: ProductId) -> AppResult<()> {
    let node = below_own_place(tx, id)?;
    if !quotas::lock(tx, id, product)? {
        return Err(AppError::NotFound("quota"));
    }
    let quota = quotas::read(tx, id, product)?.ok_or(AppError::NotFound("quota"))?;
    let above = nearest_above(tx, &node, product)?.map(|one| one.quota.node_id);
    if let Some(holder) = above {
        let change = (quota.used, quota.delegated - quota.total);
        if !quotas::add(tx, (holder, product), change)? {
            return Err(AppError::contended());
        }
    }
    let root = node.path.ids().next().unwrap_or(node.id);
    let everywhere = NodePath::root(root);
    quotas::recharge(tx, (id, product), &everywhere, above)?;
    quotas::delete(tx, id, product)?;
    tx.audit("quota.removed", id, &quota, ())?;
    tx.emit(
        EventKind::QuotaRemoved,
        id,
        json!({ "product_id": product }),
    )?;
    Ok(())
}
