use std::fmt;
use std::sync::Arc;

use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Public};
use openssl::rsa::Padding;
use openssl::sign::{RsaPssSaltlen, Verifier};
use serde_json::Value;

use crate::jwk::PublicJwk;
use crate::signing_key::check_kind;
use crate::{Algorithm, VaultError};

/// A public key ready to verify, bound to one algorithm.
///
/// The algorithm belongs to the key and never comes from the token, so a token cannot choose a
/// weaker check. Cheap to clone.
#[derive(Clone)]
pub struct VerifyingKey {
    inner: Arc<Inner>,
}

struct Inner {
    key: PKey<Public>,
    algorithm: Algorithm,
    jwk: PublicJwk,
    kid: String,
    pem: String,
}

impl VerifyingKey {
    /// Reads a `-----BEGIN PUBLIC KEY-----` PEM.
    ///
    /// # Errors
    /// When the text is no public key, or not one for `algorithm`, or of another size than we accept.
    pub fn from_pem(algorithm: Algorithm, pem: &[u8]) -> Result<Self, VaultError> {
        let key = PKey::public_key_from_pem(pem)
            .map_err(|_| VaultError::BadKey("not a public key in PEM"))?;
        Self::with(algorithm, key)
    }

    /// Reads a public JWK. Its `alg` is required and decides the algorithm; its `kid` is ignored,
    /// since ours is always the thumbprint.
    ///
    /// # Errors
    /// When a member is missing or the key is of a kind or size that we do not accept.
    pub fn from_jwk(jwk: &Value) -> Result<Self, VaultError> {
        let algorithm = jwk
            .get("alg")
            .and_then(Value::as_str)
            .ok_or(VaultError::BadKey("a JWK needs alg"))?
            .parse()?;
        Self::with(algorithm, PublicJwk::parse(jwk)?.to_key()?)
    }

    fn with(algorithm: Algorithm, key: PKey<Public>) -> Result<Self, VaultError> {
        check_kind(algorithm, &key)?;
        let jwk = PublicJwk::of(&key)?;
        let kid = jwk.thumbprint();
        let pem = String::from_utf8(key.public_key_to_pem()?)
            .map_err(|_| VaultError::BadKey("PEM is not text"))?;
        Ok(Self {
            inner: Arc::new(Inner {
                key,
                algorithm,
                jwk,
                kid,
                pem,
            }),
        })
    }

    /// The key id: RFC 7638 thumbprint, 43 characters.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.inner.kid
    }

    /// The one algorithm this key verifies.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.inner.algorithm
    }

    /// The key as PEM.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.inner.pem
    }

    /// The key as JWK with `kid`, `alg` and `use`.
    #[must_use]
    pub fn jwk(&self) -> Value {
        self.inner
            .jwk
            .to_json(&self.inner.kid, self.inner.algorithm.as_str())
    }

    /// Whether `signature` is this key's over `message`. A malformed signature is simply false.
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let check = || -> Result<bool, openssl::error::ErrorStack> {
            let key = &self.inner.key;
            let mut verifier = match self.inner.algorithm {
                Algorithm::EdDsa => Verifier::new_without_digest(key)?,
                Algorithm::Rs256 => Verifier::new(MessageDigest::sha256(), key)?,
                Algorithm::Ps256 => {
                    let mut verifier = Verifier::new(MessageDigest::sha256(), key)?;
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

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey")
            .field("kid", &self.kid())
            .field("algorithm", &self.algorithm())
            .finish()
    }
}
