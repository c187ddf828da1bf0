//! Use of a secret without seeing it.

use openssl::hash::MessageDigest;
use openssl::memcmp;
use openssl::pkey::PKey;
use openssl::sign::Signer;

use super::{Host, Stop};
use crate::manifest::Use;
use crate::services::ServiceFault;
use crate::v1::secrets::{self, Mac, SecretError};

/// What is signed or checked at once.
const LONGEST_DATA: usize = 1 << 20;

impl Host {
    /// The value of a secret that may be used so.
    fn secret(&self, name: &str, how: Use) -> Result<&[u8], SecretError> {
        if !self.powers.knows_secret(name) {
            return Err(SecretError::UnknownSecret);
        }
        if !self.powers.may_use(name, how) {
            return Err(SecretError::NotAllowed);
        }
        self.call
            .account
            .secrets
            .get(name)
            .ok_or(SecretError::UnknownSecret)
    }

    fn tag(
        &self,
        secret: &str,
        how: Use,
        algorithm: Mac,
        data: &[u8],
    ) -> wasmtime::Result<Result<Vec<u8>, SecretError>> {
        let key = match self.secret(secret, how) {
            Ok(key) => key,
            Err(problem) => return Ok(Err(problem)),
        };
        if data.len() > LONGEST_DATA || key.is_empty() {
            return Ok(Err(SecretError::BadInput));
        }
        let digest = match algorithm {
            Mac::HmacSha1 => MessageDigest::sha1(),
            Mac::HmacSha256 => MessageDigest::sha256(),
            Mac::HmacSha512 => MessageDigest::sha512(),
        };
        let tag = PKey::hmac(key)
            .and_then(|key| Signer::new(digest, &key)?.sign_oneshot_to_vec(data))
            .map_err(|error| Stop::Host(ServiceFault(format!("OpenSSL: {error}"))))?;
        Ok(Ok(tag))
    }
}

/// In constant time for texts of one length; the lengths are no secret.
fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && memcmp::eq(one, other)
}

impl secrets::Host for Host {
    async fn mac_sign(
        &mut self,
        secret: String,
        algorithm: Mac,
        data: Vec<u8>,
    ) -> wasmtime::Result<Result<Vec<u8>, SecretError>> {
        self.tag(&secret, Use::Sign, algorithm, &data)
    }

    async fn mac_verify(
        &mut self,
        secret: String,
        algorithm: Mac,
        data: Vec<u8>,
        tag: Vec<u8>,
    ) -> wasmtime::Result<Result<bool, SecretError>> {
        let expected = self.tag(&secret, Use::Verify, algorithm, &data)?;
        Ok(expected.map(|expected| same(&expected, &tag)))
    }

    async fn equals(
        &mut self,
        secret: String,
        candidate: Vec<u8>,
    ) -> wasmtime::Result<Result<bool, SecretError>> {
        Ok(self.secret(&secret, Use::Verify).map(|value| {
            // Digests, so that not even the length is told by the time.
            let digest = openssl::sha::sha256;
            memcmp::eq(&digest(value), &digest(&candidate))
        }))
    }

    async fn exists(&mut self, secret: String) -> wasmtime::Result<bool> {
        Ok(self.powers.knows_secret(&secret) && self.call.account.secrets.get(&secret).is_some())
    }
}
