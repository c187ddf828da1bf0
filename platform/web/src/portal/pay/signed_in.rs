//! The way to the page of an order for who is signed in: to pay, or to send the link to who pays.

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::Platform;
use alvara_app::billing::offer;
use alvara_domain::id::{LicenseId, OrderId};
use alvara_render::Qr;
use alvara_render::page::{DetailPage, Link, Section};
use alvara_store::{Scope, TenantTx, orders, tenants};
use alvara_tenants::permissions::{OrderCreate, OrderRead};

use super::super::desk::Desk;
use super::super::entry::Entry;
use super::link;
use crate::body::Segments;
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/orders/{id}/pay").get(pay).post(pay))
        .service(web::resource("/orders/{id}/payment-link").post(show_order))
        .service(web::resource("/licenses/{id}/renewal").post(renew))
        .service(web::resource("/licenses/{id}/renewal-link").post(show_renewal));
}

/// Leads to the page of an order.
async fn pay(
    caller: Caller<OrderRead>,
    Segments(id): Segments<OrderId>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    seen(&platform, &caller.scope, id).await?;
    lead(&platform, &caller.scope, id)
}

/// Orders a renewal, or finds the one that waits, and leads to its page.
async fn renew(
    caller: Caller<OrderCreate>,
    Segments(id): Segments<LicenseId>,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let _ = entry;
    let order = renewal_of(&platform, &caller.scope, id).await?;
    lead(&platform, &caller.scope, order)
}

/// Shows the link to the page of an order, for sending it to who pays.
async fn show_order(
    desk: Desk,
    caller: Caller<OrderRead>,
    Segments(id): Segments<OrderId>,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let _ = entry;
    seen(&platform, &caller.scope, id).await?;
    shown(
        &desk,
        &platform,
        &caller.scope,
        (id, format!("/orders/{id}")),
    )
    .await
}

/// Shows the link to the page of a renewal.
async fn show_renewal(
    desk: Desk,
    caller: Caller<OrderCreate>,
    Segments(id): Segments<LicenseId>,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let _ = entry;
    let order = renewal_of(&platform, &caller.scope, id).await?;
    let back = format!("/licenses/{id}");
    shown(&desk, &platform, &caller.scope, (order, back)).await
}

async fn seen(platform: &Platform, scope: &Scope, id: OrderId) -> Result<(), Problem> {
    let read = move |tx: &mut TenantTx<'_>| orders::find(tx, id);
    let found = platform.db().read(scope, read).await?;
    found.map(drop).ok_or_else(Problem::not_found)
}

fn lead(platform: &Platform, scope: &Scope, order: OrderId) -> Result<HttpResponse, Problem> {
    let place = link(platform, scope.tenant(), order)?;
    Ok(HttpResponse::SeeOther()
        .insert_header((LOCATION, place))
        .finish())
}

async fn renewal_of(
    platform: &Platform,
    scope: &Scope,
    license: LicenseId,
) -> Result<OrderId, Problem> {
    let parts = platform.clone();
    let work = move |tx: &mut TenantTx<'_>| offer::renewal_of(tx, parts.vault(), license);
    Ok(platform.db().write(scope, work).await?)
}

async fn shown(
    desk: &Desk,
    platform: &Platform,
    scope: &Scope,
    (order, back): (OrderId, String),
) -> Result<HttpResponse, Problem> {
    let tell = desk.tell();
    let tenant = platform.db().read(scope, tenants::load_own).await?;
    let path = link(platform, scope.tenant(), order)?;
    let whole = format!("{}{path}", platform.address().tenant_url(&tenant));
    let picture = Qr::new(&whole).map_err(Problem::internal)?.data_uri();
    let section = Section {
        id: "link",
        title: tell.word("pay-link-address"),
        intro: Some(tell.word("pay-link-hint")),
        block: Some(whole),
        picture: Some(picture),
        picture_text: tell.word("pay-link-picture"),
        links: vec![Link::new(path, tell.word("pay-link-open"))],
        ..Section::default()
    };
    desk.show(&DetailPage {
        title: tell.word("pay-link-title"),
        back: Some(Link::new(back, tell.word("portal-back"))),
        sections: vec![section],
        ..DetailPage::default()
    })
}
