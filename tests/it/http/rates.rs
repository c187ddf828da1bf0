//! Who asks too often.

use std::num::NonZeroU32;

use alvara_tests::{Setting, TestApp, each_database};
use alvara_web::{Allowance, RateConfig};
use serde_json::json;

fn allowance(per_minute: u32, burst: u32) -> Option<Allowance> {
    let number = |number| NonZeroU32::new(number).unwrap();
    Some(Allowance {
        per_minute: number(per_minute),
        burst: number(burst),
    })
}

// R-API-01
#[test]
fn an_activation_key_has_a_rate_of_its_own() {
    each_database(async |database| {
        let rates = RateConfig {
            activation_key: allowance(1, 3),
            ..RateConfig::default()
        };
        let app = TestApp::start_with(
            database,
            Setting {
                rates,
                ..Setting::default()
            },
        )
        .await;
        let shop = app.shop("acme").await;
        let (tried, spared) = (shop.license().await, shop.license().await);
        let ask = |key: &str| {
            app.nobody("acme.localhost")
                .post("validations", &json!({ "key": key }))
        };
        let mut left = Vec::new();
        for _ in 0..3 {
            let answer = ask(&tried.key).await.expect(200);
            assert_eq!(answer.header("ratelimit-limit"), Some("3"));
            left.push(answer.header("ratelimit-remaining").unwrap().to_owned());
        }
        assert_eq!(left, ["2", "1", "0"]);
        let refused = ask(&tried.key).await;
        let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
        assert_eq!(refused.header("ratelimit-remaining"), Some("0"));
        refused.refuse(429, "TOO_MANY_REQUESTS");
        // However it is typed it is the same key; another one is not concerned.
        ask(&tried.key.to_lowercase())
            .await
            .refuse(429, "TOO_MANY_REQUESTS");
        let _ = ask(&spared.key).await.expect(200);
    });
}

// R-API-01
#[test]
fn an_address_is_what_the_connection_says_unless_a_proxy_is_trusted() {
    each_database(async |database| {
        let rates = RateConfig {
            address: allowance(1, 5),
            ..RateConfig::default()
        };
        let trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        let app = TestApp::start_with(
            database,
            Setting {
                rates,
                trusted_proxies,
                ..Setting::default()
            },
        )
        .await;
        let from = |address: &str| {
            app.nobody("localhost")
                .get("/problems")
                .header("x-forwarded-for", address)
        };
        for _ in 0..5 {
            let _ = from("203.0.113.7").await.expect(200);
        }
        from("203.0.113.7").await.refuse(429, "TOO_MANY_REQUESTS");
        let _ = from("203.0.113.8").await.expect(200);
    });
    each_database(async |database| {
        let rates = RateConfig {
            address: allowance(1, 5),
            ..RateConfig::default()
        };
        let app = TestApp::start_with(
            database,
            Setting {
                rates,
                ..Setting::default()
            },
        )
        .await;
        // Without a trusted proxy nobody can choose an address.
        for index in 0..5 {
            let address = format!("203.0.113.{index}");
            let _ = app
                .nobody("localhost")
                .get("/problems")
                .header("x-forwarded-for", &address)
                .await
                .expect(200);
        }
        app.nobody("localhost")
            .get("/problems")
            .header("x-forwarded-for", "203.0.113.99")
            .await
            .refuse(429, "TOO_MANY_REQUESTS");
    });
}

// R-API-01
#[test]
fn a_machine_and_a_credential_have_rates_of_their_own() {
    each_database(async |database| {
        let rates = RateConfig {
            machine: allowance(1, 2),
            credential: allowance(60, 40),
            ..RateConfig::default()
        };
        let app = TestApp::start_with(
            database,
            Setting {
                rates,
                ..Setting::default()
            },
        )
        .await;
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let mut program = app.program("acme.localhost", &license.key, "fp-1");
        let _ = program.activate().await;
        for _ in 0..2 {
            let _ = program.heartbeat().await.expect(200);
        }
        program.heartbeat().await.refuse(429, "TOO_MANY_REQUESTS");
        let mut refused = 0;
        for _ in 0..60 {
            if shop.customer.get("licenses").await.status == 429 {
                refused += 1;
            }
        }
        assert!((10..=30).contains(&refused), "{refused}");
        let _ = shop.agent.get("licenses").await.expect(200);
    });
}
