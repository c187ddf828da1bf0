//! The tenant's own settings: how it is called, and what its documents say.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::AppResult;
use alvara_domain::node::Tenant;
use alvara_domain::product::Product;
use alvara_render::page::{Cell, Choice, DetailPage, Fact, FieldView, FormPage, FormView, Link};
use alvara_store::page::PageRequest;
use alvara_store::{Db, Scope, TenantTx, products, tenants};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::{SettingsRead, SettingsUpdate};
use serde_json::Value;

use super::super::customers::{address_fields, address_line, take_address};
use super::super::desk::Desk;
use super::super::entry::Entry;
use crate::api::v1::settings as interface;
use crate::body::{Json, json_from};
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/settings/general").get(show).post(update));
}

async fn read(db: &Db, scope: &Scope) -> Result<(Tenant, Vec<Product>), Problem> {
    let work = |tx: &mut TenantTx<'_>| -> AppResult<_> {
        let page = PageRequest::new(Some(200), None);
        Ok((tenants::load_own(tx)?, products::list(tx, &page)?.items))
    };
    Ok(db.read(scope, work).await?)
}

fn form_page(desk: &Desk, tenant: &Tenant, products: &[Product]) -> FormPage {
    let tell = desk.tell();
    let text = |name: &str, key: &str, value: &str| {
        FieldView::text(name, tell.word(&format!("settings-{key}"))).value(value)
    };
    let languages = tell
        .words()
        .locales()
        .map(|locale| Choice::new(locale.tag(), locale.tag(), &tenant.locale));
    let product = tenant.default_product_id.map(|id| id.to_string());
    let product = product.unwrap_or_default();
    let mut choices = vec![Choice::new("", "—", &product)];
    choices.extend(
        products
            .iter()
            .map(|one| Choice::new(one.id.to_string(), one.name.clone(), &product)),
    );
    let tax_id = tenant.tax_id.as_ref().map(|number| number.printed());
    let mut fields = vec![
        FieldView::hidden("_version", tenant.version.to_string()),
        text("name", "name", &tenant.name).required(),
        FieldView::select(
            "locale",
            tell.word("settings-language"),
            languages.collect(),
        )
        .required(),
        text("currency", "currency", &tenant.currency.to_string())
            .required()
            .hint(tell.word("settings-currency-hint")),
        text("time_zone", "time-zone", &tenant.time_zone.to_string())
            .required()
            .hint(tell.word("settings-time-zone-hint")),
        FieldView::select(
            "default_product_id:null",
            tell.word("settings-default-product"),
            choices,
        )
        .hint(tell.word("settings-default-product-hint")),
        text("tax_id:null", "tax-id", &tax_id.unwrap_or_default()),
    ];
    fields.extend(address_fields(&tell, tenant.postal_address.as_ref()));
    FormPage {
        title: tell.word("settings-general"),
        form: FormView::new("/settings/general", tell.word("portal-save"), fields)
            .cancel(Link::new("/settings", tell.word("portal-cancel"))),
        back: Some(Link::new("/settings", tell.word("nav-settings"))),
        ..FormPage::default()
    }
}

/// What who may not change it sees.
fn facts_page(desk: &Desk, tenant: &Tenant) -> DetailPage {
    let tell = desk.tell();
    let fact = |key: &str, text: String| {
        Fact::new(tell.word(&format!("settings-{key}")), Cell::text(text))
    };
    let dash = || "—".to_owned();
    let address = tenant.postal_address.as_ref();
    let tax_id = tenant.tax_id.as_ref().map(|number| number.printed());
    DetailPage {
        title: tell.word("settings-general"),
        back: Some(Link::new("/settings", tell.word("nav-settings"))),
        facts: vec![
            fact("name", tenant.name.clone()),
            fact("language", tenant.locale.clone()),
            fact("currency", tenant.currency.to_string()),
            fact("time-zone", tenant.time_zone.to_string()),
            fact("tax-id", tax_id.unwrap_or_else(dash)),
            fact("address", address.map_or_else(dash, address_line)),
        ],
        ..DetailPage::default()
    }
}

async fn show(
    desk: Desk,
    caller: Caller<SettingsRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let (tenant, products) = read(&db, &caller.scope).await?;
    if desk.may(PermissionKey::SettingsUpdate) {
        desk.show(&form_page(&desk, &tenant, &products))
    } else {
        desk.show(&facts_page(&desk, &tenant))
    }
}

fn change(entry: &Entry) -> Result<interface::SettingsPatch, Problem> {
    let mut body: Value = entry.read()?;
    take_address(&mut body, entry);
    json_from(body.to_string().as_bytes())
}

async fn update(
    desk: Desk,
    caller: Caller<SettingsUpdate>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let scope = caller.scope.clone();
    let done = match change(&entry) {
        Ok(body) => interface::update(caller, entry.version(), Json(body), db.clone()).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(_) => Ok(desk.done("/settings/general", "saved")),
        Err(problem) => {
            let (tenant, products) = read(&db, &scope).await?;
            desk.retry(form_page(&desk, &tenant, &products), &entry, problem)
        }
    }
}
