//! What becomes of programs, and people, that register themselves for a product.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::AppResult;
use alvara_app::registration::rule_of;
use alvara_domain::id::ProductId;
use alvara_domain::node::{Node, NodeKind};
use alvara_domain::product::{Policy, Product};
use alvara_domain::registration::{RegistrationMode, RegistrationRule};
use alvara_render::page::{
    Badge, Cell, Choice, Column, Empty, FieldView, FormPage, FormView, Link, ListPage, Row, Table,
    Tone,
};
use alvara_store::page::PageRequest;
use alvara_store::{Db, Scope, TenantTx, policies, products};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::{RegistrationRuleRead, RegistrationRuleUpdate};

use super::super::desk::Desk;
use super::super::entry::Entry;
use super::super::team::places;
use crate::api::v1::registration_rules as interface;
use crate::body::{Json, Segments};
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/settings/registrations").get(list))
        .service(
            web::resource("/settings/registrations/{product}")
                .get(edit)
                .post(put),
        );
}

async fn list(
    desk: Desk,
    caller: Caller<RegistrationRuleRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let work = |tx: &mut TenantTx<'_>| -> AppResult<Vec<(Product, RegistrationMode)>> {
        let page = PageRequest::new(Some(200), None);
        let mut all = Vec::new();
        for product in products::list(tx, &page)?.items {
            let mode = rule_of(tx, product.id)?.mode;
            all.push((product, mode));
        }
        Ok(all)
    };
    let found = db.read(&caller.scope, work).await?;
    let tell = desk.tell();
    let may = desk.may(PermissionKey::RegistrationRuleUpdate);
    let rows = found.iter().map(|(product, mode)| {
        let mut name = Cell::text(&product.name);
        if may {
            name = name.link(format!("/settings/registrations/{}", product.id));
        }
        let tone = match mode {
            RegistrationMode::Closed => Tone::Neutral,
            RegistrationMode::Approval => Tone::Info,
            RegistrationMode::Automatic => Tone::Ok,
        };
        let text = tell.value("registration-mode", mode);
        Row::new(vec![name, Cell::badge(Badge { tone, text })])
    });
    let columns = vec![
        Column::text(tell.word("settings-product")),
        Column::text(tell.word("settings-mode")),
    ];
    let title = tell.word("settings-registrations");
    desk.show(&ListPage {
        intro: Some(tell.word("settings-registrations-about")),
        path: "/settings/registrations".to_owned(),
        table: Table::new(title.clone(), columns, rows.collect()),
        empty: Empty {
            text: tell.word("settings-no-products"),
            action: None,
        },
        title,
        ..ListPage::default()
    })
}

struct Known {
    product: Product,
    rule: RegistrationRule,
    policies: Vec<Policy>,
    places: Vec<Node>,
}

async fn read(db: &Db, scope: &Scope, id: ProductId) -> Result<Known, Problem> {
    let work = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
        let Some(product) = products::find(tx, id)? else {
            return Ok(None);
        };
        let page = PageRequest::new(Some(200), None);
        Ok(Some(Known {
            product,
            rule: rule_of(tx, id)?,
            policies: policies::list(tx, Some(id), &page)?.items,
            places: places::read(tx)?,
        }))
    };
    let found = db.read(scope, work).await?;
    found.ok_or_else(Problem::not_found)
}

fn page(desk: &Desk, known: &Known) -> FormPage {
    let tell = desk.tell();
    let rule = &known.rule;
    let modes = RegistrationMode::ALL.iter().map(|mode| {
        let label = tell.value("registration-mode", mode);
        Choice::new(mode.as_str(), label, rule.mode.as_str())
    });
    let policy = rule.policy_id.map(|id| id.to_string()).unwrap_or_default();
    let mut terms = vec![Choice::new("", "—", &policy)];
    terms.extend(
        known
            .policies
            .iter()
            .map(|one| Choice::new(one.id.to_string(), one.name.clone(), &policy)),
    );
    let place = rule.node_id.map(|id| id.to_string()).unwrap_or_default();
    let mut places = vec![Choice::new("", tell.word("settings-place-root"), &place)];
    let holds = |node: &Node| !node.kind.is_root() && node.kind.may_hold(NodeKind::Customer);
    places.extend(places::choices(&known.places, &tell, &place, holds));
    let fields = vec![
        FieldView::hidden("_version", rule.version.to_string()),
        FieldView::select("mode", tell.word("settings-mode"), modes.collect()).required(),
        FieldView::select("policy_id", tell.word("settings-policy"), terms)
            .hint(tell.word("settings-policy-hint")),
        FieldView::select("node_id", tell.word("settings-place"), places)
            .hint(tell.word("settings-place-hint")),
    ];
    let list = "/settings/registrations";
    let action = format!("{list}/{}", known.product.id);
    FormPage {
        title: known.product.name.clone(),
        form: FormView::new(action, tell.word("portal-save"), fields)
            .cancel(Link::new(list, tell.word("portal-cancel"))),
        back: Some(Link::new(list, tell.word("settings-registrations"))),
        ..FormPage::default()
    }
}

async fn edit(
    desk: Desk,
    caller: Caller<RegistrationRuleUpdate>,
    Segments(id): Segments<ProductId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    desk.show(&page(&desk, &read(&db, &caller.scope, id).await?))
}

async fn put(
    desk: Desk,
    caller: Caller<RegistrationRuleUpdate>,
    Segments(id): Segments<ProductId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let scope = caller.scope.clone();
    let done = match entry.read() {
        Ok(body) => {
            let version = entry.version();
            interface::put(caller, Segments(id), version, Json(body), db.clone()).await
        }
        Err(problem) => Err(problem),
    };
    match done {
        Ok(_) => Ok(desk.done("/settings/registrations", "saved")),
        Err(problem) => desk.retry(page(&desk, &read(&db, &scope, id).await?), &entry, problem),
    }
}
