//! Many licenses at once: the form that asks for them, how far it is, and their keys.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::Platform;
use alvara_domain::id::{BatchId, PolicyId};
use alvara_domain::license::{Batch, BatchState};
use alvara_render::page::{
    Action, Badge, Cell, Column, DetailPage, Empty, Fact, Link, Row, Table, Tone,
};
use alvara_store::{Db, TenantTx, batches, nodes, policies};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::{BatchCreate, BatchRead, LicenseRevealKey};

use super::desk::Desk;
use super::entry::Entry;
use super::licenses::issue::page::{self, Chosen, Purpose};
use super::licenses::issue::{body, choose, chosen, offered};
use super::listing::Query;
use super::tell::Tell;
use crate::api::v1::batches as interface;
use crate::body::{Json, Segments, json_from};
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/licenses/bulk").get(new).post(create))
        .service(web::resource("/batches").get(list))
        .service(web::resource("/batches/{id}").get(show))
        .service(web::resource("/batches/{id}/keys.csv").post(keys));
}

fn badge(batch: &Batch, tell: &Tell) -> Badge {
    let tone = match batch.state {
        BatchState::Queued => Tone::Neutral,
        BatchState::Running => Tone::Info,
        BatchState::Done => Tone::Ok,
        BatchState::Failed => Tone::Bad,
    };
    Badge {
        tone,
        text: tell.value("batch-state", &batch.state),
    }
}

fn progress(batch: &Batch, tell: &Tell) -> Cell {
    let text = format!(
        "{} / {}",
        tell.number(batch.issued),
        tell.number(batch.total)
    );
    let percent = batch.issued.saturating_mul(100) / batch.total.max(1);
    Cell::text(text).percent(u8::try_from(percent.clamp(0, 100)).unwrap_or(100))
}

async fn new(
    desk: Desk,
    caller: Caller<BatchCreate>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&desk);
    let tell = desk.tell();
    let Some(policy) = query.value::<PolicyId>("policy") else {
        let found = db.read(&caller.scope, offered).await?;
        return desk.show(&choose(&found, &query, &tell.word("batches-new"), &tell));
    };
    let chosen = Chosen {
        policy,
        plan: query.value("plan"),
        holder: query.get("node_id").map(str::to_owned),
        sought: query.get("customer").map(str::to_owned),
    };
    desk.show(&page::of(&desk, (&caller.scope, &db), chosen, Purpose::Many).await?)
}

async fn create(
    desk: Desk,
    caller: Caller<BatchCreate>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let scope = caller.scope.clone();
    let mut page = page::of(&desk, (&scope, &db), chosen(&entry)?, Purpose::Many).await?;
    let made = match body(&entry).and_then(|body| json_from(body.to_string().as_bytes())) {
        Ok(body) => interface::create(caller, Json(body), db).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(answer) => {
            let place = desk
                .place_of(&answer)
                .replace("/license-batches/", "/batches/");
            Ok(desk.done(&place, "batch-taken"))
        }
        Err(problem) => {
            let status = page.again(&desk, &entry, problem)?;
            desk.answer(status, &page)
        }
    }
}

async fn list(
    desk: Desk,
    caller: Caller<BatchRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&desk);
    let page = query.page();
    let read = move |tx: &mut TenantTx<'_>| batches::list(tx, &page);
    let found = db.read(&caller.scope, read).await?;
    let tell = desk.tell();
    let rows = found.items.iter().map(|batch| {
        Row::new(vec![
            tell.instant_cell(batch.created_at)
                .link(format!("/batches/{}", batch.id)),
            Cell::badge(badge(batch, &tell)),
            progress(batch, &tell),
        ])
    });
    let columns =
        ["asked", "state", "issued"].map(|key| Column::text(tell.word(&format!("batches-{key}"))));
    let table = Table::new(tell.word("batches-title"), columns.into(), rows.collect());
    let new = desk
        .may(PermissionKey::BatchCreate)
        .then(|| Link::new("/licenses/bulk", tell.word("batches-new")));
    let empty = Empty {
        text: tell.word("batches-empty"),
        action: new.clone(),
    };
    let mut page = query.list(
        tell.word("batches-title"),
        table,
        found.next.as_ref(),
        None,
        empty,
    );
    page.primary = new;
    desk.show(&page)
}

async fn show(
    desk: Desk,
    caller: Caller<BatchRead>,
    Segments(id): Segments<BatchId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let read = move |tx: &mut TenantTx<'_>| -> alvara_store::StoreResult<_> {
        let Some(batch) = batches::find(tx, id)? else {
            return Ok(None);
        };
        let policy = policies::find(tx, batch.policy_id)?.map(|policy| policy.name);
        let holder = nodes::find(tx, batch.node_id)?.map(|node| node.name);
        Ok(Some((batch, policy, holder)))
    };
    let found = db.read(&caller.scope, read).await?;
    let (batch, policy, holder) = found.ok_or_else(Problem::not_found)?;
    let tell = desk.tell();
    let dash = || "—".to_owned();
    let mut facts = vec![
        Fact::new(tell.word("batches-issued"), progress(&batch, &tell)),
        Fact::new(
            tell.word("licenses-policy"),
            Cell::text(policy.unwrap_or_else(dash)),
        ),
        Fact::new(
            tell.word("licenses-holder"),
            Cell::text(holder.unwrap_or_else(dash)),
        ),
        Fact::new(
            tell.word("batches-asked"),
            tell.instant_cell(batch.created_at),
        ),
        Fact::new(
            tell.word("batches-finished"),
            tell.maybe_instant(batch.finished_at),
        ),
    ];
    if let Some(failure) = &batch.failure {
        facts.push(Fact::new(tell.word("portal-reason"), Cell::text(failure)));
    }
    let keys = (batch.issued > 0 && desk.may(PermissionKey::LicenseRevealKey))
        .then(|| Action::new(format!("/batches/{id}/keys.csv"), tell.word("batches-keys")));
    let waits = matches!(batch.state, BatchState::Queued | BatchState::Running);
    let mut links = vec![Link::new(
        format!("/licenses?batch={id}"),
        tell.word("nav-licenses"),
    )];
    if waits {
        links.insert(
            0,
            Link::new(format!("/batches/{id}"), tell.word("batches-reload")),
        );
    }
    desk.show(&DetailPage {
        title: tell.word("batches-one"),
        badge: Some(badge(&batch, &tell)),
        intro: waits.then(|| tell.word("batches-waits")),
        back: Some(Link::new("/batches", tell.word("batches-title"))),
        links,
        actions: keys.into_iter().collect(),
        facts,
        ..DetailPage::default()
    })
}

/// The keys of the batch. A form, because that somebody looked is put on record.
async fn keys(
    caller: Caller<LicenseRevealKey>,
    segments: Segments<BatchId>,
    _: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    interface::keys(caller, segments, platform).await
}
