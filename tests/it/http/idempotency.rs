//! Writes that are sent twice.

use alvara_tests::each_app;
use serde_json::json;
use tokio::task::JoinSet;

// R-API-01
#[test]
fn the_same_key_and_body_answer_the_same_thing_once_made() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let new = json!({ "policy_id": shop.policy_id, "node_id": shop.customer.node_id });
        let first = shop
            .agent
            .post("licenses", &new)
            .once("order-1")
            .await
            .expect(201);
        let again = shop
            .agent
            .post("licenses", &new)
            .once("order-1")
            .await
            .expect(201);
        assert_eq!(first.bytes(), again.bytes());
        assert_eq!(first.header("location"), again.header("location"));
        assert_eq!(first.header("etag"), again.header("etag"));
        assert_eq!(
            (
                first.header("idempotency-replayed"),
                again.header("idempotency-replayed")
            ),
            (None, Some("true"))
        );
        assert_eq!(app.database().count("SELECT COUNT(*) FROM licenses"), 1);
        // Another body under the same key is a mistake of the caller's.
        let other =
            json!({ "policy_id": shop.policy_id, "node_id": shop.customer.node_id, "note": "x" });
        shop.agent
            .post("licenses", &other)
            .once("order-1")
            .await
            .refuse(422, "IDEMPOTENCY_KEY_REUSED");
        // Another caller's key of the same name is another key.
        let _ = shop
            .subcompany
            .post("licenses", &new)
            .once("order-1")
            .await
            .expect(201);
        assert_eq!(app.database().count("SELECT COUNT(*) FROM licenses"), 2);
        // The answer is kept for a day, and sealed: it holds a key.
        let kept = app
            .database()
            .sql("SELECT answer_sealed FROM idempotency_keys");
        assert!(!kept.contains(&first.text("/key")));
    });
}

// R-API-01
#[test]
fn sixteen_at_once_with_one_key_make_one_license() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        // Signed in once, before the crowd.
        let _ = shop.agent.get("licenses").await.expect(200);
        let new = json!({ "policy_id": shop.policy_id, "node_id": shop.customer.node_id });
        let mut all = JoinSet::new();
        for _ in 0..16 {
            let asking = shop.agent.post("licenses", &new).once("order-1");
            all.spawn(async move { asking.await });
        }
        for answer in all.join_all().await {
            let in_progress = answer.status == 409 && answer.code() == "REQUEST_IN_PROGRESS";
            assert!(answer.status == 201 || in_progress, "{answer:?}");
        }
        assert_eq!(app.database().count("SELECT COUNT(*) FROM licenses"), 1);
        let _ = shop
            .agent
            .post("licenses", &new)
            .once("order-1")
            .await
            .expect(201);
    });
}

// R-API-01
#[test]
fn a_refused_request_may_be_mended_under_its_key() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let wrong = json!({ "policy_id": shop.policy_id, "node_id": shop.customer.node_id, "machine_limit": 0 });
        shop.agent
            .post("licenses", &wrong)
            .once("order-1")
            .await
            .refuse(422, "INVALID_FIELDS");
        let right = json!({ "policy_id": shop.policy_id, "node_id": shop.customer.node_id });
        let _ = shop
            .agent
            .post("licenses", &right)
            .once("order-1")
            .await
            .expect(201);
        // A key that can be none.
        shop.agent
            .post("licenses", &right)
            .once(&"k".repeat(129))
            .await
            .refuse(400, "INVALID_REQUEST");
    });
}
