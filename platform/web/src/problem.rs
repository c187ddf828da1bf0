//! What goes wrong, as the world sees it: RFC 9457 problems from one table.
//!
//! A handler returns `Result<_, Problem>`. The problem carries keys and values only; the frame
//! writes it out, because only there the reader's language and the request id are known. Inner
//! errors reach the log through [`Problem::internal`], never the client.
//!
//! `instance` is `/requests/<request id>`, except for [`Kind::NotFound`], where it is absent of
//! anything that varies: the bodies for a foreign id and for a missing one are the same bytes, so
//! the id of the request stands only in the header `x-request-id`.

mod convert;
mod page;
pub(crate) mod refusal;
mod write;

use std::fmt;

use actix_web::http::StatusCode;
use alvara_render::Args;
use serde_json::{Map, Value};

pub(crate) use convert::seconds_until;
pub(crate) use page::{list, show};

macro_rules! problems {
    ($($(#[doc = $doc:literal])+ $name:ident => $status:ident, $code:literal, $title:literal;)+) => {
        /// Every kind of problem. One row of the table gives the HTTP status, the stable code,
        /// the title's message and, through them, the page and the OpenAPI entry.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Kind { $($(#[doc = $doc])+ $name,)+ }

        impl Kind {
            /// The table, in its order.
            pub const ALL: &'static [Kind] = &[$(Kind::$name,)+];

            /// The HTTP status.
            #[must_use]
            pub fn status(self) -> StatusCode {
                match self { $(Kind::$name => StatusCode::$status,)+ }
            }

            /// The stable code that programs decide by.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Kind::$name => $code,)+ }
            }

            /// The message whose text is the title.
            #[must_use]
            pub fn title_key(self) -> &'static str {
                match self { $(Kind::$name => $title,)+ }
            }
        }
    };
}

