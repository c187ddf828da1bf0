//! Providers that are told by the platform where to call.

use alvara_tests::bank::{CHAVE, WEBHOOK_TOKEN};
use serde_json::json;

use super::{balance, each_till};

// R-PAY-02 R-PAY-03 R-PAY-07
#[test]
fn the_provider_is_told_where_to_call_and_nobody_sees_the_word() {
    each_till(async |app, bank, till| {
        let path = format!("payment-accounts/{}/webhook-registration", till.account);
        let shop = &till.shop;
        for who in [&shop.subcompany, &shop.agent, &shop.customer] {
            let _ = who.post(&path, &json!({})).await.expect(403);
        }
        let bella = app.shop("bella").await;
        let _ = bella.reseller.post(&path, &json!({})).await.expect(404);

        bank.move_pix_webhook("http://nowhere.example/").await;
        let told = shop.reseller.post(&path, &json!({})).await.expect(200);
        assert!(!told.body().contains(WEBHOOK_TOKEN), "{told:?}");
        let told = told.json();
        let url = told["url"].as_str().unwrap();
        let hook = format!("/hooks/{}", till.account);
        assert!(url.contains("//acme.") && url.ends_with(&hook), "{told}");
        // Mandates are told of too, since the account takes them.
        assert_eq!(told["told"].as_array().unwrap().len(), 3, "{told}");
        assert_eq!(told["told"][0]["name"], format!("/webhook/{CHAVE}"));
        // The plugin was never shown the word: it says here what it was shown.
        assert_eq!(told["told"][0]["value"], format!("{url}?token=***"));
        let kept = bank.pix_webhook().await;
        assert_eq!(kept, format!("{url}?token={WEBHOOK_TOKEN}"));
        // It may be told again.
        let _ = shop.reseller.post(&path, &json!({})).await.expect(200);
        assert_eq!(bank.pix_webhook().await, kept);
        let noted = app.database().sql(
            "SELECT COUNT(*) FROM audit_entries WHERE action = 'payment_account.webhook_registered'",
        );
        assert_eq!(noted.trim(), "2");

        // What it tells there is believed.
        let served = kept.replace(url, &app.hook("acme", &till.account));
        bank.move_pix_webhook(&served).await;
        let before = till.expiry().await;
        let order = till.order().await;
        let charge = till.charge(&order, "told").await;
        let bills = bank.bills().await;
        let reference = bills[0]["reference"].as_str().unwrap();
        bank.press(reference, "pay", &json!({ "tell": 2 })).await;
        app.run_jobs().await;
        assert_eq!(till.state(charge["id"].as_str().unwrap()).await, "paid");
        assert_ne!(till.expiry().await, before);
        let stored = "SELECT COUNT(*) FROM inbound_webhooks";
        assert_eq!(app.database().count(stored), 1);
        balance(app);
    });
}

// R-PAY-03 R-PAY-07
#[test]
fn a_provider_that_is_told_otherwise_or_refuses_is_said() {
    each_till(async |app, bank, till| {
        let register = |account: &str| format!("payment-accounts/{account}/webhook-registration");
        let reseller = &till.shop.reseller;
        // Stripe is told on its own pages.
        app.install_plugin("stripe", "acme", &bank.host()).await;
        let account = reseller.post("payment-accounts", &bank.stripe_account());
        let account = account.await.expect(201).id();
        let refused = reseller.post(&register(&account), &json!({})).await;
        assert_eq!(refused.expect(422).pointers(), ["/plugin"]);

        let before = bank.pix_webhook().await;
        bank.misbehave("PUT", "/pix/v2/webhook", "error").await;
        let refused = reseller.post(&register(&till.account), &json!({})).await;
        assert_eq!(refused.expect(422).pointers(), ["/config"]);
        assert_eq!(bank.pix_webhook().await, before);
        let noted = "SELECT COUNT(*) FROM audit_entries \
                     WHERE action = 'payment_account.webhook_registered'";
        assert_eq!(app.database().count(noted), 0);
    });
}
