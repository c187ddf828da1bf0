//! Pix Automático: consented to by the first payment, renewed before the license ends, tried again,
//! ended by either side and by the bank.

use alvara_domain::time::UtcTime;
use alvara_tests::bank::Bank;
use alvara_tests::{Mortal, TestApp};
use serde_json::{Value, json};

use super::{Till, balance, each_till};

const DAY: i64 = 86_400;
/// More steps than a collection has.
const MANY: u32 = 60;

impl Till {
    /// What Bacen wants to know of who owes a mandate; and the bank tells of mandates.
    async fn ready_for_mandates(&self, app: &TestApp, bank: &Bank) {
        let home = format!("customers/{}", self.shop.customer.node_id);
        let known = json!({ "tax_id": "451.646.324-54" });
        let _ = self
            .shop
            .agent
            .patch(&home, &known)
            .header("if-match", "*")
            .await
            .expect(200);
        bank.tell_mandates_to(app, "acme", &self.account).await;
    }

    async fn permit(&self) -> Value {
        let path = format!("licenses/{}/mandates", self.license);
        let asked = self
            .shop
            .customer
            .post(&path, &json!({ "method": "pix" }))
            .await;
        asked.expect(201).json()
    }

    /// A mandate whose first payment was made.
    async fn permitted(&self, app: &TestApp, bank: &Bank) -> String {
        self.ready_for_mandates(app, bank).await;
        let mandate = self.permit().await;
        let paid = bank.bills().await.len() - 1;
        press(bank, paid, "pay").await;
        app.run_jobs().await;
        let id = mandate["id"].as_str().unwrap().to_owned();
        assert_eq!(self.mandate(&id).await["state"], "active");
        id
    }

    async fn mandate(&self, id: &str) -> Value {
        self.get(&format!("mandates/{id}")).await
    }

    /// It is so many days before the license ends.
    async fn days_before_the_end(&self, app: &TestApp, bank: &Bank, days: i64) {
        let end: UtcTime = self.expiry().await.parse().unwrap();
        later(app, bank, app.now().seconds_until(end) - days * DAY).await;
    }

    /// How often the customer, and whoever sells to it, was told of something.
    async fn told(&self, kind: &str) -> usize {
        let mut counts = Vec::new();
        for who in [&self.shop.customer, &self.shop.agent] {
            let all = who.list("notices").await;
            counts.push(all.iter().filter(|one| one["kind"] == kind).count());
        }
        assert_eq!(counts[0], counts[1], "both are told of {kind}");
        counts[0]
    }
}

/// Moves both clocks on and runs what is due.
async fn later(app: &TestApp, bank: &Bank, seconds: i64) {
    app.advance_seconds(seconds);
    bank.follow(app).await;
    app.run_jobs().await;
}

async fn press(bank: &Bank, bill: usize, action: &str) {
    let bills = bank.bills().await;
    let reference = bills[bill]["reference"].as_str().unwrap();
    bank.press(reference, action, &json!({})).await;
}

fn year(instant: &str) -> i32 {
    instant[..4].parse().unwrap()
}

