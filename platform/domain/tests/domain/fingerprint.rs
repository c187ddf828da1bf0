use alvara_domain::certificate::FingerprintClaim;
use alvara_domain::fingerprint::{
    Comparison, ComponentWeight, Components, Fingerprint, FingerprintError, FingerprintRule,
    Identity,
};
use proptest::prelude::*;

use crate::samples::components;

fn rule(weights: &[(&str, u32)], threshold: u32) -> FingerprintRule {
    let components = weights
        .iter()
        .map(|(name, weight)| ComponentWeight {
            name: (*name).to_owned(),
            weight: *weight,
        })
        .collect();
    FingerprintRule {
        components,
        threshold,
        ..FingerprintRule::default()
    }
}

fn print(text: &str) -> Fingerprint {
    text.parse().unwrap()
}

const WEIGHTS: [(&str, u32); 3] = [("board", 50), ("disk", 30), ("nic", 20)];

// R-LIC-04
#[test]
fn a_fingerprint_is_visible_and_bounded() {
    assert_eq!(print("  HW-1 \n").as_str(), "HW-1");
    assert!(print(&"é".repeat(256)).as_str().len() > 256);
    for (bad, error) in [
        ("", FingerprintError::Empty),
        (" \t ", FingerprintError::Empty),
        ("a\u{0}b", FingerprintError::Invisible),
        ("a\nb", FingerprintError::Invisible),
        ("a\u{200B}b", FingerprintError::Invisible),
        ("a\u{202E}b", FingerprintError::Invisible),
        (&"x".repeat(257), FingerprintError::TooLong),
    ] {
        assert_eq!(bad.parse::<Fingerprint>(), Err(error), "{bad:?}");
    }
    for bad in [
        r#"{"Board":"x"}"#,
        r#"{"":"x"}"#,
        r#"{"board":""}"#,
        r#"["x"]"#,
        r#"{"b d":"x"}"#,
    ] {
        assert!(serde_json::from_str::<Components>(bad).is_err(), "{bad}");
    }
}

// R-LIC-04: the answer says which component changed, and by how much too much
#[test]
fn a_machine_may_change_a_little() {
    let rule = rule(&WEIGHTS, 60);
    let was = components(&[("board", "B1"), ("disk", "D1"), ("nic", "N1")]);
    let compare = |fingerprint: &str, now: &[(&str, &str)]| {
        let (recorded, presented) = (print("HW"), print(fingerprint));
        let now = components(now);
        let one = Identity {
            fingerprint: &recorded,
            components: &was,
        };
        let other = Identity {
            fingerprint: &presented,
            components: &now,
        };
        let verdict = rule.compare(one, other);
        // The client decides by the computer key exactly as the server does.
        if !now.is_empty() && fingerprint == "HW" {
            assert_eq!(FingerprintClaim::of(&rule, one).compare(other), verdict);
        }
        verdict
    };
    let changed = |names: &[&str]| {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>()
    };
    let all = [("board", "B1"), ("disk", "D1"), ("nic", "N1")];
    assert_eq!(compare("HW", &all), Comparison::Same);
    assert_eq!(compare("HW", &[]), Comparison::Same);
    assert_eq!(
        compare("HW", &[("board", "B1"), ("disk", "D2"), ("nic", "N1")]),
        Comparison::Drift {
            changed: changed(&["disk"])
        }
    );
    assert_eq!(
        compare("HW2", &all),
        Comparison::Drift {
            changed: changed(&["fingerprint"])
        }
    );
    assert_eq!(
        compare("HW", &[("board", "B2"), ("disk", "D1"), ("nic", "N1")]),
        Comparison::Mismatch {
            changed: changed(&["board"]),
            matched: 50,
            threshold: 60
        }
    );
    assert_eq!(
        compare("HW", &[("board", "B1"), ("new", "X")]),
        Comparison::Mismatch {
            changed: changed(&["disk", "nic"]),
            matched: 50,
            threshold: 60
        }
    );
    assert!(matches!(compare("HW2", &[]), Comparison::Mismatch { .. }));
}

