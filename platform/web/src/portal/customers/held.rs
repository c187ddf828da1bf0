//! What a customer has: licenses, payments, and people who sign in. Each is read with its own
//! permission, and not shown without it.

use alvara_app::AppResult;
use alvara_domain::id::NodeId;
use alvara_domain::license::{License, LicenseState};
use alvara_domain::money::Money;
use alvara_domain::order::{Order, OrderState};
use alvara_render::page::{Badge, Cell, Column, Link, Row, Section, Table, Tone};
use alvara_store::licenses::LicenseFilter;
use alvara_store::members::{Member, MemberFilter};
use alvara_store::orders::OrderFilter;
use alvara_store::page::PageRequest;
use alvara_store::{Db, TenantTx, licenses, members, orders, products};
use alvara_tenants::PermissionKey;

use super::super::desk::Desk;
use super::super::licenses::end_cell;
use super::super::operations::mails;
use super::super::tell::Tell;
use super::detail::word;
use crate::problem::Problem;

/// Rows of each part.
const MOST: u32 = 50;

/// Days before the end from which a license is called expiring.
const SOON: i64 = 30;

/// The parts that the reader may see.
pub(super) async fn sections(desk: &Desk, id: NodeId, db: &Db) -> Result<Vec<Section>, Problem> {
    let tell = desk.tell();
    let page = PageRequest::new(Some(MOST), None);
    let mut sections = Vec::new();
    if desk.may(PermissionKey::LicenseRead) {
        let scope = desk.scope(PermissionKey::LicenseRead)?;
        let page = page.clone();
        let held = db.read(&scope, move |tx| held_by(tx, id, &page)).await?;
        let mut section = license_section(&tell, &held);
        if desk.may(PermissionKey::LicenseIssue) {
            let new = format!("/licenses/new?node_id={id}");
            section.links = vec![Link::new(new, tell.word("customers-new-license"))];
        }
        sections.push(section);
    }
    if desk.may(PermissionKey::OrderRead) {
        let scope = desk.scope(PermissionKey::OrderRead)?;
        let (page, filter) = (
            page,
            OrderFilter {
                node: Some(id),
                ..OrderFilter::default()
            },
        );
        let found = db
            .read(&scope, move |tx| orders::list(tx, &filter, &page))
            .await?;
        sections.push(order_section(&tell, &found.items));
    }
    sections.extend(people(desk, id, db).await?);
    if desk.may(PermissionKey::AuditRead) {
        sections.push(mails::section(desk, id, db).await?);
    }
    Ok(sections)
}

/// The people who sign in there.
pub(super) async fn people(desk: &Desk, id: NodeId, db: &Db) -> Result<Option<Section>, Problem> {
    if !desk.may(PermissionKey::MemberRead) {
        return Ok(None);
    }
    let scope = desk.scope(PermissionKey::MemberRead)?;
    let filter = MemberFilter {
        node: Some(id),
        ..MemberFilter::default()
    };
    let page = PageRequest::new(Some(MOST), None);
    let found = db
        .read(&scope, move |tx| members::list(tx, &filter, &page))
        .await?;
    Ok(Some(member_section(desk, id, &found.items)))
}

/// The licenses of a place, each with the name of its product.
fn held_by(
    tx: &mut TenantTx<'_>,
    id: NodeId,
    page: &PageRequest,
) -> AppResult<Vec<(License, String)>> {
    let filter = LicenseFilter {
        node: Some(id),
        ..LicenseFilter::default()
    };
    let mut held = Vec::new();
    for license in licenses::list(tx, &filter, page)?.items {
        let product = products::find(tx, license.product_id)?;
        let name = product.map_or_else(|| license.product_id.to_string(), |product| product.name);
        held.push((license, name));
    }
    Ok(held)
}

