//! How often a seat may be passed on.

use alvara_tests::each_app;
use serde_json::json;

use super::{DOOR, activated};

// R-LIC-09: handing the seat to the next machine is giving it back, where the customer does it.
#[test]
fn a_customer_passes_no_seat_around_by_machine_transfers() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let terms =
            json!({ "machine_limit": 1, "deactivations": { "limit": 1, "period": "P30D" } });
        let license = shop.license_of(&terms).await;
        let hand_on = async |who: &alvara_tests::Actor, machine: &str, to: &str| {
            let path = format!("machines/{machine}/transfers");
            who.post(&path, &json!({ "fingerprint": to, "name": to }))
                .await
        };
        let first = activated(app, &license, "fp-0").await;
        let kept = hand_on(&shop.customer, &first.machine_id, "fp-1").await;
        let _ = kept.expect(201);
        let second = activated(app, &license, "fp-1").await;
        let refused = hand_on(&shop.customer, &second.machine_id, "fp-2").await;
        refused.refuse(409, "DEACTIVATION_LIMIT");
        second.deactivate().await.refuse(409, "DEACTIVATION_LIMIT");
        // An agent may, and it does not count.
        let kept = hand_on(&shop.agent, &second.machine_id, "fp-2").await;
        let _ = kept.expect(201);
        app.advance(31);
        let third = activated(app, &license, "fp-2").await;
        let kept = hand_on(&shop.customer, &third.machine_id, "fp-3").await;
        let _ = kept.expect(201);
    });
}

// R-LIC-09
#[test]
fn programs_and_customers_are_limited_and_agents_are_not() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let terms =
            json!({ "machine_limit": 1, "deactivations": { "limit": 2, "period": "P30D" } });
        let license = shop.license_of(&terms).await;
        let one = activated(app, &license, "fp-1").await;
        let _ = one.deactivate().await.expect(204);
        let _ = one.deactivate().await.expect(204);
        app.advance(10);
        let two = activated(app, &license, "fp-2").await;
        let path = |program: &alvara_tests::Program| format!("machines/{}", program.machine_id);
        let _ = shop.customer.delete(&path(&two)).await.expect(204);
        let one = activated(app, &license, "fp-1").await;
        let refused = one.deactivate().await;
        let problem = refused.json();
        assert_eq!(
            (&problem["limit"], &problem["period"]),
            (&json!(2), &json!("P30D"))
        );
        let next = problem["next_possible_at"].as_str().unwrap();
        assert!(next.starts_with("2027-02-14T"), "{next}");
        let wait: i64 = refused.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=20 * 86_400).contains(&wait), "{wait}");
        refused.refuse(409, "DEACTIVATION_LIMIT");
        shop.customer
            .delete(&path(&one))
            .await
            .refuse(409, "DEACTIVATION_LIMIT");
        // An agent may, and it does not count.
        let _ = shop.agent.delete(&path(&one)).await.expect(204);
        let one = activated(app, &license, "fp-1").await;
        // Thirty days after the first one, the next is possible.
        app.advance(21);
        let _ = one.deactivate().await.expect(204);
        let one = activated(app, &license, "fp-1").await;
        one.deactivate().await.refuse(409, "DEACTIVATION_LIMIT");
        // None at all.
        let terms = json!({ "deactivations": { "limit": 0, "period": "P1Y" } });
        let never = shop.license_of(&terms).await;
        let fixed = activated(app, &never, "fixed").await;
        let refused = fixed.deactivate().await;
        assert!(refused.json()["next_possible_at"].is_null());
        assert!(refused.header("retry-after").is_none());
        refused.refuse(409, "DEACTIVATION_LIMIT");
    });
}

// R-LIC-05 R-API-02
#[test]
fn who_comes_again_through_another_door_is_found_behind_that_one() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let _ = activated(app, &license, "fp-1").await;
        let at = |host: &str| {
            app.nobody(host)
                .post("/api/check-license", &json!({ "machineId": "fp-1" }))
        };
        assert_ne!(at("localhost").await.json()["valid"], true);
        let mut again = app.program("localhost", &license.key, "fp-1");
        let _ = again.activate().await.expect(200);
        assert_eq!(at("localhost").await.json()["valid"], true);
        assert_eq!(at(DOOR).await.json()["valid"], true);
    });
}
