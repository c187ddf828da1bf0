//! Machines of which a part was exchanged.

use alvara_tests::{Program, each_app};
use serde_json::{Value, json};

use super::{DOOR, arrive, events};

/// Terms that weigh board, disk and network card.
pub(crate) fn weighted(drift: &str, machines: u32) -> Value {
    json!({
        "machine_limit": machines,
        "fingerprint": {
            "components": [
                { "name": "board", "weight": 50 }, { "name": "disk", "weight": 30 },
                { "name": "nic", "weight": 20 },
            ],
            "threshold": 60, "drift": drift,
        },
    })
}

/// A machine's parts.
pub(crate) fn parts(board: &str, disk: &str, nic: &str) -> Value {
    json!({ "board": board, "disk": disk, "nic": nic })
}

fn beat(fingerprint: &str, parts: &Value) -> Value {
    json!({ "machine": { "fingerprint": fingerprint, "components": parts } })
}

// R-LIC-04
#[test]
fn a_new_disk_is_the_same_machine_and_a_new_board_is_not() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license_of(&weighted("absorb", 1)).await;
        let none = json!({});
        let first = arrive(app, &license, "fp-1", &parts("b", "d", "n"), &none)
            .await
            .expect(201);
        let again = arrive(app, &license, "fp-2", &parts("b", "D", "n"), &none)
            .await
            .expect(200);
        assert_eq!(first.text("/machine/id"), again.text("/machine/id"));
        assert_eq!(first.text("/machine/token"), again.text("/machine/token"));
        assert_eq!(
            again.json()["because"],
            json!({ "kind": "drift", "changed": ["fingerprint", "disk"] })
        );
        assert_eq!(events(app, "machine.drifted"), 1);
        let machine = format!("machines/{}", first.text("/machine/id"));
        assert_eq!(shop.agent.get(&machine).await.text("/fingerprint"), "fp-2");
        // The computer key follows the machine.
        let claims = |answer: &alvara_tests::Answer| {
            alvara_tests::program::payload(&answer.text("/computer_key"))["fp"].clone()
        };
        assert_ne!(claims(&first), claims(&again));
        // Beyond what is tolerated it is another machine, and finds no seat.
        arrive(app, &license, "fp-3", &parts("B", "X", "n"), &none)
            .await
            .refuse(409, "MACHINE_LIMIT");
        // At a validation by key it is explained.
        let asked = json!({ "key": license.key, "machine": { "fingerprint": "fp-3", "components": parts("B", "X", "n") } });
        let verdict = app
            .nobody(DOOR)
            .post("validations", &asked)
            .await
            .expect(200);
        assert_eq!(
            verdict.json()["because"],
            json!({ "kind": "fingerprint", "changed": ["fingerprint", "board", "disk"], "matched": 20, "threshold": 60 })
        );
        assert_eq!(verdict.text("/code"), "FINGERPRINT_MISMATCH");
        let detail = verdict.text("/detail");
        assert!(detail.contains("board"), "{detail}");
        let seen = shop
            .agent
            .get(&format!("licenses/{}", license.id))
            .await
            .expect(200)
            .json();
        assert_eq!(seen["machines_used"], 1);
    });
}

async fn program(app: &alvara_tests::TestApp, key: &alvara_tests::License) -> Program {
    let mut program = app.program(DOOR, &key.key, "fp-1");
    let arrived = arrive(app, key, "fp-1", &parts("b", "d", "n"), &json!({}))
        .await
        .expect(201);
    program.machine_id = arrived.text("/machine/id");
    program.token = arrived.text("/machine/token");
    program.computer_key = arrived.text("/computer_key");
    program
}

