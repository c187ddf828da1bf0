//! Codes without a provider: somebody sees the money on a statement and says so.

use alvara_tests::Browser;
use serde_json::{Value, json};

use super::{Till, balance, each_till};

const KEY: &str = "+5511987654321";

impl Till {
    /// An account of codes that nobody can be asked about.
    async fn takes_codes(&self) -> String {
        let account = json!({
            "name": "Codes", "plugin": "pix", "plugin_version": "1.0.0", "environment": "sandbox",
            "config": {
                "mode": "static", "chave": KEY,
                "merchant_name": "Padaria São João", "merchant_city": "São Paulo",
            },
        });
        let account = self.shop.reseller.post("payment-accounts", &account).await;
        account.expect(201).id()
    }

    async fn charge_by_code(&self, account: &str, name: &str) -> (String, Value) {
        let order = self.order().await;
        let path = format!("orders/{order}/charges");
        let ask = json!({ "method": "pix", "payment_account": account });
        let charge = self.shop.customer.post(&path, &ask).once(name).await;
        (order, charge.expect(201).json())
    }
}

fn seen(minor: i64) -> Value {
    json!({
        "amount": { "amount_minor": minor, "currency": "BRL" },
        "note": "on the statement of 15 January",
    })
}

// R-PAY-02 R-PAY-06
#[test]
fn a_code_without_a_provider_is_paid_when_somebody_says_so_and_once() {
    each_till(async |app, bank, till| {
        let account = till.takes_codes().await;
        let before = till.expiry().await;
        let (order, charge) = till.charge_by_code(&account, "code").await;
        let id = charge["id"].as_str().unwrap();
        assert_eq!(charge["state"], "requires_action", "{charge}");
        let code = charge["action"]["br_code"].as_str().unwrap();
        assert!(code.contains(KEY) && code.contains("5406199.00"), "{code}");
        assert!(bank.bills().await.is_empty(), "there is no provider");

        // Nobody can be asked, however often it is tried, and the code stays where it was shown.
        let sync = format!("charges/{id}/sync");
        let asked = till.shop.customer.post(&sync, &json!({})).await;
        assert_eq!(asked.expect(200).json()["action"], charge["action"]);
        app.advance_seconds(7_200);
        app.run_jobs().await;
        let shown = till.get(&format!("charges/{id}")).await;
        assert_eq!(shown["state"], "requires_action", "{shown}");
        assert_eq!(shown["action"], charge["action"]);

        // By who runs the tenant, and by nobody else.
        let path = format!("charges/{id}/confirmation");
        let shop = &till.shop;
        for (who, status) in [
            (&shop.customer, 403),
            (&shop.agent, 403),
            (&shop.subcompany, 403),
        ] {
            let _ = who.post(&path, &seen(19_900)).await.expect(status);
        }
        let bella = app.shop("bella").await;
        let theirs = bella.reseller.post(&path, &seen(19_900)).await;
        let _ = theirs.expect(404);
        // Not more than was asked for, not in another currency, not without a word.
        let euros = json!({ "amount": { "amount_minor": 1, "currency": "EUR" }, "note": "seen" });
        let silent =
            json!({ "amount": { "amount_minor": 19_900, "currency": "BRL" }, "note": " " });
        for (body, pointer) in [
            (seen(19_901), "/amount/amount_minor"),
            (seen(0), "/amount/amount_minor"),
            (euros, "/amount/currency"),
            (silent, "/note"),
        ] {
            let refused = shop.reseller.post(&path, &body).await;
            assert_eq!(refused.expect(422).pointers(), [pointer]);
        }
        assert_eq!(till.state(id).await, "requires_action");

        let mut asked = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let ask = shop.reseller.post(&path, &seen(19_900));
            asked.spawn(async move { ask.await.status });
        }
        let mut answers = asked.join_all().await;
        answers.sort_unstable();
        assert_eq!(answers, [200, 409, 409, 409]);
        let paid = till.get(&format!("charges/{id}")).await;
        assert_eq!(paid["state"], "paid", "{paid}");
        assert_eq!(paid["captured"]["amount_minor"], 19_900);
        assert_eq!(paid["action"], Value::Null);
        let history = paid["history"].as_array().unwrap();
        assert_eq!(history.last().unwrap()["told_by"], "operator");
        assert_eq!(till.get(&format!("orders/{order}")).await["state"], "paid");
        assert_ne!(till.expiry().await, before);
        let receipts = till.get(&format!("charges/{id}/invoices")).await;
        assert_eq!(receipts["items"].as_array().unwrap().len(), 1);
        for (what, table) in [
            ("action = 'charge.confirmed'", "audit_entries"),
            ("effect = 'grant'", "charge_effects"),
        ] {
            let count = format!("SELECT COUNT(*) FROM {table} WHERE {what}");
            assert_eq!(app.database().count(&count), 1, "{what}");
        }
        balance(app);
    });
}

