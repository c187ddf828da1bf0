//! What waits for somebody's decision: customers who registered, programs that did, and licenses
//! whose terms ask for an approval.

mod program;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_domain::customer::CustomerStatus;
use alvara_domain::id::NodeId;
use alvara_domain::license::LicenseState;
use alvara_domain::registration::{Registration, RegistrationState};
use alvara_render::page::{
    Action, Badge, Cell, Column, Empty, FieldView, ListPage, NavItem, Row, Table, Tone,
};
use alvara_store::customers::{self, CustomerFilter, Placed};
use alvara_store::licenses::{self as stored, LicenseFilter};
use alvara_store::page::{Cursor, Deleted, PageRequest};
use alvara_store::registrations::{self, RegistrationFilter};
use alvara_store::{Db, Scope, StoreResult, TenantTx};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::{AccountRead, CustomerCancel, CustomerValidate};

use super::desk::Desk;
use super::entry::Entry;
use super::licenses::{self, Names};
use super::listing::Query;
use super::tell::Tell;
use crate::api::v1::customers as customers_of;
use crate::body::{Json, Segments};
use crate::caller::Caller;
use crate::problem::{Kind, Problem};

/// Beyond so many the tab says "so many and more".
const COUNTED: u32 = 200;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/approvals").get(show))
        .service(web::resource("/approvals/customers/{id}/validate").post(validate))
        .service(web::resource("/approvals/customers/{id}/refuse").post(refuse))
        .configure(program::routes);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tab {
    Customers,
    Programs,
    Licenses,
    Approved,
    Deleted,
}

impl Tab {
    const ALL: [Self; 5] = [
        Self::Customers,
        Self::Programs,
        Self::Licenses,
        Self::Approved,
        Self::Deleted,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::Programs => "programs",
            Self::Licenses => "licenses",
            Self::Approved => "decided",
            Self::Deleted => "deleted",
        }
    }

    const fn href(self) -> &'static str {
        match self {
            Self::Customers => "/approvals?tab=customers",
            Self::Programs => "/approvals?tab=programs",
            Self::Licenses => "/approvals?tab=licenses",
            Self::Approved => "/approvals?tab=decided",
            Self::Deleted => "/approvals?tab=deleted",
        }
    }

    /// Reading it, and deciding: who may not decide has nothing to do here.
    fn is_for(self, desk: &Desk) -> bool {
        match self {
            Self::Customers => {
                desk.may(PermissionKey::CustomerRead) && desk.may(PermissionKey::CustomerValidate)
            }
            Self::Licenses => {
                desk.may(PermissionKey::LicenseRead) && desk.may(PermissionKey::LicenseReinstate)
            }
            Self::Programs | Self::Approved | Self::Deleted => {
                desk.may(PermissionKey::RegistrationRead)
            }
        }
    }

    const fn needs(self) -> PermissionKey {
        match self {
            Self::Customers => PermissionKey::CustomerRead,
            Self::Licenses => PermissionKey::LicenseRead,
            Self::Programs | Self::Approved | Self::Deleted => PermissionKey::RegistrationRead,
        }
    }

    /// Whether something on it waits, so that it is counted.
    const fn waits(self) -> bool {
        matches!(self, Self::Customers | Self::Programs | Self::Licenses)
    }
}

fn waiting_customers() -> CustomerFilter {
    CustomerFilter {
        status: Some(CustomerStatus::Pending),
        ..CustomerFilter::default()
    }
}

fn waiting_licenses() -> LicenseFilter {
    LicenseFilter {
        state: Some(LicenseState::Pending),
        ..LicenseFilter::default()
    }
}

fn programs(tab: Tab) -> RegistrationFilter {
    RegistrationFilter {
        state: (tab == Tab::Programs).then_some(RegistrationState::Pending),
        deleted: if tab == Tab::Deleted {
            Deleted::Only
        } else {
            Deleted::Without
        },
        ..RegistrationFilter::default()
    }
}

/// How many wait.
fn count(tx: &mut TenantTx<'_>, tab: Tab) -> StoreResult<(usize, bool)> {
    let page = PageRequest::new(Some(COUNTED), None);
    Ok(match tab {
        Tab::Customers => {
            let found = customers::list(tx, &waiting_customers(), &page)?;
            (found.items.len(), found.next.is_some())
        }
        Tab::Licenses => {
            let found = stored::list(tx, &waiting_licenses(), &page)?;
            (found.items.len(), found.next.is_some())
        }
        Tab::Programs | Tab::Approved | Tab::Deleted => {
            let found = registrations::list(tx, &programs(tab), &page)?;
            (found.items.len(), found.next.is_some())
        }
    })
}

