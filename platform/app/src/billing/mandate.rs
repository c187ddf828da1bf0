//! Lets a customer permit that the renewals of a license are collected, and ends that again.
//!
//! A mandate is set up by one request to its provider, which is repeated under the same key until it
//! is answered: by that key the provider knows it again. Where the first payment is the consent, the
//! request creates that charge too; it has a row of its own, an order that it pays, and changes where
//! all charges change. What is collected later is [`super::renewal`]'s.

mod prepare;

use alvara_domain::charge::attempt::{AttemptState, poll_after, reconcile_after};
use alvara_domain::charge::record::{Charge, PaymentAccount};
use alvara_domain::charge::{ChargeState, MandateState};
use alvara_domain::civil_date::CivilDateError;
use alvara_domain::event::EventKind;
use alvara_domain::id::MandateId;
use alvara_domain::notice::NoticeKind;
use alvara_domain::payment::report::MandateReport;
use alvara_domain::payment::{PluginFault, PspRef};
use alvara_domain::recurring::{Lead, Mandate};
use alvara_domain::time::UtcTime;
use alvara_store::{TenantTx, charge_attempts, charges, mandates, payment_accounts};
use alvara_vault::Vault;
use serde_json::json;

use super::charge::{leave, prepare_cancel};
use super::settle::{By, hold, move_to, usable};
use super::{AskMandateJob, BillingJob, MandateJob, Outcome, answer, later, renewal, version};
use crate::field::Fields;
use crate::notice::tell;
use crate::{AppError, AppResult};

pub(super) use prepare::renewal_order;
pub use prepare::{MandateRequest, prepare};

/// After how many seconds a request without an answer is repeated: longer than any call may take.
const LOST_AFTER: i64 = 60;
/// After how many questions without an answer somebody is told.
const TELL_AFTER: u32 = 5;
/// Why a mandate is ended whose consent was a payment that nobody made.
pub(super) const NOT_CONSENTED: &str = "the first payment was not made";

/// A request that may leave now.
#[derive(Debug, Clone)]
pub struct SetUp {
    /// The mandate, with what is asked.
    pub mandate: Mandate,
    /// With whose credentials.
    pub account: PaymentAccount,
}

/// A mandate and what its provider calls it.
#[derive(Debug, Clone)]
pub struct Known {
    /// The mandate.
    pub mandate: Mandate,
    /// With whose credentials.
    pub account: PaymentAccount,
    /// The provider's names for it.
    pub refs: Vec<PspRef>,
}

pub(super) fn out_of_days(error: CivilDateError) -> AppError {
    AppError::Inconsistent(error.to_string())
}

/// The mandate, locked after the order of its first charge: the order in which all lock.
fn locked(tx: &mut TenantTx<'_>, id: MandateId) -> AppResult<Mandate> {
    let seen = mandates::find(tx, id)?.ok_or(AppError::NotFound("mandate"))?;
    if let Some(charge) = seen.first_charge {
        hold(tx, charge)?;
    }
    mandates::lock(tx, id)?.ok_or(AppError::NotFound("mandate"))
}

/// The account pinned to the version by which the mandate goes on.
pub(super) fn account_of(tx: &mut TenantTx<'_>, mandate: &Mandate) -> AppResult<PaymentAccount> {
    let account = payment_accounts::find(tx, mandate.account_id)?;
    let account = account.ok_or(AppError::NotFound("payment account"))?;
    version::by(tx, account, mandate.plugin_version.clone())
}

/// How many seconds after it was sent last a request to set up may leave again; `None`: never.
fn leaves_after(mandate: &Mandate) -> Option<i64> {
    let wait = reconcile_after(mandate.tries.saturating_sub(1));
    match mandate.request {
        AttemptState::Prepared => Some(0),
        AttemptState::RetryWait => Some(wait),
        // It may still be answered.
        AttemptState::Dispatched => Some(LOST_AFTER),
        AttemptState::NeedsReconciliation => Some(wait.max(LOST_AFTER)),
        AttemptState::Succeeded | AttemptState::Terminal => None,
    }
}