// R-PAY-09 R-PAY-07
#[test]
fn a_license_is_renewed_each_year_by_what_the_first_payment_consented_to() {
    each_till(async |app, bank, till| {
        // Nothing leaves that the bank would refuse.
        let path = format!("licenses/{}/mandates", till.license);
        let refused = till
            .shop
            .customer
            .post(&path, &json!({ "method": "pix" }))
            .await;
        assert_eq!(refused.expect(422).pointers(), ["/customer/tax_id"]);

        till.ready_for_mandates(app, bank).await;
        let before = year(&till.expiry().await);
        let mandate = till.permit().await;
        assert_eq!(mandate["state"], "pending_approval", "{mandate}");
        assert_eq!(mandate["amount"]["amount_minor"], 19_900);
        assert_eq!(mandate["interval"], "annual");
        assert_eq!(mandate["action"]["kind"], "qr", "{mandate}");
        let id = mandate["id"].as_str().unwrap();
        let first = mandate["first_charge_id"].as_str().unwrap();
        assert_eq!(till.state(first).await, "requires_action");
        // One code does both, and a license has one mandate.
        assert_eq!(bank.bills().await.len(), 1);
        assert_eq!(bank.mandates().await.len(), 1);
        let second = till
            .shop
            .customer
            .post(&path, &json!({ "method": "pix" }))
            .await;
        let _ = second.expect(409);

        press(bank, 0, "pay").await;
        app.run_jobs().await;
        assert_eq!(till.state(first).await, "paid");
        assert_eq!(till.mandate(id).await["state"], "active");
        assert_eq!(year(&till.expiry().await), before + 1);

        for cycle in 1..=2 {
            // Too early for the network, and then in time.
            till.days_before_the_end(app, bank, 12).await;
            let bills = bank.bills().await.len();
            assert_eq!(bills, cycle, "nothing is handed in yet");
            till.days_before_the_end(app, bank, 9).await;
            app.run_jobs().await;
            let bills = bank.bills().await;
            assert_eq!(bills.len(), cycle + 1, "handed in once");
            assert_eq!(bills[cycle]["minor"], 19_900);
            let renewal = till.mandate(id).await["renewals"][0].clone();
            assert_eq!(renewal["state"], "collecting", "{renewal}");
            press(bank, cycle, "pay").await;
            app.run_jobs().await;
            later(app, bank, DAY).await;
            let renewal = till.mandate(id).await["renewals"][0].clone();
            assert_eq!(renewal["state"], "paid", "{renewal}");
            let ends = before + 1 + i32::try_from(cycle).unwrap();
            assert_eq!(year(&till.expiry().await), ends, "renewed once");
        }
        let grants = "SELECT COUNT(*) FROM charge_effects WHERE effect = 'grant'";
        assert_eq!(app.database().count(grants), 3);
        balance(app);
    });
}

// R-PAY-09
#[test]
fn a_renewal_that_fails_is_tried_again_told_of_and_given_up() {
    each_till(async |app, bank, till| {
        let id = till.permitted(app, bank).await;
        let end = till.expiry().await;
        till.days_before_the_end(app, bank, 9).await;
        for (tried, wait) in [(1, 1), (2, 3), (3, 7), (4, 1)] {
            let bills = bank.bills().await.len();
            assert_eq!(bills, tried + 1, "one more bill for try {tried}");
            press(bank, tried, "decline").await;
            app.run_jobs().await;
            let renewal = till.mandate(&id).await["renewals"][0].clone();
            assert_eq!(renewal["failures"], tried, "{renewal}");
            let state = if tried < 4 { "waiting" } else { "given_up" };
            assert_eq!(renewal["state"], state);
            later(app, bank, wait * DAY + 60).await;
        }
        assert_eq!(bank.bills().await.len(), 5, "no more");
        assert_eq!(till.told("renewal.failed").await, 3);
        assert_eq!(till.told("renewal.given_up").await, 1);
        // What follows is what the terms of the license say, and nothing else.
        assert_eq!(till.expiry().await, end);
        let license = till.get(&format!("licenses/{}", till.license)).await;
        assert_eq!(license["state"], "active", "{license}");
        let renewal = till.mandate(&id).await["renewals"][0].clone();
        assert_eq!(renewal["charges"].as_array().unwrap().len(), 4);
        // All tries were for one order, which can still be paid otherwise.
        let order = renewal["order_id"].as_str().unwrap();
        let _ = till.charge(order, "by-hand").await;
        press(bank, 5, "pay").await;
        app.run_jobs().await;
        assert_ne!(till.expiry().await, end);
        balance(app);
    });
}

