//! A floating seat from its taking to its end.

use alvara_tests::each_app;
use serde_json::json;

use super::{DOOR, activated, events, floating, give_back, keep, lease, take};

// R-LIC-04
#[test]
fn a_seat_is_taken_kept_and_given_back() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = floating(&shop, 1, &json!({})).await;
        let one = activated(app, &license, "fp-1").await;
        let two = activated(app, &license, "fp-2").await;
        let taken = take(app, &one, &json!({ "nonce": "n-1" }))
            .await
            .expect(201);
        let seat = taken.text("/seat/id");
        let claims = lease(&taken);
        assert_eq!(claims["seat"], seat);
        assert_eq!(claims["mac"], one.machine_id);
        assert_eq!(claims["nonce"], "n-1");
        assert_eq!(
            claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(),
            300
        );
        assert_eq!(
            claims["nxt"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(),
            150
        );
        // Who asks again has it already.
        let again = take(app, &one, &json!({})).await.expect(200);
        assert_eq!(again.text("/seat/id"), seat);
        // Nobody else gets one, and is told when the next may become free.
        let full = take(app, &two, &json!({})).await;
        let problem = full.json();
        assert_eq!(problem["verdict"]["because"]["used"], 1);
        assert_eq!(
            problem["next_lease_ends_at"],
            again.json()["seat"]["lease_until"]
        );
        let wait: i64 = full.header("retry-after").unwrap().parse().unwrap();
        assert!((290..=300).contains(&wait), "{wait}");
        full.refuse(409, "SEAT_LIMIT");
        // Kept, it goes on; the lease is a new one.
        app.advance_seconds(200);
        let kept = keep(app, &one, &seat, &json!({})).await.expect(200);
        assert!(lease(&kept)["exp"].as_i64() > claims["exp"].as_i64());
        app.advance_seconds(200);
        take(app, &two, &json!({})).await.refuse(409, "SEAT_LIMIT");
        // It is this machine's and nobody else's.
        keep(app, &two, &seat, &json!({}))
            .await
            .refuse(404, "NOT_FOUND");
        give_back(app, &two, &seat).await.refuse(404, "NOT_FOUND");
        // Given back twice, it frees one seat.
        let _ = give_back(app, &one, &seat).await.expect(204);
        let _ = give_back(app, &one, &seat).await.expect(204);
        let _ = take(app, &two, &json!({})).await.expect(201);
        take(app, &one, &json!({})).await.refuse(409, "SEAT_LIMIT");
        keep(app, &one, &seat, &json!({}))
            .await
            .refuse(409, "SEAT_LOST");
        assert_eq!(
            (events(app, "seat.taken"), events(app, "seat.returned")),
            (2, 1)
        );
    });
}

// R-LIC-04
#[test]
fn a_killed_program_loses_its_seat_and_a_borrower_does_not() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let terms = json!({ "seat_lease_seconds": 120, "borrow_limit_seconds": 604_800 });
        let license = floating(&shop, 2, &terms).await;
        let killed = activated(app, &license, "killed").await;
        let borrower = activated(app, &license, "borrower").await;
        let third = activated(app, &license, "third").await;
        let lost = take(app, &killed, &json!({}))
            .await
            .expect(201)
            .text("/seat/id");
        let far = take(app, &borrower, &json!({ "borrow_for": 259_200 }))
            .await
            .expect(201);
        let claims = lease(&far);
        assert_eq!(
            claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(),
            259_200
        );
        take(app, &third, &json!({}))
            .await
            .refuse(409, "SEAT_LIMIT");
        // The killed one is silent beyond its lease; its seat goes to whoever asks.
        app.advance_seconds(121);
        keep(app, &killed, &lost, &json!({}))
            .await
            .refuse(409, "SEAT_LOST");
        let _ = take(app, &third, &json!({})).await.expect(201);
        assert_eq!(events(app, "seat.reclaimed"), 1);
        keep(app, &killed, &lost, &json!({}))
            .await
            .refuse(409, "SEAT_LOST");
        // The borrower keeps its own for its three days, without a word.
        app.advance(2);
        let fresh = take(app, &killed, &json!({})).await.expect(201);
        assert_ne!(fresh.text("/seat/id"), lost);
        take(app, &third, &json!({}))
            .await
            .refuse(409, "SEAT_LIMIT");
        // A sign of life in between does not shorten what is borrowed.
        let seat = far.text("/seat/id");
        let kept = keep(app, &borrower, &seat, &json!({})).await.expect(200);
        assert_eq!(
            kept.json()["seat"]["borrowed_until"],
            far.json()["seat"]["borrowed_until"]
        );
        assert_eq!(lease(&kept)["exp"], claims["exp"]);
        app.advance(2);
        keep(app, &borrower, &seat, &json!({}))
            .await
            .refuse(409, "SEAT_LOST");
        // Longer than the terms allow, or where they allow nothing, it is a field at fault.
        let long = take(app, &borrower, &json!({ "borrow_for": 604_801 })).await;
        assert_eq!(long.pointers(), ["/borrow_for"]);
        long.refuse(422, "INVALID_FIELDS");
        let none = floating(&shop, 1, &json!({})).await;
        let home = activated(app, &none, "home").await;
        let refused = take(app, &home, &json!({ "borrow_for": 60 })).await;
        assert_eq!(refused.pointers(), ["/borrow_for"]);
        refused.refuse(422, "INVALID_FIELDS");
    });
}

