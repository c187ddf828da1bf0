//! Sold capabilities as a license has them.

use serde::{Deserialize, Serialize};

use crate::time::UtcTime;

/// A module that a license unlocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModuleGrant {
    /// Code of the module.
    pub code: String,
    /// What the program is told with it, such as a number of cash desks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// When it ends before the license does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<UtcTime>,
}

impl ModuleGrant {
    /// A module without a value that lasts as long as the license.
    #[must_use]
    pub fn plain(code: &str) -> Self {
        Self {
            code: code.to_owned(),
            value: None,
            expires_at: None,
        }
    }

    /// Whether it is unlocked at `now`. At the very instant of its end it no longer is.
    #[must_use]
    pub fn is_live(&self, now: UtcTime) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}
