//! Which of the operator's products a tenant may sell: made, changed, withdrawn, restored.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::{AppError, AppResult};
use alvara_domain::id::{ProductId, TenantId};
use alvara_domain::money::Currency;
use alvara_domain::node::NodePath;
use alvara_domain::product::{Offer, Product, ProductState};
use alvara_render::page::{Choice, FieldView, FormPage, FormView, Link};
use alvara_store::page::PageRequest;
use alvara_store::{Db, PlatformScope, PlatformTx, offers, products, tenants};
use alvara_tenants::permissions::{OfferCreate, OfferUpdate};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::super::desk::Desk;
use super::super::entry::Entry;
use super::super::products::money;
use super::deeds::name_of;
use crate::api::v1::tenants as interface;
use crate::body::{Json, Segments, json_from};
use crate::caller::Operator;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/tenants/{id}/offers/new")
                .get(new)
                .post(make),
        )
        .service(
            web::resource("/tenants/{id}/offers/{product}/edit")
                .get(edit)
                .post(update),
        )
        .service(web::resource("/tenants/{id}/offers/{product}/withdraw").post(withdraw))
        .service(web::resource("/tenants/{id}/offers/{product}/restore").post(restore));
}

/// What a form of an offer needs to know.
struct Known {
    tenant: String,
    currency: Currency,
    /// The operator's own products that the tenant is not offered yet.
    products: Vec<Product>,
}

fn read(tx: &mut PlatformTx<'_>, id: TenantId) -> AppResult<Known> {
    let tenant = tenants::find(tx, id)?.ok_or(AppError::NotFound("tenant"))?;
    let operator = tenants::find_operator(tx)?.ok_or(AppError::NotFound("tenant"))?;
    let root = NodePath::root(operator.root_node_id);
    let page = PageRequest::new(Some(200), None);
    let own = tx.enter(operator.id, &root, move |tx| products::list(tx, &page))?;
    let mut free = Vec::new();
    for product in own.items {
        let is_sold = product.tenant_id == operator.id && product.state == ProductState::Active;
        if is_sold && offers::find_in(tx, id, product.id)?.is_none() {
            free.push(product);
        }
    }
    Ok(Known {
        tenant: tenant.name,
        currency: tenant.currency,
        products: free,
    })
}

async fn known(scope: &PlatformScope, id: TenantId, db: &Db) -> Result<Known, Problem> {
    Ok(db.platform_read(scope, move |tx| read(tx, id)).await?)
}

fn limit(desk: &Desk, name: &str, now: Option<i64>) -> FieldView {
    let tell = desk.tell();
    let mut field = FieldView::text(name, tell.word("tenants-limit"))
        .value(now.map(|now| now.to_string()).unwrap_or_default())
        .hint(tell.word("tenants-limit-hint"));
    field.inputmode = Some("numeric");
    field
}

fn new_page(desk: &Desk, id: TenantId, known: &Known) -> FormPage {
    let tell = desk.tell();
    let home = format!("/tenants/{id}");
    let choices = known
        .products
        .iter()
        .map(|product| Choice::new(product.id.to_string(), product.name.clone(), ""));
    let label = tell.word("tenants-product");
    let mut fields = vec![FieldView::select("product_id", label, choices.collect()).required()];
    let price = tell.word("tenants-wholesale");
    fields.extend(money("wholesale", price, None, known.currency, &tell));
    fields.push(limit(desk, "license_limit:int", None));
    FormPage {
        title: tell.word("tenants-new-offer"),
        intro: Some(tell.word(if known.products.is_empty() {
            "tenants-nothing-to-offer"
        } else {
            "tenants-new-offer-intro"
        })),
        form: FormView::new(
            format!("{home}/offers/new"),
            tell.word("tenants-make-offer"),
            fields,
        )
        .cancel(Link::new(home.clone(), tell.word("portal-cancel"))),
        back: Some(Link::new(home, known.tenant.clone())),
        ..FormPage::default()
    }
}