// R-PAY-09 R-API-02
#[test]
fn a_program_pays_nothing_that_is_being_collected() {
    each_till(async |app, bank, till| {
        let id = till.permitted(app, bank).await;
        let limit = json!({ "limit": { "amount_minor": 20_000, "currency": "BRL" }, "days": 28 });
        let own = format!("nodes/{}/credit-limit", till.shop.customer.node_id);
        let _ = till.shop.subcompany.put(&own, &limit).await.expect(200);
        till.days_before_the_end(app, bank, 9).await;
        app.run_jobs().await;
        let renewal = till.mandate(&id).await["renewals"][0].clone();
        assert_eq!(renewal["state"], "collecting", "{renewal}");
        let before = till.expiry().await;
        let orders = app.database().count("SELECT COUNT(*) FROM orders");
        let pay = json!({
            "chiave_licenza": till.key, "modalita": "pagamento", "metodo_pagamento": "pix",
        });
        let later_on = json!({ "chiave_licenza": till.key, "modalita": "posticipato" });
        let program = app.nobody("acme.localhost");
        for body in [&pay, &later_on] {
            let refused = program.post("/api/licenze/rinnova", body).await.expect(409);
            assert_eq!(refused.json()["codice"], "STATE_CONFLICT", "{refused:?}");
        }
        let kept = app.database().count("SELECT COUNT(*) FROM orders");
        assert_eq!(kept, orders);
        assert_eq!(bank.bills().await.len(), 2, "one charge of the period");
        assert_eq!(till.expiry().await, before);

        // Collected, it is over, and the next period may be ordered.
        press(bank, 1, "pay").await;
        app.run_jobs().await;
        later(app, bank, DAY).await;
        assert_ne!(till.expiry().await, before);
        let next = program.post("/api/licenze/rinnova", &pay).await;
        assert_eq!(next.expect(202).json()["stato"], "in_attesa");
        balance(app);
    });
}

// R-PAY-09
#[test]
fn either_side_and_the_bank_end_a_mandate() {
    each_till(async |app, bank, till| {
        // The customer: the bank hears of it, and says so too.
        let id = till.permitted(app, bank).await;
        let path = format!("mandates/{id}/cancellation");
        let reason = json!({ "reason": "no longer needed" });
        for _ in 0..2 {
            let ended = till.shop.customer.post(&path, &reason).await;
            assert_eq!(ended.expect(200).json()["state"], "canceled");
        }
        assert_eq!(bank.mandates().await[0]["status"], "CANCELADA");
        assert_eq!(till.told("mandate.over").await, 1);

        // The bank: it tells, and nothing more is collected.
        let id = till.permitted(app, bank).await;
        let theirs = bank.mandates().await;
        let theirs = theirs.iter().find(|one| one["status"] == "APROVADA");
        let theirs = theirs.unwrap()["idRec"].as_str().unwrap();
        bank.press_mandate(theirs, "cancel").await;
        app.run_jobs().await;
        let ended = till.mandate(&id).await;
        assert_eq!(ended["state"], "canceled", "{ended}");
        assert_eq!(till.told("mandate.over").await, 2);
        let bills = bank.bills().await.len();
        till.days_before_the_end(app, bank, 9).await;
        later(app, bank, DAY).await;
        assert_eq!(bank.bills().await.len(), bills);
        let all = till.shop.customer.list("mandates").await;
        assert_eq!(all.len(), 2);
    });
}

// R-PAY-09: impatience does not multiply what the provider is asked.
#[test]
fn a_provider_that_does_not_answer_is_told_of_an_end_by_one_schedule() {
    each_till(async |app, bank, till| {
        let id = till.permitted(app, bank).await;
        for _ in 0..2 {
            bank.misbehave("PATCH", "/pix/v2/rec", "error").await;
        }
        let path = format!("mandates/{id}/cancellation");
        let reason = json!({ "reason": "no longer needed" });
        for _ in 0..5 {
            let asked = till.shop.customer.post(&path, &reason).await;
            let asked = asked.expect(200).json();
            assert_eq!(asked["ending"], "no longer needed", "{asked}");
            assert_eq!(asked["state"], "active", "{asked}");
        }
        // The one that was written with the wish, and the one after the call that failed.
        let waits = "SELECT COUNT(*) FROM jobs \
                     WHERE state = 'queued' AND kind = 'billing_end_mandate'";
        assert_eq!(app.database().count(waits), 2);
        later(app, bank, 120).await;
        later(app, bank, 120).await;
        assert_eq!(till.mandate(&id).await["state"], "canceled");
        assert_eq!(till.told("mandate.over").await, 1);
        assert_eq!(app.database().count(waits), 0);
    });
}

