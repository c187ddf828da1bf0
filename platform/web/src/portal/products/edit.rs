//! The forms that add a product and change one, and its retirement.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::Platform;
use alvara_domain::id::ProductId;
use alvara_domain::product::{Algorithm, Product};
use alvara_render::page::{Choice, FieldView, FormPage, FormView, Link};
use alvara_store::{Db, products};
use alvara_tenants::permissions::{ProductCreate, ProductUpdate};
use serde_json::Value;

use super::super::desk::Desk;
use super::super::entry::Entry;
use super::field::one_of;
use crate::api::v1::products as interface;
use crate::body::{Json, Segments, json_from};
use crate::caller::Caller;
use crate::precondition::IfMatch;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/products/new").get(new).post(create))
        .service(web::resource("/products/{id}/edit").get(edit).post(update))
        .service(web::resource("/products/{id}/retire").post(retire))
        .service(web::resource("/products/{id}/reactivate").post(reactivate));
}

fn new_page(desk: &Desk) -> FormPage {
    let tell = desk.tell();
    let bits = ["2048", "3072", "4096", "256"].map(|bits| {
        let label = match bits {
            "256" => tell.word("products-bits-ed"),
            _ => bits.to_owned(),
        };
        Choice::new(bits, label, "2048")
    });
    let fields = vec![
        FieldView::text("name", tell.word("products-name")).required(),
        FieldView::text("code", tell.word("products-code"))
            .required()
            .hint(tell.word("products-code-hint")),
        FieldView::text("key_prefix", tell.word("products-prefix"))
            .hint(tell.word("products-prefix-hint")),
        one_of(
            "algorithm",
            tell.word("products-algorithm"),
            Algorithm::ALL,
            &Algorithm::Rs256,
            "algorithm",
            &tell,
        ),
        FieldView::select("key_bits:int", tell.word("products-bits"), bits.into())
            .required()
            .hint(tell.word("products-bits-hint")),
    ];
    FormPage {
        title: tell.word("products-new"),
        intro: Some(tell.word("products-new-intro")),
        form: FormView::new("/products/new", tell.word("products-add"), fields)
            .cancel(Link::new("/products", tell.word("portal-cancel"))),
        back: Some(Link::new("/products", tell.word("nav-products"))),
        ..FormPage::default()
    }
}

async fn new(desk: Desk, _: Caller<ProductCreate>) -> Result<HttpResponse, Problem> {
    desk.show(&new_page(&desk))
}

async fn create(
    desk: Desk,
    caller: Caller<ProductCreate>,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let made = match entry.read() {
        Ok(body) => interface::create(caller, Json(body), platform).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(answer) => Ok(desk.done(&desk.place_of(&answer), "product-added")),
        Err(problem) => desk.retry(new_page(&desk), &entry, problem),
    }
}

fn edit_page(desk: &Desk, product: &Product) -> FormPage {
    let tell = desk.tell();
    let home = format!("/products/{}", product.id);
    let fields = vec![
        FieldView::hidden("_version", product.version.to_string()),
        FieldView::text("name", tell.word("products-name"))
            .value(&product.name)
            .required(),
        FieldView::text("key_prefix", tell.word("products-prefix"))
            .value(product.key_prefix.to_string())
            .hint(tell.word("products-prefix-hint")),
    ];
    FormPage {
        title: tell.word("products-edit"),
        form: FormView::new(format!("{home}/edit"), tell.word("portal-save"), fields)
            .cancel(Link::new(home.clone(), tell.word("portal-cancel"))),
        back: Some(Link::new(home, product.name.clone())),
        ..FormPage::default()
    }
}

/// A product of the tenant's own: one that is offered is its owner's to change.
async fn own(caller: &Caller<ProductUpdate>, id: ProductId, db: &Db) -> Result<Product, Problem> {
    let found = db
        .read(&caller.scope, move |tx| products::find(tx, id))
        .await?;
    found
        .filter(|product| product.tenant_id == caller.scope.tenant())
        .ok_or_else(Problem::not_found)
}

async fn edit(
    desk: Desk,
    caller: Caller<ProductUpdate>,
    Segments(id): Segments<ProductId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    desk.show(&edit_page(&desk, &own(&caller, id, &db).await?))
}

/// A prefix that was emptied is none from now on.
fn change(entry: &Entry) -> Result<interface::ProductPatch, Problem> {
    let mut body: Value = entry.read()?;
    if let Value::Object(fields) = &mut body {
        fields.insert(
            "key_prefix".to_owned(),
            Value::from(entry.text("key_prefix")),
        );
    }
    json_from(body.to_string().as_bytes())
}

async fn update(
    desk: Desk,
    caller: Caller<ProductUpdate>,
    Segments(id): Segments<ProductId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let product = own(&caller, id, &db).await?;
    let made = match change(&entry) {
        Ok(body) => interface::update(caller, Segments(id), entry.version(), Json(body), db).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(_) => Ok(desk.done(&format!("/products/{id}"), "saved")),
        Err(problem) => desk.retry(edit_page(&desk, &product), &entry, problem),
    }
}

async fn set_state(
    caller: Caller<ProductUpdate>,
    id: ProductId,
    state: &str,
    db: Data<Db>,
) -> Result<(), Problem> {
    let body = serde_json::json!({ "state": state }).to_string();
    let body = json_from(body.as_bytes())?;
    interface::update(caller, Segments(id), IfMatch::Any, Json(body), db).await?;
    Ok(())
}

async fn retire(
    desk: Desk,
    caller: Caller<ProductUpdate>,
    Segments(id): Segments<ProductId>,
    _: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    set_state(caller, id, "retired", db).await?;
    Ok(desk.done(&format!("/products/{id}"), "product-retired"))
}

async fn reactivate(
    desk: Desk,
    caller: Caller<ProductUpdate>,
    Segments(id): Segments<ProductId>,
    _: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    set_state(caller, id, "active", db).await?;
    Ok(desk.done(&format!("/products/{id}"), "product-reactivated"))
}
