use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use openssl::hash::MessageDigest;
use openssl::pkey::{Id, PKey, PKeyRef, Private};
use openssl::rsa::{Padding, Rsa};
use openssl::sign::{RsaPssSaltlen, Signer};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::{Secret, VaultError, VerifyingKey};

/// The signature algorithms of computer keys, by their JOSE names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256: the default, which `openssl dgst` verifies by itself.
    Rs256,
    /// RSASSA-PSS with SHA-256 and a salt as long as the digest.
    Ps256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// The `alg` value of a JWS header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::EdDsa => "EdDSA",
        }
    }
}

impl FromStr for Algorithm {
    type Err = VaultError;

    fn from_str(text: &str) -> Result<Self, VaultError> {
        match text {
            "RS256" => Ok(Self::Rs256),
            "PS256" => Ok(Self::Ps256),
            "EdDSA" => Ok(Self::EdDsa),
            _ => Err(VaultError::BadKey("the algorithm is RS256, PS256 or EdDSA")),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The RSA moduli we make and accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RsaSize {
    /// 2048 bits: about 280 µs a signature, and short enough for a QR code.
    Bits2048,
    /// 3072 bits: about 2 ms a signature.
    Bits3072,
    /// 4096 bits: about 4.5 ms a signature.
    Bits4096,
}

impl RsaSize {
    const fn bits(self) -> u32 {
        match self {
            Self::Bits2048 => 2048,
            Self::Bits3072 => 3072,
            Self::Bits4096 => 4096,
        }
    }
}

/// Algorithm and size together, so that only sensible pairs exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeySpec {
    /// RSA with PKCS#1 v1.5 padding.
    Rs256(RsaSize),
    /// RSA with PSS padding.
    Ps256(RsaSize),
    /// Ed25519, which has one size.
    EdDsa,
}

impl KeySpec {
    /// Reads the pair as a product's row keeps it. For EdDSA `bits` is ignored.
    ///
    /// # Errors
    /// When the algorithm is unknown or the modulus is none of 2048, 3072 and 4096 bits.
    pub fn of(algorithm: Algorithm, bits: i64) -> Result<Self, VaultError> {
        let size = match bits {
            2048 => RsaSize::Bits2048,
            3072 => RsaSize::Bits3072,
            4096 => RsaSize::Bits4096,
            _ if algorithm == Algorithm::EdDsa => return Ok(Self::EdDsa),
            _ => return Err(VaultError::BadKey("an RSA key has 2048, 3072 or 4096 bits")),
        };
        Ok(match algorithm {
            Algorithm::Rs256 => Self::Rs256(size),
            Algorithm::Ps256 => Self::Ps256(size),
            Algorithm::EdDsa => Self::EdDsa,
        })
    }

    const fn algorithm(self) -> Algorithm {
        match self {
            Self::Rs256(_) => Algorithm::Rs256,
            Self::Ps256(_) => Algorithm::Ps256,
            Self::EdDsa => Algorithm::EdDsa,
        }
    }
}

/// A private key ready to sign.
///
/// Keep it: reading an RSA key from PEM costs more than a signature, and a fresh OpenSSL key also
/// recomputes its Montgomery and blinding values. Cloning is a reference count, and threads may
/// sign with clones at the same time without a lock of ours.
#[derive(Clone)]
pub struct SigningKey {
    inner: Arc<Inner>,
}

struct Inner {
    private: PKey<Private>,
    public: VerifyingKey,
}

impl SigningKey {
    /// Makes a new key. RSA takes from 0.2 s (2048) to over a second (4096): call it from a job
    /// or a blocking thread, never inside a transaction.
    ///
    /// # Errors
    /// Only when OpenSSL fails.
    pub fn generate(spec: KeySpec) -> Result<Self, VaultError> {
        let private = match spec {
            KeySpec::Rs256(size) | KeySpec::Ps256(size) => {
                PKey::from_rsa(Rsa::generate(size.bits())?)?
            }
            KeySpec::EdDsa => PKey::generate_ed25519()?,
        };
        Self::with(spec.algorithm(), private)
    }

    /// Reads an unencrypted PKCS#8 or PKCS#1 PEM.
    ///
    /// # Errors
    /// When the text is no private key, or not one for `algorithm`, or of another size than we accept.
    pub fn from_pem(algorithm: Algorithm, pem: &[u8]) -> Result<Self, VaultError> {
        let private = PKey::private_key_from_pem_callback(pem, |_| Ok(0))
            .map_err(|_| VaultError::BadKey("not an unencrypted private key in PEM"))?;
        Self::with(algorithm, private)
    }

    fn with(algorithm: Algorithm, private: PKey<Private>) -> Result<Self, VaultError> {
        check_kind(algorithm, &private)?;
        let public = VerifyingKey::from_pem(algorithm, &private.public_key_to_pem()?)?;
        Ok(Self {
            inner: Arc::new(Inner { private, public }),
        })
    }

    /// The private key as PKCS#8 PEM, for sealing. Nothing else should ever ask for it.
    ///
    /// # Errors
    /// Only when OpenSSL fails.
    pub fn private_pem(&self) -> Result<Secret, VaultError> {
        let pem = Zeroizing::new(self.inner.private.private_key_to_pem_pkcs8()?);
        let text = std::str::from_utf8(&pem).map_err(|_| VaultError::BadKey("PEM is not text"))?;
        Ok(Secret::new(text.to_owned()))
    }

    /// The public half.
    #[must_use]
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.inner.public
    }

    /// The key id: RFC 7638 thumbprint of the public key, 43 characters.
    #[must_use]
    pub fn kid(&self) -> &str {
        self.inner.public.kid()
    }

    /// The algorithm this key signs with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.inner.public.algorithm()
    }