// R-PAY-09 R-PAY-12
#[test]
fn a_mandate_whose_setting_up_nobody_heard_of_is_set_up_once() {
    each_till(async |app, bank, till| {
        till.ready_for_mandates(app, bank).await;
        bank.misbehave("POST", "/pix/v2/rec", "silence").await;
        let mandate = till.permit().await;
        assert_eq!(mandate["state"], "created", "{mandate}");
        let id = mandate["id"].as_str().unwrap();
        later(app, bank, 120).await;
        assert_eq!(till.mandate(id).await["state"], "pending_approval");
        assert_eq!(bank.mandates().await.len(), 1, "the same as before");
        assert_eq!(bank.bills().await.len(), 1);
        press(bank, 0, "pay").await;
        app.run_jobs().await;
        assert_eq!(till.mandate(id).await["state"], "active");

        // So is a collection: it is looked for, and found.
        bank.misbehave("PUT", "/pix/v2/cobr", "silence").await;
        till.days_before_the_end(app, bank, 9).await;
        later(app, bank, 120).await;
        later(app, bank, 120).await;
        assert_eq!(bank.bills().await.len(), 2, "one charge of the period");
        press(bank, 1, "pay").await;
        later(app, bank, DAY).await;
        let renewal = till.mandate(id).await["renewals"][0].clone();
        assert_eq!(renewal["state"], "paid", "{renewal}");
        balance(app);
    });
}

// R-PAY-09 R-PAY-12: no outage is so long that nobody looks at a license again.
#[test]
fn a_look_that_failed_too_often_is_taken_up_again() {
    each_till(async |app, bank, till| {
        let id = till.permitted(app, bank).await;
        // Nobody can read the mandate, for longer than all tries of its job last.
        let stands = |state: &str| {
            let change = format!("UPDATE mandates SET state = '{state}' WHERE id = '{id}'");
            let _ = app.database().sql(&change);
        };
        stands("torn");
        till.days_before_the_end(app, bank, 9).await;
        for _ in 0..9 {
            later(app, bank, 3_600).await;
        }
        let failed =
            "SELECT COUNT(*) FROM jobs WHERE state = 'failed' AND kind = 'billing_collect'";
        assert_eq!(app.database().count(failed), 1);
        assert_eq!(bank.bills().await.len(), 1);

        stands("active");
        later(app, bank, 6 * 3_600 + 60).await;
        app.run_jobs().await;
        assert_eq!(bank.bills().await.len(), 2, "collected after all");
        press(bank, 1, "pay").await;
        later(app, bank, DAY).await;
        let renewal = till.mandate(&id).await["renewals"][0].clone();
        assert_eq!(renewal["state"], "paid", "{renewal}");
        // The one that failed stays until a person looked.
        assert_eq!(app.database().count(failed), 1);
        let _ = app
            .database()
            .sql("DELETE FROM jobs WHERE state = 'failed'");
        balance(app);
    });
}

// R-PAY-09 R-PAY-02
#[test]
fn a_method_that_was_left_at_stripe_is_charged_until_it_is_taken_back() {
    each_till(async |app, bank, till| {
        app.install_plugin("stripe", "acme", &bank.host()).await;
        let account = bank.stripe_account();
        let account = till.shop.reseller.post("payment-accounts", &account).await;
        let account = account.expect(201).id();
        bank.tell_stripe_to(app, "acme", &account).await;
        let before = year(&till.expiry().await);
        let path = format!("licenses/{}/mandates", till.license);
        let wanted = json!({ "method": "stripe", "return_url": "https://shop.example/back" });
        let mandate = till.shop.customer.post(&path, &wanted).await;
        let mandate = mandate.expect(201).json();
        assert_eq!(mandate["state"], "pending_approval", "{mandate}");
        assert_eq!(mandate["action"]["kind"], "redirect");
        let id = mandate["id"].as_str().unwrap();
        press(bank, 0, "pay").await;
        app.run_jobs().await;
        let active = till.mandate(id).await;
        assert_eq!(active["state"], "active", "{active}");
        assert_eq!(year(&till.expiry().await), before + 1);

        // A card needs no notice: it is charged on the day, and at once.
        till.days_before_the_end(app, bank, 3).await;
        assert_eq!(bank.bills().await.len(), 1);
        till.days_before_the_end(app, bank, 1).await;
        later(app, bank, 60).await;
        assert_eq!(bank.bills().await.len(), 2);
        assert_eq!(year(&till.expiry().await), before + 2);

        let path = format!("mandates/{id}/cancellation");
        let ended = till.shop.customer.post(&path, &json!({})).await;
        assert_eq!(ended.expect(200).json()["state"], "canceled");
        till.days_before_the_end(app, bank, 1).await;
        assert_eq!(bank.bills().await.len(), 2);
        balance(app);
    });
}

