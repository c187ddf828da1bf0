//! Reads a file of a bank: whole, once, and line by line.
//!
//! The account's plugin reads it first; what it does not understand is kept nowhere. Then the file is
//! stored with what each line says, and each line is applied in a transaction of its own, as an event
//! that the bank told. A line is an event by what it says, not by the file it stands in, so it is
//! applied once however often it is sent, in this file or another.
//!
//! Whoever brings a file answers for where it came from: the bank signs none. So only those may who
//! set up how the tenant charges.

use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::{ChargeId, PaymentAccountId, ReturnFileId};
use alvara_domain::payment::report::{ChargeReport, EventBody, PaymentEvent};
use alvara_domain::payment::returned::{LineOutcome, ReturnFile, ReturnLine, Tally};
use alvara_domain::payment::{PluginFault, PluginFaultKind};
use alvara_gateway::Digest;
use alvara_store::inbound::{self, EventOutcome};
use alvara_store::{Scope, TenantTx, charges, return_files};
use alvara_vault::Vault;
use serde_json::json;

use super::call::{judged, load_account, ready};
use super::{BillingJob, ReturnFileJob, event, later};
use crate::{AppError, AppResult, Platform};

/// After how many seconds a job looks whether every line was looked at: whoever brings a file does
/// that at once, unless its process dies.
const LOOK: i64 = 60;
/// In seconds. Files name days, other channels instants.
const DAY: i64 = 86_400;

/// Whether a file is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// It came for the first time.
    New,
    /// The same bytes came before.
    Again,
}

/// What a file said, and what was made of it.
#[derive(Debug, Clone)]
pub struct ReturnReport {
    /// The file.
    pub file: ReturnFile,
    /// Its lines, counted.
    pub tally: Tally,
    /// Its lines.
    pub lines: Vec<ReturnLine>,
}

/// Takes a file in and applies its lines. Of one that came before, the lines are looked at again that
/// named a title which nobody knew.
///
/// # Errors
/// [`AppError::NotFound`] for an account that is none; [`AppError::Invalid`] for what the account's
/// plugin does not read, with its words, and where it reads no files at all;
/// [`AppError::ExceedsOwnRights`] for a part of the tenant.
pub async fn import(
    platform: &Platform,
    scope: &Scope,
    account_id: PaymentAccountId,
    content: Vec<u8>,
) -> AppResult<(ReturnFileId, Arrival)> {
    let db = platform.db();
    let account = load_account(platform, scope, account_id).await?;
    if !scope.is_whole_tenant() {
        return Err(AppError::ExceedsOwnRights);
    }
    let digest = Digest::of(&content).to_string();
    let same = digest.clone();
    let known = db
        .read(scope, move |tx| {
            return_files::find_by_digest(tx, account_id, &same)
        })
        .await?;
    if let Some(file) = known {
        apply(platform, &scope.without_claim(), file.id).await?;
        return Ok((file.id, Arrival::Again));
    }
    let which = (format!("{account_id}-return"), 1, db.clock().now());
    let ready = ready(platform, scope, &account, which)
        .await?
        .map_err(|fault| unread(&fault))?;
    let answered = ready.plugin.import_return(&ready.call, &content).await;
    let events = judged(platform, scope, &ready, answered)
        .await?
        .map_err(|fault| unread(&fault))?;
    let version = account.plugin_version;
    let keep = move |tx: &mut TenantTx<'_>| {
        let file = ReturnFile {
            id: tx.new_id()?,
            account_id,
            digest: digest.clone(),
            size_bytes: i64::try_from(content.len()).unwrap_or(i64::MAX),
            plugin_version: version.clone(),
            received_by: tx.scope().actor().to_string(),
            received_at: tx.now(),
        };
        take_in(tx, file, (content.as_slice(), events.as_slice()))
    };
    let (id, arrival) = db.write(scope, keep).await?;
    apply(platform, &scope.without_claim(), id).await?;
    Ok((id, arrival))
}

/// Why a file was not read or written, in the plugin's words.
pub(super) fn unread(fault: &PluginFault) -> AppError {
    let code = match fault.kind {
        PluginFaultKind::Malformed | PluginFaultKind::InvalidRequest => FaultCode::Malformed,
        _ => FaultCode::Conflict,
    };
    AppError::field("", code, fault.to_string())
}

