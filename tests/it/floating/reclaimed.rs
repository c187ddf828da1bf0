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
