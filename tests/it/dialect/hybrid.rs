//! Dialect H, to the letter of its contract.

use alvara_tests::{Answer, Shop, TestApp, each_app};
use serde_json::{Value, json};

use crate::machine::activate::mistype;

const HOST: &str = "acme.localhost";

async fn call(app: &TestApp, path: &str, body: &Value) -> Answer {
    app.nobody(HOST)
        .post(path, body)
        .header("accept-language", "en")
        .await
}

async fn renewal_key(shop: &Shop, policy_id: &str, period: &str) -> String {
    let plan = json!({
        "policy_id": policy_id, "code": period, "name": period, "period": period,
        "price": { "amount_minor": 0, "currency": "BRL" },
    });
    let plan = shop.reseller.post("plans", &plan).await.expect(201).id();
    let wanted = json!({ "plan_id": plan, "node_id": shop.customer.node_id });
    shop.agent
        .post("renewal-keys", &wanted)
        .await
        .expect(201)
        .text("/items/0/key")
}

fn is_instant(value: &Value) -> bool {
    // 2026-01-01T00:00:00.000Z
    value.as_str().is_some_and(|text| {
        text.len() == 24
            && text.ends_with('Z')
            && text.as_bytes()[19] == b'.'
            && text.as_bytes()[10] == b'T'
    })
}

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    keys
}

// R-API-02
#[test]
fn activation_check_and_renewal_answer_as_the_contract_says() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let body = json!({ "machineId": "PC-1", "licenseKey": license.key, "unknown": { "is": "ignored" } });
        for path in ["/api/license/activate", "/api/license/activate/"] {
            let answer = call(app, path, &body).await.expect(200).json();
            assert_eq!(
                keys(&answer),
                ["computerKey", "license", "message", "success"]
            );
            assert_eq!(answer["success"], true);
            assert_eq!(
                keys(&answer["license"]),
                ["activatedAt", "expiresAt", "machineId"]
            );
            assert_eq!(answer["license"]["machineId"], "PC-1");
            assert!(
                is_instant(&answer["license"]["expiresAt"])
                    && is_instant(&answer["license"]["activatedAt"]),
                "{answer}"
            );
            assert_eq!(
                answer["computerKey"].as_str().unwrap().split('.').count(),
                3
            );
        }
        let seen = shop
            .agent
            .get(&format!("licenses/{}", license.id))
            .await
            .expect(200)
            .json();
        assert_eq!(
            seen["machines_used"], 1,
            "activating again takes no second seat"
        );

        app.advance_seconds(86_400 * 364 + 3600);
        for path in ["/api/check-license", "/api/check-license/"] {
            let answer = call(app, path, &json!({ "machineId": "PC-1" }))
                .await
                .expect(200)
                .json();
            assert_eq!(
                keys(&answer),
                [
                    "computerKey",
                    "daysRemaining",
                    "expires",
                    "lastValidated",
                    "machineId",
                    "valid"
                ]
            );
            assert_eq!(
                (&answer["valid"], &answer["machineId"]),
                (&json!(true), &json!("PC-1"))
            );
            assert_eq!(answer["daysRemaining"], 1, "23 hours are a day");
            assert!(
                is_instant(&answer["expires"]) && is_instant(&answer["lastValidated"]),
                "{answer}"
            );
        }
        app.advance(2);
        let expired = call(app, "/api/check-license", &json!({ "machineId": "PC-1" }))
            .await
            .expect(200)
            .json();
        assert_eq!(keys(&expired), ["expiresAt", "message", "reason", "valid"]);
        assert_eq!(
            (&expired["valid"], &expired["reason"]),
            (&json!(false), &json!("LICENSE_EXPIRED"))
        );
        assert!(is_instant(&expired["expiresAt"]), "{expired}");

        // A renewal key works on an expired license, once.
        let key = renewal_key(&shop, &shop.policy_id, "P1Y").await;
        let body = json!({ "machineId": "PC-1", "licenseKey": key });
        let renewed = call(app, "/api/license/renew", &body)
            .await
            .expect(200)
            .json();
        assert_eq!(keys(&renewed), ["expiresAt", "message", "success"]);
        assert!(is_instant(&renewed["expiresAt"]), "{renewed}");
        let used = call(app, "/api/license/renew/", &body).await;
        refused(&used, 409);
        let answer = call(app, "/api/check-license", &json!({ "machineId": "PC-1" }))
            .await
            .expect(200)
            .json();
        assert_eq!(
            (&answer["valid"], &answer["daysRemaining"]),
            (&json!(true), &json!(366)),
            "2028 is a leap year"
        );
    });
}

fn refused(answer: &Answer, status: u16) {
    let body = answer.json();
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(keys(&body), ["code", "error", "success"], "{answer:?}");
    assert_eq!(body["success"], false);
    assert!(
        body["error"].as_str().is_some_and(|text| !text.is_empty()),
        "{answer:?}"
    );
}

