//! A customer's bank contests a charge, and decides.

use alvara_domain::charge::record::{Charge, Dispute};
use alvara_domain::charge::{ChargeState, DisputeState};
use alvara_domain::event::EventKind;
use alvara_domain::id::{ChargeId, DisputeId};
use alvara_domain::payment::report::{ChargeReport, DisputeReport};
use alvara_store::{TenantTx, charges, refunds};
use alvara_vault::Vault;
use serde_json::json;

use super::Outcome;
use super::refund::as_charge;
use super::settle::{self, By, hold, usable};
use crate::{AppError, AppResult};

/// Applies how a dispute stands: it is kept, and the charge follows it. Money that is lost is
/// contested first, so that what was given is suspended and then taken, in this order.
pub(super) fn apply_report(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    charge: ChargeId,
    subject: &str,
    report: &DisputeReport,
    by: By,
) -> AppResult<Outcome> {
    let held = hold(tx, charge)?;
    if report.amount.currency != held.charge.currency {
        let mut odd = as_charge(&held.charge, held.charge.book.refunded);
        odd.captured.currency = report.amount.currency;
        return settle::apply(tx, vault, held, &odd, by);
    }
    if !keep(tx, &held.charge, (held.account.id, subject), report)? {
        return Ok(Outcome::Same);
    }
    let steps: &[ChargeState] = match (report.state, held.charge.state) {
        (
            DisputeState::Opened | DisputeState::UnderReview,
            ChargeState::Paid | ChargeState::PartiallyRefunded,
        ) => &[ChargeState::Disputed],
        (DisputeState::Lost, ChargeState::Paid | ChargeState::PartiallyRefunded) => {
            &[ChargeState::Disputed, ChargeState::ChargedBack]
        }
        (DisputeState::Lost, ChargeState::Disputed) => &[ChargeState::ChargedBack],
        (
            DisputeState::Won | DisputeState::Closed,
            ChargeState::Disputed | ChargeState::ChargedBack,
        ) => &[ChargeState::Paid],
        _ => &[],
    };
    let mut outcome = Outcome::Applied;
    for step in steps {
        let held = hold(tx, charge)?;
        let told = told(&held.charge, *step);
        // The order of disputes is judged by their own states, so the charge just follows.
        outcome = settle::apply(tx, vault, held, &told, By::Answer)?;
    }
    Ok(outcome)
}

/// Whether a charge is contested, or its money gone, by a dispute that was told of by itself. A
/// provider that does so goes on saying of the charge that it was paid; only the end of the dispute
/// makes that true again.
pub(super) fn holds(tx: &mut TenantTx<'_>, charge: &Charge) -> AppResult<bool> {
    if !matches!(
        charge.state,
        ChargeState::Disputed | ChargeState::ChargedBack
    ) {
        return Ok(false);
    }
    let all = refunds::list_disputes(tx, charge.id)?;
    let is_over = |state| matches!(state, DisputeState::Won | DisputeState::Closed);
    Ok(all.iter().any(|one| !is_over(one.state)))
}

fn told(charge: &Charge, to: ChargeState) -> ChargeReport {
    let report = as_charge(charge, charge.book.refunded);
    let state = match to {
        ChargeState::Paid if charge.book.refunded > 0 => ChargeState::PartiallyRefunded,
        other => other,
    };
    ChargeReport { state, ..report }
}

/// Keeps the dispute; `false` when it is known so, or went on since.
fn keep(
    tx: &mut TenantTx<'_>,
    charge: &Charge,
    (account, subject): (alvara_domain::id::PaymentAccountId, &str),
    report: &DisputeReport,
) -> AppResult<bool> {
    let known = match subject.parse::<DisputeId>() {
        Ok(id) => refunds::find_dispute(tx, id)?,
        Err(_) => None,
    };
    let of_charge = charges::refs(tx, &charge.id)?;
    let mut refs = usable(&report.refs);
    refs.retain(|one| !of_charge.contains(one));
    let reason: String = report.reason.chars().take(300).collect();
    let (before, after) = match known {
        Some(before) => {
            if before.state == report.state || !before.state.can_become(report.state) {
                return Ok(false);
            }
            let after = Dispute {
                state: report.state,
                amount_minor: report.amount.amount_minor,
                evidence_due: report.evidence_due,
                reason,
                ..before.clone()
            };
            refunds::update_dispute(tx, &after)?;
            (Some(before.state), after)
        }
        None => {
            let new = Dispute {
                id: tx.new_id()?,
                charge_id: charge.id,
                state: report.state,
                amount_minor: report.amount.amount_minor,
                currency: report.amount.currency,
                reason,
                evidence_due: report.evidence_due,
                opened_at: tx.now(),
                updated_at: tx.now(),
                version: 1,
            };
            refunds::insert_dispute(tx, &new)?;
            (None, new)
        }
    };
    if !charges::add_refs(tx, (account, charge.id), &after.id, &refs)? {
        return Err(AppError::contended());
    }
    tx.audit(
        "dispute.changed",
        after.id,
        json!({ "state": before }),
        json!({ "state": after.state, "charge_id": charge.id, "amount_minor": after.amount_minor }),
    )?;
    tx.emit(EventKind::DisputeUpdated, after.id, &after)?;
    Ok(true)
}
