//! The one place where a charge changes: its row, the ledger, commissions, the order, what the
//! order gives, notices, events and audit, all in the transaction of whoever calls.
//!
//! The order is locked first, so of two charges of one order that are paid at once, the second sees
//! that the first paid.

use alvara_domain::charge::ChargeState;
use alvara_domain::charge::effect::Effect;
use alvara_domain::charge::judge::{Judgement, Quarantine, Told, judge};
use alvara_domain::charge::record::{
    Charge, HistoryEntry, LatePolicy, PaymentAccount, ReportState,
};
use alvara_domain::event::EventKind;
use alvara_domain::id::ChargeId;
use alvara_domain::ledger::{Book, Cause as Booked, Holders, Position, commissions, difference};
use alvara_domain::notice::NoticeKind;
use alvara_domain::order::{Order, OrderState};
use alvara_domain::payment::PspRef;
use alvara_domain::payment::report::ChargeReport;
use alvara_domain::time::UtcTime;
use alvara_store::ledger::{Posting, post};
use alvara_store::{TenantTx, charges, orders, payment_accounts};
use alvara_vault::Vault;
use serde_json::json;

use super::fulfil::{self, CONTESTED, Cause};
use super::{ask_at, commission, credit, decide, dispute, invoice, refund, renewal};
use crate::notice::tell;
use crate::{AppError, AppResult};

/// What was made of something that was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The charge changed.
    Applied,
    /// Nothing new.
    Same,
    /// The provider is asked how it stands now.
    AskAgain,
    /// It is not believed; a person must look.
    Quarantined(Quarantine),
}

/// A charge whose order is locked.
pub(super) struct Held {
    pub(super) order: Order,
    pub(super) charge: Charge,
    pub(super) account: PaymentAccount,
}

/// Who told, for the history.
#[derive(Debug, Clone, Copy)]
pub(super) enum By {
    Answer,
    Sync,
    Event(Option<UtcTime>),
    /// A line of a bank's file: an event, of somebody who often cannot be asked.
    File(Option<UtcTime>),
    Operator,
}

impl By {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Sync => "sync",
            Self::Event(_) | Self::File(_) => "event",
            Self::Operator => "operator",
        }
    }

    const fn told(self) -> Told {
        match self {
            Self::Event(at) | Self::File(at) => Told::Event(at),
            Self::Answer | Self::Sync | Self::Operator => Told::Asked,
        }
    }

    /// Whether a file tells of the first money of a charge. Files are carried in any order, and a
    /// bank that speaks by them has no other answer: money counts however old its line is.
    const fn is_first_money(self, charge: &Charge, report: &ChargeReport) -> bool {
        matches!(self, Self::File(_))
            && charge.book.captured == 0
            && report.captured.amount_minor > 0
    }
}

/// Locks the order of a charge and reads both.
pub(super) fn hold(tx: &mut TenantTx<'_>, id: ChargeId) -> AppResult<Held> {
    let charge = charges::find(tx, id)?.ok_or(AppError::NotFound("charge"))?;
    let order = orders::lock(tx, charge.order_id)?.ok_or(AppError::NotFound("order"))?;
    // It may have changed while the lock was waited for.
    let charge = charges::find(tx, id)?.ok_or(AppError::NotFound("charge"))?;
    let account =
        payment_accounts::find(tx, charge.account_id)?.ok_or(AppError::NotFound("account"))?;
    Ok(Held {
        order,
        charge,
        account,
    })
}

/// Applies what was told of a charge, if it is believed.
pub(super) fn apply(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    mut held: Held,
    report: &ChargeReport,
    by: By,
) -> AppResult<Outcome> {
    let contested = ChargeReport {
        state: held.charge.state,
        ..report.clone()
    };
    let says_paid = matches!(
        report.state,
        ChargeState::Paid | ChargeState::PartiallyRefunded
    );
    let report = if says_paid && dispute::holds(tx, &held.charge)? {
        &contested
    } else {
        report
    };
    let standing = held.charge.standing(charges::refs(tx, &held.charge.id)?);
    let mut judged = judge(&standing, report, by.told());
    if judged == Judgement::AskAgain && by.is_first_money(&held.charge, report) {
        judged = judge(&standing, report, Told::Asked);
    }
    if let Judgement::Quarantine(reason) = judged {
        return quarantine(tx, held, (reason, report), by);
    }
    if judged == Judgement::AskAgain {
        let now = tx.now();
        ask_at(tx, held.charge.id, now)?;
        return Ok(Outcome::AskAgain);
    }
    if let Judgement::Through(steps) = judged {
        return catch_up(tx, vault, held, (report, steps, by));
    }
    let subject = held.charge.id;
    if !charges::add_refs(tx, (held.account.id, subject), &subject, &report.refs)? {
        return quarantine(tx, held, (Quarantine::ReferenceChanged, report), by);
    }
    let (to, late) = match judged {
        Judgement::Apply(to) => (to, false),
        Judgement::Late => (report.state, true),
        _ => (held.charge.state, false),
    };
    let before = held.charge.clone();
    describe(&mut held.charge, report, by);
    if judged == Judgement::Same {
        return same(tx, &before, &held.charge);
    }
    change(tx, vault, held, (&before, to), (report, late, by))?;
    Ok(Outcome::Applied)
}

