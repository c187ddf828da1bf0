//! Orders of shops elsewhere: [`account`] says which shops are listened to and what their goods are
//! here; [`mod@receive`] verifies and stores what they send; [`apply`] makes licenses of it, or takes them
//! back.
//!
//! The money is the shop's: nothing of it enters the ledger. A license is issued at the plan's price
//! as any other, and counts against the same quotas and offers.

pub mod account;
pub mod apply;
mod fulfil;
pub mod receive;
mod verify;

use alvara_domain::id::{ShopAccountId, ShopOrderId, ShopWebhookId};
use serde::{Deserialize, Serialize};

pub use receive::{Heard, Sent, receive};

alvara_domain::text_enum! {
    /// What is to be done later for a shop.
    pub enum ShopJob {
        /// Look at what a shop sent: [`ApplyJob`].
        Apply = "shop_apply",
        /// Try again to give what is held: [`RetryJob`].
        Retry = "shop_retry",
    }
}

/// Payload of [`ShopJob::Apply`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "what a shop sent")]
pub struct ApplyJob {
    pub account_id: ShopAccountId,
    pub webhook_id: ShopWebhookId,
}

/// Payload of [`ShopJob::Retry`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "a shop")]
pub struct RetryJob {
    pub account_id: ShopAccountId,
    /// The order that came last before; absent at the beginning.
    #[serde(default)]
    pub after: Option<ShopOrderId>,
}