problems! {
    /// A header, the path or the query is not well-formed.
    InvalidRequest => BAD_REQUEST, "INVALID_REQUEST", "problem-invalid-request";
    /// The body is not JSON.
    MalformedJson => BAD_REQUEST, "MALFORMED_JSON", "problem-malformed-json";
    /// The body is not UTF-8.
    InvalidUtf8 => BAD_REQUEST, "INVALID_UTF8", "problem-invalid-utf8";
    /// No credential, or none that holds.
    Unauthenticated => UNAUTHORIZED, "UNAUTHENTICATED", "problem-unauthenticated";
    /// Sign-in failed; which part was wrong is never said.
    CredentialsRefused => UNAUTHORIZED, "CREDENTIALS_REFUSED", "problem-credentials-refused";
    /// The password is right and the one-time code is missing.
    SecondFactorNeeded => UNAUTHORIZED, "SECOND_FACTOR_NEEDED", "problem-second-factor-needed";
    /// Too many failed sign-ins.
    LockedOut => TOO_MANY_REQUESTS, "LOCKED_OUT", "problem-locked-out";
    /// Known, but the role does not permit it.
    Forbidden => FORBIDDEN, "FORBIDDEN", "problem-forbidden";
    /// Missing, or not the caller's: the two are not told apart.
    NotFound => NOT_FOUND, "NOT_FOUND", "problem-not-found";
    /// The host name belongs to nobody.
    UnknownHost => NOT_FOUND, "UNKNOWN_HOST", "problem-unknown-host";
    /// The path exists, the method does not.
    MethodNotAllowed => METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "problem-method-not-allowed";
    /// A unique value is taken.
    AlreadyExists => CONFLICT, "ALREADY_EXISTS", "problem-already-exists";
    /// The state of the thing forbids the change.
    StateConflict => CONFLICT, "STATE_CONFLICT", "problem-state-conflict";
    /// Other things depend on it.
    InUse => CONFLICT, "IN_USE", "problem-in-use";
    /// An offer or a quota is used up.
    LimitReached => CONFLICT, "LIMIT_REACHED", "problem-limit-reached";
    /// The quota that a license would count against is used up.
    QuotaExhausted => CONFLICT, "QUOTA_EXHAUSTED", "problem-quota-exhausted";
    /// A quota cannot be less than what is issued and handed on.
    QuotaInUse => CONFLICT, "QUOTA_IN_USE", "problem-quota-in-use";
    /// The caller may not give so much discount.
    DiscountAboveCeiling => UNPROCESSABLE_ENTITY, "DISCOUNT_ABOVE_CEILING", "problem-discount-above-ceiling";
    /// What may be owed leaves no room.
    CreditExhausted => CONFLICT, "CREDIT_EXHAUSTED", "problem-credit-exhausted";
    /// Which of several plans a license is sold at must be said.
    PlanRequired => UNPROCESSABLE_ENTITY, "PLAN_REQUIRED", "problem-plan-required";
    /// The plan does not give so many machines.
    BeyondPlan => UNPROCESSABLE_ENTITY, "BEYOND_PLAN", "problem-beyond-plan";
    /// Prices in different currencies have no sum.
    MixedCurrencies => CONFLICT, "MIXED_CURRENCIES", "problem-mixed-currencies";
    /// A file is no plugin that is installed here.
    PluginRefused => UNPROCESSABLE_ENTITY, "PLUGIN_REFUSED", "problem-plugin-refused";
    /// Only a trial becomes paid.
    NotATrial => CONFLICT, "NOT_A_TRIAL", "problem-not-a-trial";
    /// More machines are active than the new terms allow.
    TooManyMachines => CONFLICT, "TOO_MANY_MACHINES", "problem-too-many-machines";
    /// The license has no meter of this name.
    MeterUnknown => NOT_FOUND, "METER_UNKNOWN", "problem-meter-unknown";
    /// The caller may do this, but named more than it may grant.
    ExceedsOwnRights => FORBIDDEN, "EXCEEDS_OWN_RIGHTS", "problem-exceeds-own-rights";
    /// The license has no floating seats.
    NotFloating => CONFLICT, "NOT_FLOATING", "problem-not-floating";
    /// The floating seat is over; another may be taken.
    SeatLost => CONFLICT, "SEAT_LOST", "problem-seat-lost";
    /// As many machines were deactivated as the terms allow in a period.
    DeactivationLimit => CONFLICT, "DEACTIVATION_LIMIT", "problem-deactivation-limit";
    /// The product may no longer be sold.
    OfferWithdrawn => CONFLICT, "OFFER_WITHDRAWN", "problem-offer-withdrawn";
    /// The tree does not hold that there.
    TreeRule => CONFLICT, "TREE_RULE", "problem-tree-rule";
    /// A program registered itself and somebody said no.
    RegistrationRefused => FORBIDDEN, "REGISTRATION_REFUSED", "problem-registration-refused";
    /// Nothing is left to renew.
    RenewalNotPossible => CONFLICT, "RENEWAL_NOT_POSSIBLE", "problem-renewal-not-possible";
    /// The renewal key is used or withdrawn.
    RenewalKeySpent => CONFLICT, "RENEWAL_KEY_SPENT", "problem-renewal-key-spent";
    /// The renewal key is of another product.
    RenewalKeyOfAnotherProduct => UNPROCESSABLE_ENTITY, "RENEWAL_KEY_OF_ANOTHER_PRODUCT", "problem-renewal-key-of-another-product";
    /// The work was done, and the answer died with the process.
    AnswerLost => CONFLICT, "ANSWER_LOST", "problem-answer-lost";
    /// The first request with this idempotency key is still at work.
    RequestInProgress => CONFLICT, "REQUEST_IN_PROGRESS", "problem-request-in-progress";
    /// `If-Match` names a version that is past.
    StaleVersion => PRECONDITION_FAILED, "STALE_VERSION", "problem-stale-version";
    /// The body did not arrive in time.
    RequestTimeout => REQUEST_TIMEOUT, "REQUEST_TIMEOUT", "problem-request-timeout";
    /// The body is larger than this address takes.
    BodyTooLarge => PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", "problem-body-too-large";
    /// The body is of a type that this address does not read.
    UnsupportedMediaType => UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", "problem-unsupported-media-type";
    /// The text is too long for the picture that `Accept` asks for.
    TooLongForQr => NOT_ACCEPTABLE, "TOO_LONG_FOR_QR", "problem-too-long-for-qr";
    /// An armoured block is damaged, cut, or none at all.
    BlockDamaged => UNPROCESSABLE_ENTITY, "BLOCK_DAMAGED", "problem-block-damaged";
    /// An armoured block of another kind than the one that belongs here.
    WrongBlock => UNPROCESSABLE_ENTITY, "WRONG_BLOCK", "problem-wrong-block";
    /// A block of a version that is not known.
    UnknownFormatVersion => UNPROCESSABLE_ENTITY, "UNKNOWN_FORMAT_VERSION", "problem-unknown-format-version";
    /// A block that is whole and says something that cannot be.
    BlockInvalid => UNPROCESSABLE_ENTITY, "BLOCK_INVALID", "problem-block-invalid";
    /// A deactivation receipt that proves nothing.
    ReceiptRefused => UNPROCESSABLE_ENTITY, "RECEIPT_REFUSED", "problem-receipt-refused";
    /// Well-formed, but fields are not valid; `errors` lists them.
    InvalidFields => UNPROCESSABLE_ENTITY, "INVALID_FIELDS", "problem-invalid-fields";
    /// A mistyped key, told apart from an unknown one by its check symbols.
    KeyMalformed => UNPROCESSABLE_ENTITY, "KEY_MALFORMED", "problem-key-malformed";
    /// One idempotency key, two different requests.
    IdempotencyKeyReused => UNPROCESSABLE_ENTITY, "IDEMPOTENCY_KEY_REUSED", "problem-idempotency-key-reused";
    /// A change without `If-Match`.
    PreconditionRequired => PRECONDITION_REQUIRED, "PRECONDITION_REQUIRED", "problem-precondition-required";
    /// The DNS does not say that a host name is the caller's.
    HostUnproven => UNPROCESSABLE_ENTITY, "HOST_UNPROVEN", "problem-host-unproven";
    /// Nobody answers who knows about names.
    DnsSilent => SERVICE_UNAVAILABLE, "DNS_SILENT", "problem-dns-silent";
    /// A rate limit.
    TooManyRequests => TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS", "problem-too-many-requests";
    /// A defect of ours. The cause stands only in the log.
    Internal => INTERNAL_SERVER_ERROR, "INTERNAL", "problem-internal";
    /// The database or another part is not ready.
    Unavailable => SERVICE_UNAVAILABLE, "UNAVAILABLE", "problem-unavailable";

    // What a program is refused. A question (`POST /validations`) is always answered 200 with a
    // verdict; these are for acts that the verdict forbids, such as an activation.
    /// The license was revoked.
    Revoked => FORBIDDEN, "REVOKED", "verdict-revoked";
    /// The license is suspended.
    Suspended => FORBIDDEN, "SUSPENDED", "verdict-suspended";
    /// The customer who holds it is suspended.
    CustomerSuspended => FORBIDDEN, "CUSTOMER_SUSPENDED", "verdict-customer-suspended";
    /// A node above the customer is suspended.
    TenantSuspended => FORBIDDEN, "TENANT_SUSPENDED", "verdict-tenant-suspended";
    /// The license awaits validation.
    PendingValidation => FORBIDDEN, "PENDING_VALIDATION", "verdict-pending-validation";
    /// The machine awaits approval.
    PendingApproval => FORBIDDEN, "PENDING_APPROVAL", "verdict-pending-approval";
    /// The license starts later.
    NotYetEffective => FORBIDDEN, "NOT_YET_EFFECTIVE", "verdict-not-yet-effective";
    /// The license is for another product.
    ProductMismatch => FORBIDDEN, "PRODUCT_MISMATCH", "verdict-product-mismatch";
    /// The version is not included.
    VersionNotEntitled => FORBIDDEN, "VERSION_NOT_ENTITLED", "verdict-version-not-entitled";
    /// The license is bound to another user.
    UserMismatch => FORBIDDEN, "USER_MISMATCH", "verdict-user-mismatch";
    /// The license is bound to another site.
    SiteMismatch => FORBIDDEN, "SITE_MISMATCH", "verdict-site-mismatch";
    /// The machine is not activated.
    MachineUnknown => FORBIDDEN, "MACHINE_UNKNOWN", "verdict-machine-unknown";
    /// The machine was blocked.
    MachineBlocked => FORBIDDEN, "MACHINE_BLOCKED", "verdict-machine-blocked";
    /// The machine is not the one it says.
    FingerprintMismatch => FORBIDDEN, "FINGERPRINT_MISMATCH", "verdict-fingerprint-mismatch";
    /// All machines are in use.
    MachineLimit => CONFLICT, "MACHINE_LIMIT", "verdict-machine-limit";
    /// All floating seats are taken.
    SeatLimit => CONFLICT, "SEAT_LIMIT", "verdict-seat-limit";
    /// All users are registered.
    UserLimit => CONFLICT, "USER_LIMIT", "verdict-user-limit";
    /// The lease has ended.
    LeaseExpired => FORBIDDEN, "LEASE_EXPIRED", "verdict-lease-expired";
    /// The program did not check in in time.
    CheckOverdue => FORBIDDEN, "CHECK_OVERDUE", "verdict-check-overdue";
    /// The license has expired.
    Expired => FORBIDDEN, "EXPIRED", "verdict-expired";
    /// Maintenance has ended.
    MaintenanceEnded => FORBIDDEN, "MAINTENANCE_ENDED", "verdict-maintenance-ended";
    /// The trial was used before.
    TrialUsed => FORBIDDEN, "TRIAL_USED", "verdict-trial-used";
    /// The module is not included.
    ModuleMissing => FORBIDDEN, "MODULE_MISSING", "verdict-module-missing";
    /// A payment is overdue.
    PaymentOverdue => FORBIDDEN, "PAYMENT_OVERDUE", "verdict-payment-overdue";
    /// The machine's clock was set back.
    ClockRollback => FORBIDDEN, "CLOCK_ROLLBACK", "verdict-clock-rollback";
    /// The meter is used up.
    MeterLimit => CONFLICT, "METER_LIMIT", "verdict-meter-limit";
}

