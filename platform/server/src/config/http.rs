use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// `[http]`: where the platform listens and what the world calls it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpConfig {
    /// Address and port to listen on. Port 0 takes a free one and prints it.
    pub listen: SocketAddr,
    /// The URL under which the installation is reached from outside, such as
    /// `https://licenses.example.com`. Tenants are found at `<slug>.` before its host. Without it,
    /// `http://localhost` with the port listened on.
    pub public_url: Option<String>,
    /// Proxies whose `X-Forwarded-For` is believed, as networks: `["10.0.0.0/8"]`.
    pub trusted_proxies: Vec<String>,
    /// File with the certificate chain (PEM), to speak TLS without a proxy. Needs `tls_key`.
    pub tls_certificate: Option<PathBuf>,
    /// File with the certificate's private key (PEM).
    pub tls_key: Option<PathBuf>,
    /// Threads that serve; 0 takes one for each core.
    pub workers: usize,
    /// How long `/readyz` says no before the listeners close, so that a balancer notices. Leave it
    /// at 0 without a balancer.
    pub drain_seconds: u64,
    /// How long requests in flight may take to finish once the process is told to stop.
    pub stop_seconds: u64,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            public_url: None,
            trusted_proxies: Vec::new(),
            tls_certificate: None,
            tls_key: None,
            workers: 0,
            drain_seconds: 0,
            stop_seconds: 30,
        }
    }
}
