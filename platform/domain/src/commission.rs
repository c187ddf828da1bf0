//! Who of the tree earns how much of a sale.

use serde::Serialize;

use crate::id::{ChargeId, CommissionId, NodeId, OrderId};
use crate::money::{BasisPoints, Currency};
use crate::time::UtcTime;

/// What one place gets of every sale at it or below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CommissionRule {
    /// The place.
    pub node_id: NodeId,
    /// Its share of the net sale.
    pub share: BasisPoints,
    /// When it was said first.
    pub created_at: UtcTime,
    /// When it was said last.
    pub updated_at: UtcTime,
    /// Rises with every change; the ETag.
    pub version: i64,
}

/// What a place earned by a charge, at the share that was in force when the money came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `commissions`, named for what they hold"
)]
pub struct Commission {
    pub id: CommissionId,
    pub node_id: NodeId,
    pub charge_id: ChargeId,
    pub order_id: OrderId,
    pub share: BasisPoints,
    /// Of how much, now.
    pub base_minor: i64,
    /// How much that is, now.
    pub earned_minor: i64,
    /// How much it was when it was most.
    pub peak_minor: i64,
    pub currency: Currency,
    pub earned_at: UtcTime,
    pub updated_at: UtcTime,
}

/// The shares ask for more than the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the shares are more than the whole")]
pub struct TooMuch;

/// Splits what is left of a sale. Each place gets its share rounded down, and the house what
/// remains, so no cent is lost and none is made: places and house always sum to `net`. For a
/// refund, the split of what is left then is compared with the split before; when nothing is left,
/// every share is exactly zero.
///
/// # Errors
/// [`TooMuch`] when the shares are more than the whole.
pub fn split(
    net: i64,
    shares: &[(NodeId, BasisPoints)],
) -> Result<(Vec<(NodeId, i64)>, i64), TooMuch> {
    let asked: i64 = shares.iter().map(|(_, share)| share.count()).sum();
    if asked > BasisPoints::ALL.count() {
        return Err(TooMuch);
    }
    let net = net.max(0);
    let mut house = net;
    let parts = shares
        .iter()
        .map(|(node, share)| {
            let part = i128::from(net) * i128::from(share.count()) / 10_000;
            // A part of an i64 is one.
            let part = i64::try_from(part).unwrap_or(net);
            house -= part;
            (*node, part)
        })
        .collect();
    Ok((parts, house))
}