fn license_badge(license: &License, tell: &Tell) -> Badge {
    let left = license.term.expires_at.map(|end| tell.days_until(end));
    match license.state {
        LicenseState::Suspended => word(tell, Tone::Bad, "customers-license-suspended"),
        LicenseState::Revoked => word(tell, Tone::Bad, "customers-license-revoked"),
        LicenseState::Pending => word(tell, Tone::Neutral, "customers-license-pending"),
        LicenseState::Active if license.is_expired(tell.now()) => {
            word(tell, Tone::Bad, "customers-license-expired")
        }
        LicenseState::Active if left.is_some_and(|left| left <= SOON) => {
            word(tell, Tone::Warn, "customers-license-expiring")
        }
        LicenseState::Active => word(tell, Tone::Ok, "customers-license-active"),
    }
}

fn license_section(tell: &Tell, held: &[(License, String)]) -> Section {
    let rows = held.iter().map(|(license, product)| {
        let most = license
            .machine_limit
            .map_or_else(|| "∞".to_owned(), |most| tell.number(most));
        let end = end_cell(license, tell);
        Row::new(vec![
            Cell::code(format!("…{}", license.key_hint)).link(format!("/licenses/{}", license.id)),
            Cell::text(product),
            Cell::badge(license_badge(license, tell)),
            end,
            Cell::text(format!("{}/{most}", tell.number(license.machines_used))),
        ])
    });
    let columns = vec![
        Column::text(tell.word("customers-key")),
        Column::text(tell.word("customers-product")),
        Column::text(tell.word("customers-status")),
        Column::text(tell.word("customers-until")),
        Column::number(tell.word("customers-machines")),
    ];
    let title = tell.word("customers-licenses");
    Section {
        id: "licenses",
        table: Some(Table::new(title.clone(), columns, rows.collect())),
        empty: Some(tell.word("customers-no-licenses")),
        title,
        ..Section::default()
    }
}

fn order_section(tell: &Tell, found: &[Order]) -> Section {
    let rows = found.iter().map(|order| {
        let tone = match order.state {
            OrderState::Paid => Tone::Ok,
            OrderState::Open => Tone::Warn,
            OrderState::Disputed => Tone::Bad,
            OrderState::Reversed | OrderState::Canceled => Tone::Neutral,
        };
        let state = format!("customers-order-{}", order.state);
        Row::new(vec![
            tell.day_cell(order.created_at),
            Cell::text(tell.money(Money::new(order.total_minor, order.currency))),
            Cell::badge(word(tell, tone, &state)),
            tell.maybe_day(order.due_at),
            tell.maybe_day(order.paid_at),
        ])
    });
    let columns = vec![
        Column::text(tell.word("customers-ordered")),
        Column::number(tell.word("customers-amount")),
        Column::text(tell.word("customers-status")),
        Column::text(tell.word("customers-due")),
        Column::text(tell.word("customers-paid")),
    ];
    let title = tell.word("customers-payments");
    Section {
        id: "payments",
        table: Some(Table::new(title.clone(), columns, rows.collect())),
        empty: Some(tell.word("customers-no-payments")),
        title,
        ..Section::default()
    }
}

fn member_section(desk: &Desk, id: NodeId, found: &[Member]) -> Section {
    let tell = desk.tell();
    let rows = found.iter().map(|member| {
        Row::new(vec![
            Cell::text(&member.name).link(format!("/members/{}", member.id)),
            Cell::text(&member.email),
            Cell::badge(super::super::team::member_badge(member.state, &tell)),
        ])
    });
    let columns = ["name", "email", "status"]
        .map(|column| Column::text(tell.word(&format!("customers-{column}"))));
    let title = tell.word("nav-people");
    let mut links = Vec::new();
    if desk.may(PermissionKey::MemberCreate) {
        let new = format!("/members/new?node_id={id}&role=customer");
        links.push(Link::new(new, tell.word("team-new-member")));
    }
    Section {
        id: "people",
        table: Some(Table::new(title.clone(), columns.into(), rows.collect())),
        empty: Some(tell.word("customers-no-people")),
        title,
        links,
        ..Section::default()
    }
}
