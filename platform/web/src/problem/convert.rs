//! From the errors of the rooms below to problems: every variant named, no catch-all, so that a
//! new failure does not compile until somebody says what the world gets to see of it.

use alvara_app::{AppError, TreeError};
use alvara_domain::armour::ArmourError;
use alvara_domain::fault::FieldFault;
use alvara_domain::money::MoneyError;
use alvara_domain::offline::OfflineError;
use alvara_domain::quota::Quota;
use alvara_domain::time::UtcTime;
use alvara_render::Args;
use alvara_store::StoreError;
use alvara_tenants::{Denied, GateError, SignInRefused};
use serde_json::json;

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
            AppError::HostUnproven { record, value } => Self::new(Kind::HostUnproven)
                .with_args(Args::new().text("record", record.clone()))
                .with_member("record", record)
                .with_member("value", value),
            AppError::DnsSilent => Self::new(Kind::DnsSilent),
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
            AppError::NotFloating => Self::new(Kind::NotFloating),
            AppError::SeatLost { state } => Self::new(Kind::SeatLost).with_member("state", state),
            AppError::SeatsTaken { verdict, next, now } => {
                refusal::refused(&verdict).with_next("next_lease_ends_at", next, now)
            }
            AppError::DeactivationLimit {
                limit,
                period,
                next,
                now,
            } => Self::new(Kind::DeactivationLimit)
                .with_args(Args::new().number("limit", i64::from(limit)))
                .with_member("limit", limit)
                .with_member("period", period.to_string())
                .with_next("next_possible_at", next, now),
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
            AppError::Offline(error) => error.into(),
            AppError::ReceiptRefused(fault) => {
                Self::new(Kind::ReceiptRefused).with_member("reason", fault.as_str())
            }
            AppError::OfferWithdrawn => Self::new(Kind::OfferWithdrawn),
            AppError::OfferExhausted { limit, issued } => Self::new(Kind::LimitReached)
                .with_member("limit", limit)
                .with_member("issued", issued),
            AppError::QuotaExhausted { wanted, seen } => quota_exhausted(wanted, seen.as_deref()),
            AppError::QuotaInUse { used, delegated } => Self::new(Kind::QuotaInUse)
                .with_args(
                    Args::new()
                        .number("used", used)
                        .number("delegated", delegated),
                )
                .with_member("used", used)
                .with_member("delegated", delegated),
            AppError::DiscountAboveCeiling { asked, ceiling } => {
                Self::new(Kind::DiscountAboveCeiling)
                    .with_member("asked_percent", asked.percent())
                    .with_member("ceiling_percent", ceiling.percent())
            }
            AppError::CreditExhausted { wanted, left } => Self::new(Kind::CreditExhausted)
                .with_member("wanted_minor", wanted.amount_minor)
                .with_member("currency", wanted.currency.to_string())
                .with_member("left_minor", left.map(|left| left.amount_minor)),
            AppError::PlanNeeded { plans } => {
                let named = plans
                    .iter()
                    .map(|(id, code)| json!({ "id": id, "code": code }));
                Self::new(Kind::PlanRequired).with_member("plans", named.collect::<Vec<_>>())
            }
            AppError::BeyondPlan { limit } => Self::new(Kind::BeyondPlan)
                .with_args(Args::new().number("limit", i64::from(limit)))
                .with_member("machine_limit", limit),
            AppError::Money(MoneyError::Currency { left, right }) => {
                Self::new(Kind::MixedCurrencies)
                    .with_args(
                        Args::new()
                            .text("left", left.to_string())
                            .text("right", right.to_string()),
                    )
                    .with_member("currencies", vec![left.to_string(), right.to_string()])
            }
            AppError::Money(inner @ MoneyError::Overflow) => Self::internal(inner),
            AppError::PluginRefused { why } => {
                Self::new(Kind::PluginRefused).with_member("reason", why)
            }
            AppError::NotATrial { kind } => Self::new(Kind::NotATrial).with_member("kind", kind),
            AppError::TooManyMachines { used, limit } => Self::new(Kind::TooManyMachines)
                .with_args(Args::new().number("used", used).number("limit", limit))
                .with_member("machines_used", used)
                .with_member("machine_limit", limit),
            AppError::NoSuchMeter => Self::new(Kind::MeterUnknown),
            AppError::TransferLimit { limit, free_at } => Self::new(Kind::LimitReached)
                .with_member("limit", limit)
                .with_member("free_at", free_at.map(|at| at.to_string())),
            AppError::TooManyViews { limit } => Self::new(Kind::LimitReached)
                .with_detail("views-too-many")
                .with_args(Args::new().number("limit", limit))
                .with_member("limit", limit),
            AppError::Tree(rule) => Self::new(Kind::TreeRule).with_member("rule", tree_rule(rule)),
            AppError::ExceedsOwnRights => Self::new(Kind::ExceedsOwnRights),
            AppError::Store(inner) => inner.into(),
            AppError::Vault(inner) => Self::internal(inner),
            AppError::Inconsistent(what) => Self::internal(what),
        }
    }
}

impl From<OfflineError> for Problem {
    fn from(error: OfflineError) -> Self {
        match error {
            OfflineError::Armour(ArmourError::OtherLabel { expected, found }) => {
                Self::new(Kind::WrongBlock)
                    .with_args(
                        Args::new()
                            .text("expected", expected.as_str())
                            .text("found", found.as_str()),
                    )
                    .with_member("expected", expected.as_str())
                    .with_member("found", found.as_str())
            }
            OfflineError::Armour(damage) => {
                let problem =
                    Self::new(Kind::BlockDamaged).with_member("reason", damage.to_string());
                match damage {
                    ArmourError::Body { line } => problem.with_member("line", line),
                    _ => problem,
                }
            }
            OfflineError::Version { found } => {
                Self::new(Kind::UnknownFormatVersion).with_member("found", found)
            }
            OfflineError::TooLong | OfflineError::NotADocument | OfflineError::Fields(_) => {
                Self::new(Kind::BlockInvalid).with_member("reason", error.to_string())
            }
        }
    }
}
/// Whose quota it is, and its numbers, only where the caller sees that place.
fn quota_exhausted(wanted: i64, seen: Option<&Quota>) -> Problem {
    let problem = Problem::new(Kind::QuotaExhausted).with_member("wanted", wanted);
    let Some(quota) = seen else { return problem };
    problem
        .with_member("node_id", quota.node_id.to_string())
        .with_member("product_id", quota.product_id.to_string())
        .with_member("total", quota.total)
        .with_member("used", quota.used)
        .with_member("delegated", quota.delegated)
        .with_member("available", quota.available())
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
    /// When it is worth trying again: as a member of the document and as `Retry-After`. A null
    /// member: never.
    fn with_next(self, member: &str, next: Option<UtcTime>, now: UtcTime) -> Self {
        let problem = self.with_member(member, next.map(|at| at.to_string()));
        match next {
            Some(at) => problem.with_retry_after(seconds_until(at, now)),
            None => problem,
        }
    }

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
