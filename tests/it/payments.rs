//! Money by payment plugins: real components in the real host, against providers on this machine.

mod accounts;
mod boleto;
mod by_hand;
mod captures;
mod completed;
mod fiscal;
mod followed;
mod hooks;
mod killed;
mod lost;
mod misbehaving;
mod paper;
mod parked;
mod pix;
mod plugins;
mod program;
mod receipts;
mod recurring;
mod redirect;
mod returned;
mod skew;
mod told;
mod versions;

use alvara_tests::bank::Bank;
use alvara_tests::{Setting, Shop, TestApp, each_database};
use serde_json::{Value, json};

/// A shop that sells a yearly license by PIX, and its bank.
struct Till {
    shop: Shop,
    account: String,
    license: String,
    /// The license's key.
    key: String,
}

/// Runs a scenario with a till on every database.
fn each_till(scenario: impl AsyncFn(&TestApp, &Bank, &Till)) {
    each_database(async |database| {
        let bank = Bank::open();
        let setting = Setting {
            plugins: bank.gateway(),
            ..Setting::default()
        };
        let app = TestApp::start_with(database, setting).await;
        let till = Till::open(&app, &bank).await;
        scenario(&app, &bank, &till).await;
        app.finish().await;
    });
}

impl Till {
    async fn open(app: &TestApp, bank: &Bank) -> Self {
        bank.follow(app).await;
        let shop = app.shop("acme").await;
        app.install_plugin("pix", "acme", &bank.host()).await;
        let account = shop
            .reseller
            .post("payment-accounts", &bank.pix_account())
            .await;
        let account = account.expect(201).id();
        bank.tell_pix_to(app, "acme", &account).await;
        let plan = json!({
            "policy_id": shop.policy_id, "code": "yearly", "name": "Yearly", "period": "P1Y",
            "price": { "amount_minor": 19_900, "currency": "BRL" },
        });
        let _ = shop.reseller.post("plans", &plan).await.expect(201);
        // Sold at the one plan there is; its year begins with the first machine.
        let license = shop.license().await;
        let mut program = app.program("acme.localhost", &license.key, "fp-till");
        let _ = program.activate().await;
        Self {
            shop,
            account,
            license: license.id,
            key: license.key,
        }
    }

    /// An order of the customer's that renews the license.
    async fn order(&self) -> String {
        let wanted = json!({ "lines": [{ "license_id": self.license }] });
        self.shop
            .customer
            .post("orders", &wanted)
            .await
            .expect(201)
            .id()
    }

    /// Charges an order by PIX, once by this name.
    async fn charge(&self, order: &str, name: &str) -> Value {
        self.charge_by(order, "pix", name).await
    }

    async fn charge_by(&self, order: &str, method: &str, name: &str) -> Value {
        let path = format!("orders/{order}/charges");
        let asked = self
            .shop
            .customer
            .post(
                &path,
                &json!({ "method": method, "return_url": "https://shop.example/back" }),
            )
            .once(name)
            .await;
        asked.expect(201).json()
    }

    async fn get(&self, path: &str) -> Value {
        self.shop.reseller.get(path).await.expect(200).json()
    }

    async fn state(&self, charge: &str) -> String {
        let charge = self.get(&format!("charges/{charge}")).await;
        charge["state"].as_str().unwrap().to_owned()
    }

    async fn expiry(&self) -> String {
        let license = self.get(&format!("licenses/{}", self.license)).await;
        license["expires_at"].as_str().unwrap().to_owned()
    }
}

/// Every ledger transaction sums to nothing, and the sum over all of an account is what is said.
fn balance(app: &TestApp) {
    let off = app.database().sql(
        "SELECT transaction_id FROM ledger_entries GROUP BY tenant_id, transaction_id \
         HAVING SUM(amount_minor) <> 0",
    );
    assert!(off.is_empty(), "unbalanced: {off}");
}
