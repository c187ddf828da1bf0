use alvara_domain::event::EventKind;
use alvara_domain::id::NodeId;
use alvara_domain::node::{Node, NodeKind, NodeState, PathError};
use alvara_store::{StoreError, TenantTx, nodes};

use super::load_node;
use crate::customer;
use crate::field::Fields;
use crate::{AppError, AppResult, TreeError};

/// A place to add to the tree.
#[derive(Debug, Clone)]
pub struct NewNode {
    /// The place it comes under; it must lie in the caller's scope.
    pub parent_id: NodeId,
    /// What it is.
    pub kind: NodeKind,
    /// At most 200 characters.
    pub name: String,
    /// Where to write to, if there is such an address.
    pub email: Option<String>,
}

/// Adds a place below another one. A customer's place comes with the customer, validated.
///
/// # Errors
/// [`AppError::Invalid`]; [`AppError::NotFound`] for a parent outside the scope;
/// [`AppError::Tree`] where the parent does not hold that kind or the tree is deep enough.
pub fn create_node(tx: &mut TenantTx<'_>, request: &NewNode) -> AppResult<Node> {
    let node = hang_node(tx, request)?;
    if node.kind == NodeKind::Customer {
        customer::insert_plain(tx, &node)?;
    }
    Ok(node)
}

/// Adds the place alone; who makes a customer adds what a customer has beyond it.
///
/// # Errors
/// As for [`create_node`].
pub(crate) fn hang_node(tx: &mut TenantTx<'_>, request: &NewNode) -> AppResult<Node> {
    let mut fields = Fields::new();
    let name = fields.line("/name", &request.name, 200);
    let email = request
        .email
        .as_deref()
        .map(|email| fields.email("/email", email));
    fields.finish()?;
    let parent = load_node(tx, request.parent_id)?;
    check_kind(&parent, request.kind)?;
    let id = tx.new_id()?;
    let path = parent.path.child(id).map_err(|error| match error {
        PathError::TooDeep => AppError::Tree(TreeError::TooDeep),
        PathError::Malformed => AppError::Tree(TreeError::Cycle),
    })?;
    let node = Node {
        tenant_id: tx.tenant(),
        id,
        parent_id: Some(parent.id),
        kind: request.kind,
        name,
        email,
        path,
        state: NodeState::Active,
        created_at: tx.now(),
        updated_at: tx.now(),
        discount_ceiling_bp: None,
        deleted_at: None,
        version: 1,
    };
    nodes::insert(tx, &node).map_err(|error| match error {
        // It was there a moment ago: somebody put the parent away.
        StoreError::OutOfReach => AppError::NotFound("node"),
        other => other.into(),
    })?;
    tx.audit("node.created", id, (), &node)?;
    tx.emit(EventKind::NodeCreated, id, &node)?;
    Ok(node)
}

/// Refuses a child that a place of the parent's kind does not hold.
pub(super) fn check_kind(parent: &Node, child: NodeKind) -> AppResult<()> {
    if parent.kind.may_hold(child) {
        return Ok(());
    }
    Err(AppError::Tree(TreeError::Kind {
        parent: parent.kind.as_str(),
        child: child.as_str(),
    }))
}
