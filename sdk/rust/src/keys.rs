//! The public keys of a product, and the tokens they vouch for.

use std::collections::BTreeMap;

use alvara_domain::certificate::{Compact, ComputerKeyClaims, LeaseClaims, TokenType};
use alvara_domain::product::Algorithm;
use alvara_domain::revocation::RevocationList;
use data_encoding::BASE64URL_NOPAD;
use openssl::bn::BigNum;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::{Id, PKey, Public};
use openssl::rsa::{Padding, Rsa};
use openssl::sha::sha256;
use openssl::sign::{RsaPssSaltlen, Verifier};
use serde_json::Value;

use crate::client::Misuse;

/// A text is not believed: no token, another's, or about something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotBelieved;

#[derive(Clone)]
struct PublicKey {
    key: PKey<Public>,
    algorithm: Algorithm,
}

/// The public keys of a product, by `kid`. Several, so that a rotation finds a program prepared.
#[derive(Clone)]
pub struct KeySet {
    keys: BTreeMap<String, PublicKey>,
}

impl KeySet {
    /// Reads a key set (JWKS) as the platform publishes it below `/.well-known/alvara/`.
    ///
    /// # Errors
    /// [`Misuse::PublicKey`] where it is none, or holds a key of a kind that no product has.
    pub fn from_jwks(text: &str) -> Result<Self, Misuse> {
        let said: Value = serde_json::from_str(text).map_err(|_| Misuse::PublicKey)?;
        let keys = said["keys"].as_array().ok_or(Misuse::PublicKey)?;
        Self::of(keys.iter().map(from_jwk))
    }

    /// Reads a `-----BEGIN PUBLIC KEY-----` PEM. An RSA key is taken for one of RS256; products of
    /// PS256 give their key set.
    ///
    /// # Errors
    /// [`Misuse::PublicKey`] where it is none.
    pub fn from_pem(pem: &str) -> Result<Self, Misuse> {
        let key = PKey::public_key_from_pem(pem.as_bytes()).map_err(|_| Misuse::PublicKey)?;
        let algorithm = match key.id() {
            Id::ED25519 => Algorithm::EdDsa,
            _ => Algorithm::Rs256,
        };
        Self::of([Ok(PublicKey { key, algorithm })].into_iter())
    }

    fn of(keys: impl Iterator<Item = Result<PublicKey, Misuse>>) -> Result<Self, Misuse> {
        let mut found = BTreeMap::new();
        for key in keys {
            let key = key?;
            let kid = thumbprint(&key).map_err(|_| Misuse::PublicKey)?;
            found.insert(kid.ok_or(Misuse::PublicKey)?, key);
        }
        if found.is_empty() {
            return Err(Misuse::PublicKey);
        }
        Ok(Self { keys: found })
    }

    fn verified<'a>(&self, text: &'a str) -> Result<Compact<'a>, NotBelieved> {
        let compact = Compact::parse(text).map_err(|_| NotBelieved)?;
        let key = self.keys.get(&compact.header.kid).ok_or(NotBelieved)?;
        let ours = key.algorithm == compact.header.alg
            && key.verifies(compact.signing_input.as_bytes(), &compact.signature);
        if ours { Ok(compact) } else { Err(NotBelieved) }
    }

    pub(crate) fn computer_key(&self, text: &str) -> Result<ComputerKeyClaims, NotBelieved> {
        let compact = self.verified(text)?;
        let claims = compact.claims(TokenType::ComputerKey);
        claims.map_err(|_| NotBelieved)
    }

    pub(crate) fn lease(&self, text: &str) -> Result<LeaseClaims, NotBelieved> {
        let compact = self.verified(text)?;
        compact.claims(TokenType::Lease).map_err(|_| NotBelieved)
    }

    pub(crate) fn revocations(&self, text: &str) -> Result<RevocationList, NotBelieved> {
        let compact = self.verified(text)?;
        RevocationList::read(&compact).map_err(|_| NotBelieved)
    }

    /// Whether a signature of an answer or a build is that of the key it names, or, where it names
    /// none, of any.
    pub(crate) fn vouches(&self, kid: Option<&str>, message: &[u8], signature: &[u8]) -> bool {
        match kid {
            Some(kid) => self
                .keys
                .get(kid)
                .is_some_and(|key| key.verifies(message, signature)),
            None => self
                .keys
                .values()
                .any(|key| key.verifies(message, signature)),
        }
    }
}

impl PublicKey {
    fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let check = || -> Result<bool, ErrorStack> {
            let mut verifier = match self.algorithm {
                Algorithm::EdDsa => Verifier::new_without_digest(&self.key)?,
                Algorithm::Rs256 => Verifier::new(MessageDigest::sha256(), &self.key)?,
                Algorithm::Ps256 => {
                    let mut verifier = Verifier::new(MessageDigest::sha256(), &self.key)?;
                    verifier.set_rsa_padding(Padding::PKCS1_PSS)?;
                    verifier.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
                    verifier
                }
            };
            verifier.verify_oneshot(signature, message)
        };
        check().unwrap_or(false)
    }
}

fn from_jwk(jwk: &Value) -> Result<PublicKey, Misuse> {
    let algorithm = jwk["alg"].as_str().and_then(|name| name.parse().ok());
    let algorithm: Algorithm = algorithm.ok_or(Misuse::PublicKey)?;
    let member = |name: &str| {
        let text = jwk[name].as_str().ok_or(Misuse::PublicKey)?;
        BASE64URL_NOPAD
            .decode(text.as_bytes())
            .map_err(|_| Misuse::PublicKey)
    };
    let made = match algorithm {
        Algorithm::EdDsa => PKey::public_key_from_raw_bytes(&member("x")?, Id::ED25519),
        Algorithm::Rs256 | Algorithm::Ps256 => rsa(&member("n")?, &member("e")?),
    };
    let key = made.map_err(|_| Misuse::PublicKey)?;
    Ok(PublicKey { key, algorithm })
}

fn rsa(n: &[u8], e: &[u8]) -> Result<PKey<Public>, ErrorStack> {
    let key = Rsa::from_public_components(BigNum::from_slice(n)?, BigNum::from_slice(e)?)?;
    PKey::from_rsa(key)
}

/// RFC 7638; `None` for a key of a kind or size that no product has.
fn thumbprint(key: &PublicKey) -> Result<Option<String>, ErrorStack> {
    let members = match (key.algorithm, key.key.id()) {
        (Algorithm::EdDsa, Id::ED25519) => {
            let x = BASE64URL_NOPAD.encode(&key.key.raw_public_key()?);
            format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)
        }
        (Algorithm::Rs256 | Algorithm::Ps256, Id::RSA)
            if matches!(key.key.bits(), 2048 | 3072 | 4096) =>
        {
            let rsa = key.key.rsa()?;
            let e = BASE64URL_NOPAD.encode(&rsa.e().to_vec());
            let n = BASE64URL_NOPAD.encode(&rsa.n().to_vec());
            format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#)
        }
        _ => return Ok(None),
    };
    Ok(Some(BASE64URL_NOPAD.encode(&sha256(members.as_bytes()))))
}
