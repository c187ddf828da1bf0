//! Work for later, of all tenants: the operator's business.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::job::retry;
use alvara_domain::id::{JobId, TenantId};
use alvara_domain::time::UtcTime;
use alvara_store::Db;
use alvara_store::jobs::{self, Job, JobFilter, JobState};
use alvara_tenants::permissions::{TenantRead, TenantUpdate};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer;
use crate::body::{Params, Segments, Text};
use crate::caller::Operator;
use crate::list::{Listed, page_request};
use crate::problem::Problem;
use crate::schema::{Id, Instant};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/jobs").get(list))
        .service(web::resource("/jobs/{id}/retry").post(again));
}

/// Work for later.
#[derive(Serialize, ToSchema)]
pub(crate) struct JobView {
    #[schema(value_type = Id)]
    id: JobId,
    /// In whose name it is done.
    #[schema(value_type = Id)]
    tenant_id: TenantId,
    kind: String,
    /// `queued`, `claimed`, `done` or `failed`.
    state: &'static str,
    /// When it runs, or ran.
    #[schema(value_type = Instant)]
    run_at: UtcTime,
    /// How often it was tried.
    attempts: i64,
    /// Why it failed last.
    last_error: Option<String>,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
    #[schema(value_type = Option<Instant>)]
    finished_at: Option<UtcTime>,
}

impl From<(TenantId, Job)> for JobView {
    fn from((tenant_id, job): (TenantId, Job)) -> Self {
        Self {
            id: job.id,
            tenant_id,
            kind: job.kind,
            state: job.state.as_str(),
            run_at: job.run_at,
            attempts: job.attempts,
            last_error: job.last_error,
            created_at: job.created_at,
            finished_at: job.finished_at,
        }
    }
}

/// Which jobs.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct JobParams {
    /// `queued`, `claimed`, `done` or `failed`.
    #[param(value_type = Option<String>)]
    state: Option<JobState>,
    /// Those of one kind.
    kind: Option<Text<1, 60>>,
    /// Those of one tenant.
    #[param(value_type = Option<Id>)]
    tenant_id: Option<TenantId>,
    /// Items a page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists work for later of all tenants.
#[utoipa::path(get, path = "/jobs", tag = "jobs", operation_id = "list_jobs", params(JobParams),
    responses((status = 200, description = "A page of jobs, the newest first.", body = Listed<JobView>)))]
pub(crate) async fn list(
    caller: Operator<TenantRead>,
    Params(params): Params<JobParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let tenant = params.tenant_id;
    let filter = JobFilter {
        state: params.state,
        kind: params.kind.map(Text::into_string),
    };
    let found = db
        .platform_read(&caller.scope, move |tx| {
            jobs::list_all(tx, tenant, &filter, &page)
        })
        .await?;
    Ok(answer::ok(&Listed::of(found, JobView::from)))
}

/// Tries a job again that failed for good, from the first try on.
#[utoipa::path(post, path = "/jobs/{id}/retry", tag = "jobs", operation_id = "retry_job", params(("id" = Id, Path)),
    responses((status = 200, description = "It waits to be done.", body = JobView),
        (status = 409, description = "It did not fail for good.")))]
pub(crate) async fn again(
    caller: Operator<TenantUpdate>,
    Segments(id): Segments<JobId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let job = db
        .platform_write(&caller.scope, move |tx| retry(tx, id))
        .await?;
    Ok(answer::ok(&JobView::from(job)))
}
