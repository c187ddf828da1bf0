//! Ids, enums and money as text.

use std::str::FromStr;

use alvara_domain::event::EventKind;
use alvara_domain::id::{IdError, LicenseId, MachineId, Ulid};
use alvara_domain::license::LicenseState;
use alvara_domain::money::{Currency, Money, MoneyError};
use alvara_domain::verdict::Code;
use proptest::prelude::*;

// R-LIC-05
#[test]
fn an_id_says_what_it_names() {
    let id = LicenseId::from_ulid(Ulid::from_parts(1_790_000_000_000, 7));
    let text = id.to_string();
    assert_eq!(text.len(), 30);
    assert!(text.starts_with("lic_01"));
    assert_eq!(text.parse(), Ok(id));
    assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{text}\""));
    assert_eq!(
        MachineId::from_str(&text),
        Err(IdError::Prefix { expected: "mac" })
    );
    for bad in [
        text.to_lowercase(),
        text.replace("lic_", "lic-"),
        text.replace("lic_", ""),
        format!("{text}0"),
        text[..29].to_owned(),
        format!("lic_{}", "Z".repeat(26)),
        format!("lic_{}", "é".repeat(13)),
        String::new(),
    ] {
        assert!(bad.parse::<LicenseId>().is_err(), "{bad}");
    }
}

// R-LIC-07: codes and event names are part of the contract, each text once
#[test]
fn enum_texts_are_stable_and_unique() {
    for code in Code::ALL {
        assert_eq!(code.as_str().parse(), Ok(*code));
        assert!(
            code.as_str()
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte == b'_')
        );
    }
    for kind in EventKind::ALL {
        assert_eq!(kind.as_str().parse(), Ok(*kind));
        assert!(kind.as_str().contains('.') && kind.as_str().len() <= 60);
    }
    let error = "x".repeat(1000).parse::<LicenseState>().unwrap_err();
    assert_eq!(error.found.len(), 64);
    assert!(serde_json::from_str::<LicenseState>("\"ACTIVE\"").is_err());
    assert_eq!(
        serde_json::from_str::<LicenseState>("\"active\"").unwrap(),
        LicenseState::Active
    );
}

// R-LIC-01
#[test]
fn money_never_mixes_or_overflows() {
    let euro = Money::new(1990, Currency::EUR);
    assert_eq!(
        euro.checked_add(Money::new(10, Currency::EUR)),
        Ok(Money::new(2000, Currency::EUR))
    );
    assert_eq!(
        euro.checked_add(Money::new(1, Currency::BRL)),
        Err(MoneyError::Currency {
            left: Currency::EUR,
            right: Currency::BRL
        })
    );
    assert_eq!(
        Money::new(i64::MAX, Currency::EUR).checked_add(euro),
        Err(MoneyError::Overflow)
    );
    assert_eq!(
        Money::new(i64::MAX, Currency::EUR).checked_times(2),
        Err(MoneyError::Overflow)
    );
    assert_eq!(
        serde_json::to_string(&euro).unwrap(),
        r#"{"amount_minor":1990,"currency":"EUR"}"#
    );
    for bad in ["eur", "EURO", "XXX", "", "E R", "€"] {
        assert!(bad.parse::<Currency>().is_err(), "{bad}");
    }
    let decimals = |code: &str| code.parse::<Currency>().unwrap().decimals();
    assert_eq!(
        [decimals("BRL"), decimals("JPY"), decimals("KWD")],
        [2, 0, 3]
    );
}

proptest! {
    // R-LIC-05
    #[test]
    fn ids_survive_their_text_and_sort_alike(one in any::<u128>(), two in any::<u128>()) {
        let (one, two) = (LicenseId::from_ulid(Ulid(one)), LicenseId::from_ulid(Ulid(two)));
        prop_assert_eq!(one.to_string().parse(), Ok(one));
        prop_assert_eq!(one.cmp(&two), one.to_string().cmp(&two.to_string()));
    }

    // R-LIC-05
    #[test]
    fn any_text_is_an_id_or_an_error(text in "(lic_)?[0-9A-Za-zé]{0,30}") {
        if let Ok(id) = text.parse::<LicenseId>() {
            prop_assert_eq!(id.to_string(), text);
        }
    }
}
