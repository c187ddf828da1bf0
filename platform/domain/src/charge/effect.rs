//! What a charge's change means for what was bought.

use super::ChargeState;

crate::text_enum! {
    /// What happens to the lines of an order.
    pub enum Effect {
        /// They are given: renewed, issued, added.
        Grant = "grant",
        /// What was given stays as it is.
        Keep = "keep",
        /// What was given cannot be used for now.
        Suspend = "suspend",
        /// What was suspended or taken is given back.
        Reinstate = "reinstate",
        /// What was given is taken back.
        Revoke = "revoke",
        /// Nothing was given, and nothing is.
        None = "none",
    }
}

impl Effect {
    /// The effect of a transition.
    ///
    /// Money that comes to be held for the first time grants; money that comes back after a dispute
    /// or a refund that failed reinstates. A partial refund leaves what was given.
    #[must_use]
    pub const fn of(from: ChargeState, to: ChargeState) -> Self {
        use ChargeState as S;
        match (from, to) {
            (S::PartiallyRefunded, S::Paid | S::PartiallyRefunded)
            | (S::Paid, S::PartiallyRefunded | S::Paid) => Self::Keep,
            (S::Disputed | S::ChargedBack | S::Refunded, S::Paid | S::PartiallyRefunded) => {
                Self::Reinstate
            }
            (_, S::Paid | S::PartiallyRefunded) => Self::Grant,
            (_, S::Disputed) => Self::Suspend,
            (_, S::Refunded | S::ChargedBack) => Self::Revoke,
            (
                _,
                S::Created
                | S::Unknown
                | S::Processing
                | S::RequiresAction
                | S::Authorized
                | S::Failed
                | S::Canceled
                | S::Expired,
            ) => Self::None,
        }
    }
}
