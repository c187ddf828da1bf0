use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// `[metrics]`: figures for Prometheus, on a listener of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MetricsConfig {
    /// Address and port, such as `127.0.0.1:9464`; off when not set. There is no sign-in: keep it
    /// on loopback or a network of your own.
    pub listen: Option<SocketAddr>,
}
