//! A request goes out as text and a response comes back.

use alvara_domain::armour::{Armoured, Label};
use alvara_tests::picture::{read_png, show};
use alvara_tests::program::{header, payload};
use alvara_tests::remote::{block, unblock};
use alvara_tests::strangers::openssl_verifies;
use alvara_tests::{Setting, TestApp, each_app, each_database, one_app};
use alvara_web::{Allowance, RateConfig};
use serde_json::json;

const PATH: &str = "offline/activations";

// R-LIC-06
#[test]
fn a_request_is_answered_by_what_the_machine_needs() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let mut remote = app.remote("acme.localhost", &license.key, "fp-cellar");
        let answer = remote.activate().await.expect(201);
        assert_eq!(
            answer.header("content-type"),
            Some("application/x-pem-file")
        );
        assert_eq!(
            header(&remote.computer_key)["typ"],
            "alvara-computer-key+jwt"
        );
        assert_eq!(payload(&remote.computer_key)["sub"], license.id);
        assert_eq!(header(&remote.lease)["typ"], "alvara-lease+jwt");
        assert_eq!(payload(&remote.lease)["mac"], remote.machine_id);
        let seen = shop.agent.get(&format!("machines/{}", remote.machine_id));
        let machine = seen.await.expect(200).json();
        assert_eq!(machine["name"], "Cellar");
        assert_eq!(machine["app_version"], "2.1.4");

        // The very same text again: the same machine, no second seat.
        let first = (remote.machine_id.clone(), remote.token.clone());
        let _ = remote.activate().await.expect(200);
        assert_eq!((remote.machine_id.clone(), remote.token.clone()), first);
        let license = format!("licenses/{}", license.id);
        let seen = shop.agent.get(&license).await.expect(200).json();
        assert_eq!(seen["machines_used"], 1);
        // Should the machine ever have a network, its token is as good as any.
        let beat = app.bearing("acme.localhost", &remote.token);
        let beat = beat.post("heartbeats", &json!({})).await.expect(200);
        assert_eq!(beat.text("/code"), "VALID");
    });
}

// R-LIC-06
#[test]
fn sixteen_carriers_of_one_request_bring_one_machine() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license_of(&json!({ "machine_limit": 5 })).await;
        let remote = app.remote("acme.localhost", &license.key, "fp-cellar");
        let mut all = tokio::task::JoinSet::new();
        for _ in 0..16 {
            let remote = remote.clone();
            all.spawn(async move { remote.carry(PATH, &remote.request()).await });
        }
        let answers = all.join_all().await;
        let new = answers.iter().filter(|answer| answer.status == 201).count();
        let again = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!((new, again), (1, 15));
        let license = format!("licenses/{}", license.id);
        let seen = shop.agent.get(&license).await.expect(200).json();
        assert_eq!(seen["machines_used"], 1);
    });
}

// R-LIC-06
#[test]
fn the_text_may_come_as_text_as_a_file_or_in_json() {
    one_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let mut remote = app.remote("acme.localhost", &license.key, "fp-cellar");
        let nobody = app.nobody("acme.localhost");
        let send =
            |kind: &str, body: String| nobody.ask(reqwest::Method::POST, PATH).bytes(kind, body);
        let text = remote.request();
        let _ = send("text/plain; charset=utf-8", text.clone())
            .await
            .expect(201);
        let _ = send("application/x-pem-file", text.replace('\n', "\r\n"))
            .await
            .expect(200);
        let in_json = json!({ "text": text.replace('\n', "\r\n") });
        let answer = nobody
            .post(PATH, &in_json)
            .header("accept", "application/json")
            .await
            .expect(200);
        remote.take(&answer.text("/text"));
        assert_eq!(answer.text("/machine_id"), remote.machine_id);
        assert_eq!(answer.text("/license/id"), license.id);
        send("application/octet-stream", text)
            .await
            .refuse(415, "UNSUPPORTED_MEDIA_TYPE");
        nobody
            .post(PATH, &json!({ "txt": "" }))
            .await
            .refuse(422, "INVALID_FIELDS");
    });
}