    /// The public key as `-----BEGIN PUBLIC KEY-----`, for `openssl dgst -verify`.
    #[must_use]
    pub fn public_pem(&self) -> &str {
        self.inner.public.pem()
    }

    /// The public key as a JWK.
    #[must_use]
    pub fn jwk(&self) -> Value {
        self.inner.public.jwk()
    }

    /// Signs the bytes as the algorithm says.
    ///
    /// # Errors
    /// Only when OpenSSL fails.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, VaultError> {
        let private = &self.inner.private;
        let mut signer = match self.algorithm() {
            Algorithm::EdDsa => Signer::new_without_digest(private)?,
            Algorithm::Rs256 => Signer::new(MessageDigest::sha256(), private)?,
            Algorithm::Ps256 => {
                let mut signer = Signer::new(MessageDigest::sha256(), private)?;
                signer.set_rsa_padding(Padding::PKCS1_PSS)?;
                signer.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
                signer
            }
        };
        Ok(signer.sign_oneshot_to_vec(message)?)
    }

    /// Finishes a compact JWS: takes `header.payload` (both already base64url) and appends the
    /// signature over exactly these bytes.
    ///
    /// # Errors
    /// Only when OpenSSL fails.
    pub fn sign_compact(&self, signing_input: String) -> Result<String, VaultError> {
        let signature = self.sign(signing_input.as_bytes())?;
        let mut compact = signing_input;
        compact.push('.');
        BASE64URL_NOPAD.encode_append(&signature, &mut compact);
        Ok(compact)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid())
            .field("algorithm", &self.algorithm())
            .finish()
    }
}

pub(crate) fn check_kind<T>(algorithm: Algorithm, key: &PKeyRef<T>) -> Result<(), VaultError>
where
    T: openssl::pkey::HasPublic,
{
    match (algorithm, key.id()) {
        (Algorithm::EdDsa, Id::ED25519) => Ok(()),
        (Algorithm::Rs256 | Algorithm::Ps256, Id::RSA) => match key.bits() {
            2048 | 3072 | 4096 => Ok(()),
            _ => Err(VaultError::BadKey("an RSA key has 2048, 3072 or 4096 bits")),
        },
        _ => Err(VaultError::BadKey("the key is not of the algorithm's kind")),
    }
}
