//! Defects that were read in other license servers, each as something that must not happen here.

use std::num::NonZeroU32;

use alvara_tests::program::{header, payload};
use alvara_tests::remote::hmac;
use alvara_tests::{Setting, TestApp, each_app, each_database, one_app};
use alvara_web::{Allowance, RateConfig};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

fn part(value: &Value) -> String {
    BASE64URL_NOPAD.encode(value.to_string().as_bytes())
}

// R-LIC-05 R-LIC-12: an offline token authenticated by a secret that the client must hold
#[test]
fn nothing_a_client_holds_signs_a_computer_key() {
    one_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let mut program = app.program("acme.localhost", &license.key, "fp-1");
        let _ = program.activate().await.expect(201);
        let nobody = app.nobody("acme.localhost");
        let code = shop.reseller.list("products").await[0]["code"].clone();
        let pem = nobody
            .get(&format!(
                "/.well-known/alvara/{}/key.pem",
                code.as_str().unwrap()
            ))
            .await
            .expect(200)
            .body();
        let ask = async |computer_key: &str| {
            let body = json!({ "computer_key": computer_key });
            nobody.post("validations", &body).await.expect(200).json()
        };
        assert_eq!(ask(&program.computer_key).await["code"], "VALID");
        let mut claims = payload(&program.computer_key);
        claims["exp"] = json!(4_102_444_800i64);
        // Everything a customer's machine knows, tried as the secret of a symmetric signature.
        let known = [pem.as_str(), pem.trim(), &program.token, &license.key];
        for secret in known {
            let mut head = header(&program.computer_key);
            head["alg"] = json!("HS256");
            let input = format!("{}.{}", part(&head), part(&claims));
            let mac = data_encoding::HEXLOWER
                .decode(hmac(secret, &input).as_bytes())
                .unwrap();
            let forged = format!("{input}.{}", BASE64URL_NOPAD.encode(&mac));
            assert_eq!(ask(&forged).await["code"], "NOT_FOUND");
        }
        let signature = program.computer_key.rsplit('.').next().unwrap();
        let mut none = header(&program.computer_key);
        none["alg"] = json!("none");
        let honest = header(&program.computer_key);
        for forged in [
            format!("{}.{}.", part(&none), part(&claims)),
            format!("{}.{}.{signature}", part(&none), part(&claims)),
            format!("{}.{}.{signature}", part(&honest), part(&claims)),
            // A lease is signed by the right key, but is no computer key.
            program.lease.clone(),
        ] {
            assert_eq!(ask(&forged).await["code"], "NOT_FOUND", "{forged}");
        }
    });
}

// R-API-01: a rate counted by a token that whoever asks may choose anew each time
#[test]
fn a_fresh_token_is_no_fresh_allowance() {
    each_database(async |database| {
        let number = |number| NonZeroU32::new(number).unwrap();
        let rates = RateConfig {
            address: Some(Allowance {
                per_minute: number(1),
                burst: number(8),
            }),
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
        let nobody = app.nobody("localhost");
        let mut refused = 0;
        for index in 0..16 {
            let answer = nobody
                .post("heartbeats", &json!({}))
                .bearer(&format!("mtk_made-up-{index}"))
                .await;
            match answer.status {
                401 => {}
                429 => refused += 1,
                other => panic!("{other}"),
            }
        }
        assert_eq!(refused, 8);
    });
}

// R-API-01: secrets in the query of an address, where every proxy writes them down
#[test]
fn a_key_in_an_address_is_not_read_and_not_repeated() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let nobody = app.nobody("acme.localhost");
        let asked = nobody
            .get(&format!("validations?key={}", license.key))
            .await;
        assert!(!asked.body().contains(&license.key), "{asked:?}");
        asked.refuse(405, "METHOD_NOT_ALLOWED");
        let answer = nobody
            .post(&format!("validations?key={}", license.key), &json!({}))
            .await;
        assert!(matches!(answer.status, 400 | 422), "{answer:?}");
        assert!(!answer.body().contains(&license.key), "{answer:?}");
        let token = shop.agent.secret().await;
        let answer = nobody.get(&format!("licenses?access_token={token}")).await;
        assert!(!answer.body().contains(&token), "{answer:?}");
        assert!(matches!(answer.status, 401 | 422), "{answer:?}");
    });
}

// R-LIC-07 R-LIC-02: "expired" read as "blocked", or the other way round
#[test]
fn whether_a_program_may_run_is_said_apart_from_why() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let lasting = |strategy: &str| {
            json!({
                "kind": "subscription", "duration": "P30D", "expiry_strategy": strategy,
                "revalidate_after_seconds": 3600, "offline_grace_seconds": 3600,
            })
        };
        for (strategy, valid, access) in [("allow", true, "full"), ("restrict", false, "none")] {
            let license = shop.license_of(&lasting(strategy)).await;
            let mut program = app.program("acme.localhost", &license.key, "fp-1");
            let _ = program.activate().await.expect(201);
            app.advance(31);
            let verdict = program.heartbeat().await.expect(200).json();
            assert_eq!(verdict["code"], "EXPIRED");
            assert_eq!(verdict["valid"], valid, "{strategy}");
            assert_eq!(verdict["access"], access, "{strategy}");
            // What may not run is given no proof of contact either.
            assert_eq!(verdict["lease"].is_string(), valid, "{strategy}");
        }
    });
}
