use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use crate::{Algorithm, SigningKey, VaultError, VerifyingKey};

const TYPE: &str = "at+jwt";
const LONGEST: usize = 4096;
/// How far another instance's clock may be ahead, in seconds.
const SKEW: i64 = 30;

/// Whom an access token stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// A member; `sub` is a `mem_…` id.
    Member,
    /// An API key; `sub` is a `key_…` id.
    ApiKey,
}

/// What an access token says (RFC 9068, plus tenant, kind and epoch). Times are seconds since
/// 1970. Roles and scopes are not in it: they are read at each request, so that a changed role or
/// a suspended node counts at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// The issuer's URL; also the audience, since the API that issues is the one that accepts.
    pub iss: String,
    /// Same as `iss`.
    pub aud: String,
    /// The member or API key.
    pub sub: String,
    /// Who asked for the token; for a password grant the member itself.
    pub client_id: String,
    /// The tenant.
    pub tid: String,
    /// Which kind of subject.
    pub kind: SubjectKind,
    /// The member's credentials epoch at issue; a later change of password ends the token.
    pub epoch: i64,
    /// Issued at.
    pub iat: i64,
    /// Good until, exclusive.
    pub exp: i64,
    /// Unique id of the token.
    pub jti: String,
}

#[derive(Serialize, Deserialize)]
struct Header<'a> {
    alg: &'a str,
    typ: &'a str,
    kid: &'a str,
}

/// Why a bearer token is not accepted. For logs and metrics; a caller is told only "401".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// Not a compact JWS with the header we write.
    #[error("malformed access token")]
    Malformed,
    /// The header names another algorithm than RS256, or another type than `at+jwt`.
    #[error("access token of another algorithm or type")]
    Foreign,
    /// The signature is not by the key named.
    #[error("forged access token")]
    Forged,
    /// Another issuer or audience.
    #[error("access token of another issuer")]
    Issuer,
    /// Past its end.
    #[error("expired access token")]
    Expired,
    /// Issued in the future.
    #[error("access token from the future")]
    NotYet,
}

/// Signs an access token. The key must be RS256, which every JWT library reads.
///
/// # Errors
/// When the key is of another algorithm or OpenSSL fails.
pub fn issue_access_token(key: &SigningKey, claims: &AccessClaims) -> Result<String, VaultError> {
    if key.algorithm() != Algorithm::Rs256 {
        return Err(VaultError::BadKey("access tokens are signed with RS256"));
    }
    let header = Header {
        alg: "RS256",
        typ: TYPE,
        kid: key.kid(),
    };
    let json = |_| VaultError::BadKey("claims are not JSON");
    let mut input = BASE64URL_NOPAD.encode(&serde_json::to_vec(&header).map_err(json)?);
    input.push('.');
    BASE64URL_NOPAD.encode_append(&serde_json::to_vec(claims).map_err(json)?, &mut input);
    key.sign_compact(input)
}

/// A token that has been taken apart but not believed: all one may ask of it is which key it
/// claims to be signed with.
#[derive(Debug)]
pub struct UnverifiedToken<'a> {
    kid: String,
    signing_input: &'a str,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl<'a> UnverifiedToken<'a> {
    /// Takes a compact JWS apart, accepting only the header that [`issue_access_token`] writes.
    ///
    /// # Errors
    /// [`TokenFault::Malformed`] or [`TokenFault::Foreign`].
    pub fn parse(token: &'a str) -> Result<Self, TokenFault> {
        if token.len() > LONGEST {
            return Err(TokenFault::Malformed);
        }
        let (signing_input, signature) = token.rsplit_once('.').ok_or(TokenFault::Malformed)?;
        let (header, payload) = signing_input.split_once('.').ok_or(TokenFault::Malformed)?;
        let decode = |part: &str| {
            BASE64URL_NOPAD
                .decode(part.as_bytes())
                .map_err(|_| TokenFault::Malformed)
        };
        let header = decode(header)?;
        let header: Header<'_> =
            serde_json::from_slice(&header).map_err(|_| TokenFault::Malformed)?;
        if header.alg != "RS256" || header.typ != TYPE {
            return Err(TokenFault::Foreign);
        }
        Ok(Self {
            kid: header.kid.to_owned(),
            signing_input,
            payload: decode(payload)?,
            signature: decode(signature)?,
        })
    }

    /// The key the token claims to be signed with; use it only to find the key.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Believes the token when the signature, issuer, audience and times hold. `now` is in
    /// seconds since 1970; `issuer` is who this server is.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn verify(
        self,
        key: &VerifyingKey,
        issuer: &str,
        now: i64,
    ) -> Result<AccessClaims, TokenFault> {
        if key.algorithm() != Algorithm::Rs256
            || key.kid() != self.kid
            || !key.verify(self.signing_input.as_bytes(), &self.signature)
        {
            return Err(TokenFault::Forged);
        }
        let claims: AccessClaims =
            serde_json::from_slice(&self.payload).map_err(|_| TokenFault::Malformed)?;
        if claims.iss != issuer || claims.aud != issuer {
            return Err(TokenFault::Issuer);
        }
        if claims.iat > now.saturating_add(SKEW) {
            return Err(TokenFault::NotYet);
        }
        if claims.exp <= now {
            return Err(TokenFault::Expired);
        }
        Ok(claims)
    }
}
