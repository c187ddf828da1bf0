//! The tree.
use alvara_domain::id::NodeId;
use alvara_domain::node::{NodeKind, NodeState};
use alvara_store::Scope;
use alvara_tenants::{BuiltInRole, PermissionKey};

use super::super::*;
use crate::TreeError;
use crate::test_house::House;

pub(super) struct Tree {
    pub(super) company: Node,
    pub(super) agent: Node,
    pub(super) customer: Node,
}

/// A company with an agent with a customer.
pub(super) async fn tree(house: &House) -> Tree {
    let tenant = &house.acme.tenant;
    let company = house
        .node(tenant, house.acme.root.id, NodeKind::Subcompany)
        .await;
    let agent = house.node(tenant, company.id, NodeKind::Agent).await;
    let customer = house.node(tenant, agent.id, NodeKind::Customer).await;
    Tree {
        company,
        agent,
        customer,
    }
}

pub(super) async fn load(house: &House, id: NodeId) -> Node {
    house
        .write(&house.scope(&house.acme.tenant), move |tx| {
            load_node(tx, id)
        })
        .await
        .unwrap()
}

async fn try_move(house: &House, scope: &Scope, node: &Node, parent: NodeId) -> AppResult<Node> {
    let (id, version) = (node.id, node.version);
    house
        .write(scope, move |tx| move_node(tx, id, version, parent))
        .await
}

#[tokio::test]
async fn a_move_takes_everything_below_along() {
    // R-TEN-02
    let house = House::build().await;
    let tree = tree(&house).await;
    let scope = house.scope(&house.acme.tenant);
    let other = house
        .node(&house.acme.tenant, house.acme.root.id, NodeKind::Subcompany)
        .await;
    let moved = try_move(&house, &scope, &tree.agent, other.id)
        .await
        .unwrap();
    assert_eq!((moved.parent_id, moved.version), (Some(other.id), 2));
    assert!(
        other
            .path
            .contains(&load(&house, tree.customer.id).await.path)
    );
    assert_eq!(load(&house, tree.company.id).await, tree.company);
    let stale = try_move(&house, &scope, &tree.agent, tree.company.id).await;
    assert!(matches!(stale, Err(AppError::Stale)));
}

#[tokio::test]
async fn the_tree_refuses_what_does_not_fit() {
    // R-TEN-02
    let house = House::build().await;
    let tree = tree(&house).await;
    let scope = house.scope(&house.acme.tenant);
    let refused = |outcome: AppResult<Node>| match outcome {
        Err(AppError::Tree(error)) => error,
        other => panic!("{other:?}"),
    };
    let inner = house
        .node(&house.acme.tenant, tree.company.id, NodeKind::Subcompany)
        .await;
    assert_eq!(
        refused(try_move(&house, &scope, &tree.company, inner.id).await),
        TreeError::Cycle
    );
    assert_eq!(
        refused(try_move(&house, &scope, &tree.company, tree.company.id).await),
        TreeError::Cycle
    );
    let kind = TreeError::Kind {
        parent: "agent",
        child: "subcompany",
    };
    assert_eq!(
        refused(try_move(&house, &scope, &inner, tree.agent.id).await),
        kind
    );
    assert_eq!(
        refused(try_move(&house, &scope, &house.acme.root, tree.company.id).await),
        TreeError::Root
    );
    let mut deepest = inner;
    for _ in 3..16 {
        deepest = house
            .node(&house.acme.tenant, deepest.id, NodeKind::Subcompany)
            .await;
    }
    assert_eq!(
        refused(try_move(&house, &scope, &tree.agent, deepest.id).await),
        TreeError::TooDeep
    );
    let request = NewNode {
        parent_id: deepest.id,
        kind: NodeKind::Customer,
        name: "x".into(),
        email: None,
    };
    let outcome = house
        .write(&scope, move |tx| create_node(tx, &request))
        .await;
    assert_eq!(refused(outcome), TreeError::TooDeep);
    assert_eq!(load(&house, tree.agent.id).await, tree.agent);
}

#[tokio::test]
async fn nobody_moves_or_sees_beyond_its_own_subtree() {
    // R-TEN-01 R-TEN-02
    let house = House::build().await;
    let tree = tree(&house).await;
    let beside = house
        .node(&house.acme.tenant, house.acme.root.id, NodeKind::Subcompany)
        .await;
    let boss = house
        .member(
            &house.acme.tenant,
            tree.company.id,
            BuiltInRole::SubcompanyAdmin,
        )
        .await;
    let scope = house.scope_of(&boss, PermissionKey::NodeMove).unwrap();
    for (node, parent) in [
        (&tree.agent, beside.id),
        (&beside, tree.company.id),
        (&tree.agent, house.bella.root.id),
    ] {
        let outcome = try_move(&house, &scope, node, parent).await;
        assert!(
            matches!(outcome, Err(AppError::NotFound("node"))),
            "{outcome:?}"
        );
    }
    let request = NewNode {
        parent_id: beside.id,
        kind: NodeKind::Agent,
        name: "x".into(),
        email: None,
    };
    let outcome = house
        .write(&scope, move |tx| create_node(tx, &request))
        .await;
    assert!(matches!(outcome, Err(AppError::NotFound("node"))));
    let foreign = house.bella.root.id;
    let change = NodeChange {
        name: Some("mine".into()),
        ..NodeChange::default()
    };
    let outcome = house
        .write(&scope, move |tx| update_node(tx, foreign, 1, &change))
        .await;
    assert!(matches!(outcome, Err(AppError::NotFound("node"))));
}

#[tokio::test]
async fn suspension_reaches_down_and_is_not_ones_own_to_lift() {
    // R-TEN-02
    let house = House::build().await;
    let tree = tree(&house).await;
    let boss = house
        .member(
            &house.acme.tenant,
            tree.company.id,
            BuiltInRole::SubcompanyAdmin,
        )
        .await;
    let agent = house
        .member(&house.acme.tenant, tree.agent.id, BuiltInRole::Agent)
        .await;
    let own = house.scope_of(&boss, PermissionKey::NodeSuspend).unwrap();
    let company = tree.company.id;
    let refused = house.write(&own, move |tx| suspend_node(tx, company)).await;
    assert!(matches!(refused, Err(AppError::ExceedsOwnRights)));

    let scope = house.scope(&house.acme.tenant);
    let suspended = house
        .write(&scope, move |tx| suspend_node(tx, company))
        .await
        .unwrap();
    assert_eq!(suspended.state, NodeState::Suspended);
    let email = &agent.member().unwrap().email;
    assert!(house.sign_in(&house.acme.tenant, email).await.is_none());
    let refused = house
        .write(&own, move |tx| reinstate_node(tx, company))
        .await;
    assert!(matches!(refused, Err(AppError::ExceedsOwnRights)));
    let twice = house
        .write(&scope, move |tx| suspend_node(tx, company))
        .await;
    assert!(matches!(
        twice,
        Err(AppError::WrongState {
            noun: "node",
            state: "suspended",
            wanted: "suspended"
        })
    ));
    house
        .write(&scope, move |tx| reinstate_node(tx, company))
        .await
        .unwrap();
    assert!(house.sign_in(&house.acme.tenant, email).await.is_some());
    let root = house.acme.root.id;
    let refused = house.write(&scope, move |tx| suspend_node(tx, root)).await;
    assert!(matches!(refused, Err(AppError::Tree(TreeError::Root))));
}
