//! What the issue calls bad input: a clear problem, a stable code, nothing changed, nothing leaked.

use alvara_tests::{each_app, one_app};
use serde_json::json;

// R-API-01
#[test]
fn bodies_that_are_none() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let before = app.database().count("SELECT COUNT(*) FROM nodes");
        let ask = |content_type: &str, body: &[u8]| {
            shop.agent
                .ask(reqwest::Method::POST, "nodes")
                .bytes(content_type, body)
        };
        ask("application/json", b"{\"name\":")
            .await
            .refuse(400, "MALFORMED_JSON");
        ask("application/json", b"")
            .await
            .refuse(400, "MALFORMED_JSON");
        ask("application/json", b"{\"name\":\"\xff\xfe\"}")
            .await
            .refuse(400, "INVALID_UTF8");
        ask("text/plain", b"{}")
            .await
            .refuse(415, "UNSUPPORTED_MEDIA_TYPE");
        ask("application/xml", b"<a/>")
            .await
            .refuse(415, "UNSUPPORTED_MEDIA_TYPE");
        ask("application/json", b"[]")
            .await
            .refuse(422, "INVALID_FIELDS");
        let huge = format!("{{\"name\":\"{}\"}}", "a".repeat(3 << 20));
        ask("application/json", huge.as_bytes())
            .await
            .refuse(413, "BODY_TOO_LARGE");
        let deep = "[".repeat(100_000);
        let answer = ask("application/json", deep.as_bytes()).await;
        assert!(matches!(answer.status, 400 | 413 | 422), "{answer:?}");
        assert_eq!(app.database().count("SELECT COUNT(*) FROM nodes"), before);
    });
}

// R-API-01
#[test]
fn fields_that_cannot_be_are_named_by_pointer() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let before = app.database().count("SELECT COUNT(*) FROM nodes");
        let node = |more: serde_json::Value| {
            let mut body =
                json!({ "parent_id": shop.agent.node_id, "kind": "customer", "name": "Zoe" });
            alvara_tests::world::merge(&mut body, &more);
            body
        };
        for (body, pointer, code) in [
            (node(json!({ "colour": "red" })), "/colour", "unknown_field"),
            (
                node(json!({ "name": "n".repeat(201) })),
                "/name",
                "too_long",
            ),
            (node(json!({ "name": "" })), "/name", "too_short"),
            (node(json!({ "name": 7 })), "/name", "wrong_type"),
            (node(json!({ "name": "a\u{0}b" })), "/name", "malformed"),
            (node(json!({ "name": "a\u{7}b" })), "/name", "malformed"),
            (
                node(json!({ "email": "no address" })),
                "/email",
                "malformed",
            ),
            (
                node(json!({ "parent_id": "nod_short" })),
                "/parent_id",
                "malformed",
            ),
            (node(json!({ "kind": "planet" })), "/kind", "malformed"),
        ] {
            let refused = shop.agent.post("nodes", &body).await;
            assert_eq!(refused.pointers(), [pointer], "{refused:?}");
            assert_eq!(refused.json()["errors"][0]["code"], code, "{refused:?}");
            refused.refuse(422, "INVALID_FIELDS");
        }
        shop.agent
            .post("nodes", &json!({}))
            .await
            .refuse(422, "INVALID_FIELDS");
        assert_eq!(app.database().count("SELECT COUNT(*) FROM nodes"), before);
        // Characters beyond the first plane are characters like any other.
        let name = "Padaria 🥖 Açaí 日本 \u{1F469}\u{200D}\u{1F4BB}";
        let made = shop
            .agent
            .post("nodes", &node(json!({ "name": name })))
            .await
            .expect(201);
        assert_eq!(
            shop.agent
                .get(&format!("nodes/{}", made.id()))
                .await
                .text("/name"),
            name
        );
    });
}

