//! Which version of a plugin reads what a provider tells while charges are open.

use alvara_tests::TestApp;
use alvara_tests::app::plugin_file;
use alvara_tests::bank::Bank;
use serde_json::{Value, json};

use super::plugins::install;
use super::{Till, balance, each_till};

/// A charge by Stripe that waits for its customer.
struct Open {
    account: String,
    charge: String,
    /// What the provider calls it.
    reference: String,
}

impl Open {
    async fn by_stripe(app: &TestApp, bank: &Bank, till: &Till) -> Self {
        app.install_plugin("stripe", "acme", &bank.host()).await;
        let made = till
            .shop
            .reseller
            .post("payment-accounts", &bank.stripe_account())
            .await;
        let account = made.expect(201).id();
        bank.tell_stripe_to(app, "acme", &account).await;
        let charge = till.charge_by(&till.order().await, "stripe", "open").await;
        assert_eq!(charge["state"], "requires_action", "{charge}");
        let bills = bank.bills().await;
        Self {
            account,
            charge: charge["id"].as_str().unwrap().to_owned(),
            reference: bills[0]["reference"].as_str().unwrap().to_owned(),
        }
    }

    /// Installs the next version, grants it what `granted` leaves of its sheet, and moves the account
    /// to it.
    async fn upgrade(&self, app: &TestApp, till: &Till, granted: impl Fn(&mut Value)) {
        let operator = app.operator();
        let file = plugin_file("stripe", "1.1.0");
        let made = install(&operator, "?unsigned=accept", &file).await;
        let second = format!("plugins/{}", made.expect(201).id());
        let sheet = operator.get(&format!("{second}/sheet")).await.expect(200);
        let mut grants = sheet.json()["grants"].clone();
        granted(&mut grants);
        let path = format!("{second}/grants");
        let put = operator.put(&path, &grants).if_match(&sheet).await;
        let _ = put.expect(200);
        let account = format!("payment-accounts/{}", self.account);
        let to = json!({ "plugin_version": "1.1.0" });
        let _ = till.shop.reseller.change(&account, &to).await.expect(200);
    }
}

// R-PAY-01 R-PAY-07
#[test]
fn a_webhook_is_read_by_the_version_that_took_it() {
    each_till(async |app, bank, till| {
        let open = Open::by_stripe(app, bank, till).await;
        bank.press(&open.reference, "pay", &json!({})).await;
        assert_eq!(till.state(&open.charge).await, "requires_action");
        // Before anybody looks at it the account moves on, to a version that cannot tell who signed.
        let deaf = |grants: &mut Value| grants["secrets"]["webhook_secret"] = json!([]);
        open.upgrade(app, till, deaf).await;
        app.run_jobs().await;
        assert_eq!(till.state(&open.charge).await, "paid");
        balance(app);
    });
}

// R-PAY-01 R-PAY-07 R-PAY-12
#[test]
fn what_another_version_reads_of_an_open_charge_is_asked_about_by_its_own() {
    each_till(async |app, bank, till| {
        let open = Open::by_stripe(app, bank, till).await;
        // The next version may tell who signed, and call nobody.
        let mute = |grants: &mut Value| grants["hosts"] = json!({});
        open.upgrade(app, till, mute).await;
        let before = till.expiry().await;
        bank.press(&open.reference, "pay", &json!({ "tell": 3 }))
            .await;
        app.run_jobs().await;
        assert_eq!(till.state(&open.charge).await, "paid");
        assert_ne!(till.expiry().await, before);
        balance(app);
    });
}