/// Goes through what was never told, step by step, to what was.
fn catch_up(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    mut held: Held,
    (report, steps, by): (&ChargeReport, &[ChargeState], By),
) -> AppResult<Outcome> {
    let id = held.charge.id;
    for step in steps {
        let mut between = ChargeReport {
            state: *step,
            ..report.clone()
        };
        if *step == ChargeState::Paid {
            between.refunded.amount_minor = 0;
        }
        let outcome = apply(tx, vault, held, &between, by)?;
        if outcome != Outcome::Applied {
            return Ok(outcome);
        }
        held = hold(tx, id)?;
    }
    apply(tx, vault, held, report, by)
}

/// What a report says beside state and money.
pub(super) fn describe(charge: &mut Charge, report: &ChargeReport, by: By) {
    charge.action.clone_from(&report.action);
    if report.decline.is_some() {
        charge.decline.clone_from(&report.decline);
    }
    charge.raw_status = report.raw_status.chars().take(100).collect();
    charge.expires_at = report.expires_at.or(charge.expires_at);
    charge.paid_at = charge.paid_at.or(report.paid_at);
    if let By::Event(Some(at)) | By::File(Some(at)) = by {
        charge.last_event_at = charge.last_event_at.max(Some(at));
    }
    if !matches!(by, By::Event(_) | By::File(_)) {
        charge.quarantine = None;
    }
}

/// The state and the money are as they were: only what the customer sees may be new.
fn same(tx: &mut TenantTx<'_>, before: &Charge, after: &Charge) -> AppResult<Outcome> {
    let mut shown = after.clone();
    // When something was told last is no reason to write.
    shown.last_event_at = before.last_event_at;
    if after.state.is_open() && shown != *before {
        charges::update(tx, after)?;
        note(tx, before, &bump(after), "described", By::Answer)?;
    }
    Ok(Outcome::Same)
}

pub(super) fn bump(charge: &Charge) -> Charge {
    Charge {
        version: charge.version + 1,
        ..charge.clone()
    }
}

pub(super) fn note(
    tx: &mut TenantTx<'_>,
    before: &Charge,
    after: &Charge,
    verdict: &str,
    by: By,
) -> AppResult<()> {
    let entry = HistoryEntry {
        charge_id: after.id,
        position: after.version,
        from: before.state,
        to: after.state,
        verdict: verdict.to_owned(),
        told_by: by.as_str().to_owned(),
        captured_minor: after.book.captured,
        refunded_minor: after.book.refunded,
        at: tx.now(),
    };
    charges::note(tx, &entry)?;
    Ok(())
}

fn quarantine(
    tx: &mut TenantTx<'_>,
    held: Held,
    (reason, report): (Quarantine, &ChargeReport),
    by: By,
) -> AppResult<Outcome> {
    let known = decide::keep(tx, held.charge.id, (reason, report), by)?;
    // What somebody decided on, told again, is no news.
    let decided = known.is_some_and(|state| state != ReportState::Waiting);
    if decided || held.charge.quarantine == Some(reason) {
        return Ok(Outcome::Quarantined(reason));
    }
    let after = Charge {
        quarantine: Some(reason),
        ..held.charge.clone()
    };
    charges::update(tx, &after)?;
    note(tx, &held.charge, &bump(&after), reason.as_str(), by)?;
    let what = json!({ "reason": reason, "order_id": held.order.id });
    tx.audit("charge.quarantined", after.id, (), &what)?;
    tx.emit(EventKind::ChargeQuarantined, after.id, &what)?;
    tell(
        tx,
        held.order.node_id,
        NoticeKind::ChargeQuarantined,
        after.id,
        what,
    )?;
    Ok(Outcome::Quarantined(reason))
}

/// Whether the money of a charge pays its order.
enum Pays {
    Yes,
    /// It was paid before: the money is owed back.
    Already,
    /// Less came than was asked for.
    Short,
    /// It came too late, and the account gives such money back.
    TooLate,
    /// It pays, or does not, as it did before.
    Settled,
}

