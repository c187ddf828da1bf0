use data_encoding::BASE64URL_NOPAD;
use openssl::bn::BigNum;
use openssl::pkey::{Id, PKey, PKeyRef, Public};
use openssl::rsa::Rsa;
use openssl::sha::sha256;
use serde_json::{Value, json};

use crate::VaultError;

/// The members of a public JWK that identify the key.
pub(crate) enum PublicJwk {
    Rsa { n: String, e: String },
    Ed25519 { x: String },
}

impl PublicJwk {
    pub(crate) fn of(key: &PKeyRef<Public>) -> Result<Self, VaultError> {
        match key.id() {
            Id::RSA => {
                let rsa = key.rsa()?;
                Ok(Self::Rsa {
                    n: BASE64URL_NOPAD.encode(&rsa.n().to_vec()),
                    e: BASE64URL_NOPAD.encode(&rsa.e().to_vec()),
                })
            }
            Id::ED25519 => Ok(Self::Ed25519 {
                x: BASE64URL_NOPAD.encode(&key.raw_public_key()?),
            }),
            _ => Err(VaultError::BadKey("neither RSA nor Ed25519")),
        }
    }

    pub(crate) fn parse(jwk: &Value) -> Result<Self, VaultError> {
        let member = |name: &str| jwk.get(name).and_then(Value::as_str).map(str::to_owned);
        match (member("kty").as_deref(), member("crv").as_deref()) {
            (Some("RSA"), _) => match (member("n"), member("e")) {
                (Some(n), Some(e)) => Ok(Self::Rsa { n, e }),
                _ => Err(VaultError::BadKey("an RSA JWK has n and e")),
            },
            (Some("OKP"), Some("Ed25519")) => match member("x") {
                Some(x) => Ok(Self::Ed25519 { x }),
                None => Err(VaultError::BadKey("an OKP JWK has x")),
            },
            _ => Err(VaultError::BadKey("a JWK of another kind")),
        }
    }

    pub(crate) fn to_key(&self) -> Result<PKey<Public>, VaultError> {
        let decode = |text: &str| {
            BASE64URL_NOPAD
                .decode(text.as_bytes())
                .map_err(|_| VaultError::BadKey("a JWK member is not base64url"))
        };
        match self {
            Self::Rsa { n, e } => {
                let n = BigNum::from_slice(&decode(n)?)?;
                let e = BigNum::from_slice(&decode(e)?)?;
                Ok(PKey::from_rsa(Rsa::from_public_components(n, e)?)?)
            }
            Self::Ed25519 { x } => PKey::public_key_from_raw_bytes(&decode(x)?, Id::ED25519)
                .map_err(|_| VaultError::BadKey("x is not an Ed25519 key")),
        }
    }

    /// RFC 7638: SHA-256 over the required members in lexicographic order without white space.
    /// The values are base64url, so writing them by hand needs no escaping.
    pub(crate) fn thumbprint(&self) -> String {
        let canonical = match self {
            Self::Rsa { n, e } => format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#),
            Self::Ed25519 { x } => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#),
        };
        BASE64URL_NOPAD.encode(&sha256(canonical.as_bytes()))
    }

    pub(crate) fn to_json(&self, kid: &str, alg: &str) -> Value {
        match self {
            Self::Rsa { n, e } => {
                json!({"kty": "RSA", "n": n, "e": e, "kid": kid, "alg": alg, "use": "sig"})
            }
            Self::Ed25519 { x } => {
                json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "alg": alg, "use": "sig"})
            }
        }
    }
}
