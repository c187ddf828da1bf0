//! Whatever arrives as the payload of a revocation list: one list with one text, or an error.
#![no_main]

use alvara_domain::certificate::{Compact, Header, TokenType, assemble, signing_input_of};
use alvara_domain::product::Algorithm;
use alvara_domain::revocation::RevocationList;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|payload: &[u8]| {
    let header = Header {
        alg: Algorithm::Rs256,
        kid: "k".repeat(43),
        typ: TokenType::RevocationList,
    };
    let Ok(input) = signing_input_of(&header, payload) else {
        return;
    };
    let jws = assemble(input, &[0; 256]);
    if let Ok(compact) = Compact::parse(&jws)
        && let Ok(list) = RevocationList::read(&compact)
    {
        let text = list.payload().expect("what was read can be written");
        let again = assemble(signing_input_of(&header, &text).expect("a header"), &[0; 256]);
        let compact = Compact::parse(&again).expect("a JWS");
        assert_eq!(RevocationList::read(&compact), Ok(list));
    }
});