/// Lets the request to set a mandate up leave, its first charge's with it. Of any number of calls at
/// once one gets it; one whose answer was lost is repeated.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn dispatch(tx: &mut TenantTx<'_>, id: MandateId) -> AppResult<Option<SetUp>> {
    let mandate = locked(tx, id)?;
    let now = tx.now();
    let is_due = leaves_after(&mandate).is_some_and(|wait| {
        let sent_at = mandate.sent_at.unwrap_or(mandate.created_at);
        sent_at.saturating_add_seconds(wait) <= now
    });
    if mandate.state != MandateState::Created || !is_due {
        return Ok(None);
    }
    if let (0, Some(charge)) = (mandate.tries, mandate.first_charge) {
        let held = hold(tx, charge)?;
        leave(tx, held.charge, 1)?;
    }
    let mandate = mandates::update(
        tx,
        Mandate {
            request: AttemptState::Dispatched,
            tries: mandate.tries.saturating_add(1),
            sent_at: Some(now),
            ..mandate
        },
    )?;
    let at = now.saturating_add_seconds(LOST_AFTER);
    later(tx, BillingJob::SetUp, MandateJob { mandate_id: id }, at)?;
    let account = account_of(tx, &mandate)?;
    Ok(Some(SetUp { mandate, account }))
}

/// Applies the answer to the request to set a mandate up, with when its charges are to be handed in.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn apply_set_up(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    id: MandateId,
    answer: Result<(Lead, &MandateReport), &PluginFault>,
) -> AppResult<Outcome> {
    let mandate = locked(tx, id)?;
    let open = matches!(
        mandate.request,
        AttemptState::Dispatched | AttemptState::NeedsReconciliation
    );
    let fault = match answer {
        Ok((lead, report)) => {
            let mandate = Mandate {
                request: AttemptState::Succeeded,
                lead: Some(lead),
                ..mandate
            };
            let ends = open && mandate.ending.is_some();
            let outcome = reported(tx, vault, mandate, report)?;
            if ends {
                // Somebody wanted it ended while nobody knew its name.
                let now = tx.now();
                later(
                    tx,
                    BillingJob::EndMandate,
                    MandateJob { mandate_id: id },
                    now,
                )?;
            }
            return Ok(outcome);
        }
        Err(_) if !open => return Ok(Outcome::Same),
        Err(fault) => fault,
    };
    let next = AttemptState::after(fault);
    if next == AttemptState::Terminal {
        let first = mandate.first_charge;
        let refused = Mandate {
            state: MandateState::Rejected,
            request: next,
            reason: Some(fault.to_string().chars().take(300).collect()),
            ..mandate.clone()
        };
        changed(tx, &mandate, refused)?;
        if let Some(charge) = first {
            answer::apply_answer(tx, vault, (charge, 1), Err(fault))?;
        }
        return Ok(Outcome::Applied);
    }
    // What provably did not happen need not happen any more. Of an earlier sending that was lost
    // this says nothing: it is repeated until the provider says what it has.
    if next == AttemptState::RetryWait && mandate.ending.is_some() && mandate.tries <= 1 {
        return call_off(tx, mandate).map(|_| Outcome::Applied);
    }
    let mandate = unanswered(
        tx,
        Mandate {
            request: next,
            ..mandate
        },
    )?;
    let wait = leaves_after(&mandate).unwrap_or(LOST_AFTER);
    let at = tx.now().saturating_add_seconds(wait);
    let job = MandateJob {
        mandate_id: mandate.id,
    };
    later(tx, BillingJob::SetUp, job, at)?;
    Ok(Outcome::AskAgain)
}

/// What is to be asked about a mandate now; `None` for one that is over, that the provider has no
/// name for, or about which another question is planned since.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn question(tx: &mut TenantTx<'_>, job: &AskMandateJob) -> AppResult<Option<Known>> {
    let mandate = mandates::find(tx, job.mandate_id)?.ok_or(AppError::NotFound("mandate"))?;
    let planned = mandate.poll_at.map(UtcTime::micros);
    if mandate.state.is_over() || (job.due.is_some() && job.due != planned) {
        return Ok(None);
    }
    known(tx, mandate)
}

fn known(tx: &mut TenantTx<'_>, mandate: Mandate) -> AppResult<Option<Known>> {
    let refs = mandates::refs(tx, mandate.id)?;
    if refs.is_empty() {
        return Ok(None);
    }
    let account = account_of(tx, &mandate)?;
    Ok(Some(Known {
        mandate,
        account,
        refs,
    }))
}

