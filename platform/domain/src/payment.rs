//! What the house and a payment plugin tell each other, whatever version of the contract a plugin
//! speaks: what is asked of it ([`ask`]) and what it reports ([`report`]).
//!
//! Amounts, instants and days are checked values here. Whoever reads a plugin's answer refuses what
//! is none before it becomes one of these.

pub mod ask;
pub mod bank;
pub mod report;
pub mod returned;
pub mod slip;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What the provider calls something: a txid, an end-to-end id, a payment id, a nosso número.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PspRef {
    /// Which of the provider's names it is, for example `txid`.
    pub kind: String,
    /// The name itself.
    pub value: String,
}

crate::text_enum! {
    /// Whether real money moves.
    pub enum Environment {
        /// The provider's place to try things out.
        Sandbox = "sandbox",
        /// Real money.
        Production = "production",
    }
}

crate::text_enum! {
    /// What went wrong in a plugin or on the way to its provider.
    pub enum PluginFaultKind {
        /// The plugin cannot do this at all.
        Unsupported = "unsupported",
        /// The provider, or the plugin, refuses the request as it is.
        InvalidRequest = "invalid_request",
        /// The account's settings do not work.
        InvalidConfig = "invalid_config",
        /// The provider does not accept the credentials.
        Unauthenticated = "unauthenticated",
        /// The credentials may not do this.
        Permission = "permission",
        /// The provider does not know what is asked about.
        NotFound = "not_found",
        /// Not in the state it is in.
        Conflict = "conflict",
        /// The same idempotency key with other parameters.
        IdempotencyMismatch = "idempotency_mismatch",
        /// Too many requests; try later.
        RateLimited = "rate_limited",
        /// Nothing happened; it may be tried again with the same key.
        Unavailable = "unavailable",
        /// The request left and nobody knows what became of it.
        OutcomeUnknown = "outcome_unknown",
        /// A webhook that the provider did not sign.
        BadSignature = "bad_signature",
        /// An answer or a message that makes no sense.
        Malformed = "malformed",
        /// The plugin failed.
        Internal = "internal",
    }
}

impl PluginFaultKind {
    /// Whether the same request with the same key may be sent again later.
    #[must_use]
    pub const fn may_retry(self) -> bool {
        matches!(self, Self::RateLimited | Self::Unavailable)
    }
}

/// A setting or a field that was refused, in the plugin's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// Which.
    pub property: String,
    /// Why.
    pub reason: String,
}

/// What a plugin answers instead of a result.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}: {message}", kind.as_str())]
pub struct PluginFault {
    /// What the caller can make of it.
    pub kind: PluginFaultKind,
    /// For people. Secrets are blotted out by the host.
    pub message: String,
    /// The provider's code.
    pub psp_code: Option<String>,
    /// The HTTP status the provider answered.
    pub http_status: Option<u16>,
    /// When to try again, in milliseconds from now.
    pub retry_after_ms: Option<u64>,
    /// Which fields were refused.
    pub violations: Vec<Violation>,
}