// R-LIC-04
#[test]
fn a_heartbeat_absorbs_what_changed_and_brings_a_new_computer_key() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license_of(&weighted("absorb", 1)).await;
        let mut one = program(app, &license).await;
        let before = one.claims();
        let same = one
            .beat(&beat("fp-1", &parts("b", "d", "n")))
            .await
            .expect(200)
            .json();
        assert_eq!(
            (&same["because"], &same["commands"]),
            (&json!(null), &json!([]))
        );
        let changed = one
            .beat(&beat("fp-1", &parts("b", "d", "N")))
            .await
            .expect(200)
            .json();
        assert_eq!(changed["code"], "VALID");
        assert_eq!(
            changed["because"],
            json!({ "kind": "drift", "changed": ["nic"] })
        );
        assert_eq!(changed["commands"][0]["type"], "computer_key");
        assert_ne!(one.claims()["fp"], before["fp"]);
        // Part by part it may become another machine, for each time the record follows.
        let next = one
            .beat(&beat("fp-1", &parts("b", "D", "N")))
            .await
            .expect(200)
            .json();
        assert_eq!(next["because"]["changed"], json!(["disk"]));
        let calm = one
            .beat(&beat("fp-1", &parts("b", "D", "N")))
            .await
            .expect(200)
            .json();
        assert_eq!(
            (&calm["because"], &calm["commands"]),
            (&json!(null), &json!([]))
        );
        assert_eq!(events(app, "machine.drifted"), 2);
        // All at once it is refused, with the figures, and without a lease.
        let refused = one
            .beat(&beat("fp-9", &parts("X", "Y", "N")))
            .await
            .expect(200)
            .json();
        assert_eq!(refused["code"], "FINGERPRINT_MISMATCH");
        assert_eq!(
            refused["because"],
            json!({ "kind": "fingerprint", "changed": ["fingerprint", "board", "disk"], "matched": 20, "threshold": 60 })
        );
        assert_eq!(refused["lease"], json!(null));
        assert_eq!(
            one.contact().await,
            "VALID",
            "without a word it is the one on record"
        );
        // A validation may notice first; the computer key then comes with the next heartbeat.
        let asked = json!({ "key": license.key, "machine": { "fingerprint": "fp-5", "components": parts("b", "D", "5") } });
        let verdict = app
            .nobody(DOOR)
            .post("validations", &asked)
            .await
            .expect(200);
        assert_eq!(verdict.json()["because"]["kind"], "drift");
        assert!(verdict.json()["lease"].is_string());
        let beat = one.heartbeat().await.expect(200).json();
        assert_eq!(beat["commands"][0]["type"], "computer_key");
    });
}

// R-LIC-04
#[test]
fn what_is_kept_is_always_compared_with_the_first() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license_of(&weighted("keep", 1)).await;
        let mut one = program(app, &license).await;
        for _ in 0..2 {
            let drifted = one
                .beat(&beat("fp-1", &parts("b", "D", "n")))
                .await
                .expect(200)
                .json();
            assert_eq!(
                drifted["because"],
                json!({ "kind": "drift", "changed": ["disk"] })
            );
            assert_eq!(drifted["commands"], json!([]));
        }
        let far = one
            .beat(&beat("fp-1", &parts("b", "D", "N")))
            .await
            .expect(200)
            .json();
        assert_eq!(far["because"]["matched"], 50);
        assert_eq!(far["code"], "FINGERPRINT_MISMATCH");
        let again = arrive(app, &license, "fp-2", &parts("b", "D", "n"), &json!({}))
            .await
            .expect(200);
        assert_eq!(again.text("/machine/id"), one.machine_id);
        assert_eq!(events(app, "machine.drifted"), 0);
        let machine = shop
            .agent
            .get(&format!("machines/{}", one.machine_id))
            .await
            .expect(200);
        assert_eq!(machine.text("/fingerprint"), "fp-1");
    });
}

// R-LIC-04
#[test]
fn of_two_that_resemble_it_the_nearer_one_is_the_machine() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license_of(&weighted("absorb", 2)).await;
        let none = json!({});
        // These two share a board and differ by half: 50 of 100 is below the threshold.
        let far = arrive(app, &license, "fp-a", &parts("b", "d1", "n1"), &none)
            .await
            .expect(201);
        let near = arrive(app, &license, "fp-b", &parts("b", "d2", "n2"), &none)
            .await
            .expect(201);
        assert_ne!(far.text("/machine/id"), near.text("/machine/id"));
        // Board and card of the first (70), board and disk of the second (80).
        let comes = arrive(app, &license, "fp-c", &parts("b", "d2", "n1"), &none)
            .await
            .expect(200);
        assert_eq!(comes.text("/machine/id"), near.text("/machine/id"));
        // A block is not shed by a new disk.
        let block = format!("machines/{}/block", far.text("/machine/id"));
        let _ = shop.agent.post(&block, &none).await.expect(200);
        let shed = arrive(app, &license, "fp-d", &parts("b", "d9", "n1"), &none).await;
        assert_ne!(shed.status, 201, "{shed:?}");
    });
}
