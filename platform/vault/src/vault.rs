use std::fmt;
use std::sync::Arc;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use openssl::hash::MessageDigest;
use openssl::md::Md;
use openssl::pkey::{Id, PKey, Private};
use openssl::pkey_ctx::PkeyCtx;
use openssl::sha::sha256;
use openssl::sign::Signer;
use openssl::symm::{Cipher, decrypt_aead, encrypt_aead};
use zeroize::Zeroizing;

use crate::{MasterKey, Secret, VaultError, random};

const FORMAT: u8 = 1;
const NONCE: usize = 12;
const TAG: usize = 16;

/// What a sealed value is for. Each has its own key, so that a value sealed for one purpose
/// cannot be opened as another even when the row context is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Activation keys, which authorised roles may be shown again.
    ActivationKey,
    /// Renewal keys.
    RenewalKey,
    /// Private keys with which a product signs computer keys and leases.
    SigningKey,
    /// Private keys with which the platform signs access tokens.
    TokenKey,
    /// Seeds of one-time codes.
    Totp,
    /// Answers kept for `Idempotency-Key`, which may hold a secret shown once.
    Answer,
    /// Credentials of a tenant with a payment provider.
    PaymentSecret,
    /// Links by which somebody pays an order without signing in.
    PaymentLink,
    /// Links by which a member chooses a password.
    PasswordLink,
    /// Links by which who holds a receipt looks whether it is genuine.
    PaperLink,
}

impl Purpose {
    const ALL: [Self; 10] = [
        Self::ActivationKey,
        Self::RenewalKey,
        Self::SigningKey,
        Self::TokenKey,
        Self::Totp,
        Self::Answer,
        Self::PaymentSecret,
        Self::PaymentLink,
        Self::PasswordLink,
        Self::PaperLink,
    ];

    // The labels are part of the format at rest: changing one makes old rows unreadable.
    const fn label(self) -> &'static str {
        match self {
            Self::ActivationKey => "alvara/v1/seal/activation-key",
            Self::RenewalKey => "alvara/v1/seal/renewal-key",
            Self::SigningKey => "alvara/v1/seal/signing-key",
            Self::TokenKey => "alvara/v1/seal/token-key",
            Self::Totp => "alvara/v1/seal/totp",
            Self::Answer => "alvara/v1/seal/answer",
            Self::PaymentSecret => "alvara/v1/seal/payment-secret",
            Self::PaymentLink => "alvara/v1/seal/payment-link",
            Self::PasswordLink => "alvara/v1/seal/password-link",
            Self::PaperLink => "alvara/v1/seal/paper-link",
        }
    }
}

struct Keys {
    seal: [Zeroizing<[u8; 32]>; Purpose::ALL.len()],
    lookup: PKey<Private>,
    plugin_cache: Zeroizing<[u8; 32]>,
    host_proof: PKey<Private>,
}

/// Seals values for storage and computes keyed hashes for finding them again.
///
/// Cheap to clone; all clones share the derived keys.
#[derive(Clone)]
pub struct Vault(Arc<Keys>);

impl Vault {
    /// Derives the working keys (HKDF-SHA256, one for each purpose).
    ///
    /// # Errors
    /// When OpenSSL lacks HKDF, AES-256-GCM or HMAC, which no supported build does.
    pub fn new(master: &MasterKey) -> Result<Self, VaultError> {
        let mut seal: [Zeroizing<[u8; 32]>; Purpose::ALL.len()] =
            std::array::from_fn(|_| Zeroizing::new([0u8; 32]));
        for (key, purpose) in seal.iter_mut().zip(Purpose::ALL) {
            *key = derive(master, purpose.label())?;
        }
        let lookup = PKey::hmac(&*derive(master, "alvara/v1/lookup")?)?;
        let plugin_cache = derive(master, "alvara/v1/plugin-cache")?;
        let host_proof = PKey::hmac(&*derive(master, "alvara/v1/host-proof")?)?;
        Ok(Self(Arc::new(Keys {
            seal,
            lookup,
            plugin_cache,
            host_proof,
        })))
    }

    /// The key by which compiled plugins on disk are known as our own work.
    #[must_use]
    pub fn plugin_cache_key(&self) -> Zeroizing<[u8; 32]> {
        self.0.plugin_cache.clone()
    }

