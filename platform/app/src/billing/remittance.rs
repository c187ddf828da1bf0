//! Writes a file that tells a bank of titles.
//!
//! A bank that speaks by files does not know a title until a file tells it. What waits is taken into
//! one file, with the next number of its account, before the plugin writes it: a process that dies on
//! the way leaves a file that is written from the same titles under the same number when it is asked
//! for again. A file that the plugin refuses was never written, and its titles wait again.

use alvara_domain::charge::ChargeState;
use alvara_domain::event::EventKind;
use alvara_domain::id::{ChargeId, PaymentAccountId};
use alvara_domain::payment::ask::ChargeAsk;
use alvara_domain::payment::returned::Remittance;
use alvara_gateway::{BatchEntry, BatchInstruction};
use alvara_store::{Scope, TenantTx, charges, remittances};
use serde_json::json;

use super::call::{judged, load_account, ready};
use super::returned::unread;
use crate::{AppError, AppResult, Platform};

/// Most titles of one file.
const TITLES: i64 = 1_000;

/// Writes the next file of an account, or the one that was begun.
///
/// # Errors
/// [`AppError::NotFound`] for an account that is none; [`AppError::ExceedsOwnRights`] for a part of the
/// tenant; [`AppError::WrongState`] where no title waits; [`AppError::Invalid`] with the plugin's words
/// for what it does not write, and where it writes no files at all.
pub async fn write(
    platform: &Platform,
    scope: &Scope,
    account_id: PaymentAccountId,
) -> AppResult<Remittance> {
    let db = platform.db();
    let account = load_account(platform, scope, account_id).await?;
    if !scope.is_whole_tenant() {
        return Err(AppError::ExceedsOwnRights);
    }
    let begun = db.write(scope, move |tx| begin(tx, account_id)).await?;
    let scope = &scope.without_claim();
    let (file, asks) = begun;
    let id = file.id;
    let entries: Vec<BatchEntry> = asks
        .into_iter()
        .map(|ask| BatchEntry {
            instruction: BatchInstruction::Register,
            ask,
        })
        .collect();
    let sequence = u64::try_from(file.sequence)
        .map_err(|error| AppError::Inconsistent(format!("a file's number: {error}")))?;
    let which = (id.to_string(), 1, db.clock().now());
    let written = match ready(platform, scope, &account, which).await? {
        Err(fault) => Err(fault),
        Ok(ready) => {
            let plugin = &ready.plugin;
            let answered = plugin
                .export_remittance(&ready.call, sequence, &entries)
                .await;
            judged(platform, scope, &ready, answered).await?
        }
    };
    let written = match written {
        Ok(written) => written,
        Err(fault) => {
            let back = move |tx: &mut TenantTx<'_>| remittances::abandon(tx, id);
            db.write(scope, back).await?;
            return Err(unread(&fault));
        }
    };
    let titles = entries.len();
    let keep = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
        let content = (written.name.as_str(), written.content.as_slice());
        if remittances::write(tx, id, content)? {
            let what = json!({ "account_id": account_id, "sequence": sequence, "titles": titles });
            tx.audit("remittance.written", id, (), &what)?;
            tx.emit(EventKind::RemittanceWritten, id, &what)?;
        }
        remittances::find(tx, id)?.ok_or(AppError::NotFound("remittance"))
    };
    db.write(scope, keep).await
}

/// Takes what waits into a file, or goes on with the one that is begun.
fn begin(
    tx: &mut TenantTx<'_>,
    account_id: PaymentAccountId,
) -> AppResult<(Remittance, Vec<ChargeAsk>)> {
    if let Some(file) = remittances::unwritten(tx, account_id)? {
        let mut asks = Vec::new();
        for id in remittances::entries(tx, file.id)? {
            let charge = charges::find(tx, id)?.ok_or(AppError::NotFound("charge"))?;
            // What was called off meanwhile the bank need not hear of.
            if charge.state == ChargeState::Processing {
                asks.push(charge.ask);
            }
        }
        if !asks.is_empty() {
            return Ok((file, asks));
        }
        remittances::abandon(tx, file.id)?;
    }
    let waiting = charges::in_no_file(tx, account_id, TITLES)?;
    if waiting.is_empty() {
        return Err(AppError::WrongState {
            noun: "payment account",
            state: "without waiting titles",
            wanted: "written a file for",
        });
    }
    let file = Remittance {
        id: tx.new_id()?,
        account_id,
        sequence: remittances::last_sequence(tx, account_id)? + 1,
        name: None,
        created_by: tx.scope().actor().to_string(),
        created_at: tx.now(),
    };
    let ids: Vec<ChargeId> = waiting.iter().map(|charge| charge.id).collect();
    if !remittances::begin(tx, &file, &ids)? {
        return Err(AppError::contended());
    }
    let asks = waiting.into_iter().map(|charge| charge.ask).collect();
    Ok((file, asks))
}
