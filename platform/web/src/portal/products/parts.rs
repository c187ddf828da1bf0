//! What belongs to a product and is added on its page: versions, modules, fresh signing keys.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::{AppResult, Platform};
use alvara_domain::id::{ModuleId, ProductId};
use alvara_domain::money::Currency;
use alvara_domain::product::{Module, Product};
use alvara_render::page::{FieldKind, FieldView, FormPage, FormView, Link};
use alvara_store::{Db, Scope, TenantTx, modules, products, tenants};
use alvara_tenants::permissions::{ModuleCreate, ModuleUpdate, SigningKeyRotate, VersionCreate};

use super::super::desk::Desk;
use super::super::entry::Entry;
use super::field::{money, number};
use crate::api::v1::{modules as module_interface, products as interface, signing_keys};
use crate::body::{Json, Segments};
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/products/{id}/versions/new")
                .get(new_version)
                .post(add_version),
        )
        .service(
            web::resource("/products/{id}/modules/new")
                .get(new_module)
                .post(add_module),
        )
        .service(
            web::resource("/products/{id}/modules/{module}/edit")
                .get(edit_module)
                .post(update_module),
        )
        .service(web::resource("/products/{id}/keys/rotate").post(rotate));
}

/// The product that something is added to, and the currency that the tenant counts in.
pub(super) async fn known(
    scope: &Scope,
    id: ProductId,
    db: &Db,
) -> Result<(Product, Currency), Problem> {
    let read = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
        let currency = tenants::load_own(tx)?.currency;
        Ok(products::find(tx, id)?.map(|product| (product, currency)))
    };
    db.read(scope, read).await?.ok_or_else(Problem::not_found)
}

/// A form of something that belongs to a product.
fn page(desk: &Desk, product: &Product, title: &str, fields: Vec<FieldView>) -> FormPage {
    let tell = desk.tell();
    let home = format!("/products/{}", product.id);
    FormPage {
        title: tell.word(title),
        form: FormView::new(desk.request().path(), tell.word("portal-save"), fields)
            .cancel(Link::new(home.clone(), tell.word("portal-cancel"))),
        back: Some(Link::new(home, product.name.clone())),
        ..FormPage::default()
    }
}

fn version_page(desk: &Desk, product: &Product) -> FormPage {
    let tell = desk.tell();
    let fields = vec![
        number("major:int", tell.word("products-major"), None).required(),
        number("minor:int", tell.word("products-minor"), Some(0)).required(),
        FieldView::text("name", tell.word("products-name")).required(),
        FieldView::new(
            FieldKind::Date,
            "released_at:day",
            tell.word("products-released"),
        )
        .hint(tell.word("products-released-hint")),
    ];
    page(desk, product, "products-new-version", fields)
}

async fn new_version(
    desk: Desk,
    caller: Caller<VersionCreate>,
    Segments(id): Segments<ProductId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let (product, _) = known(&caller.scope, id, &db).await?;
    desk.show(&version_page(&desk, &product))
}

async fn add_version(
    desk: Desk,
    caller: Caller<VersionCreate>,
    Segments(id): Segments<ProductId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let (product, _) = known(&caller.scope, id, &db).await?;
    let made = match entry.read() {
        Ok(body) => interface::add(caller, Segments(id), Json(body), db).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(_) => Ok(desk.done(&format!("/products/{id}#versions"), "version-added")),
        Err(problem) => desk.retry(version_page(&desk, &product), &entry, problem),
    }
}

fn module_page(desk: &Desk, product: &Product, currency: Currency) -> FormPage {
    let tell = desk.tell();
    let mut fields = vec![
        FieldView::text("name", tell.word("products-name")).required(),
        FieldView::text("code", tell.word("products-code"))
            .required()
            .hint(tell.word("products-module-code-hint")),
        number("position:int", tell.word("products-position"), None)
            .hint(tell.word("products-position-hint")),
    ];
    fields.extend(money(
        "price",
        tell.word("products-price"),
        None,
        currency,
        &tell,
    ));
    page(desk, product, "products-new-module", fields)
}

async fn new_module(
    desk: Desk,
    caller: Caller<ModuleCreate>,
    Segments(id): Segments<ProductId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let (product, currency) = known(&caller.scope, id, &db).await?;
    desk.show(&module_page(&desk, &product, currency))
}

async fn add_module(
    desk: Desk,
    caller: Caller<ModuleCreate>,
    Segments(id): Segments<ProductId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let (product, currency) = known(&caller.scope, id, &db).await?;
    let made = match entry.read() {
        Ok(body) => module_interface::add(caller, Segments(id), Json(body), db).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(_) => Ok(desk.done(&format!("/products/{id}#modules"), "module-added")),
        Err(problem) => desk.retry(module_page(&desk, &product, currency), &entry, problem),
    }
}

fn module_edit_page(desk: &Desk, product: &Product, module: &Module) -> FormPage {
    let tell = desk.tell();
    let mut fields = vec![
        FieldView::hidden("_version", module.version.to_string()),
        FieldView::text("name", tell.word("products-name"))
            .value(&module.name)
            .required(),
    ];
    let price = module.price;
    fields.extend(money(
        "price",
        tell.word("products-price"),
        Some(price.amount_minor),
        price.currency,
        &tell,
    ));
    page(desk, product, "products-edit-module", fields)
}

async fn known_module(
    scope: &Scope,
    place: (ProductId, ModuleId),
    db: &Db,
) -> Result<(Product, Module), Problem> {
    let read = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
        Ok((products::find(tx, place.0)?, modules::find(tx, place.1)?))
    };
    match db.read(scope, read).await? {
        (Some(product), Some(module)) if module.product_id == product.id => Ok((product, module)),
        _ => Err(Problem::not_found()),
    }
}

async fn edit_module(
    desk: Desk,
    caller: Caller<ModuleUpdate>,
    Segments(place): Segments<(ProductId, ModuleId)>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let (product, module) = known_module(&caller.scope, place, &db).await?;
    desk.show(&module_edit_page(&desk, &product, &module))
}

async fn update_module(
    desk: Desk,
    caller: Caller<ModuleUpdate>,
    Segments(place): Segments<(ProductId, ModuleId)>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let (product, module) = known_module(&caller.scope, place, &db).await?;
    let made = match entry.read() {
        Ok(body) => {
            module_interface::update(caller, Segments(place), entry.version(), Json(body), db).await
        }
        Err(problem) => Err(problem),
    };
    match made {
        Ok(_) => Ok(desk.done(&format!("/products/{}#modules", place.0), "saved")),
        Err(problem) => desk.retry(module_edit_page(&desk, &product, &module), &entry, problem),
    }
}

async fn rotate(
    desk: Desk,
    caller: Caller<SigningKeyRotate>,
    Segments(id): Segments<ProductId>,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    signing_keys::rotate(caller, Segments(id), Json(entry.read()?), platform).await?;
    Ok(desk.done(&format!("/products/{id}#keys"), "keys-rotated"))
}
