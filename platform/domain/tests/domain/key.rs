use alvara_domain::key::{ActivationKey, KeyError, KeyPrefix, RenewalKey};
use proptest::prelude::*;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

fn acme() -> KeyPrefix {
    "ACME".parse().unwrap()
}

fn random() -> impl Strategy<Value = [u8; 15]> {
    proptest::array::uniform15(any::<u8>())
}

/// The 25 symbols with the one at `index` replaced by the one `shift` further in the alphabet.
fn mistyped(symbols: &str, index: usize, shift: usize) -> String {
    let mut bytes = symbols.as_bytes().to_vec();
    let value = ALPHABET
        .iter()
        .position(|symbol| *symbol == bytes[index])
        .unwrap();
    bytes[index] = ALPHABET[(value + shift) % 32];
    String::from_utf8(bytes).unwrap()
}

// R-LIC-03
#[test]
fn a_key_looks_as_the_contract_says() {
    let key = ActivationKey::generate(&acme(), &[0x5A; 15]);
    let shown = key.display();
    let groups: Vec<&str> = shown.split('-').collect();
    assert_eq!(groups.len(), 6);
    assert_eq!(groups[0], "ACME");
    assert!(groups[1..].iter().all(|group| group.len() == 5));
    assert_eq!(key.canonical(), groups[1..].concat());
    assert_eq!(key.hint(), groups[5]);
    assert!(RenewalKey::generate(&[1; 15]).display().starts_with("R-"));
}

// R-LIC-03
#[test]
fn a_key_shows_only_its_hint_in_debug() {
    let key = ActivationKey::generate(&acme(), &[0x42; 15]);
    let debug = format!("{key:?}");
    assert!(debug.contains(&key.hint()));
    assert!(!debug.contains(&key.canonical()[..20]));
}

// R-LIC-03: each of the 115 random bits shows in the key
#[test]
fn different_randomness_gives_different_keys() {
    let zero = ActivationKey::generate(&KeyPrefix::none(), &[0; 15]).canonical();
    for bit in 0..115 {
        let mut bytes = [0; 15];
        bytes[bit / 8] |= 0x80 >> (bit % 8);
        let key = ActivationKey::generate(&KeyPrefix::none(), &bytes).canonical();
        assert_ne!(key[..23], zero[..23], "bit {bit}");
    }
}

// R-LIC-07
#[test]
fn what_is_wrong_with_a_key_is_said() {
    let good = ActivationKey::generate(&acme(), &[0x5A; 15]).canonical();
    let grouped = |symbols: &str| {
        let groups: Vec<&str> = (0..symbols.len())
            .step_by(5)
            .map(|start| &symbols[start..symbols.len().min(start + 5)])
            .collect();
        groups.join("-")
    };
    let cases = [
        (String::new(), KeyError::Empty),
        ("  - - ".to_owned(), KeyError::Empty),
        (good[..24].to_owned(), KeyError::TooShort { found: 24 }),
        (
            format!("ACME-{}", grouped(&good[..24])),
            KeyError::TooShort { found: 24 },
        ),
        (
            format!("{}-X", grouped(&good)),
            KeyError::TooLong { found: 26 },
        ),
        (
            format!("ACME-{}X", grouped(&good)),
            KeyError::TooLong { found: 26 },
        ),
        (
            "A".repeat(1_000_000),
            KeyError::TooLong { found: 1_000_000 },
        ),
        (
            format!("{}U{}", &good[..3], &good[4..]),
            KeyError::BadSymbol {
                position: 4,
                symbol: 'U',
            },
        ),
        (
            format!("{}é{}", &good[..24], &good[25..]),
            KeyError::BadSymbol {
                position: 25,
                symbol: 'é',
            },
        ),
        (mistyped(&good, 7, 1), KeyError::CheckFailed),
    ];
    for (text, expected) in cases {
        let shown: String = text.chars().take(40).collect();
        assert_eq!(
            ActivationKey::parse(&text).unwrap_err(),
            expected,
            "{shown}"
        );
    }
}

