use alvara_store::token_keys;
use alvara_tenants::permissions::TokenKeyRotate;
use alvara_tenants::{TokenGrant, TokenRefused, TokenRequest};
use alvara_vault::Secret;

use crate::world::{PASSWORD, World, is_unauthenticated, origin};

const HOST: &str = "acme.localhost";
const ANA: &str = "admin@acme.test";

async fn ask(
    world: &World,
    host: &str,
    request: TokenRequest<'_>,
) -> Result<TokenGrant, TokenRefused> {
    let host = world.host(host).await;
    world.gate.issue_token(&host, request, &origin()).await
}

async fn by_password(world: &World) -> TokenGrant {
    ask(
        world,
        HOST,
        TokenRequest::Password {
            username: ANA,
            password: PASSWORD,
            code: None,
        },
    )
    .await
    .unwrap()
}

async fn refresh(world: &World, host: &str, token: &Secret) -> Result<TokenGrant, TokenRefused> {
    ask(
        world,
        host,
        TokenRequest::Refresh {
            refresh_token: token.expose(),
        },
    )
    .await
}

#[tokio::test]
async fn an_access_token_is_good_for_its_time_at_its_tenant() {
    // R-TEN-07
    let world = World::new().await;
    let grant = by_password(&world).await;
    assert_eq!(grant.expires_in, 900);
    let principal = world.with_bearer(HOST, &grant.access_token).await.unwrap();
    assert_eq!(principal.member().unwrap().email, ANA);
    assert!(principal.member().unwrap().session.is_none());
    assert!(
        world
            .with_bearer("localhost", &grant.access_token)
            .await
            .is_ok()
    );
    assert!(is_unauthenticated(
        world
            .with_bearer("bella.localhost", &grant.access_token)
            .await
    ));
    world.wait(899);
    assert!(world.with_bearer(HOST, &grant.access_token).await.is_ok());
    world.wait(1);
    assert!(is_unauthenticated(
        world.with_bearer(HOST, &grant.access_token).await
    ));
    let wrong = TokenRequest::Password {
        username: ANA,
        password: "wrong horse battery",
        code: None,
    };
    assert!(matches!(
        ask(&world, HOST, wrong).await,
        Err(TokenRefused::InvalidGrant)
    ));
}

#[tokio::test]
async fn a_tampered_token_is_nobodys() {
    // R-TEN-07
    let world = World::new().await;
    let grant = by_password(&world).await;
    let token = grant.access_token.expose();
    for at in [0, token.len() / 2, token.len() - 2] {
        let mut bytes = token.as_bytes().to_vec();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let forged = Secret::new(String::from_utf8(bytes).unwrap());
        assert!(
            is_unauthenticated(world.with_bearer(HOST, &forged).await),
            "{at}"
        );
    }
    for odd in ["", "a.b.c", "alv_nothing", "Bearer"] {
        assert!(
            is_unauthenticated(world.with_bearer(HOST, &Secret::new(odd.to_owned())).await),
            "{odd}"
        );
    }
}

#[tokio::test]
async fn a_refresh_token_is_good_once_and_a_copy_ends_its_family() {
    // R-TEN-07
    let world = World::new().await;
    let first = by_password(&world).await.refresh_token.unwrap();
    let elsewhere = by_password(&world).await.refresh_token.unwrap();
    assert!(matches!(
        refresh(&world, "bella.localhost", &first).await,
        Err(TokenRefused::InvalidGrant)
    ));
    let second = refresh(&world, HOST, &first).await.unwrap();
    assert!(world.with_bearer(HOST, &second.access_token).await.is_ok());
    let third = refresh(&world, HOST, &second.refresh_token.unwrap())
        .await
        .unwrap()
        .refresh_token
        .unwrap();
    assert!(
        matches!(
            refresh(&world, HOST, &first).await,
            Err(TokenRefused::InvalidGrant)
        ),
        "used before"
    );
    assert!(
        matches!(
            refresh(&world, HOST, &third).await,
            Err(TokenRefused::InvalidGrant)
        ),
        "its family ended"
    );
    assert!(
        refresh(&world, HOST, &elsewhere).await.is_ok(),
        "another sign-in goes on"
    );
    let log = world.audit(&world.acme).await;
    assert!(
        log.iter()
            .any(|(action, _, after)| action == "session.refused" && after.contains("used twice"))
    );
}

#[tokio::test]
async fn a_refresh_token_ends_with_time_and_with_the_password() {
    // R-TEN-07
    let world = World::new().await;
    let late = by_password(&world).await.refresh_token.unwrap();
    world.wait(30 * 24 * 3600);
    assert!(matches!(
        refresh(&world, HOST, &late).await,
        Err(TokenRefused::InvalidGrant)
    ));
    let grant = by_password(&world).await;
    let ana = world.with_bearer(HOST, &grant.access_token).await.unwrap();
    world
        .gate
        .change_password(&ana, PASSWORD, "a better horse battery", &origin())
        .await
        .unwrap();
    assert!(is_unauthenticated(
        world.with_bearer(HOST, &grant.access_token).await
    ));
    assert!(
        refresh(&world, HOST, &grant.refresh_token.unwrap())
            .await
            .is_err()
    );
}

#[tokio::test]
async fn keys_rotate_without_an_unknown_one_in_between() {
    // R-TEN-07, R-LIC-12
    let world = World::new().await;
    let old = by_password(&world).await.access_token;
    let kids = |jwks: serde_json::Value| -> Vec<String> {
        jwks["keys"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key["kid"].as_str().unwrap().to_owned())
            .collect()
    };
    let before = kids(world.gate.token_jwks().await.unwrap());
    assert_eq!(before.len(), 2, "the active and the next");
    let boss = world
        .sign_in("localhost", "admin@operator.test")
        .await
        .principal;
    let scope = world
        .gate
        .platform::<TokenKeyRotate>(&boss, &origin())
        .unwrap();
    world.gate.rotate_token_keys(&scope).await.unwrap();
    let after = kids(world.gate.token_jwks().await.unwrap());
    assert_eq!(after.len(), 3);
    assert!(before.iter().all(|kid| after.contains(kid)));
    let new = by_password(&world).await.access_token;
    assert!(
        world.with_bearer(HOST, &old).await.is_ok(),
        "signed by the retiring key"
    );
    assert!(
        world.with_bearer(HOST, &new).await.is_ok(),
        "signed by the key that was next"
    );
    let used = new.expose().split('.').next().unwrap().to_owned();
    assert_ne!(old.expose().split('.').next().unwrap(), used);
    world.wait(3600);
    world.gate.rotate_token_keys(&scope).await.unwrap();
    let keys = world
        .gate
        .db()
        .platform_read(&world.console.platform(), token_keys::list)
        .await
        .unwrap();
    assert_eq!(keys.len(), 3, "the first is retired");
}
