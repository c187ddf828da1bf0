//! Charges, refunds and disputes as they are kept.

use serde::{Deserialize, Serialize};

use super::attempt::{AttemptState, Operation};
use super::judge::{Quarantine, Standing};
use super::{ChargeState, DisputeState, RefundState};
use crate::id::{ChargeId, DisputeId, OrderId, PaymentAccountId, QuarantinedReportId, RefundId};
use crate::ledger::Book;
use crate::money::{BasisPoints, Currency, Money};
use crate::payment::ask::{ChargeAsk, Due, Rate};
use crate::payment::report::{ChargeReport, Decline, NextAction};
use crate::payment::{Environment, PspRef};
use crate::time::UtcTime;

/// A charge: one attempt to collect the money of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `charges`, named for what they hold"
)]
pub struct Charge {
    pub id: ChargeId,
    pub order_id: OrderId,
    pub account_id: PaymentAccountId,
    pub method: String,
    pub state: ChargeState,
    pub currency: Currency,
    pub requested_minor: i64,
    /// Interest and fine for the longest delay allowed.
    pub surcharge_most_minor: i64,
    /// The most that is taken off for who pays early.
    pub discount_most_minor: i64,
    pub authorized_minor: i64,
    /// How its money is booked.
    #[serde(flatten)]
    pub book: Book,
    /// Whether its money pays what was owed under deferred terms.
    pub owed: bool,
    /// What the plugin was, or is, asked; the same for all tries.
    #[serde(skip)]
    pub ask: ChargeAsk,
    /// What the customer has to do now.
    pub action: Option<NextAction>,
    /// Why it was refused.
    pub decline: Option<Decline>,
    /// The provider's own word.
    pub raw_status: String,
    pub expires_at: Option<UtcTime>,
    pub poll_at: Option<UtcTime>,
    pub paid_at: Option<UtcTime>,
    pub last_event_at: Option<UtcTime>,
    /// Why a report of it is not believed.
    pub quarantine: Option<Quarantine>,
    /// How often the provider was asked what became of it.
    pub asked: u32,
    pub created_by: String,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
    /// Rises with every change.
    pub version: i64,
}

impl Charge {
    /// What a report is judged against.
    #[must_use]
    pub fn standing(&self, refs: Vec<PspRef>) -> Standing {
        Standing {
            state: self.state,
            currency: self.currency,
            requested: self.requested_minor,
            surcharge: self.surcharge_most_minor,
            authorized: self.authorized_minor,
            captured: self.book.captured,
            refunded: self.book.refunded,
            refs,
            last_event_at: self.last_event_at,
        }
    }

    /// Whether what was taken is what was asked for, less what paying early may take off.
    #[must_use]
    pub const fn is_enough(&self, captured: i64) -> bool {
        captured >= self.requested_minor - self.discount_most_minor
    }
}

/// Interest and fine that may come on top of an amount, for the longest delay allowed, rounded up:
/// a bound, not a bill. Interest is by the day, a thirtieth of the monthly share for each.
#[must_use]
pub fn surcharge_most(amount: Money, due: &Due) -> i64 {
    let fine = due.fine.map_or(0, |fine| of(fine, amount));
    let days = i128::from(due.days_valid_after_due);
    let monthly = due.monthly_interest.unwrap_or(BasisPoints::ZERO);
    let interest = i128::from(amount.amount_minor) * i128::from(monthly.count()) * days;
    let interest = i64::try_from((interest + 299_999) / 300_000).unwrap_or(i64::MAX);
    fine.saturating_add(interest)
}

/// The most that is taken off for who pays early.
#[must_use]
pub fn discount_most(amount: Money, due: &Due) -> i64 {
    due.discount.map_or(0, |(_, rate)| of(rate, amount))
}

fn of(rate: Rate, amount: Money) -> i64 {
    match rate {
        Rate::Share(share) => share
            .of(amount)
            .map_or(i64::MAX, |share| share.amount_minor),
        Rate::Amount(fixed) => fixed.amount_minor,
    }
}

