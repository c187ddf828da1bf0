//! Counters that programs raise and the platform limits.

use alvara_tests::{Actor, Answer, License, Shop, TestApp, each_app};
use serde_json::{Value, json};
use tokio::task::JoinSet;

async fn metered(shop: &Shop, limit: u64, reset: Value) -> License {
    shop.license_of(&json!({
        "kind": "subscription", "duration": "P1Y", "machine_limit": 3,
        "meters": [{ "name": "pages", "limit": limit, "reset": reset }],
    }))
    .await
}

/// A machine of the license that may count.
async fn machine(app: &TestApp, license: &License, fingerprint: &str) -> Actor {
    let mut program = app.program("acme.localhost", &license.key, fingerprint);
    let _ = program.activate().await;
    app.bearing("acme.localhost", &program.token)
}

async fn count(machine: &Actor, by: u64) -> Answer {
    machine
        .post("meters/pages/increments", &json!({ "by": by }))
        .await
}

/// The clock goes on while a story is told, so instants are compared by the hour.
fn hour(instant: &Value) -> &str {
    &instant.as_str().unwrap()[..13]
}

// R-LIC-15
#[test]
fn what_is_used_is_counted_and_what_is_too_much_is_not() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = metered(&shop, 10, Value::Null).await;
        let desk = machine(app, &license, "fp-1").await;
        let asked = json!({ "by": 7, "nonce": "n-1" });
        let counted = desk
            .post("meters/pages/increments", &asked)
            .await
            .expect(200);
        for header in ["content-digest", "signature-input", "signature"] {
            assert!(counted.header(header).is_some(), "{header}");
        }
        let said = counted.json();
        assert_eq!(
            (&said["used"], &said["limit"], &said["remaining"]),
            (&json!(7), &json!(10), &json!(3))
        );
        assert_eq!(
            (&said["nonce"], &said["resets_at"]),
            (&json!("n-1"), &Value::Null)
        );
        assert!(said["date"].is_string());
        // All or nothing: four do not fit, three do.
        let refused = count(&desk, 4).await;
        assert_eq!(refused.json()["verdict"]["because"]["used"], 7);
        refused.refuse(409, "METER_LIMIT");
        assert_eq!(count(&desk, 3).await.expect(200).json()["remaining"], 0);
        count(&desk, 1).await.refuse(409, "METER_LIMIT");
        count(&desk, 0).await.refuse(422, "INVALID_FIELDS");
        desk.post("meters/none/increments", &json!({ "by": 1 }))
            .await
            .refuse(404, "METER_UNKNOWN");
        app.nobody("acme.localhost")
            .post("meters/pages/increments", &json!({ "by": 1 }))
            .await
            .refuse(401, "UNAUTHENTICATED");
        // Members look, and set it back.
        let path = format!("licenses/{}/meters", license.id);
        let seen = shop.customer.get(&path).await.expect(200).json();
        assert_eq!(
            (&seen["items"][0]["name"], &seen["items"][0]["used"]),
            (&json!("pages"), &json!(10))
        );
        let reset = format!("{path}/pages/reset");
        shop.customer
            .post(&reset, &json!({}))
            .await
            .refuse(403, "FORBIDDEN");
        let zero = shop
            .agent
            .ask(reqwest::Method::POST, &reset)
            .await
            .expect(200)
            .json();
        assert_eq!(zero["used"], 0);
        assert_eq!(count(&desk, 10).await.expect(200).json()["used"], 10);
        shop.agent
            .ask(reqwest::Method::POST, &format!("{path}/none/reset"))
            .await
            .refuse(404, "METER_UNKNOWN");
    });
}

// R-LIC-15 R-API-01: an answer that was lost is asked for again and counts once.
#[test]
fn an_increment_that_is_sent_twice_counts_once() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = metered(&shop, 10, Value::Null).await;
        let desk = machine(app, &license, "fp-1").await;
        let ask = || {
            desk.post("meters/pages/increments", &json!({ "by": 4 }))
                .once("print-7")
        };
        let first = ask().await.expect(200);
        let again = ask().await.expect(200);
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        assert_eq!(again.bytes(), first.bytes());
        assert_eq!(again.header("signature"), first.header("signature"));
        assert_eq!(count(&desk, 1).await.expect(200).json()["used"], 5);
    });
}

// R-LIC-15: the windows count from the start of the license and never drift over short months.
#[test]
fn a_counter_begins_anew_each_month_from_the_day_it_began() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        // The scenario starts on a 31st, at noon in São Paulo.
        let start: alvara_domain::time::UtcTime = "2027-01-31T15:00:00Z".parse().unwrap();
        app.advance_seconds(start.seconds() - app.now().seconds());
        let license = metered(&shop, 5, json!("P1M")).await;
        let desk = machine(app, &license, "fp-1").await;
        let said = count(&desk, 5).await.expect(200).json();
        assert_eq!(hour(&said["resets_at"]), "2027-02-28T15");
        count(&desk, 1).await.refuse(409, "METER_LIMIT");
        app.advance(28);
        let said = count(&desk, 2).await.expect(200).json();
        assert_eq!(
            (&said["used"], hour(&said["resets_at"])),
            (&json!(2), "2027-03-31T15")
        );
        // A month without any use: what stands in the table is past, and shown as zero.
        app.advance(40);
        let path = format!("licenses/{}/meters", license.id);
        let seen = shop.agent.get(&path).await.expect(200).json();
        assert_eq!(
            (
                &seen["items"][0]["used"],
                hour(&seen["items"][0]["counts_since"])
            ),
            (&json!(0), "2027-03-31T15")
        );
        // A suspended license counts nothing.
        let suspension = format!("licenses/{}/suspension", license.id);
        let _ = shop.agent.post(&suspension, &json!({})).await.expect(200);
        count(&desk, 1).await.refuse(403, "SUSPENDED");
    });
}

// R-LIC-15: 64 at once for 50 are 50, and again 50 when all of them meet the next window.
#[test]
fn sixty_four_at_once_count_exactly_fifty() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = metered(&shop, 50, json!("P1D")).await;
        let desks = [
            machine(app, &license, "fp-1").await,
            machine(app, &license, "fp-2").await,
        ];
        for day in 0..2 {
            let mut all = JoinSet::new();
            for index in 0..64 {
                let desk = desks[index % 2].clone();
                all.spawn(async move { count(&desk, 1).await });
            }
            let answers = all.join_all().await;
            let counted = answers.iter().filter(|answer| answer.status == 200).count();
            let refused = answers
                .iter()
                .filter(|answer| answer.code() == "METER_LIMIT")
                .count();
            assert_eq!((counted, refused), (50, 14), "day {day}");
            let stored = app.database().count("SELECT used FROM meters");
            assert_eq!(stored, 50);
            app.advance(1);
        }
    });
}
