//! A payment account as one call sees it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use alvara_domain::payment::Environment;
use alvara_domain::payment::ask::{CallContext, Pair};
use alvara_domain::time::{UtcTime, ZoneName};
use zeroize::Zeroizing;

use crate::grants::Grants;
use crate::services::{Place, Services};

/// Everything of one payment account that a call may need. Debug shows no secret.
#[derive(Debug, Clone)]
pub struct Account {
    /// The tenant's id. What a plugin keeps is kept apart by it.
    pub tenant: String,
    /// The payment account's id.
    pub account: String,
    /// Whether real money moves.
    pub environment: Environment,
    /// Settings that the plugin's `validate_config` accepted; no secrets.
    pub config: Vec<Pair>,
    /// What the operator allows the plugin.
    pub grants: Grants,
    /// The credentials, by the manifest's names.
    pub secrets: Secrets,
    /// Certificates to present to the provider, by the manifest's names.
    pub certs: BTreeMap<String, ClientCertificate>,
    /// The account's own time zone.
    pub time_zone: ZoneName,
}

/// Secrets by name. They are wiped from memory when dropped, and Debug prints names only.
#[derive(Clone, Default)]
pub struct Secrets(BTreeMap<String, Zeroizing<Vec<u8>>>);

impl Secrets {
    /// No secrets.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one, or puts it in the place of an older one.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) {
        self.0.insert(name.into(), Zeroizing::new(value.into()));
    }

    /// The value under a name.
    pub(crate) fn get(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name).map(|value| value.as_slice())
    }

    /// Every value, for the blotter.
    pub(crate) fn values(&self) -> impl Iterator<Item = &[u8]> {
        self.0.values().map(|value| value.as_slice())
    }
}

impl<K: Into<String>, V: Into<Vec<u8>>> FromIterator<(K, V)> for Secrets {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut secrets = Self::new();
        for (name, value) in pairs {
            secrets.insert(name, value);
        }
        secrets
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A client certificate with its key, both PEM. Debug shows neither.
#[derive(Clone)]
pub struct ClientCertificate {
    /// The certificate first, then what leads to the provider's root.
    pub chain_pem: Vec<u8>,
    /// The private key.
    pub key_pem: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientCertificate")
    }
}

/// One call: for whom, under which key, when, and what serves it.
#[derive(Clone)]
pub struct Call {
    /// The account it is for.
    pub account: Arc<Account>,
    /// What the host keeps and notes with.
    pub services: Arc<dyn Services>,
    /// The same for all tries of one attempt.
    pub idempotency_key: String,
    /// 1 for the first try.
    pub attempt: u32,
    /// The time of the call. The guest's clock starts here.
    pub now: UtcTime,
}

impl Call {
    /// What the guest is told of it.
    #[must_use]
    pub fn context(&self) -> CallContext {
        CallContext {
            idempotency_key: self.idempotency_key.clone(),
            attempt: self.attempt,
            environment: self.account.environment,
            now: self.now,
            config: self.account.config.clone(),
        }
    }

    pub(crate) fn place(&self, plugin: &str) -> Place {
        Place {
            tenant: self.account.tenant.clone(),
            account: self.account.account.clone(),
            plugin: plugin.to_owned(),
        }
    }
}
