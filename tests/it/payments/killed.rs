use alvara_tests::bank::Bank;
use alvara_tests::{Actor, Mortal, TestApp};
use serde_json::{Value, json};

use super::{Till, balance, each_till};

/// More steps than a charge has.
const MANY: u32 = 80;

// R-PAY-07 R-PAY-11 R-PAY-12
#[test]
fn whatever_step_a_charge_is_killed_at_it_is_paid_and_renews_once() {
    each_till(async |app, bank, till| {
        // Reserving, dispatching, a token, the provider's answer, applying it, keeping the answer;
        // the webhook, its job, the settlement.
        let charged = async |steps: u32| charged_to_the_end(app, bank, till, steps).await;
        at_each_step(app, 12, charged).await;
    });
}

// R-PAY-06 R-PAY-11 R-PAY-12
#[test]
fn whatever_step_a_refund_is_killed_at_the_money_goes_back_once() {
    each_till(async |app, bank, till| {
        // The same, less a token that was asked for.
        let given_back = async |steps: u32| given_back_to_the_end(app, bank, till, steps).await;
        at_each_step(app, 10, given_back).await;
    });
}

// R-PAY-06 R-PAY-11 R-PAY-12
#[test]
fn whatever_step_a_capture_is_killed_at_the_money_is_taken_once() {
    each_till(async |app, bank, till| {
        app.install_plugin("stripe", "acme", &bank.host()).await;
        let account = bank.stripe_account();
        let account = till.shop.reseller.post("payment-accounts", &account).await;
        let _ = account.expect(201);
        // Writing down, dispatching, the provider's answer, applying it; nothing is told.
        let taken = async |steps: u32| taken_to_the_end(app, bank, till, steps).await;
        at_each_step(app, 3, taken).await;
    });
}

/// Another server of the same database does something and is killed after one step, after two, and
/// so on, until it lives to the end of it, which is more than `least` steps away; each time we carry
/// on, as the next start or another server does.
async fn at_each_step(app: &TestApp, least: u32, lived: impl AsyncFn(u32) -> bool) {
    let mut steps = 1;
    while !lived(steps).await {
        steps += 1;
        assert!(steps < MANY, "it has no end");
    }
    assert!(steps > least, "only {steps} steps were seen");
    balance(app);
    // The last that was killed had a job in its hands, which is free again by now.
    app.advance_seconds(3_600);
    app.run_jobs().await;
}

/// One more server of the database, to which API Pix tells of payments.
async fn another(app: &TestApp, bank: &Bank, till: &Till) -> Mortal {
    let mortal = Mortal::start(
        env!("CARGO_BIN_EXE_mortal"),
        app.database().url(),
        app.now(),
        &bank.gateway(),
        app.database().folder(),
    );
    let there = format!("{}/hooks/{}", mortal.site().base_url(), till.account);
    bank.tell_pix_at(&there.replace("127.0.0.1", "acme.localhost"))
        .await;
    mortal
}

/// Somebody of the tenant at that server.
async fn there(mortal: &Mortal, who: &Actor) -> Actor {
    let secret = who.secret().await;
    mortal.site().bearing("acme.localhost", &secret)
}

