//! Licenses: the list, one of them, what can be done with it, and issuing one.

mod change;
mod deeds;
pub(super) mod detail;
pub(super) mod issue;
mod many;
mod parts;

use std::collections::{BTreeSet, HashMap};

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_domain::id::{NodeId, ProductId};
use alvara_domain::license::{License, LicenseState};
use alvara_domain::node::{Node, NodePath};
use alvara_domain::saved_view::{LICENSE_STATUSES, ListName};
use alvara_domain::terms::LicenseKind;
use alvara_domain::time::UtcTime;
use alvara_render::page::{
    Action, Badge, Cell, Column, Empty, Filter, Link, NavItem, Row, Table, Tone,
};
use alvara_store::licenses::{self, LicenseFilter};
use alvara_store::nodes::{self, NodeFilter};
use alvara_store::page::{Deleted, Page, PageRequest};
use alvara_store::{Db, StoreResult, TenantTx, products};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::LicenseRead;

use super::desk::Desk;
use super::listing::{FILE_ROWS, Query, counted, every, file};
use super::tell::Tell;
use super::views;
use crate::caller::Caller;
use crate::problem::Problem;

/// Days before the end from which a license is called expiring.
const SOON: i64 = 30;

/// Seconds of a day.
pub(super) const DAY: i64 = 86_400;

/// Symbols of a key that its hint keeps.
const HINT: usize = 5;

/// Places whose licenses are found by a name.
const NAMED: u32 = 25;

/// Rows that a search by a name shows.
const FOUND: usize = 200;

/// The heads of the list.
const COLUMNS: [&str; 7] = [
    "key", "product", "customer", "kind", "status", "machines", "expires",
];

/// Licenses and what belongs to them, as far as the reader may go there.
pub(super) fn tabs(desk: &Desk, now: &str) -> Vec<NavItem> {
    super::nav::tabs(
        desk,
        &[
            ("/licenses", "nav-licenses", PermissionKey::LicenseRead),
            ("/machines", "nav-machines", PermissionKey::MachineRead),
            (
                "/approvals",
                "nav-approvals",
                PermissionKey::CustomerValidate,
            ),
            ("/notices", "operations-notices", PermissionKey::NoticeRead),
        ],
        now,
    )
}

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/licenses").get(list))
        .service(web::resource(["/licenses.csv", "/licenses.xlsx"]).get(export))
        .configure(issue::routes)
        .configure(many::routes)
        .configure(deeds::routes)
        .configure(change::routes)
        .configure(detail::routes);
}

/// Names of what licenses speak of.
#[derive(Default)]
pub(super) struct Names {
    products: HashMap<ProductId, String>,
    places: HashMap<NodeId, Node>,
}

impl Names {
    /// Adds the names of what these licenses speak of, as far as the scope sees it.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) fn learn(&mut self, tx: &mut TenantTx<'_>, some: &[License]) -> StoreResult<()> {
        let sold = some.iter().map(|license| license.product_id);
        let sold: BTreeSet<_> = sold.filter(|id| !self.products.contains_key(id)).collect();
        let sold: Vec<_> = sold.into_iter().collect();
        self.products.extend(products::names(tx, &sold)?);
        let held = some.iter().map(|license| license.node_id);
        let held: BTreeSet<_> = held.filter(|id| !self.places.contains_key(id)).collect();
        let held: Vec<_> = held.into_iter().collect();
        self.places.extend(nodes::of_many(tx, &held)?);
        Ok(())
    }

    /// What the product of a license is called.
    pub(super) fn product(&self, license: &License) -> String {
        let known = self.products.get(&license.product_id);
        known.map_or_else(|| license.product_id.to_string(), Clone::clone)
    }

    /// What the place of a license is called.
    pub(super) fn place(&self, license: &License) -> String {
        let known = self.places.get(&license.node_id);
        known.map_or_else(|| "—".to_owned(), |node| node.name.clone())
    }

    /// The path of the place of a license.
    pub(super) fn path(&self, license: &License) -> Option<&NodePath> {
        Some(&self.places.get(&license.node_id)?.path)
    }
}

