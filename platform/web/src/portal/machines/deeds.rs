//! What people do with a machine. Each form goes to the interface's own handler.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::Platform;
use alvara_app::machine::export_keys::KeyFile;
use alvara_domain::id::MachineId;
use alvara_render::Qr;
use alvara_render::page::{Cell, DetailPage, Fact, Link, Section};
use alvara_store::Db;
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::{
    MachineBlock, MachineClearSuspicion, MachineDeactivate, MachineExportKey, MachineTransfer,
};

use super::super::desk::Desk;
use super::super::entry::Entry;
use super::one;
use crate::api::v1::machines as interface;
use crate::body::{Json, Segments};
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/machines/{id}/block").post(block))
        .service(web::resource("/machines/{id}/unblock").post(unblock))
        .service(web::resource("/machines/{id}/deactivation").post(deactivate))
        .service(web::resource("/machines/{id}/clearance").post(clear))
        .service(web::resource("/machines/{id}/transfer").post(transfer))
        .service(web::resource("/machines/{id}/computer-key").post(show_key))
        .service(web::resource("/machines/{id}/computer-key.pem").post(download_key));
}

fn place(id: MachineId) -> String {
    format!("/machines/{id}")
}

async fn block(
    desk: Desk,
    caller: Caller<MachineBlock>,
    Segments(id): Segments<MachineId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let body = entry.read()?;
    interface::block(caller, Segments(id), Json(body), db).await?;
    Ok(desk.done(&place(id), "machine-blocked"))
}

async fn unblock(
    desk: Desk,
    caller: Caller<MachineBlock>,
    Segments(id): Segments<MachineId>,
    _entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::unblock(caller, Segments(id), db).await?;
    Ok(desk.done(&place(id), "machine-unblocked"))
}

async fn deactivate(
    desk: Desk,
    caller: Caller<MachineDeactivate>,
    Segments(id): Segments<MachineId>,
    _entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::deactivate(caller, Segments(id), db).await?;
    Ok(desk.done(&place(id), "machine-deactivated"))
}

async fn clear(
    desk: Desk,
    caller: Caller<MachineClearSuspicion>,
    Segments(id): Segments<MachineId>,
    _entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::clear_suspicion(caller, Segments(id), db).await?;
    Ok(desk.done(&place(id), "machine-cleared"))
}

async fn transfer(
    desk: Desk,
    caller: Caller<MachineTransfer>,
    Segments(id): Segments<MachineId>,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let moved = match entry.read() {
        Ok(body) => interface::transfer(caller, Segments(id), Json(body), platform.clone()).await,
        Err(problem) => Err(problem),
    };
    match moved {
        Ok(answer) => Ok(desk.done(&desk.place_of(&answer), "machine-transferred")),
        Err(problem) => {
            let mut form = one::transfer_form(id, &desk.tell());
            let status = desk.again(&mut form, &entry, problem)?;
            let scope = desk.scope(PermissionKey::MachineRead)?;
            one::answer(&desk, (&scope, platform.db()), id, (status, form)).await
        }
    }
}

/// The key is in the page once: going back to it asks for another.
async fn show_key(
    desk: Desk,
    caller: Caller<MachineExportKey>,
    Segments(id): Segments<MachineId>,
    _entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let file = platform.export_key(&caller.scope, id).await?;
    let mut answer = desk.show(&key_page(&desk, &file))?;
    answer.headers_mut().insert(
        CACHE_CONTROL,
        actix_web::http::header::HeaderValue::from_static("no-store"),
    );
    Ok(answer)
}

fn key_page(desk: &Desk, file: &KeyFile) -> DetailPage {
    let tell = desk.tell();
    // A key with very many modules has no room in a picture; then the text stands alone.
    let picture = Qr::new(&file.lines()).ok().map(|code| code.data_uri());
    DetailPage {
        title: tell.word("machines-key"),
        back: Some(Link::new(place(file.machine), file.name.clone())),
        intro: Some(tell.word("machines-key-intro")),
        facts: vec![Fact::new(
            tell.word("machines-key-number"),
            Cell::text(tell.number(file.seq)),
        )],
        sections: vec![Section {
            id: "key",
            title: tell.word("machines-key-text"),
            block: Some(file.armour()),
            picture,
            picture_text: tell.word("machines-key-picture"),
            ..Section::default()
        }],
        ..DetailPage::default()
    }
}

async fn download_key(
    caller: Caller<MachineExportKey>,
    Segments(id): Segments<MachineId>,
    _entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let file = platform.export_key(&caller.scope, id).await?;
    Ok(HttpResponse::Ok()
        .content_type("application/x-pem-file")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"computer-key-{id}.pem\""),
        ))
        .body(file.armour()))
}
