//! Methods that send the customer to the provider's own page.

use alvara_tests::TestApp;
use alvara_tests::bank::Bank;
use serde_json::{Value, json};

use super::{Till, balance, each_till};

/// The bill that a provider wrote; `name` as the simulator calls it.
fn bill_of<'a>(bills: &'a [Value], name: &str) -> &'a Value {
    let found = bills.iter().find(|bill| bill["provider"] == name);
    found.unwrap_or_else(|| panic!("{name} has none: {bills:?}"))
}

/// What is booked to an account of the ledger.
fn booked(app: &TestApp, account: &str) -> i64 {
    let entries = "SELECT COALESCE(SUM(amount_minor), 0) FROM ledger_entries";
    app.database()
        .count(&format!("{entries} WHERE account = '{account}'"))
}

/// An account with Stripe, which is told of everything.
async fn with_stripe(app: &TestApp, bank: &Bank, till: &Till) -> String {
    app.install_plugin("stripe", "acme", &bank.host()).await;
    let account = bank.stripe_account();
    let account = till.shop.reseller.post("payment-accounts", &account).await;
    let account = account.expect(201).id();
    bank.tell_stripe_to(app, "acme", &account).await;
    account
}

/// An order that its customer may pay at Stripe.
struct Shown {
    order: String,
    charge: String,
    /// What Stripe calls it.
    reference: String,
}

impl Shown {
    async fn by_stripe(bank: &Bank, till: &Till, name: &str) -> Self {
        let order = till.order().await;
        let charge = till.charge_by(&order, "stripe", name).await;
        assert_eq!(charge["state"], "requires_action", "{charge}");
        let bills = bank.bills().await;
        Self {
            order,
            charge: charge["id"].as_str().unwrap().to_owned(),
            reference: bills.last().unwrap()["reference"]
                .as_str()
                .unwrap()
                .to_owned(),
        }
    }

    /// Presses a button of the bill, of which Stripe tells twice.
    async fn press(&self, app: &TestApp, bank: &Bank, button: &str) {
        bank.press(&self.reference, button, &json!({ "tell": 2 }))
            .await;
        app.run_jobs().await;
    }

    /// How the charge, its order and the license stand; also after the customer asked.
    async fn stands(&self, till: &Till) -> (String, String, String) {
        let path = format!("charges/{}/sync", self.charge);
        let asked = till.shop.customer.post(&path, &json!({})).await;
        let state = |of: &Value| of["state"].as_str().unwrap().to_owned();
        (
            state(&asked.expect(200).json()),
            state(&till.get(&format!("orders/{}", self.order)).await),
            state(&till.get(&format!("licenses/{}", till.license)).await),
        )
    }
}

fn standing(charge: &str, order: &str, license: &str) -> (String, String, String) {
    (charge.to_owned(), order.to_owned(), license.to_owned())
}

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

