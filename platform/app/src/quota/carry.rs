use alvara_domain::id::NodeId;
use alvara_domain::license::License;
use alvara_store::{TenantTx, nodes, quotas, sales};

use super::charge;
use crate::{AppError, AppResult};

/// Charges a license that goes to another place to the nearest quota there, and frees the one that
/// it was charged to. Freed first, because both may be the same, and full. Whoever moves a place or
/// takes a quota away moves charges too, and holds the tree meanwhile: so does this, before it reads
/// whom the license is charged to.
///
/// # Errors
/// [`crate::AppError::QuotaExhausted`] when the quota of the new place does not leave one.
pub(crate) fn carry(tx: &mut TenantTx<'_>, license: &License, to: NodeId) -> AppResult<()> {
    nodes::lock_tree(tx)?;
    let before = sales::find(tx, license.id)?.and_then(|sale| sale.quota_node_id);
    if let Some(holder) = before
        && !quotas::add(tx, (holder, license.product_id), (-1, 0))?
    {
        return Err(AppError::contended());
    }
    let after = charge(tx, to, license.product_id, 1)?;
    if after != before {
        sales::set_quota_node(tx, license.id, after)?;
    }
    Ok(())
}
