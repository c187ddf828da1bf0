//! What is put away comes back exactly as it was.

use alvara_tests::each_app;
use serde_json::json;

// R-LIC-10 R-LIC-09
#[test]
fn a_deleted_license_is_none_until_it_is_brought_back() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let path = format!("licenses/{}", license.id);
        let mut program = app.program("acme.localhost", &license.key, "fp-1");
        let _ = program.activate().await;
        let by_fingerprint = async || {
            let nobody = app.nobody("acme.localhost");
            let machine = json!({ "machineId": "fp-1" });
            nobody
                .post("/api/check-license", &machine)
                .await
                .expect(200)
                .json()
        };
        assert_eq!(by_fingerprint().await["valid"], true);
        let before = shop.subcompany.get(&path).await.expect(200).json();
        shop.agent.delete(&path).await.refuse(403, "FORBIDDEN");
        let _ = shop.subcompany.delete(&path).await.expect(204);

        // Whoever asks by key, by token, by computer key or by fingerprint is told that there is none.
        assert_eq!(program.contact().await, "NOT_FOUND");
        let beat = program.heartbeat().await.expect(200);
        assert!(beat.header("signature").is_some() && beat.json()["lease"].is_null());
        assert_eq!(
            program.validate().await.expect(200).text("/code"),
            "NOT_FOUND"
        );
        program.try_activate().await.refuse(404, "NOT_FOUND");
        let by_key = json!({ "computer_key": program.computer_key });
        let nobody = app.nobody("acme.localhost");
        let seen = nobody.post("validations", &by_key).await.expect(200);
        assert_eq!(seen.text("/code"), "NOT_FOUND");
        assert_eq!(by_fingerprint().await["reason"], "LICENSE_NOT_FOUND");
        // Nor do those who manage, unless they ask for what was put away.
        shop.subcompany.get(&path).await.refuse(404, "NOT_FOUND");
        for what in ["suspension", "revocation"] {
            shop.subcompany
                .post(&format!("{path}/{what}"), &json!({}))
                .await
                .refuse(404, "NOT_FOUND");
        }
        shop.subcompany.delete(&path).await.refuse(404, "NOT_FOUND");
        assert!(shop.agent.list("licenses").await.is_empty());
        assert!(shop.agent.list("machines").await.is_empty());
        let machine = format!("machines/{}", program.machine_id);
        shop.agent.get(&machine).await.refuse(404, "NOT_FOUND");
        shop.agent.delete(&machine).await.refuse(404, "NOT_FOUND");
        for query in ["deleted=only", "deleted=with"] {
            let found = shop.agent.list(&format!("licenses?{query}")).await;
            assert_eq!(found.len(), 1);
            assert!(found[0]["deleted_at"].is_string());
        }

        app.advance(3);
        let back = shop
            .subcompany
            .post(&format!("{path}/restoration"), &json!({}))
            .await
            .expect(200)
            .json();
        assert_eq!(shop.subcompany.get(&path).await.expect(200).json(), back);
        for (name, value) in before.as_object().unwrap() {
            // Days pass for what is put away too.
            if !["updated_at", "days_left"].contains(&name.as_str()) {
                assert_eq!(&back[name], value, "{name}");
            }
        }
        assert_eq!(program.contact().await, "VALID");
        let _ = shop
            .subcompany
            .post(&format!("{path}/restoration"), &json!({}))
            .await
            .expect(200);
        let history = shop.agent.list(&format!("{path}/history")).await;
        let actions: Vec<&str> = history
            .iter()
            .map(|entry| entry["action"].as_str().unwrap())
            .collect();
        assert_eq!(actions[..2], ["license.restored", "license.deleted"]);
        assert_eq!(actions.last(), Some(&"license.issued"));
    });
}

// R-TEN-02 R-TEN-09
#[test]
fn a_deleted_place_is_closed_until_it_is_brought_back() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let mut program = app.program("acme.localhost", &license.key, "fp-1");
        let _ = program.activate().await;
        let home = format!("nodes/{}", shop.customer.node_id);
        let customer = format!("customers/{}", shop.customer.node_id);
        let before = shop.agent.get(&customer).await.expect(200).json();
        // The agent has a customer, so the agent stays.
        let desk = format!("nodes/{}", shop.agent.node_id);
        shop.subcompany.delete(&desk).await.refuse(409, "TREE_RULE");
        shop.reseller
            .delete(&format!("nodes/{}", shop.reseller.node_id))
            .await
            .refuse(409, "TREE_RULE");
        shop.subcompany
            .delete(&format!("nodes/{}", shop.subcompany.node_id))
            .await
            .refuse(403, "EXCEEDS_OWN_RIGHTS");
        let _ = shop.customer.get("account").await.expect(200);
        let _ = shop.subcompany.delete(&home).await.expect(204);

        assert_eq!(program.contact().await, "CUSTOMER_SUSPENDED");
        shop.customer
            .get("account")
            .await
            .refuse(401, "UNAUTHENTICATED");
        for path in [&home, &customer] {
            shop.agent.get(path).await.refuse(404, "NOT_FOUND");
        }
        assert!(shop.agent.list("customers").await.is_empty());
        assert_eq!(shop.agent.list("customers?deleted=only").await.len(), 1);
        assert_eq!(shop.agent.list("nodes?deleted=only").await.len(), 1);
        let issue = json!({ "policy_id": shop.policy_id, "node_id": shop.customer.node_id });
        shop.agent
            .post("licenses", &issue)
            .await
            .refuse(404, "NOT_FOUND");
        // Its licenses are still seen by those above, and its history is.
        assert_eq!(shop.agent.list("licenses").await.len(), 1);
        let history = shop.agent.list(&format!("{customer}/history")).await;
        assert_eq!(history[0]["action"], "node.deleted");

        // Above a deleted place one may be deleted too; it comes back first.
        let _ = shop.subcompany.delete(&desk).await.expect(204);
        let restore = async |path: &str| {
            shop.subcompany
                .post(&format!("{path}/restoration"), &json!({}))
                .await
        };
        restore(&home).await.refuse(409, "STATE_CONFLICT");
        let _ = restore(&desk).await.expect(200);
        let _ = restore(&home).await.expect(200);
        let after = shop.agent.get(&customer).await.expect(200).json();
        assert_eq!(after, before);
        assert_eq!(program.contact().await, "VALID");
        let _ = shop.customer.get("account").await.expect(200);
    });
}

// R-TEN-02
#[test]
fn a_place_is_not_deleted_while_somebody_hangs_another_under_it() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        for round in 0..8 {
            let place = shop
                .subcompany
                .node("agent", &format!("Round {round}"))
                .await;
            let (one, other) = (shop.subcompany.clone(), shop.subcompany.clone());
            let new = json!({ "parent_id": place, "kind": "customer", "name": "Late" });
            let path = format!("nodes/{place}");
            let (deleted, added) = tokio::join!(async { one.delete(&path).await }, async {
                other.post("nodes", &new).await
            },);
            // One of them was first, and the other heard of it.
            assert!(
                matches!((deleted.status, added.status), (204, 404) | (409, 201)),
                "{deleted:?} {added:?}"
            );
        }
    });
}
