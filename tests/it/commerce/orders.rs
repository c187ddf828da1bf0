//! What is ordered, what it will do, and who may owe for it.

use alvara_tests::{Shop, each_app};
use serde_json::{Value, json};

async fn plan(shop: &Shop) -> String {
    let plan = json!({
        "policy_id": shop.policy_id, "code": "yearly", "name": "Yearly", "period": "P1Y",
        "price": { "amount_minor": 19_900, "currency": "BRL" },
    });
    shop.reseller.post("plans", &plan).await.expect(201).id()
}

/// An active license that ends, sold at a plan.
async fn sold(shop: &Shop, plan: &str) -> String {
    let new =
        json!({ "policy_id": shop.policy_id, "plan_id": plan, "node_id": shop.customer.node_id });
    shop.agent
        .post("licenses", &new)
        .await
        .expect(201)
        .text("/license/id")
}

// R-PAY-06 R-TEN-06
#[test]
fn an_order_says_what_it_will_do_and_gives_nothing_before_it_is_paid() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let plan = plan(&shop).await;
        let license = sold(&shop, &plan).await;
        let wanted = json!({
            "lines": [
                { "license_id": license, "quantity": 2 },
                { "plan_id": plan, "quantity": 3 },
            ],
            "discount_percent": 10,
        });
        let order = shop.agent.post("orders", &wanted).await.expect(201);
        let said = order.json();
        assert_eq!(
            (&said["state"], &said["node_id"]),
            (&json!("open"), &json!(shop.customer.node_id))
        );
        assert_eq!(said["price"]["amount_minor"], 5 * 19_900);
        assert_eq!(said["total"]["amount_minor"], 89_550);
        let kinds: Vec<&Value> = said["lines"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| &line["kind"])
            .collect();
        assert_eq!(kinds, ["renew", "issue"]);
        let licenses = "SELECT COUNT(*) FROM licenses";
        assert_eq!(app.database().count(licenses), 1);
        // A customer sees it, buys for itself, and gives itself no discount.
        let path = format!("orders/{}", order.id());
        let _ = shop.customer.get(&path).await.expect(200);
        assert!(
            shop.customer
                .list(&format!("{path}/charges"))
                .await
                .is_empty()
        );
        let refused = shop
            .customer
            .post("orders", &wanted)
            .await
            .expect(422)
            .json();
        assert_eq!(refused["code"], "DISCOUNT_ABOVE_CEILING");
        let own = json!({ "lines": [{ "license_id": license }] });
        let own = shop.customer.post("orders", &own).await.expect(201);
        assert_eq!(own.json()["total"]["amount_minor"], 19_900);
        let none = json!({ "lines": [{}] });
        let _ = shop.agent.post("orders", &none).await.expect(422);
        // What nobody pays is called off by who sells, not by who buys.
        let _ = shop
            .customer
            .post(&format!("{path}/cancellation"), &json!({}))
            .await
            .expect(403);
        for _ in 0..2 {
            let off = shop
                .agent
                .post(&format!("{path}/cancellation"), &json!({}))
                .await
                .expect(200);
            assert_eq!(off.json()["state"], "canceled");
        }
        let _ = shop
            .agent
            .post(&format!("{path}/fulfilment"), &json!({}))
            .await
            .expect(409);
    });
}

// R-PAY-08
#[test]
fn a_deferred_order_is_given_within_the_limit_and_narrowed_when_overdue() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let plan = plan(&shop).await;
        let license = sold(&shop, &plan).await;
        let wanted = json!({ "lines": [{ "license_id": license }], "terms": "deferred" });
        let refused = shop.agent.post("orders", &wanted).await.expect(409).json();
        assert_eq!(refused["code"], "CREDIT_EXHAUSTED");
        let limit = json!({ "limit": { "amount_minor": 20_000, "currency": "BRL" }, "days": 28 });
        let path = format!("nodes/{}/credit-limit", shop.customer.node_id);
        let _ = shop.agent.put(&path, &limit).await.expect(403);
        let _ = shop.subcompany.put(&path, &limit).await.expect(200);
        let order = shop.agent.post("orders", &wanted).await.expect(201);
        assert_eq!(order.json()["lines"][0]["state"], "granted");
        let refused = shop.agent.post("orders", &wanted).await.expect(409).json();
        assert_eq!(refused["left_minor"], 100);
        let used = shop.agent.get(&path).await.expect(200).json();
        assert_eq!(used["used"]["amount_minor"], 19_900);
        let booked = shop.reseller.list("ledger").await;
        let sum: i64 = booked[0]["entries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["amount_minor"].as_i64().unwrap())
            .sum();
        assert_eq!((booked.len(), sum), (1, 0));
        // Nobody pays: a job narrows it by itself.
        for (days, narrowed, state) in [
            (28, "told", "active"),
            (1, "blocked", "active"),
            (6, "suspended", "suspended"),
            (23, "withdrawn", "active"),
        ] {
            app.advance(days);
            app.run_jobs().await;
            let now = shop
                .agent
                .get(&format!("orders/{}", order.id()))
                .await
                .expect(200)
                .json();
            assert_eq!(now["narrowed"], narrowed);
            let license = shop
                .agent
                .get(&format!("licenses/{license}"))
                .await
                .expect(200)
                .json();
            assert_eq!(license["state"], state, "{narrowed}");
        }
        let used = shop.agent.get(&path).await.expect(200).json();
        assert_eq!(used["used"]["amount_minor"], 0);
    });
}

