//! One order: what is bought, what pays it, and the documents about it.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_domain::charge::ChargeState;
use alvara_domain::charge::record::{Charge, HistoryEntry};
use alvara_domain::id::OrderId;
use alvara_domain::invoice::Invoice;
use alvara_domain::money::Money;
use alvara_domain::order::{Done, LineState, Order, OrderLine, OrderState};
use alvara_domain::payment::report::NextAction;
use alvara_render::page::{
    Action, Cell, Column, DetailPage, Fact, FieldView, Link, Row, Section, Table, Tone,
};
use alvara_store::{
    Db, StoreResult, TenantTx, charges, invoices, nodes, order_invoices, orders, refunds,
};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::OrderRead;

use super::super::desk::Desk;
use super::super::nav;
use super::super::tell::Tell;
use super::{charge_badge, method, order_badge};
use crate::body::Segments;
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/orders/{id}").get(show));
}

/// A charge with what hangs on it.
struct Attempt {
    charge: Charge,
    history: Vec<HistoryEntry>,
    documents: Vec<Invoice>,
    refunds: usize,
}

struct Found {
    order: Order,
    lines: Vec<OrderLine>,
    buyer: Option<String>,
    invoice: Option<String>,
    attempts: Vec<Attempt>,
}

fn attempts(tx: &mut TenantTx<'_>, id: OrderId) -> StoreResult<Vec<Attempt>> {
    let mut all = Vec::new();
    for charge in charges::list_of_order(tx, id)? {
        all.push(Attempt {
            history: charges::history(tx, charge.id)?,
            documents: invoices::list_of_charge(tx, charge.id)?,
            refunds: refunds::list(tx, charge.id)?.len(),
            charge,
        });
    }
    Ok(all)
}

async fn show(
    desk: Desk,
    caller: Caller<OrderRead>,
    Segments(id): Segments<OrderId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let read = move |tx: &mut TenantTx<'_>| -> StoreResult<Option<Found>> {
        let Some(order) = orders::find(tx, id)? else {
            return Ok(None);
        };
        Ok(Some(Found {
            lines: orders::lines(tx, id)?,
            buyer: nodes::find(tx, order.node_id)?.map(|node| node.name),
            invoice: order_invoices::find(tx, id)?.map(|invoice| invoice.printed_number()),
            attempts: Vec::new(),
            order,
        }))
    };
    let found = db.read(&caller.scope, read).await?;
    let mut found = found.ok_or_else(Problem::not_found)?;
    // Charges are another permission's than orders.
    if desk.may(PermissionKey::ChargeRead) {
        let scope = desk.scope(PermissionKey::ChargeRead)?;
        found.attempts = db.read(&scope, move |tx| attempts(tx, id)).await?;
    }
    desk.show(&page(&desk, &found))
}

fn page(desk: &Desk, found: &Found) -> DetailPage {
    let tell = desk.tell();
    let order = &found.order;
    let mut sections = vec![lines(found, &tell)];
    if desk.may(PermissionKey::ChargeRead) {
        sections.push(charge_section(desk, found, &tell));
    }
    let documents = documents(found, &tell);
    if !documents.is_empty() {
        sections.push(Section {
            id: "documents",
            title: tell.word("payments-documents"),
            links: documents,
            ..Section::default()
        });
    }
    // Who told what of a charge is for those who look into it.
    let buys = desk
        .principal()
        .is_some_and(|who| nav::desk_at(&who, true) == nav::Desk::Customer);
    if !buys && found.attempts.iter().any(|one| !one.history.is_empty()) {
        sections.push(history(found, &tell));
    }
    DetailPage {
        title: title(found, &tell),
        badge: Some(order_badge(order.state, &tell)),
        back: Some(Link::new("/payments", tell.word("nav-payments"))),
        links: pay(found, &tell),
        actions: actions(desk, found, &tell),
        facts: facts(desk, found, &tell),
        sections,
        ..DetailPage::default()
    }
}

/// The number of its invoice, or its day: an order has no number of its own.
fn title(found: &Found, tell: &Tell) -> String {
    let name = found
        .invoice
        .clone()
        .unwrap_or_else(|| tell.day(found.order.created_at));
    format!("{} {name}", tell.word("payments-order"))
}

/// The way to the page where it is paid.
fn pay(found: &Found, tell: &Tell) -> Vec<Link> {
    if found.order.state != OrderState::Open {
        return Vec::new();
    }
    let place = format!("/orders/{}/pay", found.order.id);
    vec![Link::new(place, tell.word("payments-pay"))]
}