/// Applies how a mandate stands at its provider, which was asked just now, or told it and proved to
/// be the one; without an answer it is asked again later.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn synced(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    id: MandateId,
    answer: Result<&MandateReport, &PluginFault>,
) -> AppResult<Outcome> {
    let mandate = locked(tx, id)?;
    match answer {
        Ok(report) => reported(tx, vault, mandate, report),
        Err(_) if mandate.state.is_over() => Ok(Outcome::Same),
        Err(_) => {
            let wait = reconcile_after(mandate.asked);
            let mandate = unanswered(tx, mandate)?;
            let at = tx.now().saturating_add_seconds(wait);
            plan_question(tx, mandate, at)?;
            Ok(Outcome::AskAgain)
        }
    }
}

/// Notes that the provider did not answer; somebody is told once it keeps so.
fn unanswered(tx: &mut TenantTx<'_>, mandate: Mandate) -> AppResult<Mandate> {
    let asked = mandate.asked.saturating_add(1);
    let mandate = mandates::update(tx, Mandate { asked, ..mandate })?;
    if asked == TELL_AFTER {
        let what = json!({ "license_id": mandate.license_id, "asked": asked });
        tell(
            tx,
            mandate.node_id,
            NoticeKind::MandateUnanswered,
            mandate.id,
            what,
        )?;
    }
    Ok(mandate)
}

fn plan_question(tx: &mut TenantTx<'_>, mandate: Mandate, at: UtcTime) -> AppResult<Mandate> {
    let poll_at = Some(at);
    let mandate = mandates::update(tx, Mandate { poll_at, ..mandate })?;
    let job = AskMandateJob {
        mandate_id: mandate.id,
        due: Some(at.micros()),
    };
    later(tx, BillingJob::AskMandate, job, at)?;
    Ok(mandate)
}

/// Asks about a mandate soon, whatever is planned.
pub(super) fn ask_now(tx: &mut TenantTx<'_>, id: MandateId) -> AppResult<()> {
    let now = tx.now();
    later(tx, BillingJob::AskMandate, AskMandateJob::now(id), now)
}

/// Applies how a mandate stands, that of its first charge with it. The mandate is locked.
fn reported(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    mandate: Mandate,
    report: &MandateReport,
) -> AppResult<Outcome> {
    mandates::put_refs(tx, &mandate, &usable(&report.refs))?;
    let moves = mandate.state != report.state && mandate.state.can_become(report.state);
    let state = if moves { report.state } else { mandate.state };
    let first = mandate.first_charge;
    let reason = report.reason.as_ref().or(mandate.reason.as_ref());
    let after = Mandate {
        state,
        action: report.action.clone(),
        reason: reason.map(|text| text.chars().take(300).collect()),
        asked: 0,
        raw_status: report.raw_status.chars().take(100).collect(),
        ..mandate.clone()
    };
    let after = changed(tx, &mandate, after)?;
    if !state.is_over() && state != MandateState::Active {
        let age = after.created_at.seconds_until(tx.now());
        let at = tx.now().saturating_add_seconds(poll_after(age));
        plan_question(tx, after, at)?;
    }
    if let (Some(charge), Some(report)) = (first, &report.first_charge) {
        answer::apply_answer(tx, vault, (charge, 1), Ok(report))?;
    }
    if let (true, true, Some(charge)) = (moves, state.is_over(), first) {
        // What the customer was shown consents to nothing any more, and keeps another mandate away.
        let shown = charges::find(tx, charge)?;
        if shown.is_some_and(|one| one.state == ChargeState::RequiresAction) {
            prepare_cancel(tx, charge)?;
        }
    }
    Ok(if moves {
        Outcome::Applied
    } else {
        Outcome::Same
    })
}

/// Writes a mandate, and what a change of its state brings with it.
fn changed(tx: &mut TenantTx<'_>, before: &Mandate, after: Mandate) -> AppResult<Mandate> {
    let mut after = after;
    let moved = before.state != after.state;
    if moved && after.state.is_over() {
        (after.next_at, after.poll_at, after.action) = (None, None, None);
    }
    let mut after = mandates::update(tx, after)?;
    if !moved {
        return Ok(after);
    }
    tx.audit("mandate.changed", after.id, brief(before), brief(&after))?;
    tx.emit(EventKind::MandateUpdated, after.id, brief(&after))?;
    if after.state.is_over() {
        renewal::give_up_waiting(tx, &after)?;
        let what = json!({
            "license_id": after.license_id, "state": after.state, "reason": after.reason,
            "asked_for": after.ending,
        });
        tell(tx, after.node_id, NoticeKind::MandateOver, after.id, what)?;
    } else if after.state == MandateState::Active {
        let now = tx.now();
        after = renewal::plan(tx, after, now)?;
    }
    Ok(after)
}

