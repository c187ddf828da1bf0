//! That money came, went back, or is owed.

use std::collections::BTreeMap;

use alvara_domain::id::{InvoiceId, OrderId};
use alvara_domain::invoice::Invoice;
use alvara_domain::mail::Mail;
use alvara_domain::order::credit::{Ladder, Step};
use alvara_domain::order::{Done, Order, OrderState};
use alvara_domain::recurring::RenewalState;
use alvara_domain::time::UtcTime;
use alvara_render::Args;
use alvara_store::{TenantTx, invoices, licenses, orders, products, renewals};

use super::{Draft, Letter};
use crate::{AppError, AppResult, Platform};

/// A paper and its order.
fn paper_of(tx: &mut TenantTx<'_>, id: InvoiceId) -> AppResult<(Invoice, Order)> {
    let paper = invoices::find(tx, id)?.ok_or(AppError::NotFound("invoice"))?;
    let order = orders::find(tx, paper.order_id)?.ok_or(AppError::NotFound("order"))?;
    Ok((paper, order))
}

/// What was bought, in words.
fn what(paper: &Invoice) -> String {
    let items = paper.content.items.iter();
    let texts: Vec<&str> = items.map(|item| item.description.as_str()).collect();
    texts.join(", ")
}

/// A link to a paper.
fn link(
    draft: &mut Draft<'_>,
    tx: &TenantTx<'_>,
    platform: &Platform,
    (paper, key): (&Invoice, &str),
) -> AppResult<()> {
    let label = Args::new().text("number", paper.printed_number());
    let label = draft.say.text(key, &label);
    let below = format!("/paper/{}.pdf", paper.id);
    draft.link(tx, platform, (paper.order_id, &below), label)
}

/// What a document is about, in the reader's words.
fn facts(draft: &Draft<'_>, paper: &Invoice) -> Args {
    Args::new()
        .text("amount", draft.say.money(paper.content.total))
        .text("number", paper.printed_number())
        .text("what", what(paper))
}

/// A payment came: how much, what it renewed, and the receipt.
pub(super) fn paid(
    tx: &mut TenantTx<'_>,
    platform: &Platform,
    mail: &Mail,
    (name, id): (&str, InvoiceId),
) -> AppResult<Option<Letter>> {
    let (paper, order) = paper_of(tx, id)?;
    let mut draft = Draft::open(tx, platform, mail, (order.node_id, name))?;
    let about = facts(&draft, &paper);
    draft.add("mail-paid-intro", &about);
    for line in renewed(tx, &draft, &order)? {
        draft.add("mail-paid-until", &line);
    }
    link(&mut draft, tx, platform, (&paper, "mail-paid-receipt"))?;
    let subject = draft.say.text("mail-paid-subject", &about);
    Ok(Some(draft.close(subject, name, &[])))
}

/// The licenses that an order renewed, with their ends.
fn renewed(tx: &mut TenantTx<'_>, draft: &Draft<'_>, order: &Order) -> AppResult<Vec<Args>> {
    let (mut found, mut names) = (Vec::new(), BTreeMap::new());
    for line in orders::lines(tx, order.id)? {
        let (Some(id), Some(Done::Renewed { after, .. })) = (line.license_id, &line.done) else {
            continue;
        };
        let end = after.expires_at.or(after.maintenance_until);
        let end = end.and_then(|at| UtcTime::from_micros(at).ok());
        let (Some(end), Some(license)) = (end, licenses::find(tx, id)?) else {
            continue;
        };
        if !names.contains_key(&line.product_id)
            && let Some(product) = products::find(tx, line.product_id)?
        {
            names.insert(line.product_id, product.name);
        }
        let product = names.get(&line.product_id).cloned().unwrap_or_default();
        let args = Args::new()
            .text("product", product)
            .text("hint", license.key_hint)
            .text("day", draft.day(end));
        found.push(args);
    }
    Ok(found)
}

/// Money was given back.
pub(super) fn refunded(
    tx: &mut TenantTx<'_>,
    platform: &Platform,
    mail: &Mail,
    (name, id): (&str, InvoiceId),
) -> AppResult<Option<Letter>> {
    let (paper, order) = paper_of(tx, id)?;
    let mut draft = Draft::open(tx, platform, mail, (order.node_id, name))?;
    let about = facts(&draft, &paper);
    draft.add("mail-refund-intro", &about);
    link(&mut draft, tx, platform, (&paper, "mail-refund-note"))?;
    let subject = draft.say.text("mail-refund-subject", &about);
    Ok(Some(draft.close(subject, name, &[])))
}

