//! Policies of a product: begun from a preset, and changed for licenses to come.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::AppResult;
use alvara_domain::id::{PolicyId, ProductId};
use alvara_domain::product::{Module, Policy, Product};
use alvara_render::page::{FieldView, FormPage, FormView, Link};
use alvara_store::{Db, Scope, TenantTx, modules, policies, products};
use alvara_tenants::permissions::{PolicyCreate, PolicyUpdate};
use serde_json::Value;

use super::super::desk::Desk;
use super::super::entry::Entry;
use super::super::listing::Query;
use super::terms;
use crate::api::v1::policies as interface;
use crate::body::{Json, Segments, json_from};
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/products/{id}/policies/new")
                .get(new)
                .post(create),
        )
        .service(web::resource("/policies/{id}/edit").get(edit).post(update));
}

async fn known(scope: &Scope, id: ProductId, db: &Db) -> Result<(Product, Vec<Module>), Problem> {
    let read = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
        let modules = modules::list(tx, id)?;
        Ok(products::find(tx, id)?.map(|product| (product, modules)))
    };
    db.read(scope, read).await?.ok_or_else(Problem::not_found)
}

/// The form of a new policy, filled with the terms of a preset; the others are a link away.
fn new_page(desk: &Desk, product: &Product, modules: &[Module], preset: &str) -> FormPage {
    let tell = desk.tell();
    let home = format!("/products/{}", product.id);
    let here = format!("{home}/policies/new");
    let begun = terms::PRESETS
        .iter()
        .find(|known| **known == preset)
        .copied()
        .unwrap_or(terms::PRESETS[0]);
    let mut fields = vec![
        FieldView::hidden("product_id", product.id.to_string()),
        FieldView::hidden("_preset", begun),
        FieldView::text("name", tell.word("products-name"))
            .value(tell.value("preset", &begun))
            .required(),
        FieldView::text("code", tell.word("products-code"))
            .value(begun)
            .required()
            .hint(tell.word("products-policy-code-hint")),
    ];
    fields.extend(terms::fields(&terms::preset(begun), modules, &tell));
    let links = terms::PRESETS
        .iter()
        .filter(|other| **other != begun)
        .map(|other| {
            Link::new(
                format!("{here}?preset={other}"),
                tell.value("preset", other),
            )
        });
    FormPage {
        title: tell.word("products-new-policy"),
        intro: Some(tell.word("products-new-policy-intro")),
        form: FormView::new(here.clone(), tell.word("products-add-policy"), fields)
            .cancel(Link::new(home.clone(), tell.word("portal-cancel"))),
        back: Some(Link::new(home, product.name.clone())),
        links: links.collect(),
    }
}

async fn new(
    desk: Desk,
    caller: Caller<PolicyCreate>,
    Segments(id): Segments<ProductId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let (product, modules) = known(&caller.scope, id, &db).await?;
    let query = Query::of(&desk);
    let preset = query.get("preset").unwrap_or_default();
    desk.show(&new_page(&desk, &product, &modules, preset))
}

fn typed<T: serde::de::DeserializeOwned>(body: Result<Value, Problem>) -> Result<T, Problem> {
    json_from(body?.to_string().as_bytes())
}

async fn create(
    desk: Desk,
    caller: Caller<PolicyCreate>,
    Segments(id): Segments<ProductId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let (product, modules) = known(&caller.scope, id, &db).await?;
    let preset = entry.text("_preset");
    let body = terms::body(&entry, &terms::preset(preset), &modules);
    let made = match typed(body) {
        Ok(body) => interface::create(caller, Json(body), db).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(_) => Ok(desk.done(&format!("/products/{id}#policies"), "policy-added")),
        Err(problem) => desk.retry(new_page(&desk, &product, &modules, preset), &entry, problem),
    }
}

fn edit_page(desk: &Desk, policy: &Policy, modules: &[Module]) -> FormPage {
    let tell = desk.tell();
    let home = format!("/products/{}", policy.product_id);
    let mut fields = vec![
        FieldView::hidden("_version", policy.version.to_string()),
        FieldView::text("name", tell.word("products-name"))
            .value(&policy.name)
            .required(),
    ];
    fields.extend(terms::fields(&policy.terms, modules, &tell));
    FormPage {
        title: tell.word("products-edit-policy"),
        intro: Some(tell.word("products-edit-policy-intro")),
        form: FormView::new(
            format!("/policies/{}/edit", policy.id),
            tell.word("portal-save"),
            fields,
        )
        .cancel(Link::new(home.clone(), tell.word("portal-cancel"))),
        back: Some(Link::new(home, policy.name.clone())),
        ..FormPage::default()
    }
}

async fn known_policy(
    scope: &Scope,
    id: PolicyId,
    db: &Db,
) -> Result<(Policy, Vec<Module>), Problem> {
    let read = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
        let Some(policy) = policies::find(tx, id)? else {
            return Ok(None);
        };
        let modules = modules::list(tx, policy.product_id)?;
        Ok(Some((policy, modules)))
    };
    db.read(scope, read).await?.ok_or_else(Problem::not_found)
}

async fn edit(
    desk: Desk,
    caller: Caller<PolicyUpdate>,
    Segments(id): Segments<PolicyId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let (policy, modules) = known_policy(&caller.scope, id, &db).await?;
    desk.show(&edit_page(&desk, &policy, &modules))
}

async fn update(
    desk: Desk,
    caller: Caller<PolicyUpdate>,
    Segments(id): Segments<PolicyId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let (policy, modules) = known_policy(&caller.scope, id, &db).await?;
    let body = terms::body(&entry, &policy.terms, &modules);
    let made = match typed(body) {
        Ok(body) => interface::update(caller, Segments(id), entry.version(), Json(body), db).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(_) => {
            let home = format!("/products/{}#policies", policy.product_id);
            Ok(desk.done(&home, "saved"))
        }
        Err(problem) => desk.retry(edit_page(&desk, &policy, &modules), &entry, problem),
    }
}