// R-PAY-09 R-PAY-02
#[test]
fn a_subscription_at_mercado_pago_renews_by_the_providers_calendar() {
    each_till(async |app, bank, till| {
        app.install_plugin("card", "acme", &bank.host()).await;
        let account = bank.card_account();
        let account = till.shop.reseller.post("payment-accounts", &account).await;
        let _ = account.expect(201);
        let customer = &till.shop.customer;
        let path = format!("licenses/{}/mandates", till.license);
        let wanted = json!({
            "method": "card", "first_payment": "at_renewal",
            "return_url": "https://shop.example/back",
        });
        // The provider knows its payers by mail address.
        let refused = customer.post(&path, &wanted).await.expect(422);
        assert_eq!(refused.pointers(), ["/customer/email"]);
        let home = format!("customers/{}", customer.node_id);
        let known = json!({ "email": "carla@example.com" });
        let known = till.shop.agent.patch(&home, &known);
        let _ = known.header("if-match", "*").await.expect(200);

        let before = year(&till.expiry().await);
        let mandate = customer.post(&path, &wanted).await.expect(201).json();
        assert_eq!(mandate["state"], "pending_approval", "{mandate}");
        assert_eq!(mandate["action"]["kind"], "redirect", "{mandate}");
        let id = mandate["id"].as_str().unwrap();
        let theirs = bank.subscriptions().await;
        assert_eq!(theirs.len(), 1);
        assert_eq!(theirs[0]["payer_email"], "carla@example.com");
        let terms = &theirs[0]["auto_recurring"];
        assert_eq!(terms["transaction_amount"], 199.0, "{terms}");
        let each = (&terms["frequency"], &terms["frequency_type"]);
        assert_eq!(each, (&json!(12), &json!("months")));
        let theirs = theirs[0]["id"].as_str().unwrap();
        bank.press_subscription(theirs, "agree").await;
        later(app, bank, 120).await;
        assert_eq!(till.mandate(id).await["state"], "active");
        assert!(bank.bills().await.is_empty(), "nothing is paid before");

        for cycle in 1..=2 {
            till.days_before_the_end(app, bank, 1).await;
            later(app, bank, 60).await;
            let renewal = till.mandate(id).await["renewals"][0].clone();
            assert_eq!(renewal["state"], "collecting", "{renewal}");
            // The provider collects by itself; until it has, there is none.
            let charge = renewal["charges"][0].as_str().unwrap();
            assert_eq!(till.state(charge).await, "processing");
            assert_eq!(bank.bills().await.len(), cycle - 1);
            bank.press_subscription(theirs, "collect").await;
            later(app, bank, 7 * 3_600).await;
            assert_eq!(till.state(charge).await, "paid");
            let renewal = till.mandate(id).await["renewals"][0].clone();
            assert_eq!(renewal["state"], "paid", "{renewal}");
            let ends = before + i32::try_from(cycle).unwrap();
            assert_eq!(year(&till.expiry().await), ends, "renewed once");
        }
        let grants = "SELECT COUNT(*) FROM charge_effects WHERE effect = 'grant'";
        assert_eq!(app.database().count(grants), 2);

        let path = format!("mandates/{id}/cancellation");
        let ended = customer.post(&path, &json!({})).await.expect(200).json();
        assert_eq!(ended["state"], "canceled", "{ended}");
        assert_eq!(bank.subscriptions().await[0]["status"], "cancelled");
        till.days_before_the_end(app, bank, 1).await;
        assert_eq!(bank.bills().await.len(), 2);
        balance(app);
    });
}