// R-LIC-04
#[test]
fn several_programs_on_one_machine_hold_a_seat_each() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = floating(&shop, 2, &json!({})).await;
        let server = activated(app, &license, "terminal-server").await;
        let ana = take(app, &server, &json!({ "instance": "ana" }))
            .await
            .expect(201);
        let rui = take(app, &server, &json!({ "instance": "rui" }))
            .await
            .expect(201);
        assert_ne!(ana.text("/seat/id"), rui.text("/seat/id"));
        take(app, &server, &json!({ "instance": "zoe" }))
            .await
            .refuse(409, "SEAT_LIMIT");
        let _ = take(app, &server, &json!({ "instance": "ana" }))
            .await
            .expect(200);
        // With the machine all its seats come back.
        let _ = server.deactivate().await.expect(204);
        let other = activated(app, &license, "other").await;
        let _ = take(app, &other, &json!({ "instance": "a" }))
            .await
            .expect(201);
        let _ = take(app, &other, &json!({ "instance": "b" }))
            .await
            .expect(201);
        take(app, &server, &json!({}))
            .await
            .refuse(403, "MACHINE_UNKNOWN");
    });
}

// R-LIC-04 R-LIC-09 R-LIC-11
#[test]
fn who_may_not_run_keeps_no_seat() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = floating(&shop, 2, &json!({})).await;
        let one = activated(app, &license, "fp-1").await;
        let two = activated(app, &license, "fp-2").await;
        let seat = take(app, &one, &json!({}))
            .await
            .expect(201)
            .text("/seat/id");
        let block = format!("machines/{}/block", one.machine_id);
        let _ = shop.agent.post(&block, &json!({})).await.expect(200);
        keep(app, &one, &seat, &json!({}))
            .await
            .refuse(403, "MACHINE_BLOCKED");
        take(app, &one, &json!({}))
            .await
            .refuse(403, "MACHINE_BLOCKED");
        // Its lease runs out by itself, and housekeeping sees to it.
        app.advance_seconds(301);
        app.sweep().await;
        let seats = shop
            .agent
            .list(&format!("licenses/{}/seats", license.id))
            .await;
        assert_eq!((seats.len(), &seats[0]["state"]), (1, &json!("reclaimed")));
        let seat = take(app, &two, &json!({}))
            .await
            .expect(201)
            .text("/seat/id");
        let path = |verb: &str| format!("licenses/{}/{verb}", license.id);
        let _ = shop
            .agent
            .post(&path("suspension"), &json!({}))
            .await
            .expect(200);
        keep(app, &two, &seat, &json!({}))
            .await
            .refuse(403, "SUSPENDED");
        take(app, &two, &json!({})).await.refuse(403, "SUSPENDED");
        // Giving back is always possible.
        let _ = give_back(app, &two, &seat).await.expect(204);
        let _ = shop.agent.delete(&path("suspension")).await.expect(200);
        let seat = take(app, &two, &json!({}))
            .await
            .expect(201)
            .text("/seat/id");
        let _ = shop
            .subcompany
            .post(&path("revocation"), &json!({}))
            .await
            .expect(200);
        keep(app, &two, &seat, &json!({}))
            .await
            .refuse(403, "REVOKED");
    });
}

