//! The calls about what providers send by themselves.

use alvara_domain::id::{InboundWebhookId, PaymentAccountId};
use alvara_domain::payment::PluginFault;
use alvara_domain::payment::ask::InboundRequest;
use alvara_domain::payment::report::InboundReply;
use alvara_store::inbound::{self, EventOutcome, WebhookState};
use alvara_store::{Scope, TenantTx, payment_accounts};

use super::{blamed, load_account, ready};
use crate::billing::event;
use crate::billing::version::by;
use crate::{AppError, AppResult, Platform};

/// What a provider is answered, or why its request is refused.
#[derive(Debug)]
pub enum Received {
    /// It was kept, or was kept before.
    Kept(InboundReply),
    /// The plugin does not believe it; nothing is kept.
    Refused(PluginFault),
}

/// Takes what a provider sent: the plugin checks it, it is stored as it came, and answered. What it
/// says is looked at by a job.
///
/// # Errors
/// [`AppError::NotFound`] for an account that is none; when the database fails.
pub async fn receive(
    platform: &Platform,
    scope: &Scope,
    id: PaymentAccountId,
    request: InboundRequest,
) -> AppResult<Received> {
    let db = platform.db();
    let account = load_account(platform, scope, id).await?;
    let which = (id.to_string(), 1, db.clock().now());
    let ready = match ready(platform, scope, &account, which).await? {
        Ok(ready) => ready,
        Err(fault) => return Ok(Received::Refused(fault)),
    };
    let handled = match ready.plugin.handle_webhook(&ready.call, &request).await {
        Ok(handled) => handled,
        Err(failed) => {
            let fault = blamed(platform, scope, &ready, failed).await?;
            return Ok(Received::Refused(fault));
        }
    };
    // Several events in one request are told apart by its bytes.
    let event_id = match handled.events.as_slice() {
        [] => return Ok(Received::Kept(handled.reply)),
        [one] => Some(one.event_id.clone()),
        _ => None,
    };
    let taken_by = account.plugin_version;
    db.write(scope, move |tx| {
        event::receive(tx, id, event_id.as_deref(), (&request, &taken_by))
    })
    .await?;
    Ok(Received::Kept(handled.reply))
}

/// Looks at a webhook that is stored: the version of the plugin that took it reads it as of when it
/// came, as long as that one is installed and granted something, and each event is applied by itself.
///
/// # Errors
/// [`AppError::NotFound`]; when the database fails, or the plugin no longer reads what it read.
pub async fn apply_webhook(
    platform: &Platform,
    scope: &Scope,
    id: InboundWebhookId,
) -> AppResult<()> {
    let db = platform.db();
    let read = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
        let kept = inbound::load(tx, id)?.ok_or(AppError::NotFound("webhook"))?;
        let account = payment_accounts::find(tx, kept.account_id)?;
        let account = account.ok_or(AppError::NotFound("payment account"))?;
        let account = match &kept.plugin_version {
            Some(version) => by(tx, account, version.clone())?,
            None => account,
        };
        Ok((account, kept))
    };
    let (account, kept) = db.read(scope, read).await?;
    let which = (account.id.to_string(), 1, kept.received_at);
    let unreadable = |fault: PluginFault| {
        AppError::Inconsistent(format!("webhook {id} is no longer understood: {fault}"))
    };
    let ready = ready(platform, scope, &account, which)
        .await?
        .map_err(unreadable)?;
    let handled = match ready
        .plugin
        .handle_webhook(&ready.call, &kept.request)
        .await
    {
        Ok(handled) => handled,
        Err(failed) => {
            return Err(unreadable(blamed(platform, scope, &ready, failed).await?));
        }
    };
    let account_id = account.id;
    let mut unmatched = 0;
    for event in handled.events {
        let (vault, version) = (platform.vault().clone(), account.plugin_version.clone());
        let outcome = db
            .write(scope, move |tx| {
                event::apply(tx, &vault, (account_id, &version), &event)
            })
            .await?;
        unmatched += usize::from(outcome == EventOutcome::Unmatched);
    }
    // It may speak of a charge whose answer is still on its way to us: look again later.
    if unmatched > 0 {
        return Err(AppError::Inconsistent(format!(
            "webhook {id} speaks of {unmatched} thing(s) that nobody knows yet"
        )));
    }
    db.write(scope, move |tx| {
        inbound::mark(tx, id, WebhookState::Applied)
    })
    .await?;
    Ok(())
}
