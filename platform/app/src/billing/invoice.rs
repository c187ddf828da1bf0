//! Invoices of what is ordered, written with the order; receipts for money that paid it, and credit
//! notes for what of it went back. Each of those is written in the transaction that books the money,
//! so books and documents cannot differ.

use alvara_domain::charge::record::Charge;
use alvara_domain::civil_date::CivilDate;
use alvara_domain::id::InvoiceId;
use alvara_domain::invoice::{Invoice, InvoiceContent, InvoiceItem, InvoiceKind, OrderInvoice};
use alvara_domain::money::Money;
use alvara_domain::node::Tenant;
use alvara_domain::order::{Order, OrderLine};
use alvara_store::{TenantTx, counters, invoices, order_invoices, orders, tenants};
use serde_json::json;

use super::announce;
use super::party::{buyer, seller};
use crate::AppResult;

/// What invoices are counted as.
const INVOICES: &str = "invoice";

/// What a document is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    /// All that was sold, line by line.
    Sale,
    /// More money for it, or money that went back and then did not after all.
    More,
    /// Money that went back.
    Return,
}

impl About {
    const fn kind(self) -> InvoiceKind {
        match self {
            Self::Sale | Self::More => InvoiceKind::Receipt,
            Self::Return => InvoiceKind::CreditNote,
        }
    }
}

/// Writes what a change of a charge calls for. The receipts of a charge less its credit notes are
/// always what it earned less what went back: a document is never changed, so one that proved wrong
/// is set right by another over the difference.
pub(super) fn follow(
    tx: &mut TenantTx<'_>,
    order: &Order,
    (before, after): (&Charge, &Charge),
) -> AppResult<()> {
    let earned = after.book.earned - before.book.earned;
    let back = went_back(after) - went_back(before);
    let came = earned.max(0) + (-back).max(0);
    let went = (-earned).max(0) + back.max(0);
    if came > 0 {
        let about = if before.book.earned == 0 {
            About::Sale
        } else {
            About::More
        };
        let receipt = write(tx, order, after, (about, came))?;
        if about == About::Sale {
            announce::paid(tx, order, receipt)?;
        }
    }
    if went > 0 {
        let note = write(tx, order, after, (About::Return, went))?;
        // What a bank took back was not given.
        if after.book.refunded > before.book.refunded {
            announce::refunded(tx, order, note)?;
        }
    }
    Ok(())
}

/// What went back of the money that paid for the order. Money that paid for nothing has no receipt,
/// and needs no credit note when it goes back.
const fn went_back(charge: &Charge) -> i64 {
    if charge.book.earned > 0 {
        charge.book.returned()
    } else {
        0
    }
}

/// Writes what is to be paid for an order that was just placed.
pub(super) fn of_order(
    tx: &mut TenantTx<'_>,
    order: &Order,
    lines: &[OrderLine],
) -> AppResult<OrderInvoice> {
    let tenant = tenants::load_own(tx)?;
    let day = |at| CivilDate::of(at, &tenant.time_zone);
    let issued_on = day(tx.now());
    let (year, ..) = issued_on.parts();
    let period = year.to_string();
    let taken_off = order.taken_off_minor;
    let invoice = OrderInvoice {
        order_id: order.id,
        number: counters::take(tx, INVOICES, &period)?,
        period,
        content: InvoiceContent {
            issued_on,
            paid_on: None,
            due_on: order.due_at.map(day),
            method: None,
            seller: seller(tx, &tenant)?,
            buyer: buyer(tx, order)?,
            items: lines.iter().map(|line| item(order, line.clone())).collect(),
            discount: (taken_off > 0).then(|| Money::new(-taken_off, order.currency)),
            surcharge: None,
            total: order.total(),
        },
        issued_at: tx.now(),
    };
    order_invoices::insert(tx, &invoice)?;
    Ok(invoice)
}

fn item(order: &Order, line: OrderLine) -> InvoiceItem {
    let total = line.unit_minor.saturating_mul(i64::from(line.quantity));
    InvoiceItem {
        unit: Money::new(line.unit_minor, order.currency),
        total: Money::new(total, order.currency),
        quantity: line.quantity,
        description: line.description,
    }
}

fn write(
    tx: &mut TenantTx<'_>,
    order: &Order,
    charge: &Charge,
    (about, amount): (About, i64),
) -> AppResult<InvoiceId> {
    let tenant = tenants::load_own(tx)?;
    let content = content(tx, (order, charge), &tenant, (about, amount))?;
    let (year, ..) = content.issued_on.parts();
    let (kind, period) = (about.kind(), year.to_string());
    let invoice = Invoice {
        id: tx.new_id()?,
        kind,
        number: counters::take(tx, kind.as_str(), &period)?,
        period,
        order_id: order.id,
        charge_id: charge.id,
        content,
        issued_at: tx.now(),
    };
    invoices::insert(tx, &invoice)?;
    let what = json!({
        "kind": kind, "number": invoice.printed_number(), "order_id": order.id,
        "charge_id": charge.id, "total": invoice.content.total,
    });
    tx.audit("invoice.issued", invoice.id, (), &what)?;
    Ok(invoice.id)
}

fn content(
    tx: &mut TenantTx<'_>,
    (order, charge): (&Order, &Charge),
    tenant: &Tenant,
    (about, amount): (About, i64),
) -> AppResult<InvoiceContent> {
    let money = |minor| Money::new(minor, charge.currency);
    let day = |at| CivilDate::of(at, &tenant.time_zone);
    let lines = orders::lines(tx, order.id)?;
    let is_sale = about == About::Sale;
    let items: Vec<InvoiceItem> = if is_sale {
        lines.into_iter().map(|line| item(order, line)).collect()
    } else {
        // Of a difference only the sum is known: for which line it was, nobody says.
        let texts: Vec<String> = lines.into_iter().map(|line| line.description).collect();
        vec![InvoiceItem {
            description: texts.join("; "),
            quantity: 1,
            unit: money(amount),
            total: money(amount),
        }]
    };
    let surcharge = if is_sale { charge.book.surcharge } else { 0 };
    // All that was taken off, for the order as well as for paying early: the sum is right on paper.
    let priced: i64 = items.iter().map(|item| item.total.amount_minor).sum();
    let taken_off = amount - surcharge - priced;
    Ok(InvoiceContent {
        issued_on: day(tx.now()),
        paid_on: charge.paid_at.map(day),
        due_on: None,
        method: Some(charge.method.clone()),
        seller: seller(tx, tenant)?,
        buyer: buyer(tx, order)?,
        items,
        discount: (taken_off < 0).then(|| money(taken_off)),
        surcharge: (surcharge > 0).then(|| money(surcharge)),
        total: money(amount),
    })
}
