//! The chain of what was changed, by whom, from where.

use alvara_tests::{Backend, each_app};
use serde_json::json;

// R-TEN-08
#[test]
fn a_row_that_somebody_changed_by_hand_is_found() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let reason = json!({ "reason": "invoice unpaid" });
        let _ = shop
            .agent
            .post(&format!("licenses/{}/suspension", license.id), &reason)
            .await
            .expect(200);
        assert_eq!(app.broken_audit("acme").await, None);
        let seq = app.database().sql(&format!(
            "SELECT seq FROM audit_entries WHERE target = '{}' ORDER BY seq DESC LIMIT 1",
            license.id
        ));
        let tamper = format!(
            "UPDATE audit_entries SET actor = 'mem_somebody_else' WHERE seq = {seq} AND target = '{}'",
            license.id
        );
        if app.backend() == Backend::Postgres {
            // Row-level security has no policy under which an entry could change.
            let _ = app.database().sql(&tamper);
            assert_eq!(app.broken_audit("acme").await, None);
            let _ = app.database().sql(&format!("ALTER TABLE audit_entries NO FORCE ROW LEVEL SECURITY; {tamper}; ALTER TABLE audit_entries FORCE ROW LEVEL SECURITY"));
        } else {
            let _ = app.database().sql(&tamper);
        }
        let broken = app
            .broken_audit("acme")
            .await
            .expect("the tampered row is found");
        assert!(broken.contains(&format!("seq: {seq}")), "{broken}");
        // Mended, the chain is whole again, which also lets the test end well.
        let actor = shop.agent.get("audit?limit=1").await;
        actor.refuse(403, "FORBIDDEN");
        let listed = shop
            .reseller
            .get(&format!("audit?target={}&limit=1", license.id))
            .await
            .expect(200);
        assert_eq!(listed.json()["items"][0]["actor"], "mem_somebody_else");
        app.expect_broken_audit();
    });
}

// R-TEN-08
#[test]
fn the_chain_says_who_did_what_and_from_where() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let path = format!("licenses/{}/suspension", license.id);
        let done = shop
            .agent
            .post(&path, &json!({ "reason": "unpaid" }))
            .await
            .expect(200);
        let request = done.header("x-request-id").unwrap().to_owned();
        let entries = shop
            .reseller
            .list(&format!("audit?target={}", license.id))
            .await;
        let entry = entries
            .iter()
            .find(|entry| entry["request_id"] == request.as_str())
            .expect("the entry");
        assert!(entry["actor"].as_str().unwrap().contains("mem_"), "{entry}");
        assert_eq!(entry["source_address"], "127.0.0.1");
        assert!(
            entry["action"].as_str().unwrap().contains("suspend"),
            "{entry}"
        );
        assert_eq!(entry["before"]["state"], "active");
        assert_eq!(entry["after"]["state"], "suspended");
    });
}
