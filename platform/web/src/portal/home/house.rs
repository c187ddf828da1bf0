//! The page of a reseller or a sub-company: what ends, what waits, how far the quotas go, and how to
//! begin.

use alvara_domain::id::ProductId;
use alvara_domain::order::OrderState;
use alvara_render::page::{Cell, Column, Figure, HomePage, Link, Row, Section, Table, Task, Tone};
use alvara_store::licenses::{self, LicenseFilter};
use alvara_store::members::{self, MemberFilter};
use alvara_store::orders::{self, OrderFilter};
use alvara_store::page::PageRequest;
use alvara_store::{
    Db, StoreResult, TenantTx, machines, offers, payment_accounts, policies, products, quotas,
};
use alvara_tenants::PermissionKey;

use super::super::desk::Desk;
use super::super::tell::Tell;
use super::agent::{approvals, count_ending, ending, ending_place, ending_section};
use super::{Count, MOST as UP_TO, up_to_most};
use crate::problem::Problem;

const MOST: i64 = 1000;
/// Quotas of one page.
const QUOTAS: u32 = 20;

fn one() -> PageRequest {
    PageRequest::new(Some(1), None)
}

async fn renewals(desk: &Desk, db: &Db, tell: &Tell) -> Result<(Vec<Figure>, Section), Problem> {
    let scope = desk.scope(PermissionKey::LicenseRead)?;
    let read = |tx: &mut TenantTx<'_>| -> StoreResult<_> {
        let now = tx.now();
        let ended = licenses::list_ends(tx, (None, now), MOST)?.len();
        let expired = Count::bounded(i64::try_from(ended).unwrap_or(MOST), MOST);
        let [week, month, two] = count_ending(tx, [7, 30, 60])?;
        Ok(([week, month, two, expired], ending(tx)?))
    };
    let ([week, month, two, expired], next) = db.read(&scope, read).await?;
    let figures = vec![
        week.figure(
            tell.word("home-ends-7"),
            Tone::Bad,
            &ending_place(desk, 7),
            tell,
        ),
        month.figure(
            tell.word("home-ends-30"),
            Tone::Warn,
            &ending_place(desk, 30),
            tell,
        ),
        two.figure(
            tell.word("home-ends-60"),
            Tone::Info,
            &ending_place(desk, 60),
            tell,
        ),
        expired.figure(
            tell.word("home-expired"),
            Tone::Bad,
            "/licenses?status=expired",
            tell,
        ),
    ];
    Ok((figures, ending_section(desk, &next, tell)))
}

async fn waiting(desk: &Desk, db: &Db, tell: &Tell) -> Result<Vec<Figure>, Problem> {
    let mut figures = Vec::new();
    if desk.may(PermissionKey::OrderRead) {
        let scope = desk.scope(PermissionKey::OrderRead)?;
        let read = |tx: &mut TenantTx<'_>| -> StoreResult<Count> {
            let filter = OrderFilter {
                state: Some(OrderState::Open),
                ..OrderFilter::default()
            };
            Ok(Count::of(&orders::list(tx, &filter, &up_to_most())?))
        };
        let count = db.read(&scope, read).await?;
        let label = tell.word("home-payments-waiting");
        figures.push(count.figure(label, Tone::Warn, "/payments?state=open", tell));
    }
    if desk.may(PermissionKey::MachineRead) {
        let scope = desk.scope(PermissionKey::MachineRead)?;
        let read = |tx: &mut TenantTx<'_>| -> StoreResult<Count> {
            let most = i64::from(UP_TO);
            let number = machines::count_offline(tx, most + 1)?;
            Ok(Count::up_to(number, most))
        };
        let count = db.read(&scope, read).await?;
        let label = tell.word("home-machines-silent");
        figures.push(count.figure(label, Tone::Warn, "/machines?state=offline", tell));
    }
    Ok(figures)
}

