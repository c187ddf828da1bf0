//! Machines on pages: who sees which, and what they may do with them.

use alvara_tests::{Browser, one_app};

// R-LIC-11 R-TEN-01: a list shows one's own machines and never another tenant's; what is done to one
// shows in it.
#[test]
fn a_machine_is_seen_and_blocked() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let license = acme.license().await;
        let mut program = app.program("acme.localhost", &license.key, "fp-portal-1");
        program.activate().await;
        let ana = Browser::sign_in(&acme.agent).await;
        let list = ana.get("/machines").await.expect(200).body();
        assert!(list.contains("Desk"), "{list}");
        assert!(list.contains(&format!("/machines/{}", program.machine_id)));
        let none = ana.get("/machines?state=blocked").await.expect(200).body();
        assert!(!none.contains(&program.machine_id), "{none}");
        let place = format!("/machines/{}", program.machine_id);
        let one = ana.get(&place).await.expect(200).body();
        assert!(one.contains("fp-portal-1"), "{one}");
        let reason = [("reason", "reported stolen")];
        let done = ana
            .submit(&format!("{place}/block"), &reason)
            .await
            .expect(303);
        let back = format!("{place}?done=machine-blocked");
        assert_eq!(done.header("location"), Some(back.as_str()));
        let one = ana.get(&back).await.expect(200).body();
        assert!(one.contains("reported stolen"), "{one}");
        let listed = ana.get("/machines?state=blocked").await.expect(200).body();
        assert!(listed.contains(&program.machine_id), "{listed}");
        let file = ana.get("/machines.csv").await.expect(200).body();
        assert!(file.contains("Desk"), "{file}");
        // The neighbour sees nothing of it, under any address.
        let other = app.shop("bravo").await;
        let bob = Browser::sign_in(&other.agent).await;
        let list = bob.get("/machines").await.expect(200).body();
        assert!(!list.contains(&program.machine_id), "{list}");
        let _ = bob.get(&place).await.expect(404);
        let _ = bob
            .submit(&format!("{place}/unblock"), &[])
            .await
            .expect(404);
    });
}

// R-LIC-06: a customer carries the key to a computer without network, and may not block it.
#[test]
fn a_customer_gets_the_key_and_blocks_nothing() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let license = acme.license().await;
        let mut program = app.program("acme.localhost", &license.key, "fp-portal-2");
        program.activate().await;
        let carla = Browser::sign_in(&acme.customer).await;
        let place = format!("/machines/{}", program.machine_id);
        let page = carla.get(&place).await.expect(200).body();
        assert!(!page.contains("/block\""), "{page}");
        let _ = carla
            .submit(&format!("{place}/block"), &[])
            .await
            .expect(403);
        let shown = carla
            .submit(&format!("{place}/computer-key"), &[])
            .await
            .expect(200);
        assert_eq!(shown.header("cache-control"), Some("no-store"));
        assert!(shown.body().contains("ALVARA COMPUTER KEY"));
        let file = carla
            .submit(&format!("{place}/computer-key.pem"), &[])
            .await
            .expect(200);
        assert!(
            file.body()
                .starts_with("-----BEGIN ALVARA COMPUTER KEY-----")
        );
    });
}

// R-LIC-09: a fault of the form that hands a seat over stands at its field, and what was typed stays.
#[test]
fn a_seat_is_handed_over() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let license = acme.license().await;
        let mut program = app.program("acme.localhost", &license.key, "fp-portal-3");
        program.activate().await;
        let ana = Browser::sign_in(&acme.agent).await;
        let place = format!("/machines/{}/transfer", program.machine_id);
        let empty = [("fingerprint", ""), ("name", "Till two")];
        let page = ana.submit(&place, &empty).await.expect(422).body();
        assert!(page.contains("value=\"Till two\""), "{page}");
        let right = [("fingerprint", "fp-portal-4"), ("name", "Till two")];
        let done = ana.submit(&place, &right).await.expect(303);
        let there = done.header("location").unwrap().to_owned();
        let page = ana.get(&there).await.expect(200).body();
        assert!(
            page.contains("Till two") && page.contains("fp-portal-4"),
            "{page}"
        );
    });
}
