//! What the use cases of a running installation share.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};

use alvara_domain::node::Tenant;
use alvara_domain::time::UtcTime;
use alvara_gateway::{Gateway, GatewayConfig};
use alvara_render::Words;
use alvara_store::Db;
use alvara_tenants::Gate;
use alvara_vault::Vault;

use crate::keyring::KeyRing;
use crate::mail::MailConfig;
use crate::{AppError, AppResult};

/// Where the installation is reached from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicAddress {
    /// `http` or `https`.
    pub scheme: String,
    /// The installation's own host name; tenants live below it as `<slug>.<base domain>`.
    pub base_domain: String,
    /// The port, when it is not the scheme's own.
    pub port: Option<u16>,
}

impl PublicAddress {
    /// The URL of the installation itself, without a slash at its end.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.url_of(&self.base_domain)
    }

    /// The URL of a tenant: issuer (`iss`) of the computer keys it gives out.
    #[must_use]
    pub fn tenant_url(&self, tenant: &Tenant) -> String {
        self.url_of(&format!("{}.{}", tenant.slug, self.base_domain))
    }

    /// The URL of the pages that a tenant's customers come to: at the first of its host names that is
    /// not below the installation's own, for that names nobody else.
    #[must_use]
    pub fn pages_url<'a>(
        &self,
        tenant: &Tenant,
        hosts: impl IntoIterator<Item = &'a str>,
    ) -> String {
        let below = format!(".{}", self.base_domain);
        let mut own = hosts.into_iter().filter(|host| !host.ends_with(&below));
        own.next()
            .map_or_else(|| self.tenant_url(tenant), |host| self.url_of(host))
    }

    fn url_of(&self, host: &str) -> String {
        match self.port {
            Some(port) => format!("{}://{host}:{port}", self.scheme),
            None => format!("{}://{host}", self.scheme),
        }
    }
}

/// What an installation asks others for.
#[derive(Debug, Clone, Default)]
pub struct Outside {
    /// Where mails leave; `None` when no mail server is set.
    pub mail: Option<MailConfig>,
    /// Who is asked about names; `None` for the servers that the machine asks.
    pub dns: Option<SocketAddr>,
}

/// Database, gate, secrets and signing keys of one installation. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Platform(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    gate: Gate,
    keys: KeyRing,
    address: PublicAddress,
    gateway_config: GatewayConfig,
    gateway: OnceLock<Gateway>,
    outside: Outside,
    /// Until when the mail server is left alone, in microseconds since 1970.
    mail_rests: AtomicI64,
    words: OnceLock<Words>,
}

impl Platform {
    /// Puts the parts together.
    #[must_use]
    pub fn new(
        gate: Gate,
        keys: KeyRing,
        address: PublicAddress,
        gateway_config: GatewayConfig,
        outside: Outside,
    ) -> Self {
        Self(Arc::new(Parts {
            gate,
            keys,
            address,
            gateway_config,
            gateway: OnceLock::new(),
            outside,
            mail_rests: AtomicI64::new(i64::MIN),
            words: OnceLock::new(),
        }))
    }

    /// The host of payment plugins. It starts when it is first asked for: a command that calls none
    /// needs no engine.
    ///
    /// # Errors
    /// [`AppError::Inconsistent`] when it does not start with these settings.
    pub fn gateway(&self) -> AppResult<&Gateway> {
        if let Some(gateway) = self.0.gateway.get() {
            return Ok(gateway);
        }
        let started = Gateway::new(self.0.gateway_config.clone())
            .map_err(|error| AppError::Inconsistent(error.to_string()))?;
        // Of two that start at once the first stays; the other ends unused.
        Ok(self.0.gateway.get_or_init(|| started))
    }

    /// Where mails leave; `None` when no mail server is set.
    #[must_use]
    pub fn mail(&self) -> Option<&MailConfig> {
        self.0.outside.mail.as_ref()
    }

    /// Who is asked about names; `None` for the servers that the machine asks.
    pub(crate) fn dns(&self) -> Option<SocketAddr> {
        self.0.outside.dns
    }

    /// Whether the mail server is left alone at an instant: it let somebody wait in vain just before.
    pub(crate) fn mail_rests(&self, now: UtcTime) -> bool {
        now.micros() < self.0.mail_rests.load(Ordering::Relaxed)
    }

    /// Leaves the mail server alone until then.
    pub(crate) fn rest_mail(&self, until: UtcTime) {
        self.0.mail_rests.store(until.micros(), Ordering::Relaxed);
    }

    /// The texts of mails. They are read when the first mail is written.
    ///
    /// # Errors
    /// [`AppError::Inconsistent`] when a text of this build is broken.
    pub fn words(&self) -> AppResult<&Words> {
        if let Some(words) = self.0.words.get() {
            return Ok(words);
        }
        let read = Words::new().map_err(|error| AppError::Inconsistent(error.to_string()))?;
        // Of two that read at once the first stays.
        Ok(self.0.words.get_or_init(|| read))
    }

    /// The database.
    #[must_use]
    pub fn db(&self) -> &Db {
        self.0.gate.db()
    }

    /// Who turns credentials into scopes.
    #[must_use]
    pub fn gate(&self) -> &Gate {
        &self.0.gate
    }

    /// Secrets at rest.
    #[must_use]
    pub fn vault(&self) -> &Vault {
        self.0.gate.vault()
    }

    /// Signing keys of products.
    #[must_use]
    pub fn keys(&self) -> &KeyRing {
        &self.0.keys
    }

    /// Where it is reached.
    #[must_use]
    pub fn address(&self) -> &PublicAddress {
        &self.0.address
    }
}