    /// Encrypts with AES-256-GCM. `context` names the row (for example `lic_01J…/key`) and is
    /// authenticated but not stored, so a sealed value copied to another row does not open there.
    ///
    /// The result is base64url text of `(29 + plain.len()) * 4 / 3` characters.
    ///
    /// # Errors
    /// Only when OpenSSL or its random source fails.
    pub fn seal(
        &self,
        purpose: Purpose,
        context: &str,
        plain: &[u8],
    ) -> Result<String, VaultError> {
        let nonce: [u8; NONCE] = random()?;
        let mut tag = [0u8; TAG];
        let key = &self.0.seal[purpose as usize];
        let sealed = encrypt_aead(
            Cipher::aes_256_gcm(),
            &**key,
            Some(&nonce),
            context.as_bytes(),
            plain,
            &mut tag,
        )?;
        let mut out = Vec::with_capacity(1 + NONCE + sealed.len() + TAG);
        out.push(FORMAT);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        out.extend_from_slice(&tag);
        Ok(BASE64URL_NOPAD.encode(&out))
    }

    /// Opens what [`Vault::seal`] made for the same purpose and context.
    ///
    /// # Errors
    /// [`VaultError::Unsealable`], without saying which of purpose, context, key or text is wrong.
    pub fn open(
        &self,
        purpose: Purpose,
        context: &str,
        sealed: &str,
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let bytes = BASE64URL_NOPAD
            .decode(sealed.as_bytes())
            .map_err(|_| VaultError::Unsealable)?;
        let body = match bytes.split_first() {
            Some((&FORMAT, body)) if body.len() >= NONCE + TAG => body,
            _ => return Err(VaultError::Unsealable),
        };
        let (nonce, rest) = body.split_at(NONCE);
        let (cipher_text, tag) = rest.split_at(rest.len() - TAG);
        let key = &self.0.seal[purpose as usize];
        decrypt_aead(
            Cipher::aes_256_gcm(),
            &**key,
            Some(nonce),
            context.as_bytes(),
            cipher_text,
            tag,
        )
        .map(Zeroizing::new)
        .map_err(|_| VaultError::Unsealable)
    }

    /// [`Vault::open`] for values that are text.
    ///
    /// # Errors
    /// As [`Vault::open`], and when the plain value is not UTF-8.
    pub fn open_text(
        &self,
        purpose: Purpose,
        context: &str,
        sealed: &str,
    ) -> Result<Secret, VaultError> {
        let plain = self.open(purpose, context, sealed)?;
        let text = std::str::from_utf8(&plain).map_err(|_| VaultError::Unsealable)?;
        Ok(Secret::new(text.to_owned()))
    }

    /// The keyed hash (HMAC-SHA256, 64 hexadecimal digits) under which an activation or renewal
    /// key is found. `canonical` is the domain's canonical form: the 25 symbols without prefix or
    /// hyphens. Keyed, because 10 000 keys of one batch in a stolen database must not be
    /// searchable offline.
    ///
    /// # Errors
    /// Only when OpenSSL fails.
    pub fn lookup(&self, canonical: &str) -> Result<String, VaultError> {
        hmac(&self.0.lookup, canonical)
    }

    /// What a tenant writes into the DNS of a host name to show that the name is its own: 64
    /// hexadecimal digits (HMAC-SHA256) that nobody else's name has, nor this name for anybody else.
    /// It is computed and never stored, so the same is asked for as long as the master key is the same.
    ///
    /// # Errors
    /// Only when OpenSSL fails.
    pub fn host_proof(&self, tenant: &str, host: &str) -> Result<String, VaultError> {
        // No id and no host name holds a space.
        hmac(&self.0.host_proof, &format!("{tenant} {host}"))
    }
}

fn hmac(key: &PKey<Private>, text: &str) -> Result<String, VaultError> {
    let mut signer = Signer::new(MessageDigest::sha256(), key)?;
    let mut mac = [0u8; 32];
    signer.update(text.as_bytes())?;
    signer.sign(&mut mac)?;
    Ok(HEXLOWER.encode(&mac))
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(…)")
    }
}

/// SHA-256 of a bearer secret as 64 hexadecimal digits: what the database keeps of session
/// secrets, API keys, refresh and machine tokens. Unkeyed, because [`new_secret`] puts 256 random
/// bits in each; never use it for anything a person chose.
#[must_use]
pub fn token_hash(secret: &str) -> String {
    HEXLOWER.encode(&sha256(secret.as_bytes()))
}

/// A new bearer secret: the prefix (which tells a person and a secret scanner what it is)
/// followed by 256 random bits in base64url.
///
/// # Errors
/// When there is no randomness to be had.
pub fn new_secret(prefix: &str) -> Result<Secret, VaultError> {
    let bytes = Zeroizing::new(random::<32>()?);
    let mut text = String::with_capacity(prefix.len() + 43);
    text.push_str(prefix);
    BASE64URL_NOPAD.encode_append(&*bytes, &mut text);
    Ok(Secret::new(text))
}

