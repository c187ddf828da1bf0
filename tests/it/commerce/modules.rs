//! Modules with a value and an end of their own, and QLM's way to write them.

use alvara_tests::{Shop, each_app};
use serde_json::{Value, json};

/// Modules of the shop's product, in this order.
pub(super) async fn sell_modules(shop: &Shop, codes: &[&str]) -> Vec<String> {
    let mut ids = Vec::new();
    for code in codes {
        let price = json!({ "amount_minor": 990, "currency": "BRL" });
        let module = json!({ "code": code, "name": code, "price": price });
        let path = format!("products/{}/modules", shop.product_id);
        ids.push(shop.reseller.post(&path, &module).await.expect(201).id());
    }
    ids
}

async fn missing(program_host: &alvara_tests::Actor, key: &str, module: &str) -> String {
    let asked = json!({ "key": key, "scope": { "modules": [module] } });
    program_host
        .post("validations", &asked)
        .await
        .expect(200)
        .text("/code")
}

// R-LIC-01: a module with a value and an end goes from the terms into the computer key, and ends.
#[test]
fn a_module_has_a_value_and_ends_by_itself() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let _ = sell_modules(&shop, &["CORE", "DESKS", "REPORTS"]).await;
        let license = shop
            .license_of(&json!({
                "kind": "subscription", "duration": "P1Y", "starts": "first_activation",
                "modules": ["CORE", { "code": "DESKS", "value": "12" }, { "code": "REPORTS", "duration": "P1M" }],
            }))
            .await;
        // It waits: neither the license nor the module ages before the first activation.
        app.advance(40);
        let path = format!("licenses/{}", license.id);
        let shown = shop.agent.get(&path).await.expect(200).json();
        assert_eq!(shown["modules"][2]["duration"], "P1M");
        assert_eq!(shown["modules"][2]["expires_at"], Value::Null);
        assert_eq!(shown["terms"]["modules"][0], "CORE");
        let mut program = app.program("acme.localhost", &license.key, "fp-1");
        let answer = program.activate().await.json();
        let grants = answer["license"]["module_grants"].clone();
        assert_eq!(
            answer["license"]["modules"],
            json!(["CORE", "DESKS", "REPORTS"])
        );
        assert_eq!(grants[1]["value"], "12");
        let end: alvara_domain::time::UtcTime =
            grants[2]["expires_at"].as_str().unwrap().parse().unwrap();
        let claimed = format!("CORE DESKS=12 REPORTS@{}", end.seconds());
        assert_eq!(program.claims()["mod"], claimed.as_str());
        let nobody = app.nobody("acme.localhost");
        assert_eq!(missing(&nobody, &license.key, "REPORTS").await, "VALID");
        app.advance(32);
        assert_eq!(
            missing(&nobody, &license.key, "REPORTS").await,
            "MODULE_MISSING"
        );
        assert_eq!(missing(&nobody, &license.key, "DESKS").await, "VALID");
        let beat = program.heartbeat().await.expect(200).json();
        assert_eq!(beat["license"]["modules"], json!(["CORE", "DESKS"]));
        // Renewing the license leaves the end of the module where it is.
        let renewed = shop
            .agent
            .post(&format!("{path}/renewals"), &json!({}))
            .await
            .expect(200)
            .json();
        assert_eq!(renewed["modules"][2]["expires_at"], grants[2]["expires_at"]);
    });
}

// R-LIC-01 R-LIC-09: what is changed on the license arrives with the next contact.
#[test]
fn a_changed_module_makes_a_new_computer_key() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let _ = sell_modules(&shop, &["CORE", "DESKS"]).await;
        let license = shop.license_of(&json!({ "modules": ["CORE"] })).await;
        let mut program = app.program("acme.localhost", &license.key, "fp-1");
        let _ = program.activate().await;
        let first = program.computer_key.clone();
        let path = |code: &str| format!("licenses/{}/modules/{code}", license.id);
        let later = app.now().saturating_add_seconds(30 * 86_400);
        let change = json!({ "value": "3", "expires_at": later });
        let changed = shop
            .agent
            .put(&path("DESKS"), &change)
            .await
            .expect(200)
            .json();
        assert_eq!(changed["modules"][1]["value"], "3");
        assert_eq!(program.contact().await, "VALID");
        assert_ne!(program.computer_key, first);
        let claimed = format!("CORE DESKS=3@{}", later.seconds());
        assert_eq!(program.claims()["mod"], claimed.as_str());
        assert_eq!(program.claims()["m32"], 3);
        // The same once more changes nothing.
        let key = program.computer_key.clone();
        let _ = shop.agent.put(&path("DESKS"), &change).await.expect(200);
        assert_eq!(program.contact().await, "VALID");
        assert_eq!(program.computer_key, key);
        let _ = shop.agent.delete(&path("DESKS")).await.expect(200);
        shop.agent
            .delete(&path("DESKS"))
            .await
            .refuse(404, "NOT_FOUND");
        assert_eq!(program.contact().await, "VALID");
        assert_eq!(program.claims()["mod"], "CORE");
        // What cannot be is named.
        let refused = shop.agent.put(&path("NONE"), &json!({})).await;
        assert_eq!(refused.pointers(), ["/code"]);
        for value in ["a b", "a=b", "a@b", "ü"] {
            let refused = shop
                .agent
                .put(&path("CORE"), &json!({ "value": value }))
                .await;
            assert_eq!(refused.pointers(), ["/value"], "{value}");
        }
        let past = json!({ "expires_at": app.now() });
        assert_eq!(
            shop.agent.put(&path("CORE"), &past).await.pointers(),
            ["/expires_at"]
        );
        // A customer sees it and changes nothing.
        let list = format!("licenses/{}/modules", license.id);
        let seen = shop.customer.get(&list).await.expect(200).json();
        assert_eq!(seen["items"][0]["code"], "CORE");
        shop.customer
            .put(&path("CORE"), &json!({}))
            .await
            .refuse(403, "FORBIDDEN");
    });
}

// R-LIC-01 R-OPS-05: QLM's four sets of eight bits, in and out.
#[test]
fn features_are_read_and_written_as_qlm_does() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let codes: Vec<String> = (0..10).map(|number| format!("M{number}")).collect();
        let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
        let _ = sell_modules(&shop, &codes).await;
        let wanted = |features: &str| json!({ "policy_id": shop.policy_id, "node_id": shop.customer.node_id, "features": features });
        let issued = shop
            .agent
            .post("licenses", &wanted("0:3;1:2"))
            .await
            .expect(201)
            .json();
        assert_eq!(
            issued["license"]["terms"]["modules"],
            json!(["M0", "M1", "M9"])
        );
        assert_eq!(issued["license"]["qlm_features"], "0:3;1:2");
        let mut program = app.program("acme.localhost", issued["key"].as_str().unwrap(), "fp-1");
        let _ = program.activate().await;
        assert_eq!(program.claims()["m32"], 0b10_0000_0011);
        for wrong in ["0:3;", "1:1;0:1", "4:1", "0:256", "0:0", "3:128", "0:03"] {
            let refused = shop.agent.post("licenses", &wanted(wrong)).await;
            assert_eq!(refused.pointers(), ["/features"], "{wrong}");
        }
        let both = json!({
            "policy_id": shop.policy_id, "node_id": shop.customer.node_id, "features": "0:1", "modules": ["M0"],
        });
        assert_eq!(
            shop.agent.post("licenses", &both).await.pointers(),
            ["/features"]
        );
    });
}
