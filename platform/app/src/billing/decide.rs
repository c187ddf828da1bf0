//! Decides on what was told of a charge and is not believed.
//!
//! Such a report is kept as it came. Somebody who runs the tenant looks at it, and at the provider's
//! own pages, and answers for it or not. Accepted, it is applied as if it had been believed: money is
//! booked, and what was bought is given. Only what can be booked is accepted: more money than was
//! asked for, and money of a charge that had come to nothing. Amounts that contradict each other,
//! another currency or another name at the provider can only be rejected, and so can what the charge
//! has outrun: who says now that it was paid does not take back that the money went back since.

use alvara_domain::charge::ChargeState;
use alvara_domain::charge::judge::{Judgement, Quarantine, Told, judge, vouched_for};
use alvara_domain::charge::record::{Charge, HistoryEntry, QuarantinedReport, ReportState};
use alvara_domain::event::EventKind;
use alvara_domain::id::{ChargeId, QuarantinedReportId};
use alvara_domain::payment::report::ChargeReport;
use alvara_gateway::Digest;
use alvara_store::{TenantTx, charges, quarantined_reports};
use alvara_vault::Vault;
use serde_json::json;

use super::settle::{By, Held, bump, change, describe, hold, note};
use crate::field::Fields;
use crate::{AppError, AppResult};

alvara_domain::text_enum! {
    /// What is to become of a report.
    pub enum Decision {
        /// It is applied.
        Accept = "accept",
        /// It is not, and never will be.
        Reject = "reject",
    }
}

/// A decision on a report.
#[derive(Debug, Clone)]
pub struct Deciding {
    /// Of which charge.
    pub charge: ChargeId,
    /// Which report.
    pub report: QuarantinedReportId,
    /// What is to become of it.
    pub decision: Decision,
    /// Why, for whoever reads the audit log: 1 to 300 characters.
    pub note: String,
}

/// Keeps a report that is not believed; what became of the same report, told before.
pub(super) fn keep(
    tx: &mut TenantTx<'_>,
    charge_id: ChargeId,
    (reason, report): (Quarantine, &ChargeReport),
    by: By,
) -> AppResult<Option<ReportState>> {
    // When to ask again differs each time the same is told.
    let same = ChargeReport {
        poll_at: None,
        action: None,
        ..report.clone()
    };
    let text = serde_json::to_vec(&same)
        .map_err(|error| AppError::Inconsistent(format!("a report: {error}")))?;
    let kept = QuarantinedReport {
        id: tx.new_id()?,
        charge_id,
        reason,
        report: report.clone(),
        told_by: by.as_str().to_owned(),
        state: ReportState::Waiting,
        told_at: tx.now(),
        decided_by: None,
        decided_at: None,
        note: None,
    };
    let digest = Digest::of(&text).to_string();
    Ok(quarantined_reports::keep(tx, &kept, &digest)?)
}

/// Decides on a report, once.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::ExceedsOwnRights`] for a part of the tenant;
/// [`AppError::Invalid`] without a note; [`AppError::WrongState`] for one that is decided on, and to
/// accept what cannot be booked, or what the charge has outrun.
pub fn decide(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    wanted: &Deciding,
) -> AppResult<QuarantinedReport> {
    let held = hold(tx, wanted.charge)?;
    if !tx.scope().is_whole_tenant() {
        return Err(AppError::ExceedsOwnRights);
    }
    let before = find(tx, wanted)?;
    let mut fields = Fields::new();
    let why = fields.line("/note", &wanted.note, 300);
    fields.finish()?;
    if before.state != ReportState::Waiting {
        return Err(AppError::WrongState {
            noun: "quarantined report",
            state: before.state.as_str(),
            wanted: "decided on",
        });
    }
    let state = match wanted.decision {
        Decision::Accept => {
            accept(tx, vault, held, &before)?;
            ReportState::Accepted
        }
        Decision::Reject => {
            let others = quarantined_reports::list_of_charge(tx, wanted.charge)?;
            let waits =
                |one: &QuarantinedReport| one.id != before.id && one.state == ReportState::Waiting;
            if !others.iter().any(waits) {
                settle_quarantine(tx, &held.charge, "rejected")?;
            }
            ReportState::Rejected
        }
    };
    if !quarantined_reports::decide(tx, wanted.report, (state, &why))? {
        return Err(AppError::contended());
    }
    let after = find(tx, wanted)?;
    // Not the report itself: it may say how to pay, which is nobody's to keep for ever.
    let told = json!({
        "report_id": after.id, "reason": after.reason, "decision": after.state, "note": after.note,
        "reported_state": after.report.state,
        "captured_minor": after.report.captured.amount_minor,
        "refunded_minor": after.report.refunded.amount_minor,
    });
    tx.audit("charge.quarantine_decided", wanted.charge, (), &told)?;
    tx.emit(EventKind::ChargeUpdated, wanted.charge, &told)?;
    Ok(after)
}

