use alvara_domain::event::EventKind;
use alvara_domain::id::NodeId;
use alvara_domain::node::Node;
use alvara_store::{TenantTx, nodes};
use serde_json::json;

use super::load_node;
use crate::{AppError, AppResult, TreeError};

/// Puts a place away: nobody there signs in, and its licenses answer as those of a suspended holder
/// do. Its licenses, members and machines stay as they are.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Tree`] for the root and while places that are not deleted
/// hang under it; [`AppError::ExceedsOwnRights`] for the caller's own place.
pub fn delete_node(tx: &mut TenantTx<'_>, id: NodeId) -> AppResult<()> {
    let before = load_node(tx, id)?;
    if before.parent_id.is_none() {
        return Err(AppError::Tree(TreeError::Root));
    }
    if before.path == *tx.scope().path() {
        return Err(AppError::ExceedsOwnRights);
    }
    if !nodes::delete(tx, id)? {
        return Err(AppError::NotFound("node"));
    }
    // Asked after the tree is locked, so that nobody hangs something under it meanwhile.
    if nodes::has_children(tx, id)? {
        return Err(AppError::Tree(TreeError::Occupied));
    }
    let note = json!({ "deleted_at": tx.now() });
    tx.audit("node.deleted", id, &before, &note)?;
    tx.emit(EventKind::NodeDeleted, id, &note)?;
    Ok(())
}

/// Brings a place back exactly as it was. One that is not deleted stays as it is.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::WrongState`] while the place above it is deleted.
pub fn restore_node(tx: &mut TenantTx<'_>, id: NodeId) -> AppResult<Node> {
    let before = nodes::find_even_deleted(tx, id)?.ok_or(AppError::NotFound("node"))?;
    if nodes::restore(tx, id)? {
        if let Some(above) = before.path.parent()
            && !nodes::list_deleted_above(tx, &above)?.is_empty()
        {
            return Err(AppError::WrongState {
                noun: "parent",
                state: "deleted",
                wanted: "given a place back",
            });
        }
        let node = load_node(tx, id)?;
        tx.audit(
            "node.restored",
            id,
            json!({ "deleted_at": before.deleted_at }),
            &node,
        )?;
        tx.emit(EventKind::NodeRestored, id, &node)?;
    }
    load_node(tx, id)
}
