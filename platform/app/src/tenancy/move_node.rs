use alvara_domain::event::EventKind;
use alvara_domain::id::NodeId;
use alvara_domain::node::Node;
use alvara_store::nodes::Move;
use alvara_store::{TenantTx, nodes};

use super::create_node::check_kind;
use super::load_node;
use crate::quota::relocate;
use crate::{AppError, AppResult, TreeError};

/// Hangs a place, and everything below it, under another parent. Both must lie in the caller's
/// scope, and nobody moves the place they are at themselves. `expected` is the version that the
/// caller read.
///
/// Licenses and machines move along without being touched: they hang on the place, not on its path.
/// What they count against above the place moves to the quota above its new parent.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Stale`], and [`AppError::Tree`] for the root, a kind that the
/// new parent does not hold, a place below itself, or a tree that grows too deep;
/// [`AppError::QuotaExhausted`] when the quota above the new parent has no room for its licenses.
pub fn move_node(
    tx: &mut TenantTx<'_>,
    id: NodeId,
    expected: i64,
    parent: NodeId,
) -> AppResult<Node> {
    let before = load_node(tx, id)?;
    let parent = load_node(tx, parent)?;
    if before.version != expected {
        return Err(AppError::Stale);
    }
    if before.parent_id.is_none() {
        return Err(AppError::Tree(TreeError::Root));
    }
    if before.path.contains(&parent.path) {
        return Err(AppError::Tree(TreeError::Cycle));
    }
    check_kind(&parent, before.kind)?;
    nodes::lock_tree(tx)?;
    relocate(tx, id, parent.id)?;
    match nodes::move_subtree(tx, id, parent.id)? {
        Move::Moved { .. } => {}
        Move::NotFound => return Err(AppError::NotFound("node")),
        Move::UnderItself => return Err(AppError::Tree(TreeError::Cycle)),
        Move::TooDeep => return Err(AppError::Tree(TreeError::TooDeep)),
    }
    let node = load_node(tx, id)?;
    // The move waits its turn; whoever had it before may have moved the same place.
    if node.version != expected + 1 {
        return Err(AppError::Stale);
    }
    tx.audit("node.moved", id, &before, &node)?;
    tx.emit(EventKind::NodeMoved, id, &node)?;
    Ok(node)
}
