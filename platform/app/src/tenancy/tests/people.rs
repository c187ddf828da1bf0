//! Members, roles and API keys.
use alvara_domain::fault::FaultCode;
use alvara_domain::id::{MemberId, NodeId};
use alvara_store::page::PageRequest;
use alvara_store::{audit, members};
use alvara_tenants::{BuiltInRole, Effect, PermissionKey, Principal, Role, Rule, RuleScope};
use alvara_vault::Secret;

use super::super::*;
use super::places::tree;
use crate::test_house::{House, PASSWORD};

fn member(node_id: NodeId, email: &str, role: Role) -> NewMember {
    NewMember {
        node_id,
        email: email.into(),
        name: "Somebody".into(),
        role,
        locale: Some("it".into()),
        password: Some(Secret::new(PASSWORD.into())),
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
