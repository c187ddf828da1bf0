//! Clocks that do not agree: a provider's and ours, and those of two servers.

use alvara_tests::bank::Bank;
use alvara_tests::{Mortal, TestApp};
use serde_json::json;

use super::{Till, balance, each_till};

/// More than any signature is believed across.
const HOUR: i64 = 3_600;

const GRANTS: &str = "SELECT COUNT(*) FROM charge_effects WHERE effect = 'grant'";
const RECEIPTS: &str = "SELECT COUNT(*) FROM invoices WHERE kind = 'receipt'";

/// Time goes by for everybody, and what is due is done; the clocks stay as far apart as they are.
async fn pass(app: &TestApp, bank: &Bank, seconds: i64) {
    app.advance_seconds(seconds);
    bank.go_ahead(seconds).await;
    app.run_jobs().await;
}

/// Presses a button of what was asked for last.
async fn press(bank: &Bank, action: &str, tell: usize) {
    let bills = bank.bills().await;
    let reference = bills.last().unwrap()["reference"].as_str().unwrap();
    bank.press(reference, action, &json!({ "tell": tell }))
        .await;
}

/// An account at Stripe, which signs by its clock.
async fn stripe(app: &TestApp, bank: &Bank, till: &Till) -> String {
    app.install_plugin("stripe", "acme", &bank.host()).await;
    let account = bank.stripe_account();
    let account = till.shop.reseller.post("payment-accounts", &account).await;
    let account = account.expect(201).id();
    bank.tell_stripe_to(app, "acme", &account).await;
    account
}

/// Whoever signs an instant is not believed, whoever shares a word is; either way one payment
/// renews once, and goes back.
async fn is_paid_and_given_back(app: &TestApp, bank: &Bank, till: &Till, stripe: &str) {
    for (method, answer) in [("pix", 200), ("stripe", 401)] {
        let before = till.expiry().await;
        let order = till.order().await;
        let charge = till.charge_by(&order, method, method).await;
        assert_eq!(charge["state"], "requires_action", "{method}: {charge}");
        let id = charge["id"].as_str().unwrap();
        let told = bank.answered().await.len();
        press(bank, "pay", 2).await;
        assert_eq!(bank.answered().await[told..], [Some(answer); 2], "{method}");
        app.run_jobs().await;
        if method == "stripe" {
            assert_eq!(till.state(id).await, "requires_action");
            // Stripe is asked every hour.
            pass(app, bank, HOUR + 100).await;
        }
        assert_eq!(till.state(id).await, "paid", "{method}");
        let after = till.expiry().await;
        assert_ne!(after, before, "{method}");
        press(bank, "tell", 1).await;
        assert_eq!(bank.answered().await.last(), Some(&Some(answer)));
        pass(app, bank, HOUR + 100).await;
        assert_eq!(till.expiry().await, after, "{method}: renewed once");

        let refund = format!("charges/{id}/refunds");
        let asked = till.shop.reseller.post(&refund, &json!({})).once(id).await;
        let _ = asked.expect(201);
        if method == "pix" {
            press(bank, "return_money", 1).await;
        }
        for _ in 0..2 {
            pass(app, bank, HOUR + 100).await;
        }
        assert_eq!(till.state(id).await, "refunded", "{method}");
        assert_eq!(till.expiry().await, before, "{method}");
        balance(app);
    }
    let kept = format!("SELECT COUNT(*) FROM inbound_webhooks WHERE account_id = '{stripe}'");
    assert_eq!(app.database().count(&kept), 0);
    assert_eq!(app.database().count(GRANTS), 2);
}

// R-PAY-07 R-PAY-12
#[test]
fn a_provider_whose_clock_is_behind_is_asked() {
    each_till(async |app, bank, till| {
        let account = stripe(app, bank, till).await;
        app.advance_seconds(HOUR);
        is_paid_and_given_back(app, bank, till, &account).await;
    });
}

// R-PAY-07 R-PAY-12
#[test]
fn a_provider_whose_clock_is_ahead_is_asked() {
    each_till(async |app, bank, till| {
        let account = stripe(app, bank, till).await;
        bank.go_ahead(HOUR).await;
        is_paid_and_given_back(app, bank, till, &account).await;
    });
}

// R-PAY-07 R-PAY-11 R-PAY-12
#[test]
fn servers_whose_clocks_differ_settle_a_charge_once() {
    each_till(async |app, bank, till| {
        let mut ahead = Mortal::start(
            env!("CARGO_BIN_EXE_mortal"),
            app.database().url(),
            app.now().saturating_add_seconds(600),
            &bank.gateway(),
            app.database().folder(),
        );
        // Made where it is later, told to where it is not yet.
        let secret = till.shop.customer.secret().await;
        let customer = ahead.site().bearing("acme.localhost", &secret);
        let before = till.expiry().await;
        let order = till.order().await;
        let path = format!("orders/{order}/charges");
        let asked = customer.post(&path, &json!({ "method": "pix" }));
        let charge = asked.once("ahead").await.expect(201).json();
        assert_eq!(charge["state"], "requires_action", "{charge}");
        press(bank, "pay", 2).await;
        app.run_jobs().await;
        let id = charge["id"].as_str().unwrap();
        assert_eq!(till.state(id).await, "paid");
        let after = till.expiry().await;
        assert_ne!(after, before);

        // Made here and told to nobody: there it is time to ask, here it is not.
        let order = till.order().await;
        let charge = till.charge(&order, "here").await;
        press(bank, "pay", 0).await;
        app.run_jobs().await;
        let id = charge["id"].as_str().unwrap();
        assert_eq!(till.state(id).await, "requires_action");
        assert!(ahead.run_jobs());
        assert_eq!(till.state(id).await, "paid");
        let last = till.expiry().await;
        assert_ne!(last, after);

        // Whatever either has planned.
        press(bank, "tell", 2).await;
        app.run_jobs().await;
        assert!(ahead.run_jobs());
        drop(ahead);
        pass(app, bank, HOUR).await;
        assert_eq!(till.expiry().await, last);
        let counts = [GRANTS, RECEIPTS].map(|each| app.database().count(each));
        assert_eq!(counts, [2; 2]);
        balance(app);
    });
}