/// When a license stops working altogether: its end and the days of grace after it.
pub(super) fn last_day(license: &License) -> Option<UtcTime> {
    let grace = license.terms.grace;
    let days = i64::from(grace.full_days) + i64::from(grace.read_only_days);
    let end = license.term.expires_at?;
    Some(end.saturating_add_seconds(days * DAY))
}

/// How a license stands, in one word.
pub(super) fn standing(license: &License, tell: &Tell) -> (&'static str, Tone) {
    let now = tell.now();
    if license.deleted_at.is_some() {
        return ("deleted", Tone::Neutral);
    }
    match license.state {
        LicenseState::Suspended => return ("suspended", Tone::Bad),
        LicenseState::Revoked => return ("revoked", Tone::Bad),
        LicenseState::Pending => return ("pending", Tone::Neutral),
        LicenseState::Active => {}
    }
    let left = license.term.expires_at.map(|end| tell.days_until(end));
    if license.is_expired(now) {
        match last_day(license) {
            Some(last) if now < last => ("grace", Tone::Warn),
            _ => ("expired", Tone::Bad),
        }
    } else if matches!(license.kind, LicenseKind::Trial | LicenseKind::Demo) {
        ("trial", Tone::Info)
    } else if left.is_some_and(|left| left <= SOON) {
        ("expiring", Tone::Warn)
    } else {
        ("active", Tone::Ok)
    }
}

/// How a license stands, in colour.
pub(super) fn badge(license: &License, tell: &Tell) -> Badge {
    let (word, tone) = standing(license, tell);
    Badge {
        tone,
        text: tell.value("license-status", &word),
    }
}

/// When a license ends, and how many days that are.
pub(super) fn end_cell(license: &License, tell: &Tell) -> Cell {
    match license.term.expires_at {
        Some(end) => {
            let args = alvara_render::Args::new();
            let left = tell.days_until(end);
            let note = if left < 0 {
                tell.say("licenses-days-past", args.number("count", left.abs()))
            } else {
                tell.say("licenses-days-left", args.number("count", left.abs()))
            };
            tell.day_cell(end).note(note)
        }
        None if license.term.is_waiting() => Cell::text(tell.word("licenses-not-started")),
        None => Cell::text(tell.word("licenses-never")),
    }
}

/// How many machines of how many.
pub(super) fn machines_text(license: &License, tell: &Tell) -> String {
    let most = license
        .machine_limit
        .map_or_else(|| "∞".to_owned(), |most| tell.number(most));
    format!("{} / {most}", tell.number(license.machines_used))
}

fn filter_of(query: &Query, now: UtcTime) -> LicenseFilter {
    let later = |days: i64| Some(now.saturating_add_seconds(days * DAY));
    let mut filter = LicenseFilter {
        node: query.value("node"),
        product: query.value("product"),
        policy: query.value("policy"),
        batch: query.value("batch"),
        kind: query.value("kind"),
        ..LicenseFilter::default()
    };
    match query.get("expires") {
        Some("past") => filter.expires_before = Some(now),
        Some(days) => {
            if let Ok(days @ 1..=3660) = days.parse::<i64>() {
                filter.expires_from = Some(now);
                filter.expires_before = later(days);
            }
        }
        None => {}
    }
    match query.get("status") {
        Some("deleted") => filter.deleted = Deleted::Only,
        Some("active") => {
            filter.state = Some(LicenseState::Active);
            filter.expires_from = Some(now);
        }
        Some("expiring") => {
            filter.state = Some(LicenseState::Active);
            filter.expires_from = Some(now);
            filter.expires_before = filter.expires_before.or_else(|| later(SOON + 1));
        }
        Some("expired") => {
            filter.state = Some(LicenseState::Active);
            filter.expires_before = Some(now);
        }
        Some(state) => filter.state = state.parse().ok(),
        None => {}
    }
    filter
}

/// The end of a key, where the text searched for may be one.
fn hint_of(text: &str) -> Option<String> {
    let symbols: Vec<char> = text
        .chars()
        .filter(|c| !matches!(c, '-' | ' ' | '…'))
        .collect();
    let plain = symbols.iter().all(char::is_ascii_alphanumeric);
    let from = symbols.len().checked_sub(HINT)?;
    plain.then(|| {
        let end = symbols.into_iter().skip(from);
        end.collect::<String>().to_uppercase()
    })
}

