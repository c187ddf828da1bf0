//! Commissions: who of the tree earns how much, on money that came and stayed.

use alvara_domain::charge::record::Charge;
use alvara_domain::commission::{Commission, CommissionRule, split};
use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::NodeId;
use alvara_domain::money::BasisPoints;
use alvara_domain::order::Order;
use alvara_store::{TenantTx, commissions, nodes};
use serde_json::json;

use crate::{AppError, AppResult};

/// Says what a place of the scope, below the caller's own, gets of every sale at it or below it.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::ExceedsOwnRights`] for the caller's own place, unless that is
/// the root; [`AppError::Invalid`] when some sale would pay out more than the whole.
pub fn set_rule(
    tx: &mut TenantTx<'_>,
    id: NodeId,
    share: BasisPoints,
) -> AppResult<CommissionRule> {
    // Two who raise shares on one path must not both find room.
    nodes::lock_tree(tx)?;
    let node = nodes::find(tx, id)?.ok_or(AppError::NotFound("node"))?;
    if node.path == *tx.scope().path() && !tx.scope().is_whole_tenant() {
        return Err(AppError::ExceedsOwnRights);
    }
    let before = commissions::find_rule(tx, id)?;
    let rules = commissions::rules_through(tx, &node.path)?;
    let others = rules.iter().filter(|(path, _)| *path != node.path);
    let longest = others
        .clone()
        .map(|(end, _)| {
            let on_it = others.clone().filter(|(path, _)| path.contains(end));
            on_it.map(|(_, share)| share.count()).sum::<i64>()
        })
        .max()
        .unwrap_or(0);
    if longest + share.count() > BasisPoints::ALL.count() {
        return Err(AppError::field(
            "/percent",
            FaultCode::OutOfRange,
            "with the shares above and below it this is more than the whole",
        ));
    }
    commissions::put_rule(tx, id, share)?;
    let rule = commissions::find_rule(tx, id)?.ok_or(AppError::NotFound("node"))?;
    tx.audit("commission_rule.set", id, &before, &rule)?;
    tx.emit(EventKind::CommissionRuleUpdated, id, &rule)?;
    Ok(rule)
}

type Shares = Vec<(NodeId, i64)>;

/// Brings the commissions of a charge to what is left of its sale, and answers what they were and
/// are. The shares are those of the moment when the money came: later rules do not change them.
pub(super) fn revalue(
    tx: &mut TenantTx<'_>,
    order: &Order,
    charge: &Charge,
) -> AppResult<(Shares, Shares)> {
    let kept = commissions::of_charge(tx, charge.id)?;
    let net = charge.book.net();
    if kept.is_empty() {
        if net == 0 {
            return Ok((Shares::new(), Shares::new()));
        }
        return begin(tx, order, charge, net);
    }
    let shares: Vec<(NodeId, BasisPoints)> =
        kept.iter().map(|one| (one.node_id, one.share)).collect();
    let (parts, _) =
        split(net, &shares).map_err(|error| AppError::Inconsistent(error.to_string()))?;
    let before = kept
        .iter()
        .map(|one| (one.node_id, one.earned_minor))
        .collect();
    for (mut one, (_, part)) in kept.into_iter().zip(&parts) {
        if one.earned_minor == *part && one.base_minor == net {
            continue;
        }
        (one.base_minor, one.earned_minor) = (net, *part);
        one.peak_minor = one.peak_minor.max(*part);
        commissions::revalue(tx, &one)?;
    }
    Ok((before, parts))
}

fn begin(
    tx: &mut TenantTx<'_>,
    order: &Order,
    charge: &Charge,
    net: i64,
) -> AppResult<(Shares, Shares)> {
    let buyer = nodes::find(tx, order.node_id)?.ok_or(AppError::NotFound("node"))?;
    let rules = commissions::rules_on_path(tx, &buyer.path)?;
    let (parts, _) =
        split(net, &rules).map_err(|error| AppError::Inconsistent(error.to_string()))?;
    for ((node_id, share), (_, part)) in rules.iter().zip(&parts) {
        let one = Commission {
            id: tx.new_id()?,
            node_id: *node_id,
            charge_id: charge.id,
            order_id: order.id,
            share: *share,
            base_minor: net,
            earned_minor: *part,
            peak_minor: *part,
            currency: charge.currency,
            earned_at: tx.now(),
            updated_at: tx.now(),
        };
        commissions::insert(tx, &one)?;
        tx.audit("commission.earned", one.id, (), json!(one))?;
    }
    Ok((Shares::new(), parts))
}
