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
    /// Roots of trust beside the system's, PEM. No setting: the demonstration's providers make
    /// theirs at start.
    #[serde(skip)]
    pub roots_pem: Vec<Vec<u8>>,
}

impl Default for PluginsConfig {
    fn default() -> Self {
        Self {
            calls: 64,
            allow_loopback: false,
            roots_pem: Vec::new(),
        }
    }
}
