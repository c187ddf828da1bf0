//! An agent's page: what ends soon, what waits, what was earned.

use alvara_domain::id::{LicenseId, NodeId};
use alvara_domain::license::License;
use alvara_domain::money::Money;
use alvara_render::page::{
    Action, Cell, Column, Figure, HomePage, Link, Row, Section, Table, Tone,
};
use alvara_store::licenses::{self, DueFilter};
use alvara_store::page::PageRequest;
use alvara_store::{Db, Scope, StoreResult, TenantTx, commissions, nodes, sales, tenants};
use alvara_tenants::PermissionKey;

use super::super::commissions::this_month;
use super::super::desk::Desk;
use super::super::tell::Tell;
use super::{Count, in_days, pending_customers, pending_licenses, pending_registrations};
use crate::problem::Problem;

/// How many of those that end next are shown.
const NEXT: u32 = 10;
const MOST: i64 = 1000;

/// A license that ends soon, and who has it.
pub(super) struct Ending {
    license: License,
    holder: String,
    /// Whether it was sold at a plan, so that a further period has a price.
    is_priced: bool,
}

/// Those that end next, within thirty days.
pub(super) fn ending(tx: &mut TenantTx<'_>) -> StoreResult<Vec<Ending>> {
    let now = tx.now();
    let filter = DueFilter {
        span: (Some(now), in_days(now, 30)),
        product: None,
    };
    let found = licenses::list_due(tx, &filter, &PageRequest::new(Some(NEXT), None))?;
    let ids: Vec<NodeId> = found.items.iter().map(|one| one.node_id).collect();
    let holders = nodes::of_many(tx, &ids)?;
    let held: Vec<LicenseId> = found.items.iter().map(|one| one.id).collect();
    let sold = sales::of_many(tx, &held)?;
    let name = |id: &NodeId| holders.get(id).map(|node| node.name.clone());
    let all = found.items.into_iter().map(|license| Ending {
        holder: name(&license.node_id).unwrap_or_default(),
        is_priced: sold
            .get(&license.id)
            .is_some_and(|sale| sale.plan_id.is_some()),
        license,
    });
    Ok(all.collect())
}

/// The table of those that end next, each with the link for paying.
pub(super) fn ending_section(desk: &Desk, found: &[Ending], tell: &Tell) -> Section {
    let orders = desk.may(PermissionKey::OrderCreate);
    let rows = found.iter().map(|one| {
        let license = &one.license;
        let days = license.days_left(tell.now()).unwrap_or_default();
        let mut row = Row::new(vec![
            Cell::code(format!("…{}", license.key_hint)).link(format!("/licenses/{}", license.id)),
            Cell::text(&one.holder).link(format!("/nodes/{}", license.node_id)),
            tell.maybe_day(license.term.expires_at),
            Cell::text(tell.number(days)),
        ]);
        if orders && one.is_priced {
            let place = format!("/licenses/{}/renewal-link", license.id);
            row.actions = vec![
                Action::new(place, tell.word("home-renewal-link"))
                    .about(format!("{} …{}", one.holder, license.key_hint)),
            ];
        }
        row
    });
    let columns = vec![
        Column::text(tell.word("home-license")),
        Column::text(tell.word("home-holder")),
        Column::text(tell.word("home-ends")),
        Column::number(tell.word("home-days")),
    ];
    Section {
        id: "ending",
        title: tell.word("home-ending"),
        table: Some(Table::new(
            tell.word("home-ending"),
            columns,
            rows.collect(),
        )),
        empty: Some(tell.word("home-ending-none")),
        ..Section::default()
    }
}

/// How many end within each of some numbers of days from now, of which the last is the largest.
pub(super) fn count_ending<const N: usize>(
    tx: &mut TenantTx<'_>,
    days: [i64; N],
) -> StoreResult<[Count; N]> {
    let now = tx.now();
    let last = days.last().copied().unwrap_or_default();
    let ends = licenses::list_ends(tx, (Some(now), in_days(now, last)), MOST)?;
    Ok(days.map(|days| {
        let until = in_days(now, days);
        // In the order of their ends: where counting stopped early, those that end first are there.
        let number = ends.partition_point(|end| *end < until);
        Count::bounded(i64::try_from(number).unwrap_or(MOST), MOST)
    }))
}

