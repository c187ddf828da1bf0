//! Whatever arrives as a computer key or lease: what was signed and its parts, or an error.
#![no_main]

use alvara_domain::certificate::{Compact, ComputerKeyClaims, LeaseClaims, TokenType, assemble};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(compact) = Compact::parse(text) {
        // One text has one reading: written again it is the same text.
        assert_eq!(
            assemble(compact.signing_input.to_owned(), &compact.signature),
            text
        );
        match compact.header.typ {
            TokenType::ComputerKey => {
                drop(compact.claims::<ComputerKeyClaims>(TokenType::ComputerKey))
            }
            TokenType::Lease => drop(compact.claims::<LeaseClaims>(TokenType::Lease)),
            TokenType::RevocationList => {}
        }
    }
});
