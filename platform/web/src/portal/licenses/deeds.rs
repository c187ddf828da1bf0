//! What people do with a license. Each form goes to the interface's own handler.

use actix_web::HttpResponse;
use actix_web::body::to_bytes;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, HeaderValue};
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::Platform;
use alvara_app::machine::export_keys::KeyPage;
use alvara_domain::id::{LicenseId, SeatId};
use alvara_render::page::{DetailPage, Link, Section};
use alvara_store::{Db, licenses};
use alvara_tenants::permissions::{
    LicenseDelete, LicenseModule, LicenseReinstate, LicenseRenew, LicenseResetMeter,
    LicenseRestore, LicenseRevealKey, LicenseRevoke, LicenseSuspend, LicenseUserAdd,
    LicenseUserRemove, MachineExportKey, SeatRelease,
};
use serde_json::Value;

use super::super::desk::Desk;
use super::super::entry::Entry;
use crate::api::v1::{license_users, licenses as interface, seats};
use crate::body::{Json, Segments};
use crate::caller::Caller;
use crate::precondition::MaybeIfMatch;
use crate::problem::{Fault, Problem};

pub(super) fn routes(config: &mut ServiceConfig) {
    let of = |deed: &str| web::resource(format!("/licenses/{{id}}/{deed}"));
    config
        .service(of("suspend").post(suspend))
        .service(of("reinstate").post(reinstate))
        .service(of("approve").post(approve))
        .service(of("revoke").post(revoke))
        .service(of("renew").post(renew))
        .service(of("delete").post(delete))
        .service(of("restore").post(restore))
        .service(of("key").post(reveal))
        .service(of("computer-keys").post(export_keys))
        .service(of("modules/{code}").post(set_module))
        .service(of("modules/{code}/remove").post(remove_module))
        .service(of("meters/{name}/reset").post(reset_meter))
        .service(of("users").post(add_user))
        .service(of("users/remove").post(remove_user))
        .service(of("seats/{seat}/release").post(release_seat));
}

fn back(desk: &Desk, id: LicenseId, what: &str) -> HttpResponse {
    desk.done(&format!("/licenses/{id}"), what)
}

/// What an operation of the interface answered.
pub(super) async fn answered(answer: HttpResponse) -> Result<Value, Problem> {
    let bytes = to_bytes(answer.into_body())
        .await
        .map_err(|error| Problem::internal(format!("an answer of the interface: {error}")))?;
    serde_json::from_slice(&bytes)
        .map_err(|error| Problem::internal(format!("an answer of the interface: {error}")))
}

