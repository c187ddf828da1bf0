//! Machines that fell silent.

use alvara_tests::each_app;
use serde_json::json;
use tokio::task::JoinSet;

use super::{DOOR, activated, events, floating, take};

fn releasing(machines: u32) -> serde_json::Value {
    json!({
        "machine_limit": machines, "revalidate_after_seconds": 60, "offline_grace_seconds": 240,
        "heartbeat": { "interval_seconds": 60, "dead_machine": "release_seat" },
    })
}

// R-LIC-04 R-LIC-11
#[test]
fn a_silent_machine_makes_room_and_may_come_back() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license_of(&releasing(1)).await;
        let mut first = activated(app, &license, "fp-1").await;
        let second = app.program(DOOR, &license.key, "fp-2");
        app.advance_seconds(299);
        second.try_activate().await.refuse(409, "MACHINE_LIMIT");
        // It calls in time, and keeps its seat.
        assert_eq!(first.contact().await, "VALID");
        app.advance_seconds(299);
        second.try_activate().await.refuse(409, "MACHINE_LIMIT");
        app.advance_seconds(3);
        let mut second = second;
        let _ = second.activate().await.expect(201);
        let gone = shop
            .agent
            .get(&format!("machines/{}", first.machine_id))
            .await
            .expect(200)
            .json();
        assert_eq!(
            (&gone["state"], &gone["state_reason"]),
            (&json!("deactivated"), &json!("silent"))
        );
        assert_eq!(
            app.database().count("SELECT COUNT(*) FROM events WHERE kind = 'machine.deactivated' AND data LIKE '%silent%'"),
            1
        );
        assert_eq!(first.contact().await, "MACHINE_UNKNOWN");
        first.try_activate().await.refuse(409, "MACHINE_LIMIT");
        let _ = second.deactivate().await.expect(204);
        let _ = first.activate().await.expect(201);
        assert_eq!(first.contact().await, "VALID");
        // Where the terms keep the seat, it is kept.
        let license = shop.license_of(&json!({ "machine_limit": 1 })).await;
        let _ = activated(app, &license, "fp-1").await;
        app.advance(400);
        let second = app.program(DOOR, &license.key, "fp-2");
        second.try_activate().await.refuse(409, "MACHINE_LIMIT");
    });
}

// R-LIC-04 R-LIC-11
#[test]
fn housekeeping_frees_what_nobody_asks_for() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license_of(&releasing(3)).await;
        let _ = activated(app, &license, "fp-1").await;
        let mut lively = activated(app, &license, "fp-2").await;
        app.sweep().await;
        app.advance_seconds(200);
        assert_eq!(lively.contact().await, "VALID");
        app.advance_seconds(200);
        app.sweep().await;
        let path = format!("licenses/{}", license.id);
        assert_eq!(
            shop.agent.get(&path).await.expect(200).json()["machines_used"],
            1
        );
        assert_eq!(events(app, "machine.deactivated"), 1);
        assert_eq!(lively.contact().await, "VALID");
        app.advance_seconds(301);
        app.sweep().await;
        assert_eq!(
            shop.agent.get(&path).await.expect(200).json()["machines_used"],
            0
        );
        // With nothing left to look at, nothing is looked at.
        assert_eq!(
            app.database()
                .count("SELECT COUNT(*) FROM seat_pools WHERE sweep_at IS NOT NULL"),
            0
        );
    });
}

// R-LIC-04
#[test]
fn who_borrowed_a_seat_is_not_silent() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let terms = json!({
            "borrow_limit_seconds": 864_000, "revalidate_after_seconds": 60, "offline_grace_seconds": 240,
            "heartbeat": { "interval_seconds": 60, "dead_machine": "release_seat" },
        });
        let license = floating(&shop, 1, &terms).await;
        let far = activated(app, &license, "far").await;
        let _ = take(app, &far, &json!({ "borrow_for": 172_800 }))
            .await
            .expect(201);
        app.advance(1);
        app.sweep().await;
        let path = format!("licenses/{}", license.id);
        assert_eq!(
            shop.agent.get(&path).await.expect(200).json()["machines_used"],
            1
        );
        app.advance(2);
        app.sweep().await;
        assert_eq!(
            shop.agent.get(&path).await.expect(200).json()["machines_used"],
            0
        );
        let held = shop.agent.list(&format!("{path}/seats?state=held")).await;
        assert!(held.is_empty(), "{held:?}");
    });
}

// R-LIC-04 R-LIC-05
#[test]
fn sixty_four_at_once_for_the_seats_of_three_silent_machines_are_three() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license_of(&releasing(3)).await;
        for name in ["old-1", "old-2", "old-3"] {
            let _ = activated(app, &license, name).await;
        }
        app.advance_seconds(301);
        let mut all = JoinSet::new();
        for index in 0..64 {
            let program = app.program(DOOR, &license.key, &format!("fp-{index}"));
            all.spawn(async move { program.try_activate().await });
        }
        let answers = all.join_all().await;
        let taken = answers.iter().filter(|one| one.status == 201).count();
        let refused = answers
            .iter()
            .filter(|one| one.code() == "MACHINE_LIMIT")
            .count();
        assert_eq!((taken, refused), (3, 61), "{answers:?}");
        assert_eq!(events(app, "machine.deactivated"), 3);
    });
}
