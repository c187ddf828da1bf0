//! The answers that all SDKs share, as far as no rule of the platform gives them: states, stores and
//! fingerprints. The rest is judged in the suite, by the same rules that this library calls.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop loudly"
)]

use std::path::Path;

use alvara_sdk::vectors::{Holder, Kept, Label, Seal, Watermark, hashed, judge};
use alvara_sdk::{ALWAYS_ONLINE, Asks, HYBRID, KeySet};
use data_encoding::{BASE64, HEXLOWER};
use serde_json::{Value, json};

fn vectors() -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/vectors.json");
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

fn list<'a>(value: &'a Value, name: &str) -> &'a Vec<Value> {
    value[name].as_array().unwrap()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

/// The text of a token that a state names.
fn token(vectors: &Value, name: &Value) -> Value {
    let tokens = list(vectors, "tokens");
    let found = tokens.iter().find(|token| token["name"] == *name);
    found.unwrap()["text"].clone()
}

// R-SDK-01
#[test]
fn states_are_those_of_the_vectors() {
    let vectors = vectors();
    let keys = KeySet::from_jwks(&vectors["jwks"].to_string()).unwrap();
    for case in list(&vectors, "states") {
        let mut kept = case["kept"].clone();
        for name in ["computer_key", "lease"] {
            if kept[name].is_string() {
                kept[name] = token(&vectors, &kept[name]);
            }
        }
        if let Some(seats) = kept.get_mut("seats").and_then(Value::as_object_mut) {
            for seat in seats.values_mut() {
                seat["lease"] = token(&vectors, &seat["lease"]);
            }
        }
        let kept: Kept = serde_json::from_value(kept).unwrap();
        let watermark: Watermark = serde_json::from_value(case["watermark"].clone()).unwrap();
        let identity = &vectors["identity"];
        let holder = Holder {
            product: text(&vectors, "product").to_owned(),
            keys: keys.clone(),
            fingerprint: text(identity, "fingerprint").parse().unwrap(),
            components: serde_json::from_value(identity["components"].clone()).unwrap(),
            asks: Asks::default(),
            preset: match text(case, "preset") {
                "always-online" => ALWAYS_ONLINE,
                _ => HYBRID,
            },
            seat: (case["floating"] == true).then(String::new),
        };
        let state = judge(&kept, &watermark, &holder, case["now"].as_i64().unwrap());
        let found = json!({
            "status": state.status, "code": state.code, "grace_ends_at": state.grace_ends_at,
        });
        assert_eq!(found, case["expected"], "{}", case["name"]);
    }
}

// R-SDK-01
#[test]
fn stores_open_as_the_vectors_say() {
    for case in list(&vectors(), "stores") {
        let seal = Seal::new(
            text(case, "machine_secret"),
            text(case, "product"),
            text(case, "device"),
        );
        let label = match text(case, "label") {
            "watermark" => Label::Watermark,
            _ => Label::Store,
        };
        let sealed = BASE64.decode(text(case, "sealed").as_bytes()).unwrap();
        let found = match seal.open(label, &sealed) {
            Ok(plain) => {
                let nonce = HEXLOWER.decode(text(case, "nonce").as_bytes()).unwrap();
                let again = seal.close_with(label, &plain, &nonce.try_into().unwrap());
                assert_eq!(again.unwrap(), sealed);
                json!([String::from_utf8(plain).unwrap(), null])
            }
            Err(fault) => json!([null, fault.code()]),
        };
        assert_eq!(
            found,
            json!([case["plain"], case["error"]]),
            "{}",
            case["name"]
        );
    }
}

// R-SDK-01 R-LIC-04
#[test]
fn parts_of_a_machine_are_hashed_as_the_vectors_say() {
    for case in list(&vectors()["fingerprints"], "hashed") {
        let hash = hashed(
            text(case, "product"),
            text(case, "name"),
            text(case, "value"),
        );
        assert_eq!(hash, text(case, "hash"), "{case}");
    }
}
