use alvara_domain::armour::{ArmourError, Armoured, Label};
use alvara_domain::offline::{Document, Nonce, OfflineError, Receipt, Request, Response, VERSION};
use proptest::prelude::*;
use serde_json::{Value, json};

fn document() -> Value {
    json!({
        "v": 1, "key": "ACME-7K3QX", "machine": { "fingerprint": "fp-1" }, "nonce": "0123456789abcdef",
    })
}

fn in_block(label: Label, document: &Value) -> String {
    Armoured::new(label, document.to_string().into_bytes()).write()
}

fn read(document: &Value) -> Result<Request, OfflineError> {
    Request::read(&in_block(Label::ActivationRequest, document))
}

// R-LIC-06
#[test]
fn what_is_written_is_read() {
    let request = read(&document()).unwrap();
    assert_eq!(
        Request::read(&request.write().unwrap()),
        Ok(request.clone())
    );
    assert_eq!((request.v, request.user), (VERSION, None));
    let response: Response = serde_json::from_value(json!({
        "v": 1, "nonce": "0123456789abcdef", "computer_key": "a.b.c", "lease": "a.b.c",
        "machine": { "id": "mac_01JABCDEFGHJKMNPQRSTVWXYZ0", "token": "amt_1" },
    }))
    .unwrap();
    assert_eq!(Response::read(&response.write().unwrap()), Ok(response));
}

// R-LIC-06
#[test]
fn each_thing_that_can_be_wrong_has_its_own_answer() {
    let with = |name: &str, value: Value| {
        let mut changed = document();
        changed[name] = value;
        read(&changed)
    };
    assert_eq!(with("v", json!(2)), Err(OfflineError::Version { found: 2 }));
    assert_eq!(with("v", json!(-1)), Err(OfflineError::NotADocument));
    assert_eq!(with("v", Value::Null), Err(OfflineError::NotADocument));
    for (name, value) in [
        ("extra", json!(1)),
        ("nonce", json!("short")),
        ("nonce", json!("n".repeat(65))),
        ("nonce", json!("0123456789abcde ")),
        ("key", json!("k".repeat(201))),
        ("key", json!("a\u{7}")),
        ("user", json!("u".repeat(255))),
        ("machine", json!({})),
        ("machine", json!({ "fingerprint": "a", "colour": "red" })),
        (
            "machine",
            json!({ "fingerprint": "a", "name": "n".repeat(201) }),
        ),
    ] {
        let found = with(name, value.clone());
        assert!(
            matches!(found, Err(OfflineError::Fields(_))),
            "{name} {value} {found:?}"
        );
    }
    let other = in_block(Label::ComputerKey, &document());
    let found = Request::read(&other).unwrap_err();
    let expected = ArmourError::OtherLabel {
        expected: Label::ActivationRequest,
        found: Label::ComputerKey,
    };
    assert_eq!(found, OfflineError::Armour(expected));
    let huge = json!({ "v": 1, "key": "k".repeat(60_000) });
    assert_eq!(read(&huge), Err(OfflineError::TooLong));
    assert_eq!(read(&json!([1])), Err(OfflineError::NotADocument));
}

// R-LIC-06
#[test]
fn no_answer_repeats_a_key() {
    let mut changed = document();
    changed["nonce"] = changed["key"].clone();
    let Err(OfflineError::Fields(said)) = read(&changed) else {
        panic!("a key is no nonce");
    };
    assert!(!said.contains("7K3QX"), "{said}");
}

fn receipt() -> Receipt {
    Receipt {
        v: 1,
        iss: "https://acme.example".to_owned(),
        license: "lic_01JABCDEFGHJKMNPQRSTVWXYZ0".parse().unwrap(),
        machine: "mac_01JABCDEFGHJKMNPQRSTVWXYZ1".parse().unwrap(),
        seq: 3,
        nonce: "0123456789abcdef".parse().unwrap(),
        wiped_at: "2027-01-15T12:00:00Z".to_owned(),
        mac: "00".repeat(32),
    }
}

// R-LIC-06
#[test]
fn the_proof_is_over_this_text_and_no_other() {
    assert_eq!(
        receipt().signed_text(),
        "alvara-deactivation-receipt/1\nhttps://acme.example\nlic_01JABCDEFGHJKMNPQRSTVWXYZ0\n\
         mac_01JABCDEFGHJKMNPQRSTVWXYZ1\n3\n0123456789abcdef\n2027-01-15T12:00:00Z\n"
    );
    assert_eq!(receipt().mac_bytes(), Some(vec![0; 32]));
    assert_eq!(Receipt::read(&receipt().write().unwrap()), Ok(receipt()));
}

// R-LIC-06
#[test]
fn a_receipt_that_could_not_be_is_refused() {
    let wrong: [fn(&mut Receipt); 7] = [
        |receipt| receipt.seq = 0,
        |receipt| receipt.mac = "00".repeat(31),
        |receipt| receipt.mac = "0g".repeat(32),
        |receipt| receipt.mac = "AA".repeat(32),
        |receipt| receipt.wiped_at = "today".to_owned(),
        |receipt| receipt.iss = "a\nb".to_owned(),
        |receipt| receipt.iss = "a".repeat(301),
    ];
    for (index, change) in wrong.iter().enumerate() {
        let mut changed = receipt();
        change(&mut changed);
        let found = Receipt::read(&changed.write().unwrap());
        assert!(
            matches!(found, Err(OfflineError::Fields(_))),
            "{index} {found:?}"
        );
    }
}

proptest! {
    // R-LIC-06
    #[test]
    fn any_text_is_a_document_or_an_error(text in "\\PC{0,300}", body in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Request::read(&text).is_err());
        for label in Label::ALL {
            let block = Armoured::new(*label, body.clone()).write();
            prop_assert!(Request::read(&block).is_err());
            prop_assert!(Receipt::read(&block).is_err());
            prop_assert!(Response::read(&block).is_err());
        }
    }

    // R-LIC-06
    #[test]
    fn any_nonce_is_short_and_plain(text in "\\PC{0,80}") {
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        prop_assert_eq!(text.parse::<Nonce>().is_ok(), plain && (16..=64).contains(&text.len()));
    }

    // R-LIC-06
    #[test]
    fn two_receipts_never_share_a_text(
        iss in "[!-~]{1,30}", other in "[!-~]{1,30}", seq in 1i64..1000, nonce in "[0-9a-z]{16,20}",
    ) {
        let one = Receipt { iss, seq, nonce: nonce.parse().unwrap(), ..receipt() };
        let two = Receipt { iss: other, ..one.clone() };
        prop_assert_eq!(one.signed_text() == two.signed_text(), one.iss == two.iss);
    }
}
