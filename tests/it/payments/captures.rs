//! Money that is held first and taken when somebody says so.

use serde_json::{Value, json};

use super::{balance, each_till};

// R-PAY-02 R-PAY-06
#[test]
fn what_is_held_renews_when_it_is_captured_and_once() {
    each_till(async |app, bank, till| {
        app.install_plugin("stripe", "acme", &bank.host()).await;
        let account = bank.stripe_account();
        let account = till.shop.reseller.post("payment-accounts", &account).await;
        let _ = account.expect(201);
        let before = till.expiry().await;
        let order = till.order().await;
        let path = format!("orders/{order}/charges");
        let customer = &till.shop.customer;
        let hold = |method: &str, token: Option<&str>| {
            json!({
                "method": method, "token": token, "capture": "manual",
                "return_url": "https://shop.example/back",
            })
        };
        // What takes money at once cannot hold it, and nothing is sent.
        let refused = customer.post(&path, &hold("pix", None)).once("pix").await;
        assert_eq!(refused.expect(422).pointers(), ["/capture"]);
        assert!(bank.bills().await.is_empty());

        let charge = customer
            .post(&path, &hold("stripe", Some("pm_card_visa")))
            .once("held")
            .await
            .expect(201)
            .json();
        assert_eq!(charge["state"], "authorized", "{charge}");
        let id = charge["id"].as_str().unwrap();
        assert_eq!(till.expiry().await, before, "held, not taken");
        assert_eq!(till.get(&format!("orders/{order}")).await["state"], "open");

        // Not by who pays, nor by who has nothing to do with it.
        let take = format!("charges/{id}/captures");
        let _ = customer.post(&take, &json!({})).await.expect(403);
        let bella = app.shop("bella").await;
        let _ = bella.reseller.post(&take, &json!({})).await.expect(404);
        // Four who take it at once take it once.
        let mut asked = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let ask = till.shop.agent.post(&take, &json!({}));
            asked.spawn(async move { ask.await.status });
        }
        for status in asked.join_all().await {
            assert!(matches!(status, 200 | 409), "{status}");
        }
        app.advance_seconds(120);
        app.run_jobs().await;
        let charge: Value = till.get(&format!("charges/{id}")).await;
        assert_eq!(charge["state"], "paid", "{charge}");
        assert_eq!(charge["captured"]["amount_minor"], 19_900);
        let after = till.expiry().await;
        assert_ne!(after, before);
        let over = till.shop.agent.post(&take, &json!({})).await.expect(409);
        assert_eq!(over.json()["state"], "paid");
        assert_eq!(till.expiry().await, after);
        let renewals = "SELECT COUNT(*) FROM charge_effects WHERE effect = 'grant'";
        assert_eq!(app.database().count(renewals), 1);
        balance(app);
    });
}

// R-PAY-02 R-PAY-06
#[test]
fn what_is_held_is_given_back_when_it_is_called_off() {
    each_till(async |app, bank, till| {
        app.install_plugin("stripe", "acme", &bank.host()).await;
        let account = bank.stripe_account();
        let account = till.shop.reseller.post("payment-accounts", &account).await;
        let _ = account.expect(201);
        let before = till.expiry().await;
        let order = till.order().await;
        let ask = json!({ "method": "stripe", "token": "pm_card_visa", "capture": "manual" });
        let path = format!("orders/{order}/charges");
        let charge = till.shop.customer.post(&path, &ask).once("held").await;
        let charge = charge.expect(201).json();
        assert_eq!(charge["state"], "authorized", "{charge}");
        let id = charge["id"].as_str().unwrap();
        let off = format!("charges/{id}/cancellation");
        let off = till.shop.agent.post(&off, &json!({})).await.expect(200);
        assert_eq!(off.json()["state"], "canceled", "{off:?}");
        let take = format!("charges/{id}/captures");
        let _ = till.shop.agent.post(&take, &json!({})).await.expect(409);
        assert_eq!(till.expiry().await, before);
        balance(app);
    });
}