/// A tab that the reader may open, and how many wait on it, where any can: so many, and whether more.
type Open = (Tab, Option<(usize, bool)>);

async fn open_tabs(desk: &Desk, db: &Db) -> Result<Vec<Open>, Problem> {
    let mut open = Vec::new();
    for tab in Tab::ALL.into_iter().filter(|tab| tab.is_for(desk)) {
        let mut waiting = None;
        if tab.waits() {
            let scope = desk.scope(tab.needs())?;
            let read = move |tx: &mut TenantTx<'_>| count(tx, tab);
            waiting = Some(db.read(&scope, read).await?);
        }
        open.push((tab, waiting));
    }
    Ok(open)
}

fn labels(open: &[Open], now: Tab, tell: &Tell) -> Vec<NavItem> {
    let item = |(tab, waiting): &Open| {
        let name = tell.word(&format!("approvals-{}", tab.name()));
        NavItem {
            href: tab.href(),
            label: match waiting {
                Some((count, more)) => format!("{name} ({count}{})", if *more { "+" } else { "" }),
                None => name,
            },
            current: *tab == now,
        }
    };
    open.iter().map(item).collect()
}

/// What whoever names none sees: the first on which something waits, else the first.
fn first(open: &[Open]) -> Option<Tab> {
    let waits = |(_, waiting): &&Open| waiting.is_some_and(|(count, _)| count > 0);
    let found = open.iter().find(waits).or_else(|| open.first());
    found.map(|(tab, _)| *tab)
}

async fn show(desk: Desk, _: Caller<AccountRead>, db: Data<Db>) -> Result<HttpResponse, Problem> {
    let query = Query::of(&desk);
    let asked = query.get("tab").unwrap_or_default().to_owned();
    let open = open_tabs(&desk, &db).await?;
    let tab = match Tab::ALL.into_iter().find(|tab| tab.name() == asked) {
        Some(named) => open.iter().map(|(tab, _)| *tab).find(|tab| *tab == named),
        None => first(&open),
    };
    let tab = tab.ok_or_else(|| Problem::new(Kind::Forbidden))?;
    let scope = desk.scope(tab.needs())?;
    let (table, next) = match tab {
        Tab::Customers => customer_table(&desk, &db, &scope, &query).await?,
        Tab::Licenses => license_table(&desk, &db, &scope, &query).await?,
        Tab::Programs | Tab::Approved | Tab::Deleted => {
            program_table(&desk, (&db, &scope), &query, tab).await?
        }
    };
    let tell = desk.tell();
    let empty = Empty {
        text: tell.word("approvals-empty"),
        action: None,
    };
    let list = query.list(
        tell.word("nav-approvals"),
        table,
        next.as_ref(),
        None,
        empty,
    );
    desk.show(&ListPage {
        tabs: labels(&open, tab, &tell),
        narrowed: false,
        intro: Some(tell.word(&format!("approvals-{}-intro", tab.name()))),
        ..list
    })
}

type Shown = (Table, Option<Cursor>);

fn heads(tell: &Tell, keys: &[&str]) -> Vec<Column> {
    keys.iter()
        .map(|key| Column::text(tell.word(&format!("approvals-{key}"))))
        .collect()
}

async fn customer_table(
    desk: &Desk,
    db: &Db,
    scope: &Scope,
    query: &Query,
) -> Result<Shown, Problem> {
    let page = query.page();
    let read = move |tx: &mut TenantTx<'_>| customers::list(tx, &waiting_customers(), &page);
    let found = db.read(scope, read).await?;
    let tell = desk.tell();
    let rows = found.items.iter().map(|placed| Row {
        actions: customer_actions(desk, placed, &tell),
        ..Row::new(vec![
            Cell::text(&placed.node.name).link(format!("/customers/{}", placed.node.id)),
            Cell::text(placed.node.email.clone().unwrap_or_else(|| "—".to_owned())),
            tell.day_cell(placed.node.created_at),
        ])
    });
    let columns = heads(&tell, &["name", "email", "since"]);
    let title = tell.word("approvals-customers");
    Ok((Table::new(title, columns, rows.collect()), found.next))
}

fn customer_actions(desk: &Desk, placed: &Placed, tell: &Tell) -> Vec<Action> {
    let id = placed.node.id;
    let place = |deed: &str| format!("/approvals/customers/{id}/{deed}");
    let name = placed.node.name.clone();
    let mut actions = Vec::new();
    if desk.may(PermissionKey::CustomerValidate) {
        let action = Action::new(place("validate"), tell.word("approvals-validate"));
        actions.push(action.about(name.clone()));
    }
    if desk.may(PermissionKey::CustomerCancel) {
        let mut reason = FieldView::text("reason", tell.word("portal-reason"));
        reason.id = format!("f-reason-{id}");
        let action = Action::new(place("refuse"), tell.word("approvals-refuse"))
            .confirm(Tone::Bad, tell.word("approvals-refuse-customer-ask"));
        actions.push(action.field(reason).about(name));
    }
    actions
}

