//! A machine proves that it wiped what it was given.

use alvara_domain::armour::Label;
use alvara_tests::program::payload;
use alvara_tests::remote::{Remote, block, unblock};
use alvara_tests::{Shop, each_app, one_app};
use serde_json::{Value, json};

const PATH: &str = "offline/deactivations";

async fn seats(shop: &Shop, license: &str) -> Value {
    let seen = shop.agent.get(&format!("licenses/{license}")).await;
    seen.expect(200).json()["machines_used"].clone()
}

async fn refused(remote: &Remote, text: &str, reason: &str) {
    let answer = remote.carry(PATH, text).await;
    let answer = answer.refuse(422, "RECEIPT_REFUSED");
    assert_eq!(answer.text("/reason"), reason);
}

// R-LIC-06
#[test]
fn a_receipt_frees_the_seat_once_and_says_so_signed() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let mut remote = app.remote("acme.localhost", &license.key, "fp-cellar");
        let _ = remote.activate().await.expect(201);
        let answer = remote.deactivate().await.expect(200);
        assert_eq!(answer.json()["freed"], true);
        assert_eq!(answer.text("/machine_id"), remote.machine_id);
        assert_eq!(answer.text("/nonce"), "receipt-nonce-0000");
        assert!(answer.header("signature").is_some());
        assert_eq!(seats(&shop, &license.id).await, 0);
        // The very same text again frees nothing and is no error: its answer may have been lost.
        let again = remote.deactivate().await.expect(200);
        assert_eq!(again.json()["freed"], false);
        assert_eq!(seats(&shop, &license.id).await, 0);
        let audited = app
            .database()
            .count("SELECT COUNT(*) FROM audit_entries WHERE action = 'machine.receipt_accepted'");
        assert_eq!(audited, 1);
        // Another machine takes the seat.
        let mut other = app.remote("acme.localhost", &license.key, "fp-attic");
        let _ = other.activate().await.expect(201);
    });
}

// R-LIC-06
#[test]
fn a_forged_receipt_frees_nothing() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license_of(&json!({ "machine_limit": 2 })).await;
        let mut remote = app.remote("acme.localhost", &license.key, "fp-cellar");
        let mut other = app.remote("acme.localhost", &license.key, "fp-attic");
        let _ = remote.activate().await.expect(201);
        let _ = other.activate().await.expect(201);
        let whole = unblock(Label::DeactivationReceipt, &remote.receipt());
        let with = |change: Value| {
            let mut forged = whole.clone();
            alvara_tests::world::merge(&mut forged, &change);
            block(Label::DeactivationReceipt, &forged)
        };
        // Every member that the proof covers, changed after it was made.
        for change in [
            json!({ "iss": "http://acme.localhost:9" }),
            json!({ "license": "lic_01JABCDEFGHJKMNPQRSTVWXYZ0" }),
            json!({ "machine": other.machine_id }),
            json!({ "seq": 2 }),
            json!({ "nonce": "another-nonce-0000" }),
            json!({ "wiped_at": "2027-02-01T08:30:01Z" }),
            json!({ "mac": "0".repeat(64) }),
        ] {
            refused(&remote, &with(change), "proof").await;
        }
        // A proof by a token that somebody made up, and by another machine's.
        let mut liar = remote.clone();
        liar.token = "amt_made_up".to_owned();
        refused(&remote, &liar.receipt(), "proof").await;
        liar.token = other.token.clone();
        refused(&remote, &liar.receipt(), "proof").await;
        let nowhere = json!({ "machine": "mac_01JABCDEFGHJKMNPQRSTVWXYZ0" });
        refused(&remote, &remote.receipt_of(&nowhere), "proof").await;
        // The machine itself, about what is not so.
        let elsewhere = json!({ "license": "lic_01JABCDEFGHJKMNPQRSTVWXYZ0" });
        refused(&remote, &remote.receipt_of(&elsewhere), "license").await;
        refused(&remote, &remote.receipt_of(&json!({ "seq": 2 })), "number").await;
        // What is not even a receipt.
        for (change, code) in [
            (json!({ "mac": "00" }), "BLOCK_INVALID"),
            (json!({ "mac": "G".repeat(64) }), "BLOCK_INVALID"),
            (json!({ "seq": 0 }), "BLOCK_INVALID"),
            (json!({ "wiped_at": "yesterday" }), "BLOCK_INVALID"),
            (json!({ "iss": "a\nb" }), "BLOCK_INVALID"),
            (json!({ "v": 9 }), "UNKNOWN_FORMAT_VERSION"),
        ] {
            remote.carry(PATH, &with(change)).await.refuse(422, code);
        }
        remote
            .carry(PATH, &remote.request())
            .await
            .refuse(422, "WRONG_BLOCK");
        assert_eq!(seats(&shop, &license.id).await, 2);
    });
}

// R-LIC-06
#[test]
fn a_receipt_is_good_for_one_life_of_the_machine() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let mut remote = app.remote("acme.localhost", &license.key, "fp-cellar");
        let _ = remote.activate().await.expect(201);
        let old = remote.receipt();
        let _ = remote.carry(PATH, &old).await.expect(200);
        let (machine, token) = (remote.machine_id.clone(), remote.token.clone());
        let _ = remote.activate().await.expect(201);
        assert_eq!(remote.machine_id, machine);
        assert_ne!(remote.token, token);
        // Played back after the machine came back, it frees nothing.
        refused(&remote, &old, "proof").await;
        assert_eq!(seats(&shop, &license.id).await, 1);
        assert_eq!(remote.deactivate().await.expect(200).json()["freed"], true);
        refused(&remote, &old, "proof").await;
        assert_eq!(seats(&shop, &license.id).await, 0);
    });
}

