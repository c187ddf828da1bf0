//! Customers: the list, one of them, and the forms that add and change one.

mod address;
mod decide;
mod detail;
mod form;
mod held;
mod parts;

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_domain::customer::CustomerStatus;
use alvara_domain::saved_view::ListName;
use alvara_render::page::{Badge, Cell, Column, Empty, Link, Row, Table, Tone};
use alvara_store::customers::{self, CustomerFilter, Placed};
use alvara_store::{Db, StoreResult, TenantTx};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::CustomerRead;

pub(super) use address::{fields as address_fields, line as address_line, take as take_address};

use super::desk::Desk;
use super::listing::{FILE_ROWS, Query, counted, every, file};
use super::tell::Tell;
use super::views;
use crate::caller::Caller;
use crate::frame::Context;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/customers").get(list))
        .service(web::resource(["/customers.csv", "/customers.xlsx"]).get(export))
        .service(web::resource("/company").get(own))
        .configure(form::routes)
        .configure(parts::routes)
        .configure(decide::routes)
        .configure(detail::routes);
}

/// Leads a customer's people to what is known of them, their contacts and sites; anybody else to the
/// list.
async fn own(desk: Desk, caller: Caller<CustomerRead>) -> Result<HttpResponse, Problem> {
    let _ = caller;
    let context = Context::of(desk.request());
    let place = match context
        .arrival()
        .map(|(_, principal)| (principal.role(), principal.path()))
    {
        Some((role, path)) if role.to_string() == "customer" => path.ids().last(),
        _ => None,
    };
    let place = place.map_or_else(|| "/customers".to_owned(), |id| format!("/customers/{id}"));
    Ok(HttpResponse::SeeOther()
        .insert_header((LOCATION, place))
        .finish())
}

/// How a customer stands, in colour.
fn badge(status: CustomerStatus, tell: &Tell) -> Badge {
    let tone = match status {
        CustomerStatus::Validated => Tone::Ok,
        CustomerStatus::Pending => Tone::Warn,
        CustomerStatus::Suspended | CustomerStatus::Blocked => Tone::Bad,
        CustomerStatus::Cancelled => Tone::Neutral,
    };
    Badge {
        tone,
        text: tell.value("customer-status", &status),
    }
}

fn filter_of(query: &Query) -> CustomerFilter {
    CustomerFilter {
        status: query.value("status"),
        search: query.get("q").map(str::to_owned),
        ..CustomerFilter::default()
    }
}

/// How many customers a list has, up to some more than are told.
pub(super) fn count(tx: &mut TenantTx<'_>, query: &Query) -> StoreResult<i64> {
    let filter = filter_of(query);
    counted(|page| customers::list(tx, &filter, page))
}

async fn list(
    desk: Desk,
    caller: Caller<CustomerRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&desk);
    let (filter, page) = (filter_of(&query), query.page());
    let found = db
        .read(&caller.scope, move |tx| customers::list(tx, &filter, &page))
        .await?;
    let tell = desk.tell();
    let rows = found
        .items
        .iter()
        .map(|placed| row(placed, &tell))
        .collect();
    let columns = ["name", "status", "tax-id", "email", "since"]
        .map(|column| Column::text(tell.word(&format!("customers-{column}"))));
    let table = Table::new(tell.word("nav-customers"), columns.into(), rows);
    let new = desk
        .may(PermissionKey::CustomerCreate)
        .then(|| Link::new("/customers/new", tell.word("customers-new")));
    let empty = Empty {
        text: tell.word("customers-empty"),
        action: new.clone(),
    };
    let mut page = query.list(
        tell.word("nav-customers"),
        table,
        found.next.as_ref(),
        Some(tell.word("customers-search")),
        empty,
    );
    page.primary = new;
    page.filters = vec![
        query.filter(
            "status",
            tell.word("customers-status"),
            tell.word("portal-all"),
            CustomerStatus::ALL
                .iter()
                .map(|status| (status.to_string(), tell.value("customer-status", status))),
        ),
    ];
    page.exports = query.exports("/customers", &tell);
    views::above(&desk, &db, &mut page, (ListName::Customers, &query)).await?;
    desk.show(&page)
}

fn row(placed: &Placed, tell: &Tell) -> Row {
    let customer = &placed.customer;
    let tax_id = customer.tax_id.as_ref().map(|tax_id| tax_id.printed());
    Row::new(vec![
        Cell::text(&placed.node.name).link(format!("/customers/{}", placed.node.id)),
        Cell::badge(badge(customer.status, tell)),
        Cell::code(tax_id.unwrap_or_else(|| "—".to_owned())),
        Cell::text(placed.node.email.clone().unwrap_or_else(|| "—".to_owned())),
        tell.day_cell(placed.node.created_at),
    ])
}

async fn export(
    desk: Desk,
    caller: Caller<CustomerRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&desk);
    let filter = filter_of(&query);
    let read = move |tx: &mut TenantTx<'_>| -> StoreResult<Vec<Placed>> {
        every(FILE_ROWS, |page| customers::list(tx, &filter, page))
    };
    let found = db.read(&caller.scope, read).await?;
    let tell = desk.tell();
    let head = ["name", "status", "tax-id", "email", "since"]
        .map(|column| tell.word(&format!("customers-{column}")));
    let rows = found.iter().map(|placed| row(placed, &tell)).collect();
    file(&desk, "customers", &head, rows).await
}
