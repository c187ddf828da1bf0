//! The tree: what may hang where, what moves along, what is suspended with what.

use alvara_tests::each_app;
use serde_json::json;

// R-TEN-02
#[test]
fn kinds_hang_where_they_belong() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let hang = |parent: &str, kind: &str| {
            let body = json!({ "parent_id": parent, "kind": kind, "name": "New" });
            shop.reseller.post("nodes", &body)
        };
        hang(&shop.customer.node_id, "agent")
            .await
            .refuse(409, "TREE_RULE");
        hang(&shop.agent.node_id, "subcompany")
            .await
            .refuse(409, "TREE_RULE");
        hang(&shop.reseller.node_id, "reseller")
            .await
            .refuse(409, "TREE_RULE");
        hang(&shop.reseller.node_id, "operator")
            .await
            .refuse(409, "TREE_RULE");
        let _ = hang(&shop.reseller.node_id, "customer").await.expect(201);
        // Sub-companies hold sub-companies, until the tree is deep enough.
        let mut parent = shop.reseller.node_id.clone();
        let mut depth = 1;
        loop {
            let answer = hang(&parent, "subcompany").await;
            if answer.status != 201 {
                answer.refuse(409, "TREE_RULE");
                break;
            }
            parent = answer.id();
            depth += 1;
            assert!(depth <= 16, "deeper than 16");
        }
        assert_eq!(depth, 16);
    });
}

// R-TEN-02
#[test]
fn a_subtree_moves_with_all_that_is_in_it() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let mut program = app.program("acme.localhost", &license.key, "fp-1");
        let _ = program.activate().await;
        let sul = shop.reseller.node("subcompany", "Sul").await;
        let silvio = shop
            .reseller
            .recruit(&sul, "subcompany_admin", "Silvio")
            .await;
        silvio
            .get(&format!("licenses/{}", license.id))
            .await
            .refuse(404, "NOT_FOUND");

        let moves = format!("nodes/{}/moves", shop.agent.node_id);
        let moved = shop
            .reseller
            .post(&moves, &json!({ "parent_id": sul }))
            .await
            .expect(200);
        assert!(moved.text("/path").contains(&sul[4..]));
        // What was Norte's is Sul's now: the license, the machine, the people.
        let _ = silvio
            .get(&format!("licenses/{}", license.id))
            .await
            .expect(200);
        let _ = silvio
            .get(&format!("machines/{}", program.machine_id))
            .await
            .expect(200);
        shop.subcompany
            .get(&format!("licenses/{}", license.id))
            .await
            .refuse(404, "NOT_FOUND");
        assert_eq!(
            shop.agent.list("licenses").await.len(),
            1,
            "the agent keeps its own"
        );
        assert_eq!(shop.customer.list("licenses").await.len(), 1);
        assert_eq!(program.contact().await, "VALID");

        // Not below itself, not the root, not out of what the caller sees.
        let below = json!({ "parent_id": shop.agent.node_id });
        shop.reseller
            .post(&format!("nodes/{sul}/moves"), &below)
            .await
            .refuse(409, "TREE_RULE");
        let root = format!("nodes/{}/moves", shop.reseller.node_id);
        shop.reseller
            .post(&root, &json!({ "parent_id": sul }))
            .await
            .refuse(409, "TREE_RULE");
        shop.subcompany
            .post(&moves, &json!({ "parent_id": shop.subcompany.node_id }))
            .await
            .refuse(404, "NOT_FOUND");
        // And there is a history of it.
        let history = shop
            .reseller
            .list(&format!("nodes/{}/history", shop.agent.node_id))
            .await;
        let actions: Vec<&str> = history
            .iter()
            .map(|entry| entry["action"].as_str().unwrap())
            .collect();
        assert!(
            actions.iter().any(|action| action.contains("move")),
            "{actions:?}"
        );
        assert!(
            actions.iter().any(|action| action.contains("create")),
            "{actions:?}"
        );
    });
}

// R-TEN-02 R-LIC-07
#[test]
fn a_suspended_place_suspends_what_is_under_it() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let mut program = app.program("acme.localhost", &license.key, "fp-1");
        let _ = program.activate().await;
        let _ = shop.agent.get("licenses").await.expect(200);

        let company = format!("nodes/{}/suspension", shop.subcompany.node_id);
        let _ = shop
            .reseller
            .ask(reqwest::Method::POST, &company)
            .await
            .expect(200);
        assert_eq!(program.contact().await, "TENANT_SUSPENDED");
        app.program("acme.localhost", &license.key, "fp-2")
            .try_activate()
            .await
            .refuse(403, "TENANT_SUSPENDED");
        // Nobody below comes in, token or not; whoever is above does.
        shop.agent
            .get("licenses")
            .await
            .refuse(401, "UNAUTHENTICATED");
        let fields = [
            ("grant_type", "password"),
            ("username", shop.agent.email.as_str()),
            ("password", alvara_tests::PASSWORD),
        ];
        let refused = app
            .nobody("acme.localhost")
            .ask(reqwest::Method::POST, "oauth/token")
            .form(&fields)
            .await;
        assert!(matches!(refused.status, 400 | 401), "{refused:?}");
        let _ = shop.reseller.get("licenses").await.expect(200);
        // No license is issued to a suspended place.
        let issue = json!({ "policy_id": shop.policy_id, "node_id": shop.customer.node_id });
        shop.reseller
            .post("licenses", &issue)
            .await
            .refuse(409, "STATE_CONFLICT");

        // The customer's own suspension is told apart, and stays when the company's is lifted.
        let own = format!("nodes/{}/suspension", shop.customer.node_id);
        let _ = shop
            .reseller
            .ask(reqwest::Method::POST, &own)
            .await
            .expect(200);
        let _ = shop.reseller.delete(&company).await.expect(200);
        assert_eq!(program.contact().await, "CUSTOMER_SUSPENDED");
        let _ = shop.agent.get("licenses").await.expect(200);
        let _ = shop.reseller.delete(&own).await.expect(200);
        assert_eq!(program.contact().await, "VALID");
    });
}
