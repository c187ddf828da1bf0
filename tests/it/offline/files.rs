//! Computer keys as files: a license that changed, carried to machines that never call.

use alvara_domain::armour::{Armoured, Label};
use alvara_tests::program::payload;
use alvara_tests::{each_app, one_app};
use serde_json::{Value, json};

/// The claims of computer key and lease in a block.
fn both(block: &str) -> (Value, Value) {
    let lines = Armoured::read_as(Label::ComputerKey, block).expect("a computer key");
    let lines = String::from_utf8(lines).expect("two JWS");
    let (key, lease) = lines.split_once('\n').expect("a line each");
    (payload(key), payload(lease))
}

fn claims(block: &str) -> Value {
    both(block).0
}

// R-LIC-09
#[test]
fn a_renewal_reaches_every_machine_as_a_file() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let terms = json!({ "kind": "subscription", "duration": "P1Y", "machine_limit": 4 });
        let license = shop.license_of(&terms).await;
        let mut machines = Vec::new();
        for name in ["one", "two", "three"] {
            let mut remote = app.remote("acme.localhost", &license.key, name);
            let _ = remote.activate().await.expect(201);
            machines.push(remote);
        }
        // One that left gets nothing any more.
        let _ = machines.pop().unwrap().deactivate().await.expect(200);
        let renewals = format!("licenses/{}/renewals", license.id);
        let _ = shop.agent.post(&renewals, &json!({})).await.expect(200);
        let path = format!("licenses/{}/computer-keys", license.id);
        let all = shop
            .agent
            .ask(reqwest::Method::POST, &path)
            .await
            .expect(200)
            .json();
        let items = all["items"].as_array().unwrap();
        assert_eq!((items.len(), &all["next_cursor"]), (2, &Value::Null));
        for (item, remote) in items.iter().zip(&machines) {
            assert_eq!(item["machine_id"], remote.machine_id);
            assert_eq!(item["name"], "Cellar");
            let (before, after) = (
                payload(&remote.computer_key),
                claims(item["armour"].as_str().unwrap()),
            );
            assert_eq!(item["seq"], after["seq"]);
            assert!(after["seq"].as_i64() > before["seq"].as_i64());
            let year = after["exp"].as_i64().unwrap() - before["exp"].as_i64().unwrap();
            assert!((365 * 86_400..=366 * 86_400).contains(&year), "{year}");
            assert_eq!(after["fp"], before["fp"]);
            // The lease is as fresh as the key, or the machine would stop all the same.
            let lease = both(item["armour"].as_str().unwrap()).1;
            assert_eq!(lease["seq"], after["seq"]);
            assert_eq!(lease["iat"], after["iat"]);
            assert_eq!(lease["mac"], json!(remote.machine_id));
        }
        // In pages, each machine once.
        let (mut seen, mut next) = (Vec::new(), format!("{path}?limit=1"));
        loop {
            let page = shop
                .agent
                .ask(reqwest::Method::POST, &next)
                .await
                .expect(200)
                .json();
            seen.extend(
                page["items"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|item| item["machine_id"].clone()),
            );
            match page["next_cursor"].as_str() {
                Some(cursor) => next = format!("{path}?limit=1&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!(seen.len(), 2);
        let too_many = shop
            .agent
            .ask(reqwest::Method::POST, &format!("{path}?limit=1001"));
        too_many.await.refuse(422, "INVALID_FIELDS");
    });
}

// R-LIC-09 R-LIC-06
#[test]
fn one_machine_gets_its_key_as_file_json_or_picture() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let mut remote = app.remote("acme.localhost", &license.key, "fp-cellar");
        let _ = remote.activate().await.expect(201);
        let path = format!("machines/{}/computer-keys", remote.machine_id);
        let ask = |form: &str| {
            shop.agent
                .ask(reqwest::Method::POST, &path)
                .header("accept", form)
        };
        let file = ask("*/*").await.expect(200);
        assert_eq!(file.header("content-type"), Some("application/x-pem-file"));
        assert_eq!(claims(&file.body())["seq"], 2);
        let picture = ask("image/png").await.expect(200);
        assert_eq!(picture.header("content-type"), Some("image/png"));
        assert_eq!(
            payload(&alvara_tests::picture::read_png(picture.bytes()))["seq"],
            3
        );
        let drawing = ask("image/svg+xml").await.expect(200);
        assert_eq!(
            payload(&alvara_tests::picture::read_svg(&drawing.body()))["seq"],
            4
        );
        let said = ask("application/json").await.expect(200);
        assert_eq!(said.json()["seq"], 5);
        // A picture that is asked for twice under one idempotency key is the same picture.
        let first = ask("image/png").once("picture-1").await.expect(200);
        let again = ask("image/png").once("picture-1").await.expect(200);
        assert_eq!(first.bytes(), again.bytes());
        assert_eq!(again.header("content-type"), Some("image/png"));
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        // The customer may have the one of its own machine.
        let own = shop
            .customer
            .ask(reqwest::Method::POST, &path)
            .await
            .expect(200);
        assert_eq!(claims(&own.body())["seq"], 7);
        // Who only reads changes no number.
        let seen = shop.agent.get(&format!("machines/{}", remote.machine_id));
        let _ = seen.await.expect(200);
        assert_eq!(claims(&ask("*/*").await.expect(200).body())["seq"], 8);
        // The machine, should it call, holds an older one and is sent the newest.
        let beat = app.bearing("acme.localhost", &remote.token);
        let beat = beat
            .post("heartbeats", &json!({ "computer_key_seq": 1 }))
            .await
            .expect(200);
        assert_eq!(beat.json()["commands"][0]["type"], "computer_key");
    });
}

// R-LIC-09
#[test]
fn no_file_for_what_may_not_run() {
    one_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let mut remote = app.remote("acme.localhost", &license.key, "fp-cellar");
        let _ = remote.activate().await.expect(201);
        let one = format!("machines/{}/computer-keys", remote.machine_id);
        let all = format!("licenses/{}/computer-keys", license.id);
        let ask = |path: &str| shop.agent.ask(reqwest::Method::POST, path);
        let suspension = format!("licenses/{}/suspension", license.id);
        let _ = shop.agent.post(&suspension, &json!({})).await.expect(200);
        let refused = ask(&one).await.refuse(409, "STATE_CONFLICT");
        assert_eq!(refused.text("/state"), "SUSPENDED");
        ask(&all).await.refuse(409, "STATE_CONFLICT");
        let _ = shop.agent.delete(&suspension).await.expect(200);
        let block = format!("machines/{}/block", remote.machine_id);
        let _ = shop.agent.post(&block, &json!({})).await.expect(200);
        let refused = ask(&one).await.refuse(409, "STATE_CONFLICT");
        assert_eq!(refused.text("/noun"), "machine");
        let none = ask(&all).await.expect(200).json();
        assert_eq!(none["items"], json!([]));
        let _ = shop.agent.delete(&block).await.expect(200);
        let _ = remote.deactivate().await.expect(200);
        ask(&one).await.refuse(409, "STATE_CONFLICT");
    });
}