fn actions(desk: &Desk, found: &Found, tell: &Tell) -> Vec<Action> {
    let mut actions = Vec::new();
    if !desk.may(PermissionKey::OrderUpdate) {
        return actions;
    }
    let place = |deed: &str| format!("/orders/{}/{deed}", found.order.id);
    if found.lines.iter().any(|line| line.state == LineState::Held) {
        actions.push(Action::new(
            place("fulfilment"),
            tell.word("payments-fulfil"),
        ));
    }
    if found.order.state == OrderState::Open {
        actions.push(Action::new(
            place("payment-link"),
            tell.word("payments-link"),
        ));
        actions.push(
            Action::new(place("cancellation"), tell.word("payments-cancel"))
                .confirm(Tone::Bad, tell.word("payments-cancel-ask")),
        );
    }
    actions
}

fn facts(desk: &Desk, found: &Found, tell: &Tell) -> Vec<Fact> {
    let order = &found.order;
    let fact = |key: &str, cell: Cell| Fact::new(tell.word(&format!("payments-{key}")), cell);
    let money = |minor| Cell::text(tell.money(Money::new(minor, order.currency)));
    let mut buyer = Cell::text(found.buyer.clone().unwrap_or_else(|| "—".to_owned()));
    if desk.may(PermissionKey::CustomerRead) && found.buyer.is_some() {
        buyer = buyer.link(format!("/customers/{}", order.node_id));
    }
    let mut facts = vec![
        fact("buyer", buyer),
        fact("ordered", tell.instant_cell(order.created_at)),
        fact("total", money(order.total_minor)),
    ];
    if order.taken_off_minor != 0 {
        facts.push(fact("price", money(order.price_minor)));
        facts.push(fact("discount", money(order.taken_off_minor)));
    }
    let terms = tell.value("payments-terms", &order.terms);
    facts.push(fact("terms", Cell::text(terms)));
    if order.due_at.is_some() {
        facts.push(fact("due", tell.maybe_day(order.due_at)));
    }
    if order.paid_at.is_some() {
        facts.push(fact("paid", tell.maybe_instant(order.paid_at)));
    }
    facts
}

fn lines(found: &Found, tell: &Tell) -> Section {
    let word = |key: &str| tell.word(&format!("payments-{key}"));
    let rows = found.lines.iter().map(|line| {
        let unit = Money::new(line.unit_minor, found.order.currency);
        let license = match (&line.done, line.license_id) {
            (Some(Done::Issued { licenses }), _) => licenses.first().copied(),
            (_, license) => license,
        };
        let mut what = Cell::text(&line.description);
        if let Some(license) = license {
            what = what.link(format!("/licenses/{license}"));
        }
        let mut state = Cell::text(tell.value("payments-line", &line.state));
        if let Some(reason) = &line.state_reason {
            state = state.note(reason.clone());
        }
        Row::new(vec![
            what,
            Cell::text(tell.value("payments-kind", &line.kind)),
            Cell::text(tell.number(i64::from(line.quantity))),
            Cell::text(tell.money(unit)),
            tell.maybe_day(line.expires_after),
            state,
        ])
    });
    let columns = vec![
        Column::text(word("what")),
        Column::text(word("kind")),
        Column::number(word("quantity")),
        Column::number(word("unit")),
        Column::text(word("until")),
        Column::text(word("state")),
    ];
    Section {
        id: "lines",
        title: word("lines"),
        table: Some(Table::new(word("lines"), columns, rows.collect())),
        ..Section::default()
    }
}

fn charge_section(desk: &Desk, found: &Found, tell: &Tell) -> Section {
    let word = |key: &str| tell.word(&format!("payments-{key}"));
    let rows = found.attempts.iter().map(|one| {
        let charge = &one.charge;
        let money = |minor| Cell::text(tell.money(Money::new(minor, charge.currency)));
        let mut state = Cell::badge(charge_badge(charge.state, tell));
        if charge.quarantine.is_some() {
            state = state.note(word("quarantined"));
        }
        let mut row = Row::new(vec![
            tell.instant_cell(charge.created_at),
            Cell::text(method(&charge.method, tell)),
            state,
            money(charge.requested_minor),
            money(charge.book.captured),
            money(charge.book.refunded),
            tell.maybe_instant(charge.expires_at),
        ]);
        row.actions = charge_actions(desk, one, tell);
        row
    });
    let columns = vec![
        Column::text(word("date")),
        Column::text(word("method")),
        Column::text(word("state")),
        Column::number(word("asked")),
        Column::number(word("captured")),
        Column::number(word("refunded")),
        Column::text(word("good-until")),
    ];
    Section {
        id: "charges",
        title: word("charges"),
        table: Some(Table::new(word("charges"), columns, rows.collect())),
        empty: Some(word("charges-none")),
        ..Section::default()
    }
}

