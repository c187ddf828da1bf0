use alvara_tests::bank::Bank;
use alvara_tests::{Mortal, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Till, balance, each_till};

/// More steps than a charge has.
const MANY: u32 = 80;

// R-PAY-07 R-PAY-11 R-PAY-12
#[test]
fn whatever_step_a_charge_is_killed_at_it_is_paid_and_renews_once() {
    each_till(async |app, bank, till| {
        // Another server of the same database charges, hears of the payment and applies it, and is
        // killed after so many steps; then we carry on, as the next start or another server does.
        let mut steps = 1;
        while !charged_to_the_end(app, bank, till, steps).await {
            steps += 1;
            assert!(steps < MANY, "a charge has no end");
        }
        // Reserving, dispatching, a token, the provider's answer, applying it, keeping the answer;
        // the webhook, its job, the settlement.
        assert!(steps > 12, "only {steps} steps were seen");
        balance(app);
        // The last that was killed had a job in its hands, which is free again by now.
        app.advance_seconds(3_600);
        app.run_jobs().await;
    });
}

/// One order, one process that dies after `steps`. Whether it lived to the end of it.
async fn charged_to_the_end(app: &TestApp, bank: &Bank, till: &Till, steps: u32) -> bool {
    let before = till.expiry().await;
    let granted = app.database().count(GRANTS);
    let billed = bank.bills().await.len();
    let order = till.order().await;
    let name = format!("killed-{steps}");

    let lived = {
        let plugins = bank.gateway();
        let mut mortal = Mortal::start(
            env!("CARGO_BIN_EXE_mortal"),
            app.database().url(),
            app.now(),
            &plugins,
            app.database().folder(),
        );
        let there = format!("{}/hooks/{}", mortal.site().base_url(), till.account);
        bank.tell_pix_at(&there.replace("127.0.0.1", "acme.localhost"))
            .await;
        let secret = till.shop.customer.secret().await;
        let customer = mortal.site().bearing("acme.localhost", &secret);
        assert!(mortal.dies_after(steps));
        let asked = customer
            .post(
                &format!("orders/{order}/charges"),
                &json!({ "method": "pix" }),
            )
            .once(&name)
            .tried()
            .await;
        let mut lived = asked.is_some_and(|answer| answer.status == 201);
        if lived {
            pay(bank, billed).await;
            lived = mortal.run_jobs();
        }
        lived
    };

    // Whoever asked asks again, by the same name.
    bank.tell_pix_to(app, "acme", &till.account).await;
    let charge = again(app, till, &order, &name).await;
    let id = charge["id"].as_str().unwrap();
    for _ in 0..8 {
        if !["created", "unknown", "processing"].contains(&till.state(id).await.as_str()) {
            break;
        }
        app.advance_seconds(700);
        app.run_jobs().await;
    }
    let bills = bank.bills().await;
    assert_eq!(
        bills.len(),
        billed + 1,
        "one charge at the provider, killed after {steps}"
    );
    if bills[billed]["status"] != "paid" {
        assert_eq!(
            till.state(id).await,
            "requires_action",
            "killed after {steps}"
        );
        pay(bank, billed).await;
    }
    // What was told to a process that is gone is found out by asking.
    for _ in 0..8 {
        app.run_jobs().await;
        if till.state(id).await == "paid" {
            break;
        }
        app.advance_seconds(3_600);
    }
    assert_eq!(till.state(id).await, "paid", "killed after {steps}");
    let after = till.expiry().await;
    assert_eq!(year(&after), year(&before) + 1, "killed after {steps}");
    assert_eq!(
        app.database().count(GRANTS),
        granted + 1,
        "killed after {steps}"
    );
    let (receipts, last) = (app.database().count(RECEIPTS), app.database().count(LAST));
    assert_eq!(
        (receipts, last),
        (granted + 1, granted + 1),
        "a receipt each, without a gap, killed after {steps}"
    );
    let state = till.get(&format!("orders/{order}")).await["state"].clone();
    assert_eq!(state, "paid", "killed after {steps}");
    lived
}

const GRANTS: &str = "SELECT COUNT(*) FROM charge_effects WHERE effect = 'grant'";
const RECEIPTS: &str = "SELECT COUNT(*) FROM invoices WHERE kind = 'receipt'";
/// The number of the last receipt of the year in which all this happens.
const LAST: &str =
    "SELECT COALESCE(MAX(number), 0) FROM invoices WHERE kind = 'receipt' AND period = '2027'";

fn year(instant: &str) -> i32 {
    instant[..4].parse().unwrap()
}

/// Pays the bill that was written last; nobody needs to hear of it.
async fn pay(bank: &Bank, number: usize) {
    let bills = bank.bills().await;
    let reference = bills[number]["reference"].as_str().unwrap();
    bank.press(reference, "pay", &json!({})).await;
}

/// Asks by the same name until the one who was killed has no claim on it any more. Where the charge
/// was written down and its answer lost, the order shows it.
async fn again(app: &TestApp, till: &Till, order: &str, name: &str) -> Value {
    let path = format!("orders/{order}/charges");
    for _ in 0..10 {
        let asked = till
            .shop
            .customer
            .ask(Method::POST, &path)
            .json(&json!({ "method": "pix" }))
            .once(name)
            .await;
        if asked.status == 201 {
            return asked.json();
        }
        assert_eq!(asked.status, 409, "{asked:?}");
        if asked.text("/code") == "ANSWER_LOST" {
            let charges = till.shop.customer.list(&path).await;
            assert_eq!(charges.len(), 1, "{charges:?}");
            return charges[0].clone();
        }
        app.advance_seconds(30);
    }
    panic!("the name {name} stays claimed");
}
