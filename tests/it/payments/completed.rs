//! Customers who come back: with the token of the provider's fields, from a challenge of the card's
//! bank, from the provider's page.

use alvara_tests::TestApp;
use alvara_tests::bank::Bank;
use serde_json::{Value, json};

use super::{Till, balance, each_till};

/// What a browser may know of the account.
const PUBLIC_KEY: &str = "TEST-8f683d0c-1025-48e1-8f26";

impl Till {
    /// Cards are typed into the provider's fields.
    async fn takes_cards_by_fields(&self, app: &TestApp, bank: &Bank) {
        app.install_plugin("card", "acme", &bank.host()).await;
        let mut account = bank.card_account();
        account["config"]["flow"] = json!("fields");
        account["config"]["public_key"] = json!(PUBLIC_KEY);
        let account = self.shop.reseller.post("payment-accounts", &account).await;
        let _ = account.expect(201);
        // The provider refuses a payment by token of somebody without one.
        let home = format!("customers/{}", self.shop.customer.node_id);
        let known = json!({ "email": "buyer@example.test" });
        let known = self.shop.agent.patch(&home, &known);
        let _ = known.header("if-match", "*").await.expect(200);
    }

    async fn come_back(&self, charge: &str, with: &[(&str, &str)]) -> Value {
        let path = format!("charges/{charge}/completion");
        let answer = self.shop.customer.post(&path, &query(with)).await;
        answer.expect(200).json()
    }
}

fn query(pairs: &[(&str, &str)]) -> Value {
    let one = |(name, value): &(&str, &str)| json!({ "name": name, "value": value });
    json!({ "query": pairs.iter().map(one).collect::<Vec<_>>() })
}

// R-PAY-02 R-PAY-03 R-PAY-06
#[test]
fn a_card_that_was_typed_into_the_fields_is_charged_once() {
    each_till(async |app, bank, till| {
        till.takes_cards_by_fields(app, bank).await;
        let before = till.expiry().await;
        let order = till.order().await;
        let charge = till.charge_by(&order, "card", "fields").await;
        assert_eq!(charge["state"], "requires_action", "{charge}");
        assert_eq!(charge["action"]["kind"], "hosted_fields", "{charge}");
        assert_eq!(charge["action"]["client_token"], PUBLIC_KEY);
        assert!(bank.bills().await.is_empty(), "nothing leaves yet");
        let id = charge["id"].as_str().unwrap();

        // Nothing is made of what nobody of the house sent, nor of too much.
        let path = format!("charges/{id}/completion");
        let bella = app.shop("bella").await;
        let theirs = bella.reseller.post(&path, &query(&[])).await;
        let _ = theirs.expect(404);
        let many = vec![("token", "token-approved"); 51];
        let many = till.shop.customer.post(&path, &query(&many)).await;
        assert_eq!(many.expect(422).pointers(), ["/query"]);
        // Whoever comes back empty-handed changes nothing.
        assert_eq!(till.come_back(id, &[]).await["state"], "requires_action");
        // The plugin's refusal reaches who asked.
        let greedy = [("token", "token-approved"), ("installments", "99")];
        let greedy = till.shop.customer.post(&path, &query(&greedy)).await;
        assert_eq!(greedy.expect(422).pointers(), ["/query"]);
        assert!(bank.bills().await.is_empty());

        let typed = [
            ("token", "token-approved"),
            ("payment_method_id", "visa"),
            ("installments", "3"),
            ("transaction_amount", "0.01"),
        ];
        let paid = till.come_back(id, &typed).await;
        assert_eq!(paid["state"], "paid", "{paid}");
        let after = till.expiry().await;
        assert_ne!(after, before);
        for token in ["token-approved", "token-of-another-card"] {
            let again = till.come_back(id, &[("token", token)]).await;
            assert_eq!(again["state"], "paid");
        }
        let bills = bank.bills().await;
        assert_eq!(bills.len(), 1, "one payment at the provider");
        assert_eq!(
            bills[0]["minor"], 19_900,
            "what the page says counts for nothing"
        );
        assert_eq!(bills[0]["ask"]["installments"], 3);
        assert_eq!(till.expiry().await, after, "renewed once");
        balance(app);
    });
}

// R-PAY-02 R-PAY-03 R-PAY-06
#[test]
fn of_four_tokens_at_once_one_is_charged() {
    each_till(async |app, bank, till| {
        till.takes_cards_by_fields(app, bank).await;
        let order = till.order().await;
        let charge = till.charge_by(&order, "card", "impatient").await;
        let id = charge["id"].as_str().unwrap();
        let path = format!("charges/{id}/completion");
        let mut asked = tokio::task::JoinSet::new();
        for number in 0..4 {
            let token = format!("token-{number}");
            let ask = till
                .shop
                .customer
                .post(&path, &query(&[("token", token.as_str())]));
            asked.spawn(async move { ask.await.status });
        }
        let answers = asked.join_all().await;
        assert!(answers.contains(&200), "{answers:?}");
        assert!(
            answers.iter().all(|status| matches!(status, 200 | 422)),
            "{answers:?}"
        );
        assert_eq!(bank.bills().await.len(), 1);
        assert_eq!(till.state(id).await, "paid");
        let renewals = "SELECT COUNT(*) FROM charge_effects WHERE effect = 'grant'";
        assert_eq!(app.database().count(renewals), 1);
        balance(app);
    });
}

