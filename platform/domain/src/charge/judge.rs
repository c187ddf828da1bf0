//! Judging what a plugin reports of a charge: whether it is believed, and what it changes.
//!
//! A report is never applied half. Either all of it fits what is known, or the charge is put aside
//! with a reason, for a person to look at.

use std::collections::BTreeMap;

use super::ChargeState;
use crate::money::Currency;
use crate::payment::PspRef;
use crate::payment::report::ChargeReport;
use crate::time::UtcTime;

/// What is known of a charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Where it stands.
    pub state: ChargeState,
    /// Its currency, which never changes.
    pub currency: Currency,
    /// What was asked for.
    pub requested: i64,
    /// How much more may come: interest and fine for the longest delay allowed.
    pub surcharge: i64,
    /// Held so far.
    pub authorized: i64,
    /// Taken so far.
    pub captured: i64,
    /// Given back so far.
    pub refunded: i64,
    /// The provider's names for it.
    pub refs: Vec<PspRef>,
    /// When the newest event that was applied happened.
    pub last_event_at: Option<UtcTime>,
}

/// How the house came to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// It asked, just now.
    Asked,
    /// The provider told of something that happened then, if it says when.
    Event(Option<UtcTime>),
}

crate::text_enum! {
    /// Why a report is not believed.
    pub enum Quarantine {
        /// It speaks of another currency.
        CurrencyChanged = "currency_changed",
        /// More was taken than was asked for, interest and fine included.
        CapturedOverRequested = "captured_over_requested",
        /// A name of a kind that was known became another.
        ReferenceChanged = "reference_changed",
        /// More was given back than was taken.
        RefundedOverCaptured = "refunded_over_captured",
        /// The state cannot follow the one before.
        IllegalEdge = "illegal_edge",
        /// It says paid and speaks of no money.
        PaidWithoutMoney = "paid_without_money",
        /// The amounts are not those of the state.
        AmountsDoNotFit = "amounts_do_not_fit",
        /// Money that was taken is no longer taken, and was not given back.
        CapturedShrank = "captured_shrank",
    }
}

/// What to make of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// The charge goes to its next state.
    Apply(ChargeState),
    /// What lies between was never told: the charge goes through these states first, with the money
    /// of the report, so that everything which belongs to them happens.
    Through(&'static [ChargeState]),
    /// Nothing new.
    Same,
    /// The state is the same and the amounts are not: a further capture or refund, or a refund that
    /// failed after all.
    Amounts,
    /// Money for a charge that was over: the operator's policy says whether it counts.
    Late,
    /// It is older than what is known: the provider is asked how it stands now.
    AskAgain,
    /// It is not believed.
    Quarantine(Quarantine),
}

/// Judges a report.
#[must_use]
pub fn judge(standing: &Standing, report: &ChargeReport, told: Told) -> Judgement {
    if let Some(reason) = unbelievable(standing, report) {
        return Judgement::Quarantine(reason);
    }
    let (from, to) = (standing.state, report.state);
    let changed = changes(standing, report);
    if from == to && !changed {
        return Judgement::Same;
    }
    if let (Told::Event(Some(at)), Some(last)) = (told, standing.last_event_at)
        && at < last
    {
        return Judgement::AskAgain;
    }
    if let Some(reason) = unfit(standing, report) {
        return doubt(standing, told, reason);
    }
    if from == to {
        return Judgement::Amounts;
    }
    match (from, to) {
        (ChargeState::Canceled | ChargeState::Expired, ChargeState::Paid) => Judgement::Late,
        _ if may_follow(standing, report) => Judgement::Apply(to),
        _ => match between(from, to) {
            Some(steps) => Judgement::Through(steps),
            None => doubt(standing, told, Quarantine::IllegalEdge),
        },
    }
}

/// How a charge stands for somebody who answers for a report: more money than was asked for counts as
/// agreed, and a charge that came to nothing may have been paid after all. Nothing else is: amounts
/// that contradict each other, another currency and another name cannot be booked whoever says so.
#[must_use]
pub fn vouched_for(standing: &Standing, report: &ChargeReport) -> Standing {
    let (captured, held) = (&report.captured, &report.authorized);
    let most = captured.amount_minor.max(held.amount_minor);
    let state = match (standing.state, report.state) {
        (ChargeState::Failed, ChargeState::Paid) => ChargeState::Expired,
        (state, _) => state,
    };
    Standing {
        state,
        surcharge: standing
            .surcharge
            .max(most.saturating_sub(standing.requested)),
        ..standing.clone()
    }
}