// R-LIC-01
#[test]
fn a_prefix_is_short_and_never_that_of_renewal_keys() {
    for good in ["", "A", "ACME", "ACME2026"] {
        assert!(good.parse::<KeyPrefix>().is_ok(), "{good}");
    }
    for bad in ["R", "acme", "ACME20266", "AC-ME", "É"] {
        assert!(bad.parse::<KeyPrefix>().is_err(), "{bad}");
    }
}

proptest! {
    // R-LIC-03
    #[test]
    fn a_key_survives_sloppy_typing(bytes in random(), noise in proptest::collection::vec(0u8..8, 40), prefix in "|[A-Z0-9]{1,8}") {
        prop_assume!(prefix != "R");
        let key = ActivationKey::generate(&prefix.parse().unwrap(), &bytes);
        let exact = ActivationKey::parse(&key.display()).unwrap();
        prop_assert_eq!(&exact, &key);
        prop_assert_eq!(exact.display(), key.display());

        // The prefix keeps its letters; the symbols are typed as people do.
        let mut typed = String::from(" ");
        if !prefix.is_empty() {
            typed.push_str(&prefix.to_lowercase());
            typed.push('-');
        }
        for (symbol, noise) in key.canonical().chars().zip(noise.iter().cycle()) {
            let written = match (symbol, noise) {
                ('1', 0) => 'I',
                ('1', 1) => 'l',
                ('0', 0 | 1) => 'o',
                (other, 0..=4) => other.to_ascii_lowercase(),
                (other, _) => other,
            };
            typed.push(written);
            // With a prefix, stray hyphens come after its own.
            match noise {
                2 => typed.push(' '),
                3 => typed.push_str(" – "),
                _ => {}
            }
        }
        prop_assert_eq!(ActivationKey::parse(&typed).unwrap().canonical(), key.canonical());
        let bare = key.display().replace('-', "");
        prop_assert_eq!(ActivationKey::parse(&bare).unwrap(), key);
    }

    // R-LIC-03
    #[test]
    fn one_wrong_symbol_is_noticed(bytes in random(), index in 0usize..25, shift in 1usize..32) {
        let symbols = ActivationKey::generate(&KeyPrefix::none(), &bytes).canonical();
        prop_assert_eq!(ActivationKey::parse(&mistyped(&symbols, index, shift)).unwrap_err(), KeyError::CheckFailed);
    }

    // R-LIC-03
    #[test]
    fn two_wrong_symbols_are_noticed(
        bytes in random(), first in 0usize..25, apart in 1usize..25, one in 1usize..32, two in 1usize..32,
    ) {
        let symbols = ActivationKey::generate(&KeyPrefix::none(), &bytes).canonical();
        let wrong = mistyped(&mistyped(&symbols, first, one), (first + apart) % 25, two);
        prop_assert_eq!(ActivationKey::parse(&wrong).unwrap_err(), KeyError::CheckFailed);
    }

    // R-LIC-03
    #[test]
    fn two_swapped_symbols_are_noticed(bytes in random(), first in 0usize..25, apart in 1usize..25) {
        let symbols = RenewalKey::generate(&bytes).canonical();
        let mut swapped = symbols.clone().into_bytes();
        swapped.swap(first, (first + apart) % 25);
        let swapped = String::from_utf8(swapped).unwrap();
        prop_assume!(swapped != symbols);
        prop_assert_eq!(RenewalKey::parse(&swapped).unwrap_err(), KeyError::CheckFailed);
    }

    // R-LIC-03
    #[test]
    fn any_text_is_a_key_or_an_error(text in any::<String>()) {
        if let Ok(key) = ActivationKey::parse(&text) {
            prop_assert_eq!(ActivationKey::parse(&key.display()).unwrap(), key);
        }
    }

    // R-LIC-03: also texts that are nearly keys
    #[test]
    fn near_keys_are_keys_or_errors(text in "[0-9A-Za-z\\- –é]{0,60}") {
        if let Ok(key) = RenewalKey::parse(&text) {
            prop_assert_eq!(RenewalKey::parse(&key.display()).unwrap(), key);
        }
    }
}
