//! How a use case refuses.

use alvara_domain::fault::{FaultCode, FieldFault};
use alvara_domain::id::PlanId;
use alvara_domain::license::RenewError;
use alvara_domain::money::{BasisPoints, Money, MoneyError};
use alvara_domain::offline::OfflineError;
use alvara_domain::quota::Quota;
use alvara_domain::time::{Period, UtcTime};
use alvara_domain::verdict::Verdict;
use alvara_store::StoreError;
use alvara_tenants::GateError;
use alvara_vault::VaultError;

/// Why a use case did not do what it was asked. Nothing has changed then.
///
/// One type for all of them, so that the one table of problems in `web` can map it without a
/// catch-all: a new variant does not compile until somebody says what a caller gets to see.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// There is no such thing within the caller's scope. Whether it exists elsewhere is not said.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// Fields that cannot be taken as they are.
    #[error("{} field(s) were refused", .0.len())]
    Invalid(Vec<FieldFault>),
    /// A name that must be unique is in use; the pointer says which field holds it.
    #[error("{pointer} is taken")]
    Taken {
        /// RFC 6901 pointer into the request.
        pointer: &'static str,
    },
    /// The DNS does not say that a host name is the caller's.
    #[error("{record} does not say that the name is the caller's")]
    HostUnproven {
        /// The name at which the proof is missing.
        record: String,
        /// The text that is to stand there.
        value: String,
    },
    /// Nobody who knows about names answered.
    #[error("the DNS does not answer")]
    DnsSilent,
    /// The thing changed since the caller read it.
    #[error("changed since it was read")]
    Stale,
    /// The state of the thing does not allow it.
    #[error("a {state} {noun} cannot be {wanted}")]
    WrongState {
        /// What it is, such as `license`.
        noun: &'static str,
        /// The state it is in.
        state: &'static str,
        /// What was to be done with it, as a participle.
        wanted: &'static str,
    },
    /// A program may not have what it asked for.
    #[error("refused: {}", .0.code.as_str())]
    Refused(Box<Verdict>),
    /// The license has no floating seats.
    #[error("the license does not float")]
    NotFloating,
    /// The floating seat is over; another may be taken.
    #[error("the seat is {state}")]
    SeatLost {
        /// `expired`, `returned`, `reclaimed` or `released`.
        state: &'static str,
    },
    /// All floating seats are taken.
    #[error("refused: {}", .verdict.code.as_str())]
    SeatsTaken {
        /// `SEAT_LIMIT`, with limit and count.
        verdict: Box<Verdict>,
        /// When the next of them falls back, if nobody keeps it.
        next: Option<UtcTime>,
        /// When this was decided.
        now: UtcTime,
    },
    /// As many machines were deactivated as the terms allow in a period.
    #[error("{limit} deactivations in {period} are used up")]
    DeactivationLimit {
        /// How many in a period.
        limit: u32,
        /// The period.
        period: Period,
        /// When the next becomes possible; `None`: never.
        next: Option<UtcTime>,
        /// When this was decided.
        now: UtcTime,
    },
    /// Somebody decided that the program that registered may not run, or put it away.
    #[error("the registration was refused")]
    RegistrationRefused {
        /// Why, if that was said.
        reason: Option<String>,
    },
    /// The license cannot be renewed so.
    #[error(transparent)]
    Renewal(#[from] RenewError),
    /// The renewal key is used or withdrawn.
    #[error("the renewal key is {state}")]
    RenewalKeySpent {
        /// `used` or `revoked`.
        state: &'static str,
    },
    /// The renewal key is of another product.
    #[error("the renewal key is of another product")]
    RenewalKeyOfAnotherProduct,
    /// A text that came by hand is none of ours, or damaged.
    #[error(transparent)]
    Offline(#[from] OfflineError),
    /// A deactivation receipt proves nothing here.
    #[error("the receipt is refused: {0}")]
    ReceiptRefused(ReceiptFault),
    /// The tenant may no longer sell the product.
    #[error("the offer of this product was withdrawn")]
    OfferWithdrawn,
    /// The tenant issued as many licenses of the product as its offer allows.
    #[error("the offer allows {limit} licenses and {issued} are issued")]
    OfferExhausted {
        /// How many the offer allows.
        limit: i64,
        /// How many are issued.
        issued: i64,
    },
    /// The quota that a license would count against is used up.
    #[error("the quota leaves no {wanted} licenses")]
    QuotaExhausted {
        /// How many were wanted.
        wanted: i64,
        /// Whose quota it is and how it stands, where the caller sees that place.
        seen: Option<Box<Quota>>,
    },
    /// A quota cannot be less than what was issued on it and handed on.
    #[error("{used} licenses are issued and {delegated} handed on")]
    QuotaInUse {
        /// Issued.
        used: i64,
        /// Handed on to places below.
        delegated: i64,
    },
    /// The caller may not give so much discount.
    #[error("a discount of {asked:?} is above {ceiling:?}")]
    DiscountAboveCeiling {
        /// What was asked for.
        asked: BasisPoints,
        /// The most that the caller may give.
        ceiling: BasisPoints,
    },
    /// What may be owed leaves no room for this, or nothing may be owed.
    #[error("the credit limit leaves no room for {wanted:?}")]
    CreditExhausted {
        /// What was to be owed.
        wanted: Money,
        /// What is left of the limit, where the caller sees whose it is.
        left: Option<Money>,
    },
    /// Below the tenant's root licenses of this policy are sold at a plan, and which is not plain.
    #[error("one of {} plans must be named", .plans.len())]
    PlanNeeded {
        /// The policy's plans, with their codes.
        plans: Vec<(PlanId, String)>,
    },
    /// More machines than the plan gives, which no list prices.
    #[error("the plan gives {limit} machines")]
    BeyondPlan {
        /// How many the license may have.
        limit: u32,
    },
    /// Prices that cannot be added up.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// A file is no plugin that is installed here.
    #[error("the plugin is refused: {why}")]
    PluginRefused {
        /// Why, for the operator.
        why: String,
    },
    /// Only what is tried out becomes paid.
    #[error("a {kind} license is no trial")]
    NotATrial {
        /// The kind of the license.
        kind: &'static str,
    },
    /// More machines run under the license than the new terms allow.
    #[error("{used} machines are active and {limit} would be allowed")]
    TooManyMachines {
        /// How many are active.
        used: i64,
        /// How many the new terms allow.
        limit: i64,
    },
    /// The license has no meter of this name.
    #[error("the license has no meter of this name")]
    NoSuchMeter,
    /// The license was transferred as often as its terms allow.
    #[error("the terms allow {limit} transfers in a period")]
    TransferLimit {
        /// How many in a period.
        limit: i64,
        /// From when there is room again; `None`: never.
        free_at: Option<UtcTime>,
    },
    /// Whoever acts keeps as many views of lists as one may.
    #[error("{limit} views are kept")]
    TooManyViews {
        /// How many one may keep.
        limit: i64,
    },
    /// The place in the tree cannot hold that.
    #[error("{0}")]
    Tree(TreeError),
    /// The caller may do this, but not grant or touch what it named: it would exceed its own rights.
    #[error("this exceeds what you may grant")]
    ExceedsOwnRights,
    /// The database.
    #[error(transparent)]
    Store(StoreError),
    /// Encryption or signing.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Something stored does not fit together; somebody must look.
    #[error("inconsistent data: {0}")]
    Inconsistent(String),
}

/// Why a receipt frees nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptFault {
    /// Its proof does not hold: it was changed, it is of an earlier activation of the machine, or
    /// there is no such machine here. Who cannot prove anything is not told which.
    #[error("its proof does not hold for any machine here")]
    Proof,
    /// The machine proved itself and runs under another license.
    #[error("the machine runs under another license")]
    License,
    /// The machine proved itself and was never given a computer key of this number.
    #[error("no computer key of this number was given to the machine")]
    Number,
}

