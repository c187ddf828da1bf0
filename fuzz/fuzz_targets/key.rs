//! Whatever is typed: a key that survives its own display, or an error.
#![no_main]

use alvara_domain::key::{ActivationKey, RenewalKey};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(key) = ActivationKey::parse(text) {
        let again = ActivationKey::parse(&key.display());
        assert_eq!(again.as_ref(), Ok(&key));
        let renewal = RenewalKey::parse(&key.canonical());
        assert_eq!(
            renewal.map(|renewal| renewal.canonical()),
            Ok(key.canonical())
        );
    }
});
