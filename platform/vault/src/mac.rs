use openssl::hash::MessageDigest;
use openssl::memcmp;
use openssl::pkey::PKey;
use openssl::sign::Signer;

use crate::{Secret, VaultError};

/// HMAC-SHA256 of a message under a secret that both sides hold: how a program without network
/// proves something by its machine token.
///
/// # Errors
/// Only when OpenSSL fails.
pub fn mac(secret: &Secret, message: &[u8]) -> Result<[u8; 32], VaultError> {
    let key = PKey::hmac(secret.expose().as_bytes())?;
    let mut signer = Signer::new(MessageDigest::sha256(), &key)?;
    let mut mac = [0; 32];
    signer.update(message)?;
    signer.sign(&mut mac)?;
    Ok(mac)
}

/// Whether `claimed` is the [`mac`] of the message. Takes the same time wherever the two differ, so
/// that nobody can find the right one byte by byte.
///
/// # Errors
/// Only when OpenSSL fails.
pub fn mac_holds(secret: &Secret, message: &[u8], claimed: &[u8]) -> Result<bool, VaultError> {
    let right = mac(secret, message)?;
    Ok(claimed.len() == right.len() && memcmp::eq(&right, claimed))
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    // R-LIC-06: the fourth test case of RFC 4231 has a key that is no text; this is the second.
    #[test]
    fn the_hash_is_the_one_of_the_rfc() {
        let jefe = Secret::new("Jefe".to_owned());
        let right = mac(&jefe, b"what do ya want for nothing?").unwrap();
        assert_eq!(
            HEXLOWER.encode(&right),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    // R-LIC-06
    #[test]
    fn one_bit_one_byte_and_another_secret_are_refused() {
        let secret = Secret::new("amt_secret".to_owned());
        let right = mac(&secret, b"text").unwrap();
        assert!(mac_holds(&secret, b"text", &right).unwrap());
        assert!(!mac_holds(&secret, b"texts", &right).unwrap());
        assert!(!mac_holds(&Secret::new("amt_other".to_owned()), b"text", &right).unwrap());
        assert!(!mac_holds(&secret, b"text", &right[..31]).unwrap());
        assert!(!mac_holds(&secret, b"text", &[]).unwrap());
        for bit in 0..256 {
            let mut wrong = right;
            wrong[bit / 8] ^= 1 << (bit % 8);
            assert!(!mac_holds(&secret, b"text", &wrong).unwrap());
        }
    }
}
