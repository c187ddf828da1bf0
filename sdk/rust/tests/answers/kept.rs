//! What an old file, a lost one and one that nobody may read amount to.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use alvara_sdk::Misuse;
use openssl::sha::sha256;
use serde_json::json;

use crate::{NOW, Scene, told};

const DAY: i64 = 86_400;

impl Scene {
    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The store as it is now; called, it puts that back and leaves the watermark as it is.
    fn saved(&self) -> impl Fn() + use<> {
        let files = ["license", "license.bak"].map(|name| self.file(name));
        let files = files.map(|file| (fs::read(&file).unwrap(), file));
        move || {
            files
                .iter()
                .for_each(|(data, file)| fs::write(file, data).unwrap())
        }
    }

    fn error(&self, text: &str) -> Option<String> {
        self.client.offline_activate(text).error
    }

    fn request(&self) -> String {
        self.client.offline_request("KEY", None).unwrap()
    }
}

fn not_mine() -> Option<String> {
    Some("NOT_MY_REQUEST".to_owned())
}

// R-SDK-01
#[test]
fn a_response_counts_once_whatever_is_put_back() {
    let scene = Scene::begin();
    let request = scene.request();
    let put_back = scene.saved();
    let response = scene.platform.response(&request);
    assert_eq!(scene.error(&response), None);
    scene.clock.store(NOW + 60 * DAY, Ordering::SeqCst);
    assert_eq!(scene.client.state().code, "LEASE_EXPIRED");
    put_back();
    scene.clock.store(NOW, Ordering::SeqCst);
    assert_eq!(scene.error(&response), not_mine());
    assert_eq!(scene.code(), "CLOCK_ROLLBACK");
}

// R-SDK-01
#[test]
fn a_response_to_an_earlier_request_is_not_hoarded() {
    let scene = Scene::begin();
    let response = scene.platform.response(&scene.request());
    let put_back = scene.saved();
    let _ = scene.request();
    put_back();
    assert_eq!(scene.error(&response), not_mine());
}

// R-SDK-01
#[test]
fn a_lost_watermark_is_made_good_by_a_contact_alone() {
    let scene = Scene::begin();
    let response = scene.platform.response(&scene.request());
    fs::remove_file(scene.file("seen")).unwrap();
    scene.clock.store(NOW + 120, Ordering::SeqCst);
    assert_eq!(scene.code(), "STORE_ROLLBACK");
    assert_eq!(
        scene.code(),
        "STORE_ROLLBACK",
        "the note of the time did not pair them again"
    );
    assert_eq!(scene.error(&response), not_mine());
    assert_eq!(scene.contact(), ("OK", None));
    assert_eq!(scene.code(), "VALID");
}

// R-SDK-01
#[test]
fn a_block_that_was_carried_outlives_the_old_file() {
    let scene = Scene::begin();
    let machine = scene.platform.vectors["machine"].as_str().unwrap();
    let entry = sha256(format!("alvara-revocation/1 {machine}").as_bytes());
    let head = json!({
        "iss": "https://acme.example", "prd": "VECTORS", "seq": 4, "iat": NOW,
        "next_update": NOW + DAY, "n": 1,
    });
    let typ = json!({
        "alg": "EdDSA", "kid": scene.platform.kid(), "typ": "alvara-revocation-list+jwt",
    });
    let claims = [format!("{head}\n").as_bytes(), &entry[..8]].concat();
    let list = scene.platform.jws_of(&typ, &claims);
    let put_back = scene.saved();
    assert_eq!(
        told(&scene.client.offline_activate(&list)),
        ("BLOCKED", None)
    );
    put_back();
    assert_eq!(scene.code(), "MACHINE_BLOCKED");
    assert_eq!(scene.contact(), ("OK", None));
    assert_eq!(
        scene.code(),
        "VALID",
        "a contact says that all is well again"
    );
}

// R-SDK-01
#[test]
fn an_activation_answered_before_sets_no_clock_back() {
    let scene = Scene::begin();
    scene.clock.store(NOW + DAY, Ordering::SeqCst);
    let _ = scene.client.state();
    scene.clock.store(NOW, Ordering::SeqCst);
    let before = scene.calls();
    assert_eq!(told(&scene.client.activate("KEY", None)), ("OK", None));
    assert_eq!(scene.calls() - before, 2, "by the heartbeat that followed");
}

// R-SDK-01
#[test]
fn what_cannot_be_read_is_not_taken_for_nothing() {
    let scene = Scene::begin();
    let aside = scene.file("aside");
    let in_place_of = |name: &str| {
        fs::rename(scene.file(name), &aside).unwrap();
        fs::create_dir(scene.file(name)).unwrap();
    };
    let undo = |name: &str| {
        assert!(scene.file(name).is_dir(), "nothing was overwritten");
        fs::remove_dir(scene.file(name)).unwrap();
        fs::rename(&aside, scene.file(name)).unwrap();
    };
    in_place_of("license");
    assert_eq!(scene.code(), "VALID", "the backup serves");
    undo("license");
    for name in ["license.bak", "seen"] {
        in_place_of(name);
        let away = scene.file("away");
        if name == "license.bak" {
            fs::rename(scene.file("license"), &away).unwrap();
        }
        let unreadable = Some("STORE_UNREADABLE".to_owned());
        assert_eq!(Some(scene.code()), unreadable, "{name}");
        let before = scene.calls();
        let state = scene.client.activate("KEY", None);
        assert_eq!(told(&state), ("UNREADABLE", unreadable));
        assert_eq!(
            scene.calls(),
            before,
            "no place is taken that cannot be kept"
        );
        let refused = scene.client.offline_request("KEY", None);
        assert_eq!(refused.unwrap_err(), Misuse::Folder);
        undo(name);
        if name == "license.bak" {
            fs::rename(away, scene.file("license")).unwrap();
        }
        assert_eq!(scene.code(), "VALID");
    }
}

// R-SDK-01
#[test]
fn a_writer_that_died_stops_nobody() {
    let scene = Scene::begin();
    let lock = scene.file("license.lock");
    fs::write(&lock, "of a writer that died").unwrap();
    assert_eq!(scene.contact(), ("OK", None));
    assert!(!lock.exists());
}