/// What is shown once is kept by no cache.
pub(super) fn once(mut answer: HttpResponse) -> HttpResponse {
    let headers = answer.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

async fn suspend(
    desk: Desk,
    caller: Caller<LicenseSuspend>,
    Segments(id): Segments<LicenseId>,
    if_match: MaybeIfMatch,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::suspend(caller, Segments(id), if_match, Json(entry.read()?), db).await?;
    Ok(back(&desk, id, "license-suspended"))
}

async fn reinstate(
    desk: Desk,
    caller: Caller<LicenseReinstate>,
    Segments(id): Segments<LicenseId>,
    if_match: MaybeIfMatch,
    _: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::reinstate(caller, Segments(id), if_match, db).await?;
    Ok(back(&desk, id, "license-reinstated"))
}

/// From the page of the license or from the list of what waits: back to where it came from.
async fn approve(
    desk: Desk,
    caller: Caller<LicenseReinstate>,
    Segments(id): Segments<LicenseId>,
    if_match: MaybeIfMatch,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::approve(caller, Segments(id), if_match, db).await?;
    if entry.text("_from") == "approvals" {
        return Ok(desk.done("/approvals?tab=licenses", "license-approved"));
    }
    Ok(back(&desk, id, "license-approved"))
}

/// For good, therefore only with the end of its key typed.
async fn revoke(
    desk: Desk,
    caller: Caller<LicenseRevoke>,
    Segments(id): Segments<LicenseId>,
    if_match: MaybeIfMatch,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let read = move |tx: &mut alvara_store::TenantTx<'_>| licenses::find(tx, id);
    let license = db.read(&caller.scope, read).await?;
    let license = license.ok_or_else(Problem::not_found)?;
    if !entry.text("_typed").eq_ignore_ascii_case(&license.key_hint) {
        let fault = Fault::message("/_typed", "conflict", "licenses-typed-wrong");
        return Err(Problem::field(fault));
    }
    interface::revoke(caller, Segments(id), if_match, Json(entry.read()?), db).await?;
    Ok(back(&desk, id, "license-revoked"))
}

async fn renew(
    desk: Desk,
    caller: Caller<LicenseRenew>,
    Segments(id): Segments<LicenseId>,
    if_match: MaybeIfMatch,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    interface::renew(
        caller,
        Segments(id),
        if_match,
        Json(entry.read()?),
        platform,
    )
    .await?;
    if entry.text("_from") == "renewals" {
        return Ok(desk.done("/renewals", "license-renewed"));
    }
    Ok(back(&desk, id, "license-renewed"))
}

async fn delete(
    desk: Desk,
    caller: Caller<LicenseDelete>,
    Segments(id): Segments<LicenseId>,
    _: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::remove(caller, Segments(id), db).await?;
    Ok(back(&desk, id, "license-deleted"))
}

async fn restore(
    desk: Desk,
    caller: Caller<LicenseRestore>,
    Segments(id): Segments<LicenseId>,
    _: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::bring_back(caller, Segments(id), db).await?;
    Ok(back(&desk, id, "license-restored"))
}

/// The key is in the page once; going back to it asks again, and each asking is on record.
async fn reveal(
    desk: Desk,
    caller: Caller<LicenseRevealKey>,
    Segments(id): Segments<LicenseId>,
    _: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let answer = interface::reveal(caller, Segments(id), platform).await?;
    let said = answered(answer).await?;
    let tell = desk.tell();
    let key = said.get("key").and_then(Value::as_str).unwrap_or_default();
    let page = DetailPage {
        title: tell.word("licenses-the-key"),
        back: Some(Link::new(
            format!("/licenses/{id}"),
            tell.word("licenses-one"),
        )),
        intro: Some(tell.word("licenses-key-intro")),
        sections: vec![Section {
            id: "key",
            title: tell.word("licenses-key"),
            block: Some(key.to_owned()),
            ..Section::default()
        }],
        ..DetailPage::default()
    };
    Ok(once(desk.show(&page)?))
}

/// New computer keys for every machine, in one file of blocks.
async fn export_keys(
    caller: Caller<MachineExportKey>,
    Segments(id): Segments<LicenseId>,
    _: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let mut text = String::new();
    let mut after = None;
    loop {
        let page = KeyPage { limit: None, after };
        let (files, next) = platform.export_keys(&caller.scope, id, page).await?;
        for file in &files {
            text.push_str(&file.name);
            text.push('\n');
            text.push_str(&file.armour());
            text.push_str("\n\n");
        }
        after = next;
        if after.is_none() {
            break;
        }
    }
    let name = format!("attachment; filename=\"computer-keys-{id}.txt\"");
    Ok(once(
        HttpResponse::Ok()
            .content_type("text/plain; charset=utf-8")
            .insert_header((CONTENT_DISPOSITION, name))
            .body(text),
    ))
}

async fn set_module(
    desk: Desk,
    caller: Caller<LicenseModule>,
    Segments((id, code)): Segments<(LicenseId, String)>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let body = Json(entry.read()?);
    interface::set_module(caller, Segments((id, code)), body, db).await?;
    Ok(desk.done(&format!("/licenses/{id}#modules"), "license-modules"))
}

async fn remove_module(
    desk: Desk,
    caller: Caller<LicenseModule>,
    Segments((id, code)): Segments<(LicenseId, String)>,
    _: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::remove_module(caller, Segments((id, code)), db).await?;
    Ok(desk.done(&format!("/licenses/{id}#modules"), "license-modules"))
}

async fn reset_meter(
    desk: Desk,
    caller: Caller<LicenseResetMeter>,
    Segments((id, name)): Segments<(LicenseId, String)>,
    _: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::reset_meter(caller, Segments((id, name)), db).await?;
    Ok(desk.done(&format!("/licenses/{id}#meters"), "license-meter-reset"))
}

async fn add_user(
    desk: Desk,
    caller: Caller<LicenseUserAdd>,
    Segments(id): Segments<LicenseId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    license_users::add(caller, Segments(id), Json(entry.read()?), db).await?;
    Ok(desk.done(&format!("/licenses/{id}#users"), "license-user-added"))
}

async fn remove_user(
    desk: Desk,
    caller: Caller<LicenseUserRemove>,
    Segments(id): Segments<LicenseId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let user = entry.text("user").to_owned();
    license_users::remove(caller, Segments((id, user)), db).await?;
    Ok(desk.done(&format!("/licenses/{id}#users"), "license-user-removed"))
}

async fn release_seat(
    desk: Desk,
    caller: Caller<SeatRelease>,
    Segments((id, seat)): Segments<(LicenseId, SeatId)>,
    _: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    seats::release(caller, Segments((id, seat)), db).await?;
    Ok(desk.done(&format!("/licenses/{id}#seats"), "license-seat-released"))
}
