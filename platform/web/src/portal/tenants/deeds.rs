//! What the operator does with a tenant: its suspension, its host names, its plugins.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_domain::id::TenantId;
use alvara_render::page::{FieldView, FormPage, FormView, Link};
use alvara_store::{Db, PlatformScope, tenants};
use alvara_tenants::permissions::{HostCreate, HostDelete, PluginUpdate, TenantSuspend};

use super::super::desk::Desk;
use super::super::entry::Entry;
use crate::api::v1::{plugins, tenants as interface};
use crate::body::{Json, Segments};
use crate::caller::Operator;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/tenants/{id}/suspend").post(suspend))
        .service(web::resource("/tenants/{id}/reinstate").post(reinstate))
        .service(
            web::resource("/tenants/{id}/hosts/new")
                .get(new_host)
                .post(add_host),
        )
        .service(web::resource("/tenants/{id}/hosts/remove").post(remove_host))
        .service(web::resource("/tenants/{id}/plugins/offer").post(offer_plugin))
        .service(web::resource("/tenants/{id}/plugins/withdraw").post(withdraw_plugin));
}

/// The name of a tenant, which a form leads back to.
pub(super) async fn name_of(
    scope: &PlatformScope,
    id: TenantId,
    db: &Db,
) -> Result<String, Problem> {
    let found = db
        .platform_read(scope, move |tx| tenants::find(tx, id))
        .await?;
    found
        .map(|tenant| tenant.name)
        .ok_or_else(Problem::not_found)
}

async fn suspend(
    desk: Desk,
    caller: Operator<TenantSuspend>,
    Segments(id): Segments<TenantId>,
    _: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::suspend(caller, Segments(id), db).await?;
    Ok(desk.done(&format!("/tenants/{id}"), "tenant-suspended"))
}

async fn reinstate(
    desk: Desk,
    caller: Operator<TenantSuspend>,
    Segments(id): Segments<TenantId>,
    _: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::reinstate(caller, Segments(id), db).await?;
    Ok(desk.done(&format!("/tenants/{id}"), "tenant-reinstated"))
}

fn host_page(desk: &Desk, id: TenantId, name: &str) -> FormPage {
    let tell = desk.tell();
    let home = format!("/tenants/{id}");
    let field = FieldView::text("host", tell.word("tenants-host"))
        .required()
        .hint(tell.word("tenants-host-hint"));
    FormPage {
        title: tell.word("tenants-new-host"),
        form: FormView::new(
            format!("{home}/hosts/new"),
            tell.word("portal-save"),
            vec![field],
        )
        .cancel(Link::new(home.clone(), tell.word("portal-cancel"))),
        back: Some(Link::new(home, name)),
        ..FormPage::default()
    }
}

async fn new_host(
    desk: Desk,
    caller: Operator<HostCreate>,
    Segments(id): Segments<TenantId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let name = name_of(&caller.scope, id, &db).await?;
    desk.show(&host_page(&desk, id, &name))
}

async fn add_host(
    desk: Desk,
    caller: Operator<HostCreate>,
    Segments(id): Segments<TenantId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let name = name_of(&caller.scope, id, &db).await?;
    let made = match entry.read() {
        Ok(body) => interface::add_host(caller, Segments(id), Json(body), db).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(_) => Ok(desk.done(&format!("/tenants/{id}#hosts"), "host-added")),
        Err(problem) => desk.retry(host_page(&desk, id, &name), &entry, problem),
    }
}

async fn remove_host(
    desk: Desk,
    caller: Operator<HostDelete>,
    Segments(id): Segments<TenantId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let place = (id, entry.text("host").to_owned());
    interface::remove_host(caller, Segments(place), db).await?;
    Ok(desk.done(&format!("/tenants/{id}#hosts"), "host-removed"))
}

async fn offer_plugin(
    desk: Desk,
    caller: Operator<PluginUpdate>,
    Segments(id): Segments<TenantId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let place = (id, entry.text("plugin").to_owned());
    plugins::offer(caller, Segments(place), db).await?;
    Ok(desk.done(&format!("/tenants/{id}#plugins"), "plugin-offered"))
}

async fn withdraw_plugin(
    desk: Desk,
    caller: Operator<PluginUpdate>,
    Segments(id): Segments<TenantId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let place = (id, entry.text("plugin").to_owned());
    plugins::withdraw(caller, Segments(place), db).await?;
    Ok(desk.done(&format!("/tenants/{id}#plugins"), "plugin-withdrawn"))
}
