//! What places earn by sales: the list, and the sum of a time.

use std::collections::{BTreeSet, HashMap};

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_domain::commission::Commission;
use alvara_domain::id::NodeId;
use alvara_domain::money::Money;
use alvara_domain::node::Node;
use alvara_domain::time::UtcTime;
use alvara_render::Args;
use alvara_render::page::{Cell, Column, Empty, Row, Table};
use alvara_render::sheet::Value;
use alvara_store::commissions::{self, CommissionFilter};
use alvara_store::{Db, StoreResult, TenantTx, nodes, tenants};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::CommissionRead;

use super::desk::Desk;
use super::listing::{FILE_ROWS, Query, every, file};
use super::tell::Tell;
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/commissions").get(list))
        .service(web::resource(["/commissions.csv", "/commissions.xlsx"]).get(export));
}

const PERIODS: [&str; 3] = ["this", "last", "year"];

/// The beginning of the month that lies so many months before that of an instant, in UTC.
fn month_start(now: UtcTime, back: i32) -> Option<UtcTime> {
    let text = now.to_string();
    let year: i32 = text.get(..4)?.parse().ok()?;
    let month: i32 = text.get(5..7)?.parse().ok()?;
    let count = year * 12 + month - 1 - back;
    let (year, month) = (count.div_euclid(12), count.rem_euclid(12) + 1);
    format!("{year:04}-{month:02}-01T00:00:00Z").parse().ok()
}

/// The month of an instant so far, in UTC.
pub(super) fn this_month(now: UtcTime) -> Option<UtcTime> {
    month_start(now, 0)
}

/// From when and until when a period is.
fn span(period: Option<&str>, now: UtcTime) -> (Option<UtcTime>, Option<UtcTime>) {
    match period {
        Some("this") => (month_start(now, 0), None),
        Some("last") => (month_start(now, 1), month_start(now, 0)),
        Some("year") => {
            let months = now.to_string().get(5..7).and_then(|text| text.parse().ok());
            let back = months.map_or(0, |month: i32| month - 1);
            (month_start(now, back), None)
        }
        _ => (None, None),
    }
}

fn filter_of(query: &Query, now: UtcTime) -> CommissionFilter {
    let (from, until) = span(query.get("period"), now);
    CommissionFilter {
        node: query.value("node"),
        from,
        until,
    }
}

type Names = HashMap<NodeId, Node>;

fn names(tx: &mut TenantTx<'_>, found: &[Commission]) -> StoreResult<Names> {
    let ids: BTreeSet<NodeId> = found.iter().map(|one| one.node_id).collect();
    let ids: Vec<NodeId> = ids.into_iter().collect();
    nodes::of_many(tx, &ids)
}

fn heads(tell: &Tell) -> [String; 6] {
    ["earned-at", "place", "base", "share", "earned", "reversed"]
        .map(|column| tell.word(&format!("commissions-{column}")))
}

fn row(one: &Commission, names: &Names, sees_orders: Link, tell: &Tell) -> Row {
    let money = |minor| tell.money_cell(Money::new(minor, one.currency));
    let mut date = tell.day_cell(one.earned_at);
    if matches!(sees_orders, Link::Shown) {
        date = date.link(format!("/orders/{}", one.order_id));
    }
    let place = names.get(&one.node_id).map(|node| node.name.clone());
    Row::new(vec![
        date,
        Cell::text(place.unwrap_or_else(|| "—".to_owned())),
        money(one.base_minor),
        Cell::text(format!("{} %", one.share.percent())).value(Value::Share(one.share)),
        money(one.earned_minor),
        money(one.peak_minor - one.earned_minor),
    ])
}

/// Whether a row leads to its order.
#[derive(Clone, Copy)]
enum Link {
    Shown,
    Hidden,
}

async fn list(
    desk: Desk,
    caller: Caller<CommissionRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&desk);
    let tell = desk.tell();
    let (filter, page) = (filter_of(&query, tell.now()), query.page());
    let own = caller.scope.path().id();
    let read = move |tx: &mut TenantTx<'_>| -> StoreResult<_> {
        let found = commissions::list(tx, &filter, &page)?;
        let known = names(tx, &found.items)?;
        let currency = tenants::load_own(tx)?.currency;
        let total = commissions::total(tx, (own, currency), (filter.from, filter.until))?;
        Ok((found, known, Money::new(total, currency)))
    };
    let (found, known, total) = db.read(&caller.scope, read).await?;
    let link = if desk.may(PermissionKey::OrderRead) {
        Link::Shown
    } else {
        Link::Hidden
    };
    let rows = found
        .items
        .iter()
        .map(|one| row(one, &known, link, &tell))
        .collect();
    let mut columns: Vec<Column> = heads(&tell).map(Column::text).into();
    for column in columns.iter_mut().skip(2) {
        column.numeric = true;
    }
    let title = tell.word("nav-commissions");
    let table = Table::new(title.clone(), columns, rows);
    let empty = Empty {
        text: tell.word("commissions-empty"),
        action: None,
    };
    let mut page = query.list(title, table, found.next.as_ref(), None, empty);
    page.tabs = super::payments::tabs(&desk, "/commissions");
    let amount = tell.money(total);
    page.intro = Some(tell.say("commissions-total", Args::new().text("amount", amount)));
    page.filters = vec![query.filter(
        "period",
        tell.word("commissions-period"),
        tell.word("portal-all"),
        PERIODS.map(|period| {
            let label = tell.word(&format!("commissions-period-{period}"));
            (period.to_owned(), label)
        }),
    )];
    page.exports = query.exports("/commissions", &tell);
    desk.show(&page)
}

async fn export(
    desk: Desk,
    caller: Caller<CommissionRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let tell = desk.tell();
    let filter = filter_of(&Query::of(&desk), tell.now());
    let read = move |tx: &mut TenantTx<'_>| -> StoreResult<_> {
        let all = every(FILE_ROWS, |page| commissions::list(tx, &filter, page))?;
        let known = names(tx, &all)?;
        Ok((all, known))
    };
    let (found, known) = db.read(&caller.scope, read).await?;
    let rows = found
        .iter()
        .map(|one| row(one, &known, Link::Hidden, &tell))
        .collect();
    file(&desk, "commissions", &heads(&tell), rows).await
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-TEN-06: a period begins with its first month, also over the turn of a year.
    #[test]
    fn periods_begin_with_a_month() {
        let now: UtcTime = "2027-01-15T10:00:00Z".parse().unwrap();
        let at = |text: &str| Some(text.parse::<UtcTime>().unwrap());
        assert_eq!(span(Some("this"), now), (at("2027-01-01T00:00:00Z"), None));
        assert_eq!(
            span(Some("last"), now),
            (at("2026-12-01T00:00:00Z"), at("2027-01-01T00:00:00Z"))
        );
        let later: UtcTime = "2027-09-15T10:00:00Z".parse().unwrap();
        assert_eq!(
            span(Some("year"), later),
            (at("2027-01-01T00:00:00Z"), None)
        );
    }
}
