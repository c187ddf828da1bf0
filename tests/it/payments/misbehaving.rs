//! Providers that break, stammer, dawdle and fall silent: by each of the four plugins one order is one
//! bill, one payment, one renewal; and what goes back goes back once.

use alvara_tests::TestApp;
use alvara_tests::bank::Bank;
use serde_json::{Value, json};

use super::boleto::address;
use super::{Till, balance, each_till};

/// A method, and the request that asks its provider for a charge.
const CREATES: [(&str, &str, &str); 4] = [
    ("pix", "PUT", "/pix/v2/cob"),
    ("boleto", "POST", "/cobrancas/v2/boletos"),
    ("card", "POST", "/checkout/preferences"),
    ("stripe", "POST", "/v1/checkout/sessions"),
];
/// A method, and the request that asks its provider to give money back.
const REFUNDS: [(&str, &str, &str); 3] = [
    ("pix", "PUT", "/pix/v2/pix/"),
    ("card", "POST", "/v1/payments/"),
    ("stripe", "POST", "/v1/refunds"),
];
const KINDS: [&str; 5] = ["error", "rubbish", "late", "silence", "too_many"];

const GRANTS: &str = "SELECT COUNT(*) FROM charge_effects WHERE effect = 'grant'";

impl Till {
    /// Beside the one by PIX, an account with each of the others, and a customer of whom a bank knows
    /// enough.
    async fn take_everything(&self, app: &TestApp, bank: &Bank) {
        let others = [
            ("boleto", bank.boleto_account()),
            ("card", bank.card_account()),
            ("stripe", bank.stripe_account()),
        ];
        for (plugin, account) in others {
            app.install_plugin(plugin, "acme", &bank.host()).await;
            let made = self.shop.reseller.post("payment-accounts", &account).await;
            let _ = made.expect(201);
        }
        let home = format!("customers/{}", self.shop.customer.node_id);
        let known = json!({ "tax_id": "451.646.324-54", "address": address() });
        let known = self.shop.agent.patch(&home, &known);
        let _ = known.header("if-match", "*").await.expect(200);
    }

    /// The customer pays the bill that was written last, and asks whether it arrived: nobody tells.
    async fn pay_and_ask(&self, bank: &Bank, charge: &str) {
        let bills = bank.bills().await;
        let reference = bills.last().unwrap()["reference"].as_str().unwrap();
        bank.press(reference, "pay", &json!({ "tell": 0 })).await;
        let path = format!("charges/{charge}/sync");
        let asked = self.shop.customer.post(&path, &json!({})).await;
        assert_eq!(asked.expect(200).json()["state"], "paid");
    }

    async fn give_back(&self, charge: &str, name: &str, amount: Option<i64>) -> String {
        let path = format!("charges/{charge}/refunds");
        let mut ask = json!({ "reason": name });
        if let Some(minor) = amount {
            ask["amount"] = json!({ "amount_minor": minor, "currency": "BRL" });
        }
        let made = self.shop.reseller.post(&path, &ask).once(name).await;
        made.expect(201).id()
    }
}

async fn misbehave(bank: &Bank, (method, path): (&str, &str), kind: &str) {
    if kind == "late" {
        bank.delay(method, path, 500).await;
    } else {
        bank.misbehave(method, path, kind).await;
    }
}

fn year(instant: &str) -> i32 {
    instant[..4].parse().unwrap()
}

/// Lets time pass, a minute at a time, until something is so.
async fn until(app: &TestApp, what: &str, is_so: impl AsyncFn() -> bool) {
    for _ in 0..12 {
        if is_so().await {
            return;
        }
        app.advance_seconds(60);
        app.run_jobs().await;
    }
    panic!("{what} never comes to that");
}

