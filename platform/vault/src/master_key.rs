use std::fmt;

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER, HEXLOWER_PERMISSIVE};
use zeroize::Zeroizing;

use crate::{Secret, VaultError, random};

/// The 32 bytes from which every other key at rest is derived.
///
/// Whoever has it and a copy of the database can read every activation key and every private
/// signing key; whoever loses it loses them. It comes from a file, the environment or a command
/// of the operator, never from the database.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl MasterKey {
    /// A fresh key.
    ///
    /// # Errors
    /// When there is no randomness to be had.
    pub fn generate() -> Result<Self, VaultError> {
        Ok(Self(Zeroizing::new(random()?)))
    }

    /// Reads a key written as 64 hexadecimal digits or as base64 (44 characters, or 43 of the URL
    /// alphabet). Surrounding white space, as a text editor leaves it, is ignored.
    ///
    /// # Errors
    /// When the text is not 32 bytes in one of these forms.
    pub fn from_text(text: &str) -> Result<Self, VaultError> {
        let text = text.trim();
        let decoded = match text.len() {
            64 => HEXLOWER_PERMISSIVE.decode(text.as_bytes()),
            44 => BASE64.decode(text.as_bytes()),
            43 => BASE64URL_NOPAD.decode(text.as_bytes()),
            _ => return Err(VaultError::BadKey("a master key is 64 hexadecimal digits")),
        };
        let bytes = Zeroizing::new(
            decoded.map_err(|_| VaultError::BadKey("a master key is 64 hexadecimal digits"))?,
        );
        let mut key = Zeroizing::new([0u8; 32]);
        if bytes.len() != key.len() {
            return Err(VaultError::BadKey("a master key is 32 bytes"));
        }
        key.copy_from_slice(&bytes);
        Ok(Self(key))
    }

    /// The key as 64 hexadecimal digits, for writing the key file on first start.
    #[must_use]
    pub fn to_hex(&self) -> Secret {
        Secret::new(HEXLOWER.encode(&*self.0))
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::MasterKey;

    #[test]
    fn text_forms_read_back_the_same_key() {
        let hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
        let from_hex = MasterKey::from_text(&format!("{}\n", hex.to_uppercase())).unwrap();
        let from_base64 =
            MasterKey::from_text("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
        assert_eq!(from_hex.to_hex().expose(), hex);
        assert_eq!(from_base64.to_hex().expose(), hex);
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "abc", &"g".repeat(64), &"a".repeat(63), &"!".repeat(44)] {
            assert!(MasterKey::from_text(text).is_err(), "{text}");
        }
    }
}
