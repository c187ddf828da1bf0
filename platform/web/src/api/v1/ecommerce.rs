//! Orders of shops elsewhere: what shops send, at
//! `POST /api/v1/ecommerce/{stripe,paypal,fastspring}/{shop account}`, and how a tenant listens to them.

mod inbound;
mod view;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::Platform;
use alvara_app::ecommerce::account::{
    NewShop, ShopChange, create as make, put_sku, remove_sku, update as change,
};
use alvara_domain::ecommerce::{ShopAccountState, ShopKind};
use alvara_domain::id::{NodeId, PlanId, ShopAccountId};
use alvara_domain::money::Money;
use alvara_store::{Db, StoreResult, TenantTx, shop_orders, shops};
use alvara_tenants::permissions::{PaymentAccountCreate, PaymentAccountRead, PaymentAccountUpdate};
use alvara_vault::Secret;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::answer;
use crate::body::{Json, Params, Segments};
use crate::caller::Caller;
use crate::list::{Listed, PageParams};
use crate::precondition::IfMatch;
use crate::problem::Problem;
use crate::schema::{self, Id};
use view::{ShopAccountView, ShopOrderView, ShopSkuView};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .configure(inbound::routes)
        .service(web::resource("/shop-accounts").get(list).post(create))
        .service(web::resource("/shop-accounts/{id}").get(get).patch(update))
        .service(web::resource("/shop-accounts/{id}/skus").get(list_skus))
        .service(
            web::resource("/shop-accounts/{id}/skus/{sku}")
                .put(set_sku)
                .delete(delete_sku),
        )
        .service(web::resource("/shop-accounts/{id}/orders").get(list_orders));
}

/// A shop to listen to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShopAccountBody {
    #[schema(max_length = 100, example = "Web shop")]
    name: String,
    /// `stripe`, `paypal` or `fastspring`.
    #[schema(value_type = String, example = "fastspring")]
    kind: ShopKind,
    /// The place that new customers come under.
    #[schema(value_type = Id)]
    node_id: NodeId,
    /// What events are signed with: the signing secret of the endpoint (Stripe) or the HMAC secret
    /// (FastSpring). It is kept encrypted and never shown again. PayPal has none.
    #[schema(min_length = 8, max_length = 200)]
    secret: Option<String>,
    /// PayPal's id of the webhook; others have none.
    #[serde(default)]
    #[schema(max_length = 100)]
    webhook_id: String,
    /// Where PayPal's certificates come from in tests, as `host:port`: only where plugins may call
    /// this machine.
    #[serde(default)]
    #[schema(max_length = 100)]
    certificate_host: String,
}

/// What is to change; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShopAccountPatch {
    #[schema(max_length = 100)]
    name: Option<String>,
    /// Another place for new customers.
    #[schema(value_type = Option<Id>)]
    node_id: Option<NodeId>,
    /// Another secret.
    #[schema(min_length = 8, max_length = 200)]
    secret: Option<String>,
    /// Another webhook of PayPal's.
    #[schema(max_length = 100)]
    webhook_id: Option<String>,
    /// `active` or `disabled`.
    #[schema(value_type = Option<String>)]
    state: Option<ShopAccountState>,
}

/// What a good is here.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShopSkuBody {
    /// The plan at which a license is issued for each of it.
    #[schema(value_type = Id)]
    plan_id: PlanId,
    /// The least that has to come for one of it, in the shop's currency. PayPal's goods need it, for
    /// whoever buys may write the amounts of an order; others have none.
    #[schema(value_type = Option<schema::Money>)]
    least_price: Option<Money>,
}

/// Lists the shops that are listened to.
#[utoipa::path(get, path = "/shop-accounts", tag = "payments", operation_id = "list_shop_accounts", params(PageParams),
    responses((status = 200, description = "A page of shops.", body = Listed<ShopAccountView>)))]
pub(crate) async fn list(
    caller: Caller<PaymentAccountRead>,
    Params(page): Params<PageParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page.request()?;
    let found = db
        .read(&caller.scope, move |tx| shops::list(tx, &page))
        .await?;
    Ok(answer::ok(&Listed::of(found, ShopAccountView::from)))
}

/// Listens to a shop from now on. Its provider is told to send its events to `events_path`.
#[utoipa::path(post, path = "/shop-accounts", tag = "payments", operation_id = "create_shop_account",
    request_body = ShopAccountBody, responses((status = 201, description = "Added.", body = ShopAccountView)))]
pub(crate) async fn create(
    caller: Caller<PaymentAccountCreate>,
    Json(body): Json<ShopAccountBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let new = NewShop {
        name: body.name,
        kind: body.kind,
        node_id: body.node_id,
        secret: body.secret.map(Secret::new),
        webhook_id: body.webhook_id,
        certificate_host: body.certificate_host,
    };
    let parts = platform.clone();
    let work = move |tx: &mut TenantTx<'_>| make(tx, parts.vault(), &new);
    let account = platform.db().write(&caller.scope, work).await?;
    let location = format!("/api/v1/shop-accounts/{}", account.id);
    let version = account.version;
    let view = ShopAccountView::from(account);
    Ok(answer::created_version(&location, version, &view))
}

/// Shows a shop.
#[utoipa::path(get, path = "/shop-accounts/{id}", tag = "payments", operation_id = "get_shop_account", params(("id" = Id, Path)),
    responses((status = 200, description = "The shop.", body = ShopAccountView)))]
