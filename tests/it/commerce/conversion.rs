//! From trial to paid: the key, the license and its machines stay.

use alvara_tests::each_app;
use serde_json::{Value, json};

// R-LIC-13 R-LIC-09
#[test]
fn a_trial_that_is_paid_keeps_key_and_machine() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let trial = shop
            .license_of(&json!({ "kind": "trial", "duration": "P14D", "trial": "unlimited", "machine_limit": 2,
                "meters": [{ "name": "pages", "limit": 3 }] }))
            .await;
        let mut program = app.program("acme.localhost", &trial.key, "fp-1");
        let _ = program.activate().await;
        let machine = program.machine_id.clone();
        app.advance(10);
        let plan = json!({
            "policy_id": shop.policy_id, "code": "yearly", "name": "Yearly", "period": "P1Y",
            "price": { "amount_minor": 19_900, "currency": "BRL" },
        });
        let plan = shop.reseller.post("plans", &plan).await.expect(201).id();
        let path = format!("licenses/{}/conversion", trial.id);
        let paid = shop
            .agent
            .post(&path, &json!({ "plan_id": plan, "discount_percent": 5 }))
            .await
            .expect(200)
            .json();
        assert_eq!(
            (&paid["id"], &paid["kind"]),
            (&json!(trial.id), &json!("subscription"))
        );
        assert_eq!(paid["policy_id"], json!(shop.policy_id));
        // A year from the day it was paid, not from the day the trial began.
        let end = paid["expires_at"].as_str().unwrap();
        assert!(end.starts_with("2028-01-25"), "{end}");
        assert_eq!(paid["machines_used"], 1);
        let sale = &paid["sale"];
        assert_eq!(
            (
                &sale["converted_from"],
                &sale["converted_at"].as_str().unwrap()[..10]
            ),
            (&json!("trial"), "2027-01-25")
        );
        assert_eq!(sale["total"]["amount_minor"], 18_905);
        assert_eq!(program.contact().await, "VALID");
        assert_eq!(program.claims()["knd"], "subscription");
        let end: alvara_domain::time::UtcTime = end.parse().unwrap();
        assert_eq!(program.claims()["exp"], end.seconds());
        assert_eq!(program.machine_id, machine);
        let events = app
            .database()
            .count("SELECT COUNT(*) FROM events WHERE kind = 'license.converted'");
        assert_eq!(events, 1);
        // What is paid for is not converted again, it is renewed.
        let again = shop.agent.post(&path, &json!({ "plan_id": plan })).await;
        assert_eq!(again.json()["kind"], "subscription");
        again.refuse(409, "NOT_A_TRIAL");
    });
}

// R-LIC-13
#[test]
fn new_terms_must_hold_the_machines_that_run() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let demo = shop
            .license_of(&json!({ "kind": "demo", "duration": "P14D", "machine_limit": 5 }))
            .await;
        let mut programs = Vec::new();
        for index in 0..2 {
            let fingerprint = format!("fp-{index}");
            let mut program = app.program("acme.localhost", &demo.key, &fingerprint);
            let _ = program.activate().await;
            programs.push(program);
        }
        let path = format!("licenses/{}/conversion", demo.id);
        let to = json!({ "policy_id": shop.policy_id });
        let refused = shop.agent.post(&path, &to).await;
        let said = refused.json();
        assert_eq!(
            (&said["machines_used"], &said["machine_limit"]),
            (&json!(2), &json!(1))
        );
        refused.refuse(409, "TOO_MANY_MACHINES");
        let _ = programs[1].deactivate().await.expect(204);
        let paid = shop.agent.post(&path, &to).await.expect(200).json();
        assert_eq!(
            (&paid["machine_limit"], &paid["sale"]["converted_from"]),
            (&json!(1), &json!("demo"))
        );
        assert_eq!(paid["sale"]["price"], Value::Null);
        assert_eq!(programs[0].contact().await, "VALID");
        // From a trial to a trial nobody pays for anything.
        let trial = json!({ "kind": "trial", "duration": "P14D" });
        let another = shop.license_of(&trial).await;
        let terms = json!({ "terms": trial });
        let policy = shop
            .reseller
            .policy(&shop.product_id, "trial-again", &terms)
            .await;
        let path = format!("licenses/{}/conversion", another.id);
        let refused = shop
            .agent
            .post(&path, &json!({ "policy_id": policy }))
            .await;
        assert_eq!(refused.pointers(), ["/policy_id"]);
        let nothing = shop.agent.post(&path, &json!({})).await;
        nothing.refuse(422, "INVALID_FIELDS");
        shop.customer
            .post(&path, &to)
            .await
            .refuse(403, "FORBIDDEN");
    });
}
