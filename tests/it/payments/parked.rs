//! A plugin that keeps misbehaving is put aside for the account that charges by it, and the others
//! do not notice.

use alvara_tests::bank::Bank;
use alvara_tests::{Actor, Ask, Shop, TestApp};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::plugins::first_version;
use super::{balance, each_till};

/// A tenant whose plugin spins where it should charge.
struct Bella {
    shop: Shop,
    account: String,
    license: String,
}

impl Bella {
    async fn open(app: &TestApp, bank: &Bank) -> Self {
        let shop = app.shop("bella").await;
        app.install_plugin("hostile", "bella", &bank.host()).await;
        let account = json!({
            "name": "Odd", "plugin": "hostile", "plugin_version": "1.0.0", "environment": "sandbox",
            "config": config(bank, "spin"),
            "secrets": { "api_key": "nobody asks for it" },
        });
        // Its provider has nothing that the plugin could look at.
        let path = "payment-accounts?check=skip";
        let account = shop.reseller.post(path, &account).await.expect(201).id();
        let plan = json!({
            "policy_id": shop.policy_id, "code": "yearly", "name": "Yearly", "period": "P1Y",
            "price": { "amount_minor": 19_900, "currency": "BRL" },
        });
        let _ = shop.reseller.post("plans", &plan).await.expect(201);
        let license = shop.license().await;
        let mut program = app.program("bella.localhost", &license.key, "fp-bella");
        let _ = program.activate().await;
        Self {
            shop,
            account,
            license: license.id,
        }
    }

    /// A charge of an order of its own.
    async fn charge(&self) -> Ask {
        let wanted = json!({ "lines": [{ "license_id": self.license }] });
        let order = self.shop.customer.post("orders", &wanted).await;
        charge(&self.shop.customer, &order.expect(201).id())
    }

    async fn state(&self) -> Value {
        let path = format!("payment-accounts/{}", self.account);
        self.shop.reseller.get(&path).await.expect(200).json()["state"].clone()
    }

    async fn change(&self, change: &Value) {
        let path = format!("payment-accounts/{}", self.account);
        let changed = self.shop.reseller.change(&path, change).await;
        let _ = changed.expect(200);
    }

    /// What is told of accounts that were put aside.
    async fn told(&self) -> Vec<Value> {
        parkings(&self.shop.reseller).await
    }
}

/// Settings by which the plugin misbehaves.
fn config(bank: &Bank, how: &str) -> Value {
    json!({ "base": format!("https://{}", bank.host()), "do": how })
}

/// A charge of an order, once by the order's name.
fn charge(customer: &Actor, order: &str) -> Ask {
    let path = format!("orders/{order}/charges");
    let by = json!({ "method": "pix" });
    customer.post(&path, &by).once(order)
}

async fn parkings(who: &Actor) -> Vec<Value> {
    let mut all = who.list("notices").await;
    all.retain(|notice| notice["kind"] == "payment_account.parked");
    all
}

/// Lets the bank be waited for longer than other tests do, since here more is going on than one call.
async fn be_patient(operator: &Actor) {
    let pix = first_version(operator).await;
    let shown = operator.get(&pix).await.expect(200);
    let mut grants = shown.json()["grants"].clone();
    grants["limits"]["wall_ms"] = json!(20_000);
    let path = format!("{pix}/grants");
    let put = operator.put(&path, &grants).if_match(&shown).await;
    let _ = put.expect(200);
}

// R-PAY-03
#[test]
fn a_plugin_that_keeps_failing_is_put_aside_and_others_charge_beside_it() {
    each_till(async |app, bank, till| {
        be_patient(&app.operator()).await;
        let bella = Bella::open(app, bank).await;
        let mut orders = Vec::new();
        for _ in 0..20 {
            orders.push(till.order().await);
        }
        let mut bad = JoinSet::new();
        for _ in 0..5 {
            let ask = bella.charge().await;
            bad.spawn(async move { ask.await.expect(201).json() });
        }
        // Together with the bad ones fewer than there are places for.
        for wave in orders.chunks(10) {
            let mut good = JoinSet::new();
            for order in wave {
                let ask = charge(&till.shop.customer, order);
                good.spawn(async move { ask.await.expect(201).json() });
            }
            for charge in good.join_all().await {
                assert_eq!(charge["state"], "requires_action", "{charge}");
            }
        }
        let bad = bad.join_all().await;
        for charge in &bad {
            // Nothing left, so it is tried again later.
            assert_eq!(charge["state"], "created", "{charge}");
        }
        assert_eq!(bank.bills().await.len(), 20);

        // Five times is once too often.
        app.run_jobs().await;
        assert_eq!(bella.state().await, "disabled");
        let told = bella.told().await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0]["subject_id"], bella.account.as_str());
        let what = json!({ "name": "Odd", "plugin": "hostile" });
        assert_eq!(told[0]["payload"], what);
        let refused = bella.charge().await.await.expect(422);
        assert_eq!(refused.pointers(), ["/method"]);

        // The others have nothing to do with it.
        let own = till
            .get(&format!("payment-accounts/{}", till.account))
            .await;
        assert_eq!(own["state"], "active");
        assert!(parkings(&till.shop.reseller).await.is_empty());
        let last = till.charge(&till.order().await, "afterwards").await;
        assert_eq!(last["state"], "requires_action", "{last}");

        // What is open by it is tried all the same, and goes wrong five times more, faster now:
        // nobody is told of the same twice.
        bella
            .change(&json!({ "config": config(bank, "trap") }))
            .await;
        app.advance_seconds(6);
        app.run_jobs().await;
        let tried = "SELECT COUNT(*) FROM charge_attempts WHERE tries >= 2";
        assert_eq!(app.database().count(tried), 5);
        assert_eq!(bella.told().await.len(), 1);

        // Who takes it back begins anew: once is not often.
        for charge in &bad {
            let path = format!("charges/{}/cancellation", charge["id"].as_str().unwrap());
            let off = bella.shop.reseller.post(&path, &json!({})).await;
            assert_eq!(off.expect(200).json()["state"], "canceled");
        }
        app.advance_seconds(700);
        bella.change(&json!({ "state": "active" })).await;
        let once = bella.charge().await.await.expect(201).json();
        assert_eq!(once["state"], "created", "{once}");
        app.run_jobs().await;
        assert_eq!(bella.state().await, "active");
        balance(app);
    });
}