/// How far the quotas of one's own place go.
async fn quota_bars(desk: &Desk, db: &Db, tell: &Tell) -> Result<Option<Section>, Problem> {
    if !desk.may(PermissionKey::QuotaRead) {
        return Ok(None);
    }
    let scope = desk.scope(PermissionKey::QuotaRead)?;
    let own = scope.path().id();
    let read = move |tx: &mut TenantTx<'_>| -> StoreResult<_> {
        let page = PageRequest::new(Some(QUOTAS), None);
        let found = quotas::list(tx, own, &page)?.map_or_else(Vec::new, |page| page.items);
        let ids: Vec<ProductId> = found.iter().map(|quota| quota.product_id).collect();
        let mut names = products::names(tx, &ids)?;
        let named = found.into_iter().map(|quota| {
            let name = names.remove(&quota.product_id);
            (quota, name)
        });
        Ok(named.collect::<Vec<_>>())
    };
    let found = db.read(&scope, read).await?;
    if found.is_empty() {
        return Ok(None);
    }
    let rows = found.into_iter().map(|(quota, product)| {
        let taken = quota.used + quota.delegated;
        let percent = (taken.saturating_mul(100) / quota.total.max(1)).clamp(0, 100);
        let text = format!("{} / {}", tell.number(taken), tell.number(quota.total));
        Row::new(vec![
            Cell::text(product.unwrap_or_else(|| quota.product_id.to_string())),
            Cell::text(text).percent(u8::try_from(percent).unwrap_or(100)),
            Cell::text(tell.number(quota.delegated)),
            Cell::text(tell.number(quota.available())),
        ])
    });
    let columns = vec![
        Column::text(tell.word("home-product")),
        Column::text(tell.word("home-quota-taken")),
        Column::number(tell.word("home-quota-delegated")),
        Column::number(tell.word("home-quota-left")),
    ];
    Ok(Some(Section {
        id: "quotas",
        title: tell.word("home-quotas"),
        table: Some(Table::new(
            tell.word("home-quotas"),
            columns,
            rows.collect(),
        )),
        ..Section::default()
    }))
}

/// What has to be there before the first sale, in this order. Only steps that one may take.
async fn beginning(desk: &Desk, db: &Db, tell: &Tell) -> Result<Vec<Task>, Problem> {
    let mut tasks = Vec::new();
    let mut push = |key: &str, href: &str, done: bool| {
        tasks.push(Task {
            label: tell.word(key),
            href: href.to_owned(),
            done,
        });
    };
    if desk.may(PermissionKey::OfferRead) && desk.may(PermissionKey::ProductCreate) {
        let scope = desk.scope(PermissionKey::OfferRead)?;
        let read = |tx: &mut TenantTx<'_>| offers::list(tx, &one());
        let found = db.read(&scope, read).await?;
        push("home-begin-product", "/products", !found.items.is_empty());
    }
    if desk.may(PermissionKey::PolicyRead) && desk.may(PermissionKey::PolicyCreate) {
        let scope = desk.scope(PermissionKey::PolicyRead)?;
        let read = |tx: &mut TenantTx<'_>| policies::list(tx, None, &one());
        let found = db.read(&scope, read).await?;
        push("home-begin-policy", "/products", !found.items.is_empty());
    }
    if desk.may(PermissionKey::PaymentAccountCreate) {
        let scope = desk.scope(PermissionKey::PaymentAccountRead)?;
        let read = |tx: &mut TenantTx<'_>| payment_accounts::list(tx, &one());
        let found = db.read(&scope, read).await?;
        push("home-begin-account", "/settings", !found.items.is_empty());
    }
    if desk.may(PermissionKey::MemberCreate) {
        let scope = desk.scope(PermissionKey::MemberRead)?;
        let two = PageRequest::new(Some(2), None);
        let read = move |tx: &mut TenantTx<'_>| members::list(tx, &MemberFilter::default(), &two);
        let found = db.read(&scope, read).await?;
        // Oneself is the first.
        push("home-begin-member", "/team", found.items.len() > 1);
    }
    if desk.may(PermissionKey::LicenseIssue) {
        let scope = desk.scope(PermissionKey::LicenseRead)?;
        let read = |tx: &mut TenantTx<'_>| licenses::list(tx, &LicenseFilter::default(), &one());
        let found = db.read(&scope, read).await?;
        push("home-begin-license", "/licenses", !found.items.is_empty());
    }
    if tasks.iter().all(|task| task.done) {
        tasks.clear();
    }
    Ok(tasks)
}

pub(super) async fn page(desk: &Desk, db: &Db) -> Result<HomePage, Problem> {
    let tell = desk.tell();
    let mut figures = Vec::new();
    let mut sections = Vec::new();
    // A profile may leave anything out.
    if desk.may(PermissionKey::LicenseRead) {
        let (counts, next) = renewals(desk, db, &tell).await?;
        figures = counts;
        sections.push(next);
    }
    figures.extend(approvals(desk, db, &tell).await?);
    figures.extend(waiting(desk, db, &tell).await?);
    sections.extend(quota_bars(desk, db, &tell).await?);
    Ok(HomePage {
        title: tell.word("nav-home"),
        primary: desk
            .may(PermissionKey::CustomerCreate)
            .then(|| Link::new("/customers/new", tell.word("customers-new"))),
        figures,
        tasks: beginning(desk, db, &tell).await?,
        sections,
        ..HomePage::default()
    })
}
