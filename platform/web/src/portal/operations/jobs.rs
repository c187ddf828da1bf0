//! Work for later, of all tenants: what waits, what ran, what failed and why, and the rounds that come
//! by themselves.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_domain::id::JobId;
use alvara_domain::time::UtcTime;
use alvara_render::page::{Action, Badge, Cell, Column, Empty, Link, Row, Section, Table, Tone};
use alvara_store::jobs::{self, Job, JobFilter, JobState};
use alvara_store::{Db, PlatformTx, StoreResult};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::{TenantRead, TenantUpdate};

use super::super::desk::Desk;
use super::super::entry::Entry;
use super::super::listing::Query;
use super::super::tell::Tell;
use super::all;
use crate::api::v1::jobs as interface;
use crate::body::Segments;
use crate::caller::Operator;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/operations/jobs").get(list))
        .service(web::resource("/operations/jobs/{id}/retry").post(again));
}

/// How a job stands, in colour. One that was tried in vain and waits for another try needs a look.
fn badge(job: &Job, tell: &Tell) -> Badge {
    let tone = match job.state {
        JobState::Done => Tone::Ok,
        JobState::Claimed => Tone::Info,
        JobState::Queued if job.last_error.is_some() => Tone::Warn,
        JobState::Queued => Tone::Neutral,
        JobState::Failed => Tone::Bad,
    };
    Badge {
        tone,
        text: tell.value("job-state", &job.state),
    }
}

fn row(job: &Job, tenant: Cell, desk: &Desk) -> Row {
    let tell = desk.tell();
    let error = job.last_error.clone().unwrap_or_else(|| "—".to_owned());
    let mut row = Row::new(vec![
        Cell::code(&job.kind),
        tenant,
        Cell::badge(badge(job, &tell)),
        tell.instant_cell(job.run_at),
        Cell::text(tell.number(job.attempts)),
        tell.maybe_instant(job.finished_at),
        Cell::text(error),
    ]);
    if job.state == JobState::Failed && desk.may(PermissionKey::TenantUpdate) {
        let place = format!("/operations/jobs/{}/retry", job.id);
        row.actions = vec![Action::new(place, tell.word("operations-retry"))];
    }
    row
}

async fn list(
    desk: Desk,
    caller: Operator<TenantRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&desk);
    let filter = JobFilter {
        state: query.value("state"),
        kind: query.get("q").map(str::to_owned),
    };
    let (tenant, page) = (query.value("tenant"), query.page());
    let work = move |tx: &mut PlatformTx<'_>| -> StoreResult<_> {
        Ok((all::names(tx)?, jobs::list_all(tx, tenant, &filter, &page)?))
    };
    let (names, found) = db.platform_read(&caller.scope, work).await?;
    let tell = desk.tell();
    let columns = ["kind", "tenant", "state", "runs", "tries", "ended", "error"]
        .map(|column| Column::text(tell.word(&format!("operations-{column}"))));
    let title = tell.word("operations-jobs");
    let rows = found.items.iter();
    let rows = rows.map(|(tenant, job)| row(job, all::tenant_cell(&names, *tenant), &desk));
    let table = Table::new(title.clone(), columns.into(), rows.collect());
    let empty = Empty {
        text: tell.word("operations-no-jobs"),
        action: Some(Link::new("/operations", tell.word("nav-operations"))),
    };
    let hint = Some(tell.word("operations-kind"));
    let mut page = query.list(title, table, found.next.as_ref(), hint, empty);
    page.tabs = all::tabs(&desk, "/operations/jobs");
    page.filters = vec![
        all::tenant_filter(&query, &tell, &names),
        query.filter(
            "state",
            tell.word("operations-state"),
            tell.word("portal-all"),
            JobState::ALL
                .iter()
                .map(|state| (state.to_string(), tell.value("job-state", state))),
        ),
    ];
    desk.show(&page)
}

async fn again(
    desk: Desk,
    caller: Operator<TenantUpdate>,
    Segments(id): Segments<JobId>,
    _: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::again(caller, Segments(id), db).await?;
    Ok(desk.done("/operations/jobs", "job-requeued"))
}

/// The work that comes round by itself, and when each is due next.
pub(super) fn round_section(tell: &Tell, rounds: &[(String, UtcTime)]) -> Section {
    let rows = rounds.iter().map(|(name, due_at)| {
        Row::new(vec![
            Cell::text(tell.value("round", name)),
            tell.instant_cell(*due_at),
        ])
    });
    let columns =
        ["round", "next"].map(|column| Column::text(tell.word(&format!("operations-{column}"))));
    let title = tell.word("operations-rounds");
    Section {
        id: "rounds",
        intro: Some(tell.word("operations-rounds-intro")),
        table: Some(Table::new(title.clone(), columns.into(), rows.collect())),
        empty: Some(tell.word("operations-no-rounds")),
        title,
        ..Section::default()
    }
}
