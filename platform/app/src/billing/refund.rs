//! Gives money of a charge back.

use alvara_domain::charge::attempt::{AttemptState, Operation, reconcile_after};
use alvara_domain::charge::record::{Attempt, Charge, PaymentAccount, Refund};
use alvara_domain::charge::{ChargeState, RefundState};
use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::{ChargeId, RefundId};
use alvara_domain::money::Money;
use alvara_domain::notice::NoticeKind;
use alvara_domain::order::Order;
use alvara_domain::payment::ask::RefundAsk;
use alvara_domain::payment::report::{ChargeReport, RefundReport};
use alvara_domain::payment::{PluginFault, PluginFaultKind, PspRef};
use alvara_store::{TenantTx, charge_attempts, charges, refunds};
use alvara_vault::Vault;
use serde_json::json;

use super::answer::{advance, reconcile};
use super::charge::write_down;
use super::settle::{self, By, hold, usable};
use super::{AskRefundJob, BillingJob, Outcome, SendJob, ask_at, later};
use crate::field::Fields;
use crate::notice::tell;
use crate::{AppError, AppResult};

/// After how many seconds a provider is asked again about a refund.
const ASK_AGAIN: i64 = 1_800;
/// After how many seconds a request that was not answered counts as lost: longer than any call may
/// take.
pub(super) const LOST_AFTER: i64 = 60;
/// After how many seconds a request that certainly did not leave is sent again.
const RETRY_AFTER: i64 = 30;
/// For how many seconds a request is repeated of which nobody knows what became. Providers keep a key
/// for a day (Stripe: 24 hours at least); once it is forgotten the same request gives back twice.
const REPEAT_FOR: i64 = 20 * 3_600;

/// A refund that is written down and has not left.
#[derive(Debug, Clone)]
pub struct PreparedRefund {
    /// The refund.
    pub refund: Refund,
    /// Of which charge.
    pub charge: Charge,
    /// The attempt.
    pub attempt: Attempt,
    /// With whose credentials.
    pub account: PaymentAccount,
    /// What the plugin is asked.
    pub ask: RefundAsk,
}

/// Writes down that money of a charge is to go back; all that is left of it without an amount.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::WrongState`] for a charge that holds no money;
/// [`AppError::Invalid`] for more than is left, refunds under way counted.
pub fn prepare(
    tx: &mut TenantTx<'_>,
    id: ChargeId,
    amount: Option<Money>,
    reason: &str,
) -> AppResult<PreparedRefund> {
    let held = hold(tx, id)?;
    let charge = held.charge;
    if !matches!(
        charge.state,
        ChargeState::Paid | ChargeState::PartiallyRefunded
    ) {
        return Err(AppError::WrongState {
            noun: "charge",
            state: charge.state.as_str(),
            wanted: "refunded",
        });
    }
    let left = left_of(tx, &charge)?;
    let amount = amount.unwrap_or(Money::new(left, charge.currency));
    let mut fields = Fields::new();
    let reason = fields.maybe_line("/reason", reason, 300);
    if amount.currency != charge.currency {
        fields.refuse(
            "/amount/currency",
            FaultCode::Conflict,
            "not that of the charge",
        );
    }
    if !(1..=left).contains(&amount.amount_minor) {
        let detail = match left {
            ..=0 => "nothing is left to give back".to_owned(),
            _ => format!("a number from 1 to {left}"),
        };
        fields.refuse("/amount/amount_minor", FaultCode::OutOfRange, detail);
    }
    fields.finish()?;
    let (refund, attempt) = write(tx, &charge, amount, &reason)?;
    let ask = ask_of(tx, &refund)?;
    Ok(PreparedRefund {
        refund,
        charge,
        attempt,
        account: held.account,
        ask,
    })
}

/// All of a charge that paid for nothing goes back by itself.
pub(super) fn request_all(tx: &mut TenantTx<'_>, charge: &Charge, reason: &str) -> AppResult<()> {
    let left = left_of(tx, charge)?;
    if left > 0 {
        write(tx, charge, Money::new(left, charge.currency), reason)?;
    }
    Ok(())
}

