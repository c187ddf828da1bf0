//! Mandates as they are kept, and when a license is renewed by one.

use serde::Serialize;

use crate::charge::MandateState;
use crate::charge::attempt::AttemptState;
use crate::civil_date::{CivilDate, CivilDateError};
use crate::id::{ChargeId, LicenseId, MandateId, NodeId, OrderId, PaymentAccountId, PlanId};
use crate::money::{Currency, Money};
use crate::payment::ask::{MandateAsk, MandateInterval};
use crate::payment::report::{NextAction, RetryAdvice};
use crate::time::{Period, UtcTime, ZoneName};

crate::text_enum! {
    /// When the first money of a mandate is paid.
    pub enum FirstPayment {
        /// At once: where the provider can, this payment is the consent.
        Now = "now",
        /// When the license is renewed next.
        AtRenewal = "at_renewal",
    }
}

crate::text_enum! {
    /// Where the renewal of one period of a license stands.
    pub enum RenewalState {
        /// A charge is under way.
        Collecting = "collecting",
        /// A charge failed; another one follows.
        Waiting = "waiting",
        /// It was paid.
        Paid = "paid",
        /// It is collected no more: it has to be paid otherwise.
        GivenUp = "given_up",
    }
}

/// A customer's permission to collect the renewals of a license.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `mandates`, named for what they hold"
)]
pub struct Mandate {
    pub id: MandateId,
    pub license_id: LicenseId,
    /// Who pays.
    pub node_id: NodeId,
    pub account_id: PaymentAccountId,
    /// By whose period, and at whose price, it renews.
    pub plan_id: PlanId,
    pub method: String,
    /// The version of the account's plugin that it was made by, and goes on with.
    pub plugin_version: String,
    pub state: MandateState,
    pub currency: Currency,
    /// What the customer agreed to, each time.
    pub amount_minor: i64,
    /// What the plugin is asked; the same for all tries.
    #[serde(skip)]
    pub ask: MandateAsk,
    /// How the request to set it up went.
    pub request: AttemptState,
    /// How often that was sent.
    pub tries: u32,
    /// When it was sent last.
    pub sent_at: Option<UtcTime>,
    /// The charge whose payment is the consent.
    pub first_charge: Option<ChargeId>,
    /// When its charges are to be handed in; known once the plugin was asked.
    pub lead: Option<Lead>,
    /// What the customer has to do now.
    pub action: Option<NextAction>,
    /// Why it was refused or ended.
    pub reason: Option<String>,
    /// Why it is to be ended, once somebody wants that; nothing is collected from then on.
    pub ending: Option<String>,
    /// How often the provider did not answer since it last did.
    pub asked: u32,
    /// The provider's own word.
    pub raw_status: String,
    /// When its license is looked at next.
    pub next_at: Option<UtcTime>,
    /// When its provider is asked next.
    pub poll_at: Option<UtcTime>,
    pub created_by: String,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
    /// Rises with every change; the ETag.
    pub version: i64,
}

impl Mandate {
    /// What the customer agreed to, each time.
    #[must_use]
    pub const fn amount(&self) -> Money {
        Money::new(self.amount_minor, self.currency)
    }

    /// Whether money may be collected by it now.
    #[must_use]
    pub fn may_collect(&self) -> bool {
        self.state == MandateState::Active && self.ending.is_none()
    }
}

/// The renewal of the period of a license that ends at `ends_at`. There is one of a period, whatever
/// asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `mandate_renewals`, named for what they hold"
)]
pub struct Renewal {
    pub license_id: LicenseId,
    pub ends_at: UtcTime,
    pub mandate_id: MandateId,
    pub order_id: OrderId,
    pub state: RenewalState,
    /// How many charges came to nothing.
    pub failures: u32,
    /// When it is tried again.
    pub next_at: Option<UtcTime>,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
    /// Rises with every change.
    pub version: i64,
}

/// On which days before its due date a charge of a mandate is handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Lead {
    /// The first, in days before the due date.
    pub first: u32,
    /// The last, in days before the due date.
    pub last: u32,
}

impl Lead {
    /// The day on which a charge that is due on `due` is handed in: one day after the first on which
    /// it can be, which leaves the others for an outage.
    ///
    /// # Errors
    /// [`CivilDateError`] outside the range of days.
    pub fn hand_in(self, due: CivilDate) -> Result<CivilDate, CivilDateError> {
        let ahead = self.first.saturating_sub(1).max(self.last);
        due.plus_days(-days(ahead))
    }

    /// When a charge is due that should be on `wanted` and is handed in on `today`: later, where
    /// that is too short for the network.
    ///
    /// # Errors
    /// [`CivilDateError`] outside the range of days.
    pub fn due(self, wanted: CivilDate, today: CivilDate) -> Result<CivilDate, CivilDateError> {
        Ok(wanted.max(today.plus_days(days(self.last))?))
    }
}

fn days(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// The day on which the renewal of a period is due that ends at `end`: the day before, so that the
/// money is there while the license still runs.
///
/// # Errors
/// [`CivilDateError`] outside the range of days.
pub fn due_day(end: UtcTime, zone: &ZoneName) -> Result<CivilDate, CivilDateError> {
    CivilDate::of(end, zone).plus_days(-1)
}

/// After how many days a renewal is tried again whose first, second, … charge came to nothing. All
/// tries lie within the two weeks in which a customer may put the account in order.
pub const RETRY_AFTER_DAYS: [i64; 3] = [1, 3, 7];

/// After how many days a renewal is tried again after `failures` charges (1 for the first) that came
/// to nothing; `None`: no more. What the bank says is for good is not tried again. That another
/// method would be better is no such word: a mandate has one, and what the account lacks today it may
/// have tomorrow.
#[must_use]
pub fn retry_after(failures: u32, advice: Option<RetryAdvice>) -> Option<i64> {
    if advice == Some(RetryAdvice::DoNotRetry) {
        return None;
    }
    let before = usize::try_from(failures.checked_sub(1)?).ok()?;
    RETRY_AFTER_DAYS.get(before).copied()
}

/// How often a mandate collects that renews by a period; `None` for a period that no provider
/// collects by.
#[must_use]
pub const fn interval_of(period: &Period) -> Option<MandateInterval> {
    match period.months_and_days() {
        Some((0, 7)) => Some(MandateInterval::Weekly),
        Some((1, 0)) => Some(MandateInterval::Monthly),
        Some((3, 0)) => Some(MandateInterval::Quarterly),
        Some((6, 0)) => Some(MandateInterval::Semiannual),
        Some((12, 0)) => Some(MandateInterval::Annual),
        _ => None,
    }
}
