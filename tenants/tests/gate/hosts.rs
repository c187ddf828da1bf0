use alvara_domain::node::TenantState;
use alvara_store::{hosts, tenants};
use alvara_tenants::permissions::{LicenseRead, TenantCreate};
use alvara_tenants::{Denied, HostTenant, PermissionKey, ProvisionRefused};

use crate::world::{World, is_unauthenticated, new_tenant, origin};

#[tokio::test]
async fn names_lead_to_their_tenant() {
    // R-TEN-01
    let world = World::new().await;
    for shared in [
        "localhost:8080",
        "LOCALHOST",
        "127.0.0.1:8080",
        "[::1]:8080",
    ] {
        assert_eq!(world.host(shared).await, HostTenant::Shared, "{shared}");
    }
    for acme in ["acme.localhost", "Acme.LocalHost:8080", "acme.localhost."] {
        assert_eq!(
            world.host(acme).await.tenant_id(),
            Some(world.acme.id),
            "{acme}"
        );
    }
    for unknown in [
        "nobody.localhost",
        "acme.localhost.evil.test",
        "evil.test",
        "x.acme.localhost",
        "",
        "a b",
    ] {
        assert_eq!(world.host(unknown).await, HostTenant::Unknown, "{unknown}");
    }
    let scope = world.console.scope(&world.acme);
    world
        .gate
        .db()
        .write(&scope, |tx| hosts::insert(tx, "licencas.acme.test"))
        .await
        .unwrap();
    assert_eq!(
        world.host("licencas.acme.test").await.tenant_id(),
        Some(world.acme.id)
    );
}

#[tokio::test]
async fn a_foreign_tenants_credential_counts_for_nothing() {
    // R-TEN-01
    let world = World::new().await;
    let session = world.sign_in("acme.localhost", "admin@acme.test").await;
    assert!(
        world
            .with_session("acme.localhost", &session.secret)
            .await
            .is_ok()
    );
    assert!(is_unauthenticated(
        world.with_session("bella.localhost", &session.secret).await
    ));
    assert!(is_unauthenticated(
        world
            .with_session("nobody.localhost", &session.secret)
            .await
    ));
    let (_, key) = world
        .api_key(&world.acme, world.acme.root_node_id, "reseller_admin", &[])
        .await;
    assert!(is_unauthenticated(
        world.with_bearer("bella.localhost", &key).await
    ));
    assert_eq!(
        world.with_bearer("localhost", &key).await.unwrap().tenant(),
        world.acme.id
    );
    // Even with a principal in hand, another tenant's host gives no scope.
    let scope = world
        .scope(
            &session.principal,
            "bella.localhost",
            PermissionKey::LicenseRead,
        )
        .await;
    assert!(matches!(scope, Err(Denied::Unauthenticated)));
    // And the address of one tenant's member means nothing at another's.
    assert!(
        world
            .try_sign_in(
                "bella.localhost",
                "admin@acme.test",
                crate::world::PASSWORD,
                None
            )
            .await
            .is_err()
    );
}

#[tokio::test]
async fn the_operator_acts_everywhere_and_a_reseller_nowhere_else() {
    // R-TEN-03
    let world = World::new().await;
    let boss = world.sign_in("localhost", "admin@operator.test").await;
    let at_acme = world
        .with_session("acme.localhost", &boss.secret)
        .await
        .unwrap();
    let host = world.host("acme.localhost").await;
    let scope = world
        .gate
        .authorize::<LicenseRead>(&at_acme, &host, &origin())
        .unwrap();
    assert_eq!(scope.tenant(), world.acme.id);
    assert!(scope.is_whole_tenant());
    let at_home = world
        .gate
        .authorize::<LicenseRead>(&at_acme, &HostTenant::Shared, &origin())
        .unwrap();
    assert_eq!(at_home.tenant(), world.operator.id);
    assert!(
        world
            .gate
            .platform::<TenantCreate>(&at_acme, &origin())
            .is_ok()
    );
    // A platform permission gives no scope within a tenant, and no reseller has one.
    assert!(matches!(
        world
            .gate
            .authorize::<TenantCreate>(&at_acme, &host, &origin()),
        Err(Denied::Forbidden)
    ));
    let ana = world
        .sign_in("acme.localhost", "admin@acme.test")
        .await
        .principal;
    assert!(matches!(
        world.gate.platform::<TenantCreate>(&ana, &origin()),
        Err(Denied::Forbidden)
    ));
    assert!(ana.permissions().all(|(key, _)| !key.is_platform()));
}

#[tokio::test]
async fn a_suspended_tenant_lets_nobody_in_but_the_operator() {
    // R-TEN-02
    let world = World::new().await;
    let ana = world.sign_in("acme.localhost", "admin@acme.test").await;
    let (_, key) = world
        .api_key(&world.acme, world.acme.root_node_id, "reseller_admin", &[])
        .await;
    let id = world.acme.id;
    let suspend = |state| {
        let scope = world.console.platform();
        let db = world.gate.db().clone();
        async move {
            db.platform_write(&scope, move |tx| tenants::change_state(tx, id, state))
                .await
                .unwrap()
        }
    };
    assert!(suspend(TenantState::Suspended).await);
    assert!(is_unauthenticated(
        world.with_session("acme.localhost", &ana.secret).await
    ));
    assert!(is_unauthenticated(
        world.with_bearer("acme.localhost", &key).await
    ));
    assert!(
        world
            .try_sign_in(
                "acme.localhost",
                "admin@acme.test",
                crate::world::PASSWORD,
                None
            )
            .await
            .is_err()
    );
    let boss = world.sign_in("localhost", "admin@operator.test").await;
    assert!(
        world
            .with_session("acme.localhost", &boss.secret)
            .await
            .is_ok()
    );
    assert!(suspend(TenantState::Active).await);
    assert!(
        world
            .with_session("acme.localhost", &ana.secret)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn provisioning_is_whole_or_nothing_and_the_operator_is_made_once() {
    // R-TEN-01
    let world = World::new().await;
    assert!(
        world
            .console
            .provision_operator(new_tenant("second"))
            .await
            .unwrap()
            .is_none()
    );
    let scope = world.console.platform();
    let again = world.gate.provision(&scope, new_tenant("acme")).await;
    assert!(matches!(again, Err(ProvisionRefused::SlugTaken)));
    let mut odd = new_tenant("www");
    odd.admin_email = "nobody".into();
    odd.admin_password = "short".into();
    odd.name = " ".into();
    match world.gate.provision(&scope, odd).await {
        Err(ProvisionRefused::Invalid(faults)) => {
            let pointers: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
            assert_eq!(
                pointers,
                ["/slug", "/name", "/admin/email", "/admin/password"]
            );
        }
        other => panic!("{other:?}"),
    }
    // A host name that leads elsewhere undoes the whole of it.
    let acme = world.console.scope(&world.acme);
    world
        .gate
        .db()
        .write(&acme, |tx| hosts::insert(tx, "carla.localhost"))
        .await
        .unwrap();
    assert!(matches!(
        world.gate.provision(&scope, new_tenant("carla")).await,
        Err(ProvisionRefused::SlugTaken)
    ));
    assert!(world.console.tenant("carla").await.unwrap().is_none());
}