fn pays(held: &Held, to: ChargeState, captured: i64, late: bool) -> Pays {
    if to != ChargeState::Paid || held.charge.book.earned > 0 || captured == 0 {
        return Pays::Settled;
    }
    let late = late || held.order.state == OrderState::Canceled;
    match held.order.state {
        OrderState::Open | OrderState::Canceled => {}
        OrderState::Paid | OrderState::Disputed | OrderState::Reversed => return Pays::Already,
    }
    if late && held.account.late_policy == LatePolicy::Refund {
        Pays::TooLate
    } else if held.charge.is_enough(captured) {
        Pays::Yes
    } else {
        Pays::Short
    }
}

pub(super) fn change(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    held: Held,
    (before, to): (&Charge, ChargeState),
    (report, late, by): (&ChargeReport, bool, By),
) -> AppResult<()> {
    let book = booked(before, to, report);
    let verdict = pays(&held, to, book.captured, late);
    let mut after = Charge {
        state: to,
        authorized_minor: report.authorized.amount_minor.max(before.authorized_minor),
        book,
        ..held.charge.clone()
    };
    if matches!(verdict, Pays::Yes) || after.book.earned > 0 {
        after.book.earned = after.book.captured;
        after.book.surcharge = (after.book.earned - after.requested_minor).max(0);
    }
    if matches!(verdict, Pays::Yes) {
        after.owed = held.order.credit_minor > 0;
    }
    if to == ChargeState::Paid {
        after.paid_at = after.paid_at.or(Some(tx.now()));
    }
    charges::update(tx, &after)?;
    let after = bump(&after);
    note(
        tx,
        before,
        &after,
        if late { "late" } else { "applied" },
        by,
    )?;
    enter(tx, &held, before, &after)?;
    invoice::follow(tx, &held.order, (before, &after))?;
    tx.audit("charge.changed", after.id, brief(before), brief(&after))?;
    tx.emit(kind_of(&after), after.id, brief(&after))?;
    if late {
        let what = json!({ "order_id": held.order.id, "policy": held.account.late_policy });
        tell(
            tx,
            held.order.node_id,
            NoticeKind::ChargeLate,
            after.id,
            what,
        )?;
    }
    follow(tx, vault, (held, before, &after), &verdict)?;
    renewal::follow(tx, before.state, &after)
}

/// What the money is after a report. What a bank contests or took back says nothing of what was
/// captured before; all that had not been given back is lost then.
fn booked(before: &Charge, to: ChargeState, report: &ChargeReport) -> Book {
    let fees: i64 = report
        .fees
        .iter()
        .filter(|fee| fee.amount.currency == before.currency)
        .map(|fee| fee.amount.amount_minor)
        .sum();
    let mut book = before.book;
    if !report.fees.is_empty() {
        book.fees = fees;
    }
    let (captured, refunded) = (report.captured.amount_minor, report.refunded.amount_minor);
    match to {
        ChargeState::Disputed => {
            book.captured = book.captured.max(captured);
            book.refunded = book.refunded.max(refunded);
            book.lost = 0;
        }
        ChargeState::ChargedBack => {
            book.captured = book.captured.max(captured);
            book.refunded = book.refunded.max(refunded);
            book.lost = book.captured - book.refunded;
        }
        _ => {
            book.captured = captured;
            book.refunded = refunded;
            book.lost = 0;
        }
    }
    book
}

/// Books the difference that a change makes, commissions with it.
fn enter(tx: &mut TenantTx<'_>, held: &Held, before: &Charge, after: &Charge) -> AppResult<()> {
    let holders = |owed| Holders {
        payment_account: held.account.id.to_string(),
        buyer: held.order.node_id,
        owed,
    };
    let mut then = before.book.position(&holders(before.owed));
    let mut now = after.book.position(&holders(after.owed));
    let (earned_then, earned_now) = commission::revalue(tx, &held.order, after)?;
    merge(&mut then, &commissions(&earned_then));
    merge(&mut now, &commissions(&earned_now));
    let posting = Posting {
        node: held.order.node_id,
        order: held.order.id,
        charge: Some(after.id),
        cause: Booked::Charge,
        currency: after.currency,
    };
    post(tx, posting, &difference(&then, &now))?;
    Ok(())
}

fn merge(into: &mut Position, more: &Position) {
    for (holder, amount) in more {
        *into.entry(holder.clone()).or_insert(0) += amount;
    }
}