fn find(tx: &mut TenantTx<'_>, wanted: &Deciding) -> AppResult<QuarantinedReport> {
    let all = quarantined_reports::list_of_charge(tx, wanted.charge)?;
    all.into_iter()
        .find(|one| one.id == wanted.report)
        .ok_or(AppError::NotFound("quarantined report"))
}

/// Applies a report that somebody answers for, if what it says can be booked by now.
fn accept(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    mut held: Held,
    kept: &QuarantinedReport,
) -> AppResult<()> {
    let (id, report) = (held.charge.id, &kept.report);
    let known = charges::refs(tx, &id)?;
    let standing = vouched_for(&held.charge.standing(known), report);
    let impossible = |why: &'static str| AppError::WrongState {
        noun: "quarantined report",
        state: why,
        wanted: "accepted",
    };
    if is_outrun(tx, &held.charge, kept)? {
        return Err(impossible("outrun"));
    }
    let to = match judge(&standing, report, Told::Asked) {
        Judgement::Apply(to) => to,
        Judgement::Late => report.state,
        Judgement::Amounts => held.charge.state,
        // It stands so by now.
        Judgement::Same => return settle_quarantine(tx, &held.charge, "accepted"),
        Judgement::Quarantine(reason) => return Err(impossible(reason.as_str())),
        Judgement::Through(_) | Judgement::AskAgain => return Err(impossible("outrun")),
    };
    if !charges::add_refs(tx, (held.account.id, id), &id, &report.refs)? {
        return Err(impossible(Quarantine::ReferenceChanged.as_str()));
    }
    let before = held.charge.clone();
    // So much is agreed on from here on, also when the provider says it again.
    held.charge.surcharge_most_minor = standing.surcharge;
    describe(&mut held.charge, report, By::Operator);
    change(
        tx,
        vault,
        held,
        (&before, to),
        (report, false, By::Operator),
    )
}

/// Whether money of a charge moved after a report was told, to where the report does not lead.
fn is_outrun(tx: &mut TenantTx<'_>, charge: &Charge, kept: &QuarantinedReport) -> AppResult<bool> {
    let (state, said) = (charge.state, &kept.report);
    let was_paid =
        state.holds_money() || matches!(state, ChargeState::Refunded | ChargeState::ChargedBack);
    let is_other = state != said.state || said.refunded.amount_minor < charge.book.refunded;
    if !was_paid || !is_other {
        return Ok(false);
    }
    let since = |entry: &HistoryEntry| {
        entry.at > kept.told_at && matches!(entry.verdict.as_str(), "applied" | "late")
    };
    Ok(charges::history(tx, charge.id)?.iter().any(since))
}

/// Nothing of the charge is doubted any more.
fn settle_quarantine(tx: &mut TenantTx<'_>, charge: &Charge, verdict: &str) -> AppResult<()> {
    if charge.quarantine.is_none() {
        return Ok(());
    }
    let after = Charge {
        quarantine: None,
        ..charge.clone()
    };
    charges::update(tx, &after)?;
    note(tx, charge, &bump(&after), verdict, By::Operator)
}
