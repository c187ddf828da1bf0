//! Applies what a plugin answered: to a request that left, and to a question.

use alvara_domain::charge::ChargeState;
use alvara_domain::charge::attempt::{AttemptState, Operation, poll_after, reconcile_after};
use alvara_domain::charge::record::{Attempt, Charge};
use alvara_domain::id::ChargeId;
use alvara_domain::notice::NoticeKind;
use alvara_domain::payment::report::{ChargeReport, Decline, RetryAdvice};
use alvara_domain::payment::{PluginFault, PluginFaultKind};
use alvara_domain::time::UtcTime;
use alvara_store::{TenantTx, charge_attempts, charges};
use alvara_vault::Vault;
use serde_json::json;

use super::settle::{self, By, Held, hold, move_to, usable};
use super::{AskJob, BillingJob, Outcome, SendJob, later};
use crate::notice::tell;
use crate::{AppError, AppResult};

/// After how many questions without an answer somebody is told.
const TELL_AFTER: u32 = 5;
/// After how many seconds a provider is asked again that answers no questions.
const SELDOM: i64 = 86_400;

/// A question about a charge, as its state calls for it.
#[derive(Debug, Clone)]
pub enum Question {
    /// Nobody knows what became of its request: `find_by_key` with this key, then [`found`].
    Find {
        /// The charge.
        charge: Charge,
        /// Whose outcome is not known.
        attempt: Attempt,
    },
    /// `sync` with these names, then [`synced`].
    Sync {
        /// The charge.
        charge: Charge,
        /// The provider's names for it.
        refs: Vec<alvara_domain::payment::PspRef>,
    },
    /// There is nothing to ask: its request has not left, or another question is planned since.
    Nothing,
}

/// What is to be asked about a charge now.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn question(tx: &mut TenantTx<'_>, job: &AskJob) -> AppResult<Question> {
    let id = job.charge_id;
    let charge = charges::find(tx, id)?.ok_or(AppError::NotFound("charge"))?;
    if job.due.is_some() && job.due != charge.poll_at.map(UtcTime::micros) {
        return Ok(Question::Nothing);
    }
    let attempts = charge_attempts::list(tx, id)?;
    let lost = attempts.into_iter().rev().find(|one| {
        matches!(one.operation, Operation::Create | Operation::Collect)
            && matches!(
                one.state,
                AttemptState::Dispatched | AttemptState::NeedsReconciliation
            )
    });
    if let (ChargeState::Unknown, Some(attempt)) = (charge.state, lost) {
        return Ok(Question::Find { charge, attempt });
    }
    let refs = charges::refs(tx, &id)?;
    if refs.is_empty() {
        return Ok(Question::Nothing);
    }
    Ok(Question::Sync { charge, refs })
}

/// Applies the answer to a request that left: creating, capturing or calling off a charge. What was
/// answered before, or is known better by now, changes nothing.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn apply_answer(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    (id, number): (ChargeId, i64),
    answer: Result<&ChargeReport, &PluginFault>,
) -> AppResult<Outcome> {
    let held = hold(tx, id)?;
    let attempt =
        charge_attempts::find(tx, id, number)?.ok_or(AppError::NotFound("charge attempt"))?;
    let open = matches!(
        attempt.state,
        AttemptState::Dispatched | AttemptState::NeedsReconciliation
    );
    match answer {
        Ok(report) => {
            if open {
                advance(tx, &attempt, AttemptState::Succeeded, None)?;
            }
            reported(tx, vault, held, report, By::Answer)
        }
        Err(_) if !open => Ok(Outcome::Same),
        Err(fault) => faulted(tx, held, &attempt, fault),
    }
}

