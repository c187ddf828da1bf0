use alvara_domain::fault::FaultCode;
use alvara_domain::id::{MemberId, NodeId};
use alvara_domain::node::{NodeKind, NodeState};
use alvara_store::page::PageRequest;
use alvara_store::{Scope, audit, members};
use alvara_tenants::{BuiltInRole, Effect, PermissionKey, Principal, Role, Rule, RuleScope};
use alvara_vault::Secret;

use super::*;
use crate::TreeError;
use crate::test_house::{House, PASSWORD};

struct Tree {
    company: Node,
    agent: Node,
    customer: Node,
}

/// A company with an agent with a customer.
async fn tree(house: &House) -> Tree {
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

async fn load(house: &House, id: NodeId) -> Node {
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

fn member(node_id: NodeId, email: &str, role: Role) -> NewMember {
    NewMember {
        node_id,
        email: email.into(),
        name: "Somebody".into(),
        role,
        locale: Some("it".into()),
        password: Secret::new(PASSWORD.into()),
    }
}

fn id_of(principal: &Principal) -> MemberId {
    principal.member().unwrap().id
}

#[tokio::test]
async fn nobody_gives_a_role_beyond_its_own() {
    // R-TEN-03
    let house = House::build().await;
    let tree = tree(&house).await;
    let boss = house
        .member(
            &house.acme.tenant,
            tree.company.id,
            BuiltInRole::SubcompanyAdmin,
        )
        .await;
    let scope = house.scope_of(&boss, PermissionKey::MemberCreate).unwrap();
    let granter = Granter::Principal(&boss);
    for (role, node, email) in [
        (BuiltInRole::ResellerAdmin, tree.company.id, "a@x.test"),
        (BuiltInRole::ResellerAdmin, tree.agent.id, "b@x.test"),
    ] {
        let refused = house
            .platform
            .create_member(&scope, granter, &member(node, email, Role::BuiltIn(role)))
            .await;
        assert!(
            matches!(refused, Err(AppError::ExceedsOwnRights)),
            "{refused:?}"
        );
    }
    let agent = Role::BuiltIn(BuiltInRole::Agent);
    let made = house
        .platform
        .create_member(&scope, granter, &member(tree.agent.id, " C@X.test", agent))
        .await
        .unwrap();
    assert_eq!(made.email, "c@x.test");
    let again = house
        .platform
        .create_member(&scope, granter, &member(tree.agent.id, "c@x.TEST", agent))
        .await;
    assert!(matches!(again, Err(AppError::Taken { pointer: "/email" })));
    let change = MemberChange {
        role: Some(Role::BuiltIn(BuiltInRole::ResellerAdmin)),
        ..MemberChange::default()
    };
    let refused = house
        .platform
        .update_member(&scope, granter, (made.id, 1), &change)
        .await;
    assert!(matches!(refused, Err(AppError::ExceedsOwnRights)));
    let elsewhere = member(house.acme.root.id, "d@x.test", agent);
    let refused = house
        .platform
        .create_member(&scope, granter, &elsewhere)
        .await;
    assert!(matches!(refused, Err(AppError::NotFound("node"))));
}

#[tokio::test]
async fn the_operators_role_is_not_to_be_had_in_a_resellers_tenant() {
    // R-TEN-01 R-TEN-03
    let house = House::build().await;
    let request = member(
        house.acme.root.id,
        "a@x.test",
        Role::BuiltIn(BuiltInRole::Superadmin),
    );
    let scope = house.scope(&house.acme.tenant);
    let refused = house
        .platform
        .create_member(&scope, Granter::Console(&house.console), &request)
        .await;
    let Err(AppError::Invalid(faults)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(
        (faults[0].pointer.as_str(), faults[0].code),
        ("/role", FaultCode::Unknown)
    );
}

#[tokio::test]
async fn whoever_may_more_is_out_of_reach_and_nobody_promotes_itself() {
    // R-TEN-03
    let house = House::build().await;
    let tree = tree(&house).await;
    let boss = house
        .member(
            &house.acme.tenant,
            tree.company.id,
            BuiltInRole::SubcompanyAdmin,
        )
        .await;
    // A reseller's administrator who happens to sit inside the company.
    let admin = house
        .member(
            &house.acme.tenant,
            tree.agent.id,
            BuiltInRole::ResellerAdmin,
        )
        .await;
    let scope = house.scope_of(&boss, PermissionKey::MemberReset).unwrap();
    let (platform, granter) = (&house.platform, Granter::Principal(&boss));
    let password = Secret::new("another horse battery".into());
    for refused in [
        platform
            .reset_password(&scope, granter, id_of(&admin), &password)
            .await,
        platform
            .remove_second_factor(&scope, granter, id_of(&admin))
            .await,
        platform
            .suspend_member(&scope, granter, id_of(&admin))
            .await
            .map(drop),
        platform
            .reset_password(&scope, granter, id_of(&boss), &password)
            .await,
        platform
            .suspend_member(&scope, granter, id_of(&boss))
            .await
            .map(drop),
    ] {
        assert!(
            matches!(refused, Err(AppError::ExceedsOwnRights)),
            "{refused:?}"
        );
    }
    let change = MemberChange {
        role: Some(Role::BuiltIn(BuiltInRole::Agent)),
        ..MemberChange::default()
    };
    let refused = platform
        .update_member(&scope, granter, (id_of(&boss), 1), &change)
        .await;
    assert!(matches!(refused, Err(AppError::ExceedsOwnRights)));
    let change = MemberChange {
        name: Some("Ana".into()),
        ..MemberChange::default()
    };
    let renamed = platform
        .update_member(&scope, granter, (id_of(&boss), 1), &change)
        .await
        .unwrap();
    assert_eq!(renamed.name, "Ana");
}

#[tokio::test]
async fn a_reset_ends_what_was_and_a_suspension_shuts_out() {
    // R-TEN-07
    let house = House::build().await;
    let tree = tree(&house).await;
    let agent = house
        .member(&house.acme.tenant, tree.agent.id, BuiltInRole::Agent)
        .await;
    let email = agent.member().unwrap().email.clone();
    let (scope, granter) = (
        house.scope(&house.acme.tenant),
        Granter::Console(&house.console),
    );
    let (platform, id) = (&house.platform, id_of(&agent));
    let short = platform
        .reset_password(&scope, granter, id, &Secret::new("short".into()))
        .await;
    assert!(matches!(short, Err(AppError::Invalid(_))));
    let before = house
        .write(&scope, move |tx| Ok(members::find(tx, id)?))
        .await
        .unwrap()
        .unwrap();
    platform
        .reset_password(
            &scope,
            granter,
            id,
            &Secret::new("another horse battery".into()),
        )
        .await
        .unwrap();
    let after = house
        .write(&scope, move |tx| Ok(members::find(tx, id)?))
        .await
        .unwrap()
        .unwrap();
    assert!(after.credentials_epoch > before.credentials_epoch);
    assert!(house.sign_in(&house.acme.tenant, &email).await.is_none());
    platform
        .reset_password(&scope, granter, id, &Secret::new(PASSWORD.into()))
        .await
        .unwrap();
    platform.suspend_member(&scope, granter, id).await.unwrap();
    assert!(house.sign_in(&house.acme.tenant, &email).await.is_none());
    let twice = platform.suspend_member(&scope, granter, id).await;
    assert!(matches!(
        twice,
        Err(AppError::WrongState { noun: "member", .. })
    ));
    platform
        .reinstate_member(&scope, granter, id)
        .await
        .unwrap();
    assert!(house.sign_in(&house.acme.tenant, &email).await.is_some());
}

#[tokio::test]
async fn five_wrong_passwords_lock_out_and_somebody_unlocks() {
    // R-TEN-07
    let house = House::build().await;
    let tree = tree(&house).await;
    let agent = house
        .member(&house.acme.tenant, tree.agent.id, BuiltInRole::Agent)
        .await;
    let (scope, id) = (house.scope(&house.acme.tenant), id_of(&agent));
    let until = house.clock.now().checked_add_seconds(900).unwrap();
    house
        .write(&scope, move |tx| Ok(members::lock(tx, id, until)?))
        .await
        .unwrap();
    let email = &agent.member().unwrap().email;
    assert!(house.sign_in(&house.acme.tenant, email).await.is_none());
    house
        .platform
        .unlock_member(&scope, Granter::Console(&house.console), id)
        .await
        .unwrap();
    assert!(house.sign_in(&house.acme.tenant, email).await.is_some());
}

#[tokio::test]
async fn an_api_key_is_cut_from_its_makers_rights_and_shown_once() {
    // R-TEN-07
    let house = House::build().await;
    let tree = tree(&house).await;
    let agent = house
        .member(
            &house.acme.tenant,
            tree.agent.id,
            BuiltInRole::SubcompanyAdmin,
        )
        .await;
    let scope = house.scope_of(&agent, PermissionKey::ApiKeyCreate).unwrap();
    let request = |role, permissions: &[&str]| NewApiKey {
        node_id: tree.agent.id,
        name: "shop".into(),
        role: Role::BuiltIn(role),
        permissions: permissions.iter().map(|code| (*code).to_owned()).collect(),
        expires_at: None,
    };
    let (platform, granter) = (&house.platform, Granter::Principal(&agent));
    let refused = platform
        .create_api_key(&scope, granter, &request(BuiltInRole::ResellerAdmin, &[]))
        .await;
    assert!(matches!(refused, Err(AppError::ExceedsOwnRights)));
    let refused = platform
        .create_api_key(
            &scope,
            granter,
            &request(BuiltInRole::Agent, &["license.fly"]),
        )
        .await;
    let Err(AppError::Invalid(faults)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(
        (faults[0].pointer.as_str(), faults[0].code),
        ("/permissions/0", FaultCode::Unknown)
    );
    let cut = request(
        BuiltInRole::ResellerAdmin,
        &["license.issue", "license.issue"],
    );
    let (key, secret) = platform
        .create_api_key(&scope, granter, &cut)
        .await
        .unwrap();
    assert_eq!(key.permissions, ["license.issue"]);
    assert!(secret.expose().starts_with(alvara_tenants::API_KEY_PREFIX));

    let id = key.id;
    house
        .write(&scope, move |tx| revoke_api_key(tx, id))
        .await
        .unwrap();
    let twice = house.write(&scope, move |tx| revoke_api_key(tx, id)).await;
    assert!(matches!(
        twice,
        Err(AppError::WrongState {
            noun: "API key",
            ..
        })
    ));
    let whole = house.scope(&house.acme.tenant);
    let chain = house
        .write(&whole, |tx| {
            Ok(audit::list(
                tx,
                &audit::AuditFilter::default(),
                &PageRequest::new(Some(200), None),
            )?)
        })
        .await
        .unwrap();
    assert!(
        chain
            .items
            .iter()
            .any(|entry| entry.action == "api_key.created")
    );
    for entry in chain.items {
        for told in [&entry.before, &entry.after] {
            assert!(
                !told.contains(secret.expose())
                    && !told.contains("argon2")
                    && !told.contains(PASSWORD),
                "{told}"
            );
        }
    }
}

#[tokio::test]
async fn a_profile_never_exceeds_its_maker_and_a_member_may_have_it() {
    // R-TEN-03
    let house = House::build().await;
    let admin = house
        .member(
            &house.acme.tenant,
            house.acme.root.id,
            BuiltInRole::ResellerAdmin,
        )
        .await;
    let scope = house.scope_of(&admin, PermissionKey::RoleCreate).unwrap();
    let rule = |module: &str, action: &str| Rule {
        module: module.into(),
        action: action.into(),
        scope: RuleScope::Tree,
        effect: Effect::Allow,
    };
    let greedy = ProfileText {
        name: "Greedy".into(),
        rules: vec![rule("license", "read"), rule("tenant", "create")],
    };
    let maker = admin.clone();
    let refused = house
        .write(&scope, move |tx| create_profile(tx, &maker, &greedy))
        .await;
    let Err(AppError::Invalid(faults)) = refused else {
        panic!("{refused:?}")
    };
    assert!(faults[0].pointer.starts_with("/rules/1"), "{faults:?}");

    let modest = ProfileText {
        name: "Desk".into(),
        rules: vec![rule("license", "read")],
    };
    let (maker, again) = (admin.clone(), modest.clone());
    let profile = house
        .write(&scope, move |tx| create_profile(tx, &maker, &modest))
        .await
        .unwrap();
    let maker = admin.clone();
    let taken = house
        .write(&scope, move |tx| create_profile(tx, &maker, &again))
        .await;
    assert!(matches!(taken, Err(AppError::Taken { pointer: "/name" })));

    let request = member(house.acme.root.id, "desk@x.test", Role::Profile(profile.id));
    house
        .platform
        .create_member(&scope, Granter::Principal(&admin), &request)
        .await
        .unwrap();
    let desk = house
        .sign_in(&house.acme.tenant, "desk@x.test")
        .await
        .unwrap();
    assert!(
        desk.reach(PermissionKey::LicenseRead).is_some()
            && desk.reach(PermissionKey::LicenseRenew).is_none()
    );
    let wider = ProfileText {
        name: "Desk".into(),
        rules: vec![rule("license", "read"), rule("license", "renew")],
    };
    let id = profile.id;
    house
        .write(&scope, move |tx| {
            update_profile(tx, &admin, (id, 1), &wider)
        })
        .await
        .unwrap();
    let desk = house
        .sign_in(&house.acme.tenant, "desk@x.test")
        .await
        .unwrap();
    assert!(desk.reach(PermissionKey::LicenseRenew).is_some());
}

#[tokio::test]
async fn a_suspended_tenant_is_shut_and_the_operators_own_never() {
    // R-TEN-02
    let house = House::build().await;
    let (acme, operator) = (house.acme.tenant.id, house.operator.tenant.id);
    house
        .platform_write(move |tx| suspend_tenant(tx, acme))
        .await
        .unwrap();
    assert!(
        house
            .sign_in(&house.acme.tenant, "admin@acme.test")
            .await
            .is_none()
    );
    assert!(
        house
            .sign_in(&house.bella.tenant, "admin@bella.test")
            .await
            .is_some()
    );
    let twice = house
        .platform_write(move |tx| suspend_tenant(tx, acme))
        .await;
    assert!(matches!(
        twice,
        Err(AppError::WrongState { noun: "tenant", .. })
    ));
    house
        .platform_write(move |tx| reinstate_tenant(tx, acme))
        .await
        .unwrap();
    assert!(
        house
            .sign_in(&house.acme.tenant, "admin@acme.test")
            .await
            .is_some()
    );
    let refused = house
        .platform_write(move |tx| suspend_tenant(tx, operator))
        .await;
    assert!(matches!(refused, Err(AppError::ExceedsOwnRights)));
}

#[tokio::test]
async fn a_host_name_leads_to_one_tenant() {
    // R-TEN-01
    let house = House::build().await;
    let (acme, bella) = (house.acme.tenant.id, house.bella.tenant.id);
    let name = house
        .platform_write(move |tx| add_host(tx, acme, "Licenses.Example.com."))
        .await
        .unwrap();
    assert_eq!(name, "licenses.example.com");
    let taken = house
        .platform_write(move |tx| add_host(tx, bella, "licenses.example.com"))
        .await;
    assert!(matches!(taken, Err(AppError::Taken { pointer: "/host" })));
    let missing = house
        .platform_write(move |tx| remove_host(tx, bella, "licenses.example.com"))
        .await;
    assert!(matches!(missing, Err(AppError::NotFound("host"))));
    house
        .platform_write(move |tx| remove_host(tx, acme, "licenses.example.com"))
        .await
        .unwrap();
    house
        .platform_write(move |tx| add_host(tx, bella, "licenses.example.com"))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_tenant_changes_its_settings_but_not_to_anothers_product() {
    // R-TEN-01
    let house = House::build().await;
    let (own, foreign) = (
        house.product(&house.acme.tenant, "cad").await.id,
        house.product(&house.bella.tenant, "cad").await.id,
    );
    let scope = house.scope(&house.acme.tenant);
    let change = TenantChange {
        default_product_id: Some(Some(foreign)),
        ..TenantChange::default()
    };
    let refused = house
        .write(&scope, move |tx| update_tenant(tx, 1, &change))
        .await;
    let Err(AppError::Invalid(faults)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(faults[0].pointer, "/default_product_id");
    let change = TenantChange {
        default_product_id: Some(Some(own)),
        name: Some("Acme".into()),
        ..TenantChange::default()
    };
    let changed = house
        .write(&scope, move |tx| update_tenant(tx, 1, &change))
        .await
        .unwrap();
    assert_eq!(
        (changed.default_product_id, changed.version),
        (Some(own), 2)
    );
}
