//! Looks at what a shop sent: each event is added to what is known of its order, and the order is
//! brought to where it then belongs. Doing it again changes nothing.

use alvara_domain::ecommerce::{
    ShopAccount, ShopEvent, ShopFacts, ShopKind, ShopOrder, Unreadable, fastspring, paypal, stripe,
};
use alvara_domain::id::{ShopAccountId, ShopOrderId};
use alvara_domain::notice::NoticeKind;
use alvara_store::inbound::WebhookState;
use alvara_store::{TenantTx, shop_orders, shop_webhooks, shops};
use alvara_vault::Vault;
use serde_json::json;

use super::account::load;
use super::fulfil::fulfil;
use super::{ApplyJob, RetryJob, ShopJob};
use crate::notice::tell;
use crate::{AppError, AppResult};

/// Looks at what a shop sent, once. What of it cannot be read is told to the place of the shop.
///
/// # Errors
/// [`AppError::NotFound`] for something that was never stored.
pub fn apply(tx: &mut TenantTx<'_>, vault: &Vault, job: ApplyJob) -> AppResult<()> {
    // One at a time for each shop: two orders of one buyer must not make two customers.
    shops::hold(tx, job.account_id)?;
    let account = load(tx, job.account_id)?;
    let found = shop_webhooks::load(tx, job.webhook_id)?;
    let (_, state, body) = found.ok_or(AppError::NotFound("webhook"))?;
    if state != WebhookState::Received {
        return Ok(());
    }
    let (events, faults) = read(account.kind, &body);
    for event in events {
        take_in(tx, vault, &account, event)?;
    }
    let Some(first) = faults.first() else {
        shop_webhooks::mark(tx, job.webhook_id, WebhookState::Applied, None)?;
        return Ok(());
    };
    let why = match faults.len() {
        1 => first.to_string(),
        count => format!("{first}; and {} more", count - 1),
    };
    shop_webhooks::mark(tx, job.webhook_id, WebhookState::Failed, Some(&why))?;
    let what = json!({ "shop": account.name, "reason": why });
    let subject = job.webhook_id;
    tell(
        tx,
        account.node_id,
        NoticeKind::ShopOrderHeld,
        subject,
        what,
    )?;
    Ok(())
}

/// How many orders are tried again at once: a job has minutes, and an order may be of many licenses.
const AT_ONCE: i64 = 20;

/// Tries again to give what is held, some orders after the other: what is held for good must not
/// stand before what could be given.
///
/// # Errors
/// [`AppError::NotFound`] for a shop that is none.
pub fn retry(tx: &mut TenantTx<'_>, vault: &Vault, job: RetryJob) -> AppResult<()> {
    shops::hold(tx, job.account_id)?;
    let account = load(tx, job.account_id)?;
    let held = shop_orders::list_held(tx, job.account_id, (job.after, AT_ONCE))?;
    for id in &held {
        let order = shop_orders::find(tx, *id)?.ok_or(AppError::NotFound("shop order"))?;
        fulfil(tx, vault, &account, order)?;
    }
    if let Some(last) = held.last() {
        let next = RetryJob {
            after: Some(*last),
            ..job
        };
        let now = tx.now();
        tx.enqueue(ShopJob::Retry.as_str(), next, now)?;
    }
    Ok(())
}

/// The events of a body that are something to us, and what is wrong with others. A body was answered
/// as a whole and does not come again, so one event is not lost for another.
fn read(kind: ShopKind, body: &[u8]) -> (Vec<ShopEvent>, Vec<Unreadable>) {
    let told = match kind {
        ShopKind::Stripe => vec![stripe::event(body)],
        ShopKind::Paypal => vec![paypal::event(body)],
        ShopKind::Fastspring => {
            fastspring::events(body).unwrap_or_else(|unreadable| vec![Err(unreadable)])
        }
    };
    let (mut events, mut faults) = (Vec::new(), Vec::new());
    for one in told {
        match one {
            Ok(event) if event.facts.is_empty() => {}
            Ok(event) if event.refs.is_empty() => {
                faults.push(Unreadable(format!("{:.60} names no order", event.id)));
            }
            Ok(event) => events.push(event),
            Err(unreadable) => faults.push(unreadable),
        }
    }
    (events, faults)
}

fn take_in(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    account: &ShopAccount,
    event: ShopEvent,
) -> AppResult<()> {
    let known = shop_orders::by_refs(tx, account.id, &event.refs)?;
    let mut order = match join(tx, known)? {
        Some(order) => order,
        None => make(tx, account.id, &event)?,
    };
    shop_orders::add_refs(tx, (account.id, order.id), &event.refs)?;
    let unclear = order.facts.unclear_refunds();
    for fact in event.facts {
        order.facts.learn(fact);
    }
    if order.facts.unclear_refunds() > unclear {
        let why = "part of the money went back, and the shop does not say for which licenses";
        let what = json!({ "shop": account.name, "reference": order.reference, "reason": why });
        let subject = order.id;
        tell(
            tx,
            account.node_id,
            NoticeKind::ShopOrderHeld,
            subject,
            what,
        )?;
    }
    fulfil(tx, vault, account, order)
}

fn make(
    tx: &mut TenantTx<'_>,
    account_id: ShopAccountId,
    event: &ShopEvent,
) -> AppResult<ShopOrder> {
    let id: ShopOrderId = tx.new_id()?;
    let order = ShopOrder {
        id,
        account_id,
        reference: event.refs.first().cloned().unwrap_or_default(),
        facts: ShopFacts::default(),
        node_id: None,
        held: false,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    shop_orders::insert(tx, &order)?;
    Ok(order)
}

/// One order of those that an event shows to be one: what knows its goods stays, and takes in what was
/// told under the other names. Two that both know their goods stay two.
fn join(tx: &mut TenantTx<'_>, mut known: Vec<ShopOrder>) -> AppResult<Option<ShopOrder>> {
    if known.is_empty() {
        return Ok(None);
    }
    let first = known
        .iter()
        .position(|order| order.facts.purchase().is_some())
        .unwrap_or(0);
    let mut order = known.swap_remove(first);
    for other in known {
        if other.facts.purchase().is_none() {
            shop_orders::absorb(tx, order.id, other.id)?;
            order.facts.merge(other.facts);
        }
    }
    Ok(Some(order))
}