/// An amount as people type it.
fn typed(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

fn charge_actions(desk: &Desk, one: &Attempt, tell: &Tell) -> Vec<Action> {
    let charge = &one.charge;
    let word = |key: &str| tell.word(&format!("payments-{key}"));
    let place = |deed: &str| format!("/orders/{}/charges/{}/{deed}", charge.order_id, charge.id);
    let about = format!(
        "{}, {}",
        method(&charge.method, tell),
        tell.instant(charge.created_at)
    );
    // Several rows have the same fields, and an id is one's own.
    let field = |deed: &str, field: FieldView| FieldView {
        id: format!("{}-{deed}-{}", field.id, charge.id),
        ..field
    };
    let amount = |deed: &str, minor: i64| {
        let name = "amount.amount_minor:money";
        [
            field(
                deed,
                FieldView::text(name, word("amount"))
                    .value(typed(minor))
                    .required(),
            ),
            field(
                deed,
                FieldView::hidden("amount.currency", charge.currency.as_str()),
            ),
        ]
    };
    let mut actions = Vec::new();
    if charge.state.is_open() {
        actions.push(Action::new(place("sync"), word("sync")));
    }
    if charge.state == ChargeState::Authorized && desk.may(PermissionKey::ChargeCancel) {
        let ask = word("capture-ask");
        actions.push(Action::new(place("capture"), word("capture")).confirm(Tone::Warn, ask));
    }
    if charge.state.is_open() && desk.may(PermissionKey::ChargeCancel) {
        let ask = word("charge-cancel-ask");
        actions.push(
            Action::new(place("cancellation"), word("charge-cancel")).confirm(Tone::Bad, ask),
        );
    }
    if desk.may(PermissionKey::ChargeRefund) {
        let left = charge.book.captured - charge.book.refunded - charge.book.lost;
        let was_paid = matches!(
            charge.state,
            ChargeState::Paid | ChargeState::PartiallyRefunded
        );
        if charge.state.is_open() {
            let mut action = Action::new(place("confirmation"), word("confirm"))
                .confirm(Tone::Warn, word("confirm-ask"));
            for one in amount("confirm", charge.requested_minor) {
                action = action.field(one);
            }
            let note = FieldView::text("note", word("confirm-note")).required();
            actions.push(action.field(field("confirm", note)));
        }
        if was_paid && left > 0 {
            let mut action =
                Action::new(place("refund"), word("refund")).confirm(Tone::Bad, word("refund-ask"));
            for one in amount("refund", left) {
                action = action.field(one);
            }
            let reason = FieldView::text("reason", tell.word("portal-reason"));
            // A form that is sent twice gives back once: the second finds one more than it knew.
            let known = FieldView::hidden("_known", one.refunds.to_string());
            actions.push(
                action
                    .field(field("refund", reason))
                    .field(field("refund", known)),
            );
        }
    }
    actions
        .into_iter()
        .map(|action| action.about(about.clone()))
        .collect()
}

fn documents(found: &Found, tell: &Tell) -> Vec<Link> {
    let mut links = Vec::new();
    if let Some(number) = &found.invoice {
        links.push(Link::new(
            format!("/api/v1/orders/{}/invoice.pdf", found.order.id),
            format!("{} {number} (PDF)", tell.word("payments-invoice")),
        ));
    }
    for one in &found.attempts {
        let charge = &one.charge;
        if charge.state.is_open() && matches!(charge.action, Some(NextAction::Voucher { .. })) {
            links.push(Link::new(
                format!("/api/v1/charges/{}/slip.pdf", charge.id),
                tell.word("payments-slip"),
            ));
        }
        for document in &one.documents {
            let kind = tell.value("payments-document", &document.kind);
            links.push(Link::new(
                format!("/api/v1/invoices/{}.pdf", document.id),
                format!("{kind} {} (PDF)", document.printed_number()),
            ));
        }
    }
    links
}

/// What was told of its charges, the newest first.
fn history(found: &Found, tell: &Tell) -> Section {
    let word = |key: &str| tell.word(&format!("payments-{key}"));
    let mut entries: Vec<(&Charge, &HistoryEntry)> = found
        .attempts
        .iter()
        .flat_map(|one| one.history.iter().map(move |entry| (&one.charge, entry)))
        .collect();
    entries.sort_by_key(|(_, entry)| std::cmp::Reverse((entry.at, entry.position)));
    let rows = entries.into_iter().map(|(charge, entry)| {
        Row::new(vec![
            tell.instant_cell(entry.at),
            Cell::text(method(&charge.method, tell)),
            Cell::text(tell.value("payments-charge", &entry.from)),
            Cell::badge(charge_badge(entry.to, tell)),
            Cell::text(tell.value("payments-told", &entry.told_by)),
        ])
    });
    let columns = ["at", "method", "before", "after", "told-by"].map(|key| Column::text(word(key)));
    Section {
        id: "history",
        title: word("history"),
        table: Some(Table::new(word("history"), columns.into(), rows.collect())),
        ..Section::default()
    }
}
