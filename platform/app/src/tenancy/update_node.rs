use alvara_domain::event::EventKind;
use alvara_domain::id::NodeId;
use alvara_domain::node::Node;
use alvara_store::{TenantTx, customers, nodes};

use super::load_node;
use crate::field::Fields;
use crate::{AppError, AppResult};

/// What to change of a place; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct NodeChange {
    /// At most 200 characters.
    pub name: Option<String>,
    /// `Some(None)` takes the address away.
    pub email: Option<Option<String>>,
}

/// Renames a place or changes its address. `expected` is the version that the caller read.
///
/// # Errors
/// [`AppError::Invalid`], [`AppError::NotFound`], [`AppError::Stale`].
pub fn update_node(
    tx: &mut TenantTx<'_>,
    id: NodeId,
    expected: i64,
    change: &NodeChange,
) -> AppResult<Node> {
    let before = load_node(tx, id)?;
    if before.version != expected {
        return Err(AppError::Stale);
    }
    let mut node = before.clone();
    let mut fields = Fields::new();
    if let Some(name) = &change.name {
        node.name = fields.line("/name", name, 200);
    }
    if let Some(email) = &change.email {
        node.email = email.as_deref().map(|email| fields.email("/email", email));
    }
    fields.finish()?;
    nodes::update(tx, &node)?;
    customers::follow_node(tx, &node)?;
    node.version += 1;
    node.updated_at = tx.now();
    tx.audit("node.updated", id, &before, &node)?;
    tx.emit(EventKind::NodeUpdated, id, &node)?;
    Ok(node)
}