// R-PAY-06
#[test]
fn less_money_pays_for_nothing_and_late_money_counts() {
    each_till(async |app, _bank, till| {
        let account = till.takes_codes().await;
        let before = till.expiry().await;
        let (order, charge) = till.charge_by_code(&account, "short").await;
        let id = charge["id"].as_str().unwrap();
        let short = till
            .shop
            .reseller
            .post(&format!("charges/{id}/confirmation"), &seen(19_800))
            .await
            .expect(200)
            .json();
        assert_eq!(short["captured"]["amount_minor"], 19_800);
        assert_eq!(short["earned"]["amount_minor"], 0, "{short}");
        assert_eq!(till.get(&format!("orders/{order}")).await["state"], "open");
        assert_eq!(till.expiry().await, before);

        let (order, charge) = till.charge_by_code(&account, "late").await;
        let id = charge["id"].as_str().unwrap();
        let off = format!("charges/{id}/cancellation");
        let off = till.shop.agent.post(&off, &json!({})).await.expect(200);
        assert_eq!(off.json()["state"], "canceled", "{off:?}");
        let late = format!("charges/{id}/confirmation");
        let late = till.shop.reseller.post(&late, &seen(19_900)).await;
        assert_eq!(late.expect(200).json()["state"], "paid");
        assert_eq!(till.get(&format!("orders/{order}")).await["state"], "paid");
        assert_ne!(till.expiry().await, before);
        balance(app);
    });
}

// R-PAY-03 R-PAY-06
#[test]
fn nobodys_word_counts_where_the_provider_can_be_asked() {
    each_till(async |app, bank, till| {
        let before = till.expiry().await;
        let order = till.order().await;
        let charge = till.charge(&order, "asked").await;
        let id = charge["id"].as_str().unwrap();
        let path = format!("charges/{id}/confirmation");
        let reseller = &till.shop.reseller;
        let refused = reseller.post(&path, &seen(19_900)).await.expect(409);
        assert_eq!(refused.json()["state"], "requires_action", "{refused:?}");
        // One that does not answer now could be asked later.
        bank.misbehave("GET", "/pix/v2/cob", "error").await;
        let later = reseller.post(&path, &seen(19_900)).await.expect(422);
        assert_eq!(later.pointers(), ["/amount"]);
        let detail = later.json().to_string();
        assert!(detail.contains("could not be asked"), "{detail}");
        assert_eq!(till.state(id).await, "requires_action");
        assert_eq!(till.expiry().await, before);

        // Its answer is what counts, also when somebody says less.
        let bills = bank.bills().await;
        let reference = bills[0]["reference"].as_str().unwrap();
        bank.press(reference, "pay", &json!({ "tell": 0 })).await;
        let paid = reseller.post(&path, &seen(1)).await.expect(200).json();
        assert_eq!(paid["state"], "paid", "{paid}");
        assert_eq!(paid["captured"]["amount_minor"], 19_900);
        assert_ne!(till.expiry().await, before);
        let by_hand = "SELECT COUNT(*) FROM audit_entries WHERE action = 'charge.confirmed'";
        assert_eq!(app.database().count(by_hand), 0);
        balance(app);
    });
}

// R-PAY-06 R-TEN-01: the operator sees a tenant's money on one list with that of all others, with its
// method and state, and cuts it down by them; who pays is not said.
#[test]
fn the_operator_sees_what_is_asked_for_at_all_tenants() {
    each_till(async |app, _, till| {
        let account = till.takes_codes().await;
        let _ = till.charge_by_code(&account, "seen").await;
        let opal = Browser::sign_in(&app.operator()).await;
        let page = opal.get("/operations/payments").await.expect(200).body();
        let home = format!("/tenants/{}", till.shop.reseller.tenant_id);
        assert!(page.contains(&home) && page.contains("199.00"), "{page}");
        let carla = &till.shop.customer.node_id;
        assert!(!page.contains(carla.as_str()), "{page}");
        for (query, found) in [
            ("method=pix&state=requires_action", true),
            ("state=paid", false),
            ("method=boleto", false),
            ("tenant=ten_01JABCDEFGHJKMNPQRSTVWXYZ0", false),
        ] {
            let path = format!("/operations/payments?{query}");
            let page = opal.get(&path).await.expect(200).body();
            assert_eq!(page.contains("199.00"), found, "{query}: {page}");
        }
        let file = opal
            .get("/operations/payments.csv")
            .await
            .expect(200)
            .body();
        assert!(file.contains("199.00") && file.contains("PIX"), "{file}");
    });
}
