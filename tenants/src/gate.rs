//! The gate: the one place where a request becomes a scope.

mod authenticate;
mod authorize;
mod brand;
mod host;
mod paper;
mod password;
mod password_link;
mod payer;
mod program;
mod session;
mod sign_in;
mod tell;
mod token;
mod token_keys;
mod totp;

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use alvara_domain::node::Tenant;
use alvara_domain::time::UtcTime;
use alvara_store::Db;
use alvara_store::tenants;
use alvara_store::{Actor, Mint, Origin, PlatformScope};
use alvara_vault::{PasswordCost, Passwords, Vault};
use tokio::sync::Semaphore;

use crate::authz::Authorizer;
use crate::console::Console;
use crate::denied::GateError;
use crate::lock_out::Strangers;

pub use authenticate::{API_KEY_PREFIX, Credential};
pub use host::HostTenant;
pub use paper::Paper;
pub use password::{LONGEST_PASSWORD, SHORTEST_PASSWORD, is_acceptable_password};
pub use payer::Payer;
pub use program::ProgramAccess;
pub use session::{SessionGrant, SessionView};
pub use sign_in::SignIn;
pub use tell::tell_of_change;
pub use token::{TokenGrant, TokenRequest};
pub use totp::TotpEnrolment;

/// How the gate behaves. All lengths of time are in seconds.
#[derive(Debug, Clone)]
pub struct AccessConfig {
    /// The installation's own host name, without port. Below it each tenant has `<slug>.`.
    pub base_domain: String,
    /// Issuer and audience of access tokens: the public URL of the installation.
    pub issuer: String,
    /// What a password hash costs.
    pub password_cost: PasswordCost,
    /// How long an access token is good.
    pub access_token_seconds: i64,
    /// How long a refresh token is good, counted from its own issue.
    pub refresh_token_seconds: i64,
    /// A session ends after so long without a request.
    pub session_idle_seconds: i64,
    /// A session ends so long after sign-in in any case.
    pub session_longest_seconds: i64,
}

impl Default for AccessConfig {
    fn default() -> Self {
        Self {
            base_domain: "localhost".to_owned(),
            issuer: "http://localhost:8080".to_owned(),
            password_cost: PasswordCost::default(),
            access_token_seconds: 15 * 60,
            refresh_token_seconds: 30 * 24 * 3600,
            session_idle_seconds: 12 * 3600,
            session_longest_seconds: 14 * 24 * 3600,
        }
    }
}

/// Turns hosts and credentials into principals, and principals into scopes.
///
/// It keeps the mint of scopes to itself. Cheap to clone; clones are the same gate.
#[derive(Clone)]
pub struct Gate(Arc<Inner>);

struct Inner {
    db: Db,
    mint: Mint,
    vault: Vault,
    config: AccessConfig,
    authorizer: Authorizer,
    passwords: Passwords,
    hashing: Semaphore,
    strangers: Strangers,
    operator: RwLock<Option<Arc<Tenant>>>,
    token_keys: token_keys::Ring,
    brands: brand::Kept,
}

impl Gate {
    /// Takes the mint in. The [`Console`] that comes with it acts without anybody having signed in:
    /// give it to the command line and to the workers, never to a request.
    ///
    /// # Errors
    /// When the password cost is not one argon2 knows, or a rule file is broken.
    pub fn open(
        db: Db,
        mint: Mint,
        vault: Vault,
        config: AccessConfig,
    ) -> Result<(Self, Console), GateError> {
        // As many hashes at once as there are cores: each takes 19 MiB, and a flood of sign-ins
        // must wait in line rather than in memory.
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let gate = Self(Arc::new(Inner {
            passwords: Passwords::new(config.password_cost)?,
            authorizer: Authorizer::new()?,
            hashing: Semaphore::new(cores),
            strangers: Strangers::new(),
            operator: RwLock::new(None),
            token_keys: token_keys::Ring::new(),
            brands: brand::Kept::new(),
            db,
            mint,
            vault,
            config,
        }));
        Ok((gate.clone(), Console::new(gate)))
    }

    /// How it behaves.
    #[must_use]
    pub fn config(&self) -> &AccessConfig {
        &self.0.config
    }

    /// The database behind it.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.0.db
    }

    /// The vault it uses.
    #[must_use]
    pub fn vault(&self) -> &Vault {
        &self.0.vault
    }

    pub(crate) fn mint(&self) -> &Mint {
        &self.0.mint
    }

    fn now(&self) -> UtcTime {
        self.0.db.clock().now()
    }

    /// Leave to look across tenants, for the gate's own questions.
    pub(crate) fn insight(&self, origin: &Origin) -> PlatformScope {
        self.0.mint.platform(Actor::Platform, origin.clone())
    }

    /// The operator's own tenant; `None` before the first set-up. Kept once found: it is never
    /// replaced, and what may change of it (its state) is read where it matters.
    pub(crate) async fn operator(&self) -> Result<Option<Arc<Tenant>>, GateError> {
        if let Some(known) = &*self
            .0
            .operator
            .read()
            .unwrap_or_else(PoisonError::into_inner)
        {
            return Ok(Some(Arc::clone(known)));
        }
        let scope = self.insight(&Origin::default());
        let found = self
            .0
            .db
            .platform_read(&scope, tenants::find_operator)
            .await?
            .map(Arc::new);
        self.0
            .operator
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .clone_from(&found);
        Ok(found)
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gate")
    }
}
