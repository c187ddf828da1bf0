//! The calls about what providers send by themselves.

use std::collections::{BTreeMap, BTreeSet};

use alvara_domain::charge::record::PaymentAccount;
use alvara_domain::id::{InboundWebhookId, PaymentAccountId};
use alvara_domain::payment::ask::InboundRequest;
use alvara_domain::payment::report::{EventBody, InboundReply, PaymentEvent};
use alvara_domain::payment::{PluginFault, PluginFaultKind};
use alvara_store::inbound::{self, EventOutcome, StoredWebhook, WebhookState};
use alvara_store::{Scope, TenantTx, payment_accounts};

use super::{blamed, judged, load_account, ready};
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
/// What it tells of a charge or mandate that goes on by another version is read once more by that
/// one: not every provider can be asked instead.
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
    let events = read_by(platform, scope, &account, &kept).await?;
    let events = events.map_err(|fault| {
        AppError::Inconsistent(format!("webhook {id} is no longer understood: {fault}"))
    })?;
    let account_id = account.id;
    let meant = as_meant(platform, scope, (&account, &kept), events).await?;
    let mut unmatched = 0;
    for (version, event) in meant {
        let vault = platform.vault().clone();
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

/// What the version that an account is pinned to reads in a webhook, as of when that came.
async fn read_by(
    platform: &Platform,
    scope: &Scope,
    account: &PaymentAccount,
    kept: &StoredWebhook,
) -> AppResult<Result<Vec<PaymentEvent>, PluginFault>> {
    let which = (account.id.to_string(), 1, kept.received_at);
    let ready = match ready(platform, scope, account, which).await? {
        Ok(ready) => ready,
        Err(fault) => return Ok(Err(fault)),
    };
    let answered = ready
        .plugin
        .handle_webhook(&ready.call, &kept.request)
        .await;
    let handled = judged(platform, scope, &ready, answered).await?;
    Ok(handled.map(|handled| handled.events))
}

/// Each event with the version that read it: the one by which goes on what the event tells of, as far
/// as that one reads it too; otherwise the one that took it. Whichever reads it, it is the same event.
async fn as_meant(
    platform: &Platform,
    scope: &Scope,
    (account, kept): (&PaymentAccount, &StoredWebhook),
    events: Vec<PaymentEvent>,
) -> AppResult<Vec<(String, PaymentEvent)>> {
    let (id, is_alone) = (account.id, events.len() == 1);
    let taken_by = &account.plugin_version;
    let mut owners = Vec::with_capacity(events.len());
    for event in &events {
        let goes_by = version_of(platform, scope, id, event).await?;
        owners.push(goes_by.filter(|version| version != taken_by));
    }
    let mut others: BTreeMap<String, Vec<PaymentEvent>> = BTreeMap::new();
    for version in owners.iter().flatten().collect::<BTreeSet<_>>() {
        let pinned = PaymentAccount {
            plugin_version: version.clone(),
            ..account.clone()
        };
        let read = match read_by(platform, scope, &pinned, kept).await? {
            Ok(read) => read,
            // It is read once more later: perhaps nobody can be asked for what was told whole.
            Err(fault)
                if fault.kind == PluginFaultKind::Unavailable && events.iter().any(is_whole) =>
            {
                return Err(AppError::Inconsistent(format!(
                    "a webhook of {id} is not read by version {version} now: {fault}"
                )));
            }
            // What that version does not read, or cannot prove, is asked about.
            Err(_) => Vec::new(),
        };
        others.insert(version.clone(), read);
    }
    let mut meant = Vec::with_capacity(events.len());
    for (event, owner) in events.into_iter().zip(owners) {
        let theirs = owner
            .as_ref()
            .and_then(|version| others.get(version))
            .and_then(|read| again(&event, is_alone, read));
        // It has to be of that version by what that version calls it, too.
        if let (Some(owner), Some(theirs)) = (owner, theirs)
            && version_of(platform, scope, id, &theirs).await?.as_ref() == Some(&owner)
        {
            meant.push((owner, theirs));
        } else {
            meant.push((taken_by.clone(), event));
        }
    }
    Ok(meant)
}

/// Whether an event says by itself how something stands.
fn is_whole(event: &PaymentEvent) -> bool {
    let reports = matches!(
        event.body,
        EventBody::Charge(_) | EventBody::Refund(_) | EventBody::Mandate(_)
    );
    reports && event.trust.proves_the_body()
}

/// An event among what another version read in the same webhook, under the name that it is known by.
/// Two versions need not name an event alike.
fn again(event: &PaymentEvent, is_alone: bool, read: &[PaymentEvent]) -> Option<PaymentEvent> {
    let by_name = read.iter().find(|one| one.event_id == event.event_id);
    let found = by_name.or(match read {
        [only] if is_alone => Some(only),
        _ => None,
    })?;
    Some(PaymentEvent {
        event_id: event.event_id.clone(),
        ..found.clone()
    })
}

async fn version_of(
    platform: &Platform,
    scope: &Scope,
    account: PaymentAccountId,
    event: &PaymentEvent,
) -> AppResult<Option<String>> {
    let event = event.clone();
    let read = move |tx: &mut TenantTx<'_>| event::goes_by(tx, account, &event);
    platform.db().read(scope, read).await
}
