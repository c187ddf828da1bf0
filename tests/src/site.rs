//! Where a platform is reached, whoever runs it, and those who come to it.

use std::time::Duration;

use alvara_store::Clock;
use reqwest::redirect::Policy;
use reqwest::{Client, Method};

use crate::actor::Actor;
use crate::http::Ask;

/// The host name of the installation itself.
pub const SHARED_HOST: &str = "localhost";
/// The address of the operator's superadmin.
pub const OPERATOR: &str = "opal@operator.test";

/// A platform, seen from outside.
#[derive(Clone)]
pub struct Site {
    client: Client,
    base: String,
    pub(crate) clock: Clock,
}

impl Site {
    /// The platform at a URL; `clock` is the one it lives by.
    ///
    /// # Panics
    /// When no HTTP client can be made.
    #[must_use]
    pub fn new(base: &str, clock: Clock) -> Self {
        let client = Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .pool_max_idle_per_host(64)
            .timeout(Duration::from_secs(60));
        Self {
            client: client.build().expect("a client"),
            base: base.to_owned(),
            clock,
        }
    }

    /// Its URL, by address and port.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base
    }

    /// The operator's superadmin, at the shared host.
    #[must_use]
    pub fn operator(&self) -> Actor {
        Actor::member(self, SHARED_HOST, OPERATOR, "")
    }

    /// Somebody without any credential, at a host.
    #[must_use]
    pub fn nobody(&self, host: &str) -> Actor {
        Actor::nobody(self, host)
    }

    /// Somebody who bears a secret, at a host.
    #[must_use]
    pub fn bearing(&self, host: &str, secret: &str) -> Actor {
        Actor::bearing(self, host, secret)
    }

    pub(crate) fn ask(&self, method: Method, host: &str, path: &str) -> Ask {
        Ask::new(&self.client, method, &self.base, host, path)
    }
}
