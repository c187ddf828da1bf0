use openssl::error::ErrorStack;

/// Why a secret could not be made, opened or used. No variant carries secret material.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// OpenSSL refused; on a healthy machine this means memory or the random source is exhausted.
    #[error("the cryptographic library failed")]
    Crypto(#[from] ErrorStack),
    /// The sealed value is damaged, was sealed under another master key, or belongs to another row.
    #[error("a sealed value cannot be opened in this place")]
    Unsealable,
    /// Text that should be a key is not one, or not one of a kind and size we accept.
    #[error("not a usable key: {0}")]
    BadKey(&'static str),
    /// The password could not be hashed with the configured cost.
    #[error("the password could not be hashed")]
    Password,
}
