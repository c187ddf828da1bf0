//! Ten thousand licenses in one request.

use std::collections::HashSet;

use alvara_tests::each_app;
use serde_json::json;

// R-LIC-03 R-LIC-12
#[test]
fn ten_thousand_licenses_are_asked_for_in_one_request() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let wanted = json!({
            "policy_id": shop.policy_id, "node_id": shop.agent.node_id, "count": 10_000,
        });
        let taken = shop
            .agent
            .post("license-batches", &wanted)
            .await
            .expect(202);
        let path = taken.header("location").unwrap().to_owned();
        assert_eq!(taken.text("/state"), "queued");
        app.run_jobs().await;
        let done = shop.agent.get(&path).await.expect(200).json();
        assert_eq!(
            (&done["state"], &done["issued"], &done["total"]),
            (&json!("done"), &json!(10_000), &json!(10_000))
        );
        let csv = shop
            .agent
            .get(&format!("{path}/keys.csv"))
            .await
            .expect(200);
        assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
        let body = csv.body();
        let mut lines = body.lines();
        assert_eq!(lines.next(), Some("license_id,key"));
        let keys: HashSet<&str> = lines.map(|line| line.split_once(',').unwrap().1).collect();
        assert_eq!(keys.len(), 10_000);
        // Any of them works.
        let key = keys.iter().next().unwrap();
        let _ = app
            .program("acme.localhost", key, "fp-1")
            .activate()
            .await
            .expect(201);
        // None is stored as it is.
        let found = app.database().count(&format!(
            "SELECT COUNT(*) FROM licenses WHERE key_sealed LIKE '%{key}%'"
        ));
        assert_eq!(found, 0);
        // Nobody beside the agent's branch gets to see them.
        shop.customer.get(&path).await.refuse(403, "FORBIDDEN");
    });
}

// R-LIC-03
#[test]
fn a_batch_of_none_or_of_too_many_is_refused() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        for count in [0, 10_001] {
            let wanted = json!({ "policy_id": shop.policy_id, "node_id": shop.agent.node_id, "count": count });
            let refused = shop.agent.post("license-batches", &wanted).await;
            assert_eq!(refused.pointers(), ["/count"]);
            refused.refuse(422, "INVALID_FIELDS");
        }
        assert_eq!(app.database().count("SELECT COUNT(*) FROM batches"), 0);
    });
}