// R-API-02
#[test]
fn every_refusal_has_its_status() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let activate = |machine: &str, key: &str| {
            let body = json!({ "machineId": machine, "licenseKey": key });
            async move { call(app, "/api/license/activate", &body).await }
        };
        let unknown =
            alvara_domain::key::ActivationKey::generate(&"".parse().unwrap(), &[9; 15]).display();
        refused(&activate("PC-1", &unknown).await, 404);
        refused(&activate("PC-1", &mistype(&license.key)).await, 404);
        assert_eq!(activate("PC-1", &license.key).await.status, 200);
        refused(&activate("PC-2", &license.key).await, 409);

        let renew = |key: &str| {
            let body = json!({ "machineId": "PC-1", "licenseKey": key });
            async move { call(app, "/api/license/renew", &body).await }
        };
        let never = alvara_domain::key::RenewalKey::generate(&[9; 15]).display();
        refused(&renew(&never).await, 404);
        let other = shop.reseller.quick_product("other").await;
        let other = shop
            .reseller
            .policy(&other, "hybrid", &json!({ "preset": "hybrid" }))
            .await;
        let key = renewal_key(&shop, &other, "P1Y").await;
        refused(&renew(&key).await, 422);

        let suspension = format!("licenses/{}/suspension", license.id);
        let _ = shop.agent.post(&suspension, &json!({})).await.expect(200);
        refused(&activate("PC-1", &license.key).await, 403);
        assert_eq!(reason(app).await, "LICENSE_SUSPENDED");
        let _ = shop.agent.delete(&suspension).await.expect(200);

        let machines = shop.agent.list("machines").await;
        let block = format!("machines/{}/block", machines[0]["id"].as_str().unwrap());
        let _ = shop.agent.post(&block, &json!({})).await.expect(200);
        assert_eq!(reason(app).await, "MACHINE_BLOCKED");
        let _ = shop.agent.delete(&block).await.expect(200);

        app.advance(367);
        assert_eq!(reason(app).await, "LICENSE_EXPIRED");
        // Who has no seat hears of that first.
        refused(&activate("PC-3", &license.key).await, 409);
        let expired = activate("PC-1", &license.key).await;
        assert_eq!(expired.code(), "LICENSE_EXPIRED");
        refused(&expired, 403);
        let _ = shop
            .subcompany
            .post(&format!("licenses/{}/revocation", license.id), &json!({}))
            .await
            .expect(200);
        assert_eq!(reason(app).await, "LICENSE_REVOKED");
        refused(&activate("PC-1", &license.key).await, 403);

        let pending = shop.license_of(&json!({ "approval": "required" })).await;
        let answer = activate("PC-9", &pending.key).await;
        refused(&answer, 403);
        assert_eq!(answer.code(), "PENDING_APPROVAL");
        let none = call(app, "/api/check-license", &json!({ "machineId": "PC-9" }))
            .await
            .expect(200)
            .json();
        assert_eq!(keys(&none), ["message", "reason", "valid"]);
        assert_eq!(none["reason"], "LICENSE_NOT_FOUND");
    });
}

async fn reason(app: &TestApp) -> String {
    let answer = call(app, "/api/check-license", &json!({ "machineId": "PC-1" }))
        .await
        .expect(200);
    assert_eq!(answer.json()["valid"], false, "{answer:?}");
    answer.text("/reason")
}

// R-API-02
#[test]
fn a_permanent_license_has_no_days_to_count() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license_of(&json!({ "kind": "permanent" })).await;
        let body = json!({ "machineId": "PC-1", "licenseKey": license.key });
        let answer = call(app, "/api/license/activate", &body)
            .await
            .expect(200)
            .json();
        assert_eq!(answer["license"]["expiresAt"], json!(null));
        let answer = call(app, "/api/check-license", &json!({ "machineId": "PC-1" }))
            .await
            .expect(200)
            .json();
        assert_eq!(
            (&answer["expires"], &answer["daysRemaining"]),
            (&json!(null), &json!(null))
        );
    });
}

// R-API-02
#[test]
fn what_cannot_be_read_is_400_in_the_dialects_own_shape() {
    each_app(async |app| {
        let _shop = app.shop("acme").await;
        let nobody = app.nobody(HOST);
        for path in [
            "/api/license/activate",
            "/api/check-license",
            "/api/license/renew",
        ] {
            for body in [
                "",
                "{",
                "[]",
                "7",
                "{}",
                "{\"machineId\":7}",
                "{\"machineId\":\"\",\"licenseKey\":\"\"}",
            ] {
                let answer = nobody
                    .ask(reqwest::Method::POST, path)
                    .bytes("application/json", body)
                    .await;
                refused(&answer, 400);
            }
            let answer = nobody
                .ask(reqwest::Method::POST, path)
                .bytes("application/json", b"{\"machineId\":\"\xff\"}".to_vec())
                .await;
            refused(&answer, 400);
        }
        assert_eq!(app.database().count("SELECT COUNT(*) FROM machines"), 0);
    });
}

