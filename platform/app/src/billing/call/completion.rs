//! The calls when a customer comes back: from the provider's page, from a challenge of the card's
//! bank, or with the token that the provider's fields made.
//!
//! Nothing is written down before these leave: the charge, or the mandate, is there already and stays
//! open, so what became of a call that nobody heard the end of is found out as always, by asking.

use alvara_domain::charge::ChargeState;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::{ChargeId, MandateId};
use alvara_domain::payment::ask::Pair;
use alvara_domain::payment::{PluginFault, PluginFaultKind};
use alvara_store::{Scope, TenantTx, charge_attempts, charges, payment_accounts};

use super::{ask, ask_mandate, judged, ready};
use crate::billing::answer::synced;
use crate::billing::mandate::{self, Known};
use crate::billing::version::as_made;
use crate::billing::{AskJob, AskMandateJob, Outcome};
use crate::{AppError, AppResult, Platform};

/// Goes on with a charge by what the customer came back with, and applies what is answered. A charge
/// that is over is left as it is, whoever comes back to it; one whose request nobody knows the outcome
/// of is asked about instead.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Invalid`] for what the plugin or the provider refuses to go on
/// with, and where nothing reached the provider; when the database fails.
pub async fn complete(
    platform: &Platform,
    scope: &Scope,
    id: ChargeId,
    query: &[Pair],
) -> AppResult<Outcome> {
    let db = platform.db();
    let read = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
        let charge = charges::find(tx, id)?.ok_or(AppError::NotFound("charge"))?;
        let account = payment_accounts::find(tx, charge.account_id)?;
        let account = account.ok_or(AppError::NotFound("payment account"))?;
        let made = charge_attempts::list(tx, id)?.into_iter().next();
        let key = made.map_or_else(|| id.to_string(), |made| made.idempotency_key);
        let refs = charges::refs(tx, &id)?;
        Ok((charge.state, as_made(tx, id, account)?, refs, key))
    };
    let (state, account, refs, key) = db.read(scope, read).await?;
    if !state.is_open() {
        return Ok(Outcome::Same);
    }
    if refs.is_empty() || matches!(state, ChargeState::Created | ChargeState::Unknown) {
        return ask(platform, scope, AskJob::now(id)).await;
    }
    let which = (key, 1, db.clock().now());
    let answer = match ready(platform, scope, &account, which).await? {
        Err(fault) => Err(fault),
        Ok(ready) => {
            let answered = ready.plugin.complete(&ready.call, &refs, query).await;
            judged(platform, scope, &ready, answered).await?
        }
    };
    match &answer {
        Err(fault) if is_refusal(fault) => return Err(refused(fault)),
        // It knows of nothing yet; the questions that are planned go on.
        Err(fault) if fault.kind == PluginFaultKind::NotFound => return Ok(Outcome::Same),
        _ => {}
    }
    let vault = platform.vault().clone();
    db.write(scope, move |tx| synced(tx, &vault, id, answer.as_ref()))
        .await
}

/// The same for a mandate.
///
/// # Errors
/// As [`complete`].
pub async fn complete_mandate(
    platform: &Platform,
    scope: &Scope,
    id: MandateId,
    query: &[Pair],
) -> AppResult<Outcome> {
    let db = platform.db();
    let job = AskMandateJob::now(id);
    let asked = db
        .read(scope, move |tx| mandate::question(tx, &job))
        .await?;
    let Some(Known {
        mandate: known,
        account,
        refs,
    }) = asked
    else {
        return Ok(Outcome::Same);
    };
    // It has been set up: there is nothing to go on with, and how it stands can be asked.
    if known.action.is_none() {
        return ask_mandate(platform, scope, job).await;
    }
    let which = (id.to_string(), 1, db.clock().now());
    let answer = match ready(platform, scope, &account, which).await? {
        Err(fault) => Err(fault),
        Ok(ready) => {
            let plugin = &ready.plugin;
            let answered = plugin
                .mandate_complete_setup(&ready.call, &refs, query)
                .await;
            judged(platform, scope, &ready, answered).await?
        }
    };
    if let Err(fault) = &answer
        && is_refusal(fault)
    {
        return Err(refused(fault));
    }
    let vault = platform.vault().clone();
    db.write(scope, move |tx| {
        mandate::synced(tx, &vault, id, answer.as_ref())
    })
    .await
}

/// Whether it certainly came to nothing, by what the customer brought.
const fn is_refusal(fault: &PluginFault) -> bool {
    use PluginFaultKind as Kind;
    matches!(fault.kind, Kind::InvalidRequest | Kind::Conflict) || is_unsent(fault)
}

/// Whether nothing reached the provider that it would act on.
const fn is_unsent(fault: &PluginFault) -> bool {
    use PluginFaultKind as Kind;
    matches!(
        fault.kind,
        Kind::RateLimited
            | Kind::Unavailable
            | Kind::Unauthenticated
            | Kind::Permission
            | Kind::InvalidConfig
    )
}

fn refused(fault: &PluginFault) -> AppError {
    use PluginFaultKind as Kind;
    let what = match fault.kind {
        Kind::RateLimited | Kind::Unavailable => {
            "the provider took nothing and nothing has changed; send it again"
        }
        Kind::Unauthenticated | Kind::Permission | Kind::InvalidConfig => {
            "the provider does not take the seller's account, and nothing has changed; the seller must \
             mend the payment account"
        }
        _ => "the provider does not go on with this",
    };
    AppError::field("/query", FaultCode::Conflict, format!("{what} ({fault})"))
}
