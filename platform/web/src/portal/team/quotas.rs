//! How many licenses of each product a place may issue, and how many of them are gone.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::AppResult;
use alvara_domain::id::{NodeId, ProductId};
use alvara_domain::node::Node;
use alvara_domain::product::Product;
use alvara_domain::quota::Quota;
use alvara_render::page::{
    Action, Cell, Choice, Column, DetailPage, FieldView, FormView, Link, Row, Section, Table, Tone,
};
use alvara_store::page::PageRequest;
use alvara_store::{Db, TenantTx, nodes, products, quotas};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::{QuotaRead, QuotaUpdate};

use super::super::desk::Desk;
use super::super::entry::Entry;
use crate::api::v1::quotas as interface;
use crate::body::{Json, Segments};
use crate::caller::Caller;
use crate::problem::{Fault, Problem};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/nodes/{id}/quotas").get(show).post(set))
        .service(web::resource("/nodes/{id}/quotas/{product}/remove").post(remove));
}

/// A quota, and how its product is called.
pub(super) struct Granted {
    quota: Quota,
    product: String,
}

fn read(tx: &mut TenantTx<'_>, id: NodeId) -> AppResult<Vec<Granted>> {
    let page = PageRequest::new(Some(200), None);
    let found = quotas::list(tx, id, &page)?;
    let mut all = Vec::new();
    for quota in found.map_or_else(Vec::new, |page| page.items) {
        let product = products::find(tx, quota.product_id)?;
        let product = product.map_or_else(|| quota.product_id.to_string(), |product| product.name);
        all.push(Granted { quota, product });
    }
    Ok(all)
}

/// What a place was granted.
///
/// # Errors
/// 403 without the permission.
pub(super) async fn granted(desk: &Desk, id: NodeId, db: &Db) -> Result<Vec<Granted>, Problem> {
    let scope = desk.scope(PermissionKey::QuotaRead)?;
    Ok(db.read(&scope, move |tx| read(tx, id)).await?)
}

/// The part of a page that shows it, with a bar for what is gone.
pub(super) fn section(desk: &Desk, id: NodeId, granted: &[Granted]) -> Section {
    let tell = desk.tell();
    let may = desk.may(PermissionKey::QuotaUpdate);
    let rows = granted.iter().map(|Granted { quota, product }| {
        let gone = quota.used + quota.delegated;
        let percent = (gone * 100).checked_div(quota.total).unwrap_or(100);
        let taken = format!("{}/{}", tell.number(gone), tell.number(quota.total));
        Row {
            cells: vec![
                Cell::text(product),
                Cell::text(taken).percent(u8::try_from(percent.clamp(0, 100)).unwrap_or(100)),
                Cell::text(tell.number(quota.used)),
                Cell::text(tell.number(quota.delegated)),
            ],
            actions: if may {
                let place = format!("/nodes/{id}/quotas/{}/remove", quota.product_id);
                let question = tell.word("team-quota-remove-ask");
                vec![
                    Action::new(place, tell.word("team-remove"))
                        .confirm(Tone::Bad, question)
                        .about(product),
                ]
            } else {
                Vec::new()
            },
            ..Row::default()
        }
    });
    let columns = vec![
        Column::text(tell.word("team-product")),
        Column::number(tell.word("team-taken")),
        Column::number(tell.word("team-issued")),
        Column::number(tell.word("team-handed-on")),
    ];
    let title = tell.word("team-quotas");
    let mut links = Vec::new();
    if may {
        let place = format!("/nodes/{id}/quotas");
        links.push(Link::new(place, tell.word("team-quota-set")));
    }
    Section {
        id: "quotas",
        table: Some(Table::new(title.clone(), columns, rows.collect())),
        empty: Some(tell.word("team-no-quotas")),
        title,
        links,
        ..Section::default()
    }
}

fn form(desk: &Desk, id: NodeId, products: &[Product]) -> FormView {
    let tell = desk.tell();
    let choices = products
        .iter()
        .map(|product| Choice::new(product.id.to_string(), product.name.clone(), ""))
        .collect();
    let mut total = FieldView::text("total:int", tell.word("team-quota-total"))
        .required()
        .hint(tell.word("team-quota-hint"));
    total.inputmode = Some("numeric");
    let fields = vec![
        FieldView::select("_product", tell.word("team-product"), choices).required(),
        total,
    ];
    let place = format!("/nodes/{id}/quotas");
    FormView::new(place, tell.word("team-quota-set"), fields).cancel(Link::new(
        format!("/nodes/{id}"),
        tell.word("portal-cancel"),
    ))
}

/// A place, what is granted to it, and what may be.
type Quotas = (Node, Vec<Granted>, Vec<Product>);

/// The page of the quotas of a place, with the form that sets one.
async fn page(desk: &Desk, id: NodeId, db: &Db) -> Result<(DetailPage, FormView), Problem> {
    let scope = desk.scope(PermissionKey::QuotaRead)?;
    let work = move |tx: &mut TenantTx<'_>| -> AppResult<Option<Quotas>> {
        let Some(node) = nodes::find(tx, id)? else {
            return Ok(None);
        };
        let page = PageRequest::new(Some(200), None);
        Ok(Some((
            node,
            read(tx, id)?,
            products::list(tx, &page)?.items,
        )))
    };
    let found = db.read(&scope, work).await?;
    let (node, granted, products) = found.ok_or_else(Problem::not_found)?;
    let tell = desk.tell();
    let mut table = section(desk, id, &granted);
    table.links = Vec::new();
    let page = DetailPage {
        title: tell.word("team-quotas"),
        intro: Some(tell.word("team-quota-intro")),
        back: Some(Link::new(format!("/nodes/{id}"), node.name)),
        sections: vec![table],
        ..DetailPage::default()
    };
    Ok((page, form(desk, id, &products)))
}

fn with_form(desk: &Desk, mut page: DetailPage, form: FormView) -> DetailPage {
    page.sections.push(Section {
        id: "grant",
        title: desk.tell().word("team-quota-set"),
        form: Some(form),
        ..Section::default()
    });
    page
}

async fn show(
    desk: Desk,
    _: Caller<QuotaRead>,
    Segments(id): Segments<NodeId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let (page, form) = page(&desk, id, &db).await?;
    let page = if desk.may(PermissionKey::QuotaUpdate) {
        with_form(&desk, page, form)
    } else {
        page
    };
    desk.show(&page)
}

async fn set(
    desk: Desk,
    caller: Caller<QuotaUpdate>,
    Segments(id): Segments<NodeId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let product = entry.text("_product").parse::<ProductId>();
    let product = product
        .map_err(|_| Problem::field(Fault::message("/_product", "malformed", "field-invalid")));
    let done = match (product, entry.read()) {
        (Ok(product), Ok(body)) => {
            interface::set(caller, Segments((id, product)), Json(body), db.clone()).await
        }
        (Err(problem), _) | (_, Err(problem)) => Err(problem),
    };
    match done {
        Ok(_) => Ok(desk.done(&format!("/nodes/{id}/quotas"), "quota-set")),
        Err(problem) => {
            let (page, mut form) = page(&desk, id, &db).await?;
            let status = desk.again(&mut form, &entry, problem)?;
            desk.answer(status, &with_form(&desk, page, form))
        }
    }
}

async fn remove(
    desk: Desk,
    caller: Caller<QuotaUpdate>,
    Segments((id, product)): Segments<(NodeId, ProductId)>,
    _: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::remove(caller, Segments((id, product)), db).await?;
    Ok(desk.done(&format!("/nodes/{id}/quotas"), "quota-removed"))
}
