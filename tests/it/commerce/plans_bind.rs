//! Whoever is below the root sells at plans where a policy has any.

use alvara_tests::{Actor, Answer, Shop, each_app};
use serde_json::{Value, json};

use super::modules::sell_modules;

async fn plan(shop: &Shop, code: &str, period: &str, price: u32) -> String {
    let plan = json!({
        "policy_id": shop.policy_id, "code": code, "name": code, "period": period,
        "price": { "amount_minor": price, "currency": "BRL" },
    });
    shop.reseller.post("plans", &plan).await.expect(201).id()
}

async fn issue(who: &Actor, shop: &Shop, more: &Value) -> Answer {
    let mut new = json!({ "policy_id": shop.policy_id, "node_id": shop.customer.node_id });
    alvara_tests::world::merge(&mut new, more);
    who.post("licenses", &new).await
}

// R-TEN-06 R-LIC-01
#[test]
fn nothing_is_issued_below_the_root_that_no_plan_prices() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let _ = sell_modules(&shop, &["PRO"]).await;
        // Without any plan nobody is bound.
        let free = json!({ "machine_limit": 1000, "modules": ["PRO"] });
        let made = issue(&shop.agent, &shop, &free).await.expect(201).json();
        assert_eq!(made["license"]["sale"], Value::Null);
        let year = plan(&shop, "year", "P1Y", 10_000).await;
        let more = json!({ "modules": ["PRO"] });
        let made = issue(&shop.agent, &shop, &more).await.expect(201).json();
        let sale = &made["license"]["sale"];
        assert_eq!(
            (&sale["plan_id"], &sale["total"]["amount_minor"]),
            (&json!(year), &json!(10_990))
        );
        let refused = issue(&shop.agent, &shop, &free).await;
        assert_eq!(refused.json()["machine_limit"], 1);
        refused.refuse(422, "BEYOND_PLAN");
        // Of several it is the one of the policy's own length, or else must be said.
        let month = plan(&shop, "month", "P1M", 1_000).await;
        let made = issue(&shop.agent, &shop, &json!({})).await.expect(201);
        assert_eq!(made.text("/license/sale/plan_id"), year);
        let second = plan(&shop, "year-2", "P1Y", 9_000).await;
        for who in [&shop.agent, &shop.subcompany] {
            let refused = issue(who, &shop, &json!({})).await;
            let plans = refused.json()["plans"].clone();
            assert_eq!(plans.as_array().unwrap().len(), 3, "{plans}");
            assert_eq!(plans[1], json!({ "id": month, "code": "month" }));
            refused.refuse(422, "PLAN_REQUIRED");
        }
        let named = json!({ "plan_id": second });
        let _ = issue(&shop.agent, &shop, &named).await.expect(201);
        // Who runs the tenant is free to.
        let made = issue(&shop.reseller, &shop, &free).await.expect(201).json();
        assert_eq!(made["license"]["sale"], Value::Null);
        assert_eq!(made["license"]["machine_limit"], 1000);
        // A batch is sold at the plan that was found when it was asked for.
        let _ = plan(&shop, "day", "P1D", 100).await;
        let batch = json!({
            "policy_id": shop.policy_id, "node_id": shop.customer.node_id, "plan_id": month, "count": 2,
        });
        let batch = shop.agent.post("license-batches", &batch).await.expect(202);
        app.run_jobs().await;
        let sold = app.database().count(&format!(
            "SELECT COUNT(*) FROM license_sales s JOIN licenses l ON l.id = s.license_id \
             WHERE l.batch_id = '{}' AND s.plan_id = '{month}'",
            batch.id()
        ));
        assert_eq!(sold, 2);
    });
}

// R-TEN-06 R-LIC-03
#[test]
fn a_batch_lasts_as_long_as_the_one_plan_that_it_was_sold_at() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let month = plan(&shop, "month", "P1M", 1_000).await;
        let batch = json!({
            "policy_id": shop.policy_id, "node_id": shop.customer.node_id, "count": 2,
        });
        let _ = shop.agent.post("license-batches", &batch).await.expect(202);
        app.run_jobs().await;
        for license in shop.agent.list("licenses").await {
            let path = format!("licenses/{}", license["id"].as_str().unwrap());
            let seen = shop.agent.get(&path).await.expect(200);
            assert_eq!(seen.text("/sale/plan_id"), month);
            assert_eq!(seen.text("/period"), "P1M");
        }
    });
}

// R-TEN-06 R-LIC-09 R-LIC-01
#[test]
fn nothing_is_added_below_the_root_that_no_list_prices() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let _ = sell_modules(&shop, &["PRO", "NET"]).await;
        let year = plan(&shop, "year", "P1Y", 10_000).await;
        let made = issue(&shop.agent, &shop, &json!({})).await.expect(201);
        let path = format!("licenses/{}", made.text("/license/id"));
        let renew =
            async |who: &Actor, body: &Value| who.post(&format!("{path}/renewals"), body).await;
        renew(&shop.agent, &json!({ "period": "P90Y" }))
            .await
            .refuse(422, "PLAN_REQUIRED");
        // By its own length, which is the plan's; what that costs stands in its history.
        let _ = renew(&shop.agent, &json!({})).await.expect(200);
        let history = shop.agent.list(&format!("{path}/history")).await;
        let note = &history[0]["after"];
        assert_eq!(
            (&note["plan_id"], &note["price"]["amount_minor"]),
            (&json!(year), &json!(10_000)),
            "{note}"
        );
        // A module comes at its price, once; what it has already costs nothing more.
        let total = async || {
            let seen = shop.agent.get(&path).await.expect(200).json();
            seen["sale"]["total"]["amount_minor"].clone()
        };
        let module = |code: &str| format!("{path}/modules/{code}");
        let for_now = json!({ "expires_at": "2027-03-01T00:00:00Z" });
        for (body, expected) in [
            (&for_now, 10_990),
            (&for_now, 10_990),
            (&json!({}), 11_980),
            (&json!({ "value": "7" }), 11_980),
        ] {
            let _ = shop.agent.put(&module("PRO"), body).await.expect(200);
            assert_eq!(total().await, expected, "{body}");
        }
        let _ = shop
            .reseller
            .put(&module("NET"), &json!({}))
            .await
            .expect(200);
        assert_eq!(total().await, 11_980);
        let more = json!({ "machine_limit": 3 });
        shop.agent
            .change(&path, &more)
            .await
            .refuse(422, "BEYOND_PLAN");
        let _ = shop.reseller.change(&path, &more).await.expect(200);
        // What it was given it keeps, and does not get again.
        let _ = shop.agent.change(&path, &more).await.expect(200);
        for (limit, allowed) in [(2, true), (1, true), (2, false)] {
            let answer = shop
                .agent
                .change(&path, &json!({ "machine_limit": limit }))
                .await;
            assert_eq!(answer.status == 200, allowed, "{answer:?}");
        }
        let mut program = app.program("acme.localhost", &made.text("/key"), "fp-1");
        let _ = program.activate().await;
        let _ = renew(&shop.reseller, &json!({ "period": "P90Y" }))
            .await
            .expect(200);
    });
}
