use alvara_domain::event::EventKind;
use alvara_domain::id::NodeId;
use alvara_domain::node::{Node, NodeState};
use alvara_store::{TenantTx, nodes};

use super::load_node;
use crate::customer;
use crate::{AppError, AppResult, TreeError};

/// Suspends a place and with it everything below: nobody there signs in, no license there is valid.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::WrongState`] when it is suspended already;
/// [`AppError::Tree`] for the root; [`AppError::ExceedsOwnRights`] for the caller's own place.
///
/// The place of a customer stands as the customer does: suspending one suspends the other, and a
/// blocked or cancelled customer is not reinstated by its place.
pub fn suspend_node(tx: &mut TenantTx<'_>, id: NodeId) -> AppResult<Node> {
    change_state(tx, id, NodeState::Suspended)
}

/// Lifts the suspension of a place. What is suspended below it by itself stays so.
///
/// # Errors
/// As for [`suspend_node`], with [`AppError::WrongState`] when it is not suspended.
pub fn reinstate_node(tx: &mut TenantTx<'_>, id: NodeId) -> AppResult<Node> {
    change_state(tx, id, NodeState::Active)
}

fn change_state(tx: &mut TenantTx<'_>, id: NodeId, to: NodeState) -> AppResult<Node> {
    let before = load_node(tx, id)?;
    if before.parent_id.is_none() {
        return Err(AppError::Tree(TreeError::Root));
    }
    // Whoever is at a place cannot judge it: a suspended company must not lift its own suspension.
    if before.path == *tx.scope().path() {
        return Err(AppError::ExceedsOwnRights);
    }
    let (wanted, action, kind) = match to {
        NodeState::Suspended => ("suspended", "node.suspended", EventKind::NodeSuspended),
        NodeState::Active => ("reinstated", "node.reinstated", EventKind::NodeReinstated),
    };
    if before.state.can_become(to)
        && let Some(placed) = customer::stands_with_place(tx, id, to)?
    {
        return Ok(placed.node);
    }
    if !nodes::change_state(tx, id, to)? {
        return Err(AppError::WrongState {
            noun: "node",
            state: before.state.as_str(),
            wanted,
        });
    }
    let node = load_node(tx, id)?;
    tx.audit(action, id, &before, &node)?;
    tx.emit(kind, id, &node)?;
    Ok(node)
}
