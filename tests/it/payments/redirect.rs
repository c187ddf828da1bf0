//! Methods that send the customer to the provider's own page.

use serde_json::json;

use super::{balance, each_till};

// R-PAY-02 R-PAY-06 R-PAY-12
#[test]
fn a_card_is_charged_at_its_provider_and_found_out_by_asking() {
    each_till(async |app, bank, till| {
        app.install_plugin("card", "acme", &bank.host()).await;
        let account = bank.card_account();
        let _ = till
            .shop
            .reseller
            .post("payment-accounts", &account)
            .await
            .expect(201);
        let before = till.expiry().await;
        let order = till.order().await;
        let charge = till.charge_by(&order, "card", "card").await;
        assert_eq!(charge["state"], "requires_action", "{charge}");
        assert_eq!(charge["action"]["kind"], "redirect");
        let bills = bank.bills().await;
        let reference = bills[0]["reference"].as_str().unwrap();
        // The provider's word gets lost: whoever waits asks, and be it the customer.
        bank.press(reference, "pay", &json!({ "tell": 0 })).await;
        let id = charge["id"].as_str().unwrap();
        let path = format!("charges/{id}/sync");
        let asked = till
            .shop
            .customer
            .post(&path, &json!({}))
            .await
            .expect(200)
            .json();
        assert_eq!(asked["state"], "paid", "{asked}");
        let after = till.expiry().await;
        assert_ne!(after, before);
        let _ = till.shop.customer.post(&path, &json!({})).await.expect(200);
        app.advance_seconds(3_600);
        app.run_jobs().await;
        assert_eq!(till.expiry().await, after, "renewed once");
        balance(app);
    });
}

// R-PAY-02 R-PAY-06 R-PAY-07
#[test]
fn stripe_is_believed_by_its_signature() {
    each_till(async |app, bank, till| {
        app.install_plugin("stripe", "acme", &bank.host()).await;
        let account = bank.stripe_account();
        let account = till.shop.reseller.post("payment-accounts", &account).await;
        let account = account.expect(201).id();
        bank.tell_stripe_to(app, "acme", &account).await;
        let before = till.expiry().await;
        let order = till.order().await;
        let charge = till.charge_by(&order, "stripe", "stripe").await;
        assert_eq!(charge["state"], "requires_action", "{charge}");
        let bills = bank.bills().await;
        let reference = bills[0]["reference"].as_str().unwrap();
        bank.press(reference, "pay", &json!({ "tell": 3 })).await;
        app.run_jobs().await;
        let id = charge["id"].as_str().unwrap();
        assert_eq!(till.state(id).await, "paid");
        assert_ne!(till.expiry().await, before);
        assert_eq!(
            app.database()
                .count("SELECT COUNT(*) FROM inbound_webhooks"),
            1
        );
        balance(app);
    });
}
