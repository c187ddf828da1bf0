//! Ids for the provider, from the idempotency key: the same try again asks for the same object.

use sha2::{Digest as _, Sha256};

use crate::encode::hex;

/// SHA-256.
#[must_use]
pub fn sha256(data: &[u8]) -> [u8; 32] {
    Sha256::digest(data).into()
}

/// So many lower-case hex digits of the digest of a key, at most 64.
///
/// 32 make a PIX txid (26 to 35 letters and digits), 35 the id of a devolução, 25 what fits a
/// static BR code. 25 hex digits are 100 bits.
#[must_use]
pub fn derived(key: &str, digits: usize) -> String {
    let mut text = hex(&sha256(key.as_bytes()));
    text.truncate(digits);
    text
}

/// As [`derived`], for a second object of the same call.
#[must_use]
pub fn derived_for(key: &str, purpose: &str, digits: usize) -> String {
    derived(&format!("{key}|{purpose}"), digits)
}
