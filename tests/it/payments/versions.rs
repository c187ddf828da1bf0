//! Which version of a plugin reads what a provider tells while charges are open.

use alvara_tests::TestApp;
use alvara_tests::app::plugin_file;
use alvara_tests::bank::Bank;
use alvara_tests::remote::hmac;
use reqwest::Method;
use serde_json::{Value, json};

use super::plugins::install;
use super::{Till, balance, each_till};

/// The key of whoever reads the bank's statement.
const READER: &str = "key-of-the-reader";

/// A charge that waits for its customer.
struct Open {
    plugin: &'static str,
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
            plugin: "stripe",
            account,
            charge: charge["id"].as_str().unwrap().to_owned(),
            reference: bills[0]["reference"].as_str().unwrap().to_owned(),
        }
    }

    /// A transfer to the house's bank account, where nobody can be asked.
    async fn by_transfer(app: &TestApp, bank: &Bank, till: &Till) -> Self {
        app.install_plugin("bank-transfer", "acme", &bank.host())
            .await;
        let account = json!({
            "name": "Transfer", "plugin": "bank-transfer", "plugin_version": "1.0.0",
            "environment": "sandbox",
            "config": { "page": "https://shop.example/transfer", "currency": "BRL" },
            "secrets": { "webhook_key": READER },
        });
        let made = till.shop.reseller.post("payment-accounts", &account).await;
        let account = made.expect(201).id();
        let order = till.order().await;
        let charge = till.charge_by(&order, "bank-transfer", "open").await;
        assert_eq!(charge["state"], "requires_action", "{charge}");
        let page = charge["action"]["url"].as_str().unwrap();
        let (_, asked) = page.split_once("reference=").unwrap();
        let (reference, _) = asked.split_once('&').unwrap();
        Self {
            plugin: "bank-transfer",
            account,
            charge: charge["id"].as_str().unwrap().to_owned(),
            reference: reference.to_owned(),
        }
    }

    /// Changes what the first version is granted; answers what it was granted before.
    async fn limit_first(&self, app: &TestApp, change: impl Fn(&mut Value)) -> Value {
        let operator = app.operator();
        let path = format!("plugins?name={}", self.plugin);
        let versions = operator.list(&path).await;
        let first = versions.iter().find(|one| one["version"] == "1.0.0");
        let first = format!("plugins/{}", first.unwrap()["id"].as_str().unwrap());
        let shown = operator.get(&first).await.expect(200);
        let before = shown.json()["grants"].clone();
        let mut grants = before.clone();
        change(&mut grants);
        let put = operator.put(&format!("{first}/grants"), &grants);
        let _ = put.if_match(&shown).await.expect(200);
        before
    }

    /// The reader of the statement tells that the money came.
    async fn transferred(&self, app: &TestApp) {
        let told = json!({
            "id": "2027-01-15/1", "reference": self.reference, "amount_minor": 19_900,
            "currency": "BRL", "paid_at": app.now().seconds() * 1_000,
        });
        let body = told.to_string();
        let path = format!("/hooks/{}", self.account);
        let anybody = app.nobody("acme.localhost");
        let signed = anybody
            .ask(Method::POST, &path)
            .header("x-signature", &format!("sha256={}", hmac(READER, &body)))
            .bytes("application/json", body);
        let _ = signed.await.expect(200);
    }

    /// Installs the next version, grants it what `granted` leaves of its sheet, and moves the account
    /// to it.
    async fn upgrade(&self, app: &TestApp, till: &Till, granted: impl Fn(&mut Value)) {
        let operator = app.operator();
        let file = plugin_file(self.plugin, "1.1.0");
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

// R-PAY-01 R-PAY-07
#[test]
fn what_nobody_can_be_asked_about_is_read_by_the_version_of_its_charge() {
    each_till(async |app, bank, till| {
        let open = Open::by_transfer(app, bank, till).await;
        let before = till.expiry().await;
        open.upgrade(app, till, |_| {}).await;
        open.transferred(app).await;
        app.run_jobs().await;
        assert_eq!(till.state(&open.charge).await, "paid");
        let after = till.expiry().await;
        assert_ne!(after, before);
        open.transferred(app).await;
        app.run_jobs().await;
        assert_eq!(till.expiry().await, after, "renewed once");
        balance(app);
    });
}

// R-PAY-01 R-PAY-07
#[test]
fn a_version_that_is_out_of_use_reads_nothing_and_the_pinned_one_does() {
    each_till(async |app, bank, till| {
        let open = Open::by_transfer(app, bank, till).await;
        open.upgrade(app, till, |_| {}).await;
        let _ = open
            .limit_first(app, |grants| {
                *grants = json!({ "limits": grants["limits"] });
            })
            .await;
        open.transferred(app).await;
        app.run_jobs().await;
        assert_eq!(till.state(&open.charge).await, "paid");
        balance(app);
    });
}

// R-PAY-01 R-PAY-07
#[test]
fn what_the_version_of_a_charge_fails_to_read_is_read_once_more() {
    each_till(async |app, bank, till| {
        let open = Open::by_transfer(app, bank, till).await;
        open.upgrade(app, till, |_| {}).await;
        // Nothing starts in no memory at all.
        let before = open
            .limit_first(app, |grants| grants["limits"]["memory_mib"] = json!(0))
            .await;
        open.transferred(app).await;
        app.run_jobs().await;
        assert_eq!(till.state(&open.charge).await, "requires_action");
        let _ = open
            .limit_first(app, |grants| *grants = before.clone())
            .await;
        app.advance_seconds(60);
        app.run_jobs().await;
        assert_eq!(till.state(&open.charge).await, "paid");
        balance(app);
    });
}
