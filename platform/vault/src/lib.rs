//! Secrets: the only crate that holds private keys, passwords and the master key.
//!
//! It owns the [`Vault`] (sealing of values at rest, keyed lookup of activation keys, hashing of
//! bearer secrets), [`SigningKey`] and [`VerifyingKey`] (JWS signatures through OpenSSL), password
//! hashing, one-time codes, access tokens, keyed hashes and randomness.
//!
//! **Deliberately absent**: no database, no clock (callers say what time it is), no async, no
//! parsing of licence certificates (`alvara-domain` reads and writes those; this crate signs and
//! checks the bytes it is given), no caching of keys by product (the keyring in `alvara-app` does
//! that), and no rotation of the master key, which needs a pass over every sealed row and so
//! belongs to a tool that can see them. There is no way to print a secret: the types that hold
//! one have a redacted `Debug` and no `Display`.

mod access_token;
mod error;
mod jwk;
mod mac;
mod master_key;
mod password;
mod random;
mod secret;
mod signing_key;
mod totp;
mod vault;
mod verifying_key;

pub use access_token::{
    AccessClaims, SubjectKind, TokenFault, UnverifiedToken, issue_access_token,
};
pub use error::VaultError;
pub use mac::{mac, mac_holds};
pub use master_key::MasterKey;
pub use password::{PasswordCost, Passwords};
pub use random::random;
pub use secret::Secret;
pub use signing_key::{Algorithm, KeySpec, RsaSize, SigningKey};
pub use totp::{STEP_SECONDS, TotpSecret};
pub use vault::{Purpose, Vault, new_secret, token_hash};
pub use verifying_key::VerifyingKey;
