//! OAuth 2: short access tokens, refresh tokens that are good once.

use alvara_tests::program::{header, payload};
use alvara_tests::{Answer, PASSWORD, TestApp, each_app};
use data_encoding::BASE64URL_NOPAD;
use serde_json::json;

async fn token(app: &TestApp, fields: &[(&str, &str)]) -> Answer {
    app.nobody("acme.localhost")
        .ask(reqwest::Method::POST, "oauth/token")
        .form(fields)
        .await
}

async fn by_password(app: &TestApp, email: &str) -> Answer {
    token(
        app,
        &[
            ("grant_type", "password"),
            ("username", email),
            ("password", PASSWORD),
        ],
    )
    .await
}

fn refused(answer: &Answer, status: u16, error: &str) {
    assert_eq!(
        (answer.status, answer.text("/error").as_str()),
        (status, error),
        "{answer:?}"
    );
}

// R-TEN-07
#[test]
fn an_access_token_is_good_for_a_quarter_of_an_hour() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let grant = by_password(app, &shop.agent.email).await.expect(200);
        assert_eq!(grant.header("cache-control"), Some("no-store"));
        assert_eq!(
            (
                grant.text("/token_type").as_str(),
                &grant.json()["expires_in"]
            ),
            ("Bearer", &json!(900))
        );
        let access = grant.text("/access_token");
        assert_eq!(header(&access)["alg"], "RS256");
        assert_eq!(payload(&access)["tid"], shop.reseller.tenant_id);
        let with = |token: &str| app.nobody("acme.localhost").get("licenses").bearer(token);
        let _ = with(&access).await.expect(200);
        app.advance_seconds(14 * 60);
        let _ = with(&access).await.expect(200);
        app.advance_seconds(120);
        with(&access).await.refuse(401, "UNAUTHENTICATED");
    });
}

// R-TEN-07
#[test]
fn a_refresh_token_is_good_once_and_its_theft_ends_the_family() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let first = by_password(app, &shop.agent.email)
            .await
            .expect(200)
            .text("/refresh_token");
        let refresh = |token: &str| {
            let token = token.to_owned();
            async move {
                self::token(
                    app,
                    &[("grant_type", "refresh_token"), ("refresh_token", &token)],
                )
                .await
            }
        };
        app.advance(1);
        let second = refresh(&first).await.expect(200).text("/refresh_token");
        assert_ne!(first, second);
        let third = refresh(&second).await.expect(200).text("/refresh_token");
        // Somebody plays an old one back: whoever it is, all of them are over.
        refused(&refresh(&first).await, 400, "invalid_grant");
        refused(&refresh(&third).await, 400, "invalid_grant");
        // None of them lies in the database as it is.
        let kept = app.database().sql("SELECT token_hash FROM refresh_tokens");
        for secret in [&first, &second, &third] {
            assert!(!kept.contains(secret.as_str()));
        }
        // Left alone for a month it is over by itself.
        let late = by_password(app, &shop.agent.email)
            .await
            .expect(200)
            .text("/refresh_token");
        app.advance(31);
        refused(&refresh(&late).await, 400, "invalid_grant");
    });
}

// R-TEN-07
#[test]
fn one_refresh_token_sent_eight_times_at_once_is_used_once_at_most() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let first = by_password(app, &shop.agent.email)
            .await
            .expect(200)
            .text("/refresh_token");
        let mut all = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let fields = [
                ("grant_type", "refresh_token"),
                ("refresh_token", first.as_str()),
            ];
            let asking = app
                .nobody("acme.localhost")
                .ask(reqwest::Method::POST, "oauth/token")
                .form(&fields);
            all.spawn(async move { asking.await.status });
        }
        let granted = all
            .join_all()
            .await
            .into_iter()
            .filter(|status| *status == 200)
            .count();
        assert!(granted <= 1, "{granted}");
    });
}

// R-TEN-07
#[test]
fn forged_tokens_are_nobodys() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let access = by_password(app, &shop.agent.email)
            .await
            .expect(200)
            .text("/access_token");
        let parts: Vec<&str> = access.split('.').collect();
        let encode =
            |value: serde_json::Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let mut claims = payload(&access);
        claims["exp"] = json!(9_999_999_999_i64);
        let mut head = header(&access);
        head["alg"] = json!("none");
        let mut hmac = header(&access);
        hmac["alg"] = json!("HS256");
        for forged in [
            format!("{}.{}.{}", parts[0], encode(claims.clone()), parts[2]),
            format!("{}.{}.", encode(head.clone()), parts[1]),
            format!("{}.{}.{}", encode(hmac), parts[1], parts[2]),
            format!("{}.{}", parts[0], parts[1]),
            format!("{access}."),
            format!("{}x", access),
            "alv_guess".to_owned(),
            "x".repeat(8000),
        ] {
            let answer = app
                .nobody("acme.localhost")
                .get("licenses")
                .bearer(&forged)
                .await;
            answer.refuse(401, "UNAUTHENTICATED");
        }
        // A computer key is signed by us too, and is no access token.
        let license = shop.license().await;
        let mut program = app.program("acme.localhost", &license.key, "fp-1");
        let _ = program.activate().await;
        app.nobody("acme.localhost")
            .get("licenses")
            .bearer(&program.computer_key)
            .await
            .refuse(401, "UNAUTHENTICATED");
        app.nobody("acme.localhost")
            .get("licenses")
            .bearer(&program.token)
            .await
            .refuse(401, "UNAUTHENTICATED");
    });
}

// R-TEN-07
#[test]
fn a_new_password_ends_every_token() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let grant = by_password(app, &shop.agent.email).await.expect(200);
        let access = grant.text("/access_token");
        let change = json!({ "current": PASSWORD, "next": "another good password" });
        let asking = app
            .nobody("acme.localhost")
            .put("account/password", &change)
            .bearer(&access);
        let _ = asking.await.expect(204);
        app.nobody("acme.localhost")
            .get("licenses")
            .bearer(&access)
            .await
            .refuse(401, "UNAUTHENTICATED");
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &grant.text("/refresh_token")),
        ];
        refused(&token(app, &fields).await, 400, "invalid_grant");
        refused(
            &by_password(app, &shop.agent.email).await,
            400,
            "invalid_grant",
        );
        let fields = [
            ("grant_type", "password"),
            ("username", shop.agent.email.as_str()),
            ("password", "another good password"),
        ];
        let _ = token(app, &fields).await.expect(200);
    });
}

// R-TEN-07
#[test]
fn grants_that_are_none() {
    each_app(async |app| {
        let _shop = app.shop("acme").await;
        refused(
            &token(app, &[("grant_type", "implicit")]).await,
            400,
            "unsupported_grant_type",
        );
        refused(
            &token(app, &[("grant_type", "password"), ("username", "a")]).await,
            400,
            "invalid_request",
        );
        let client = [
            ("grant_type", "client_credentials"),
            ("client_id", "key_none"),
            ("client_secret", "alv_none"),
        ];
        refused(&token(app, &client).await, 401, "invalid_client");
        refused(
            &token(
                app,
                &[
                    ("grant_type", "refresh_token"),
                    ("refresh_token", "alr_none"),
                ],
            )
            .await,
            400,
            "invalid_grant",
        );
    });
}
