//! Payment plugins as an installation holds them.

use serde::Serialize;

use crate::id::{PluginId, TenantId};
use crate::payment::report::Description;
use crate::time::UtcTime;

/// One version of a payment plugin, without its component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `plugins`, named for what they hold"
)]
pub struct InstalledPlugin {
    pub id: PluginId,
    /// The plugin's own id: `pix`.
    pub name: String,
    /// The plugin's own version: `1.0.0`.
    pub plugin_version: String,
    /// SHA-256 of the component, in hex.
    pub digest: String,
    pub size_bytes: i64,
    /// What it asks for: the text of its `plugin.toml`.
    pub manifest: String,
    pub description: Description,
    /// Fingerprint of the publisher's key; `None` when nobody signed it.
    pub publisher: Option<String>,
    /// What the operator grants, as JSON; `None`: it cannot be used yet.
    pub grants: Option<String>,
    pub installed_at: UtcTime,
    pub updated_at: UtcTime,
    pub version: i64,
}

/// Somebody whose plugins the operator trusts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Publisher {
    /// SHA-256 of the raw public key, in hex.
    pub fingerprint: String,
    /// What the operator calls it.
    pub name: String,
    /// The raw Ed25519 public key, 32 bytes, base64.
    pub public_key: String,
    /// Since when it is trusted.
    pub created_at: UtcTime,
}

/// That a tenant may open payment accounts with a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PluginOffer {
    /// Who may.
    pub tenant_id: TenantId,
    /// The plugin's own id, of whatever version.
    pub name: String,
    /// Since when.
    pub created_at: UtcTime,
}
