//! Plans: a policy at a price and period.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::AppResult;
use alvara_domain::id::{PlanId, PolicyId, ProductId};
use alvara_domain::money::Currency;
use alvara_domain::product::{Plan, Policy};
use alvara_domain::time::Period;
use alvara_render::page::{Choice, FieldView, FormPage, FormView, Link};
use alvara_store::page::PageRequest;
use alvara_store::{Db, Scope, TenantTx, plans, policies, tenants};
use alvara_tenants::permissions::{PlanCreate, PlanUpdate};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::super::desk::Desk;
use super::super::entry::Entry;
use super::super::listing::Query;
use super::field::{length, money, put_length};
use crate::api::v1::plans as interface;
use crate::body::{Json, Segments, json_from};
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/products/{id}/plans/new")
                .get(new)
                .post(create),
        )
        .service(web::resource("/plans/{id}/edit").get(edit).post(update));
}

async fn known(scope: &Scope, id: ProductId, db: &Db) -> Result<(Vec<Policy>, Currency), Problem> {
    let read = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
        let page = PageRequest::new(Some(200), None);
        let found = policies::list(tx, Some(id), &page)?;
        Ok((found.items, tenants::load_own(tx)?.currency))
    };
    let (policies, currency) = db.read(scope, read).await?;
    if policies.is_empty() {
        return Err(Problem::not_found());
    }
    Ok((policies, currency))
}

fn new_page(desk: &Desk, id: ProductId, policies: &[Policy], currency: Currency) -> FormPage {
    let tell = desk.tell();
    let home = format!("/products/{id}");
    let query = Query::of(desk);
    let now = query.get("policy").unwrap_or_default();
    let choices = policies
        .iter()
        .map(|policy| Choice::new(policy.id.to_string(), policy.name.clone(), now));
    let mut fields = vec![
        FieldView::select("policy_id", tell.word("products-policy"), choices.collect()).required(),
        FieldView::text("name", tell.word("products-name")).required(),
        FieldView::text("code", tell.word("products-code"))
            .required()
            .hint(tell.word("products-plan-code-hint")),
    ];
    fields.extend(money(
        "price",
        tell.word("products-price"),
        None,
        currency,
        &tell,
    ));
    let period = Some(Period::years(1));
    fields.extend(length(
        "period",
        tell.word("products-period"),
        period,
        &tell,
    ));
    FormPage {
        title: tell.word("products-new-plan"),
        form: FormView::new(
            format!("{home}/plans/new"),
            tell.word("portal-save"),
            fields,
        )
        .cancel(Link::new(home.clone(), tell.word("portal-cancel"))),
        back: Some(Link::new(home, tell.word("products-one"))),
        ..FormPage::default()
    }
}

async fn new(
    desk: Desk,
    caller: Caller<PlanCreate>,
    Segments(id): Segments<ProductId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let (policies, currency) = known(&caller.scope, id, &db).await?;
    desk.show(&new_page(&desk, id, &policies, currency))
}

fn typed<T: DeserializeOwned>(entry: &Entry) -> Result<T, Problem> {
    let mut body: Map<String, Value> = entry.read()?;
    put_length(&mut body, entry, "period", "period");
    json_from(Value::Object(body).to_string().as_bytes())
}

async fn create(
    desk: Desk,
    caller: Caller<PlanCreate>,
    Segments(id): Segments<ProductId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let (policies, currency) = known(&caller.scope, id, &db).await?;
    let made = match typed(&entry) {
        Ok(body) => interface::create(caller, Json(body), db).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(_) => Ok(desk.done(&format!("/products/{id}#plans"), "plan-added")),
        Err(problem) => desk.retry(new_page(&desk, id, &policies, currency), &entry, problem),
    }
}

fn edit_page(desk: &Desk, plan: &Plan, product: ProductId) -> FormPage {
    let tell = desk.tell();
    let home = format!("/products/{product}");
    let mut fields = vec![
        FieldView::hidden("_version", plan.version.to_string()),
        FieldView::text("name", tell.word("products-name"))
            .value(&plan.name)
            .required(),
    ];
    let price = plan.price;
    fields.extend(money(
        "price",
        tell.word("products-price"),
        Some(price.amount_minor),
        price.currency,
        &tell,
    ));
    let period = Some(plan.period);
    fields.extend(length(
        "period",
        tell.word("products-period"),
        period,
        &tell,
    ));
    FormPage {
        title: tell.word("products-edit-plan"),
        form: FormView::new(
            format!("/plans/{}/edit", plan.id),
            tell.word("portal-save"),
            fields,
        )
        .cancel(Link::new(home.clone(), tell.word("portal-cancel"))),
        back: Some(Link::new(home, plan.name.clone())),
        ..FormPage::default()
    }
}

async fn known_plan(scope: &Scope, id: PlanId, db: &Db) -> Result<(Plan, ProductId), Problem> {
    let read = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
        let Some(plan) = plans::find(tx, id)? else {
            return Ok(None);
        };
        let policy: PolicyId = plan.policy_id;
        let policy = policies::find(tx, policy)?;
        Ok(policy.map(|policy| (plan, policy.product_id)))
    };
    db.read(scope, read).await?.ok_or_else(Problem::not_found)
}

async fn edit(
    desk: Desk,
    caller: Caller<PlanUpdate>,
    Segments(id): Segments<PlanId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let (plan, product) = known_plan(&caller.scope, id, &db).await?;
    desk.show(&edit_page(&desk, &plan, product))
}

async fn update(
    desk: Desk,
    caller: Caller<PlanUpdate>,
    Segments(id): Segments<PlanId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let (plan, product) = known_plan(&caller.scope, id, &db).await?;
    let made = match typed(&entry) {
        Ok(body) => interface::update(caller, Segments(id), entry.version(), Json(body), db).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(_) => Ok(desk.done(&format!("/products/{product}#plans"), "saved")),
        Err(problem) => desk.retry(edit_page(&desk, &plan, product), &entry, problem),
    }
}