// R-API-01
#[test]
fn instants_and_periods_out_of_range() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        for (released_at, good) in [
            ("9999-12-30T00:00:00Z", true),
            ("1970-01-01T00:00:00Z", true),
            ("2027-02-29T00:00:00Z", false),
            ("1969-12-31T23:59:59Z", false),
            ("10000-01-01T00:00:00Z", false),
            ("2027-01-01", false),
            ("yesterday", false),
        ] {
            let minor = released_at.len() + usize::from(good) * released_at.as_bytes()[0] as usize;
            let body =
                json!({ "major": 1, "minor": minor, "name": "v", "released_at": released_at });
            let answer = shop
                .reseller
                .post(&format!("products/{}/versions", shop.product_id), &body)
                .await;
            if good {
                assert_eq!(
                    answer.expect(201).text("/released_at").get(..19),
                    released_at.get(..19)
                );
            } else {
                assert_eq!(answer.pointers(), ["/released_at"], "{answer:?}");
            }
        }
        let license = shop.license().await;
        let renewals = format!("licenses/{}/renewals", license.id);
        for period in [
            "P9000Y",
            "-P1Y",
            "P",
            "P1Y-",
            "PT0S",
            "1 year",
            "P99999999999999999999D",
        ] {
            let answer = shop
                .agent
                .post(&renewals, &json!({ "period": period }))
                .await;
            assert!(matches!(answer.status, 409 | 422), "{period}: {answer:?}");
        }
        let body = json!({ "terms": { "kind": "subscription", "duration": "P9998Y" }, "product_id": shop.product_id, "code": "long", "name": "Long" });
        let policy = shop.reseller.post("policies", &body).await;
        if policy.status == 201 {
            let wanted = json!({ "policy_id": policy.id(), "node_id": shop.customer.node_id });
            let answer = shop.agent.post("licenses", &wanted).await;
            assert_eq!(
                answer.status, 422,
                "a license that would end after the year 9999: {answer:?}"
            );
        }
    });
}

// R-API-01 R-TEN-01
#[test]
fn programs_send_nonsense_too() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let nobody = app.nobody("acme.localhost");
        let activate = |key: &str, fingerprint: serde_json::Value| {
            nobody.post(
                "activations",
                &json!({ "key": key, "machine": { "fingerprint": fingerprint } }),
            )
        };
        for (fingerprint, code) in [
            (json!(""), "INVALID_FIELDS"),
            (json!("f".repeat(257)), "INVALID_FIELDS"),
            (json!("a\u{200B}b"), "INVALID_FIELDS"),
            (json!(null), "INVALID_FIELDS"),
            (json!({}), "INVALID_FIELDS"),
        ] {
            activate(&license.key, fingerprint).await.refuse(422, code);
        }
        for key in [
            "",
            "A",
            "!!!!!",
            &"A".repeat(26),
            "AAAAA-AAAAA-AAAAA-AAAAA-AAAAA",
        ] {
            activate(key, json!("fp"))
                .await
                .refuse(422, "KEY_MALFORMED");
        }
        activate(&"A".repeat(201), json!("fp"))
            .await
            .refuse(422, "INVALID_FIELDS");
        nobody
            .post("heartbeats", &json!({}))
            .await
            .refuse(401, "UNAUTHENTICATED");
        nobody
            .post("heartbeats", &json!({}))
            .bearer("amt_guess")
            .await
            .refuse(401, "UNAUTHENTICATED");
        nobody
            .delete("activations/mac_01JABCDEFGHJKMNPQRSTVWXYZ0")
            .await
            .refuse(401, "UNAUTHENTICATED");
        for computer_key in ["a.b.c", "....", &"e".repeat(4000)] {
            let answer = nobody
                .post("validations", &json!({ "computer_key": computer_key }))
                .await
                .expect(200);
            assert_eq!(answer.json()["valid"], false);
        }
        let both = json!({ "key": license.key, "computer_key": "a.b.c" });
        nobody
            .post("validations", &both)
            .await
            .refuse(422, "INVALID_FIELDS");
        assert_eq!(app.database().count("SELECT COUNT(*) FROM machines"), 0);
        assert_eq!(
            app.database()
                .count("SELECT COUNT(*) FROM licenses WHERE machines_used > 0"),
            0
        );
    });
}

// R-API-01
#[test]
fn problems_speak_the_readers_language_and_keep_their_code() {
    one_app(async |app| {
        let mut titles = std::collections::BTreeSet::new();
        for language in ["en", "pt-BR", "it", "es"] {
            let answer = app
                .nobody("localhost")
                .get("licenses")
                .header("accept-language", language)
                .await;
            assert_eq!(answer.header("content-language"), Some(language));
            titles.insert(answer.text("/title"));
            answer.refuse(401, "UNAUTHENTICATED");
        }
        assert_eq!(titles.len(), 4, "{titles:?}");
    });
}
