use serde::{Deserialize, Serialize};

/// `[plugins]`: how payment plugins run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PluginsConfig {
    /// How many calls of plugins run at the same time.
    pub calls: u32,
    /// Let plugins call this machine, also without TLS, where a grant names a port. For tests and
    /// demonstrations: with it, whoever may grant can reach what listens here.
    pub allow_loopback: bool,
}

impl Default for PluginsConfig {
    fn default() -> Self {
        Self {
            calls: 64,
            allow_loopback: false,
        }
    }
}