// R-PAY-02 R-PAY-03 R-PAY-06 R-PAY-12
#[test]
fn however_a_provider_misbehaves_a_charge_is_one_bill_and_one_renewal() {
    each_till(async |app, bank, till| {
        till.take_everything(app, bank).await;
        for (plugin, method, path) in CREATES {
            for kind in KINDS {
                let what = format!("{plugin} {kind}");
                let before = year(&till.expiry().await);
                let granted = app.database().count(GRANTS);
                let billed = bank.bills().await.len();
                let order = till.order().await;
                misbehave(bank, (method, path), kind).await;
                let name = format!("{plugin}-{kind}");
                let charge = till.charge_by(&order, plugin, &name).await;
                let id = charge["id"].as_str().unwrap();
                let state = charge["state"].as_str().unwrap();
                let expected: &[&str] = match kind {
                    // It did not happen, and the provider says so.
                    "too_many" => &["created"],
                    "late" => &["requires_action"],
                    _ => &["unknown"],
                };
                assert!(expected.contains(&state), "{what}: {charge}");
                until(app, &what, async || {
                    till.state(id).await == "requires_action"
                })
                .await;
                assert_eq!(bank.bills().await.len(), billed + 1, "{what}");
                let asked: Value = till.get(&format!("charges/{id}")).await;
                assert!(asked["action"].is_object(), "{what}: {asked}");

                till.pay_and_ask(bank, id).await;
                app.advance_seconds(60);
                app.run_jobs().await;
                assert_eq!(year(&till.expiry().await), before + 1, "{what}");
                assert_eq!(app.database().count(GRANTS), granted + 1, "{what}");
                let order = till.get(&format!("orders/{order}")).await;
                assert_eq!(order["state"], "paid", "{what}");
                bank.follow(app).await;
            }
        }
        balance(app);
    });
}

// R-PAY-02 R-PAY-03 R-PAY-06 R-PAY-12
#[test]
fn however_a_provider_misbehaves_money_goes_back_once_and_all_of_it_is_known() {
    each_till(async |app, bank, till| {
        till.take_everything(app, bank).await;
        let refunded = |id: &str| {
            let state = format!("SELECT state FROM refunds WHERE id = '{id}'");
            app.database().sql(&state)
        };
        for (plugin, method, path) in REFUNDS {
            for kind in KINDS {
                let what = format!("{plugin} {kind}");
                let before = year(&till.expiry().await);
                let order = till.order().await;
                let name = format!("{plugin}-{kind}");
                let charge = till.charge_by(&order, plugin, &name).await;
                let id = charge["id"].as_str().unwrap();
                till.pay_and_ask(bank, id).await;
                let bills = bank.bills().await;
                let reference = bills.last().unwrap()["reference"].as_str().unwrap();
                let gone = async || {
                    let bills = bank.bills().await;
                    let all = bills.last().unwrap()["refunds"].as_array().unwrap().clone();
                    let minors = all.iter().map(|one| one["minor"].as_i64().unwrap());
                    minors.collect::<Vec<_>>()
                };

                misbehave(bank, (method, path), kind).await;
                let part = till
                    .give_back(id, &format!("{name}-part"), Some(5_000))
                    .await;
                // Asked for once, whatever became of that.
                until(app, &what, async || refunded(&part) != "requested").await;
                assert_eq!(gone().await, [5_000], "{what}");
                if plugin == "pix" {
                    // It is on its way until the network says that it arrived.
                    bank.press(reference, "return_money", &json!({ "tell": 0 }))
                        .await;
                }
                until(app, &what, async || refunded(&part) == "succeeded").await;
                let charge = till.get(&format!("charges/{id}")).await;
                assert_eq!(charge["state"], "partially_refunded", "{what}");
                assert_eq!(charge["refunded"]["amount_minor"], 5_000, "{what}");
                assert_eq!(year(&till.expiry().await), before + 1, "{what}");

                // What is left is neither more nor less for it.
                let rest = till.give_back(id, &format!("{name}-rest"), None).await;
                if plugin == "pix" {
                    bank.press(reference, "return_money", &json!({ "tell": 0 }))
                        .await;
                }
                until(app, &what, async || refunded(&rest) == "succeeded").await;
                assert_eq!(gone().await, [5_000, 14_900], "{what}");
                assert_eq!(till.state(id).await, "refunded", "{what}");
                assert_eq!(year(&till.expiry().await), before, "{what}");
                let order = till.get(&format!("orders/{order}")).await;
                assert_eq!(order["state"], "reversed", "{what}");
                app.advance_seconds(60);
                bank.follow(app).await;
            }
        }
        let books = "SELECT COALESCE(SUM(amount_minor), 0) FROM ledger_entries";
        let net = app
            .database()
            .count(&format!("{books} WHERE account IN ('revenue', 'returns')"));
        assert_eq!(net, 0, "all that was sold went back");
        balance(app);
    });
}
