use alvara_domain::id::ProfileId;
use alvara_domain::node::{NodeKind, NodeState, Tenant};
use alvara_store::members::MemberState;
use alvara_store::profiles::{self, Profile};
use alvara_store::{Reach, StoreResult};
use alvara_tenants::{Denied, Effect, PermissionKey, Rule, RuleScope, check_profile};

use crate::world::{PASSWORD, World, is_unauthenticated};

const HOST: &str = "acme.localhost";

fn rule(module: &str, action: &str, scope: RuleScope, effect: Effect) -> Rule {
    Rule {
        module: module.into(),
        action: action.into(),
        scope,
        effect,
    }
}

async fn add_profile(world: &World, tenant: &Tenant, rules: &[Rule]) -> ProfileId {
    let (id, rules) = (tenant.id, serde_json::to_value(rules).unwrap());
    let scope = world.console.scope(tenant);
    let added = world.gate.db().write(&scope, move |tx| {
        let profile = Profile {
            tenant_id: id,
            id: tx.new_id()?,
            name: "Helper".to_owned(),
            rules: rules.clone(),
            created_at: tx.now(),
            updated_at: tx.now(),
            version: 1,
        };
        profiles::insert(tx, &profile)?;
        StoreResult::Ok(profile.id)
    });
    added.await.unwrap()
}

#[tokio::test]
async fn each_role_sees_its_own_part_of_the_tree() {
    // R-TEN-03
    let world = World::new().await;
    let company = world
        .place(&world.acme, world.acme.root_node_id, NodeKind::Subcompany)
        .await;
    let agent = world.place(&world.acme, company.id, NodeKind::Agent).await;
    let customer = world.place(&world.acme, agent.id, NodeKind::Customer).await;
    for (place, role, key, expected) in [
        (
            &company,
            "subcompany_admin",
            PermissionKey::MemberCreate,
            Some(Reach::Tree),
        ),
        (
            &company,
            "subcompany_admin",
            PermissionKey::ProductCreate,
            None,
        ),
        (
            &agent,
            "agent",
            PermissionKey::LicenseIssue,
            Some(Reach::Tree),
        ),
        (&agent, "agent", PermissionKey::LicenseRevoke, None),
        (
            &customer,
            "customer",
            PermissionKey::LicenseRead,
            Some(Reach::Own),
        ),
        (&customer, "customer", PermissionKey::LicenseIssue, None),
    ] {
        let email = format!("{role}-{}-{}@acme.test", key.module(), key.action());
        world.member(&world.acme, place, &email, role).await;
        let who = world.sign_in(HOST, &email).await.principal;
        match (world.scope(&who, HOST, key).await, expected) {
            (Ok(scope), Some(reach)) => {
                assert_eq!(
                    (scope.path(), scope.reach()),
                    (&place.path, reach),
                    "{role} {key}"
                );
            }
            (Err(Denied::Forbidden), None) => {}
            (found, _) => panic!("{role} {key}: {found:?}"),
        }
    }
}

#[tokio::test]
async fn a_suspended_place_shuts_out_everybody_below_and_nobody_beside() {
    // R-TEN-02
    let world = World::new().await;
    let company = world
        .place(&world.acme, world.acme.root_node_id, NodeKind::Subcompany)
        .await;
    let agent = world.place(&world.acme, company.id, NodeKind::Agent).await;
    let beside = world
        .place(&world.acme, world.acme.root_node_id, NodeKind::Agent)
        .await;
    world
        .member(&world.acme, &agent, "below@acme.test", "agent")
        .await;
    world
        .member(&world.acme, &beside, "beside@acme.test", "agent")
        .await;
    let below = world.sign_in(HOST, "below@acme.test").await;
    let sibling = world.sign_in(HOST, "beside@acme.test").await;
    let (_, key) = world.api_key(&world.acme, agent.id, "agent", &[]).await;
    world
        .set_place(&world.acme, company.id, NodeState::Suspended)
        .await;
    assert!(is_unauthenticated(
        world.with_session(HOST, &below.secret).await
    ));
    assert!(is_unauthenticated(world.with_bearer(HOST, &key).await));
    assert!(
        world
            .try_sign_in(HOST, "below@acme.test", PASSWORD, None)
            .await
            .is_err()
    );
    assert!(world.with_session(HOST, &sibling.secret).await.is_ok());
    world
        .set_place(&world.acme, company.id, NodeState::Active)
        .await;
    assert!(world.with_session(HOST, &below.secret).await.is_ok());
}