// R-PAY-09 R-PAY-12
#[test]
fn whatever_step_a_collection_is_killed_at_its_period_is_charged_once() {
    each_till(async |app, bank, till| {
        let id = till.permitted(app, bank).await;
        let mut steps = 1;
        while !collected_to_the_end(app, bank, till, (&id, steps)).await {
            steps += 1;
            assert!(steps < MANY, "a collection has no end");
        }
        // Taking the job up, the order and the charge, dispatching, a token, the answer, applying it.
        assert!(steps > 4, "only {steps} steps were seen");
        let grants = "SELECT COUNT(*) FROM charge_effects WHERE effect = 'grant'";
        assert_eq!(app.database().count(grants), i64::from(steps) + 1);
        balance(app);
    });
}

/// One period, whose renewal another server of the same database begins, and is killed after so many
/// steps. Whether it lived to the end of it. We carry on, and nobody sees a difference.
async fn collected_to_the_end(
    app: &TestApp,
    bank: &Bank,
    till: &Till,
    (id, steps): (&str, u32),
) -> bool {
    let before = till.expiry().await;
    let billed = bank.bills().await.len();
    let end: UtcTime = before.parse().unwrap();
    app.advance_seconds(app.now().seconds_until(end) - 9 * DAY);
    bank.follow(app).await;
    let lived = {
        let mut mortal = Mortal::start(
            env!("CARGO_BIN_EXE_mortal"),
            app.database().url(),
            app.now(),
            &bank.gateway(),
            app.database().folder(),
        );
        assert!(mortal.dies_after(steps));
        mortal.run_jobs()
    };
    // What it had in its hands is free again after a while.
    for _ in 0..8 {
        later(app, bank, 700).await;
        let renewal = till.mandate(id).await["renewals"][0].clone();
        let charge = renewal["charges"][0]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let begun = renewal["state"] == "collecting" && !charge.is_empty();
        if begun && !["created", "unknown"].contains(&till.state(&charge).await.as_str()) {
            break;
        }
    }
    let bills = bank.bills().await.len();
    assert_eq!(bills, billed + 1, "one charge, killed after {steps}");
    press(bank, billed, "pay").await;
    for _ in 0..4 {
        later(app, bank, DAY / 2).await;
        if till.expiry().await != before {
            break;
        }
    }
    let renewal = till.mandate(id).await["renewals"][0].clone();
    assert_eq!(renewal["state"], "paid", "killed after {steps}: {renewal}");
    assert_eq!(renewal["charges"].as_array().unwrap().len(), 1);
    let after = till.expiry().await;
    assert_eq!(year(&after), year(&before) + 1, "killed after {steps}");
    lived
}

// R-PAY-09
#[test]
fn who_comes_back_learns_that_it_is_permitted() {
    each_till(async |app, bank, till| {
        till.ready_for_mandates(app, bank).await;
        let mandate = till.permit().await;
        assert_eq!(mandate["state"], "pending_approval", "{mandate}");
        let id = mandate["id"].as_str().unwrap();
        let path = format!("mandates/{id}/completion");
        let back = json!({ "query": [{ "name": "status", "value": "approved" }] });
        let customer = &till.shop.customer;
        // What the address says proves nothing: the bank is asked.
        let liar = customer.post(&path, &back).await.expect(200).json();
        assert_eq!(liar["state"], "pending_approval", "{liar}");
        let bills = bank.bills().await;
        let reference = bills[0]["reference"].as_str().unwrap();
        bank.press(reference, "pay", &json!({ "tell": 0 })).await;
        let permitted = customer.post(&path, &back).await.expect(200).json();
        assert_eq!(permitted["state"], "active", "{permitted}");
        balance(app);
    });
}
