//! Seats that float, people and sites that are named, machines that change, double or fall silent.

mod clones;
mod deactivations;
mod drift;
mod parallel;
mod people;
mod reclaimed;
mod seats;
mod silent;
mod sites;

use alvara_tests::program::payload;
use alvara_tests::{Answer, License, Program, Shop, TestApp};
use serde_json::{Value, json};

/// The tenant's door.
pub(crate) const DOOR: &str = "acme.localhost";

/// A floating license of the shop's.
pub(crate) async fn floating(shop: &Shop, seats: u32, more: &Value) -> License {
    let mut terms = json!({ "binding": "floating", "machine_limit": null, "seat_limit": seats });
    alvara_tests::world::merge(&mut terms, more);
    shop.license_of(&terms).await
}

/// A program that is activated.
pub(crate) async fn activated(app: &TestApp, license: &License, fingerprint: &str) -> Program {
    let mut program = app.program(DOOR, &license.key, fingerprint);
    let _ = program.activate().await;
    program
}

/// Takes a floating seat.
pub(crate) async fn take(app: &TestApp, program: &Program, body: &Value) -> Answer {
    app.nobody(DOOR)
        .post("seats", body)
        .bearer(&program.token)
        .await
}

/// Keeps one.
pub(crate) async fn keep(app: &TestApp, program: &Program, seat: &str, body: &Value) -> Answer {
    app.nobody(DOOR)
        .put(&format!("seats/{seat}"), body)
        .bearer(&program.token)
        .await
}

/// Gives one back.
pub(crate) async fn give_back(app: &TestApp, program: &Program, seat: &str) -> Answer {
    app.nobody(DOOR)
        .delete(&format!("seats/{seat}"))
        .bearer(&program.token)
        .await
}

/// Activates a machine of certain components, for a user, at a site.
pub(crate) async fn arrive(
    app: &TestApp,
    license: &License,
    fingerprint: &str,
    components: &Value,
    more: &Value,
) -> Answer {
    let mut body = json!({
        "key": license.key,
        "machine": { "fingerprint": fingerprint, "components": components },
    });
    alvara_tests::world::merge(&mut body, more);
    app.nobody(DOOR).post("activations", &body).await
}

/// How many events of a kind there are.
pub(crate) fn events(app: &TestApp, kind: &str) -> i64 {
    app.database().count(&format!(
        "SELECT COUNT(*) FROM events WHERE kind = '{kind}'"
    ))
}

/// A claim of the lease in an answer.
pub(crate) fn lease(answer: &Answer) -> Value {
    payload(&answer.text("/lease"))
}
