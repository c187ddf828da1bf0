//! How a call can fail, and whose fault that is.

use alvara_domain::payment::{PluginFault, PluginFaultKind};
use thiserror::Error;

alvara_domain::text_enum! {
    /// Who is to blame for a call that failed.
    pub enum Blame {
        /// The plugin: it counts towards parking it.
        Guest = "guest",
        /// We ourselves.
        Host = "host",
        /// The provider, or what was asked of it.
        Provider = "provider",
    }
}

alvara_domain::text_enum! {
    /// How a call ended that failed.
    pub enum Happened {
        /// The plugin answered with a fault.
        Said = "said",
        /// It trapped.
        Trap = "trap",
        /// It wanted more memory, time or copying than it may have.
        Limit = "limit",
        /// It did not answer in time.
        Timeout = "timeout",
        /// Its answer makes no sense.
        Nonsense = "nonsense",
        /// It does not have the interface; nothing ran.
        Missing = "missing",
        /// Something of ours failed.
        Host = "host",
    }
}

/// A call that came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{fault}")]
pub struct CallFault {
    /// What the caller can make of it.
    pub fault: PluginFault,
    /// Whose fault it is.
    pub blame: Blame,
    /// How it ended.
    pub happened: Happened,
    /// Whether a request that changes something may have left before. Then nobody may conclude
    /// that nothing happened, whatever kind of fault this is.
    pub may_have_happened: bool,
}

impl CallFault {
    /// Whether it counts against the plugin.
    #[must_use]
    pub fn counts_against_the_plugin(&self) -> bool {
        self.blame == Blame::Guest
    }

    pub(crate) fn missing(interface: &str) -> Self {
        Self {
            fault: plain(
                PluginFaultKind::Unsupported,
                format!("the plugin has no {interface}"),
            ),
            // Who asks for it did not look at the plugin's description.
            blame: Blame::Host,
            happened: Happened::Missing,
            may_have_happened: false,
        }
    }
}

pub(crate) fn plain(kind: PluginFaultKind, message: impl Into<String>) -> PluginFault {
    PluginFault {
        kind,
        message: message.into(),
        psp_code: None,
        http_status: None,
        retry_after_ms: None,
        violations: Vec::new(),
    }
}
