//! The host names that lead to the tenant, and how a further one is proven to be its own.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::Platform;
use alvara_app::tenancy::{HostProof, host_proof};
use alvara_render::page::{
    Action, Cell, Column, DetailPage, Fact, FieldView, FormPage, FormView, Link, Row, Section,
    Table, Tone,
};
use alvara_store::hosts::Host;
use alvara_store::{Db, hosts};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::{SettingsRead, SettingsUpdate};

use super::super::desk::Desk;
use super::super::entry::Entry;
use crate::api::v1::settings::hosts as interface;
use crate::body::{Json, Segments};
use crate::caller::Caller;
use crate::problem::Problem;

const HOME: &str = "/settings/hosts";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource(HOME).get(show))
        .service(web::resource("/settings/hosts/new").get(ask).post(explain))
        .service(web::resource("/settings/hosts/claim").post(claim))
        .service(web::resource("/settings/hosts/remove").post(remove));
}

/// Host names since when, each with a button that posts it to `remove` where there is one.
pub(in crate::portal) fn host_table(desk: &Desk, known: &[Host], remove: Option<&str>) -> Table {
    let tell = desk.tell();
    let rows = known.iter().map(|host| {
        let mut row = Row::new(vec![
            Cell::code(&host.host).copy(&host.host),
            tell.day_cell(host.created_at),
        ]);
        if let Some(remove) = remove {
            let mut name = FieldView::hidden("host", host.host.clone());
            name.id = format!("f-host-{}", host.host);
            row.actions.push(
                Action::new(remove, tell.word("hosts-remove"))
                    .confirm(Tone::Bad, tell.word("hosts-remove-ask"))
                    .field(name)
                    .about(&host.host),
            );
        }
        row
    });
    let columns = ["host", "since"].map(|key| Column::text(tell.word(&format!("hosts-{key}"))));
    Table::new(tell.word("settings-hosts"), columns.into(), rows.collect())
}

async fn show(
    desk: Desk,
    caller: Caller<SettingsRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let tell = desk.tell();
    let changes = desk.may(PermissionKey::SettingsUpdate);
    let known = db.read(&caller.scope, hosts::list).await?;
    let remove = changes.then_some("/settings/hosts/remove");
    desk.show(&DetailPage {
        title: tell.word("settings-hosts"),
        back: Some(Link::new("/settings", tell.word("nav-settings"))),
        links: if changes {
            vec![Link::new("/settings/hosts/new", tell.word("hosts-new"))]
        } else {
            Vec::new()
        },
        sections: vec![Section {
            id: "hosts",
            title: tell.word("hosts-known"),
            intro: Some(tell.word("hosts-intro")),
            table: Some(host_table(&desk, &known, remove)),
            empty: Some(tell.word("hosts-none")),
            ..Section::default()
        }],
        ..DetailPage::default()
    })
}

fn ask_page(desk: &Desk) -> FormPage {
    let tell = desk.tell();
    let field = FieldView::text("host", tell.word("hosts-host"))
        .required()
        .hint(tell.word("hosts-host-hint"));
    FormPage {
        title: tell.word("hosts-new"),
        form: FormView::new(
            "/settings/hosts/new",
            tell.word("hosts-continue"),
            vec![field],
        )
        .cancel(Link::new(HOME, tell.word("portal-cancel"))),
        back: Some(Link::new(HOME, tell.word("settings-hosts"))),
        ..FormPage::default()
    }
}

async fn ask(desk: Desk, _: Caller<SettingsUpdate>) -> Result<HttpResponse, Problem> {
    desk.show(&ask_page(&desk))
}

/// What to write where, and the button that looks whether it is there.
fn proof_page(desk: &Desk, proof: &HostProof) -> DetailPage {
    let tell = desk.tell();
    let copied = |text: &str| Cell::code(text).copy(text);
    let fact = |key: &str, cell: Cell| Fact::new(tell.word(&format!("hosts-{key}")), cell);
    let form = FormView::new(
        "/settings/hosts/claim",
        tell.word("hosts-check"),
        vec![FieldView::hidden("host", proof.host.clone())],
    );
    DetailPage {
        title: proof.host.clone(),
        intro: Some(tell.word("hosts-proof-intro")),
        back: Some(Link::new(HOME, tell.word("settings-hosts"))),
        sections: vec![
            Section {
                id: "proof",
                title: tell.word("hosts-proof"),
                intro: Some(tell.word("hosts-proof-about")),
                facts: vec![
                    fact("kind", Cell::code("TXT")),
                    fact("name", copied(&proof.record)),
                    fact("value", copied(&proof.value)),
                ],
                ..Section::default()
            },
            Section {
                id: "target",
                title: tell.word("hosts-target"),
                intro: Some(tell.word("hosts-target-about")),
                facts: vec![
                    fact("kind", Cell::code("CNAME")),
                    fact("name", copied(&proof.host)),
                    fact("value", copied(&proof.target)),
                ],
                ..Section::default()
            },
            Section {
                id: "check",
                title: tell.word("hosts-check-title"),
                form: Some(form),
                ..Section::default()
            },
        ],
        ..DetailPage::default()
    }
}

async fn explain(
    desk: Desk,
    caller: Caller<SettingsUpdate>,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    match host_proof(&platform, caller.scope.tenant(), entry.text("host")) {
        Ok(proof) => desk.show(&proof_page(&desk, &proof)),
        Err(error) => desk.retry(ask_page(&desk), &entry, error.into()),
    }
}

async fn claim(
    desk: Desk,
    caller: Caller<SettingsUpdate>,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let proof = host_proof(&platform, caller.scope.tenant(), entry.text("host"))?;
    let made = match entry.read() {
        Ok(body) => interface::claim(caller, Json(body), platform).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(_) => Ok(desk.done(HOME, "host-added")),
        Err(problem) => again(&desk, &entry, &proof, problem),
    }
}

fn again(
    desk: &Desk,
    entry: &Entry,
    proof: &HostProof,
    problem: Problem,
) -> Result<HttpResponse, Problem> {
    let mut page = proof_page(desk, proof);
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    // What is wrong stands first on the page, beside the button that tries again.
    page.sections.rotate_right(1);
    if let Some(form) = page
        .sections
        .first_mut()
        .and_then(|part| part.form.as_mut())
    {
        status = desk.again(form, entry, problem)?;
    }
    desk.answer(status, &page)
}

async fn remove(
    desk: Desk,
    caller: Caller<SettingsUpdate>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::remove(caller, Segments(entry.text("host").to_owned()), db).await?;
    Ok(desk.done(HOME, "host-removed"))
}
