//! Payments: orders and the charges that pay them, as lists.

mod deeds;
mod order;

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_domain::charge::ChargeState;
use alvara_domain::charge::record::Charge;
use alvara_domain::id::{NodeId, OrderId};
use alvara_domain::money::Money;
use alvara_domain::order::{Order, OrderState};
use alvara_domain::saved_view::ListName;
use alvara_render::page::{Badge, Cell, Column, Empty, NavItem, Row, Table, Tone};
use alvara_store::charges::{self, ChargeFilter};
use alvara_store::orders::{self, Contents, OrderFilter};
use alvara_store::page::Page;
use alvara_store::{Db, StoreResult, TenantTx, nodes};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::{ChargeRead, OrderRead};

use super::desk::Desk;
use super::listing::{FILE_ROWS, Query, counted, every, file};
use super::tell::Tell;
use super::views;
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/payments").get(list_orders))
        .service(web::resource(["/payments.csv", "/payments.xlsx"]).get(export_orders))
        .service(web::resource("/payments/charges").get(list_charges))
        .service(
            web::resource(["/payments/charges.csv", "/payments/charges.xlsx"]).get(export_charges),
        )
        .configure(order::routes)
        .configure(deeds::routes);
}

/// The methods of the plugins that come with the platform; those of others are found by state.
pub(super) const METHODS: [&str; 4] = ["pix", "boleto", "card", "stripe"];

pub(super) fn order_badge(state: OrderState, tell: &Tell) -> Badge {
    let tone = match state {
        OrderState::Open => Tone::Warn,
        OrderState::Paid => Tone::Ok,
        OrderState::Disputed | OrderState::Reversed => Tone::Bad,
        OrderState::Canceled => Tone::Neutral,
    };
    Badge {
        tone,
        text: tell.value("payments-order", &state),
    }
}

pub(super) fn charge_badge(state: ChargeState, tell: &Tell) -> Badge {
    let tone = match state {
        ChargeState::Paid => Tone::Ok,
        ChargeState::Created
        | ChargeState::Unknown
        | ChargeState::Processing
        | ChargeState::Authorized => Tone::Info,
        ChargeState::RequiresAction => Tone::Warn,
        ChargeState::Disputed | ChargeState::ChargedBack | ChargeState::Failed => Tone::Bad,
        ChargeState::PartiallyRefunded
        | ChargeState::Refunded
        | ChargeState::Canceled
        | ChargeState::Expired => Tone::Neutral,
    };
    Badge {
        tone,
        text: tell.value("payments-charge", &state),
    }
}

/// An order with what a list says of it.
struct Listed {
    order: Order,
    buyer: Option<String>,
    contents: Contents,
}

/// Orders with what a list says of each, in as many statements for all as for one.
fn listed(tx: &mut TenantTx<'_>, found: Vec<Order>) -> StoreResult<Vec<Listed>> {
    let buyers: BTreeSet<NodeId> = found.iter().map(|order| order.node_id).collect();
    let buyers: Vec<NodeId> = buyers.into_iter().collect();
    let buyers = nodes::of_many(tx, &buyers)?;
    let ids: Vec<OrderId> = found.iter().map(|order| order.id).collect();
    let mut contents = orders::contents(tx, &ids)?;
    let listed = found.into_iter().map(|order| Listed {
        buyer: buyers.get(&order.node_id).map(|node| node.name.clone()),
        contents: contents.remove(&order.id).unwrap_or_default(),
        order,
    });
    Ok(listed.collect())
}

fn order_heads(tell: &Tell) -> [String; 6] {
    ["date", "buyer", "what", "state", "total", "due"]
        .map(|column| tell.word(&format!("payments-{column}")))
}

fn order_row(one: &Listed, tell: &Tell) -> Row {
    let order = &one.order;
    let more = one.contents.lines.saturating_sub(1);
    let mut what = Cell::text(&one.contents.first);
    if more > 0 {
        what = what.note(format!("+ {more}"));
    }
    let total = Money::new(order.total_minor, order.currency);
    let date = tell.day_cell(order.created_at);
    Row::new(vec![
        date.link(format!("/orders/{}", order.id)),
        Cell::text(one.buyer.clone().unwrap_or_else(|| "—".to_owned())),
        what,
        Cell::badge(order_badge(order.state, tell)),
        tell.money_cell(total),
        tell.maybe_day(order.due_at.filter(|_| order.state == OrderState::Open)),
    ])
}

/// The lists about money, as far as the reader may go there.
pub(super) fn tabs(desk: &Desk, now: &str) -> Vec<NavItem> {
    super::nav::tabs(
        desk,
        &[
            ("/payments", "payments-orders", PermissionKey::OrderRead),
            (
                "/payments/charges",
                "payments-charges",
                PermissionKey::ChargeRead,
            ),
            (
                "/commissions",
                "nav-commissions",
                PermissionKey::CommissionRead,
            ),
        ],
        now,
    )
}

fn order_filter(query: &Query) -> OrderFilter {
    OrderFilter {
        state: query.value("state"),
        node: query.value("node"),
    }
}

/// How many orders a list has, up to some more than are told.
pub(super) fn count_orders(tx: &mut TenantTx<'_>, query: &Query) -> StoreResult<i64> {
    let filter = order_filter(query);
    counted(|page| orders::list(tx, &filter, page))
}

