use alvara_domain::event::EventKind;
use alvara_domain::id::NodeId;
use alvara_domain::money::BasisPoints;
use alvara_domain::node::Node;
use alvara_store::{TenantTx, nodes, prices};

use crate::{AppError, AppResult};

/// Refuses a discount above what may be given at the caller's place.
///
/// # Errors
/// [`AppError::DiscountAboveCeiling`].
pub fn allow_discount(tx: &mut TenantTx<'_>, discount: BasisPoints) -> AppResult<BasisPoints> {
    let ceiling = prices::discount_ceiling(tx, tx.scope().path())?;
    if discount > ceiling {
        return Err(AppError::DiscountAboveCeiling {
            asked: discount,
            ceiling,
        });
    }
    Ok(ceiling)
}

/// Says how much discount may be given at a place and below it; `None` leaves that to those above.
/// In force is the least of all that are said on the way down, so nobody is allowed more by it.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Stale`]; [`AppError::ExceedsOwnRights`] for the caller's own
/// place.
pub fn set_ceiling(
    tx: &mut TenantTx<'_>,
    id: NodeId,
    ceiling: Option<BasisPoints>,
) -> AppResult<Node> {
    let before = nodes::find(tx, id)?.ok_or(AppError::NotFound("node"))?;
    if before.path == *tx.scope().path() {
        return Err(AppError::ExceedsOwnRights);
    }
    prices::set_discount_ceiling(tx, id, before.version, ceiling)?;
    let node = nodes::find(tx, id)?.ok_or(AppError::NotFound("node"))?;
    tx.audit("node.discount_ceiling_set", id, &before, &node)?;
    tx.emit(EventKind::NodeUpdated, id, &node)?;
    Ok(node)
}
