//! Issuing one license, and showing its key again.

use alvara_tests::each_app;
use serde_json::json;

// R-LIC-03 R-LIC-01
#[test]
fn an_agent_issues_and_may_show_the_key_again() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let money = json!({ "amount_minor": 990, "currency": "BRL" });
        for code in ["REPORTS", "EXPORT"] {
            let module = json!({ "code": code, "name": code, "price": money });
            let path = format!("products/{}/modules", shop.product_id);
            let _ = shop.reseller.post(&path, &module).await.expect(201);
        }
        let new = json!({
            "policy_id": shop.policy_id, "node_id": shop.customer.node_id, "machine_limit": 3,
            "modules": ["REPORTS"], "note": "first order",
        });
        let issued = shop.agent.post("licenses", &new).await.expect(201);
        let key = issued.text("/key");
        let license = issued.json()["license"].clone();
        assert_eq!(license["machine_limit"], 3);
        assert_eq!(license["terms"]["modules"], json!(["REPORTS"]));
        assert!(key.ends_with(license["key_hint"].as_str().unwrap()));
        let id = license["id"].as_str().unwrap();
        let shown = shop.agent.get(&format!("licenses/{id}")).await.expect(200);
        assert!(
            !shown.body().contains(&key),
            "a license is shown without its key"
        );
        let path = format!("licenses/{id}/key");
        let revealed = shop
            .agent
            .ask(reqwest::Method::POST, &path)
            .await
            .expect(200);
        assert_eq!(revealed.text("/key"), key);
        // That somebody looked is on record, and the key is not in it.
        let chain = app
            .database()
            .sql("SELECT action, before_state, after_state FROM audit_entries");
        assert!(
            chain.contains("key_revealed") || chain.contains("reveal"),
            "{chain}"
        );
        assert!(!chain.contains(&key));
        let events = app.database().sql("SELECT kind, data FROM events");
        assert!(!events.contains(&key));
        let mut program = app.program("acme.localhost", &key, "fp-1");
        let _ = program.activate().await.expect(201);
        assert!(program.claims()["mod"].to_string().contains("REPORTS"));
        assert_eq!(program.claims()["m32"], 1);
    });
}

// R-LIC-01 R-API-01
#[test]
fn what_does_not_exist_cannot_be_issued() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let node = &shop.customer.node_id;
        let refused = |body: serde_json::Value| {
            let asking = shop.agent.post("licenses", &body);
            async move { asking.await }
        };
        let unknown = json!({ "policy_id": shop.policy_id, "node_id": node, "modules": ["NONE"] });
        let answer = refused(unknown).await;
        assert_eq!(answer.pointers(), ["/modules/0"]);
        answer.refuse(422, "INVALID_FIELDS");
        let foreign = json!({ "policy_id": "pol_01JABCDEFGHJKMNPQRSTVWXYZ0", "node_id": node });
        refused(foreign).await.refuse(404, "NOT_FOUND");
        let limit = json!({ "policy_id": shop.policy_id, "node_id": node, "machine_limit": 0 });
        let answer = refused(limit).await;
        assert_eq!(answer.pointers(), ["/machine_limit"]);
        // The place above is not the agent's to give to.
        let above = json!({ "policy_id": shop.policy_id, "node_id": shop.subcompany.node_id });
        refused(above).await.refuse(404, "NOT_FOUND");
        assert_eq!(app.database().count("SELECT COUNT(*) FROM licenses"), 0);
    });
}
