//! A program takes a seat, once.

use alvara_tests::program::{header, payload};
use alvara_tests::{each_app, one_app};
use serde_json::json;

// R-LIC-05
#[test]
fn the_same_machine_twice_is_one_machine() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let mut program = app.program("acme.localhost", &license.key, "fp-1");
        let first = program.activate().await.expect(201);
        let again = program.activate().await.expect(200);
        assert_eq!(first.text("/machine/id"), again.text("/machine/id"));
        assert_eq!(first.text("/machine/token"), again.text("/machine/token"));
        let seen = shop
            .agent
            .get(&format!("licenses/{}", license.id))
            .await
            .expect(200)
            .json();
        assert_eq!(seen["machines_used"], 1);
        // A second machine finds no seat: the preset has one.
        let other = app
            .program("acme.localhost", &license.key, "fp-2")
            .try_activate()
            .await;
        other.refuse(409, "MACHINE_LIMIT");
        // Given back, the seat is free for it.
        let _ = program.deactivate().await.expect(204);
        let mut other = app.program("acme.localhost", &license.key, "fp-2");
        let _ = other.activate().await.expect(201);
        assert_eq!(
            program.contact().await,
            "MACHINE_UNKNOWN",
            "who left is told so"
        );
    });
}

// R-LIC-05
#[test]
fn a_computer_key_says_what_it_is_for() {
    one_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let mut program = app.program("acme.localhost", &license.key, "fp-1");
        let answer = program.activate().await;
        let head = header(&program.computer_key);
        assert_eq!(head["typ"], "alvara-computer-key+jwt");
        assert_eq!(head["alg"], "EdDSA");
        let claims = program.claims();
        assert_eq!(claims["sub"], license.id);
        assert_eq!(claims["prd"], "writer");
        assert_eq!(claims["iss"], "http://acme.localhost:8080");
        assert_eq!(claims["seq"], 1);
        assert_eq!(claims["rv"], 7 * 86_400);
        assert_eq!(claims["gr"], 30 * 86_400);
        let lease = payload(&program.lease);
        assert_eq!(lease["sub"], license.id);
        let window = lease["exp"].as_i64().unwrap() - lease["iat"].as_i64().unwrap();
        assert_eq!(window, 37 * 86_400);
        let expiry = answer.json()["license"]["expires_at"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(expiry.starts_with("2028-01-15T"), "{expiry}");
    });
}

// R-LIC-05 R-LIC-07
#[test]
fn a_mistyped_key_is_told_apart_from_an_unknown_one() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let mistyped = mistype(&license.key);
        let asked = app.program("acme.localhost", &mistyped, "fp-1");
        asked.try_activate().await.refuse(422, "KEY_MALFORMED");
        assert_eq!(
            asked.validate().await.expect(200).text("/code"),
            "KEY_MALFORMED"
        );
        // A key that was never issued: its check symbols hold, for it was made for this test.
        let unknown = alvara_domain::key::ActivationKey::generate(&"".parse().unwrap(), &[7; 15]);
        let asked = app.program("acme.localhost", &unknown.display(), "fp-1");
        asked.try_activate().await.refuse(404, "NOT_FOUND");
        let verdict = asked.validate().await.expect(200);
        assert_eq!(
            (verdict.text("/code").as_str(), &verdict.json()["valid"]),
            ("NOT_FOUND", &json!(false))
        );
        // Typed carelessly but rightly, it is the same key.
        let careless = license.key.to_lowercase().replace('-', " ");
        let _ = app
            .program("acme.localhost", &careless, "fp-1")
            .activate()
            .await
            .expect(201);
    });
}

// R-LIC-02 R-LIC-07
#[test]
fn a_license_that_waits_for_approval_is_of_no_use_before_it() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license_of(&json!({ "approval": "required" })).await;
        let mut program = app.program("acme.localhost", &license.key, "fp-1");
        program.try_activate().await.refuse(403, "PENDING_APPROVAL");
        let approval = format!("licenses/{}/approval", license.id);
        let _ = shop
            .agent
            .ask(reqwest::Method::POST, &approval)
            .await
            .expect(200);
        let _ = program.activate().await.expect(201);
    });
}

/// Another symbol in the place of one, as a slip of the finger would have it.
pub(crate) fn mistype(key: &str) -> String {
    let (head, last) = key.split_at(key.len() - 1);
    format!("{head}{}", if last == "7" { "8" } else { "7" })
}
