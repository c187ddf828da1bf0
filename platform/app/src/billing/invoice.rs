//! Receipts for money that paid an order, and credit notes for what of it went back. Each is written
//! in the transaction that books the money, so books and documents cannot differ.

use alvara_domain::charge::record::Charge;
use alvara_domain::civil_date::CivilDate;
use alvara_domain::invoice::{Invoice, InvoiceContent, InvoiceItem, InvoiceKind, InvoiceParty};
use alvara_domain::money::Money;
use alvara_domain::node::Tenant;
use alvara_domain::order::Order;
use alvara_store::{TenantTx, counters, invoices, orders, tenants};
use serde_json::json;

use super::charge::payer;
use crate::AppResult;

/// Writes what a change of a charge calls for.
pub(super) fn follow(
    tx: &mut TenantTx<'_>,
    order: &Order,
    (before, after): (&Charge, &Charge),
) -> AppResult<()> {
    let earned = after.book.earned;
    if before.book.earned == 0 && earned > 0 {
        write(tx, order, after, (InvoiceKind::Receipt, earned))?;
    }
    let gone = |charge: &Charge| charge.book.refunded + charge.book.lost;
    let went_back = gone(after) - gone(before);
    if earned > 0 && went_back > 0 {
        write(tx, order, after, (InvoiceKind::CreditNote, went_back))?;
    }
    Ok(())
}

fn write(
    tx: &mut TenantTx<'_>,
    order: &Order,
    charge: &Charge,
    (kind, amount): (InvoiceKind, i64),
) -> AppResult<()> {
    let tenant = tenants::load_own(tx)?;
    let content = content(tx, (order, charge), &tenant, (kind, amount))?;
    let (year, ..) = content.issued_on.parts();
    let period = year.to_string();
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
    Ok(())
}

fn content(
    tx: &mut TenantTx<'_>,
    (order, charge): (&Order, &Charge),
    tenant: &Tenant,
    (kind, amount): (InvoiceKind, i64),
) -> AppResult<InvoiceContent> {
    let money = |minor| Money::new(minor, charge.currency);
    let day = |at| CivilDate::of(at, &tenant.time_zone);
    let lines = orders::lines(tx, order.id)?;
    let is_receipt = kind == InvoiceKind::Receipt;
    let items = if is_receipt {
        let items = lines.into_iter().map(|line| InvoiceItem {
            unit: money(line.unit_minor),
            total: money(line.unit_minor.saturating_mul(i64::from(line.quantity))),
            quantity: line.quantity,
            description: line.description,
        });
        items.collect()
    } else {
        // Of what went back only the sum is known: for which line it was, nobody says.
        let texts: Vec<String> = lines.into_iter().map(|line| line.description).collect();
        vec![InvoiceItem {
            description: texts.join("; "),
            quantity: 1,
            unit: money(amount),
            total: money(amount),
        }]
    };
    let off = (is_receipt && order.taken_off_minor > 0).then(|| money(-order.taken_off_minor));
    let surcharge = (is_receipt && charge.book.surcharge > 0).then(|| money(charge.book.surcharge));
    Ok(InvoiceContent {
        issued_on: day(tx.now()),
        paid_on: charge.paid_at.map(day),
        method: charge.method.clone(),
        seller: InvoiceParty {
            name: tenant.name.clone(),
            lines: Vec::new(),
        },
        buyer: buyer(tx, order)?,
        items,
        discount: off,
        surcharge,
        total: money(amount),
    })
}

fn buyer(tx: &mut TenantTx<'_>, order: &Order) -> AppResult<InvoiceParty> {
    let Some(payer) = payer(tx, order.node_id)? else {
        return Ok(InvoiceParty {
            name: order.node_id.to_string(),
            lines: Vec::new(),
        });
    };
    let mut lines = Vec::new();
    if let Some((_, number)) = &payer.tax_id {
        lines.push(number.clone());
    }
    if let Some(address) = &payer.address {
        let join = |parts: [Option<&str>; 3]| {
            let parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
            parts.collect::<Vec<_>>().join(", ")
        };
        lines.push(join([
            Some(&address.line1),
            address.number.as_deref(),
            address.line2.as_deref(),
        ]));
        lines.push(join([
            address.district.as_deref(),
            Some(&address.city),
            Some(&address.state),
        ]));
        lines.push(join([
            Some(&address.postal_code),
            Some(&address.country),
            None,
        ]));
    }
    lines.extend(payer.email);
    Ok(InvoiceParty {
        name: payer.name,
        lines,
    })
}
