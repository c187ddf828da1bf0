//! What the operator sees of all tenants at once: payments and mails. Of payments the money and what
//! providers call it, not who bought what; of mails what they are about, not to whom they went: those
//! are the tenants' own.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_domain::charge::ChargeState;
use alvara_domain::charge::record::Charge;
use alvara_domain::id::{ChargeId, TenantId};
use alvara_domain::mail::{Mail, MailKind, MailState};
use alvara_domain::money::Money;
use alvara_domain::payment::PspRef;
use alvara_render::page::{Cell, Column, Empty, Filter, NavItem, Row, Table};
use alvara_store::charges::{self, ChargeFilter};
use alvara_store::mails::{self, MailFilter};
use alvara_store::page::Page;
use alvara_store::{Db, PlatformTx, StoreResult, tenants};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::TenantRead;

use super::super::desk::Desk;
use super::super::listing::{FILE_ROWS, Query, every, file};
use super::super::payments::{METHODS, charge_badge, method};
use super::super::tell::Tell;
use super::mails::badge as mail_badge;
use crate::caller::Operator;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/operations/payments").get(list_charges))
        .service(
            web::resource(["/operations/payments.csv", "/operations/payments.xlsx"])
                .get(export_charges),
        )
        .service(web::resource("/operations/mails").get(list_mails));
}

/// Tenants that can be chosen from; of more, the list of tenants leads to each.
const MOST: usize = 1_000;

/// The lists of all tenants that have no place of their own in the menu.
pub(super) fn tabs(desk: &Desk, now: &str) -> Vec<NavItem> {
    let places = [
        (
            "/operations/jobs",
            "operations-jobs",
            PermissionKey::TenantRead,
        ),
        (
            "/operations/mails",
            "mails-title",
            PermissionKey::TenantRead,
        ),
    ];
    super::super::nav::tabs(desk, &places, now)
}

/// What every tenant is called.
pub(super) fn names(tx: &mut PlatformTx<'_>) -> StoreResult<BTreeMap<TenantId, String>> {
    let all = every(MOST, |page| tenants::list(tx, None, page))?;
    Ok(all
        .into_iter()
        .map(|tenant| (tenant.id, tenant.name))
        .collect())
}

/// The tenant's name, which leads to it.
pub(super) fn tenant_cell(names: &BTreeMap<TenantId, String>, id: TenantId) -> Cell {
    let name = names.get(&id).map_or_else(|| id.to_string(), Clone::clone);
    Cell::text(name).link(format!("/tenants/{id}"))
}

/// The filter that leaves one tenant.
pub(super) fn tenant_filter(
    query: &Query,
    tell: &Tell,
    names: &BTreeMap<TenantId, String>,
) -> Filter {
    let choices = names
        .iter()
        .map(|(id, name)| (id.to_string(), name.clone()));
    let (label, all) = (tell.word("operations-tenant"), tell.word("portal-all"));
    query.filter("tenant", label, all, choices)
}

/// Charges with what is told of each.
struct Found {
    names: BTreeMap<TenantId, String>,
    refs: BTreeMap<ChargeId, Vec<PspRef>>,
    charges: Page<(TenantId, Charge)>,
}

fn read(tx: &mut PlatformTx<'_>, charges: Page<(TenantId, Charge)>) -> StoreResult<Found> {
    let ids: Vec<(TenantId, ChargeId)> = charges
        .items
        .iter()
        .map(|(tenant, charge)| (*tenant, charge.id))
        .collect();
    Ok(Found {
        names: names(tx)?,
        refs: charges::refs_of(tx, &ids)?,
        charges,
    })
}

fn charge_filter(query: &Query) -> ChargeFilter {
    ChargeFilter {
        state: query.value("state"),
        method: query.get("method").map(str::to_owned),
        ..ChargeFilter::default()
    }
}

const HEADS: [&str; 10] = [
    "payments-date",
    "operations-tenant",
    "payments-method",
    "payments-state",
    "payments-asked",
    "payments-captured",
    "payments-refunded",
    "operations-fees",
    "operations-paid",
    "operations-reference",
];

/// The columns that hold amounts, by their place in [`HEADS`].
const AMOUNTS: std::ops::Range<usize> = 4..8;

fn charge_row(found: &Found, (tenant, charge): &(TenantId, Charge), tell: &Tell) -> Row {
    let money = |minor| tell.money_cell(Money::new(minor, charge.currency));
    let refs = found.refs.get(&charge.id).map_or(&[][..], Vec::as_slice);
    let reference = match refs {
        [] => Cell::text("—"),
        [first, ..] => Cell::code(&first.value).note(&first.kind),
    };
    Row::new(vec![
        tell.instant_cell(charge.created_at),
        tenant_cell(&found.names, *tenant),
        Cell::text(method(&charge.method, tell)),
        Cell::badge(charge_badge(charge.state, tell)),
        money(charge.requested_minor),
        money(charge.book.captured),
        money(charge.book.refunded),
        money(charge.book.fees),
        tell.maybe_day(charge.paid_at),
        reference,
    ])
}

