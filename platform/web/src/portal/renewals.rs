//! What is due: licenses that end soon, are in their days of grace, or have ended.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::AppResult;
use alvara_app::price::plan_prices;
use alvara_domain::id::{LicenseId, PlanId};
use alvara_domain::license::License;
use alvara_domain::money::Money;
use alvara_domain::node::NodePath;
use alvara_domain::saved_view::ListName;
use alvara_domain::time::UtcTime;
use alvara_render::page::{Action, Cell, Column, Empty, FieldView, NavItem, Row, Table};
use alvara_store::licenses::{self as stored, DueFilter};
use alvara_store::page::{Page, PageRequest};
use alvara_store::{Db, StoreResult, TenantTx, products, sales};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::LicenseRenew;

use super::desk::Desk;
use super::licenses::detail::{renewal, renews};
use super::licenses::{self, DAY, Names};
use super::listing::{FILE_ROWS, Query, counted, file};
use super::tell::Tell;
use super::views;
use crate::caller::Caller;
use crate::problem::Problem;

/// How long ago a license may have ended to be on the board.
const PAST: i64 = 365;

/// The parts of the board: the value of `due`, and its address.
const PARTS: [(&str, &str); 5] = [
    ("7", "/renewals?due=7"),
    ("30", "/renewals"),
    ("60", "/renewals?due=60"),
    ("grace", "/renewals?due=grace"),
    ("expired", "/renewals?due=expired"),
];

const COLUMNS: [&str; 6] = ["key", "product", "customer", "status", "expires", "amount"];

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/renewals").get(board))
        .service(web::resource(["/renewals.csv", "/renewals.xlsx"]).get(export));
}

fn part(query: &Query) -> &str {
    let asked = query.get("due").unwrap_or_default();
    let mut known = PARTS.iter().map(|(part, _)| *part);
    known.find(|part| *part == asked).unwrap_or("30")
}

fn filter_of(query: &Query, now: UtcTime) -> DueFilter {
    let span = match part(query).parse::<i64>() {
        Ok(days) => (Some(now), now.saturating_add_seconds(days * DAY)),
        Err(_) => (Some(now.saturating_add_seconds(-PAST * DAY)), now),
    };
    DueFilter {
        span,
        product: query.value("product"),
    }
}

/// A license with what its next period costs, where it was sold at a plan.
struct Due {
    license: License,
    amount: Option<Money>,
}

/// Licenses with the prices of the plans they were sold at, for the places that hold them, as they
/// are now.
fn priced(tx: &mut TenantTx<'_>, found: Vec<License>, names: &Names) -> AppResult<Vec<Due>> {
    let ids: Vec<LicenseId> = found.iter().map(|license| license.id).collect();
    let sales = sales::of_many(tx, &ids)?;
    let plan = |license: &License| sales.get(&license.id)?.plan_id;
    let asked: Vec<Option<(PlanId, NodePath)>> = found
        .iter()
        .map(|license| Some((plan(license)?, names.path(license)?.clone())))
        .collect();
    let known: Vec<(PlanId, NodePath)> = asked.iter().flatten().cloned().collect();
    let mut prices = plan_prices(tx, &known)?.into_iter();
    let due = found.into_iter().zip(asked).map(|(license, asked)| Due {
        license,
        // A plan that is sold no more has no price; the license is due all the same.
        amount: asked.and_then(|_| prices.next().flatten()),
    });
    Ok(due.collect())
}

/// Those of a page that belong to the part of the board: the days of grace differ from one license
/// to the next, so what has ended is told apart here.
fn belongs(license: &License, part: &str, now: UtcTime) -> bool {
    let in_grace = licenses::last_day(license).is_some_and(|last| now < last);
    match part {
        "grace" => in_grace,
        "expired" => !in_grace,
        _ => true,
    }
}

/// How many licenses a part of the board has, up to some more than are told.
pub(super) fn count(tx: &mut TenantTx<'_>, query: &Query, now: UtcTime) -> StoreResult<i64> {
    let filter = filter_of(query, now);
    let part = part(query);
    counted(|page| {
        let mut found = stored::list_due(tx, &filter, page)?;
        found.items.retain(|license| belongs(license, part, now));
        Ok(found)
    })
}

fn read(
    tx: &mut TenantTx<'_>,
    filter: &DueFilter,
    page: &PageRequest,
    (part, now): (&str, UtcTime),
) -> AppResult<(Page<Due>, Names)> {
    let found = stored::list_due(tx, filter, page)?;
    let mut shown = found.items;
    shown.retain(|license| belongs(license, part, now));
    let mut names = Names::default();
    names.learn(tx, &shown)?;
    Ok((
        Page {
            items: priced(tx, shown, &names)?,
            next: found.next,
        },
        names,
    ))
}

