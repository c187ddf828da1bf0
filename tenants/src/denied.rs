//! How the gate says no.

use alvara_domain::time::UtcTime;
use alvara_store::StoreError;
use alvara_vault::VaultError;

use crate::authz::RulesError;

/// The gate could not do its work; nobody was let in.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key or a random number.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The rules of a role.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// A row that says what no row can say: an unknown role, a profile that is no list of rules.
    #[error("{0}")]
    Corrupt(&'static str),
    /// The thread that hashes passwords is gone: the process is ending.
    #[error("the process is ending")]
    Ending,
}

/// Why a request does not get its scope.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    /// No credential, or none that counts here: 401. It does not say which.
    #[error("not signed in")]
    Unauthenticated,
    /// Known, but not allowed: 403.
    #[error("not allowed")]
    Forbidden,
    /// It could not be found out: 503 or 500.
    #[error(transparent)]
    Failed(#[from] GateError),
}

/// Why somebody is not signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInRefused {
    /// Wrong address or password, or a suspended member, place or tenant. It does not say which.
    #[error("the address or the password is wrong")]
    Credentials,
    /// Too many wrong passwords. Addresses that nobody has are locked out just so.
    #[error("too many attempts; try again later")]
    Locked {
        /// When the next attempt counts.
        until: UtcTime,
    },
    /// The password is right and a one-time code is needed as well.
    #[error("a one-time code is needed")]
    CodeRequired,
    /// The password is right, the one-time code is not, or it was used before.
    #[error("the one-time code is wrong or was used")]
    CodeWrong,
    /// It could not be found out.
    #[error(transparent)]
    Failed(#[from] GateError),
}

/// Why the token endpoint gives no token (RFC 6749 §5.2).
#[derive(Debug, thiserror::Error)]
pub enum TokenRefused {
    /// `invalid_grant`: the password or the refresh token does not count.
    #[error("the grant is not valid")]
    InvalidGrant,
    /// `invalid_client`: the API key does not count.
    #[error("the client is not valid")]
    InvalidClient,
    /// `invalid_grant`, with a `Retry-After`.
    #[error("too many attempts; try again later")]
    Locked {
        /// When the next attempt counts.
        until: UtcTime,
    },
    /// `invalid_grant`: the password is right and a one-time code is needed as well.
    #[error("a one-time code is needed")]
    CodeRequired,
    /// It could not be found out.
    #[error(transparent)]
    Failed(#[from] GateError),
}

impl From<StoreError> for Denied {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<StoreError> for SignInRefused {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<StoreError> for TokenRefused {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<SignInRefused> for TokenRefused {
    fn from(refused: SignInRefused) -> Self {
        match refused {
            SignInRefused::Credentials | SignInRefused::CodeWrong => Self::InvalidGrant,
            SignInRefused::Locked { until } => Self::Locked { until },
            SignInRefused::CodeRequired => Self::CodeRequired,
            SignInRefused::Failed(error) => Self::Failed(error),
        }
    }
}
