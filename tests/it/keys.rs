//! Signing keys of products: what strangers make of them, and how they change.

use alvara_tests::program::{header, payload};
use alvara_tests::strangers::{joserfc_verifies, openssl_verifies};
use alvara_tests::{each_app, one_app};
use serde_json::{Value, json};

// R-LIC-05 R-LIC-12
#[test]
fn openssl_and_a_jose_library_verify_a_computer_key() {
    one_app(async |app| {
        let shop = app.shop("acme").await;
        let product = shop.reseller.product("painter").await;
        let policy = shop
            .reseller
            .policy(&product, "hybrid", &json!({ "preset": "hybrid" }))
            .await;
        let license = shop.agent.issue(&policy, &shop.customer.node_id).await;
        let mut program = app.program("acme.localhost", &license.key, "fp-1");
        let _ = program.activate().await.expect(201);
        let nobody = app.nobody("acme.localhost");
        let pem = nobody
            .get("/.well-known/alvara/painter/key.pem")
            .await
            .expect(200)
            .body();
        assert_eq!(header(&program.computer_key)["alg"], "RS256");
        assert!(openssl_verifies(&program.computer_key, &pem));
        assert!(openssl_verifies(&program.lease, &pem));
        let jwks = nobody
            .get("/.well-known/alvara/painter/jwks.json")
            .await
            .expect(200)
            .json();
        assert_eq!(
            joserfc_verifies(&program.computer_key, &jwks),
            Some(program.claims())
        );
        assert!(joserfc_verifies(&program.lease, &jwks).is_some());
        // A claim changed by hand is nobody's signature.
        let forged = forge(&program.computer_key);
        assert!(!openssl_verifies(&forged, &pem));
        assert_eq!(joserfc_verifies(&forged, &jwks), None);
        assert!(
            program.computer_key.len() <= 900,
            "{}",
            program.computer_key.len()
        );
    });
}

// R-LIC-12
#[test]
fn every_algorithm_is_verified_by_a_stranger() {
    one_app(async |app| {
        let shop = app.shop("acme").await;
        for (code, algorithm, bits) in [("ed", "EdDSA", 256), ("ps", "PS256", 2048)] {
            let new =
                json!({ "code": code, "name": code, "algorithm": algorithm, "key_bits": bits });
            let product = shop.reseller.post("products", &new).await.expect(201).id();
            let policy = shop
                .reseller
                .policy(&product, "p", &json!({ "preset": "hybrid" }))
                .await;
            let license = shop.agent.issue(&policy, &shop.customer.node_id).await;
            let mut program = app.program("acme.localhost", &license.key, "fp-1");
            let _ = program.activate().await;
            let jwks = app
                .nobody("acme.localhost")
                .get(&format!("/.well-known/alvara/{code}/jwks.json"));
            let jwks = jwks.await.expect(200).json();
            assert_eq!(
                joserfc_verifies(&program.computer_key, &jwks),
                Some(program.claims()),
                "{algorithm}"
            );
        }
    });
}

// R-LIC-12
#[test]
fn through_a_rotation_no_client_meets_an_unknown_key() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let mut program = app.program("acme.localhost", &license.key, "fp-1");
        let _ = program.activate().await;
        let nobody = app.nobody("acme.localhost");
        let published = async || {
            let jwks = nobody
                .get("/.well-known/alvara/writer/jwks.json")
                .await
                .expect(200)
                .json();
            let keys = jwks["keys"].as_array().unwrap().clone();
            keys.iter()
                .map(|key| key["kid"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        // What a client holds is the set it fetched last, before the rotation.
        let mut known = published().await;
        let mut signed_by = vec![kid(&program.computer_key)];
        for _ in 0..3 {
            let rotation = format!("products/{}/signing-keys/rotation", shop.product_id);
            let rotated = shop
                .reseller
                .post(&rotation, &json!({ "reason": "planned" }))
                .await;
            assert!(matches!(rotated.status, 200 | 201), "{rotated:?}");
            let renewals = format!("licenses/{}/renewals", license.id);
            let _ = shop
                .agent
                .post(&renewals, &json!({ "period": "P1M" }))
                .await
                .expect(200);
            // Whatever is signed from now on is by a key that the client knows already.
            assert_eq!(program.contact().await, "VALID");
            for signed in [&program.computer_key, &program.lease] {
                assert!(
                    known.contains(&kid(signed)),
                    "{} is not among {known:?}",
                    kid(signed)
                );
            }
            signed_by.push(kid(&program.computer_key));
            known = published().await;
            // And what was signed before still verifies.
            for old in &signed_by {
                assert!(known.contains(old), "{old} is gone from {known:?}");
            }
            app.advance(8);
        }
        let mut different = signed_by.clone();
        different.dedup();
        assert_eq!(
            different.len(),
            4,
            "each rotation brings another key: {signed_by:?}"
        );
        let states = app
            .database()
            .sql("SELECT state FROM signing_keys ORDER BY state");
        assert_eq!(
            states.lines().collect::<Vec<_>>(),
            ["active", "next", "retiring", "retiring", "retiring"]
        );
        // Private parts are sealed.
        assert!(
            !app.database()
                .sql("SELECT private_sealed FROM signing_keys")
                .contains("PRIVATE KEY")
        );
    });
}

fn kid(compact: &str) -> String {
    header(compact)["kid"].as_str().unwrap().to_owned()
}

fn forge(compact: &str) -> String {
    let mut claims: Value = payload(compact);
    claims["exp"] = json!(9_999_999_999_i64);
    let parts: Vec<&str> = compact.split('.').collect();
    let body = data_encoding::BASE64URL_NOPAD.encode(claims.to_string().as_bytes());
    format!("{}.{body}.{}", parts[0], parts[2])
}
