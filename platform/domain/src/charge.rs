//! The life of a charge, a refund, a mandate and a dispute: which state may follow which.
//!
//! The states and edges are those that the payment providers' own states map to. A charge has one
//! more, `unknown`: its request left and nobody knows yet what became of it.
//!
//! What a plugin reports is judged by [`judge`], what a change means for what was bought says
//! [`effect`], and how a request is sent and asked about [`attempt`].

pub mod attempt;
pub mod effect;
pub mod judge;
pub mod record;

crate::text_enum! {
    /// Where a charge (one attempt to collect) stands.
    pub enum ChargeState {
        /// Written down, not sent yet.
        Created = "created",
        /// Sent; the outcome is not known. It is found out, never tried again under another key.
        Unknown = "unknown",
        /// The provider works on it.
        Processing = "processing",
        /// The customer has something to do: pay a code, follow a link.
        RequiresAction = "requires_action",
        /// The money is held, not taken.
        Authorized = "authorized",
        /// The money was taken.
        Paid = "paid",
        /// Some of the money was given back.
        PartiallyRefunded = "partially_refunded",
        /// All of the money was given back.
        Refunded = "refunded",
        /// The customer's bank contests it.
        Disputed = "disputed",
        /// The customer's bank took the money back.
        ChargedBack = "charged_back",
        /// It came to nothing; another attempt is another charge.
        Failed = "failed",
        /// Called off before it was paid.
        Canceled = "canceled",
        /// Nobody paid it in time.
        Expired = "expired",
    }
}

impl ChargeState {
    /// Whether the state may change so. `Canceled` and `Expired` become `Paid` only by money that
    /// came late; `Refunded` goes back only when a refund that counted turns out to have failed.
    #[must_use]
    pub const fn can_become(self, next: Self) -> bool {
        use ChargeState as S;
        match self {
            S::Created => matches!(
                next,
                S::Unknown
                    | S::Processing
                    | S::RequiresAction
                    | S::Authorized
                    | S::Paid
                    | S::Failed
                    | S::Canceled
            ),
            // Whatever a charge can be once it was sent, or nothing: then it is sent again.
            S::Unknown => matches!(
                next,
                S::Created
                    | S::Processing
                    | S::RequiresAction
                    | S::Authorized
                    | S::Paid
                    | S::Failed
                    | S::Canceled
                    | S::Expired
            ),
            S::Processing => matches!(
                next,
                S::RequiresAction | S::Authorized | S::Paid | S::Failed | S::Canceled | S::Expired
            ),
            S::RequiresAction => matches!(
                next,
                S::Processing | S::Authorized | S::Paid | S::Failed | S::Canceled | S::Expired
            ),
            S::Authorized => matches!(next, S::Paid | S::Canceled | S::Expired | S::Failed),
            S::Paid => matches!(next, S::PartiallyRefunded | S::Refunded | S::Disputed),
            // A further partial refund leaves the state as it is.
            S::PartiallyRefunded => matches!(next, S::Refunded | S::Disputed | S::Paid),
            S::Refunded => matches!(next, S::PartiallyRefunded | S::Paid),
            S::Disputed => matches!(
                next,
                S::Paid | S::PartiallyRefunded | S::ChargedBack | S::Refunded
            ),
            S::ChargedBack => matches!(next, S::Paid | S::PartiallyRefunded),
            S::Failed => false,
            S::Canceled | S::Expired => matches!(next, S::Paid),
        }
    }

    /// Whether the charge may still be paid in the ordinary way.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(
            self,
            Self::Created
                | Self::Unknown
                | Self::Processing
                | Self::RequiresAction
                | Self::Authorized
        )
    }

    /// Whether money of it is held now, in whole or in part.
    #[must_use]
    pub const fn holds_money(self) -> bool {
        matches!(self, Self::Paid | Self::PartiallyRefunded | Self::Disputed)
    }
}

crate::text_enum! {
    /// Where a refund stands.
    pub enum RefundState {
        /// Written down, and perhaps sent.
        Requested = "requested",
        /// The provider works on it.
        Pending = "pending",
        /// The money went back.
        Succeeded = "succeeded",
        /// It did not go back, or came back from the customer's bank.
        Failed = "failed",
        /// Called off.
        Canceled = "canceled",
    }
}

impl RefundState {
    /// Whether the state may change so.
    #[must_use]
    pub const fn can_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (
                Self::Requested,
                Self::Pending | Self::Succeeded | Self::Failed | Self::Canceled
            ) | (
                Self::Pending,
                Self::Succeeded | Self::Failed | Self::Canceled
            ) | (Self::Succeeded, Self::Failed)
        )
    }
}

crate::text_enum! {
    /// Where a mandate (permission to collect again and again) stands.
    pub enum MandateState {
        /// Written down.
        Created = "created",
        /// The customer has yet to agree.
        PendingApproval = "pending_approval",
        /// Money may be collected.
        Active = "active",
        /// Not now.
        Paused = "paused",
        /// The customer refused.
        Rejected = "rejected",
        /// Ended by either side.
        Canceled = "canceled",
        /// Ended by time.
        Expired = "expired",
    }
}

impl MandateState {
    /// Whether the state may change so.
    #[must_use]
    pub const fn can_become(self, next: Self) -> bool {
        use MandateState as M;
        match self {
            M::Created => matches!(
                next,
                M::PendingApproval | M::Active | M::Rejected | M::Canceled | M::Expired
            ),
            M::PendingApproval => {
                matches!(next, M::Active | M::Rejected | M::Canceled | M::Expired)
            }
            M::Active => matches!(next, M::Paused | M::Canceled | M::Expired),
            M::Paused => matches!(next, M::Active | M::Canceled | M::Expired),
            M::Rejected | M::Canceled | M::Expired => false,
        }
    }

    /// Whether nothing will ever be collected by it again.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Rejected | Self::Canceled | Self::Expired)
    }
}

crate::text_enum! {
    /// Where a dispute stands.
    pub enum DisputeState {
        /// The customer's bank asks.
        Opened = "opened",
        /// It was answered.
        UnderReview = "under_review",
        /// The money stays.
        Won = "won",
        /// The money is gone.
        Lost = "lost",
        /// Over without a decision.
        Closed = "closed",
    }
}

impl DisputeState {
    /// Whether the state may change so; a lost one may be appealed.
    #[must_use]
    pub const fn can_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (
                Self::Opened,
                Self::UnderReview | Self::Won | Self::Lost | Self::Closed
            ) | (Self::UnderReview, Self::Won | Self::Lost | Self::Closed)
                | (Self::Lost, Self::Won | Self::UnderReview)
        )
    }
}
