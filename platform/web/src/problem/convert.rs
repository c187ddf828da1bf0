//! From the errors of the rooms below to problems: every variant named, no catch-all, so that a
//! new failure does not compile until somebody says what the world gets to see of it.

use alvara_app::{AppError, TreeError};
use alvara_domain::fault::FieldFault;
use alvara_store::StoreError;
use alvara_tenants::{Denied, GateError, SignInRefused};

use super::{Fault, Kind, Problem, refusal};

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Unavailable(_) | StoreError::Contended => Self::unavailable(error),
            StoreError::Taken => Self::new(Kind::AlreadyExists),
            StoreError::Referenced => Self::new(Kind::InUse),
            StoreError::Stale => Self::new(Kind::StaleVersion),
            StoreError::OutOfReach => Self::new(Kind::Forbidden),
            StoreError::BadCursor => Self::field(Fault::message(
                "/query/cursor",
                "malformed",
                "field-invalid",
            )),
            StoreError::Missing { .. }
            | StoreError::Corrupt { .. }
            | StoreError::Panicked
            | StoreError::Setup(_)
            | StoreError::Unwritable(_)
            | StoreError::Refused(_) => Self::internal(error),
        }
    }
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        match error {
            AppError::NotFound(_) => Self::not_found(),
            AppError::Invalid(faults) => {
                Self::fields(faults.into_iter().map(Fault::from).collect())
            }
            AppError::Taken { pointer } => Self::new(Kind::AlreadyExists).with_fault(Fault::text(
                pointer,
                "taken",
                "This value is taken.",
            )),
            AppError::Stale => Self::new(Kind::StaleVersion),
            AppError::WrongState {
                noun,
                state,
                wanted,
            } => Self::new(Kind::StateConflict)
                .with_member("noun", noun)
                .with_member("state", state)
                .with_member("wanted", wanted),
            AppError::Refused(verdict) => refusal::refused(&verdict),
            AppError::RegistrationRefused { reason } => {
                Self::new(Kind::RegistrationRefused).with_member("reason", reason)
            }
            AppError::Renewal(reason) => {
                Self::new(Kind::RenewalNotPossible).with_member("reason", reason.to_string())
            }
            AppError::RenewalKeySpent { state } => {
                Self::new(Kind::RenewalKeySpent).with_member("state", state)
            }
            AppError::RenewalKeyOfAnotherProduct => Self::new(Kind::RenewalKeyOfAnotherProduct),
            AppError::OfferWithdrawn => Self::new(Kind::OfferWithdrawn),
            AppError::OfferExhausted { limit, issued } => Self::new(Kind::LimitReached)
                .with_member("limit", limit)
                .with_member("issued", issued),
            AppError::Tree(rule) => Self::new(Kind::TreeRule).with_member("rule", tree_rule(rule)),
            AppError::ExceedsOwnRights => Self::new(Kind::ExceedsOwnRights),
            AppError::Store(inner) => inner.into(),
            AppError::Vault(inner) => Self::internal(inner),
            AppError::Inconsistent(what) => Self::internal(what),
        }
    }
}

fn tree_rule(rule: TreeError) -> &'static str {
    match rule {
        TreeError::Kind { .. } => "kind",
        TreeError::Cycle => "cycle",
        TreeError::TooDeep => "too_deep",
        TreeError::Occupied => "occupied",
        TreeError::Root => "root",
    }
}

impl From<FieldFault> for Fault {
    fn from(fault: FieldFault) -> Self {
        Self::text(fault.pointer, fault.code.as_str(), fault.detail)
    }
}

impl From<GateError> for Problem {
    fn from(error: GateError) -> Self {
        match error {
            GateError::Store(inner) => inner.into(),
            GateError::Ending => Self::unavailable(error),
            GateError::Vault(_) | GateError::Rules(_) | GateError::Corrupt(_) => {
                Self::internal(error)
            }
        }
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Unauthenticated => Self::new(Kind::Unauthenticated),
            Denied::Forbidden => Self::new(Kind::Forbidden),
            Denied::Failed(error) => error.into(),
        }
    }
}

impl Problem {
    /// What a failed sign-in looks like. `now` turns the end of a lock-out into seconds to wait.
    pub(crate) fn sign_in(refused: SignInRefused, now: alvara_domain::time::UtcTime) -> Self {
        match refused {
            SignInRefused::Credentials | SignInRefused::CodeWrong => {
                Self::new(Kind::CredentialsRefused)
            }
            SignInRefused::CodeRequired => Self::new(Kind::SecondFactorNeeded),
            SignInRefused::Locked { until } => {
                Self::new(Kind::LockedOut).with_retry_after(seconds_until(until, now))
            }
            SignInRefused::Failed(error) => error.into(),
        }
    }
}

/// Whole seconds from `now` to `until`, at least one.
pub(crate) fn seconds_until(
    until: alvara_domain::time::UtcTime,
    now: alvara_domain::time::UtcTime,
) -> u64 {
    let micros = until.micros().saturating_sub(now.micros()).max(1);
    u64::try_from(micros).unwrap_or(1).div_ceil(1_000_000)
}