fn left_of(tx: &mut TenantTx<'_>, charge: &Charge) -> AppResult<i64> {
    let under_way: i64 = refunds::list(tx, charge.id)?
        .iter()
        .filter(|one| matches!(one.state, RefundState::Requested | RefundState::Pending))
        .map(|one| one.amount_minor)
        .sum();
    Ok(charge.book.captured - charge.book.refunded - under_way)
}

fn write(
    tx: &mut TenantTx<'_>,
    charge: &Charge,
    amount: Money,
    reason: &str,
) -> AppResult<(Refund, Attempt)> {
    let id: RefundId = tx.new_id()?;
    let refund = Refund {
        id,
        charge_id: charge.id,
        state: RefundState::Requested,
        amount_minor: amount.amount_minor,
        currency: amount.currency,
        reason: reason.to_owned(),
        decline: None,
        raw_status: String::new(),
        created_by: tx.scope().actor().to_string(),
        created_at: tx.now(),
        updated_at: tx.now(),
        version: 1,
    };
    refunds::insert(tx, &refund)?;
    let attempt = write_down(tx, charge, (Operation::Refund, id.to_string()), Some(id))?;
    tx.audit("refund.requested", id, (), &refund)?;
    tx.emit(EventKind::RefundUpdated, id, &refund)?;
    Ok((refund, attempt))
}

/// What the plugin is asked for a refund: the same for all tries.
///
/// # Errors
/// When the database fails.
pub fn ask_of(tx: &mut TenantTx<'_>, refund: &Refund) -> AppResult<RefundAsk> {
    Ok(RefundAsk {
        refund_id: refund.id,
        charge_id: refund.charge_id,
        refs: charges::refs(tx, &refund.charge_id)?,
        amount: Money::new(refund.amount_minor, refund.currency),
        reason: refund.reason.clone(),
    })
}

/// The provider's names for a refund, to ask how it stands.
///
/// # Errors
/// When the database fails.
pub fn refs(tx: &mut TenantTx<'_>, id: RefundId) -> AppResult<Vec<PspRef>> {
    Ok(charges::refs(tx, &id)?)
}

/// Applies the answer to a refund's request, or to the question how it stands.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn apply_answer(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    (id, attempt): (RefundId, i64),
    answer: Result<&RefundReport, &PluginFault>,
) -> AppResult<Outcome> {
    let refund = refunds::find(tx, id)?.ok_or(AppError::NotFound("refund"))?;
    let charge = hold(tx, refund.charge_id)?.charge;
    let attempt = charge_attempts::find(tx, charge.id, attempt)?;
    let attempt = attempt.ok_or(AppError::NotFound("charge attempt"))?;
    let open = matches!(
        attempt.state,
        AttemptState::Dispatched | AttemptState::NeedsReconciliation
    );
    let fault = match answer {
        Ok(report) => {
            if open {
                advance(tx, &attempt, AttemptState::Succeeded, None)?;
            }
            return apply_report(tx, vault, id, report);
        }
        Err(_) if !open => return Ok(Outcome::Same),
        Err(fault) => fault,
    };
    let next = match AttemptState::after(fault) {
        // A provider that knows us no more says nothing of what an earlier try came to.
        AttemptState::Terminal if attempt.tries > 1 && settles_nothing(fault.kind) => {
            AttemptState::NeedsReconciliation
        }
        // Nor does one that cannot be reached: what may have left is no longer than its key is kept.
        AttemptState::RetryWait if attempt.tries > 1 => AttemptState::NeedsReconciliation,
        next => next,
    };
    if attempt.state != next {
        let said = fault.to_string();
        advance(tx, &attempt, next, Some(&said))?;
    }
    let job = SendJob {
        charge_id: charge.id,
        attempt: attempt.number,
    };
    match next {
        AttemptState::RetryWait => {
            let wait = tx.now().saturating_add_seconds(RETRY_AFTER);
            later(tx, BillingJob::Send, job, wait)?;
            Ok(Outcome::Same)
        }
        AttemptState::Terminal => {
            let refund = refunds::find(tx, id)?.ok_or(AppError::NotFound("refund"))?;
            to_state(tx, &refund, RefundState::Failed, fault.kind.as_str())?;
            Ok(Outcome::Applied)
        }
        // It may have left. What went back the charge says; which refund that was, the same request
        // under the same key.
        _ => {
            let wait = reconcile_after(attempt.tries.saturating_sub(1));
            let wait = tx.now().saturating_add_seconds(wait);
            later(tx, BillingJob::Send, job, wait)?;
            ask_at(tx, charge.id, wait)?;
            Ok(Outcome::AskAgain)
        }
    }
}

