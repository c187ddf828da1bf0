//! The calls about mandates.

use alvara_domain::id::MandateId;
use alvara_domain::recurring::Lead;
use alvara_store::{Scope, TenantTx};

use super::{judged, ready, send};
use crate::billing::mandate::{self, Known, SetUp};
use crate::billing::{AskMandateJob, CollectJob, Outcome, renewal};
use crate::{AppResult, Platform};

/// Lets the request to set a mandate up leave, if it has not, and applies what is answered.
///
/// # Errors
/// [`crate::AppError::NotFound`]; when the database fails. What the provider refuses is applied, not
/// an error.
pub async fn set_up(platform: &Platform, scope: &Scope, id: MandateId) -> AppResult<Outcome> {
    let db = platform.db();
    let leaves = db.write(scope, move |tx| mandate::dispatch(tx, id)).await?;
    let Some(SetUp { mandate, account }) = leaves else {
        return Ok(Outcome::Same);
    };
    let which = (id.to_string(), mandate.tries, db.clock().now());
    let answer = match ready(platform, scope, &account, which).await? {
        Err(fault) => Err(fault),
        Ok(ready) => {
            // When its charges are to be handed in is known before anybody consents to any.
            let lead = ready.plugin.mandate_lead_time_days(&ready.call).await;
            match judged(platform, scope, &ready, lead).await? {
                Err(fault) => Err(fault),
                Ok((first, last)) => {
                    let made = ready.plugin.mandate_setup(&ready.call, &mandate.ask).await;
                    judged(platform, scope, &ready, made)
                        .await?
                        .map(|report| (Lead { first, last }, report))
                }
            }
        }
    };
    let vault = platform.vault().clone();
    db.write(scope, move |tx| {
        let answer = answer.as_ref().map(|(lead, report)| (*lead, report));
        mandate::apply_set_up(tx, &vault, id, answer)
    })
    .await
}

/// Asks the provider how a mandate stands, and applies what is answered.
///
/// # Errors
/// [`crate::AppError::NotFound`]; when the database fails.
pub async fn ask_mandate(
    platform: &Platform,
    scope: &Scope,
    job: AskMandateJob,
) -> AppResult<Outcome> {
    let db = platform.db();
    let asked = db
        .read(scope, move |tx| mandate::question(tx, &job))
        .await?;
    let Some(Known { account, refs, .. }) = asked else {
        return Ok(Outcome::Same);
    };
    let id = job.mandate_id;
    let which = (id.to_string(), 1, db.clock().now());
    let answer = match ready(platform, scope, &account, which).await? {
        Err(fault) => Err(fault),
        Ok(ready) => {
            let answered = ready.plugin.mandate_sync(&ready.call, &refs).await;
            judged(platform, scope, &ready, answered).await?
        }
    };
    let vault = platform.vault().clone();
    db.write(scope, move |tx| {
        mandate::synced(tx, &vault, id, answer.as_ref())
    })
    .await
}

/// Tells the provider that a mandate is over, if it is to be, and applies what is answered.
///
/// # Errors
/// [`crate::AppError::NotFound`]; when the database fails.
pub async fn end_mandate(platform: &Platform, scope: &Scope, id: MandateId) -> AppResult<Outcome> {
    let db = platform.db();
    let wanted = db.read(scope, move |tx| mandate::to_end(tx, id)).await?;
    let Some(Known {
        mandate,
        account,
        refs,
    }) = wanted
    else {
        return Ok(Outcome::Same);
    };
    let which = (format!("{id}-end"), 1, db.clock().now());
    let reason = mandate.ending.unwrap_or_default();
    let answer = match ready(platform, scope, &account, which).await? {
        Err(fault) => Err(fault),
        Ok(ready) => {
            let answered = ready
                .plugin
                .mandate_cancel(&ready.call, &refs, &reason)
                .await;
            judged(platform, scope, &ready, answered).await?
        }
    };
    let vault = platform.vault().clone();
    db.write(scope, move |tx| {
        mandate::apply_end(tx, &vault, id, answer.as_ref())
    })
    .await
}

/// Looks whether a license is to be renewed by its mandate now, and charges it when it is.
///
/// # Errors
/// When the database fails.
pub async fn collect(platform: &Platform, scope: &Scope, job: CollectJob) -> AppResult<Outcome> {
    let parts = platform.clone();
    let look =
        move |tx: &mut TenantTx<'_>| renewal::collect(tx, parts.vault(), parts.address(), &job);
    match platform.db().write(scope, look).await? {
        Some(charged) => send(platform, scope, charged).await,
        None => Ok(Outcome::Same),
    }
}