impl Kind {
    /// The last segment of the problem's page: `stale-version`.
    #[must_use]
    pub fn slug(self) -> String {
        self.code().to_ascii_lowercase().replace('_', "-")
    }

    /// Whether the row belongs to a verdict.
    fn is_refusal(self) -> bool {
        self.title_key().starts_with("verdict-")
    }

    /// The message that explains the problem on its page.
    fn meaning_key(self) -> String {
        if self.is_refusal() {
            "problem-refused-meaning".to_owned()
        } else {
            format!("{}.meaning", self.title_key())
        }
    }
}

/// A field at fault, by JSON pointer (RFC 6901) into the body; for a query parameter or a header
/// the pointer names it below `/query` or `/header`.
#[derive(Clone, Debug)]
pub struct Fault {
    pub(crate) pointer: String,
    pub(crate) code: String,
    pub(crate) detail: FaultDetail,
}

#[derive(Clone, Debug)]
pub(crate) enum FaultDetail {
    /// A message of ours, and the limit it may mention.
    Message(&'static str, Option<i64>),
    /// A sentence that the rule itself gives; English.
    Text(String),
}

impl Fault {
    /// A fault with a message in the reader's language: `Fault::message("/name", "required", "field-required")`.
    pub(crate) fn message(pointer: impl Into<String>, code: &str, key: &'static str) -> Self {
        Self {
            pointer: pointer.into(),
            code: code.to_owned(),
            detail: FaultDetail::Message(key, None),
        }
    }