/// Those whose key ends so; else those at places with this name. The latter are no pages: a name
/// that fits too many is to be said in full.
fn search(
    tx: &mut TenantTx<'_>,
    filter: &LicenseFilter,
    text: &str,
    page: &PageRequest,
) -> StoreResult<Page<License>> {
    if let Some(hint) = hint_of(text) {
        let hinted = LicenseFilter {
            hint: Some(hint),
            ..filter.clone()
        };
        let found = licenses::list(tx, &hinted, page)?;
        if !found.items.is_empty() {
            return Ok(found);
        }
    }
    let named = NodeFilter {
        search: Some(text.to_owned()),
        ..NodeFilter::default()
    };
    let places = nodes::list(tx, &named, &PageRequest::new(Some(NAMED), None))?;
    let mut seen = BTreeSet::new();
    let mut items = Vec::new();
    for place in places.items {
        let there = LicenseFilter {
            under: Some(place.path),
            ..filter.clone()
        };
        let some = licenses::list(tx, &there, &PageRequest::new(Some(200), None))?;
        items.extend(
            some.items
                .into_iter()
                .filter(|license| seen.insert(license.id)),
        );
        if items.len() >= FOUND {
            break;
        }
    }
    Ok(Page { items, next: None })
}

/// A page of licenses as the address asks for it.
fn find(
    tx: &mut TenantTx<'_>,
    filter: &LicenseFilter,
    text: Option<&str>,
    page: &PageRequest,
) -> StoreResult<Page<License>> {
    match text {
        Some(text) => search(tx, filter, text, page),
        None => licenses::list(tx, filter, page),
    }
}

/// How many licenses a list has, up to some more than are told.
pub(super) fn count(tx: &mut TenantTx<'_>, query: &Query, now: UtcTime) -> StoreResult<i64> {
    let filter = filter_of(query, now);
    counted(|page| find(tx, &filter, query.get("q"), page))
}

fn row(license: &License, names: &Names, desk: &Desk, tell: &Tell) -> Row {
    let mut place = Cell::text(names.place(license));
    if desk.may(PermissionKey::CustomerRead) {
        place = place.link(format!("/customers/{}", license.node_id));
    }
    Row {
        pick: Some(license.id.to_string()),
        ..Row::new(vec![
            Cell::code(format!("…{}", license.key_hint)).link(format!("/licenses/{}", license.id)),
            Cell::text(names.product(license)),
            place,
            Cell::text(tell.value("license-kind", &license.kind)),
            Cell::badge(badge(license, tell)),
            Cell::text(machines_text(license, tell)),
            end_cell(license, tell),
        ])
    }
}

fn heads(tell: &Tell) -> [String; 7] {
    COLUMNS.map(|column| tell.word(&format!("licenses-{column}")))
}

/// Narrowing by the end of a license.
pub(super) fn end_filter(query: &Query, tell: &Tell) -> Filter {
    let within = |days: i64| {
        let args = alvara_render::Args::new().number("count", days);
        (days.to_string(), tell.say("licenses-within", args))
    };
    let mut values: Vec<_> = [7, 30, 60, 90].map(within).into();
    values.push(("past".to_owned(), tell.word("licenses-past")));
    query.filter(
        "expires",
        tell.word("licenses-expires"),
        tell.word("portal-all"),
        values,
    )
}

fn filters(query: &Query, tell: &Tell, known: &[(String, String)]) -> Vec<Filter> {
    let all = || tell.word("portal-all");
    let statuses =
        LICENSE_STATUSES.map(|status| (status.to_owned(), tell.value("license-status", &status)));
    let kinds = LicenseKind::ALL
        .iter()
        .map(|kind| (kind.to_string(), tell.value("license-kind", kind)));
    vec![
        query.filter("status", tell.word("licenses-status"), all(), statuses),
        query.filter(
            "product",
            tell.word("licenses-product"),
            all(),
            known.to_vec(),
        ),
        query.filter("kind", tell.word("licenses-kind"), all(), kinds),
        end_filter(query, tell),
    ]
}