fn actions(desk: &Desk, due: &Due, tell: &Tell) -> Vec<Action> {
    let license = &due.license;
    if !renews(license) {
        return Vec::new();
    }
    let about = format!("…{}", license.key_hint);
    let mut actions = Vec::new();
    if desk.may(PermissionKey::LicenseRenew) {
        let back = FieldView::hidden("_from", "renewals");
        actions.push(renewal(license, tell).field(back).about(about.clone()));
    }
    if due.amount.is_some() && desk.may(PermissionKey::OrderCreate) {
        let link = |id: LicenseId| format!("/licenses/{id}/renewal-link");
        let action = Action::new(link(license.id), tell.word("licenses-renewal-link"));
        actions.push(action.about(about));
    }
    actions
}

fn cells(due: &Due, names: &Names, tell: &Tell) -> Vec<Cell> {
    let license = &due.license;
    let amount = due.amount.map(|amount| tell.money_cell(amount));
    vec![
        Cell::code(format!("…{}", license.key_hint)).link(format!("/licenses/{}", license.id)),
        Cell::text(names.product(license)),
        Cell::text(names.place(license)),
        Cell::badge(licenses::badge(license, tell)),
        licenses::end_cell(license, tell),
        amount.unwrap_or_else(|| Cell::text("—")),
    ]
}

async fn board(
    desk: Desk,
    caller: Caller<LicenseRenew>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&desk);
    let tell = desk.tell();
    let (filter, page, now) = (filter_of(&query, tell.now()), query.page(), tell.now());
    let part = part(&query).to_owned();
    let asked = part.clone();
    let work = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
        let found = read(tx, &filter, &page, (&asked, now))?;
        let sold = products::list(tx, &PageRequest::new(Some(200), None))?;
        Ok((found, sold.items))
    };
    let ((found, names), sold) = db.read(&caller.scope, work).await?;
    let rows = found.items.iter().map(|due| {
        let mut cells = cells(due, &names, &tell);
        if desk.may(PermissionKey::CustomerRead)
            && let Some(cell) = cells.get_mut(2)
        {
            cell.href = Some(format!("/customers/{}", due.license.node_id));
        }
        Row {
            actions: actions(&desk, due, &tell),
            ..Row::new(cells)
        }
    });
    let columns = COLUMNS.map(|key| {
        let label = tell.word(&format!("licenses-{key}"));
        if key == "amount" {
            Column::number(label)
        } else {
            Column::text(label)
        }
    });
    let table = Table::new(tell.word("nav-renewals"), columns.into(), rows.collect());
    let empty = Empty {
        text: tell.word("renewals-empty"),
        action: None,
    };
    let title = tell.word("nav-renewals");
    let mut page = query.list(title, table, found.next.as_ref(), None, empty);
    page.intro = Some(tell.word("renewals-intro"));
    page.tabs = PARTS
        .iter()
        .map(|(known, href)| NavItem {
            href,
            label: tell.word(&format!("renewals-{known}")),
            current: *known == part,
        })
        .collect();
    let sold = sold
        .into_iter()
        .map(|product| (product.id.to_string(), product.name));
    page.filters = vec![query.filter(
        "product",
        tell.word("licenses-product"),
        tell.word("portal-all"),
        sold,
    )];
    page.narrowed = query.get("product").is_some();
    page.kept = vec![alvara_render::page::Link::new(part, "due")];
    page.exports = query.exports("/renewals", &tell);
    views::above(&desk, &db, &mut page, (ListName::Renewals, &query)).await?;
    desk.show(&page)
}

async fn export(
    desk: Desk,
    caller: Caller<LicenseRenew>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&desk);
    let tell = desk.tell();
    let (filter, now) = (filter_of(&query, tell.now()), tell.now());
    let part = part(&query).to_owned();
    let work = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
        let (mut all, mut known) = (Vec::new(), Names::default());
        let mut page = PageRequest::new(Some(200), None);
        loop {
            let (found, _) = read(tx, &filter, &page, (&part, now))?;
            let licenses = found.items.iter().map(|due| due.license.clone());
            learn(tx, &mut known, licenses.collect())?;
            all.extend(found.items);
            match found.next {
                Some(next) if all.len() < FILE_ROWS => {
                    page = PageRequest::new(Some(200), Some(next));
                }
                _ => return Ok((all, known)),
            }
        }
    };
    let (found, names) = db.read(&caller.scope, work).await?;
    let head = COLUMNS.map(|key| tell.word(&format!("licenses-{key}")));
    let rows = found
        .iter()
        .map(|due| Row::new(cells(due, &names, &tell)))
        .collect();
    file(&desk, "renewals", &head, rows).await
}

fn learn(tx: &mut TenantTx<'_>, names: &mut Names, some: Vec<License>) -> StoreResult<()> {
    names.learn(tx, &some)
}