pub(crate) async fn get(
    caller: Caller<PaymentAccountRead>,
    Segments(id): Segments<ShopAccountId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db
        .read(&caller.scope, move |tx| shops::find(tx, id))
        .await?;
    let account = found.ok_or_else(Problem::not_found)?;
    Ok(answer::version(
        account.version,
        &ShopAccountView::from(account),
    ))
}

/// Changes how a shop is listened to. A disabled one's events are refused until it is active again;
/// its provider comes again.
#[utoipa::path(patch, path = "/shop-accounts/{id}", tag = "payments", operation_id = "update_shop_account", params(("id" = Id, Path)),
    request_body = ShopAccountPatch, responses((status = 200, description = "Changed.", body = ShopAccountView)))]
pub(crate) async fn update(
    caller: Caller<PaymentAccountUpdate>,
    Segments(id): Segments<ShopAccountId>,
    if_match: IfMatch,
    Json(body): Json<ShopAccountPatch>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let wanted = ShopChange {
        name: body.name,
        node_id: body.node_id,
        secret: body.secret.map(Secret::new),
        webhook_id: body.webhook_id,
        state: body.state,
    };
    let parts = platform.clone();
    let work =
        move |tx: &mut TenantTx<'_>| change(tx, parts.vault(), (id, if_match.expected()), &wanted);
    let account = platform.db().write(&caller.scope, work).await?;
    Ok(answer::version(
        account.version,
        &ShopAccountView::from(account),
    ))
}

/// Lists what the goods of a shop are here.
#[utoipa::path(get, path = "/shop-accounts/{id}/skus", tag = "payments", operation_id = "list_shop_skus",
    params(("id" = Id, Path), PageParams),
    responses((status = 200, description = "A page of goods.", body = Listed<ShopSkuView>)))]
pub(crate) async fn list_skus(
    caller: Caller<PaymentAccountRead>,
    Segments(id): Segments<ShopAccountId>,
    Params(page): Params<PageParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page.request()?;
    let read = move |tx: &mut TenantTx<'_>| -> StoreResult<_> {
        if shops::find(tx, id)?.is_none() {
            return Ok(None);
        }
        shops::list_skus(tx, id, &page).map(Some)
    };
    let found = db.read(&caller.scope, read).await?;
    let found = found.ok_or_else(Problem::not_found)?;
    Ok(answer::ok(&Listed::of(found, ShopSkuView::from)))
}

/// Says what a good of a shop is here. Orders that were held for want of this are given then.
#[utoipa::path(put, path = "/shop-accounts/{id}/skus/{sku}", tag = "payments", operation_id = "put_shop_sku",
    params(("id" = Id, Path), ("sku" = String, Path)),
    request_body = ShopSkuBody, responses((status = 200, description = "Set.", body = ShopSkuView)))]
pub(crate) async fn set_sku(
    caller: Caller<PaymentAccountUpdate>,
    Segments((id, sku)): Segments<(ShopAccountId, String)>,
    Json(body): Json<ShopSkuBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let work = move |tx: &mut TenantTx<'_>| put_sku(tx, id, &sku, (body.plan_id, body.least_price));
    let good = db.write(&caller.scope, work).await?;
    Ok(answer::ok(&ShopSkuView::from(good)))
}

/// Forgets what a good of a shop is here. Orders of it are held from now on.
#[utoipa::path(delete, path = "/shop-accounts/{id}/skus/{sku}", tag = "payments", operation_id = "delete_shop_sku",
    params(("id" = Id, Path), ("sku" = String, Path)),
    responses((status = 204, description = "It is gone.")))]
pub(crate) async fn delete_sku(
    caller: Caller<PaymentAccountUpdate>,
    Segments((id, sku)): Segments<(ShopAccountId, String)>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let work = move |tx: &mut TenantTx<'_>| remove_sku(tx, id, &sku);
    db.write(&caller.scope, work).await?;
    Ok(answer::gone())
}

/// Lists the orders of a shop, the newest first, with the licenses that they became. Buyers are
/// anywhere in the tree, so this is for who may set up the shop.
#[utoipa::path(get, path = "/shop-accounts/{id}/orders", tag = "payments", operation_id = "list_shop_orders",
    params(("id" = Id, Path), PageParams),
    responses((status = 200, description = "A page of orders.", body = Listed<ShopOrderView>)))]
pub(crate) async fn list_orders(
    caller: Caller<PaymentAccountUpdate>,
    Segments(id): Segments<ShopAccountId>,
    Params(page): Params<PageParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page.request()?;
    let read = move |tx: &mut TenantTx<'_>| -> StoreResult<_> {
        if shops::find(tx, id)?.is_none() {
            return Ok(None);
        }
        let found = shop_orders::list(tx, id, &page)?;
        let mut units = Vec::with_capacity(found.items.len());
        for order in &found.items {
            units.push(shop_orders::units(tx, order.id)?);
        }
        Ok(Some((found, units)))
    };
    let found = db.read(&caller.scope, read).await?;
    let (found, units) = found.ok_or_else(Problem::not_found)?;
    let mut units = units.into_iter();
    // One list of licenses for each order, in the same order.
    let view = |order| ShopOrderView::of(order, units.next().unwrap_or_default());
    Ok(answer::ok(&Listed::of(found, view)))
}
