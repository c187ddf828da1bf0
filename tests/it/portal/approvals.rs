//! What waits for a decision, and deciding it on a page.

use alvara_tests::{Browser, Shop, TestApp, one_app};
use serde_json::json;

/// A program that waits to be approved; the id of its registration.
async fn waiting(app: &TestApp, shop: &Shop) -> String {
    let rule = json!({
        "mode": "approval", "policy_id": shop.policy_id, "node_id": shop.agent.node_id,
    });
    let path = format!("products/{}/registration-rule", shop.product_id);
    let _ = shop
        .reseller
        .put(&path, &rule)
        .header("if-match", "*")
        .await
        .expect(200);
    let ask = json!({
        "product": "writer", "machine": { "fingerprint": "pc-7", "name": "Caixa 7" },
        "applicant": { "name": "Paulo", "email": "paulo@example.com" },
    });
    let program = app.nobody("acme.localhost");
    let _ = program.post("registrations", &ask).await.expect(202);
    let found = shop.reseller.list("registrations?state=pending").await;
    found[0]["id"].as_str().unwrap().to_owned()
}

// R-LIC-10: a program that waits is approved on its page, and gets its license.
#[test]
fn a_program_is_approved_on_its_page() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let id = waiting(app, &acme).await;
        let ana = Browser::sign_in(&acme.agent).await;
        let list = ana.get("/approvals?tab=programs").await.expect(200).body();
        assert!(list.contains(&id) && list.contains("Caixa 7"), "{list}");
        let place = format!("/approvals/programs/{id}");
        assert!(ana.get(&place).await.expect(200).body().contains("Paulo"));
        let fields = [
            ("policy_id", ""),
            ("node_id", acme.customer.node_id.as_str()),
            ("customer.name", ""),
        ];
        let done = ana
            .submit(&format!("{place}/approve"), &fields)
            .await
            .expect(303);
        assert_eq!(
            done.header("location"),
            Some("/approvals?tab=programs&done=approval-program-approved")
        );
        assert_eq!(app.database().count("SELECT COUNT(*) FROM licenses"), 1);
        assert!(ana.get("/approvals?tab=decided").await.body().contains(&id));
        assert!(
            !ana.get("/approvals?tab=programs")
                .await
                .body()
                .contains(&id)
        );
    });
}

// R-LIC-10: what was put away is in a tab of its own and comes back from there.
#[test]
fn a_deleted_registration_comes_back() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let id = waiting(app, &acme).await;
        let house = Browser::sign_in(&acme.reseller).await;
        let place = format!("/approvals/programs/{id}");
        let _ = house
            .submit(&format!("{place}/delete"), &[])
            .await
            .expect(303);
        assert!(
            !house
                .get("/approvals?tab=programs")
                .await
                .body()
                .contains(&id)
        );
        assert!(
            house
                .get("/approvals?tab=deleted")
                .await
                .body()
                .contains(&id)
        );
        let _ = house
            .submit(&format!("{place}/restore"), &[])
            .await
            .expect(303);
        assert!(
            house
                .get("/approvals?tab=programs")
                .await
                .body()
                .contains(&id)
        );
    });
}

// R-TEN-01: nobody decides what is another's, and a customer decides nothing.
#[test]
fn who_may_not_decide_does_not() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let other = app.shop("bella").await;
        let id = waiting(app, &acme).await;
        let place = format!("/approvals/programs/{id}");
        let stranger = Browser::sign_in(&other.reseller).await;
        let _ = stranger.get(&place).await.expect(404);
        let _ = stranger
            .submit(&format!("{place}/approve"), &[])
            .await
            .expect(404);
        let carla = Browser::sign_in(&acme.customer).await;
        let _ = carla.get("/approvals").await.expect(403);
        let _ = carla
            .submit(&format!("{place}/refuse"), &[])
            .await
            .expect(403);
        let still = acme.reseller.list("registrations?state=pending").await;
        assert_eq!(still.len(), 1);
    });
}