/// Whether the request of a refund may leave now; what nobody knows the outcome of, be it that its
/// answer was lost or its process died, is made ready for another try. Under the key that it had it is
/// the same refund, and no provider can be asked about one that it has not named.
///
/// Each try and each answer plans the next try, so more than one job may come for one attempt: those
/// that come early do nothing. When it is too late for the key, the refund fails and people are told:
/// what the charge says of its money is right all the same, and what is left of it can be given back.
pub(super) fn ready_again(
    tx: &mut TenantTx<'_>,
    order: &Order,
    attempt: &Attempt,
) -> AppResult<bool> {
    let now = tx.now();
    let wait = match attempt.state {
        AttemptState::Prepared => return Ok(true),
        AttemptState::Succeeded | AttemptState::Terminal => return Ok(false),
        AttemptState::RetryWait => RETRY_AFTER,
        AttemptState::Dispatched => LOST_AFTER,
        AttemptState::NeedsReconciliation => reconcile_after(attempt.tries.saturating_sub(1)),
    };
    let is_due = attempt
        .dispatched_at
        .is_none_or(|at| at.saturating_add_seconds(wait) <= now);
    if !is_due || attempt.state == AttemptState::RetryWait {
        return Ok(is_due);
    }
    if attempt.prepared_at.saturating_add_seconds(REPEAT_FOR) <= now {
        give_up(tx, order, attempt)?;
        return Ok(false);
    }
    let attempt = reconcile(tx, attempt.clone())?;
    advance(tx, &attempt, AttemptState::RetryWait, None)?;
    Ok(true)
}

fn give_up(tx: &mut TenantTx<'_>, order: &Order, attempt: &Attempt) -> AppResult<()> {
    let (now, never) = (tx.now(), "never answered");
    advance(tx, attempt, AttemptState::Terminal, Some(never))?;
    let refund = match attempt.refund_id {
        Some(id) => refunds::find(tx, id)?,
        None => None,
    };
    if let Some(refund) = refund.filter(|one| one.state == RefundState::Requested) {
        to_state(tx, &refund, RefundState::Failed, never)?;
    }
    ask_at(tx, attempt.charge_id, now)?;
    let what = json!({
        "order_id": order.id, "refund_id": attempt.refund_id, "asked": attempt.tries,
    });
    let (node, charge) = (order.node_id, attempt.charge_id);
    tell(tx, node, NoticeKind::ChargeUnknown, charge, what)?;
    Ok(())
}

/// Applies how a refund stands at its provider, which was asked just now; without an answer it is
/// asked again later.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn synced(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    id: RefundId,
    answer: Result<&RefundReport, &PluginFault>,
) -> AppResult<Outcome> {
    match answer {
        Ok(report) => apply_report(tx, vault, id, report),
        Err(_) => {
            let at = tx.now().saturating_add_seconds(ASK_AGAIN);
            later(
                tx,
                BillingJob::AskRefund,
                AskRefundJob { refund_id: id },
                at,
            )?;
            Ok(Outcome::AskAgain)
        }
    }
}

