//! A customer's page: a card for each license, with what is to be done about it.

use std::collections::{BTreeSet, HashMap, HashSet};

use alvara_domain::id::{LicenseId, ProductId};
use alvara_domain::license::{License, LicenseState};
use alvara_domain::money::Money;
use alvara_domain::order::{Order, OrderState};
use alvara_domain::terms::LicenseKind;
use alvara_domain::time::UtcTime;
use alvara_render::Args;
use alvara_render::page::{Action, Badge, Card, Cell, Fact, Figure, HomePage, Link, Tone};
use alvara_store::licenses::{self, LicenseFilter};
use alvara_store::orders::{self, OrderFilter};
use alvara_store::page::PageRequest;
use alvara_store::{Db, StoreResult, TenantTx, products, sales};
use alvara_tenants::PermissionKey;

use super::super::desk::Desk;
use super::super::tell::Tell;
use super::{Count, DAY};
use crate::problem::Problem;

/// Cards of one page; the list has the others.
const CARDS: u32 = 24;

/// From how many days before its end a license asks for its renewal.
const SOON: i64 = 30;

struct Found {
    licenses: Vec<License>,
    more: bool,
    products: HashMap<ProductId, String>,
    /// Those that were sold at a plan, so that a further period has a price.
    priced: HashSet<LicenseId>,
}

fn read(tx: &mut TenantTx<'_>) -> StoreResult<Found> {
    let page = PageRequest::new(Some(CARDS), None);
    let found = licenses::list(tx, &LicenseFilter::default(), &page)?;
    let ids: BTreeSet<ProductId> = found.items.iter().map(|one| one.product_id).collect();
    let ids: Vec<ProductId> = ids.into_iter().collect();
    let held: Vec<LicenseId> = found.items.iter().map(|one| one.id).collect();
    let sold = sales::of_many(tx, &held)?.into_iter();
    Ok(Found {
        priced: sold
            .filter(|(_, sale)| sale.plan_id.is_some())
            .map(|(id, _)| id)
            .collect(),
        more: found.next.is_some(),
        licenses: found.items,
        products: products::names(tx, &ids)?,
    })
}

fn waiting(tx: &mut TenantTx<'_>) -> StoreResult<Vec<Order>> {
    let filter = OrderFilter {
        state: Some(OrderState::Open),
        ..OrderFilter::default()
    };
    Ok(orders::list(tx, &filter, &PageRequest::new(Some(200), None))?.items)
}

/// How a license stands, as its holder sees it.
fn badge(license: &License, tell: &Tell) -> Badge {
    let now = tell.now();
    let soon = license.days_left(now).is_some_and(|days| days <= SOON);
    let (word, tone) = match license.state {
        LicenseState::Suspended => ("suspended", Tone::Bad),
        LicenseState::Pending => ("pending", Tone::Neutral),
        LicenseState::Revoked => ("revoked", Tone::Bad),
        LicenseState::Active if license.is_expired(now) => ("expired", Tone::Bad),
        LicenseState::Active if soon => ("expiring", Tone::Warn),
        LicenseState::Active => match license.kind {
            LicenseKind::Trial | LicenseKind::Demo => ("trial", Tone::Info),
            LicenseKind::Permanent
            | LicenseKind::Subscription
            | LicenseKind::Temporary
            | LicenseKind::SemiPermanent => ("active", Tone::Ok),
        },
    };
    Badge {
        tone,
        text: tell.value("home-license", &word),
    }
}

/// How much of its time is left, in per cent, and that in words.
fn time_left(license: &License, tell: &Tell) -> (Option<u8>, String) {
    let now = tell.now();
    let Some(end) = license.term.expires_at else {
        let key = if license.term.is_waiting() {
            "licenses-not-started"
        } else {
            "home-never-ends"
        };
        return (None, tell.word(key));
    };
    let left = now.seconds_until(end);
    if left <= 0 {
        let day = tell.day(end);
        return (
            Some(0),
            tell.say("home-ended", Args::new().text("day", day)),
        );
    }
    let days = license.days_left(now).unwrap_or(left / DAY);
    let whole = span_of(license, end).max(1);
    let percent = u8::try_from((left.saturating_mul(100) / whole).clamp(1, 100)).ok();
    let args = Args::new().number("count", days).text("day", tell.day(end));
    (percent, tell.say("home-days-left", args))
}

