//! Work for later: what waits, what ran, what failed and why.

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_render::page::{Badge, Cell, Column, Empty, Link, Row, Table, Tone};
use alvara_store::Db;
use alvara_store::jobs::{self, Job, JobFilter, JobState};
use alvara_tenants::permissions::JobRead;

use super::super::desk::Desk;
use super::super::listing::Query;
use super::super::tell::Tell;
use crate::caller::Caller;
use crate::problem::Problem;

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

pub(super) async fn list(
    desk: Desk,
    caller: Caller<JobRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&desk);
    let filter = JobFilter {
        state: query.value("state"),
        kind: query.get("q").map(str::to_owned),
    };
    let page = query.page();
    let found = db
        .read(&caller.scope, move |tx| jobs::list(tx, &filter, &page))
        .await?;
    let tell = desk.tell();
    let row = |job: &Job| {
        let error = job.last_error.clone().unwrap_or_else(|| "—".to_owned());
        Row::new(vec![
            Cell::code(&job.kind),
            Cell::badge(badge(job, &tell)),
            tell.instant_cell(job.run_at),
            Cell::text(tell.number(job.attempts)),
            tell.maybe_instant(job.finished_at),
            Cell::text(error),
        ])
    };
    let columns = ["kind", "state", "runs", "tries", "ended", "error"]
        .map(|column| Column::text(tell.word(&format!("operations-{column}"))));
    let title = tell.word("operations-jobs");
    let rows = found.items.iter().map(row).collect();
    let table = Table::new(title.clone(), columns.into(), rows);
    let empty = Empty {
        text: tell.word("operations-no-jobs"),
        action: Some(Link::new("/operations", tell.word("nav-operations"))),
    };
    let hint = Some(tell.word("operations-kind"));
    let mut page = query.list(title, table, found.next.as_ref(), hint, empty);
    page.filters = vec![
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
