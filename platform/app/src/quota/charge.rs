use alvara_domain::id::{NodeId, ProductId};
use alvara_store::{TenantTx, nodes, quotas};

use super::exhausted;
use crate::{AppError, AppResult};

/// How often the nearest quota may turn out to be another one before we give up.
const ATTEMPTS: usize = 5;

/// Charges licenses of a place to the nearest quota at it or above, and answers whose that is;
/// `None` where nobody has one.
///
/// # Errors
/// [`AppError::QuotaExhausted`] when it does not leave that many.
pub(crate) fn charge(
    tx: &mut TenantTx<'_>,
    node: NodeId,
    product: ProductId,
    count: i64,
) -> AppResult<Option<NodeId>> {
    for _ in 0..ATTEMPTS {
        let Some(holder) = nearest(tx, node, product)? else {
            return Ok(None);
        };
        if quotas::add(tx, (holder, product), (count, 0))? {
            // Now the row is locked, and whoever moves the place or its quotas waits for us. Who
            // did so before, while we waited for the row, made another quota the nearest.
            if nearest(tx, node, product)? == Some(holder) {
                return Ok(Some(holder));
            }
            quotas::add(tx, (holder, product), (-count, 0))?;
            continue;
        }
        if let Some(quota) = quotas::read(tx, holder, product)?
            && quota.available() < count
        {
            return Err(exhausted(tx, quota, count)?);
        }
    }
    Err(AppError::contended())
}

fn nearest(tx: &mut TenantTx<'_>, node: NodeId, product: ProductId) -> AppResult<Option<NodeId>> {
    let place = nodes::find(tx, node)?.ok_or(AppError::NotFound("node"))?;
    let all = quotas::list_on_path(tx, &place.path, product)?;
    Ok(all.first().map(|one| one.quota.node_id))
}
