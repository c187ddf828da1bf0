//! Price lists: what plans and modules cost a place, and what it asks of those below it.

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::AppResult;
use alvara_app::price::{Effective, Source, list_modules, list_plans};
use alvara_domain::id::NodeId;
use alvara_domain::node::Node;
use alvara_render::page::{
    Action, Cell, Column, DetailPage, FieldView, FormPage, FormView, Link, Row, Section, Table,
    Tone,
};
use alvara_store::page::PageRequest;
use alvara_store::{Db, Scope, TenantTx, nodes};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::{PriceRead, PriceUpdate};

use super::super::desk::Desk;
use super::super::entry::Entry;
use super::super::tell::Tell;
use crate::api::v1::prices as interface;
use crate::body::{Json, Segments};
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/prices").get(own))
        .service(web::resource("/nodes/{id}/prices").get(show))
        .service(
            web::resource("/nodes/{id}/prices/{subject}")
                .get(edit)
                .post(set),
        )
        .service(web::resource("/nodes/{id}/prices/{subject}/remove").post(remove));
}

struct Known {
    node: Node,
    plans: Vec<Effective>,
    modules: Vec<Effective>,
}

impl Known {
    fn find(&self, subject: &str) -> Option<&Effective> {
        let mut all = self.plans.iter().chain(&self.modules);
        all.find(|one| one.subject.id() == subject)
    }
}

async fn read(db: &Db, scope: &Scope, id: NodeId) -> Result<Known, Problem> {
    let work = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
        let Some(node) = nodes::find(tx, id)? else {
            return Ok(None);
        };
        let page = PageRequest::new(Some(200), None);
        Ok(Some(Known {
            node,
            plans: list_plans(tx, id, &page)?.items,
            modules: list_modules(tx, id, &page)?.items,
        }))
    };
    let found = db.read(scope, work).await?;
    found.ok_or_else(Problem::not_found)
}

/// The list of the place that the caller is at.
async fn own(caller: Caller<PriceRead>) -> Result<HttpResponse, Problem> {
    let place = format!("/nodes/{}/prices", caller.scope.path().id());
    Ok(HttpResponse::SeeOther()
        .insert_header((LOCATION, place))
        .finish())
}

async fn show(
    desk: Desk,
    caller: Caller<PriceRead>,
    Segments(id): Segments<NodeId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let known = read(&db, &caller.scope, id).await?;
    let tell = desk.tell();
    let back = if desk.may(PermissionKey::NodeRead) {
        Link::new(format!("/nodes/{id}"), known.node.name.clone())
    } else {
        Link::new("/settings", tell.word("nav-settings"))
    };
    desk.show(&DetailPage {
        title: tell.word("settings-prices"),
        intro: Some(tell.word("settings-prices-intro")),
        back: Some(back),
        sections: vec![
            section(&desk, &known.node, "plans", &known.plans),
            section(&desk, &known.node, "modules", &known.modules),
        ],
        ..DetailPage::default()
    })
}

fn section(desk: &Desk, node: &Node, id: &'static str, prices: &[Effective]) -> Section {
    let tell = desk.tell();
    let may = desk.may(PermissionKey::PriceUpdate);
    let rows = prices
        .iter()
        .map(|one| row(&tell, node, one, may))
        .collect();
    let columns = vec![
        Column::text(tell.word("settings-name")),
        Column::text(tell.word("settings-code")),
        Column::number(tell.word("settings-costs")),
        Column::text(tell.word("settings-source")),
        Column::number(tell.word("settings-asks")),
    ];
    let title = tell.word(&format!("settings-{id}"));
    Section {
        id,
        table: Some(Table::new(title.clone(), columns, rows)),
        title,
        ..Section::default()
    }
}

fn row(tell: &Tell, node: &Node, one: &Effective, may: bool) -> Row {
    let place = format!("/nodes/{}/prices/{}", node.id, one.subject.id());
    let source = match one.source {
        Source::Catalogue => "settings-source-catalogue",
        Source::Place(id) if id == node.id => "settings-source-own",
        Source::Place(_) | Source::Above => "settings-source-above",
    };
    let mut name = Cell::text(&one.name);
    if may {
        name = name.link(place.clone());
    }
    let asks = one
        .sells_at
        .map_or_else(|| "—".to_owned(), |price| tell.money(price));
    let actions = if may && one.sells_at.is_some() {
        vec![
            Action::new(
                format!("{place}/remove"),
                tell.word("settings-price-remove"),
            )
            .confirm(Tone::Bad, tell.word("settings-price-remove-ask"))
            .about(&one.name),
        ]
    } else {
        Vec::new()
    };
    Row {
        cells: vec![
            name,
            Cell::code(&one.code),
            Cell::text(tell.money(one.price)),
            Cell::text(tell.word(source)),
            Cell::text(asks),
        ],
        actions,
        ..Row::default()
    }
}

fn edit_page(desk: &Desk, node: &Node, one: &Effective) -> FormPage {
    let tell = desk.tell();
    let list = format!("/nodes/{}/prices", node.id);
    let now = one.sells_at.unwrap_or(one.price);
    let label = format!("{} ({})", tell.word("settings-asks"), now.currency);
    let written = format!("{}.{:02}", now.amount_minor / 100, now.amount_minor % 100);
    let mut price = FieldView::text("price.amount_minor:money", label)
        .value(written)
        .required()
        .hint(tell.word("settings-price-hint"));
    price.inputmode = Some("decimal");
    let fields = vec![
        price,
        FieldView::hidden("price.currency", now.currency.to_string()),
    ];
    let action = format!("{list}/{}", one.subject.id());
    FormPage {
        title: one.name.clone(),
        intro: Some(tell.say(
            "settings-price-costs",
            alvara_render::Args::new().text("price", tell.money(one.price)),
        )),
        form: FormView::new(action, tell.word("portal-save"), fields)
            .cancel(Link::new(list.clone(), tell.word("portal-cancel"))),
        back: Some(Link::new(list, tell.word("settings-prices"))),
        ..FormPage::default()
    }
}

async fn edit(
    desk: Desk,
    caller: Caller<PriceUpdate>,
    Segments((id, subject)): Segments<(NodeId, String)>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let known = read(&db, &caller.scope, id).await?;
    let one = known.find(&subject).ok_or_else(Problem::not_found)?;
    desk.show(&edit_page(&desk, &known.node, one))
}

async fn set(
    desk: Desk,
    caller: Caller<PriceUpdate>,
    Segments((id, subject)): Segments<(NodeId, String)>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let scope = caller.scope.clone();
    let path = Segments((id, subject.clone()));
    let done = match entry.read() {
        Ok(body) => interface::set(caller, path, Json(body), db.clone()).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(_) => Ok(desk.done(&format!("/nodes/{id}/prices"), "price-set")),
        Err(problem) => {
            let known = read(&db, &scope, id).await?;
            let one = known.find(&subject).ok_or_else(Problem::not_found)?;
            desk.retry(edit_page(&desk, &known.node, one), &entry, problem)
        }
    }
}

async fn remove(
    desk: Desk,
    caller: Caller<PriceUpdate>,
    Segments((id, subject)): Segments<(NodeId, String)>,
    _: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::remove(caller, Segments((id, subject)), db).await?;
    Ok(desk.done(&format!("/nodes/{id}/prices"), "price-removed"))
}