async fn license_table(
    desk: &Desk,
    db: &Db,
    scope: &Scope,
    query: &Query,
) -> Result<Shown, Problem> {
    let page = query.page();
    let read = move |tx: &mut TenantTx<'_>| -> StoreResult<_> {
        let found = stored::list(tx, &waiting_licenses(), &page)?;
        let mut names = Names::default();
        names.learn(tx, &found.items)?;
        Ok((found, names))
    };
    let (found, names) = db.read(scope, read).await?;
    let tell = desk.tell();
    let rows = found.items.iter().map(|license| {
        let approve = format!("/licenses/{}/approve", license.id);
        let approve = Action::new(approve, tell.word("approvals-validate"))
            .confirm(Tone::Ok, tell.word("approvals-license-ask"))
            .field(FieldView::hidden("_from", "approvals"))
            .about(format!("…{}", license.key_hint));
        Row {
            actions: vec![approve],
            ..Row::new(vec![
                Cell::code(format!("…{}", license.key_hint))
                    .link(format!("/licenses/{}", license.id)),
                Cell::text(names.product(license)),
                Cell::text(names.place(license)),
                Cell::badge(licenses::badge(license, &tell)),
                tell.day_cell(license.issued_at),
            ])
        }
    });
    let columns = heads(&tell, &["key", "product", "name", "state", "since"]);
    let title = tell.word("approvals-licenses");
    Ok((Table::new(title, columns, rows.collect()), found.next))
}

/// How a registration stands.
fn badge(one: &Registration, tell: &Tell) -> Badge {
    let (tone, word) = match one.state {
        _ if one.deleted_at.is_some() => (Tone::Neutral, "approvals-state-deleted"),
        RegistrationState::Pending => (Tone::Warn, "approvals-state-pending"),
        RegistrationState::Approved => (Tone::Ok, "approvals-state-approved"),
        RegistrationState::Refused => (Tone::Bad, "approvals-state-refused"),
    };
    Badge {
        tone,
        text: tell.word(word),
    }
}

async fn program_table(
    desk: &Desk,
    (db, scope): (&Db, &Scope),
    query: &Query,
    tab: Tab,
) -> Result<Shown, Problem> {
    let page = query.page();
    let read = move |tx: &mut TenantTx<'_>| registrations::list(tx, &programs(tab), &page);
    let found = db.read(scope, read).await?;
    let tell = desk.tell();
    // The tab of what was decided has no filter of its own in the store: two states are in it.
    let rows = found
        .items
        .iter()
        .filter(|one| tab != Tab::Approved || one.state != RegistrationState::Pending)
        .map(|one| {
            let who = [&one.applicant.name, &one.applicant.company];
            let who: Vec<&str> = who
                .into_iter()
                .filter(|part| !part.is_empty())
                .map(String::as_str)
                .collect();
            let name = program::name(one);
            Row {
                actions: program::actions(desk, one, &tell),
                ..Row::new(vec![
                    Cell::text(name).link(format!("/approvals/programs/{}", one.id)),
                    Cell::text(if who.is_empty() {
                        "—".to_owned()
                    } else {
                        who.join(", ")
                    }),
                    Cell::text(
                        one.applicant
                            .email
                            .clone()
                            .unwrap_or_else(|| "—".to_owned()),
                    ),
                    Cell::badge(badge(one, &tell)),
                    tell.instant_cell(one.created_at),
                ])
            }
        });
    let columns = heads(&tell, &["machine", "applicant", "email", "state", "since"]);
    let title = tell.word(&format!("approvals-{}", tab.name()));
    Ok((Table::new(title, columns, rows.collect()), found.next))
}

async fn validate(
    desk: Desk,
    caller: Caller<CustomerValidate>,
    segments: Segments<NodeId>,
    _: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    customers_of::validate(caller, segments, db).await?;
    Ok(desk.done(Tab::Customers.href(), "approval-customer-validated"))
}

/// A customer who is refused is one no longer.
async fn refuse(
    desk: Desk,
    caller: Caller<CustomerCancel>,
    segments: Segments<NodeId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    customers_of::cancel(caller, segments, Json(entry.read()?), db).await?;
    Ok(desk.done(Tab::Customers.href(), "approval-customer-refused"))
}