/// One order, one process that dies after `steps`. Whether it lived to the end of it.
async fn charged_to_the_end(app: &TestApp, bank: &Bank, till: &Till, steps: u32) -> bool {
    let before = till.expiry().await;
    let granted = app.database().count(GRANTS);
    let billed = bank.bills().await.len();
    let order = till.order().await;
    let name = format!("killed-{steps}");

    let lived = {
        let mut mortal = another(app, bank, till).await;
        let customer = there(&mortal, &till.shop.customer).await;
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
    let path = format!("orders/{order}/charges");
    let asked = (path.as_str(), json!({ "method": "pix" }));
    let charge = match again(app, &till.shop.customer, asked, &name).await {
        Some(charge) => charge,
        // Where the charge was written down and its answer lost, the order shows it.
        None => {
            let charges = till.shop.customer.list(&path).await;
            assert_eq!(charges.len(), 1, "{charges:?}");
            charges[0].clone()
        }
    };
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

/// Asks by the same name until the one who was killed has no claim on it any more; nothing, where it
/// was done and its answer lost.
pub(super) async fn again(
    app: &TestApp,
    who: &Actor,
    (path, body): (&str, Value),
    name: &str,
) -> Option<Value> {
    for _ in 0..10 {
        let asked = who.post(path, &body).once(name).await;
        if asked.status == 201 {
            return Some(asked.json());
        }
        assert_eq!(asked.status, 409, "{asked:?}");
        if asked.text("/code") == "ANSWER_LOST" {
            return None;
        }
        app.advance_seconds(30);
    }
    panic!("the name {name} stays claimed");
}

const NOTES: &str = "SELECT COUNT(*) FROM invoices WHERE kind = 'credit_note'";

/// What went back of a bill, or is on its way.
async fn refunds(bank: &Bank, number: usize) -> Vec<Value> {
    bank.bills().await[number]["refunds"]
        .as_array()
        .unwrap()
        .clone()
}

/// One paid charge, whose money another process gives back. Whether it lived to the end of it.
async fn given_back_to_the_end(app: &TestApp, bank: &Bank, till: &Till, steps: u32) -> bool {
    bank.follow(app).await;
    let before = till.expiry().await;
    let noted = app.database().count(NOTES);
    let billed = bank.bills().await.len();
    let order = till.order().await;
    let name = format!("killed-{steps}");
    let charge = till.charge(&order, &name).await;
    let id = charge["id"].as_str().unwrap();
    pay(bank, billed).await;
    app.run_jobs().await;
    assert_eq!(till.state(id).await, "paid");
    let reference = bank.bills().await[billed]["reference"].clone();
    let reference = reference.as_str().unwrap();
    let path = format!("charges/{id}/refunds");
    let ask = json!({ "reason": "changed their mind" });

    let lived = {
        let mut mortal = another(app, bank, till).await;
        let reseller = there(&mortal, &till.shop.reseller).await;
        assert!(mortal.dies_after(steps));
        let asked = reseller.post(&path, &ask).once(&name).tried().await;
        let mut lived = asked.is_some_and(|answer| answer.status == 201);
        if lived {
            bank.press(reference, "return_money", &json!({})).await;
            lived = mortal.run_jobs();
        }
        lived
    };

    // Whoever asked asks again, by the same name; of what was written down nothing is lost.
    bank.tell_pix_to(app, "acme", &till.account).await;
    let _ = again(app, &till.shop.reseller, (&path, ask), &name).await;
    for _ in 0..8 {
        if !refunds(bank, billed).await.is_empty() {
            break;
        }
        app.advance_seconds(700);
        app.run_jobs().await;
    }
    let theirs = refunds(bank, billed).await;
    assert_eq!(theirs.len(), 1, "one at the provider, killed after {steps}");
    assert_eq!(theirs[0]["minor"], 19_900);
    if theirs[0]["done"] != json!(true) {
        bank.press(reference, "return_money", &json!({})).await;
    }
    let stands = format!("SELECT state FROM refunds WHERE charge_id = '{id}'");
    for _ in 0..8 {
        app.run_jobs().await;
        let over = app.database().sql(&stands) == "succeeded";
        if over && till.state(id).await == "refunded" {
            break;
        }
        app.advance_seconds(3_600);
    }
    let stands = app.database().sql(&stands);
    assert_eq!(stands, "succeeded", "one of ours, killed after {steps}");
    assert_eq!(till.state(id).await, "refunded", "killed after {steps}");
    assert_eq!(till.expiry().await, before, "killed after {steps}");
    let notes = app.database().count(NOTES);
    assert_eq!(notes, noted + 1, "a credit note, killed after {steps}");
    // Nothing is sent any more, whatever was planned.
    app.advance_seconds(3_600);
    app.run_jobs().await;
    assert_eq!(refunds(bank, billed).await.len(), 1, "{steps}");
    lived
}

/// One charge that holds its money, which another process takes. Whether it lived to the end of it.
async fn taken_to_the_end(app: &TestApp, bank: &Bank, till: &Till, steps: u32) -> bool {
    bank.follow(app).await;
    let before = till.expiry().await;
    let granted = app.database().count(GRANTS);
    let billed = bank.bills().await.len();
    let order = till.order().await;
    let path = format!("orders/{order}/charges");
    let ask = json!({ "method": "stripe", "token": "pm_card_visa", "capture": "manual" });
    let name = format!("killed-{steps}");
    let charge = till.shop.customer.post(&path, &ask).once(&name).await;
    let charge = charge.expect(201).json();
    assert_eq!(charge["state"], "authorized", "{charge}");
    let id = charge["id"].as_str().unwrap();
    let path = format!("charges/{id}/captures");

    let lived = {
        let mut mortal = another(app, bank, till).await;
        let agent = there(&mortal, &till.shop.agent).await;
        assert!(mortal.dies_after(steps));
        let asked = agent.post(&path, &json!({})).tried().await;
        let answered = asked.is_some_and(|answer| answer.status == 200);
        answered && mortal.run_jobs()
    };

    // Whoever asked asks again until it is taken.
    for _ in 0..8 {
        let asked = till.shop.agent.post(&path, &json!({})).await;
        assert!(matches!(asked.status, 200 | 409), "{asked:?}");
        if till.state(id).await == "paid" {
            break;
        }
        app.advance_seconds(700);
        app.run_jobs().await;
    }
    assert_eq!(till.state(id).await, "paid", "killed after {steps}");
    app.advance_seconds(3_600);
    app.run_jobs().await;
    let bills = bank.bills().await;
    assert_eq!(bills.len(), billed + 1, "killed after {steps}");
    let bill = &bills[billed];
    assert_eq!(
        (&bill["status"], &bill["paid_minor"]),
        (&json!("paid"), &json!(19_900)),
        "killed after {steps}"
    );
    let after = till.expiry().await;
    assert_eq!(year(&after), year(&before) + 1, "killed after {steps}");
    let counts = [GRANTS, RECEIPTS].map(|each| app.database().count(each));
    assert_eq!(counts, [granted + 1; 2], "killed after {steps}");
    lived
}
