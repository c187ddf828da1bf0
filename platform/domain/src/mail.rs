//! Mails that are to be sent, and how long to wait between tries.

use serde::{Deserialize, Serialize};

use crate::id::{LicenseId, MailId};
use crate::time::UtcTime;

crate::text_enum! {
    /// How far a mail is.
    pub enum MailState {
        /// It waits to be sent.
        Queued = "queued",
        /// A mail server took it.
        Sent = "sent",
        /// It was given up.
        Failed = "failed",
    }
}

/// What a mail says. It holds no secret: an activation key is opened when the mail is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MailContent {
    /// The activation keys of an order in a shop.
    ShopKeys {
        /// The buyer's name; empty when it is not known.
        name: String,
        /// What the shop calls the order.
        reference: String,
        /// The licenses whose keys it carries.
        licenses: Vec<LicenseId>,
    },
    /// The activation keys of a customer who asked for them.
    OwnKeys {
        /// The customer's name.
        name: String,
        /// The licenses whose keys it carries.
        licenses: Vec<LicenseId>,
    },
}

/// A mail.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `mails`, named for what they hold"
)]
pub struct Mail {
    pub id: MailId,
    pub recipient: String,
    /// BCP 47.
    pub locale: String,
    pub content: MailContent,
    pub state: MailState,
    /// How often it was tried.
    pub tries: i64,
    pub last_error: Option<String>,
    pub created_at: UtcTime,
    pub sent_at: Option<UtcTime>,
}

/// Seconds to wait after a try that failed; the last one is nearly three days after the first.
const WAITS: [i64; 10] = [
    60, 300, 900, 3_600, 7_200, 14_400, 28_800, 43_200, 64_800, 86_400,
];

/// How many seconds to wait after so many tries; `None`: it is given up.
#[must_use]
pub fn wait_after(tries: i64) -> Option<i64> {
    let at = usize::try_from(tries.checked_sub(1)?).ok()?;
    WAITS.get(at).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-PAY-10
    #[test]
    fn waits_rise_and_end() {
        assert_eq!(wait_after(0), None);
        assert_eq!(wait_after(1), Some(60));
        assert_eq!(wait_after(10), Some(86_400));
        assert_eq!(wait_after(11), None);
        assert!(WAITS.is_sorted());
    }
}