/// The seconds of which the bar shows a part: a period where there is one to go by, else a year.
fn span_of(license: &License, end: UtcTime) -> i64 {
    let whole = license.term.starts_at.seconds_until(end);
    if license.term.periods > 1 {
        whole / i64::from(license.term.periods)
    } else {
        whole
    }
}

fn card(desk: &Desk, license: &License, found: &Found, tell: &Tell) -> Card {
    let product = found.products.get(&license.product_id);
    let name = product.map_or_else(|| tell.word("home-license"), Clone::clone);
    let (percent, bar_text) = time_left(license, tell);
    let limit = license
        .machine_limit
        .map_or_else(|| "∞".to_owned(), |limit| tell.number(limit));
    let machines = format!("{} / {limit}", tell.number(license.machines_used));
    let mut used = Cell::text(machines);
    if desk.may(PermissionKey::MachineRead) {
        used = used.link(format!("/machines?license={}", license.id));
    }
    let renews = found.priced.contains(&license.id)
        && license.term.expires_at.is_some()
        && license.state != LicenseState::Revoked
        && desk.may(PermissionKey::OrderCreate);
    let mut actions = Vec::new();
    if renews {
        actions.push(
            Action::new(
                format!("/licenses/{}/renewal", license.id),
                tell.word("home-renew"),
            )
            .about(format!("{name} …{}", license.key_hint)),
        );
    }
    Card {
        title: name,
        href: Some(format!("/licenses/{}", license.id)),
        badge: Some(badge(license, tell)),
        facts: vec![
            Fact::new(
                tell.word("home-key"),
                Cell::code(format!("…{}", license.key_hint)),
            ),
            Fact::new(tell.word("home-machines"), used),
        ],
        percent,
        bar_text,
        links: vec![Link::new("/activate", tell.word("nav-help"))],
        actions,
    }
}

/// What is to be paid: overdue first, since it stops things.
fn due(orders: &[Order], tell: &Tell) -> Vec<Figure> {
    let now = tell.now();
    let is_late = |order: &&Order| order.due_at.is_some_and(|due| due < now);
    let late: Vec<&Order> = orders.iter().filter(is_late).collect();
    let mut figures = Vec::new();
    if let Some(first) = late.first() {
        let alike = late.iter().filter(|order| order.currency == first.currency);
        let sum = alike.fold(0_i64, |sum, order| sum.saturating_add(order.total_minor));
        let args = Args::new().number("count", i64::try_from(late.len()).unwrap_or_default());
        figures.push(Figure {
            label: tell.say("home-overdue", args),
            value: tell.money(Money::new(sum, first.currency)),
            tone: Tone::Bad,
            href: Some("/payments?state=open".to_owned()),
        });
    }
    let waiting = orders.len() - late.len();
    if waiting > 0 {
        let count = Count::exact(i64::try_from(waiting).unwrap_or_default());
        let label = tell.word("home-payments-waiting");
        figures.push(count.figure(label, Tone::Warn, "/payments?state=open", tell));
    }
    figures
}

pub(super) async fn page(desk: &Desk, db: &Db) -> Result<HomePage, Problem> {
    let tell = desk.tell();
    let scope = desk.scope(PermissionKey::LicenseRead)?;
    let found = db.read(&scope, read).await?;
    let orders = if desk.may(PermissionKey::OrderRead) {
        let scope = desk.scope(PermissionKey::OrderRead)?;
        db.read(&scope, waiting).await?
    } else {
        Vec::new()
    };
    let cards = found.licenses.iter();
    let cards = cards.map(|license| card(desk, license, &found, &tell));
    Ok(HomePage {
        title: tell.word("nav-licenses"),
        figures: due(&orders, &tell),
        cards: cards.collect(),
        primary: found
            .more
            .then(|| Link::new("/licenses", tell.word("home-all-licenses"))),
        empty: Some(tell.word("home-no-licenses")),
        ..HomePage::default()
    })
}