// R-LIC-04 R-TEN-03
#[test]
fn members_see_seats_and_agents_take_them_back() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let terms = json!({ "borrow_limit_seconds": 86_400 });
        let license = floating(&shop, 3, &terms).await;
        let one = activated(app, &license, "fp-1").await;
        for instance in ["a", "b", "c"] {
            let body = json!({ "instance": instance, "borrow_for": 86_400 });
            let _ = take(app, &one, &body).await.expect(201);
        }
        let path = format!("licenses/{}/seats", license.id);
        let page = shop
            .customer
            .get(&format!("{path}?limit=2"))
            .await
            .expect(200)
            .json();
        assert_eq!(page["items"].as_array().unwrap().len(), 2);
        assert_eq!(shop.customer.list(&path).await.len(), 3);
        let seat = page["items"][0]["id"].as_str().unwrap().to_owned();
        let one_seat = format!("{path}/{seat}");
        shop.customer
            .delete(&one_seat)
            .await
            .refuse(403, "FORBIDDEN");
        let _ = shop.agent.delete(&one_seat).await.expect(204);
        let _ = shop.agent.delete(&one_seat).await.expect(204);
        let held = shop.agent.list(&format!("{path}?state=held")).await;
        assert_eq!(held.len(), 2);
        keep(app, &one, &seat, &json!({}))
            .await
            .refuse(409, "SEAT_LOST");
        // A license that does not float has none.
        let plain = shop.license().await;
        let desk = activated(app, &plain, "desk").await;
        take(app, &desk, &json!({}))
            .await
            .refuse(409, "NOT_FLOATING");
        app.nobody(DOOR)
            .post("seats", &json!({}))
            .await
            .refuse(401, "UNAUTHENTICATED");
    });
}

// R-LIC-04
#[test]
fn overage_is_allowed_said_and_told_once() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = floating(&shop, 2, &json!({ "overage_percent": 50 })).await;
        let server = activated(app, &license, "server").await;
        let ask = |name: &str| json!({ "instance": name });
        assert!(take(app, &server, &ask("a")).await.expect(201).json()["because"].is_null());
        let _ = take(app, &server, &ask("b")).await.expect(201);
        let third = take(app, &server, &ask("c")).await.expect(201).json();
        assert_eq!(
            third["because"],
            json!({ "kind": "limit", "of": "seats", "used": 3, "limit": 2 })
        );
        take(app, &server, &ask("d"))
            .await
            .refuse(409, "SEAT_LIMIT");
        assert_eq!(events(app, "license.overage"), 1);
        // Machines likewise.
        let license = shop
            .license_of(&json!({ "machine_limit": 1, "overage_percent": 100 }))
            .await;
        let mut first = app.program(DOOR, &license.key, "fp-1");
        assert!(first.activate().await.expect(201).json()["because"].is_null());
        let mut second = app.program(DOOR, &license.key, "fp-2");
        let over = second.activate().await.expect(201).json();
        assert_eq!(
            over["because"],
            json!({ "kind": "limit", "of": "machines", "used": 2, "limit": 1 })
        );
        let _ = second.activate().await.expect(200);
        assert_eq!(events(app, "license.overage"), 2);
        // Each time it is crossed anew.
        let _ = second.deactivate().await.expect(204);
        let _ = second.activate().await.expect(201);
        assert_eq!(events(app, "license.overage"), 3);
    });
}

// R-LIC-04
#[test]
fn terms_that_make_no_sense_are_refused() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        for (terms, pointer) in [
            (
                json!({ "binding": "floating", "seat_limit": 3 }),
                "/terms/machine_limit",
            ),
            (json!({ "seat_limit": 3 }), "/terms/seat_limit"),
            (json!({ "user_limit": 3 }), "/terms/user_limit"),
            (
                json!({ "borrow_limit_seconds": 60 }),
                "/terms/borrow_limit_seconds",
            ),
            (
                json!({ "binding": "floating", "machine_limit": null, "seat_lease_seconds": 5 }),
                "/terms/seat_lease_seconds",
            ),
        ] {
            let new = json!({ "product_id": shop.product_id, "code": "odd", "name": "Odd", "terms": terms });
            let refused = shop.reseller.post("policies", &new).await;
            assert_eq!(refused.pointers(), [pointer], "{refused:?}");
            refused.refuse(422, "INVALID_FIELDS");
        }
    });
}
