use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// `[dns]`: who is asked whether a host name is a tenant's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DnsConfig {
    /// Address and port of a name server, such as `10.0.0.2:53`; those of the machine when not set.
    pub server: Option<SocketAddr>,
}