/// What is said of an order that is paid later.
fn owed(draft: &Draft<'_>, order: &Order) -> Args {
    let due = order.due_at.map_or_else(String::new, |at| draft.day(at));
    let stop = order.due_at.map(|at| {
        let days = Ladder::default().suspend;
        draft.day(at.saturating_add_seconds(days * 86_400))
    });
    Args::new()
        .text("amount", draft.say.money(order.total()))
        .text("day", due)
        .text("until", stop.unwrap_or_default())
}

fn pay(
    draft: &mut Draft<'_>,
    tx: &TenantTx<'_>,
    platform: &Platform,
    order: &Order,
) -> AppResult<()> {
    let label = Args::new().text("amount", draft.say.money(order.total()));
    let label = draft.say.text("mail-pay", &label);
    draft.link(tx, platform, (order.id, ""), label)
}

/// An order was given, and may be paid later.
pub(super) fn deferred(
    tx: &mut TenantTx<'_>,
    platform: &Platform,
    mail: &Mail,
    (name, id): (&str, OrderId),
) -> AppResult<Option<Letter>> {
    let order = orders::find(tx, id)?.ok_or(AppError::NotFound("order"))?;
    if order.state != OrderState::Open {
        return Ok(None);
    }
    let mut draft = Draft::open(tx, platform, mail, (order.node_id, name))?;
    let about = owed(&draft, &order);
    draft.add("mail-deferred-intro", &about);
    pay(&mut draft, tx, platform, &order)?;
    let subject = draft.say.text("mail-deferred-subject", &about);
    Ok(Some(draft.close(subject, name, &[])))
}

/// Such an order was not paid in time.
pub(super) fn overdue(
    tx: &mut TenantTx<'_>,
    platform: &Platform,
    mail: &Mail,
    (name, id, step): (&str, OrderId, Step),
) -> AppResult<Option<Letter>> {
    let order = orders::find(tx, id)?.ok_or(AppError::NotFound("order"))?;
    let (state, key) = match step {
        Step::None | Step::Told | Step::Blocked => (OrderState::Open, "mail-overdue-told"),
        Step::Suspended => (OrderState::Open, "mail-overdue-suspended"),
        Step::Withdrawn => (OrderState::Canceled, "mail-overdue-withdrawn"),
    };
    // Paid since, or told of by a later mail.
    if order.state != state || (order.narrowed >= Step::Suspended && step < Step::Suspended) {
        return Ok(None);
    }
    let mut draft = Draft::open(tx, platform, mail, (order.node_id, name))?;
    let about = owed(&draft, &order);
    draft.add("mail-overdue-intro", &about);
    draft.add(key, &about);
    if order.state == OrderState::Open {
        pay(&mut draft, tx, platform, &order)?;
    }
    let subject = draft.say.text("mail-overdue-subject", &about);
    Ok(Some(draft.close(subject, name, &[])))
}

/// What a mandate was to collect did not come: when it is tried again, or that it is not.
pub(super) fn uncollected(
    tx: &mut TenantTx<'_>,
    platform: &Platform,
    mail: &Mail,
    (name, id, failures): (&str, OrderId, u32),
) -> AppResult<Option<Letter>> {
    let order = orders::find(tx, id)?.ok_or(AppError::NotFound("order"))?;
    let renewals = renewals::of_order(tx, id)?;
    // Paid since, being tried just now, or told of by a later mail.
    let still = renewals.into_iter().find(|one| {
        let waits = matches!(one.state, RenewalState::Waiting | RenewalState::GivenUp);
        waits && one.failures == failures
    });
    let Some(renewal) = still.filter(|_| order.state == OrderState::Open) else {
        return Ok(None);
    };
    let mut draft = Draft::open(tx, platform, mail, (order.node_id, name))?;
    let about = Args::new().text("amount", draft.say.money(order.total()));
    draft.add("mail-uncollected-intro", &about);
    match renewal.next_at {
        Some(at) => {
            let next = Args::new().text("day", draft.day(at));
            draft.add("mail-uncollected-next", &next);
        }
        None => draft.add("mail-uncollected-over", &Args::new()),
    }
    pay(&mut draft, tx, platform, &order)?;
    let subject = draft.say.text("mail-uncollected-subject", &about);
    Ok(Some(draft.close(subject, name, &[])))
}