/// Where those are listed that end within so many days.
pub(super) fn ending_place(desk: &Desk, days: i64) -> String {
    if desk.may(PermissionKey::LicenseRenew) {
        format!("/renewals?due={days}")
    } else {
        format!("/licenses?expires={days}")
    }
}

/// What the place itself earned in this month so far.
async fn earned(desk: &Desk, db: &Db, tell: &Tell) -> Result<Option<Figure>, Problem> {
    if !desk.may(PermissionKey::CommissionRead) {
        return Ok(None);
    }
    let scope: Scope = desk.scope(PermissionKey::CommissionRead)?;
    let (own, from) = (scope.path().id(), this_month(tell.now()));
    let read = move |tx: &mut TenantTx<'_>| -> StoreResult<Money> {
        let currency = tenants::load_own(tx)?.currency;
        let total = commissions::total(tx, (own, currency), (from, None))?;
        Ok(Money::new(total, currency))
    };
    let total = db.read(&scope, read).await?;
    Ok(Some(Figure {
        label: tell.word("home-commission"),
        value: tell.money(total),
        tone: Tone::Neutral,
        href: Some("/commissions?period=this".to_owned()),
    }))
}

pub(super) async fn page(desk: &Desk, db: &Db) -> Result<HomePage, Problem> {
    let tell = desk.tell();
    let scope = desk.scope(PermissionKey::LicenseRead)?;
    let read =
        |tx: &mut TenantTx<'_>| -> StoreResult<_> { Ok((count_ending(tx, [7, 30])?, ending(tx)?)) };
    let ([week, month], next) = db.read(&scope, read).await?;
    let mut figures = vec![
        week.figure(
            tell.word("home-ends-7"),
            Tone::Bad,
            &ending_place(desk, 7),
            &tell,
        ),
        month.figure(
            tell.word("home-ends-30"),
            Tone::Warn,
            &ending_place(desk, 30),
            &tell,
        ),
    ];
    figures.extend(approvals(desk, db, &tell).await?);
    figures.extend(earned(desk, db, &tell).await?);
    Ok(HomePage {
        title: tell.word("nav-home"),
        primary: desk
            .may(PermissionKey::CustomerCreate)
            .then(|| Link::new("/customers/new", tell.word("customers-new"))),
        figures,
        sections: vec![ending_section(desk, &next, &tell)],
        ..HomePage::default()
    })
}

/// Who waits to be let in.
pub(super) async fn approvals(desk: &Desk, db: &Db, tell: &Tell) -> Result<Vec<Figure>, Problem> {
    let mut figures = Vec::new();
    if desk.may(PermissionKey::CustomerValidate) {
        let scope = desk.scope(PermissionKey::CustomerRead)?;
        let count = db.read(&scope, pending_customers).await?;
        let label = tell.word("home-customers-pending");
        figures.push(count.figure(label, Tone::Warn, "/approvals?tab=customers", tell));
    }
    if desk.may(PermissionKey::LicenseReinstate) {
        let scope = desk.scope(PermissionKey::LicenseRead)?;
        let count = db.read(&scope, pending_licenses).await?;
        let label = tell.word("home-licenses-pending");
        figures.push(count.figure(label, Tone::Warn, "/approvals?tab=licenses", tell));
    }
    if desk.may(PermissionKey::RegistrationApprove) {
        let scope = desk.scope(PermissionKey::RegistrationRead)?;
        let count = db.read(&scope, pending_registrations).await?;
        let label = tell.word("home-registrations-pending");
        figures.push(count.figure(label, Tone::Warn, "/approvals?tab=programs", tell));
    }
    Ok(figures)
}