fn derive(master: &MasterKey, label: &str) -> Result<Zeroizing<[u8; 32]>, VaultError> {
    let mut out = Zeroizing::new([0u8; 32]);
    let mut context = PkeyCtx::new_id(Id::HKDF)?;
    context.derive_init()?;
    context.set_hkdf_md(Md::sha256())?;
    context.set_hkdf_salt(b"alvara")?;
    context.set_hkdf_key(master.bytes())?;
    context.add_hkdf_info(label.as_bytes())?;
    context.derive(Some(&mut *out))?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Purpose, Vault, new_secret, token_hash};
    use crate::{MasterKey, VaultError};

    fn vault() -> Vault {
        let hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
        Vault::new(&MasterKey::from_text(hex).unwrap()).unwrap()
    }

    #[test]
    fn sealed_values_open_only_in_their_place() {
        // R-LIC-12
        let vault = vault();
        let sealed = vault
            .seal(Purpose::ActivationKey, "lic_1/key", b"7K3QX")
            .unwrap();
        assert_eq!(
            &**vault
                .open(Purpose::ActivationKey, "lic_1/key", &sealed)
                .unwrap(),
            b"7K3QX"
        );
        assert!(matches!(
            vault.open(Purpose::ActivationKey, "lic_2/key", &sealed),
            Err(VaultError::Unsealable)
        ));
        assert!(matches!(
            vault.open(Purpose::RenewalKey, "lic_1/key", &sealed),
            Err(VaultError::Unsealable)
        ));
        let other = Vault::new(&MasterKey::generate().unwrap()).unwrap();
        assert!(matches!(
            other.open(Purpose::ActivationKey, "lic_1/key", &sealed),
            Err(VaultError::Unsealable)
        ));
    }

    #[test]
    fn two_sealings_of_one_value_differ() {
        let vault = vault();
        let first = vault.seal(Purpose::Totp, "mem_1", b"seed").unwrap();
        assert_ne!(first, vault.seal(Purpose::Totp, "mem_1", b"seed").unwrap());
    }

    #[test]
    fn every_purpose_has_its_own_key() {
        let vault = vault();
        for purpose in Purpose::ALL {
            let sealed = vault.seal(purpose, "row", b"value").unwrap();
            for other in Purpose::ALL {
                assert_eq!(
                    vault.open(other, "row", &sealed).is_ok(),
                    other == purpose,
                    "{purpose:?} as {other:?}"
                );
            }
        }
    }

    #[test]
    fn derivation_is_pinned() {
        // A change of this value means that databases written before can no longer be read.
        let expected = vault().lookup("7K3QX7K3QX7K3QX7K3QX7K3QX").unwrap();
        assert_eq!(expected.len(), 64);
        assert_eq!(expected, PINNED_LOOKUP);
    }

    // HKDF-SHA256 and HMAC-SHA256 computed independently with Python's hmac module.
    const PINNED_LOOKUP: &str = "f28e6b35760647e691166acfa41c4381344a4b40748321ca352a956a554796dc";

    #[test]
    fn secrets_are_long_and_distinct() {
        let first = new_secret("alv_").unwrap();
        let second = new_secret("alv_").unwrap();
        assert!(first.expose().starts_with("alv_"));
        assert_eq!(first.expose().len(), 47);
        assert_ne!(first.expose(), second.expose());
        assert_eq!(
            token_hash("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    proptest! {
        #[test]
        fn any_flipped_bit_is_noticed(plain in proptest::collection::vec(any::<u8>(), 0..80), at in any::<prop::sample::Index>(), bit in 0u8..8) {
            let vault = vault();
            let sealed = vault.seal(Purpose::Answer, "row", &plain).unwrap();
            prop_assert_eq!(&**vault.open(Purpose::Answer, "row", &sealed).unwrap(), &plain[..]);
            let mut bytes = data_encoding::BASE64URL_NOPAD.decode(sealed.as_bytes()).unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            let tampered = data_encoding::BASE64URL_NOPAD.encode(&bytes);
            prop_assert!(vault.open(Purpose::Answer, "row", &tampered).is_err());
        }

        #[test]
        fn opening_garbage_never_panics(text in ".{0,60}") {
            prop_assert!(vault().open(Purpose::Answer, "row", &text).is_err());
        }
    }
}