/// Applies how a refund stands.
pub(super) fn apply_report(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    id: RefundId,
    report: &RefundReport,
) -> AppResult<Outcome> {
    let refund = refunds::find(tx, id)?.ok_or(AppError::NotFound("refund"))?;
    let held = hold(tx, refund.charge_id)?;
    let refund = refunds::find(tx, id)?.ok_or(AppError::NotFound("refund"))?;
    let refs = usable(&report.refs);
    let own: Vec<PspRef> = only_own(tx, &refund, refs)?;
    charges::add_refs(tx, (held.account.id, refund.charge_id), &id, &own)?;
    if report.amount != Money::new(refund.amount_minor, refund.currency) {
        // Not the refund that was asked for: the charge says what went back.
        let now = tx.now();
        ask_at(tx, refund.charge_id, now)?;
        return Ok(Outcome::AskAgain);
    }
    if refund.state != report.state && !refund.state.can_become(report.state) {
        return Ok(Outcome::Same);
    }
    // Whoever tells of money on its way need not tell that it came: it is asked about until it did.
    if !is_over(report.state) {
        let soon = tx.now().saturating_add_seconds(ASK_AGAIN);
        let job = AskRefundJob { refund_id: id };
        later(
            tx,
            BillingJob::AskRefund,
            job,
            report.poll_at.unwrap_or(soon),
        )?;
    }
    if refund.state == report.state {
        return Ok(Outcome::Same);
    }
    let counted = sum_of_succeeded(tx, refund.charge_id)?;
    to_state(tx, &refund, report.state, &report.raw_status)?;
    let counts = sum_of_succeeded(tx, refund.charge_id)?;
    if counts == counted {
        return Ok(Outcome::Applied);
    }
    let charge = held.charge.clone();
    // A report of the charge may have told of it before: then it is counted already.
    let refunded = if counts > counted {
        charge.book.refunded.max(counts)
    } else if charge.book.refunded == counted {
        counts
    } else {
        let now = tx.now();
        ask_at(tx, charge.id, now)?;
        return Ok(Outcome::AskAgain);
    };
    if refunded == charge.book.refunded {
        return Ok(Outcome::Applied);
    }
    settle::apply(tx, vault, held, &as_charge(&charge, refunded), By::Answer)
}

fn is_over(state: RefundState) -> bool {
    matches!(
        state,
        RefundState::Succeeded | RefundState::Failed | RefundState::Canceled
    )
}

/// A refund's report may name its charge too; those names stay the charge's.
fn only_own(
    tx: &mut TenantTx<'_>,
    refund: &Refund,
    mut refs: Vec<PspRef>,
) -> AppResult<Vec<PspRef>> {
    let of_charge = charges::refs(tx, &refund.charge_id)?;
    refs.retain(|one| !of_charge.contains(one));
    Ok(refs)
}

fn sum_of_succeeded(tx: &mut TenantTx<'_>, charge: ChargeId) -> AppResult<i64> {
    Ok(refunds::list(tx, charge)?
        .iter()
        .filter(|one| one.state == RefundState::Succeeded)
        .map(|one| one.amount_minor)
        .sum())
}

fn to_state(
    tx: &mut TenantTx<'_>,
    refund: &Refund,
    to: RefundState,
    raw_status: &str,
) -> AppResult<()> {
    let after = Refund {
        state: to,
        raw_status: raw_status.chars().take(100).collect(),
        ..refund.clone()
    };
    refunds::update(tx, &after)?;
    tx.audit(
        "refund.changed",
        refund.id,
        json!({ "state": refund.state }),
        json!({ "state": to }),
    )?;
    tx.emit(EventKind::RefundUpdated, refund.id, &after)?;
    Ok(())
}

/// What a charge's plugin would report once so much of it went back.
pub(super) fn as_charge(charge: &Charge, refunded: i64) -> ChargeReport {
    let money = |minor| Money::new(minor, charge.currency);
    let state = match (charge.state, refunded) {
        (ChargeState::Disputed | ChargeState::ChargedBack, _) => charge.state,
        (_, 0) => ChargeState::Paid,
        (_, part) if part < charge.book.captured => ChargeState::PartiallyRefunded,
        _ => ChargeState::Refunded,
    };
    ChargeReport {
        state,
        refs: Vec::new(),
        authorized: money(charge.authorized_minor),
        captured: money(charge.book.captured),
        refunded: money(refunded),
        action: charge.action.clone(),
        decline: None,
        paid_at: charge.paid_at,
        settles_on: None,
        expires_at: charge.expires_at,
        fees: Vec::new(),
        stored_method: None,
        poll_at: charge.poll_at,
        raw_status: charge.raw_status.clone(),
    }
}

/// Whether a fault speaks of the account, or of what a wrong door knows, and not of what was asked.
const fn settles_nothing(kind: PluginFaultKind) -> bool {
    matches!(
        kind,
        PluginFaultKind::Unauthenticated
            | PluginFaultKind::Permission
            | PluginFaultKind::InvalidConfig
            | PluginFaultKind::NotFound
    )
}