/// Applies what the provider has of a charge whose request nobody knows the outcome of: a report,
/// nothing (then it is sent again under the same key), or a fault (then it is asked again later).
///
/// # Errors
/// [`AppError::NotFound`].
pub fn found(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    (id, number): (ChargeId, i64),
    answer: Result<Option<&ChargeReport>, &PluginFault>,
) -> AppResult<Outcome> {
    match answer {
        Ok(Some(report)) => apply_answer(tx, vault, (id, number), Ok(report)),
        Ok(None) => {
            let held = hold(tx, id)?;
            let attempt = charge_attempts::find(tx, id, number)?
                .ok_or(AppError::NotFound("charge attempt"))?;
            if held.charge.state != ChargeState::Unknown {
                return Ok(Outcome::Same);
            }
            let attempt = reconcile(tx, attempt)?;
            advance(tx, &attempt, AttemptState::RetryWait, None)?;
            back_to_created(tx, &held.charge, number, 0)
        }
        Err(_) => ask_later(tx, id),
    }
}

/// Applies how a charge stands at its provider, which was asked just now.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn synced(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    id: ChargeId,
    answer: Result<&ChargeReport, &PluginFault>,
) -> AppResult<Outcome> {
    match answer {
        Ok(report) => {
            let held = hold(tx, id)?;
            reported(tx, vault, held, report, By::Sync)
        }
        Err(fault) if fault.kind == PluginFaultKind::Unsupported => cannot_be_asked(tx, id),
        Err(_) => ask_later(tx, id),
    }
}

/// A provider that answers no questions, as a bank that speaks by files, is asked once a day while
/// the charge is open, should its account or plugin learn to; and of what is over no more.
fn cannot_be_asked(tx: &mut TenantTx<'_>, id: ChargeId) -> AppResult<Outcome> {
    let held = hold(tx, id)?;
    if held.charge.state.is_open() {
        let at = tx.now().saturating_add_seconds(SELDOM);
        plan(tx, held.charge, at)?;
    }
    Ok(Outcome::Same)
}

fn reported(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    held: Held,
    report: &ChargeReport,
    by: By,
) -> AppResult<Outcome> {
    let id = held.charge.id;
    let report = ChargeReport {
        refs: usable(&report.refs),
        ..report.clone()
    };
    let outcome = settle::apply(tx, vault, held, &report, by)?;
    keep_looking(tx, id, report.poll_at)?;
    Ok(outcome)
}

/// Sets the time at which an open charge is asked about next: as its plugin says, or by its age;
/// and shortly after it can no longer be paid.
fn keep_looking(tx: &mut TenantTx<'_>, id: ChargeId, wanted: Option<UtcTime>) -> AppResult<()> {
    let charge = charges::find(tx, id)?.ok_or(AppError::NotFound("charge"))?;
    if !charge.state.is_open() || charge.state == ChargeState::Created {
        return Ok(());
    }
    let now = tx.now();
    let age = (now.micros() - charge.created_at.micros()) / 1_000_000;
    let usual = now.saturating_add_seconds(poll_after(age));
    let at = wanted.filter(|at| *at > now).unwrap_or(usual);
    let over = charge
        .expires_at
        .map(|end| end.saturating_add_seconds(60))
        .filter(|end| *end > now);
    plan(tx, charge, over.map_or(at, |over| over.min(at)))
}

/// Plans the next question about a charge; one that was planned before no longer counts.
fn plan(tx: &mut TenantTx<'_>, charge: Charge, at: UtcTime) -> AppResult<()> {
    let job = AskJob {
        charge_id: charge.id,
        due: Some(at.micros()),
    };
    let planned = Charge {
        poll_at: Some(at),
        ..charge
    };
    charges::update(tx, &planned)?;
    later(tx, BillingJob::Ask, job, at)
}