impl ReceiptFault {
    /// A stable word for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proof => "proof",
            Self::License => "license",
            Self::Number => "number",
        }
    }
}

/// Why the tree cannot be changed so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// This kind of place does not hold that kind.
    #[error("a {parent} does not hold a {child}")]
    Kind {
        /// Kind of the parent.
        parent: &'static str,
        /// Kind of the child.
        child: &'static str,
    },
    /// It would lie below itself.
    #[error("a place cannot move below itself")]
    Cycle,
    /// The tree would become too deep.
    #[error("the tree would become too deep")]
    TooDeep,
    /// Something that is not deleted hangs under it.
    #[error("other places hang under it")]
    Occupied,
    /// The root neither moves nor is suspended; suspend the tenant instead.
    #[error("the root of the tree stays where it is")]
    Root,
}

/// What every use case answers.
pub type AppResult<T> = Result<T, AppError>;

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Stale => Self::Stale,
            other => Self::Store(other),
        }
    }
}

impl From<GateError> for AppError {
    fn from(error: GateError) -> Self {
        match error {
            GateError::Store(error) => Self::from(error),
            GateError::Vault(error) => Self::Vault(error),
            GateError::Rules(error) => Self::Inconsistent(error.to_string()),
            GateError::Corrupt(what) => Self::Inconsistent(what.to_owned()),
            GateError::Ending => Self::Store(StoreError::Unavailable(error.to_string())),
        }
    }
}

impl AppError {
    /// What was read is no longer so: the whole transaction is tried again, and only when that does
    /// not help either is the caller told to come back ([`StoreError::contended`]).
    pub fn contended() -> Self {
        Self::Store(StoreError::contended())
    }

    /// One refused field.
    pub fn field(pointer: impl Into<String>, code: FaultCode, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldFault::new(pointer, code, detail)])
    }

    /// Turns the store's "taken" into the field that is taken; any other error stays itself.
    pub fn taken(pointer: &'static str) -> impl Fn(StoreError) -> Self {
        move |error| match error {
            StoreError::Taken => Self::Taken { pointer },
            other => Self::from(other),
        }
    }
}