// R-LIC-04
#[test]
fn a_component_that_was_never_recorded_cannot_have_changed() {
    let rule = rule(&WEIGHTS, 60);
    let (was, now) = (
        components(&[("board", "B1")]),
        components(&[("board", "B1"), ("disk", "D9")]),
    );
    let fingerprint = print("HW");
    let recorded = Identity {
        fingerprint: &fingerprint,
        components: &was,
    };
    let presented = Identity {
        fingerprint: &fingerprint,
        components: &now,
    };
    assert_eq!(rule.compare(recorded, presented), Comparison::Same);
    assert_eq!(
        FingerprintClaim::of(&rule, recorded).compare(presented),
        Comparison::Same
    );
}

// R-LIC-04: naming none, or only the least, of what counts is no way to float
#[test]
fn too_few_components_do_not_let_any_machine_pass() {
    let rule = rule(&WEIGHTS, 60);
    let (one, two) = (print("HW1"), print("HW2"));
    for recorded in [
        components(&[("colour", "red")]),
        components(&[("nic", "N1")]),
        components(&[]),
    ] {
        let one = Identity {
            fingerprint: &one,
            components: &recorded,
        };
        let two = Identity {
            fingerprint: &two,
            components: &recorded,
        };
        assert!(
            matches!(rule.compare(one, two), Comparison::Mismatch { .. }),
            "{recorded:?}"
        );
        assert_eq!(rule.compare(one, one), Comparison::Same);
        let claim = FingerprintClaim::of(&rule, one);
        assert!(
            matches!(claim.compare(two), Comparison::Mismatch { .. }),
            "{recorded:?}"
        );
        assert_eq!(claim.compare(one), Comparison::Same);
    }
}

// R-LIC-04
#[test]
fn a_rule_that_none_or_all_could_pass_is_refused() {
    assert!(rule(&WEIGHTS, 60).check().is_empty());
    assert!(FingerprintRule::default().check().is_empty());
    for (bad, pointer) in [
        (rule(&WEIGHTS, 101), "/threshold"),
        (rule(&WEIGHTS, 0), "/threshold"),
        (
            rule(&[("board", 0), ("disk", 2)], 1),
            "/components/0/weight",
        ),
        (rule(&[("board", 1), ("board", 1)], 1), "/components/1/name"),
        (rule(&[("Board", 1)], 1), "/components/0/name"),
    ] {
        let pointers: Vec<String> = bad.check().into_iter().map(|fault| fault.pointer).collect();
        assert_eq!(pointers, [pointer]);
    }
}

proptest! {
    // R-LIC-04: what agrees weighs at least the threshold, or it is another machine
    #[test]
    fn the_threshold_decides(
        weights in proptest::collection::vec(1u32..100, 1..8), share in 1u32..=100, kept in any::<u8>(),
    ) {
        let names: Vec<String> = (0..weights.len()).map(|index| format!("c{index}")).collect();
        let pairs: Vec<(&str, u32)> = names.iter().map(String::as_str).zip(weights.iter().copied()).collect();
        let total: u32 = weights.iter().sum();
        let rule = rule(&pairs, (total * share).div_ceil(100));
        let was: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "old")).collect();
        let value = |index: usize| if kept >> index & 1 == 1 { "old" } else { "new" };
        let now: Vec<(&str, &str)> = names.iter().enumerate().map(|(index, name)| (name.as_str(), value(index))).collect();
        let matched: u32 = weights.iter().enumerate().filter(|(index, _)| value(*index) == "old").map(|(_, weight)| weight).sum();
        let (was, now) = (components(&was), components(&now));
        let fingerprint = print("HW");
        let recorded = Identity { fingerprint: &fingerprint, components: &was };
        let presented = Identity { fingerprint: &fingerprint, components: &now };
        let result = rule.compare(recorded, presented);
        prop_assert_eq!(matches!(result, Comparison::Mismatch { .. }), matched < rule.threshold);
        prop_assert_eq!(result == Comparison::Same, matched == total);
        prop_assert_eq!(FingerprintClaim::of(&rule, recorded).compare(presented), result);
    }
}