    /// A fault whose message mentions a limit.
    pub(crate) fn limit(
        pointer: impl Into<String>,
        code: &str,
        key: &'static str,
        limit: i64,
    ) -> Self {
        Self {
            pointer: pointer.into(),
            code: code.to_owned(),
            detail: FaultDetail::Message(key, Some(limit)),
        }
    }

    /// A fault that a rule explains itself.
    pub(crate) fn text(
        pointer: impl Into<String>,
        code: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            pointer: pointer.into(),
            code: code.into(),
            detail: FaultDetail::Text(detail.into()),
        }
    }
}

/// One occurrence of a problem. Small on the stack, since it is the error of every handler.
pub struct Problem(Box<Inner>);

struct Inner {
    kind: Kind,
    /// Message of the detail when it is not the kind's own.
    detail: Option<&'static str>,
    args: Args,
    faults: Vec<Fault>,
    members: Map<String, Value>,
    retry_after: Option<u64>,
    challenge: bool,
    cause: Option<String>,
}

impl Problem {
    /// A problem with the kind's own detail.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        Self(Box::new(Inner {
            kind,
            detail: None,
            args: Args::new(),
            faults: Vec::new(),
            members: Map::new(),
            retry_after: match kind {
                Kind::Unavailable | Kind::RequestInProgress => Some(1),
                _ => None,
            },
            challenge: kind == Kind::Unauthenticated,
            cause: None,
        }))
    }

    /// Values for the places of the detail.
    #[must_use]
    pub fn with_args(mut self, args: Args) -> Self {
        self.0.args = args;
        self
    }

    /// Another message for the detail than the kind's own.
    #[must_use]
    pub fn with_detail(mut self, key: &'static str) -> Self {
        self.0.detail = Some(key);
        self
    }

    /// An extra member of the document, for programs.
    #[must_use]
    pub fn with_member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.members.insert(name.to_owned(), value.into());
        self
    }

    /// Seconds after which to try again.
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// 422 with the fields at fault.
    #[must_use]
    pub fn fields(faults: Vec<Fault>) -> Self {
        let count = i64::try_from(faults.len()).unwrap_or(i64::MAX);
        let mut problem =
            Self::new(Kind::InvalidFields).with_args(Args::new().number("count", count));
        problem.0.faults = faults;
        problem
    }

    /// One more field at fault, for problems that are not 422 but still know the field.
    #[must_use]
    pub fn with_fault(mut self, fault: Fault) -> Self {
        self.0.faults.push(fault);
        self
    }

    /// 422 with one field at fault.
    #[must_use]
    pub fn field(fault: Fault) -> Self {
        Self::fields(vec![fault])
    }

    /// The one answer for what is missing and for what is not the caller's.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(Kind::NotFound)
    }

    /// A defect of ours. The cause goes to the log with the request id and nowhere else.
    #[must_use]
    pub fn internal(cause: impl fmt::Display) -> Self {
        let mut problem = Self::new(Kind::Internal);
        problem.0.cause = Some(cause.to_string());
        problem
    }

    /// A part that is needed is not ready; the cause goes to the log.
    #[must_use]
    pub fn unavailable(cause: impl fmt::Display) -> Self {
        let mut problem = Self::new(Kind::Unavailable);
        problem.0.cause = Some(cause.to_string());
        problem
    }

    /// Which row of the table this is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.0.kind
    }
}

/// For logs and tests: the code, never the cause's text.
impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Problem({})", self.0.kind.code())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.kind.code())
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use alvara_render::Words;

    use super::*;

    // R-API-01: every problem is documented and translated.
    #[test]
    fn every_problem_has_its_words() {
        let words = Words::new().unwrap();
        for kind in Kind::ALL {
            assert!(words.has(kind.title_key()), "{kind:?} title");
            assert!(words.has(&kind.meaning_key()), "{kind:?} meaning");
            assert!(
                words.has(&format!("{}.detail", kind.title_key())),
                "{kind:?} detail"
            );
        }
    }

    #[test]
    fn codes_are_stable_upper_snake_and_unique() {
        let codes: BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.code()).collect();
        assert_eq!(codes.len(), Kind::ALL.len());
        let upper = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        assert!(codes.iter().all(|code| code.chars().all(upper)));
        assert!(Kind::ALL.iter().all(|kind| kind.status().as_u16() >= 400));
    }
}
