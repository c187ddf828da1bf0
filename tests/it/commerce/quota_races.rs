//! Charges that go to another quota while somebody else moves them too.

use alvara_tests::database::{awhile, begin};
use alvara_tests::{Shop, each_app};
use serde_json::json;

use super::quotas::{check, grant, issue, path};

/// Another subcompany with a quota, and a customer of its own.
async fn rival(shop: &Shop, name: &str, total: i64) -> (String, String) {
    let place = shop.reseller.node("subcompany", name).await;
    let new = json!({ "parent_id": place, "kind": "customer", "name": format!("{name} customer") });
    let home = shop.reseller.post("nodes", &new).await.expect(201).id();
    let _ = grant(&shop.reseller, shop, &place, total).await.expect(200);
    (place, home)
}

fn holding(app: &alvara_tests::TestApp, place: &str) -> alvara_tests::database::Held {
    let statement = format!("UPDATE quotas SET version = version WHERE node_id = '{place}'");
    app.database().hold(&statement)
}

// R-TEN-05 R-LIC-09
#[test]
fn a_license_that_leaves_a_place_which_moves_is_charged_once() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let (norte, desk) = (shop.subcompany.node_id.clone(), shop.agent.node_id.clone());
        let _ = grant(&shop.reseller, &shop, &norte, 3).await.expect(200);
        let (sul, _) = rival(&shop, "Sul", 3).await;
        let (_, far) = rival(&shop, "Leste", 3).await;
        let license = shop.license().await;
        let other = shop.subcompany.node("agent", "Bia").await;
        let _ = issue(&shop.subcompany, &shop, &other).await.expect(201);
        // Both come while somebody issues on the quota they start from.
        let held = holding(app, &norte);
        let moving = shop
            .reseller
            .post(&format!("nodes/{desk}/moves"), &json!({ "parent_id": sul }));
        let moving = begin(async move { moving.await });
        awhile().await;
        let going = shop.reseller.post(
            &format!("licenses/{}/transfers", license.id),
            &json!({ "node_id": far, "machines": "keep" }),
        );
        let going = begin(async move { going.await });
        awhile().await;
        held.release();
        let _ = moving.end().await.expect(200);
        let _ = going.end().await.expect(200);
        check(app);
    });
}

// R-TEN-05 R-LIC-09
#[test]
fn a_license_that_leaves_a_quota_which_is_taken_away_is_charged_once() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let (norte, desk) = (shop.subcompany.node_id.clone(), shop.agent.node_id.clone());
        let _ = grant(&shop.reseller, &shop, &norte, 5).await.expect(200);
        let _ = grant(&shop.reseller, &shop, &desk, 3).await.expect(200);
        let (_, far) = rival(&shop, "Leste", 3).await;
        let license = shop.license().await;
        let _ = issue(&shop.agent, &shop, &desk).await.expect(201);
        let held = holding(app, &desk);
        let removing = shop.reseller.delete(&path(&shop, &desk));
        let removing = begin(async move { removing.await });
        awhile().await;
        let going = shop.reseller.post(
            &format!("licenses/{}/transfers", license.id),
            &json!({ "node_id": far, "machines": "keep" }),
        );
        let going = begin(async move { going.await });
        awhile().await;
        held.release();
        let _ = removing.end().await.expect(204);
        let _ = going.end().await.expect(200);
        check(app);
    });
}

// R-TEN-05 R-LIC-03
#[test]
fn a_place_that_moves_while_its_batch_issues_takes_every_charge_along() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let (norte, desk) = (shop.subcompany.node_id.clone(), shop.agent.node_id.clone());
        let _ = grant(&shop.reseller, &shop, &norte, 20).await.expect(200);
        let (sul, _) = rival(&shop, "Sul", 20).await;
        let batch = json!({ "policy_id": shop.policy_id, "node_id": desk, "count": 10 });
        let batch = shop.agent.post("license-batches", &batch).await.expect(202);
        // The batch issues and does not get to its end; then the place is moved, and what it has
        // issued is committed between one look of the move at the charges and the next.
        let issuing = app.database().hold(&format!(
            "UPDATE batches SET issued = issued WHERE id = '{}'",
            batch.id()
        ));
        let story = async {
            awhile().await;
            let table = app.database().queue_for_table("batch_sales");
            awhile().await;
            let hang = format!("nodes/{desk}/moves");
            let moving = shop.reseller.post(&hang, &json!({ "parent_id": sul }));
            let moving = begin(async move { moving.await });
            awhile().await;
            issuing.release();
            awhile().await;
            table.release();
            let _ = moving.end().await.expect(200);
        };
        let (_, ()) = tokio::join!(app.run_jobs(), story);
        app.run_jobs().await;
        assert_eq!(app.database().count("SELECT COUNT(*) FROM licenses"), 10);
        check(app);
    });
}