// R-LIC-06
#[test]
fn sixteen_carriers_of_one_receipt_free_one_seat() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license_of(&json!({ "machine_limit": 3 })).await;
        let mut remote = app.remote("acme.localhost", &license.key, "fp-cellar");
        let mut stays = app.remote("acme.localhost", &license.key, "fp-attic");
        let _ = remote.activate().await.expect(201);
        let _ = stays.activate().await.expect(201);
        let mut all = tokio::task::JoinSet::new();
        for _ in 0..16 {
            let remote = remote.clone();
            all.spawn(async move { remote.deactivate().await.expect(200).json() });
        }
        let freed = all.join_all().await;
        let count = freed.iter().filter(|said| said["freed"] == true).count();
        assert_eq!(count, 1);
        assert_eq!(seats(&shop, &license.id).await, 1);
    });
}

// R-LIC-06 R-TEN-01
#[test]
fn a_receipt_of_one_tenant_is_worth_nothing_at_the_door_of_another() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let bella = app.shop("bella").await;
        let license = shop.license().await;
        let mut remote = app.remote("acme.localhost", &license.key, "fp-cellar");
        let _ = remote.activate().await.expect(201);
        let theirs = app.remote("bella.localhost", &bella.license().await.key, "fp-cellar");
        let foreign = theirs.carry(PATH, &remote.receipt()).await;
        let nowhere = json!({ "machine": "mac_01JABCDEFGHJKMNPQRSTVWXYZ0" });
        let missing = theirs.carry(PATH, &remote.receipt_of(&nowhere)).await;
        let strip = |answer: &alvara_tests::Answer| {
            let mut said = answer.json();
            said["instance"] = Value::Null;
            said
        };
        assert_eq!(
            strip(&foreign),
            strip(&missing),
            "nobody learns that it exists"
        );
        refused(&theirs, &remote.receipt(), "proof").await;
        assert_eq!(seats(&shop, &license.id).await, 1);
        // At the shared door the issuer says whose it is.
        let shared = app.remote("localhost", &license.key, "fp-cellar");
        refused(
            &shared,
            &remote.receipt_of(&json!({ "iss": "http://bella.localhost:8080" })),
            "proof",
        )
        .await;
        refused(
            &shared,
            &remote.receipt_of(&json!({ "iss": "nonsense" })),
            "proof",
        )
        .await;
        let answer = shared.carry(PATH, &remote.receipt()).await.expect(200);
        assert_eq!(answer.json()["freed"], true);
        assert_eq!(seats(&shop, &license.id).await, 0);
    });
}

// R-LIC-06 R-LIC-11
#[test]
fn a_blocked_machine_does_not_shed_its_block_by_a_receipt() {
    one_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let mut remote = app.remote("acme.localhost", &license.key, "fp-cellar");
        let _ = remote.activate().await.expect(201);
        let block = format!("machines/{}/block", remote.machine_id);
        let _ = shop.agent.post(&block, &json!({})).await.expect(200);
        remote.deactivate().await.refuse(409, "STATE_CONFLICT");
        assert_eq!(seats(&shop, &license.id).await, 1);
        assert_eq!(payload(&remote.computer_key)["seq"], 1);
    });
}

// R-LIC-06: out of order, a receipt is about what the machine does not hold any more.
#[test]
fn a_receipt_kept_back_frees_nothing_once_the_machine_activated_again() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let mut remote = app.remote("acme.localhost", &license.key, "fp-cellar");
        let _ = remote.activate().await.expect(201);
        let (drawer, token) = (remote.receipt(), remote.token.clone());
        // The same text carried once more is answered, and replaces nothing.
        let _ = remote
            .carry("offline/activations", &remote.request())
            .await
            .expect(200);
        let first = remote.clone();
        // Installed once more: another request, and the same machine.
        remote.nonce = "nonce-of-the-second-install".to_owned();
        let _ = remote.activate().await.expect(200);
        assert_eq!(remote.token, token);
        refused(&remote, &drawer, "number").await;
        assert_eq!(seats(&shop, &license.id).await, 1);
        let other = app.remote("acme.localhost", &license.key, "fp-attic");
        other
            .carry("offline/activations", &other.request())
            .await
            .refuse(409, "MACHINE_LIMIT");
        // Over the network likewise.
        let drawer = remote.receipt();
        let mut online = app.program("acme.localhost", &license.key, "fp-cellar");
        let _ = online.activate().await.expect(200);
        refused(&remote, &drawer, "number").await;
        remote.computer_key = online.computer_key.clone();
        assert_eq!(remote.deactivate().await.expect(200).json()["freed"], true);
        // A text that was carried twice is one installation, which may go with either answer.
        let mut twice = app.remote("acme.localhost", &license.key, "fp-attic");
        let _ = twice.activate().await.expect(201);
        let _ = twice
            .carry("offline/activations", &twice.request())
            .await
            .expect(200);
        assert_eq!(twice.deactivate().await.expect(200).json()["freed"], true);
        refused(&first, &first.receipt(), "number").await;
    });
}