// R-PAY-03: secrets go in and never come out.
#[test]
fn secrets_of_a_payment_account_are_never_shown() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        app.install_plugin("pix", "acme", "127.0.0.1:1").await;
        let new = json!({
            "name": "Pix", "plugin": "pix", "plugin_version": "1.0.0", "environment": "sandbox",
            "config": { "key": "a@b.test" }, "secrets": { "client_secret": "hunter2hunter2" },
        });
        let _ = shop
            .subcompany
            .post("payment-accounts?check=skip", &new)
            .await
            .expect(403);
        let made = shop
            .reseller
            .post("payment-accounts?check=skip", &new)
            .await
            .expect(201);
        assert_eq!(made.json()["secret_names"], json!(["client_secret"]));
        let path = format!("payment-accounts/{}", made.id());
        let again = shop
            .reseller
            .post("payment-accounts?check=skip", &new)
            .await
            .expect(409)
            .json();
        assert_eq!(again["code"], "ALREADY_EXISTS");
        let change = json!({ "secrets": { "client_secret": null, "token": "correcthorse" }, "late_policy": "refund" });
        let stale = shop
            .reseller
            .patch(&path, &change)
            .header("if-match", "\"7\"")
            .await;
        let _ = stale.expect(412);
        let _ = shop
            .reseller
            .patch(&path, &change)
            .header("if-match", "*")
            .await
            .expect(200);
        let seen = shop.agent.get(&path).await.expect(200);
        assert_eq!(seen.json()["secret_names"], json!(["token"]));
        assert_eq!(seen.json()["late_policy"], "refund");
        for secret in ["hunter2hunter2", "correcthorse"] {
            assert!(!seen.body().contains(secret) && !made.body().contains(secret));
            for table in ["payment_accounts", "audit_entries", "events"] {
                let column = match table {
                    "payment_accounts" => "secrets_sealed",
                    "audit_entries" => "after_state",
                    _ => "data",
                };
                let leaked =
                    format!("SELECT COUNT(*) FROM {table} WHERE {column} LIKE '%{secret}%'");
                assert_eq!(app.database().count(&leaked), 0, "{table}");
            }
        }
    });
}

// R-TEN-06
#[test]
fn shares_of_a_sale_are_said_above_and_never_more_than_the_whole() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let rule = |node: &str| format!("commission-rules/{node}");
        let desk = rule(&shop.agent.node_id);
        let _ = shop
            .subcompany
            .put(&desk, &json!({ "percent": 5 }))
            .await
            .expect(403);
        let _ = shop
            .reseller
            .put(&desk, &json!({ "percent": 60 }))
            .await
            .expect(200);
        let company = rule(&shop.subcompany.node_id);
        let _ = shop
            .reseller
            .put(&company, &json!({ "percent": 40.01 }))
            .await
            .expect(422);
        let _ = shop
            .reseller
            .put(&company, &json!({ "percent": 40 }))
            .await
            .expect(200);
        let _ = shop
            .reseller
            .put(&desk, &json!({ "percent": 60.01 }))
            .await
            .expect(422);
        let seen = shop.agent.get(&desk).await.expect(200).json();
        assert_eq!(seen["percent"], 60.0);
        let _ = shop.agent.get(&company).await.expect(404);
        assert!(shop.agent.list("commissions").await.is_empty());
        let statement = format!("nodes/{}/commission-statement", shop.agent.node_id);
        let sum = shop.agent.get(&statement).await.expect(200).json();
        assert_eq!(
            sum["earned"],
            json!({ "amount_minor": 0, "currency": "BRL" })
        );
    });
}