async fn list_charges(
    desk: Desk,
    caller: Operator<TenantRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&desk);
    let (filter, tenant, page) = (charge_filter(&query), query.value("tenant"), query.page());
    let work = move |tx: &mut PlatformTx<'_>| {
        let charges = charges::list_all(tx, tenant, &filter, &page)?;
        read(tx, charges)
    };
    let found = db.platform_read(&caller.scope, work).await?;
    let tell = desk.tell();
    let rows = found.charges.items.iter();
    let rows = rows.map(|one| charge_row(&found, one, &tell)).collect();
    let mut columns: Vec<Column> = HEADS.map(|head| Column::text(tell.word(head))).into();
    for column in columns.iter_mut().take(AMOUNTS.end).skip(AMOUNTS.start) {
        column.numeric = true;
    }
    let title = tell.word("operations-payments");
    let table = Table::new(title.clone(), columns, rows);
    let empty = Empty {
        text: tell.word("payments-charges-empty"),
        action: None,
    };
    let mut page = query.list(title, table, found.charges.next.as_ref(), None, empty);
    page.intro = Some(tell.word("operations-payments-intro"));
    page.filters = vec![
        tenant_filter(&query, &tell, &found.names),
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
    page.exports = query.exports("/operations/payments", &tell);
    desk.show(&page)
}

async fn export_charges(
    desk: Desk,
    caller: Operator<TenantRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&desk);
    let (filter, tenant) = (charge_filter(&query), query.value("tenant"));
    let work = move |tx: &mut PlatformTx<'_>| {
        let items = every(FILE_ROWS, |page| {
            charges::list_all(tx, tenant, &filter, page)
        })?;
        read(tx, Page { items, next: None })
    };
    let found = db.platform_read(&caller.scope, work).await?;
    let tell = desk.tell();
    let rows = found.charges.items.iter();
    let rows = rows.map(|one| charge_row(&found, one, &tell)).collect();
    file(&desk, "payments", &HEADS.map(|head| tell.word(head)), rows).await
}

fn mail_row(
    names: &BTreeMap<TenantId, String>,
    (tenant, mail): &(TenantId, Mail),
    tell: &Tell,
) -> Row {
    Row::new(vec![
        tell.instant_cell(mail.created_at),
        tenant_cell(names, *tenant),
        Cell::text(tell.value("mail-kind", &mail.content.kind())),
        Cell::badge(mail_badge(mail, tell)),
        Cell::text(tell.number(mail.tries)),
        tell.maybe_instant(mail.sent_at),
        Cell::text(mail.last_error.clone().unwrap_or_else(|| "—".to_owned())),
    ])
}

async fn list_mails(
    desk: Desk,
    caller: Operator<TenantRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&desk);
    let filter = MailFilter {
        state: query.value("state"),
        kind: query.value("kind"),
        ..MailFilter::default()
    };
    let (tenant, page) = (query.value("tenant"), query.page());
    let work = move |tx: &mut PlatformTx<'_>| -> StoreResult<_> {
        Ok((names(tx)?, mails::list_all(tx, tenant, &filter, &page)?))
    };
    let (names, found) = db.platform_read(&caller.scope, work).await?;
    let tell = desk.tell();
    let rows = found.items.iter();
    let rows = rows.map(|one| mail_row(&names, one, &tell)).collect();
    let columns = [
        "mails-written",
        "operations-tenant",
        "mails-what",
        "mails-state",
        "operations-tries",
        "mails-sent",
        "operations-error",
    ]
    .map(|head| Column::text(tell.word(head)));
    let title = tell.word("operations-mails");
    let table = Table::new(title.clone(), columns.into(), rows);
    let empty = Empty {
        text: tell.word("mails-none"),
        action: None,
    };
    let mut page = query.list(title, table, found.next.as_ref(), None, empty);
    page.intro = Some(tell.word("operations-mails-intro"));
    page.tabs = tabs(&desk, "/operations/mails");
    page.filters = vec![
        tenant_filter(&query, &tell, &names),
        query.filter(
            "state",
            tell.word("mails-state"),
            tell.word("portal-all"),
            MailState::ALL
                .iter()
                .map(|state| (state.to_string(), tell.value("mail-state", state))),
        ),
        query.filter(
            "kind",
            tell.word("mails-what"),
            tell.word("portal-all"),
            MailKind::ALL
                .iter()
                .map(|kind| (kind.to_string(), tell.value("mail-kind", kind))),
        ),
    ];
    desk.show(&page)
}