// R-API-02
#[test]
fn messages_are_in_the_language_asked_for_else_in_the_tenants() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let body = json!({ "machineId": "PC-1", "licenseKey": license.key });
        let mut said = Vec::new();
        for language in ["en", "pt-BR", "it", "es"] {
            let answer = app
                .nobody(HOST)
                .post("/api/license/activate", &body)
                .header("accept-language", language)
                .await;
            said.push(answer.expect(200).text("/message"));
        }
        let mut distinct = said.clone();
        distinct.sort();
        distinct.dedup();
        // The first is "activated", the others "activated already"; all in their own words.
        assert_eq!(distinct.len(), 4, "{said:?}");
        let unknown = json!({ "machineId": "PC-77" });
        let plain = app
            .nobody(HOST)
            .post("/api/check-license", &unknown)
            .await
            .text("/message");
        let portuguese = app
            .nobody(HOST)
            .post("/api/check-license", &unknown)
            .header("accept-language", "pt-BR")
            .await;
        assert_eq!(plain, portuguese.text("/message"), "acme speaks Portuguese");
    });
}

// R-API-02 R-TEN-01
#[test]
fn a_machine_is_looked_up_behind_the_door_it_came_through() {
    each_app(async |app| {
        let acme = app.shop("acme").await;
        let bella = app.shop("bella").await;
        let activate = |host: &str, key: &str, machine: &str| {
            let body = json!({ "machineId": machine, "licenseKey": key });
            app.nobody(host).post("/api/license/activate", &body)
        };
        let check = |host: &str, machine: &str| {
            let asking = app
                .nobody(host)
                .post("/api/check-license", &json!({ "machineId": machine }));
            async move { asking.await.expect(200).json()["valid"].as_bool().unwrap() }
        };
        let ours = acme.license().await;
        let _ = activate("acme.localhost", &ours.key, "PC-1")
            .await
            .expect(200);
        assert!(check("acme.localhost", "PC-1").await);
        assert!(!check("bella.localhost", "PC-1").await);
        assert!(
            !check("localhost", "PC-1").await,
            "it never came through the shared door"
        );
        // A key of the neighbour's is unknown here.
        let theirs = bella.license().await;
        refused(&activate("acme.localhost", &theirs.key, "PC-2").await, 404);
        // On the shared host the key says whose it is.
        let _ = activate("localhost", &theirs.key, "PC-3").await.expect(200);
        assert!(check("localhost", "PC-3").await);
        assert!(
            check("bella.localhost", "PC-3").await,
            "it is bella's machine all the same"
        );
        assert!(!check("acme.localhost", "PC-3").await);
    });
}

// R-API-02
#[test]
fn an_update_is_told_of_with_and_without_a_product() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let ask = async |path: &str| {
            let asked = app.nobody(HOST).ask(reqwest::Method::GET, path);
            asked.header("accept-language", "en").await
        };
        let nothing = ask("/api/update").await.expect(404).json();
        assert_eq!(nothing["code"], "UPDATE_NOT_FOUND");
        let releases = format!("products/{}/releases", shop.product_id);
        for (version, channel) in [
            ("1.9.0", "stable"),
            ("1.10.0", "stable"),
            ("2.0.0-rc1", "beta"),
        ] {
            let release = json!({
                "version": version, "channel": channel, "platform": "any", "notes": "Faster.", "mandatory": false,
                "url": format!("https://downloads.example.com/{version}"), "sha256": "ab".repeat(32),
            });
            drop(shop.reseller.post(&releases, &release).await.expect(201));
        }
        // Without a product it is the default one, of which there is none yet.
        drop(ask("/api/update").await.expect(404));
        let default = json!({ "default_product_id": shop.product_id });
        drop(shop.reseller.change("settings", &default).await.expect(200));
        for path in [
            "/api/update",
            "/api/update/",
            "/api/update?product=writer&platform=windows-x64&x=y",
        ] {
            let found = ask(path).await.expect(200).json();
            assert_eq!(
                keys(&found),
                [
                    "mandatory",
                    "notes",
                    "sha256",
                    "signature",
                    "url",
                    "version"
                ],
                "{path}"
            );
            assert_eq!(found["version"], "1.10.0", "{path}");
        }
        let beta = ask("/api/update?channel=beta").await.expect(200).json();
        assert_eq!(beta["version"], "2.0.0-rc1");
        drop(ask("/api/update?product=other").await.expect(404));
        // What can be no name is as good as not said, on every database.
        drop(ask("/api/update?channel=%00").await.expect(200));
    });
}