/// Stores a file that was read, and the job that looks after it; of two that bring the same at once
/// one stores it.
fn take_in(
    tx: &mut TenantTx<'_>,
    file: ReturnFile,
    (content, events): (&[u8], &[PaymentEvent]),
) -> AppResult<(ReturnFileId, Arrival)> {
    if !return_files::store(tx, &file, content, events)? {
        let known = return_files::find_by_digest(tx, file.account_id, &file.digest)?;
        return match known {
            Some(known) => Ok((known.id, Arrival::Again)),
            None => Err(AppError::contended()),
        };
    }
    let at = tx.now().saturating_add_seconds(LOOK);
    let job = ReturnFileJob { file_id: file.id };
    later(tx, BillingJob::ApplyReturnFile, job, at)?;
    let what = json!({ "file": file, "lines": events.len() });
    tx.audit("return_file.imported", file.id, (), &what)?;
    tx.emit(EventKind::ReturnFileImported, file.id, &what)?;
    Ok((file.id, Arrival::New))
}

/// Applies the lines of a file that were not looked at yet, or named a title that nobody knew. Doing
/// it again changes nothing. A line that cannot be applied keeps no other back, and waits.
///
/// # Errors
/// When the database fails; the first of those for which a line cannot be applied.
pub async fn apply(platform: &Platform, scope: &Scope, id: ReturnFileId) -> AppResult<()> {
    let db = platform.db();
    let open = db
        .read(scope, move |tx| return_files::open_lines(tx, id))
        .await?;
    let mut failed = None;
    for position in open {
        let vault = platform.vault().clone();
        let applied = db
            .write(scope, move |tx| apply_line(tx, &vault, (id, position)))
            .await;
        match applied {
            Ok(()) => {}
            // The rest would fare no better.
            Err(AppError::Store(error)) if error.is_passing() => return Err(error.into()),
            Err(error) => {
                tracing::error!(file = %id, position, %error, "a line of a bank's file cannot be applied");
                failed = failed.or(Some(error));
            }
        }
    }
    failed.map_or(Ok(()), Err)
}

fn apply_line(tx: &mut TenantTx<'_>, vault: &Vault, at: (ReturnFileId, i64)) -> AppResult<()> {
    let (Some(file), Some(line)) = (return_files::find(tx, at.0)?, return_files::line(tx, at)?)
    else {
        return Err(AppError::NotFound("return file"));
    };
    let applied = event::apply_line(tx, vault, file.account_id, &line.event)?;
    let charge = inbound::charge_of(tx, file.account_id, &line.event.event_id)?;
    let is_for_people = match &line.event.body {
        EventBody::Ignored(_) => true,
        EventBody::Charge(report) if applied == EventOutcome::Same => {
            is_other_money(tx, report, charge)?
        }
        _ => false,
    };
    let outcome = match applied {
        _ if is_for_people => LineOutcome::Noted,
        EventOutcome::Applied => LineOutcome::Applied,
        EventOutcome::Same => LineOutcome::Same,
        EventOutcome::AskAgain => LineOutcome::AskAgain,
        EventOutcome::Quarantined => LineOutcome::Quarantined,
        EventOutcome::Unmatched => LineOutcome::Unknown,
    };
    return_files::settle(tx, at, outcome, charge)?;
    Ok(())
}

/// Whether money is told of that came a day or more before or after what a charge was paid by: a
/// title may be paid twice, which is no news of the first payment.
fn is_other_money(
    tx: &mut TenantTx<'_>,
    report: &ChargeReport,
    charge: Option<ChargeId>,
) -> AppResult<bool> {
    let (Some(id), Some(said)) = (charge, report.paid_at) else {
        return Ok(false);
    };
    let paid_at = charges::find(tx, id)?.and_then(|charge| charge.paid_at);
    Ok(paid_at.is_some_and(|known| known.seconds_until(said).abs() >= DAY))
}

/// What a file said, and what was made of it.
///
/// # Errors
/// [`AppError::NotFound`] for a file that is none of the account's, or for a part of the tenant.
pub fn report(
    tx: &mut TenantTx<'_>,
    account: PaymentAccountId,
    id: ReturnFileId,
) -> AppResult<ReturnReport> {
    let file = return_files::find(tx, id)?.filter(|file| file.account_id == account);
    let file = file.ok_or(AppError::NotFound("return file"))?;
    Ok(ReturnReport {
        file,
        tally: return_files::tally(tx, id)?,
        lines: return_files::lines(tx, id)?,
    })
}
