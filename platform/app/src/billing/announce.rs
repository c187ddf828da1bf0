//! Writes down the mails to who pays: what came, what went back, and what is owed.

use alvara_domain::id::{InvoiceId, NodeId};
use alvara_domain::mail::MailContent;
use alvara_domain::order::Order;
use alvara_domain::order::credit::Step;
use alvara_domain::recurring::Renewal;
use alvara_store::TenantTx;

use crate::AppResult;
use crate::mail::{NewMail, post, recipient};

/// Writes a mail down to who buys for a place, if anybody there gave an address.
fn to(
    tx: &mut TenantTx<'_>,
    place: NodeId,
    content: impl FnOnce(String) -> MailContent,
) -> AppResult<()> {
    if let Some(to) = recipient(tx, place)? {
        let mail = NewMail {
            place,
            recipient: to.email,
            locale: to.locale,
            content: content(to.name),
        };
        post(tx, mail)?;
    }
    Ok(())
}

/// A payment came, with its receipt.
pub(super) fn paid(tx: &mut TenantTx<'_>, order: &Order, invoice: InvoiceId) -> AppResult<()> {
    to(tx, order.node_id, |name| MailContent::Paid {
        name,
        invoice,
    })
}

/// Money was given back, with its credit note.
pub(super) fn refunded(tx: &mut TenantTx<'_>, order: &Order, invoice: InvoiceId) -> AppResult<()> {
    to(tx, order.node_id, |name| MailContent::Refunded {
        name,
        invoice,
    })
}

/// What was ordered was given, and is paid later.
pub(super) fn deferred(tx: &mut TenantTx<'_>, order: &Order) -> AppResult<()> {
    to(tx, order.node_id, |name| MailContent::Deferred {
        name,
        order: order.id,
    })
}

/// What a mandate was to collect did not come.
pub(super) fn uncollected(
    tx: &mut TenantTx<'_>,
    place: NodeId,
    renewal: &Renewal,
) -> AppResult<()> {
    to(tx, place, |name| MailContent::Uncollected {
        name,
        license: renewal.license_id,
        order: renewal.order_id,
        failures: renewal.failures,
    })
}

/// Such an order is overdue. That nothing more is given on credit concerns nobody who does not ask for
/// it, and is told a day after the first mail.
pub(super) fn overdue(tx: &mut TenantTx<'_>, order: &Order, step: Step) -> AppResult<()> {
    if step == Step::Blocked {
        return Ok(());
    }
    to(tx, order.node_id, |name| MailContent::Overdue {
        name,
        order: order.id,
        step,
    })
}