async fn list_orders(
    desk: Desk,
    caller: Caller<OrderRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&desk);
    let (filter, page) = (order_filter(&query), query.page());
    let read = move |tx: &mut TenantTx<'_>| -> StoreResult<_> {
        let found = orders::list(tx, &filter, &page)?;
        Ok(Page {
            items: listed(tx, found.items)?,
            next: found.next,
        })
    };
    let found = db.read(&caller.scope, read).await?;
    let tell = desk.tell();
    let rows = found
        .items
        .iter()
        .map(|one| order_row(one, &tell))
        .collect();
    let mut columns: Vec<Column> = order_heads(&tell).map(Column::text).into();
    if let Some(total) = columns.get_mut(4) {
        total.numeric = true;
    }
    let table = Table::new(tell.word("payments-orders"), columns, rows);
    let empty = Empty {
        text: tell.word("payments-empty"),
        action: None,
    };
    let title = tell.word("nav-payments");
    let mut page = query.list(title, table, found.next.as_ref(), None, empty);
    page.tabs = tabs(&desk, "/payments");
    page.filters = vec![
        query.filter(
            "state",
            tell.word("payments-state"),
            tell.word("portal-all"),
            OrderState::ALL
                .iter()
                .map(|state| (state.to_string(), tell.value("payments-order", state))),
        ),
    ];
    page.exports = query.exports("/payments", &tell);
    views::above(&desk, &db, &mut page, (ListName::Payments, &query)).await?;
    desk.show(&page)
}

async fn export_orders(
    desk: Desk,
    caller: Caller<OrderRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let filter = order_filter(&Query::of(&desk));
    let read = move |tx: &mut TenantTx<'_>| -> StoreResult<Vec<Listed>> {
        let found = every(FILE_ROWS, |page| orders::list(tx, &filter, page))?;
        listed(tx, found)
    };
    let found = db.read(&caller.scope, read).await?;
    let tell = desk.tell();
    let rows = found.iter().map(|one| order_row(one, &tell)).collect();
    file(&desk, "orders", &order_heads(&tell), rows).await
}

fn charge_filter(query: &Query) -> ChargeFilter {
    ChargeFilter {
        state: query.value("state"),
        method: query.get("method").map(str::to_owned),
        ..ChargeFilter::default()
    }
}

/// How many charges a list has, up to some more than are told.
pub(super) fn count_charges(tx: &mut TenantTx<'_>, query: &Query) -> StoreResult<i64> {
    let filter = charge_filter(query);
    counted(|page| charges::list(tx, &filter, page))
}

fn charge_heads(tell: &Tell) -> [String; 6] {
    ["date", "method", "state", "asked", "captured", "refunded"]
        .map(|column| tell.word(&format!("payments-{column}")))
}

/// How a method is called.
pub(super) fn method(code: &str, tell: &Tell) -> String {
    tell.value("payments-method", &code)
}

fn charge_row(charge: &Charge, tell: &Tell) -> Row {
    let money = |minor| tell.money_cell(Money::new(minor, charge.currency));
    let date = tell.instant_cell(charge.created_at);
    Row::new(vec![
        date.link(format!("/orders/{}", charge.order_id)),
        Cell::text(method(&charge.method, tell)),
        Cell::badge(charge_badge(charge.state, tell)),
        money(charge.requested_minor),
        money(charge.book.captured),
        money(charge.book.refunded),
    ])
}

async fn list_charges(
    desk: Desk,
    caller: Caller<ChargeRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&desk);
    let (filter, page) = (charge_filter(&query), query.page());
    let found = db
        .read(&caller.scope, move |tx| charges::list(tx, &filter, &page))
        .await?;
    let tell = desk.tell();
    let rows = found
        .items
        .iter()
        .map(|charge| charge_row(charge, &tell))
        .collect();
    let mut columns: Vec<Column> = charge_heads(&tell).map(Column::text).into();
    for column in columns.iter_mut().skip(3) {
        column.numeric = true;
    }
    let table = Table::new(tell.word("payments-charges"), columns, rows);
    let empty = Empty {
        text: tell.word("payments-charges-empty"),
        action: None,
    };
    let title = tell.word("payments-charges");
    let mut page = query.list(title, table, found.next.as_ref(), None, empty);
    page.tabs = tabs(&desk, "/payments/charges");
    page.filters = vec![
        query.filter(
            "state",
            tell.word("payments-state"),
            tell.word("portal-all"),
            ChargeState::ALL
                .iter()
                .map(|state| (state.to_string(), tell.value("payments-charge", state))),
        ),
        query.filter(
            "method",
            tell.word("payments-method"),
            tell.word("portal-all"),
            METHODS.map(|code| (code.to_owned(), method(code, &tell))),
        ),
    ];
    page.exports = query.exports("/payments/charges", &tell);
    views::above(&desk, &db, &mut page, (ListName::Charges, &query)).await?;
    desk.show(&page)
}

async fn export_charges(
    desk: Desk,
    caller: Caller<ChargeRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let filter = charge_filter(&Query::of(&desk));
    let read =
        move |tx: &mut TenantTx<'_>| every(FILE_ROWS, |page| charges::list(tx, &filter, page));
    let found = db.read(&caller.scope, read).await?;
    let tell = desk.tell();
    let rows = found
        .iter()
        .map(|charge| charge_row(charge, &tell))
        .collect();
    file(&desk, "charges", &charge_heads(&tell), rows).await
}