/// What can be done with many at once.
fn bulk(desk: &Desk, tell: &Tell) -> Vec<Action> {
    [
        ("renew", PermissionKey::LicenseRenew, Tone::Neutral),
        ("reinstate", PermissionKey::LicenseReinstate, Tone::Neutral),
        ("suspend", PermissionKey::LicenseSuspend, Tone::Bad),
    ]
    .into_iter()
    .filter(|(_, key, _)| desk.may(*key))
    .map(|(deed, _, tone)| Action {
        tone,
        ..Action::new(
            format!("/licenses/chosen/{deed}"),
            tell.word(&format!("licenses-{deed}")),
        )
    })
    .collect()
}

async fn list(
    desk: Desk,
    caller: Caller<LicenseRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&desk);
    let tell = desk.tell();
    let (filter, page) = (filter_of(&query, tell.now()), query.page());
    let text = query.get("q").map(str::to_owned);
    let read = move |tx: &mut TenantTx<'_>| -> StoreResult<_> {
        let found = find(tx, &filter, text.as_deref(), &page)?;
        let mut names = Names::default();
        names.learn(tx, &found.items)?;
        let sold = products::list(tx, &PageRequest::new(Some(200), None))?;
        Ok((found, names, sold.items))
    };
    let (found, names, sold) = db.read(&caller.scope, read).await?;
    let rows = found
        .items
        .iter()
        .map(|license| row(license, &names, &desk, &tell));
    let mut rows: Vec<Row> = rows.collect();
    let bulk = bulk(&desk, &tell);
    if bulk.is_empty() {
        for row in &mut rows {
            row.pick = None;
        }
    }
    let table = Table::new(
        tell.word("nav-licenses"),
        heads(&tell).map(Column::text).into(),
        rows,
    );
    let new = desk
        .may(PermissionKey::LicenseIssue)
        .then(|| Link::new("/licenses/new", tell.word("licenses-new")));
    let empty = Empty {
        text: tell.word("licenses-empty"),
        action: new.clone(),
    };
    let hint = Some(tell.word("licenses-search"));
    let title = tell.word("nav-licenses");
    let mut page = query.list(title, table, found.next.as_ref(), hint, empty);
    page.tabs = tabs(&desk, "/licenses");
    page.primary = new;
    let sold: Vec<_> = sold
        .into_iter()
        .map(|product| (product.id.to_string(), product.name))
        .collect();
    page.filters = filters(&query, &tell, &sold);
    page.kept = ["node", "batch", "policy"]
        .into_iter()
        .filter_map(|name| Some(Link::new(query.get(name)?, name)))
        .collect();
    page.bulk = bulk;
    page.exports = query.exports("/licenses", &tell);
    if desk.may(PermissionKey::BatchCreate) {
        page.exports
            .push(Link::new("/licenses/bulk", tell.word("batches-new")));
    }
    views::above(&desk, &db, &mut page, (ListName::Licenses, &query)).await?;
    desk.show(&page)
}

async fn export(
    desk: Desk,
    caller: Caller<LicenseRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&desk);
    let tell = desk.tell();
    let filter = filter_of(&query, tell.now());
    let text = query.get("q").map(str::to_owned);
    let read = move |tx: &mut TenantTx<'_>| -> StoreResult<_> {
        let mut names = Names::default();
        let all = every(FILE_ROWS, |page| find(tx, &filter, text.as_deref(), page))?;
        names.learn(tx, &all)?;
        Ok((all, names))
    };
    let (found, names) = db.read(&caller.scope, read).await?;
    let rows = found
        .iter()
        .map(|license| row(license, &names, &desk, &tell))
        .collect();
    file(&desk, "licenses", &heads(&tell), rows).await
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-LIC-03: a key is found by its end, however it is written.
    #[test]
    fn the_end_of_a_key_is_recognised() {
        assert_eq!(hint_of("…7k3qx").as_deref(), Some("7K3QX"));
        assert_eq!(hint_of("ACME-AAAAA-7K3QX").as_deref(), Some("7K3QX"));
        assert_eq!(hint_of("7K3"), None);
        assert_eq!(hint_of("José Maria"), None);
    }
}
