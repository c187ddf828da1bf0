//! One sending of a request to a provider, and what its answer makes of it.

use crate::payment::{PluginFault, PluginFaultKind};

crate::text_enum! {
    /// What was to be done at the provider.
    pub enum Operation {
        /// Create the charge.
        Create = "create",
        /// Take money that is held.
        Capture = "capture",
        /// Call the charge off.
        Cancel = "cancel",
        /// Give money back.
        Refund = "refund",
        /// Collect by a mandate.
        Collect = "collect",
        /// Set a mandate up whose consent is the payment of the charge. The mandate's request leaves,
        /// none of the charge's own.
        Consent = "consent",
    }
}

impl Operation {
    /// Whether the charge comes into being at the provider by it.
    #[must_use]
    pub const fn creates(self) -> bool {
        matches!(self, Self::Create | Self::Collect | Self::Consent)
    }
}

crate::text_enum! {
    /// Where an attempt stands.
    pub enum AttemptState {
        /// Written down; the request has not left.
        Prepared = "prepared",
        /// The request may have left.
        Dispatched = "dispatched",
        /// Answered.
        Succeeded = "succeeded",
        /// It did not happen and will be sent again under the same key.
        RetryWait = "retry_wait",
        /// It did not happen and never will.
        Terminal = "terminal",
        /// Nobody knows; the provider is asked what it has.
        NeedsReconciliation = "needs_reconciliation",
    }
}

impl AttemptState {
    /// Whether the state may change so.
    #[must_use]
    pub const fn can_become(self, next: Self) -> bool {
        use AttemptState as A;
        match self {
            A::Prepared => matches!(next, A::Dispatched | A::Terminal),
            A::Dispatched => matches!(
                next,
                A::Succeeded | A::RetryWait | A::Terminal | A::NeedsReconciliation
            ),
            A::RetryWait => matches!(next, A::Dispatched | A::Terminal),
            A::NeedsReconciliation => matches!(next, A::Succeeded | A::Terminal | A::RetryWait),
            A::Succeeded | A::Terminal => false,
        }
    }

    /// Where an attempt goes whose request was answered by a fault.
    ///
    /// Only what provably did not happen is sent again or given up. What makes no sense, what
    /// failed on the way back, and a key that the provider knows with something else may all have
    /// taken money: the provider is asked.
    #[must_use]
    pub const fn after(fault: &PluginFault) -> Self {
        use PluginFaultKind as F;
        match fault.kind {
            F::RateLimited | F::Unavailable => Self::RetryWait,
            F::Unsupported
            | F::InvalidRequest
            | F::InvalidConfig
            | F::Unauthenticated
            | F::Permission
            | F::NotFound => Self::Terminal,
            F::Conflict
            | F::IdempotencyMismatch
            | F::OutcomeUnknown
            | F::BadSignature
            | F::Malformed
            | F::Internal => Self::NeedsReconciliation,
        }
    }
}

/// When the provider is asked again what became of a request, in seconds after the time before.
pub const RECONCILE_AFTER: [i64; 5] = [5, 30, 120, 600, 3_600];

/// How long to wait before the question number `asked` (0 for the first); the last step repeats.
#[must_use]
pub fn reconcile_after(asked: u32) -> i64 {
    let step = usize::try_from(asked).unwrap_or(usize::MAX);
    RECONCILE_AFTER
        .get(step)
        .copied()
        .unwrap_or(RECONCILE_AFTER[RECONCILE_AFTER.len() - 1])
}

/// How long to wait before an open charge is looked at, in seconds, when its provider says nothing
/// of it: soon while the customer is likely to be paying, then seldom. `age` is that of the charge.
#[must_use]
pub const fn poll_after(age: i64) -> i64 {
    match age {
        ..600 => 30,
        600..3_600 => 120,
        3_600..86_400 => 1_800,
        _ => 21_600,
    }
}
