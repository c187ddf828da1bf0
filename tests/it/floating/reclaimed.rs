//! Seats that are taken back, and those that are not.

use alvara_tests::database::{awhile, begin};
use alvara_tests::each_app;
use serde_json::json;

use super::{DOOR, activated, floating, take};

// R-LIC-04: between finding a seat dead and taking it back, its program may keep it.
#[test]
fn a_seat_that_is_kept_this_very_moment_is_not_taken_back() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = floating(&shop, 1, &json!({ "seat_lease_seconds": 300 })).await;
        let one = activated(app, &license, "fp-1").await;
        let other = activated(app, &license, "fp-2").await;
        let seat = take(app, &one, &json!({})).await.expect(201);
        app.advance_seconds(301);
        // What keeping it in time writes, not committed yet.
        let keeping = app.database().hold(&format!(
            "UPDATE seats SET lease_until = lease_until + 864000000000 WHERE id = '{}'",
            seat.text("/seat/id")
        ));
        let asking = app.nobody(DOOR).post("seats", &json!({}));
        let asking = asking.bearer(&other.token);
        let answer = begin(async move { asking.await });
        awhile().await;
        keeping.release();
        answer.end().await.refuse(409, "SEAT_LIMIT");
        app.sweep().await;
        let path = format!("licenses/{}/seats?state=held", license.id);
        let held = shop.agent.list(&path).await;
        assert_eq!(held.len(), 1);
        assert_eq!(held[0]["machine_id"], one.machine_id.as_str());
    });
}

// R-LIC-04 R-LIC-09
#[test]
fn a_machine_that_is_transferred_leaves_its_floating_seat() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let terms = json!({ "borrow_limit_seconds": 864_000 });
        let license = floating(&shop, 1, &terms).await;
        let old = activated(app, &license, "old").await;
        let borrowed = json!({ "borrow_for": 864_000 });
        let _ = take(app, &old, &borrowed).await.expect(201);
        let path = format!("machines/{}/transfers", old.machine_id);
        let to = json!({ "fingerprint": "new", "name": "New desk" });
        let _ = shop.agent.post(&path, &to).await.expect(201);
        alvara_tests::app::check_pools(app.database());
        let new = activated(app, &license, "new").await;
        let _ = take(app, &new, &json!({})).await.expect(201);
        let path = format!("licenses/{}/seats?state=held", license.id);
        assert_eq!(shop.agent.list(&path).await.len(), 1);
    });
}
