//! Whatever is carried here as a request, a response or a receipt: a document that survives being
//! written, or an error.
#![no_main]

use alvara_domain::armour::{Armoured, Label};
use alvara_domain::offline::{Document, Receipt, Request, Response};
use libfuzzer_sys::fuzz_target;

fn check<D: Document + PartialEq + std::fmt::Debug>(label: Label, body: &[u8]) {
    if let Ok(document) = D::read(&Armoured::new(label, body.to_vec()).write()) {
        let text = document.write().expect("what was read can be written");
        assert_eq!(D::read(&text), Ok(document));
    }
}

fuzz_target!(|body: &[u8]| {
    check::<Request>(Label::ActivationRequest, body);
    check::<Response>(Label::ActivationResponse, body);
    check::<Receipt>(Label::DeactivationReceipt, body);
});