#[tokio::test]
async fn a_disabled_member_is_out_at_once() {
    // R-TEN-07
    let world = World::new().await;
    let agent = world
        .place(&world.acme, world.acme.root_node_id, NodeKind::Agent)
        .await;
    let id = world
        .member(&world.acme, &agent, "bia@acme.test", "agent")
        .await;
    let bia = world.sign_in(HOST, "bia@acme.test").await;
    world
        .edit_member(&world.acme, id, |member| {
            member.state = MemberState::Disabled
        })
        .await;
    assert!(is_unauthenticated(
        world.with_session(HOST, &bia.secret).await
    ));
    assert!(
        world
            .try_sign_in(HOST, "bia@acme.test", PASSWORD, None)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_custom_profile_is_enforced_and_its_change_counts_at_once() {
    // R-TEN-03
    let world = World::new().await;
    let agent = world
        .place(&world.acme, world.acme.root_node_id, NodeKind::Agent)
        .await;
    let first = [
        rule("license", "*", RuleScope::Tree, Effect::Allow),
        rule("license", "revoke", RuleScope::Tree, Effect::Deny),
        rule("machine", "read", RuleScope::Own, Effect::Allow),
        // What no profile may bear is not borne even when a row says so.
        rule("tenant", "*", RuleScope::Tree, Effect::Allow),
    ];
    let profile = add_profile(&world, &world.acme, &first).await;
    world
        .member(&world.acme, &agent, "bia@acme.test", &profile.to_string())
        .await;
    let session = world.sign_in(HOST, "bia@acme.test").await;
    let bia = session.principal;
    assert_eq!(bia.reach(PermissionKey::LicenseRenew), Some(Reach::Tree));
    assert_eq!(bia.reach(PermissionKey::MachineRead), Some(Reach::Own));
    for key in [
        PermissionKey::LicenseRevoke,
        PermissionKey::MachineBlock,
        PermissionKey::TenantRead,
    ] {
        assert!(
            matches!(world.scope(&bia, HOST, key).await, Err(Denied::Forbidden)),
            "{key}"
        );
    }
    let scope = world.console.scope(&world.acme);
    let second =
        serde_json::to_value([rule("machine", "*", RuleScope::Tree, Effect::Allow)]).unwrap();
    let changed = world.gate.db().write(&scope, move |tx| {
        let mut row = profiles::find(tx, profile)?.unwrap();
        row.rules = second.clone();
        profiles::update(tx, &row)
    });
    changed.await.unwrap();
    let bia = world.with_session(HOST, &session.secret).await.unwrap();
    assert_eq!(bia.reach(PermissionKey::LicenseRenew), None);
    assert_eq!(bia.reach(PermissionKey::MachineBlock), Some(Reach::Tree));
}

#[tokio::test]
async fn a_profile_of_the_operators_bears_no_platform_permission_either() {
    // R-TEN-01
    let world = World::new().await;
    let agent = world
        .place(
            &world.operator,
            world.operator.root_node_id,
            NodeKind::Agent,
        )
        .await;
    let profile = add_profile(
        &world,
        &world.operator,
        &[rule("*", "*", RuleScope::Tree, Effect::Allow)],
    )
    .await;
    world
        .member(
            &world.operator,
            &agent,
            "bia@operator.test",
            &profile.to_string(),
        )
        .await;
    let session = world.sign_in("localhost", "bia@operator.test").await;
    assert_eq!(
        session.principal.reach(PermissionKey::LicenseRevoke),
        Some(Reach::Tree)
    );
    assert!(
        session
            .principal
            .permissions()
            .all(|(key, _)| !key.is_platform())
    );
    assert!(is_unauthenticated(
        world.with_session(HOST, &session.secret).await
    ));
}

#[tokio::test]
async fn a_profile_of_another_tenant_is_no_role() {
    // R-TEN-01
    let world = World::new().await;
    let agent = world
        .place(&world.acme, world.acme.root_node_id, NodeKind::Agent)
        .await;
    let foreign = add_profile(
        &world,
        &world.bella,
        &[rule("license", "*", RuleScope::Tree, Effect::Allow)],
    )
    .await;
    world
        .member(&world.acme, &agent, "bia@acme.test", &foreign.to_string())
        .await;
    assert!(
        world
            .try_sign_in(HOST, "bia@acme.test", PASSWORD, None)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn what_a_member_lacks_it_cannot_put_into_a_profile() {
    // R-TEN-03
    let world = World::new().await;
    let agent = world
        .place(&world.acme, world.acme.root_node_id, NodeKind::Agent)
        .await;
    world
        .member(&world.acme, &agent, "bia@acme.test", "agent")
        .await;
    let ana = world.sign_in(HOST, "admin@acme.test").await.principal;
    let bia = world.sign_in(HOST, "bia@acme.test").await.principal;
    let rules = [rule("license", "revoke", RuleScope::Tree, Effect::Allow)];
    assert_eq!(check_profile(&rules, &ana), Ok(()));
    assert_eq!(
        check_profile(&rules, &bia).unwrap_err()[0].pointer,
        "/rules/0"
    );
}