/// What follows for the order.
fn follow(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    (held, before, after): (Held, &Charge, &Charge),
    verdict: &Pays,
) -> AppResult<()> {
    let cause = Cause {
        charge: Some(after.id),
        round: after.version,
    };
    let surplus = json!({ "order_id": held.order.id, "amount_minor": after.book.captured });
    let node = held.order.node_id;
    match verdict {
        Pays::Yes => return paid(tx, vault, held.order, cause),
        Pays::Already => {
            tell(tx, node, NoticeKind::ChargeSurplus, after.id, surplus)?;
        }
        Pays::Short => {
            tell(tx, node, NoticeKind::ChargeShort, after.id, surplus)?;
        }
        Pays::TooLate => {
            refund::request_all(tx, after, "paid too late")?;
        }
        Pays::Settled => {}
    }
    if after.book.earned == 0 {
        return Ok(());
    }
    let (from, order) = (before.state, held.order);
    match Effect::of(from, after.state) {
        Effect::Suspend => {
            let order = to_state(tx, order, OrderState::Disputed)?;
            fulfil::suspend(tx, &order, cause, CONTESTED)
        }
        Effect::Reinstate => {
            let order = to_state(tx, order, OrderState::Paid)?;
            fulfil::give(tx, vault, &order, cause)
        }
        Effect::Revoke => {
            let order = to_state(tx, order, OrderState::Reversed)?;
            fulfil::withdraw(tx, &order, cause)
        }
        Effect::Grant | Effect::Keep | Effect::None => Ok(()),
    }
}

fn paid(tx: &mut TenantTx<'_>, vault: &Vault, mut order: Order, cause: Cause) -> AppResult<()> {
    credit::clear(tx, &mut order)?;
    order.paid_at = Some(tx.now());
    let order = to_state(tx, order, OrderState::Paid)?;
    fulfil::give(tx, vault, &order, cause)?;
    renewal::order_paid(tx, order.id)
}

/// Writes an order and its next state; answers it as it is then.
pub(super) fn to_state(
    tx: &mut TenantTx<'_>,
    mut order: Order,
    to: OrderState,
) -> AppResult<Order> {
    let from = order.state;
    if from != to && !from.can_become(to) {
        return Err(AppError::Inconsistent(format!(
            "order {} is {from} and was to become {to}",
            order.id
        )));
    }
    order.state = to;
    orders::update(tx, &order)?;
    order.version += 1;
    if from != to {
        tx.audit(
            "order.changed",
            order.id,
            json!({ "state": from }),
            json!({ "state": to }),
        )?;
        let kind = match to {
            OrderState::Paid => EventKind::OrderPaid,
            OrderState::Canceled => EventKind::OrderCanceled,
            OrderState::Open | OrderState::Disputed | OrderState::Reversed => {
                EventKind::OrderReversed
            }
        };
        tx.emit(kind, order.id, &order)?;
    }
    Ok(order)
}

/// Moves a charge that holds no money to a state of the house's own making.
pub(super) fn move_to(
    tx: &mut TenantTx<'_>,
    charge: &Charge,
    to: Charge,
    (verdict, by): (&str, By),
) -> AppResult<Charge> {
    if charge.state != to.state && !charge.state.can_become(to.state) {
        return Err(AppError::WrongState {
            noun: "charge",
            state: charge.state.as_str(),
            wanted: "changed so",
        });
    }
    charges::update(tx, &to)?;
    let after = bump(&to);
    note(tx, charge, &after, verdict, by)?;
    tx.audit("charge.changed", after.id, brief(charge), brief(&after))?;
    tx.emit(kind_of(&after), after.id, brief(&after))?;
    renewal::follow(tx, charge.state, &after)?;
    Ok(after)
}

fn kind_of(charge: &Charge) -> EventKind {
    match charge.state {
        ChargeState::Paid => EventKind::ChargePaid,
        ChargeState::Failed | ChargeState::Canceled | ChargeState::Expired => {
            EventKind::ChargeFailed
        }
        _ => EventKind::ChargeUpdated,
    }
}

/// What audit and events say of a charge: no payer, no action.
fn brief(charge: &Charge) -> serde_json::Value {
    json!({
        "order_id": charge.order_id, "method": charge.method, "state": charge.state,
        "currency": charge.currency, "requested_minor": charge.requested_minor,
        "book": charge.book, "raw_status": charge.raw_status,
    })
}

/// Names that a row can hold; the rest are of no use to find anything by.
pub(super) fn usable(refs: &[PspRef]) -> Vec<PspRef> {
    refs.iter()
        .filter(|one| {
            let (kind, value) = (one.kind.chars().count(), one.value.chars().count());
            (1..=40).contains(&kind) && (1..=200).contains(&value)
        })
        .cloned()
        .collect()
}