// R-LIC-06
#[test]
fn what_is_no_request_is_refused_for_what_it_is_and_changes_nothing() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let remote = app.remote("acme.localhost", &license.key, "fp-cellar");
        let whole = remote.request();
        let lines: Vec<&str> = whole.lines().collect();
        let cut = lines[..lines.len() - 1].join("\n");
        let damaged = whole.replacen(lines[2], &format!("{}!", &lines[2][1..]), 1);
        let document = unblock(Label::ActivationRequest, &whole);
        let with = |change: serde_json::Value| {
            let mut other = document.clone();
            alvara_tests::world::merge(&mut other, &change);
            block(Label::ActivationRequest, &other)
        };
        let not_json = Armoured::new(Label::ActivationRequest, b"hello".to_vec()).write();
        let long = "x".repeat(201);
        for (text, code) in [
            ("hello".to_owned(), "BLOCK_DAMAGED"),
            (cut, "BLOCK_DAMAGED"),
            (damaged, "BLOCK_DAMAGED"),
            (format!("{whole}{whole}"), "BLOCK_DAMAGED"),
            (
                whole.replace("ALVARA ACTIVATION REQUEST", "CERTIFICATE"),
                "BLOCK_DAMAGED",
            ),
            (
                whole.replace("ACTIVATION REQUEST", "DEACTIVATION RECEIPT"),
                "WRONG_BLOCK",
            ),
            (not_json, "BLOCK_INVALID"),
            (with(json!({ "v": 2 })), "UNKNOWN_FORMAT_VERSION"),
            (with(json!({ "v": "1" })), "BLOCK_INVALID"),
            (with(json!({ "nonce": "short" })), "BLOCK_INVALID"),
            (with(json!({ "nonce": null })), "BLOCK_INVALID"),
            (with(json!({ "colour": "red" })), "BLOCK_INVALID"),
            (
                with(json!({ "machine": { "fingerprint": "" } })),
                "BLOCK_INVALID",
            ),
            (
                with(json!({ "machine": { "fingerprint": "fp", "name": long } })),
                "BLOCK_INVALID",
            ),
            (
                with(json!({ "machine": { "fingerprint": "fp", "components": { "A B": "x" } } })),
                "BLOCK_INVALID",
            ),
            (
                with(json!({ "key": crate::machine::activate::mistype(&license.key) })),
                "KEY_MALFORMED",
            ),
        ] {
            let answer = remote.carry(PATH, &text).await;
            let answer = answer.refuse(422, code);
            assert!(!answer.body().contains(&license.key), "{answer:?}");
        }
        let unknown = alvara_domain::key::ActivationKey::generate(&"".parse().unwrap(), &[7; 15]);
        let stranger = app.remote("acme.localhost", &unknown.display(), "fp-cellar");
        stranger
            .carry(PATH, &stranger.request())
            .await
            .refuse(404, "NOT_FOUND");
        // At another tenant's door the key is unknown, to the byte.
        let _ = app.shop("bella").await;
        let elsewhere = app.remote("bella.localhost", &license.key, "fp-cellar");
        let foreign = elsewhere
            .carry(PATH, &elsewhere.request())
            .await
            .refuse(404, "NOT_FOUND");
        let missing = app.remote("bella.localhost", &unknown.display(), "fp-cellar");
        let missing = missing.carry(PATH, &missing.request()).await;
        assert_eq!(foreign.bytes(), missing.bytes());
        assert_eq!(app.database().count("SELECT COUNT(*) FROM machines"), 0);
    });
}

