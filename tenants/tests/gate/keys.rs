use alvara_domain::node::NodeKind;
use alvara_store::{Actor, Reach, api_keys};
use alvara_tenants::{Denied, PermissionKey, Role, TokenRefused, TokenRequest};
use alvara_vault::Secret;

use crate::world::{World, is_unauthenticated, origin};

const HOST: &str = "acme.localhost";

#[tokio::test]
async fn a_key_bears_only_what_it_was_given_at_its_place() {
    // R-TEN-07
    let world = World::new().await;
    let agent = world
        .place(&world.acme, world.acme.root_node_id, NodeKind::Agent)
        .await;
    let (id, secret) = world
        .api_key(
            &world.acme,
            agent.id,
            "agent",
            &[PermissionKey::LicenseRead, PermissionKey::LicenseRevoke],
        )
        .await;
    let program = world.with_bearer(HOST, &secret).await.unwrap();
    assert_eq!(program.actor(), Actor::ApiKey(id));
    let scope = world
        .scope(&program, HOST, PermissionKey::LicenseRead)
        .await
        .unwrap();
    assert_eq!((scope.path(), scope.reach()), (&agent.path, Reach::Tree));
    for key in [
        PermissionKey::LicenseIssue,
        PermissionKey::LicenseRevoke,
        PermissionKey::TenantRead,
    ] {
        assert!(
            matches!(
                world.scope(&program, HOST, key).await,
                Err(Denied::Forbidden)
            ),
            "{key}"
        );
    }
    assert_eq!(program.permissions().count(), 1);
    assert!(is_unauthenticated(
        world
            .with_bearer(HOST, &Secret::new(format!("{}x", secret.expose())))
            .await
    ));
}

#[tokio::test]
async fn a_key_of_a_reseller_never_bears_a_platform_permission() {
    // R-TEN-01
    let world = World::new().await;
    let root = world.acme.root_node_id;
    let (_, secret) = world
        .api_key(
            &world.acme,
            root,
            "reseller_admin",
            &[PermissionKey::TenantCreate],
        )
        .await;
    let program = world.with_bearer(HOST, &secret).await.unwrap();
    assert_eq!(program.permissions().count(), 0);
    // Somebody wrote the operator's role into a reseller's row: it is no role there.
    let (_, secret) = world.api_key(&world.acme, root, "superadmin", &[]).await;
    assert!(is_unauthenticated(world.with_bearer(HOST, &secret).await));
}

#[tokio::test]
async fn keys_end_by_time_and_by_revocation_and_so_do_their_tokens() {
    // R-TEN-07
    let world = World::new().await;
    let (id, secret) = world
        .api_key(&world.acme, world.acme.root_node_id, "reseller_admin", &[])
        .await;
    let (client_id, host) = (id.to_string(), world.host(HOST).await);
    let request = TokenRequest::ClientCredentials {
        client_id: &client_id,
        client_secret: secret.expose(),
    };
    let grant = world
        .gate
        .issue_token(&host, request, &origin())
        .await
        .unwrap();
    assert!(grant.refresh_token.is_none());
    assert_eq!(
        world
            .with_bearer(HOST, &grant.access_token)
            .await
            .unwrap()
            .actor(),
        Actor::ApiKey(id)
    );
    let (other, _) = world
        .api_key(&world.acme, world.acme.root_node_id, "agent", &[])
        .await;
    let wrong_id = other.to_string();
    for request in [
        TokenRequest::ClientCredentials {
            client_id: &wrong_id,
            client_secret: secret.expose(),
        },
        TokenRequest::ClientCredentials {
            client_id: &client_id,
            client_secret: "alv_wrong",
        },
        TokenRequest::ClientCredentials {
            client_id: "nonsense",
            client_secret: secret.expose(),
        },
    ] {
        let refused = world.gate.issue_token(&host, request, &origin()).await;
        assert!(matches!(refused, Err(TokenRefused::InvalidClient)));
    }
    let bella = world.host("bella.localhost").await;
    assert!(
        world
            .gate
            .issue_token(&bella, request, &origin())
            .await
            .is_err()
    );
    let scope = world.console.scope(&world.acme);
    assert!(
        world
            .gate
            .db()
            .write(&scope, move |tx| api_keys::revoke(tx, id))
            .await
            .unwrap()
    );
    assert!(is_unauthenticated(world.with_bearer(HOST, &secret).await));
    assert!(is_unauthenticated(
        world.with_bearer(HOST, &grant.access_token).await
    ));
    let (_, short) = world
        .api_key(&world.acme, world.acme.root_node_id, "reseller_admin", &[])
        .await;
    world.wait(3599);
    assert!(world.with_bearer(HOST, &short).await.is_ok());
    world.wait(1);
    assert!(is_unauthenticated(world.with_bearer(HOST, &short).await));
}

#[tokio::test]
async fn nobody_gives_away_more_than_it_has() {
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
    let boss = world
        .sign_in("localhost", "admin@operator.test")
        .await
        .principal;
    let acme = world.console.scope(&world.acme);
    let home = world.console.scope(&world.operator);
    let role = |name: &str| name.parse::<Role>().unwrap();
    let may = async |who, scope, name, only| {
        world
            .gate
            .may_grant(who, scope, role(name), only)
            .await
            .unwrap()
    };
    assert!(may(&ana, &acme, "reseller_admin", None).await);
    assert!(may(&ana, &acme, "customer", None).await);
    assert!(!may(&ana, &acme, "superadmin", None).await);
    assert!(may(&bia, &acme, "agent", None).await);
    assert!(!may(&bia, &acme, "subcompany_admin", None).await);
    let read = [PermissionKey::LicenseRead].into_iter().collect();
    assert!(may(&bia, &acme, "subcompany_admin", Some(read)).await);
    assert!(may(&boss, &acme, "reseller_admin", None).await);
    assert!(!may(&boss, &acme, "superadmin", None).await);
    assert!(may(&boss, &home, "superadmin", None).await);
    let missing = format!("rol_{}", "0".repeat(26));
    assert!(!may(&ana, &acme, &missing, None).await);
}