/// The states that were passed unheard. Money that went back, or is contested, came before: a
/// process that slept through all of it learns the end first.
const fn between(from: ChargeState, to: ChargeState) -> Option<&'static [ChargeState]> {
    use ChargeState as S;
    match (from, to) {
        (
            S::Created
            | S::Unknown
            | S::Processing
            | S::RequiresAction
            | S::Authorized
            | S::Canceled
            | S::Expired,
            S::PartiallyRefunded | S::Refunded | S::Disputed,
        ) => Some(&[S::Paid]),
        (
            S::Created
            | S::Unknown
            | S::Processing
            | S::RequiresAction
            | S::Authorized
            | S::Canceled
            | S::Expired,
            S::ChargedBack,
        ) => Some(&[S::Paid, S::Disputed]),
        (S::Paid | S::PartiallyRefunded, S::ChargedBack) => Some(&[S::Disputed]),
        _ => None,
    }
}

/// An event that does not fit may only be out of order: asking tells. An answer to a question, or
/// an event that is certainly newer, has no such excuse.
fn doubt(standing: &Standing, told: Told, reason: Quarantine) -> Judgement {
    match (told, standing.last_event_at) {
        (Told::Event(None), _) | (Told::Event(Some(_)), None) => Judgement::AskAgain,
        (Told::Event(Some(at)), Some(last)) if at <= last => Judgement::AskAgain,
        _ => Judgement::Quarantine(reason),
    }
}

/// What no order of events explains.
fn unbelievable(standing: &Standing, report: &ChargeReport) -> Option<Quarantine> {
    let amounts = [&report.authorized, &report.captured, &report.refunded];
    if amounts
        .iter()
        .any(|amount| amount.currency != standing.currency)
    {
        return Some(Quarantine::CurrencyChanged);
    }
    let most = standing.requested.saturating_add(standing.surcharge);
    if report.captured.amount_minor > most || report.authorized.amount_minor > most {
        return Some(Quarantine::CapturedOverRequested);
    }
    if amounts.iter().any(|amount| amount.amount_minor < 0) {
        return Some(Quarantine::AmountsDoNotFit);
    }
    if report.refunded.amount_minor > report.captured.amount_minor {
        return Some(Quarantine::RefundedOverCaptured);
    }
    let known: BTreeMap<&str, &str> = standing
        .refs
        .iter()
        .map(|one| (one.kind.as_str(), one.value.as_str()))
        .collect();
    let renamed = |one: &PspRef| {
        known
            .get(one.kind.as_str())
            .is_some_and(|value| *value != one.value)
    };
    report
        .refs
        .iter()
        .any(renamed)
        .then_some(Quarantine::ReferenceChanged)
}

/// What does not fit the state that the report names, or takes back money that was there.
fn unfit(standing: &Standing, report: &ChargeReport) -> Option<Quarantine> {
    use ChargeState as S;
    let (captured, refunded) = (report.captured.amount_minor, report.refunded.amount_minor);
    match report.state {
        S::Paid if captured == 0 => return Some(Quarantine::PaidWithoutMoney),
        S::Paid if refunded > 0 => return Some(Quarantine::AmountsDoNotFit),
        S::PartiallyRefunded if refunded == 0 || refunded == captured => {
            return Some(Quarantine::AmountsDoNotFit);
        }
        S::Refunded if refunded == 0 || refunded < captured => {
            return Some(Quarantine::AmountsDoNotFit);
        }
        S::Unknown => return Some(Quarantine::IllegalEdge),
        _ => {}
    }
    let counts = matches!(report.state, S::Paid | S::PartiallyRefunded | S::Refunded);
    (counts && captured < standing.captured).then_some(Quarantine::CapturedShrank)
}

fn changes(standing: &Standing, report: &ChargeReport) -> bool {
    let (captured, refunded) = (report.captured.amount_minor, report.refunded.amount_minor);
    match report.state {
        // What a bank took back, and what it contests, says nothing of what was captured before.
        ChargeState::Disputed | ChargeState::ChargedBack => refunded > standing.refunded,
        _ => {
            captured != standing.captured
                || refunded != standing.refunded
                || report.authorized.amount_minor > standing.authorized
        }
    }
}

fn may_follow(standing: &Standing, report: &ChargeReport) -> bool {
    use ChargeState as S;
    let (from, to) = (standing.state, report.state);
    if !from.can_become(to) {
        return false;
    }
    match (from, to) {
        // Only a refund that counted and turns out to have failed leads back.
        (S::PartiallyRefunded | S::Refunded, S::Paid) | (S::Refunded, S::PartiallyRefunded) => {
            report.refunded.amount_minor < standing.refunded
        }
        _ => true,
    }
}