/// Ends a mandate: at once where the provider never heard of it; otherwise the provider is told, and
/// nothing is collected from now on. What is over stays as it is.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Invalid`].
pub fn cancel(tx: &mut TenantTx<'_>, id: MandateId, reason: &str) -> AppResult<Mandate> {
    let mut fields = Fields::new();
    let reason = fields.maybe_line("/reason", reason, 300);
    fields.finish()?;
    let mandate = locked(tx, id)?;
    if mandate.state.is_over() || mandate.ending.is_some() {
        return Ok(mandate);
    }
    end(tx, mandate, reason)
}

/// Ends a mandate that is locked, and not over.
pub(super) fn end(tx: &mut TenantTx<'_>, mandate: Mandate, reason: String) -> AppResult<Mandate> {
    let id = mandate.id;
    let waits = match mandate.request {
        AttemptState::Prepared => true,
        // An earlier sending may have been lost and have made one all the same.
        AttemptState::RetryWait => mandate.tries <= 1,
        _ => false,
    };
    tx.audit("mandate.ending_asked", id, (), json!({ "reason": reason }))?;
    let ending = Some(reason);
    let mandate = mandates::update(tx, Mandate { ending, ..mandate })?;
    if waits {
        return call_off(tx, mandate);
    }
    let now = tx.now();
    later(
        tx,
        BillingJob::EndMandate,
        MandateJob { mandate_id: id },
        now,
    )?;
    Ok(mandate)
}

/// Ends a mandate that the provider has nothing of.
fn call_off(tx: &mut TenantTx<'_>, mandate: Mandate) -> AppResult<Mandate> {
    let off = Mandate {
        state: MandateState::Canceled,
        request: AttemptState::Terminal,
        ..mandate.clone()
    };
    let off = changed(tx, &mandate, off)?;
    if let Some(id) = off.first_charge {
        let charge = hold(tx, id)?.charge;
        match charge.state {
            ChargeState::Created => {
                prepare_cancel(tx, id)?;
            }
            // It left with the mandate's request, which the provider has nothing of.
            ChargeState::Unknown => {
                if let Some(attempt) = charge_attempts::find(tx, id, 1)? {
                    answer::advance(tx, &attempt, AttemptState::Terminal, None)?;
                }
                let off = Charge {
                    state: ChargeState::Canceled,
                    ..charge.clone()
                };
                move_to(tx, &charge, off, ("did_not_happen", By::Answer))?;
            }
            _ => {}
        }
    }
    mandates::find(tx, off.id)?.ok_or(AppError::NotFound("mandate"))
}

/// A mandate whose provider is to be told that it is over.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn to_end(tx: &mut TenantTx<'_>, id: MandateId) -> AppResult<Option<Known>> {
    let mandate = mandates::find(tx, id)?.ok_or(AppError::NotFound("mandate"))?;
    if mandate.state.is_over() || mandate.ending.is_none() {
        return Ok(None);
    }
    known(tx, mandate)
}

/// Applies what the provider answered when it was told that a mandate is over. It is told again until
/// it says so too.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn apply_end(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    id: MandateId,
    answer: Result<&MandateReport, &PluginFault>,
) -> AppResult<Outcome> {
    let mandate = locked(tx, id)?;
    if mandate.state.is_over() {
        return Ok(Outcome::Same);
    }
    let wait = reconcile_after(mandate.asked);
    match answer {
        Ok(report) if report.state.is_over() => return reported(tx, vault, mandate, report),
        Ok(_) | Err(_) => unanswered(tx, mandate)?,
    };
    let at = tx.now().saturating_add_seconds(wait);
    later(
        tx,
        BillingJob::EndMandate,
        MandateJob { mandate_id: id },
        at,
    )?;
    Ok(Outcome::AskAgain)
}

/// What audit and events say of a mandate: no payer, no action.
fn brief(mandate: &Mandate) -> serde_json::Value {
    json!({
        "license_id": mandate.license_id, "plan_id": mandate.plan_id, "method": mandate.method,
        "state": mandate.state, "amount": mandate.amount(), "reason": mandate.reason,
        "raw_status": mandate.raw_status,
    })
}