// R-PAY-02
#[test]
fn a_card_pays_in_as_many_parts_as_were_asked_for() {
    each_till(async |app, bank, till| {
        app.install_plugin("card", "acme", &bank.host()).await;
        let account = bank.card_account();
        let account = till.shop.reseller.post("payment-accounts", &account).await;
        let _ = account.expect(201);
        let order = till.order().await;
        let path = format!("orders/{order}/charges");
        let ask = |parts: u32| {
            let by = json!({
                "method": "card", "installments": parts, "return_url": "https://shop.example/back",
            });
            let name = format!("in-{parts}");
            till.shop.customer.post(&path, &by).once(&name)
        };
        // More than anybody has, and more than this provider has.
        assert_eq!(ask(100).await.expect(422).pointers(), ["/installments"]);
        let many = ask(13).await.expect(201).json();
        assert_eq!(many["state"], "failed", "{many}");
        assert!(bank.bills().await.is_empty());
        let charge = ask(3).await.expect(201).json();
        assert_eq!(charge["state"], "requires_action", "{charge}");
        let bills = bank.bills().await;
        let methods = &bills[0]["ask"]["payment_methods"];
        assert_eq!(methods["installments"], 3, "{methods}");
        // It is one sale all the same, and paid whole.
        assert_eq!(bills[0]["minor"], 19_900);
        let reference = bills[0]["reference"].as_str().unwrap();
        bank.press(reference, "pay", &json!({ "tell": 0 })).await;
        let sync = format!("charges/{}/sync", charge["id"].as_str().unwrap());
        let paid = till.shop.customer.post(&sync, &json!({})).await;
        let paid = paid.expect(200).json();
        assert_eq!(paid["state"], "paid", "{paid}");
        assert_eq!(paid["captured"]["amount_minor"], 19_900);
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

// R-PAY-02 R-PAY-06 R-PAY-11
#[test]
fn who_pays_one_order_by_two_methods_gets_one_renewal_and_the_rest_back() {
    each_till(async |app, bank, till| {
        app.install_plugin("stripe", "acme", &bank.host()).await;
        let account = bank.stripe_account();
        let account = till.shop.reseller.post("payment-accounts", &account).await;
        let _ = account.expect(201);
        let before = till.expiry().await;
        let order = till.order().await;
        let pix = till.charge(&order, "by-pix").await;
        let stripe = till.charge_by(&order, "stripe", "by-stripe").await;
        for charge in [&pix, &stripe] {
            assert_eq!(charge["state"], "requires_action", "{charge}");
        }
        // Both are paid before we hear of either.
        let bills = bank.bills().await;
        let name = |provider: &str| bill_of(&bills, provider)["reference"].as_str().unwrap();
        bank.press(name("pix_cob"), "pay", &json!({})).await;
        bank.press(name("stripe"), "pay", &json!({ "tell": 0 }))
            .await;
        app.run_jobs().await;
        let (pix, stripe) = (pix["id"].as_str().unwrap(), stripe["id"].as_str().unwrap());
        assert_eq!(till.state(pix).await, "paid");
        let after = till.expiry().await;
        assert_ne!(after, before);

        // The second is known and renews nothing: it is owed back, and the seller is told once.
        let sync = format!("charges/{stripe}/sync");
        for _ in 0..2 {
            let asked = till.shop.reseller.post(&sync, &json!({})).await;
            assert_eq!(asked.expect(200).json()["state"], "paid");
        }
        let surplus = async || {
            let mut told = till.shop.agent.list("notices").await;
            told.retain(|notice| notice["kind"] == "charge.surplus");
            told
        };
        let told = surplus().await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0]["subject_id"], stripe);
        assert_eq!(
            told[0]["payload"],
            json!({ "order_id": order, "amount_minor": 19_900 })
        );
        assert_eq!(booked(app, "customer_credit"), -19_900);
        assert_eq!(booked(app, "revenue"), -19_900);

        // It goes back by the way it came, and what the first paid for stays.
        let ask = json!({ "reason": "paid twice" });
        let back = format!("charges/{stripe}/refunds");
        let back = till.shop.reseller.post(&back, &ask).once("back").await;
        let back = back.expect(201).json();
        assert_eq!(back["state"], "succeeded", "{back}");
        assert_eq!(back["amount"]["amount_minor"], 19_900);
        let bills = bank.bills().await;
        let gone = &bill_of(&bills, "stripe")["refunds"];
        assert_eq!(gone.as_array().unwrap().len(), 1, "{gone}");
        assert_eq!(gone[0]["minor"], 19_900);
        assert_eq!(bill_of(&bills, "pix_cob")["refunds"], json!([]));
        app.advance_seconds(3_600);
        app.run_jobs().await;
        assert_eq!(till.state(stripe).await, "refunded");
        assert_eq!(till.state(pix).await, "paid");
        assert_eq!(booked(app, "customer_credit"), 0);
        assert_eq!(booked(app, "revenue"), -19_900);
        assert_eq!(till.expiry().await, after, "renewed once, and it stays");
        let order = till.get(&format!("orders/{order}")).await;
        assert_eq!(order["state"], "paid", "{order}");
        let grants = "SELECT COUNT(*) FROM charge_effects WHERE effect = 'grant'";
        assert_eq!(app.database().count(grants), 1);
        assert_eq!(surplus().await.len(), 1);
        balance(app);
    });
}

// R-PAY-06 R-PAY-07
#[test]
fn what_stripe_says_is_contested_is_suspended_until_it_is_decided() {
    each_till(async |app, bank, till| {
        let _ = with_stripe(app, bank, till).await;
        let shown = Shown::by_stripe(bank, till, "won").await;
        shown.press(app, bank, "pay").await;
        let paid = standing("paid", "paid", "active");
        assert_eq!(shown.stands(till).await, paid);
        let first = till.expiry().await;
        shown.press(app, bank, "dispute").await;
        // Stripe's intent goes on saying that it succeeded: asking lifts nothing.
        let contested = standing("disputed", "disputed", "suspended");
        assert_eq!(shown.stands(till).await, contested);
        app.advance_seconds(7_200);
        app.run_jobs().await;
        assert_eq!(shown.stands(till).await, contested);
        bank.follow(app).await;
        shown.press(app, bank, "win").await;
        assert_eq!(shown.stands(till).await, paid);
        assert_eq!(till.expiry().await, first);
        assert_eq!(booked(app, "returns"), 0);

        let shown = Shown::by_stripe(bank, till, "lost").await;
        shown.press(app, bank, "pay").await;
        assert_ne!(till.expiry().await, first);
        shown.press(app, bank, "dispute").await;
        assert_eq!(shown.stands(till).await, contested);
        shown.press(app, bank, "lose").await;
        // What was paid otherwise stays, what this paid for is gone.
        let lost = standing("charged_back", "reversed", "active");
        assert_eq!(shown.stands(till).await, lost);
        assert_eq!(till.expiry().await, first);
        assert_eq!(booked(app, "returns"), 19_900);
        let disputes = "SELECT state FROM disputes ORDER BY state";
        assert_eq!(app.database().sql(disputes), "lost\nwon");
        balance(app);
    });
}

// R-PAY-06 R-PAY-07
#[test]
fn a_checkout_that_ran_out_is_over_and_what_comes_late_goes_by_the_policy() {
    each_till(async |app, bank, till| {
        let account = with_stripe(app, bank, till).await;
        let before = till.expiry().await;
        let open = standing("expired", "open", "active");
        let late = async || {
            let mut told = till.shop.agent.list("notices").await;
            told.retain(|notice| notice["kind"] == "charge.late");
            told.len()
        };

        let shown = Shown::by_stripe(bank, till, "honoured").await;
        shown.press(app, bank, "expire").await;
        assert_eq!(shown.stands(till).await, open);
        assert_eq!(till.expiry().await, before);
        shown.press(app, bank, "pay").await;
        assert_eq!(shown.stands(till).await, standing("paid", "paid", "active"));
        let after = till.expiry().await;
        assert_ne!(after, before);
        assert_eq!(late().await, 1);

        // An account that gives such money back does so by itself.
        let path = format!("payment-accounts/{account}");
        let back = json!({ "late_policy": "refund" });
        let _ = till.shop.reseller.change(&path, &back).await.expect(200);
        let shown = Shown::by_stripe(bank, till, "returned").await;
        shown.press(app, bank, "expire").await;
        assert_eq!(shown.stands(till).await, open);
        shown.press(app, bank, "pay").await;
        app.advance_seconds(60);
        app.run_jobs().await;
        assert_eq!(
            shown.stands(till).await,
            standing("refunded", "open", "active")
        );
        let bills = bank.bills().await;
        let gone = &bills.last().unwrap()["refunds"];
        assert_eq!(gone.as_array().unwrap().len(), 1, "{gone}");
        assert_eq!(gone[0]["minor"], 19_900);
        assert_eq!(late().await, 2);
        assert_eq!(till.expiry().await, after);
        // The order is still there to be paid.
        let again = till.charge_by(&shown.order, "stripe", "again").await;
        assert_eq!(again["state"], "requires_action", "{again}");
        balance(app);
    });
}