// R-LIC-06
#[test]
fn the_rules_are_those_of_an_activation_over_the_network() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let mut first = app.remote("acme.localhost", &license.key, "fp-1");
        let second = app.remote("acme.localhost", &license.key, "fp-2");
        let _ = first.activate().await.expect(201);
        // The preset has one seat.
        let refused = second.carry(PATH, &second.request()).await;
        refused.refuse(409, "MACHINE_LIMIT");
        let suspension = format!("licenses/{}/suspension", license.id);
        let _ = shop.agent.post(&suspension, &json!({})).await.expect(200);
        let refused = first.carry(PATH, &first.request()).await;
        refused.refuse(403, "SUSPENDED");
        let _ = shop.agent.delete(&suspension).await.expect(200);
        let block = format!("machines/{}/block", first.machine_id);
        let _ = shop.agent.post(&block, &json!({})).await.expect(200);
        let refused = first.carry(PATH, &first.request()).await;
        refused.refuse(403, "MACHINE_BLOCKED");
        app.advance(800);
        let _ = shop.agent.delete(&block).await.expect(200);
        let refused = first.carry(PATH, &first.request()).await;
        refused.refuse(403, "EXPIRED");
        assert_eq!(app.database().count("SELECT COUNT(*) FROM machines"), 1);
    });
}

// R-LIC-06
#[test]
fn carrying_is_limited_like_calling() {
    each_database(async |database| {
        let few = 3.try_into().unwrap();
        let few = Some(Allowance {
            per_minute: few,
            burst: few,
        });
        let rates = RateConfig {
            activation_key: few,
            ..RateConfig::default()
        };
        let app = TestApp::start_with(
            database,
            Setting {
                rates,
                ..Setting::default()
            },
        )
        .await;
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let remote = app.remote("acme.localhost", &license.key, "fp-cellar");
        for _ in 0..3 {
            let answer = remote.carry(PATH, &remote.request()).await;
            assert!(matches!(answer.status, 200 | 201), "{answer:?}");
        }
        let refused = remote.carry(PATH, &remote.request()).await;
        refused.refuse(429, "TOO_MANY_REQUESTS");
        app.finish().await;
    });
}

// R-LIC-06 R-LIC-12
#[test]
fn an_rsa_response_fits_one_code_and_openssl_verifies_it() {
    one_app(async |app| {
        let shop = app.shop("acme").await;
        let product = shop.reseller.product("painter").await;
        for index in 0..8 {
            let module = json!({ "code": format!("MODULE{index}"), "name": "M", "price": { "amount_minor": 1, "currency": "BRL" } });
            let path = format!("products/{product}/modules");
            let _ = shop.reseller.post(&path, &module).await.expect(201);
        }
        let modules: Vec<String> = (0..8).map(|index| format!("MODULE{index}")).collect();
        let pem = app
            .nobody("acme.localhost")
            .get("/.well-known/alvara/painter/key.pem");
        let pem = pem.await.expect(200).body();
        let rule = json!({ "threshold": 60, "components": [
            { "name": "board", "weight": 50 }, { "name": "disk", "weight": 30 }, { "name": "cpu", "weight": 20 },
        ] });
        // By the fingerprint alone a key keeps the 900 bytes of the contract; components are beyond.
        for (code, rule, most) in [("plain", json!({}), 900), ("weighted", rule, 1000)] {
            let terms = json!({ "terms": {
                "kind": "subscription", "duration": "P1Y", "machine_limit": 5, "modules": modules, "fingerprint": rule,
                "grace": { "warn_days": 15, "full_days": 7, "read_only_days": 5 },
            } });
            let policy = shop.reseller.policy(&product, code, &terms).await;
            let license = shop.agent.issue(&policy, &shop.customer.node_id).await;
            let mut remote = app.remote(
                "acme.localhost",
                &license.key,
                &format!("6f1d2a90-77aa-4d0e-9f53-{code}"),
            );
            remote.nonce = "n".repeat(64);
            remote.machine["components"] =
                json!({ "board": "ABC-1234567", "disk": "WD-0987654321", "cpu": "GenuineIntel" });
            let answer = remote.activate().await.expect(201);
            let length = answer.bytes().len();
            assert!(length <= alvara_render::QR_BYTES_MAX, "{length}");
            assert_eq!(read_png(&show(&answer.body())), answer.body());
            assert!(
                remote.computer_key.len() <= most,
                "{}",
                remote.computer_key.len()
            );
            let key = read_png(&show(&remote.computer_key));
            assert_eq!(payload(&key)["mod"], modules.join(" "));
            assert!(openssl_verifies(&key, &pem));
            assert!(openssl_verifies(&remote.lease, &pem));
        }
    });
}