async fn new(
    desk: Desk,
    caller: Operator<OfferCreate>,
    Segments(id): Segments<TenantId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let known = known(&caller.scope, id, &db).await?;
    desk.show(&new_page(&desk, id, &known))
}

async fn make(
    desk: Desk,
    caller: Operator<OfferCreate>,
    Segments(id): Segments<TenantId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let known = known(&caller.scope, id, &db).await?;
    let made = match entry.read() {
        Ok(body) => interface::make_offer(caller, Segments(id), Json(body), db).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(_) => Ok(desk.done(&format!("/tenants/{id}#offers"), "offer-made")),
        Err(problem) => desk.retry(new_page(&desk, id, &known), &entry, problem),
    }
}

fn edit_page(desk: &Desk, offer: &Offer, tenant: &str) -> FormPage {
    let tell = desk.tell();
    let home = format!("/tenants/{}", offer.tenant_id);
    let mut fields = vec![FieldView::hidden("_version", offer.version.to_string())];
    fields.extend(money(
        "wholesale",
        tell.word("tenants-wholesale"),
        Some(offer.wholesale.amount_minor),
        offer.wholesale.currency,
        &tell,
    ));
    fields.push(limit(desk, "license_limit:int", offer.license_limit));
    FormPage {
        title: tell.word("tenants-edit-offer"),
        form: FormView::new(
            format!("{home}/offers/{}/edit", offer.product_id),
            tell.word("portal-save"),
            fields,
        )
        .cancel(Link::new(home.clone(), tell.word("portal-cancel"))),
        back: Some(Link::new(home, tenant)),
        ..FormPage::default()
    }
}

async fn known_offer(
    scope: &PlatformScope,
    place: (TenantId, ProductId),
    db: &Db,
) -> Result<(Offer, String), Problem> {
    let found = db
        .platform_read(scope, move |tx| offers::find_in(tx, place.0, place.1))
        .await?;
    let offer = found.ok_or_else(Problem::not_found)?;
    Ok((offer, name_of(scope, place.0, db).await?))
}

async fn edit(
    desk: Desk,
    caller: Operator<OfferUpdate>,
    Segments(place): Segments<(TenantId, ProductId)>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let (offer, tenant) = known_offer(&caller.scope, place, &db).await?;
    desk.show(&edit_page(&desk, &offer, &tenant))
}

/// A limit that was emptied is none from now on.
fn change<T: DeserializeOwned>(entry: &Entry) -> Result<T, Problem> {
    let mut body: Map<String, Value> = entry.read()?;
    body.entry("license_limit").or_insert(Value::Null);
    json_from(Value::Object(body).to_string().as_bytes())
}

async fn update(
    desk: Desk,
    caller: Operator<OfferUpdate>,
    Segments(place): Segments<(TenantId, ProductId)>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let (offer, tenant) = known_offer(&caller.scope, place, &db).await?;
    let made = match change(&entry) {
        Ok(body) => {
            interface::update_offer(caller, Segments(place), entry.version(), Json(body), db).await
        }
        Err(problem) => Err(problem),
    };
    match made {
        Ok(_) => Ok(desk.done(&format!("/tenants/{}#offers", place.0), "saved")),
        Err(problem) => desk.retry(edit_page(&desk, &offer, &tenant), &entry, problem),
    }
}

async fn withdraw(
    desk: Desk,
    caller: Operator<OfferUpdate>,
    Segments(place): Segments<(TenantId, ProductId)>,
    _: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::withdraw_offer(caller, Segments(place), db).await?;
    let home = format!("/tenants/{}#offers", place.0);
    Ok(desk.done(&home, "offer-withdrawn"))
}

async fn restore(
    desk: Desk,
    caller: Operator<OfferUpdate>,
    Segments(place): Segments<(TenantId, ProductId)>,
    _: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::restore_offer(caller, Segments(place), db).await?;
    let home = format!("/tenants/{}#offers", place.0);
    Ok(desk.done(&home, "offer-restored"))
}
