use alvara_domain::money::{Currency, Money};
use alvara_domain::product::{Algorithm, Module, Version, VersionRange, module_bits};
use proptest::prelude::*;

use crate::samples::{at, id};

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

// R-LIC-14
#[test]
fn versions_are_numbers_in_order() {
    let ordered = [
        "0.9",
        "1",
        "1.2",
        "1.2.1",
        "1.10.0-alpha",
        "1.10.0-rc1",
        "1.10",
        "2.0.0-beta",
        "2",
        "10.0",
    ];
    for pair in ordered.windows(2) {
        assert!(version(pair[0]) < version(pair[1]), "{pair:?}");
        assert!(
            version(pair[0]).sort_key() < version(pair[1]).sort_key(),
            "{pair:?} as text"
        );
    }
    assert_eq!(version("2.1").to_string(), "2.1.0");
    for bad in [
        "",
        "v1",
        "1.",
        ".1",
        "1..2",
        "1.2.3.4",
        "1.-2",
        "1.2-",
        "1.2- ",
        "1.2-é",
        "4294967296",
        "+1",
        "1,2",
    ] {
        assert!(bad.parse::<Version>().is_err(), "{bad}");
    }
}

// R-LIC-14
#[test]
fn a_range_has_both_its_ends_in_it() {
    let holds = |range: &str, number: &str| {
        range
            .parse::<VersionRange>()
            .unwrap()
            .contains(&version(number))
    };
    assert!(holds("*", "99.99"));
    assert!(holds("1.2-2.9", "1.2") && holds("1.2-2.9", "2.9.14") && holds("1.2-2.9", "2.9.0-rc1"));
    assert!(!holds("1.2-2.9", "1.1.9") && !holds("1.2-2.9", "2.10"));
    assert!(holds("2.0-", "3.0") && !holds("2.0-", "1.9"));
    assert!(holds("-2.0", "1.0") && !holds("-2.0", "2.1"));
    for bad in [
        "",
        "-",
        "1.0",
        "2.0-1.0",
        "a-b",
        "1.0-2.0-rc1",
        "1-2-3",
        "**",
    ] {
        assert!(bad.parse::<VersionRange>().is_err(), "{bad}");
    }
}

// R-LIC-01
#[test]
fn the_first_32_modules_are_bits() {
    let module = |position: i64| Module {
        tenant_id: id(1),
        product_id: id(2),
        id: id(3),
        code: format!("m{position}"),
        name: String::new(),
        position,
        price: Money::new(0, Currency::EUR),
        created_at: at("2026-01-01T00:00:00Z"),
        updated_at: at("2026-01-01T00:00:00Z"),
        version: 1,
    };
    let bits = |positions: &[i64]| {
        module_bits(
            &positions
                .iter()
                .map(|position| module(*position))
                .collect::<Vec<_>>(),
        )
    };
    assert_eq!(bits(&[]), 0);
    assert_eq!(bits(&[0, 8, 31]), 1 | 1 << 8 | 1 << 31);
    assert_eq!(
        bits(&[32, 63, -1]),
        0,
        "beyond the bits only the names count"
    );
}

// R-LIC-12
#[test]
fn algorithms_have_their_key_sizes() {
    assert!(
        Algorithm::Rs256.takes_bits(2048)
            && Algorithm::Ps256.takes_bits(4096)
            && Algorithm::EdDsa.takes_bits(256)
    );
    assert!(!Algorithm::Rs256.takes_bits(1024) && !Algorithm::EdDsa.takes_bits(2048));
}

proptest! {
    // R-LIC-14
    #[test]
    fn text_order_is_version_order(
        a in (any::<u32>(), any::<u32>(), any::<u32>(), "|[0-9A-Za-z.]{1,10}"),
        b in (any::<u32>(), 0u32..3, 0u32..3, "|[0-9A-Za-z.]{1,10}"),
        same in any::<bool>(),
    ) {
        let one = Version { major: a.0, minor: a.1, patch: a.2, tag: a.3 };
        let two = if same { Version { tag: b.3, ..one.clone() } } else { Version { major: b.0, minor: b.1, patch: b.2, tag: b.3 } };
        prop_assert_eq!(one.cmp(&two), one.sort_key().cmp(&two.sort_key()));
        prop_assert_eq!(one.to_string().parse::<Version>().unwrap(), one);
    }

    // R-LIC-14
    #[test]
    fn any_text_is_a_range_or_an_error(text in "[0-9.\\-*a]{0,12}") {
        if let Ok(range) = text.parse::<VersionRange>() {
            prop_assert_eq!(range.to_string().parse::<VersionRange>().unwrap(), range);
        }
    }
}
