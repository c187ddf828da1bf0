//! Two machines under one identity.

use alvara_tests::{Answer, Program, Setting, TestApp, each_database};
use serde_json::{Value, json};

use super::{DOOR, activated, arrive, events};

/// A platform behind a proxy, so that a test may come from anywhere.
async fn proxied(database: alvara_tests::TestDatabase) -> TestApp {
    let setting = Setting {
        trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()],
        ..Setting::default()
    };
    TestApp::start_with(database, setting).await
}

async fn beat(app: &TestApp, program: &Program, address: &str, body: &Value) -> Answer {
    app.nobody(DOOR)
        .post("heartbeats", body)
        .bearer(&program.token)
        .header("x-forwarded-for", address)
        .await
        .expect(200)
}

async fn suspects(app: &TestApp, shop: &alvara_tests::Shop) -> Vec<Value> {
    let _ = app;
    shop.agent.list("machines?suspected=true").await
}

// R-ML-02 R-LIC-11
#[test]
fn two_addresses_in_turn_are_suspicious_and_a_move_is_not() {
    each_database(async |database| {
        let app = proxied(database).await;
        let shop = app.shop("acme").await;
        let online = json!({ "preset": "always-online" });
        let policy = shop
            .reseller
            .policy(&shop.product_id, "online", &online)
            .await;
        let license = shop.agent.issue(&policy, &shop.customer.node_id).await;
        let one = activated(&app, &license, "fp-1").await;
        let none = json!({});
        // A laptop at home, in the office, at home again: each for a while.
        for (address, seconds) in [
            ("192.0.2.1", 60),
            ("192.0.2.1", 60),
            ("198.51.100.7", 60),
            ("198.51.100.7", 60),
            ("192.0.2.1", 60),
            ("192.0.2.1", 60),
        ] {
            let _ = beat(&app, &one, address, &none).await;
            app.advance_seconds(seconds);
        }
        // Many addresses of one IPv6 network are one place, and either kind of address says nothing.
        for address in [
            "2001:db8:1:2::a",
            "2001:db8:1:2::b",
            "192.0.2.1",
            "2001:db8:1:2::a",
            "192.0.2.1",
        ] {
            let _ = beat(&app, &one, address, &none).await;
            app.advance_seconds(5);
        }
        assert!(suspects(&app, &shop).await.is_empty());
        // Two that call in turn within one interval.
        app.advance_seconds(60);
        for address in [
            "192.0.2.1",
            "203.0.113.9",
            "192.0.2.1",
            "203.0.113.9",
            "192.0.2.1",
        ] {
            let answer = beat(&app, &one, address, &none).await;
            assert_eq!(answer.text("/code"), "VALID", "suspicion refuses nobody");
            app.advance_seconds(20);
        }
        let found = suspects(&app, &shop).await;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0]["clone_reason"], "alternating_addresses");
        assert_eq!(events(&app, "machine.clone_suspected"), 1);
        // Somebody looks and clears it; when it goes on, it rises again.
        let path = format!("machines/{}/clone-suspicion", one.machine_id);
        shop.customer.delete(&path).await.refuse(403, "FORBIDDEN");
        let cleared = shop.agent.delete(&path).await.expect(200);
        assert!(cleared.json()["clone_suspected_at"].is_null());
        let _ = shop.agent.delete(&path).await.expect(200);
        assert!(suspects(&app, &shop).await.is_empty());
        for address in ["203.0.113.9", "192.0.2.1", "203.0.113.9"] {
            let _ = beat(&app, &one, address, &none).await;
            app.advance_seconds(20);
        }
        assert_eq!(suspects(&app, &shop).await.len(), 1);
        assert_eq!(events(&app, "machine.clone_cleared"), 1);
        app.finish().await;
    });
}

// R-ML-02 R-LIC-12
#[test]
fn an_older_computer_key_after_a_newer_one_is_suspicious() {
    each_database(async |database| {
        let app = proxied(database).await;
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let one = activated(&app, &license, "fp-1").await;
        let from = "127.0.0.1";
        let held = |number: i64| json!({ "computer_key_seq": number });
        let _ = beat(&app, &one, from, &held(1)).await;
        // The copy activates under the same fingerprint and gets number 2; that answer may be lost.
        let _ = activated(&app, &license, "fp-1").await;
        let _ = beat(&app, &one, from, &held(1)).await;
        assert!(
            suspects(&app, &shop).await.is_empty(),
            "an answer that was lost is no clone"
        );
        // It shows the number it was sent, and then the other one shows the old one again.
        let _ = beat(&app, &one, from, &held(3)).await;
        let _ = beat(&app, &one, from, &held(3)).await;
        assert!(suspects(&app, &shop).await.is_empty());
        let _ = beat(&app, &one, from, &held(1)).await;
        let _ = beat(&app, &one, from, &held(1)).await;
        let found = suspects(&app, &shop).await;
        assert_eq!(found[0]["clone_reason"], "older_computer_key");
        assert_eq!(events(&app, "machine.clone_suspected"), 1);
        app.finish().await;
    });
}

// R-ML-02 R-LIC-04
#[test]
fn one_fingerprint_on_two_machines_is_suspicious() {
    each_database(async |database| {
        let app = proxied(database).await;
        let shop = app.shop("acme").await;
        let none = json!({});
        // Where the terms weigh components, the copy is refused.
        let license = shop.license_of(&super::drift::weighted("absorb", 3)).await;
        let _ = arrive(
            &app,
            &license,
            "fp-1",
            &super::drift::parts("b", "d", "n"),
            &none,
        )
        .await
        .expect(201);
        let copy = arrive(
            &app,
            &license,
            "fp-1",
            &super::drift::parts("x", "y", "z"),
            &none,
        )
        .await;
        assert_eq!(copy.json()["verdict"]["because"]["matched"], 0);
        copy.refuse(403, "FINGERPRINT_MISMATCH");
        assert_eq!(suspects(&app, &shop).await.len(), 1);
        // Where they do not, it gets through and is noted; one part of three is nothing yet.
        let license = shop.license_of(&json!({ "machine_limit": 1 })).await;
        for (disk, nic, count) in [("d", "n", 1), ("D", "n", 1), ("Y", "Z", 2)] {
            let parts = super::drift::parts("b", disk, nic);
            let answer = arrive(&app, &license, "fp-2", &parts, &none).await;
            assert!(matches!(answer.status, 200 | 201), "{answer:?}");
            assert_eq!(suspects(&app, &shop).await.len(), count);
        }
        app.finish().await;
    });
}
