//! One search over everything that who asks may see.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_domain::fingerprint::Fingerprint;
use alvara_domain::id::{LicenseId, MachineId, OrderId};
use alvara_domain::money::Money;
use alvara_render::Args;
use alvara_render::page::{Cell, Column, DetailPage, Row, Section, Table};
use alvara_store::customers::{self, CustomerFilter};
use alvara_store::licenses::{self, LicenseFilter};
use alvara_store::machines::{self, MachineFilter};
use alvara_store::page::PageRequest;
use alvara_store::{Db, StoreResult, TenantTx, orders};
use alvara_tenants::PermissionKey;

use super::desk::Desk;
use super::listing::Query;
use super::tell::Tell;
use super::{machines as machine_pages, payments};
use crate::caller::SignedIn;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/search").get(show));
}

/// How many of each kind are shown.
const EACH: u32 = 10;
/// Symbols of a key that a license shows: its last five.
const HINT: usize = 5;

fn page() -> PageRequest {
    PageRequest::new(Some(EACH), None)
}

/// The end of a key, however it was written: `xxxx-7k3qx`, `…7K3QX`, or the whole key.
fn hint(typed: &str) -> Option<String> {
    let symbols: Vec<char> = typed
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|symbol| symbol.to_ascii_uppercase())
        .collect();
    let from = symbols.len().checked_sub(HINT)?;
    Some(symbols.get(from..)?.iter().collect())
}

fn section(id: &'static str, title: String, columns: Vec<Column>, rows: Vec<Row>) -> Section {
    Section {
        id,
        table: Some(Table::new(title.clone(), columns, rows)),
        title,
        ..Section::default()
    }
}

async fn of_licenses(desk: &Desk, db: &Db, typed: &str) -> Result<Option<Section>, Problem> {
    let tell = desk.tell();
    let scope = desk.scope(PermissionKey::LicenseRead)?;
    let (id, hint) = (typed.parse::<LicenseId>().ok(), hint(typed));
    let read = move |tx: &mut TenantTx<'_>| -> StoreResult<_> {
        let mut found = Vec::new();
        if let Some(id) = id {
            found.extend(licenses::find(tx, id)?);
        }
        if hint.is_some() {
            let filter = LicenseFilter {
                hint: hint.clone(),
                ..LicenseFilter::default()
            };
            found.extend(licenses::list(tx, &filter, &page())?.items);
        }
        Ok(found)
    };
    let found = db.read(&scope, read).await?;
    let rows: Vec<Row> = found
        .iter()
        .map(|license| {
            Row::new(vec![
                Cell::code(format!("…{}", license.key_hint))
                    .link(format!("/licenses/{}", license.id)),
                Cell::text(tell.value("home-license", &license.state)),
                tell.maybe_day(license.term.expires_at),
            ])
        })
        .collect();
    let columns = ["home-key", "home-status", "home-ends"].map(|key| Column::text(tell.word(key)));
    let title = tell.word("nav-licenses");
    Ok((!rows.is_empty()).then(|| section("licenses", title, columns.into(), rows)))
}

async fn of_customers(desk: &Desk, db: &Db, typed: &str) -> Result<Option<Section>, Problem> {
    let tell = desk.tell();
    let scope = desk.scope(PermissionKey::CustomerRead)?;
    let filter = CustomerFilter {
        search: Some(typed.to_owned()),
        ..CustomerFilter::default()
    };
    let read = move |tx: &mut TenantTx<'_>| customers::list(tx, &filter, &page());
    let found = db.read(&scope, read).await?;
    let rows: Vec<Row> = found
        .items
        .iter()
        .map(|placed| {
            let email = placed.node.email.clone();
            Row::new(vec![
                Cell::text(&placed.node.name).link(format!("/customers/{}", placed.node.id)),
                Cell::text(tell.value("customer-status", &placed.customer.status)),
                Cell::text(email.unwrap_or_else(|| "—".to_owned())),
            ])
        })
        .collect();
    let columns = ["customers-name", "customers-status", "customers-email"]
        .map(|key| Column::text(tell.word(key)));
    let title = tell.word("nav-customers");
    Ok((!rows.is_empty()).then(|| section("customers", title, columns.into(), rows)))
}