// R-PAY-02 R-PAY-06 R-PAY-12
#[test]
fn a_token_whose_answer_is_lost_is_found_out_by_asking() {
    each_till(async |app, bank, till| {
        till.takes_cards_by_fields(app, bank).await;
        let order = till.order().await;
        let charge = till.charge_by(&order, "card", "silent").await;
        let id = charge["id"].as_str().unwrap();
        bank.misbehave("POST", "/v1/payments", "silence").await;
        let told = till.come_back(id, &[("token", "token-approved")]).await;
        assert_eq!(told["state"], "requires_action", "nobody knows yet");
        app.advance_seconds(120);
        app.run_jobs().await;
        assert_eq!(till.state(id).await, "paid");
        assert_eq!(bank.bills().await.len(), 1);
        balance(app);
    });
}

// R-PAY-02 R-PAY-06
#[test]
fn a_token_that_reached_nobody_is_refused_and_may_be_sent_again() {
    each_till(async |app, bank, till| {
        till.takes_cards_by_fields(app, bank).await;
        let order = till.order().await;
        let charge = till.charge_by(&order, "card", "too-soon").await;
        let id = charge["id"].as_str().unwrap();
        let path = format!("charges/{id}/completion");
        bank.misbehave("POST", "/v1/payments", "too_many").await;
        let typed = query(&[("token", "token-approved")]);
        let refused = till.shop.customer.post(&path, &typed).await.expect(422);
        assert_eq!(refused.pointers(), ["/query"]);
        assert!(bank.bills().await.is_empty());
        let again = till.shop.customer.post(&path, &typed).await.expect(200);
        assert_eq!(again.json()["state"], "paid");
        assert_eq!(bank.bills().await.len(), 1);
        balance(app);
    });
}

// R-PAY-02 R-PAY-06
#[test]
fn a_challenge_is_gone_through_and_a_refusal_ends_the_charge() {
    each_till(async |app, bank, till| {
        till.takes_cards_by_fields(app, bank).await;
        let before = till.expiry().await;
        let order = till.order().await;
        let refused = till.charge_by(&order, "card", "refused").await;
        let id = refused["id"].as_str().unwrap();
        let refused = till.come_back(id, &[("token", "token-rejected")]).await;
        assert_eq!(refused["state"], "failed", "{refused}");
        assert_eq!(
            refused["decline"]["code"], "cc_rejected_insufficient_amount",
            "{refused}"
        );
        // Another card is another charge.
        let again = till.come_back(id, &[("token", "token-approved")]).await;
        assert_eq!(again["state"], "failed");
        assert_eq!(bank.bills().await.len(), 1);
        assert_eq!(till.expiry().await, before);

        let charge = till.charge_by(&order, "card", "challenged").await;
        let id = charge["id"].as_str().unwrap();
        let asked = till.come_back(id, &[("token", "token-challenge")]).await;
        assert_eq!(asked["state"], "requires_action", "{asked}");
        assert_eq!(asked["action"]["sdk"], "mercadopago-3ds", "{asked}");
        // What the address says proves nothing: the provider is asked.
        let back = [("status", "approved"), ("payment_id", "1")];
        let liar = till.come_back(id, &back).await;
        assert_eq!(liar["state"], "requires_action", "{liar}");
        let bills = bank.bills().await;
        let reference = bills[1]["reference"].as_str().unwrap();
        bank.press(reference, "pay", &json!({ "tell": 0 })).await;
        let paid = till.come_back(id, &back).await;
        assert_eq!(paid["state"], "paid", "{paid}");
        assert_ne!(till.expiry().await, before);
        balance(app);
    });
}

// R-PAY-02 R-PAY-06
#[test]
fn who_comes_back_from_the_providers_page_need_not_wait_for_its_word() {
    each_till(async |app, bank, till| {
        app.install_plugin("stripe", "acme", &bank.host()).await;
        let account = bank.stripe_account();
        let account = till.shop.reseller.post("payment-accounts", &account).await;
        let _ = account.expect(201);
        let before = till.expiry().await;
        let order = till.order().await;
        let charge = till.charge_by(&order, "stripe", "page").await;
        assert_eq!(charge["action"]["kind"], "redirect", "{charge}");
        let id = charge["id"].as_str().unwrap();
        let bills = bank.bills().await;
        let reference = bills[0]["reference"].as_str().unwrap();
        bank.press(reference, "pay", &json!({ "tell": 0 })).await;
        let paid = till.come_back(id, &[("session_id", reference)]).await;
        assert_eq!(paid["state"], "paid", "{paid}");
        assert_ne!(till.expiry().await, before);
        balance(app);
    });
}
