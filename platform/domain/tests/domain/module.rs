//! Modules in terms, in licenses, in computer keys; QLM's text.

use alvara_domain::module::{ModuleClaim, ModuleGrant, ModuleTerm, is_value};
use alvara_domain::qlm::{Features, FeaturesError};
use alvara_domain::terms::Terms;
use alvara_domain::time::Period;
use proptest::prelude::*;
use serde_json::json;

use crate::samples::{at, zone};

// R-LIC-01: old terms are read, plain codes stay plain.
#[test]
fn a_module_of_terms_is_a_code_or_an_object() {
    let text = json!({ "modules": ["CORE", { "code": "DESKS", "value": "12", "duration": "P1M" }, { "code": "X" }] });
    let terms: Terms = serde_json::from_value(text).unwrap();
    assert_eq!(terms.check(), []);
    assert_eq!(terms.modules[0], ModuleTerm::from("CORE"));
    assert_eq!(terms.modules[1].duration, Some(Period::months(1)));
    let written = serde_json::to_value(&terms).unwrap();
    assert_eq!(
        written["modules"],
        json!(["CORE", { "code": "DESKS", "value": "12", "duration": "P1M" }, "X"])
    );
    let wrong = json!({ "modules": ["A", { "code": "B", "value": "a b" }, { "code": "C", "duration": "P0D" }] });
    let terms: Terms = serde_json::from_value(wrong).unwrap();
    let pointers: Vec<String> = terms.check().into_iter().map(|one| one.pointer).collect();
    assert_eq!(pointers, ["/modules/1/value", "/modules/2/duration"]);
    for unreadable in [json!({ "code": "A", "valeu": "1" }), json!({}), json!(7)] {
        assert!(serde_json::from_value::<ModuleTerm>(unreadable).is_err());
    }
}

// R-LIC-01
#[test]
fn a_length_that_waits_becomes_an_end() {
    let term: ModuleTerm =
        serde_json::from_value(json!({ "code": "A", "duration": "P1M" })).unwrap();
    let rome = zone("Europe/Rome");
    let waiting = term.grant(None, &rome).unwrap();
    assert!(waiting.is_live(at("9999-01-01T00:00:00Z")));
    let started = waiting.started(at("2027-01-31T10:00:00Z"), &rome).unwrap();
    let end = at("2027-02-28T10:00:00Z");
    assert_eq!((started.expires_at, started.duration), (Some(end), None));
    assert!(started.is_live(at("2027-02-28T09:59:59Z")) && !started.is_live(end));
    let old: ModuleGrant = serde_json::from_value(json!({ "code": "A" })).unwrap();
    assert_eq!(old, ModuleGrant::plain("A"));
}

// R-LIC-01: nothing but the four forms is read.
#[test]
fn a_computer_key_lists_a_module_in_four_forms() {
    for text in ["A", "A=1", "A@1700000000", "desk-2=x/y:z@0"] {
        assert_eq!(text.parse::<ModuleClaim>().unwrap().to_string(), text);
    }
    for text in [
        "",
        "=1",
        "A=",
        "A@",
        "A@-1",
        "A@01",
        "A@1@2",
        "A=1=2",
        "A@1=2",
        "A=a b",
        "A@99999999999999999999",
    ] {
        assert!(text.parse::<ModuleClaim>().is_err(), "{text}");
    }
}

// R-LIC-01 R-OPS-05: one set of features has one text.
#[test]
fn qlm_features_are_read_strictly() {
    assert_eq!("0:3;1:1".parse(), Ok(Features(0b1_0000_0011)));
    assert_eq!("".parse(), Ok(Features(0)));
    assert_eq!(
        "3:128"
            .parse::<Features>()
            .unwrap()
            .positions()
            .collect::<Vec<_>>(),
        [31]
    );
    for (text, error) in [
        ("0", FeaturesError::Malformed),
        ("0:1;", FeaturesError::Malformed),
        (" 0:1", FeaturesError::Malformed),
        ("0:+1", FeaturesError::Malformed),
        ("00:1", FeaturesError::Malformed),
        ("4:1", FeaturesError::Set),
        ("0:0", FeaturesError::Value),
        ("0:256", FeaturesError::Value),
        ("0:1;0:2", FeaturesError::Order),
        ("1:1;0:2", FeaturesError::Order),
    ] {
        assert_eq!(text.parse::<Features>(), Err(error), "{text}");
    }
}

proptest! {
    // R-LIC-01
    #[test]
    fn every_set_of_features_has_one_text(bits in any::<u32>(), text in "[0-9:;]{0,12}") {
        let features = Features(bits);
        prop_assert_eq!(features.to_string().parse::<Features>(), Ok(features));
        if let Ok(read) = text.parse::<Features>() {
            prop_assert_eq!(read.to_string(), text);
        }
        let again = features.positions().fold(0u32, |all, position| all | 1 << position);
        prop_assert_eq!(again, bits);
    }

    // R-LIC-01: whatever a license holds can be read back from its computer key.
    #[test]
    fn a_module_survives_the_computer_key(
        code in "[A-Za-z0-9_-]{1,32}", value in proptest::option::of("[A-Za-z0-9._:/+-]{1,32}"),
        ends in proptest::option::of(0i64..=253_402_128_000), noise in any::<String>(),
    ) {
        let claim = ModuleClaim { code, value, ends };
        prop_assert_eq!(claim.to_string().parse::<ModuleClaim>(), Ok(claim.clone()));
        prop_assert!(!claim.to_string().contains(' '));
        if let Ok(read) = noise.parse::<ModuleClaim>() {
            prop_assert_eq!(read.to_string(), noise);
        }
        prop_assert_eq!(is_value("a b"), false);
    }
}
