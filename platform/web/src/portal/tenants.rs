//! Tenants, for the operator: the list, and the form that opens one.

mod deeds;
mod offers;
mod one;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::Platform;
use alvara_domain::money::Currency;
use alvara_domain::node::{Tenant, TenantState};
use alvara_render::page::{
    Badge, Cell, Choice, Column, Empty, FieldKind, FieldView, FormPage, FormView, Link, Row, Table,
    Tone,
};
use alvara_store::{Db, tenants};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::{TenantCreate, TenantRead};

use super::desk::Desk;
use super::entry::Entry;
use super::listing::Query;
use super::products;
use super::tell::Tell;
use crate::api::v1::tenants as interface;
use crate::body::Json;
use crate::caller::Operator;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/tenants").get(list))
        .service(web::resource("/tenants/new").get(new).post(create))
        .configure(offers::routes)
        .configure(deeds::routes)
        .configure(one::routes);
}

/// How a tenant stands, in colour.
fn badge(state: TenantState, tell: &Tell) -> Badge {
    let tone = match state {
        TenantState::Active => Tone::Ok,
        TenantState::Suspended => Tone::Bad,
    };
    Badge {
        tone,
        text: tell.value("tenant-state", &state),
    }
}

async fn list(
    desk: Desk,
    caller: Operator<TenantRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&desk);
    let (state, page) = (query.value::<TenantState>("state"), query.page());
    let found = db
        .platform_read(&caller.scope, move |tx| tenants::list(tx, state, &page))
        .await?;
    let tell = desk.tell();
    let row = |tenant: &Tenant| {
        Row::new(vec![
            Cell::text(&tenant.name).link(format!("/tenants/{}", tenant.id)),
            Cell::code(&tenant.slug),
            Cell::badge(badge(tenant.state, &tell)),
            Cell::text(tell.value("tenant-kind", &tenant.kind)),
            Cell::text(tenant.currency.to_string()),
            tell.day_cell(tenant.created_at),
        ])
    };
    let columns = ["name", "slug", "state", "kind", "currency", "since"]
        .map(|column| Column::text(tell.word(&format!("tenants-{column}"))));
    let rows = found.items.iter().map(row).collect();
    let table = Table::new(tell.word("nav-tenants"), columns.into(), rows);
    let new = desk
        .may(PermissionKey::TenantCreate)
        .then(|| Link::new("/tenants/new", tell.word("tenants-new")));
    let empty = Empty {
        text: tell.word("tenants-empty"),
        action: new.clone(),
    };
    let title = tell.word("nav-tenants");
    let mut page = query.list(title, table, found.next.as_ref(), None, empty);
    page.primary = new;
    page.filters = vec![
        query.filter(
            "state",
            tell.word("tenants-state"),
            tell.word("portal-all"),
            TenantState::ALL
                .iter()
                .map(|state| (state.to_string(), tell.value("tenant-state", state))),
        ),
    ];
    desk.show(&page)
}

fn new_page(desk: &Desk) -> FormPage {
    let tell = desk.tell();
    let locales = tell
        .words()
        .locales()
        .map(|locale| Choice::new(locale.tag(), locale.tag(), tell.locale().tag()));
    let fields = vec![
        FieldView::text("name", tell.word("tenants-name")).required(),
        FieldView::text("slug", tell.word("tenants-slug"))
            .required()
            .hint(tell.word("tenants-slug-hint")),
        FieldView::select("locale", tell.word("tenants-locale"), locales.collect()).required(),
        FieldView::select(
            "currency",
            tell.word("tenants-currency"),
            products::currencies(Currency::BRL),
        )
        .required(),
        FieldView::text("time_zone", tell.word("tenants-zone"))
            .value("America/Sao_Paulo")
            .required()
            .hint(tell.word("tenants-zone-hint")),
        FieldView::text("admin_name", tell.word("tenants-admin-name")).required(),
        FieldView::new(
            FieldKind::Email,
            "admin_email",
            tell.word("tenants-admin-email"),
        )
        .required(),
        FieldView::new(
            FieldKind::Password,
            "admin_password",
            tell.word("tenants-admin-password"),
        )
        .required()
        .autocomplete("new-password")
        .hint(tell.word("tenants-admin-password-hint")),
    ];
    FormPage {
        title: tell.word("tenants-new"),
        intro: Some(tell.word("tenants-new-intro")),
        form: FormView::new("/tenants/new", tell.word("tenants-open"), fields)
            .cancel(Link::new("/tenants", tell.word("portal-cancel"))),
        back: Some(Link::new("/tenants", tell.word("nav-tenants"))),
        ..FormPage::default()
    }
}

async fn new(desk: Desk, _: Operator<TenantCreate>) -> Result<HttpResponse, Problem> {
    desk.show(&new_page(&desk))
}

async fn create(
    desk: Desk,
    caller: Operator<TenantCreate>,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let made = match entry.read() {
        Ok(body) => interface::create(caller, Json(body), platform).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(answer) => Ok(desk.done(&desk.place_of(&answer), "tenant-opened")),
        Err(problem) => desk.retry(new_page(&desk), &entry, problem),
    }
}