/// A request that was, or is to be, sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `charge_attempts`, named for what they hold"
)]
pub struct Attempt {
    pub charge_id: ChargeId,
    /// Counts up within the charge.
    pub number: i64,
    pub operation: Operation,
    /// The refund that it makes.
    pub refund_id: Option<RefundId>,
    /// The same for all tries of one operation.
    pub idempotency_key: String,
    pub state: AttemptState,
    /// How often it was sent.
    pub tries: u32,
    pub fault: Option<String>,
    pub prepared_at: UtcTime,
    pub dispatched_at: Option<UtcTime>,
    pub finished_at: Option<UtcTime>,
    /// The version of the account's plugin that its charge was made by, and goes on with.
    pub plugin_version: Option<String>,
}

/// Money of a charge that goes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `refunds`, named for what they hold"
)]
pub struct Refund {
    pub id: RefundId,
    pub charge_id: ChargeId,
    pub state: RefundState,
    pub amount_minor: i64,
    pub currency: Currency,
    pub reason: String,
    pub decline: Option<Decline>,
    pub raw_status: String,
    pub created_by: String,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
    pub version: i64,
}

/// A charge that the customer's bank contests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `disputes`, named for what they hold"
)]
pub struct Dispute {
    pub id: DisputeId,
    pub charge_id: ChargeId,
    pub state: DisputeState,
    pub amount_minor: i64,
    pub currency: Currency,
    pub reason: String,
    pub evidence_due: Option<UtcTime>,
    pub opened_at: UtcTime,
    pub updated_at: UtcTime,
    pub version: i64,
}

/// One thing that was told of a charge, and what was made of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `charge_history`, named for what they hold"
)]
pub struct HistoryEntry {
    pub charge_id: ChargeId,
    /// The charge's version after it.
    pub position: i64,
    pub from: ChargeState,
    pub to: ChargeState,
    /// `applied`, `amounts`, `late`, `quarantine`, `created`, …
    pub verdict: String,
    /// `answer`, `sync`, `event`, `operator`, `clock`.
    pub told_by: String,
    pub captured_minor: i64,
    pub refunded_minor: i64,
    pub at: UtcTime,
}

crate::text_enum! {
    /// What became of a report that is not believed.
    pub enum ReportState {
        /// Somebody must look.
        Waiting = "waiting",
        /// Somebody answers for it: it was applied.
        Accepted = "accepted",
        /// It is wrong, and never applied.
        Rejected = "rejected",
    }
}

/// What was told of a charge and not believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `quarantined_reports`, named for what they hold"
)]
pub struct QuarantinedReport {
    pub id: QuarantinedReportId,
    pub charge_id: ChargeId,
    pub reason: Quarantine,
    pub report: ChargeReport,
    /// `answer`, `sync` or `event`.
    pub told_by: String,
    pub state: ReportState,
    pub told_at: UtcTime,
    pub decided_by: Option<String>,
    pub decided_at: Option<UtcTime>,
    /// Why it was decided so.
    pub note: Option<String>,
}

crate::text_enum! {
    /// What becomes of money that comes after a charge was over.
    pub enum LatePolicy {
        /// It pays the order.
        Honour = "honour",
        /// It goes back.
        Refund = "refund",
    }
}

crate::text_enum! {
    /// Whether a payment account is used.
    pub enum PaymentAccountState {
        /// It is.
        Active = "active",
        /// No new charges.
        Disabled = "disabled",
    }
}

/// A tenant's settings and credentials with a payment plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `payment_accounts`, named for what they hold"
)]
pub struct PaymentAccount {
    pub id: PaymentAccountId,
    pub name: String,
    /// The plugin's id, as its manifest says.
    pub plugin: String,
    /// The version it is pinned to.
    pub plugin_version: String,
    pub environment: Environment,
    /// Settings, without secrets.
    pub config: Vec<(String, String)>,
    /// Secrets by name, encrypted as a whole.
    #[serde(skip)]
    pub secrets_sealed: Option<String>,
    /// The names of those secrets.
    pub secret_names: Vec<String>,
    pub state: PaymentAccountState,
    pub late_policy: LatePolicy,
    /// Its titles have no number below this one; none: they are numbered wherever the tenant's count is.
    pub first_title: Option<i64>,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
    /// Rises with every change; the ETag.
    pub version: i64,
}
