use serde::{Deserialize, Serialize};

/// `[limits]`: how often somebody may ask. Each pair is an average a minute and a number that may
/// come at once after a pause; an average of 0 does not limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConfig {
    /// From one address (of IPv6, one /64).
    pub address_per_minute: u32,
    /// At once from one address.
    pub address_burst: u32,
    /// With one activation key.
    pub activation_key_per_minute: u32,
    /// At once with one activation key.
    pub activation_key_burst: u32,
    /// From one machine.
    pub machine_per_minute: u32,
    /// At once from one machine.
    pub machine_burst: u32,
    /// By one member or API key.
    pub credential_per_minute: u32,
    /// At once by one member or API key.
    pub credential_burst: u32,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            address_per_minute: 6000,
            address_burst: 1000,
            activation_key_per_minute: 600,
            activation_key_burst: 200,
            machine_per_minute: 120,
            machine_burst: 60,
            credential_per_minute: 6000,
            credential_burst: 1000,
        }
    }
}
