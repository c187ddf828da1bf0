//! The way out: https to granted hosts, and nothing else.

pub(crate) mod address;
pub(crate) mod exchange;
pub(crate) mod oauth;
pub(crate) mod target;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use openssl::error::ErrorStack;
use openssl::ssl::{SslConnector, SslMethod, SslVersion};
use openssl::stack::Stack;
use openssl::x509::{X509, X509StoreContext};

use crate::certificate::Certificates;
use crate::engine::GatewayError;
use target::Target;

/// Why a request came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    HostNotAllowed,
    BadRequest,
    Dns,
    Connect,
    Tls,
    BeforeSend,
    AfterSend,
    TooLarge,
    AuthFailed,
}

/// What all calls share: the TLS settings, the tokens, and the installation's rules.
pub(crate) struct Egress {
    tls: SslConnector,
    allow_loopback: bool,
    names: BTreeMap<String, Vec<IpAddr>>,
    pub(crate) tokens: oauth::Tokens,
    pub(crate) certificates: Certificates,
}

impl Egress {
    pub(crate) fn new(
        allow_loopback: bool,
        names: BTreeMap<String, Vec<IpAddr>>,
        roots_pem: &[Vec<u8>],
    ) -> Result<Self, GatewayError> {
        Ok(Self {
            tls: connector(roots_pem).map_err(|error| GatewayError::Tls(error.to_string()))?,
            allow_loopback,
            names,
            tokens: oauth::Tokens::default(),
            certificates: Certificates::default(),
        })
    }

    pub(crate) const fn allows_loopback(&self) -> bool {
        self.allow_loopback
    }

    /// Whether a chain, its leaf first, leads to a root of trust and none of it is out of date.
    pub(crate) fn trusts(&self, chain: &[X509]) -> Result<bool, ErrorStack> {
        let Some((leaf, between)) = chain.split_first() else {
            return Ok(false);
        };
        let mut links = Stack::new()?;
        for link in between {
            links.push(link.clone())?;
        }
        let roots = self.tls.context().cert_store();
        X509StoreContext::new()?.init(roots, leaf, &links, |context| context.verify_cert())
    }

    /// The addresses of a host, each of which may be connected to. One that may not spoils all: a
    /// name that leads inside is a trap, whatever else it leads to.
    async fn resolve(&self, target: &Target) -> Result<Vec<SocketAddr>, Trouble> {
        let found: Vec<IpAddr> = if let Some(literal) = target.literal() {
            vec![literal]
        } else if let Some(known) = self.names.get(&target.host) {
            known.clone()
        } else {
            tokio::net::lookup_host((target.host.as_str(), target.port))
                .await
                .map_err(|_| Trouble::Dns)?
                .map(|address| address.ip())
                .collect()
        };
        if found.is_empty() {
            return Err(Trouble::Dns);
        }
        let allowed = |ip: &IpAddr| {
            address::is_public(*ip)
                || self.allow_loopback && target.explicit_port && address::is_loopback(*ip)
        };
        // In clear only to ourselves.
        let clear = |ip: &IpAddr| target.secure || address::is_loopback(*ip);
        if found.iter().all(|ip| allowed(ip) && clear(ip)) {
            Ok(found
                .into_iter()
                .map(|ip| SocketAddr::new(ip, target.port))
                .collect())
        } else {
            Err(Trouble::HostNotAllowed)
        }
    }
}

/// The system's roots, and what the installation adds; TLS 1.2 or newer; the name is checked by
/// OpenSSL's own `into_ssl`.
fn connector(roots_pem: &[Vec<u8>]) -> Result<SslConnector, ErrorStack> {
    let mut builder = SslConnector::builder(SslMethod::tls_client())?;
    builder.set_min_proto_version(Some(SslVersion::TLS1_2))?;
    builder.set_alpn_protos(b"\x08http/1.1")?;
    for pem in roots_pem {
        for root in X509::stack_from_pem(pem)? {
            builder.cert_store_mut().add_cert(root)?;
        }
    }
    Ok(builder.build())
}