fn faulted(
    tx: &mut TenantTx<'_>,
    held: Held,
    attempt: &Attempt,
    fault: &PluginFault,
) -> AppResult<Outcome> {
    let next = AttemptState::after(fault);
    // What the provider was asked about without an answer stays open until it answers.
    if attempt.state == AttemptState::NeedsReconciliation
        && next == AttemptState::NeedsReconciliation
    {
        return ask_later(tx, held.charge.id);
    }
    let said = fault.to_string();
    advance(tx, attempt, next, Some(&said))?;
    let creating = attempt.operation.creates();
    match next {
        AttemptState::RetryWait if creating => {
            // As the provider asks, or ever more seldom: an outage of hours is no reason to call it
            // every few seconds.
            let asked = fault.retry_after_ms.map(|wait| wait.div_ceil(1_000));
            let wait = match asked.and_then(|wait| i64::try_from(wait).ok()) {
                Some(wait) => wait.clamp(1, 3_600),
                None => reconcile_after(attempt.tries.saturating_sub(1)),
            };
            back_to_created(tx, &held.charge, attempt.number, wait)
        }
        AttemptState::Terminal if creating => failed(tx, &held.charge, fault),
        AttemptState::NeedsReconciliation => ask_later(tx, held.charge.id),
        // Calling off or capturing did not happen: whoever asked for it sees the charge as it was.
        _ => Ok(Outcome::Same),
    }
}

fn back_to_created(
    tx: &mut TenantTx<'_>,
    charge: &Charge,
    attempt: i64,
    wait: i64,
) -> AppResult<Outcome> {
    if charge.state != ChargeState::Unknown {
        return Ok(Outcome::Same);
    }
    let back = Charge {
        state: ChargeState::Created,
        asked: 0,
        ..charge.clone()
    };
    move_to(tx, charge, back, ("did_not_happen", By::Answer))?;
    let job = SendJob {
        charge_id: charge.id,
        attempt,
    };
    let at = tx.now().saturating_add_seconds(wait);
    later(tx, BillingJob::Send, job, at)?;
    Ok(Outcome::Applied)
}

fn failed(tx: &mut TenantTx<'_>, charge: &Charge, fault: &PluginFault) -> AppResult<Outcome> {
    if charge.state != ChargeState::Unknown {
        return Ok(Outcome::Same);
    }
    let advice = match fault.kind {
        PluginFaultKind::Unsupported | PluginFaultKind::InvalidRequest => {
            RetryAdvice::RetryOtherMethod
        }
        _ => RetryAdvice::RetryLater,
    };
    let decline = Decline {
        code: fault
            .psp_code
            .clone()
            .unwrap_or_else(|| fault.kind.as_str().to_owned()),
        message: fault.message.clone(),
        advice,
    };
    let over = Charge {
        state: ChargeState::Failed,
        decline: Some(decline),
        ..charge.clone()
    };
    move_to(tx, charge, over, ("refused", By::Answer))?;
    Ok(Outcome::Applied)
}

/// The provider is asked after 5 s, 30 s, 2 min, 10 min and then every hour; after the fifth
/// question without an answer somebody is told.
fn ask_later(tx: &mut TenantTx<'_>, id: ChargeId) -> AppResult<Outcome> {
    let held = hold(tx, id)?;
    let at = tx
        .now()
        .saturating_add_seconds(reconcile_after(held.charge.asked));
    let asked = Charge {
        asked: held.charge.asked.saturating_add(1),
        ..held.charge.clone()
    };
    if asked.asked == TELL_AFTER && asked.state == ChargeState::Unknown {
        let what = json!({ "order_id": asked.order_id, "asked": asked.asked });
        tell(tx, held.order.node_id, NoticeKind::ChargeUnknown, id, what)?;
    }
    plan(tx, asked, at)?;
    Ok(Outcome::AskAgain)
}

/// An attempt whose process died counts as one whose outcome is not known.
pub(super) fn reconcile(tx: &mut TenantTx<'_>, attempt: Attempt) -> AppResult<Attempt> {
    if attempt.state != AttemptState::Dispatched {
        return Ok(attempt);
    }
    advance(tx, &attempt, AttemptState::NeedsReconciliation, None)?;
    Ok(Attempt {
        state: AttemptState::NeedsReconciliation,
        ..attempt
    })
}

pub(super) fn advance(
    tx: &mut TenantTx<'_>,
    attempt: &Attempt,
    to: AttemptState,
    fault: Option<&str>,
) -> AppResult<()> {
    if !attempt.state.can_become(to) || !charge_attempts::advance(tx, attempt, to, fault)? {
        return Err(AppError::contended());
    }
    Ok(())
}