async fn of_machines(desk: &Desk, db: &Db, typed: &str) -> Result<Option<Section>, Problem> {
    let tell = desk.tell();
    let scope = desk.scope(PermissionKey::MachineRead)?;
    let id = typed.parse::<MachineId>().ok();
    let fingerprint = typed.parse::<Fingerprint>().ok();
    let read = move |tx: &mut TenantTx<'_>| -> StoreResult<_> {
        let mut found = Vec::new();
        if let Some(id) = id {
            found.extend(machines::find(tx, id)?);
        } else if fingerprint.is_some() {
            let filter = MachineFilter {
                fingerprint: fingerprint.clone(),
                ..MachineFilter::default()
            };
            found = machines::list(tx, &filter, &page())?.items;
        }
        Ok(found)
    };
    let found = db.read(&scope, read).await?;
    let rows: Vec<Row> = found
        .iter()
        .map(|machine| {
            Row::new(vec![
                Cell::text(machine_pages::name(machine)).link(format!("/machines/{}", machine.id)),
                Cell::badge(machine_pages::badge(machine, &tell)),
                tell.instant_cell(machine.last_seen_at),
            ])
        })
        .collect();
    let columns = ["machines-name", "machines-state", "machines-seen"]
        .map(|key| Column::text(tell.word(key)));
    let title = tell.word("nav-machines");
    Ok((!rows.is_empty()).then(|| section("machines", title, columns.into(), rows)))
}

async fn of_orders(desk: &Desk, db: &Db, typed: &str) -> Result<Option<Section>, Problem> {
    let Ok(id) = typed.parse::<OrderId>() else {
        return Ok(None);
    };
    let tell = desk.tell();
    let scope = desk.scope(PermissionKey::OrderRead)?;
    let read = move |tx: &mut TenantTx<'_>| orders::find(tx, id);
    let Some(order) = db.read(&scope, read).await? else {
        return Ok(None);
    };
    let total = Money::new(order.total_minor, order.currency);
    let row = Row::new(vec![
        tell.day_cell(order.created_at)
            .link(format!("/orders/{}", order.id)),
        Cell::badge(payments::order_badge(order.state, &tell)),
        Cell::text(tell.money(total)),
    ]);
    let columns = ["payments-date", "payments-state", "payments-total"]
        .map(|key| Column::text(tell.word(key)));
    let title = tell.word("payments-orders");
    Ok(Some(section("orders", title, columns.into(), vec![row])))
}

/// What was found, kind by kind.
async fn found(desk: &Desk, db: &Db, typed: &str) -> Result<Vec<Section>, Problem> {
    let mut sections = Vec::new();
    if desk.may(PermissionKey::CustomerRead) {
        sections.extend(of_customers(desk, db, typed).await?);
    }
    if desk.may(PermissionKey::LicenseRead) {
        sections.extend(of_licenses(desk, db, typed).await?);
    }
    if desk.may(PermissionKey::MachineRead) {
        sections.extend(of_machines(desk, db, typed).await?);
    }
    if desk.may(PermissionKey::OrderRead) {
        sections.extend(of_orders(desk, db, typed).await?);
    }
    Ok(sections)
}

fn intro(typed: &str, sections: &[Section], tell: &Tell) -> String {
    if typed.is_empty() {
        return tell.word("search-hint");
    }
    let args = Args::new().text("text", typed);
    if sections.is_empty() {
        tell.say("search-nothing", args)
    } else {
        tell.say("search-found", args)
    }
}

async fn show(desk: Desk, _caller: SignedIn, db: Data<Db>) -> Result<HttpResponse, Problem> {
    let query = Query::of(&desk);
    let typed: String = query
        .get("q")
        .unwrap_or_default()
        .chars()
        .take(200)
        .collect();
    let sections = if typed.is_empty() {
        Vec::new()
    } else {
        found(&desk, &db, &typed).await?
    };
    let tell = desk.tell();
    desk.show(&DetailPage {
        title: tell.word("portal-search"),
        intro: Some(intro(&typed, &sections, &tell)),
        sections,
        ..DetailPage::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-TEN-04: a key is found by its end, however it is written.
    #[test]
    fn the_end_of_a_key_is_found_in_any_writing() {
        for typed in ["…7K3QX", "7k3qx", "ABCD-EF7K-3QX", " 7K3 QX "] {
            assert_eq!(hint(typed).as_deref(), Some("7K3QX"));
        }
        assert_eq!(hint("7K3Q"), None);
    }
}
