//! Work for later, written in the transaction that makes it necessary.
use crate::column::Row;
use crate::dialect::DbConnection;
use crate::error::{StoreError, StoreResult};
use crate::page::{Page, PageRequest};
use crate::schema::{jobs as j, tenants as t};
use crate::scope::cut;
use crate::tx::{PlatformTx, TenantTx};
use alvara_domain::id::{JobId, NodeId, TenantId};
use alvara_domain::node::NodePath;
use alvara_domain::text_enum;
use alvara_domain::time::UtcTime;
use diesel::prelude::*;
use serde::de::DeserializeOwned;

text_enum! {
    /// How far a job is.
    pub enum JobState {
        /// It waits for its time.
        Queued = "queued",
        /// A worker has it until its claim runs out.
        Claimed = "claimed",
        /// It is done.
        Done = "done",
        /// It failed too often; a person has to look.
        Failed = "failed",
    }
}

/// A job that this process has taken. Made only by [`claim`], so holding one is leave to act for
/// its tenant.
#[derive(Clone, Debug)]
pub struct ClaimedJob {
    tenant: TenantId,
    root: NodePath,
    id: JobId,
    kind: String,
    payload: String,
    attempts: i64,
    worker: String,
}

impl ClaimedJob {
    /// Whose it is.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// The root of that tenant's tree.
    #[must_use]
    pub fn root(&self) -> &NodePath {
        &self.root
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> JobId {
        self.id
    }

    /// Which job it is.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// How often it was taken, this time included.
    #[must_use]
    pub fn attempts(&self) -> i64 {
        self.attempts
    }

    /// What it is about.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when the payload is not one of `T`.
    pub fn payload<T: DeserializeOwned>(&self) -> StoreResult<T> {
        Row::of("jobs", &self.id.to_string()).json("payload", &self.payload)
    }
}

/// A job as a list shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Which job it is.
    pub kind: String,
    /// How far it is.
    pub state: JobState,
    /// When it runs, or ran.
    pub run_at: UtcTime,
    /// How often it was taken.
    pub attempts: i64,
    /// Why it failed last.
    pub last_error: Option<String>,
    /// When it was asked for.
    pub created_at: UtcTime,
    /// When it ended.
    pub finished_at: Option<UtcTime>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = j)]
struct JobRow {
    tenant_id: String,
    id: String,
    kind: String,
    payload: String,
    state: String,
    run_at: i64,
    attempts: i64,
    claimed_by: Option<String>,
    claimed_until: Option<i64>,
    last_error: Option<String>,
    created_at: i64,
    finished_at: Option<i64>,
}

impl TryFrom<JobRow> for Job {
    type Error = StoreError;

    fn try_from(row: JobRow) -> StoreResult<Self> {
        let r = Row::of("jobs", &row.id);
        Ok(Self {
            id: r.text("id", &row.id)?,
            state: r.text("state", &row.state)?,
            run_at: r.time("run_at", row.run_at)?,
            attempts: row.attempts,
            created_at: r.time("created_at", row.created_at)?,
            finished_at: r.time_opt("finished_at", row.finished_at)?,
            kind: row.kind,
            last_error: row.last_error,
        })
    }
}

pub(crate) fn insert(
    conn: &mut DbConnection,
    tenant: TenantId,
    id: JobId,
    kind: &str,
    payload: &str,
    run_at: UtcTime,
    now: UtcTime,
) -> StoreResult<()> {
    let row = JobRow {
        tenant_id: tenant.to_string(),
        id: id.to_string(),
        kind: kind.to_owned(),
        payload: payload.to_owned(),
        state: JobState::Queued.to_string(),
        run_at: run_at.micros(),
        attempts: 0,
        claimed_by: None,
        claimed_until: None,
        last_error: None,
        created_at: now.micros(),
        finished_at: None,
    };
    diesel::insert_into(j::table).values(&row).execute(conn)?;
    Ok(())
}

/// Takes up to `limit` jobs that are due, of any tenant, and those whose worker let its claim run
/// out. `worker` names this process; the claim holds for `lease_seconds`.
///
/// # Errors
/// When the database fails.
pub fn claim(
    tx: &mut PlatformTx<'_>,
    worker: &str,
    lease_seconds: i64,
    limit: i64,
) -> StoreResult<Vec<ClaimedJob>> {
    let now = tx.now();
    let until = now.saturating_add_seconds(lease_seconds);
    let worker = cut(worker, 40);
    let due: Vec<(JobRow, String)> = j::table
        .inner_join(t::table.on(t::id.eq(j::tenant_id)))
        .filter(j::state.eq_any([JobState::Queued.as_str(), JobState::Claimed.as_str()]))
        .filter(j::run_at.le(now.micros()))
        .filter(
            j::claimed_until
                .is_null()
                .or(j::claimed_until.lt(now.micros())),
        )
        .order((j::run_at, j::id))
        .limit(limit)
        .select((JobRow::as_select(), t::root_node_id))
        .load(tx.conn)?;
    let mut claimed = Vec::with_capacity(due.len());
    for (row, root) in due {
        // Nobody else may have taken it meanwhile: each claim raises the number of attempts.
        let mine = diesel::update(j::table.find((&row.tenant_id, &row.id)))
            .filter(j::attempts.eq(row.attempts))
            .filter(j::state.eq(&row.state))
            .set((
                j::state.eq(JobState::Claimed.as_str()),
                j::attempts.eq(row.attempts + 1),
                j::claimed_by.eq(&worker),
                j::claimed_until.eq(until.micros()),
            ))
            .execute(tx.conn)?;
        if mine == 1 {
            let r = Row::of("jobs", &row.id);
            claimed.push(ClaimedJob {
                tenant: r.text("tenant_id", &row.tenant_id)?,
                root: NodePath::root(r.text::<NodeId>("root_node_id", &root)?),
                id: r.text("id", &row.id)?,
                kind: row.kind,
                payload: row.payload,
                attempts: row.attempts + 1,
                worker: worker.clone(),
            });
        }
    }
    Ok(claimed)
}

/// Ends a job well; best in the transaction that did its work. `false` when the claim ran out and
/// another has the job: the caller should then undo by failing its transaction.
///
/// # Errors
/// When the database fails.
pub fn complete(tx: &mut TenantTx<'_>, job: &ClaimedJob) -> StoreResult<bool> {
    let now = tx.now();
    end(tx.conn, job, JobState::Done, now, None, Some(now))
}

/// Gives a job back after it failed: it runs again after 2, 4, 8 … seconds, at most an hour, and
/// after `tries` attempts it stays failed. Answers its new state, `None` when the claim was lost.
///
/// # Errors
/// When the database fails.
pub fn fail(
    tx: &mut TenantTx<'_>,
    job: &ClaimedJob,
    error: &str,
    tries: i64,
) -> StoreResult<Option<JobState>> {
    let now = tx.now();
    let over = job.attempts >= tries;
    let state = if over {
        JobState::Failed
    } else {
        JobState::Queued
    };
    let wait = 1_i64 << job.attempts.clamp(1, 12);
    let run_at = now.saturating_add_seconds(wait.min(3600));
    let kept = end(
        tx.conn,
        job,
        state,
        run_at,
        Some(cut(error, 500)),
        over.then_some(now),
    )?;
    Ok(kept.then_some(state))
}

/// Asks for the same once more at `run_at`, as a job of its own: the one that failed stays as it is,
/// for a person to look at.
///
/// # Errors
/// When the database fails.
pub fn ask_again(tx: &mut TenantTx<'_>, job: &ClaimedJob, run_at: UtcTime) -> StoreResult<JobId> {
    let (id, now) = (tx.new_id()?, tx.now());
    insert(
        tx.conn,
        job.tenant,
        id,
        &job.kind,
        &job.payload,
        run_at,
        now,
    )?;
    Ok(id)
}

fn end(
    conn: &mut DbConnection,
    job: &ClaimedJob,
    state: JobState,
    run_at: UtcTime,
    error: Option<String>,
    finished_at: Option<UtcTime>,
) -> StoreResult<bool> {
    let updated = diesel::update(j::table.find((job.tenant.to_string(), job.id.to_string())))
        .filter(j::state.eq(JobState::Claimed.as_str()))
        .filter(j::attempts.eq(job.attempts))
        .filter(j::claimed_by.eq(&job.worker))
        .set((
            j::state.eq(state.as_str()),
            j::run_at.eq(run_at.micros()),
            j::claimed_by.eq(None::<String>),
            j::claimed_until.eq(None::<i64>),
            j::last_error.eq(error),
            j::finished_at.eq(finished_at.map(UtcTime::micros)),
        ))
        .execute(conn)?;
    Ok(updated == 1)
}

/// Which jobs a list shows.
#[derive(Clone, Debug, Default)]
pub struct JobFilter {
    /// Those in one state.
    pub state: Option<JobState>,
    /// Those of one kind.
    pub kind: Option<String>,
}

/// Lists the tenant's jobs, the newest first.
///
/// # Errors
/// [`StoreError::OutOfReach`] for a scope that is only part of the tenant.
pub fn list(
    tx: &mut TenantTx<'_>,
    filter: &JobFilter,
    request: &PageRequest,
) -> StoreResult<Page<Job>> {
    tx.require_whole_tenant()?;
    let tenant = Some(tx.tenant());
    Ok(page(tx.conn, tenant, filter, request)?.map(|(_, job)| job))
}

/// Lists the jobs of all tenants or of one of them, the newest first, each with whose it is.
///
/// # Errors
/// When the database fails.
pub fn list_all(
    tx: &mut PlatformTx<'_>,
    tenant: Option<TenantId>,
    filter: &JobFilter,
    request: &PageRequest,
) -> StoreResult<Page<(TenantId, Job)>> {
    page(tx.conn, tenant, filter, request)
}

fn page(
    conn: &mut DbConnection,
    tenant: Option<TenantId>,
    filter: &JobFilter,
    request: &PageRequest,
) -> StoreResult<Page<(TenantId, Job)>> {
    let mut query = j::table.select(JobRow::as_select()).into_boxed();
    if let Some(tenant) = tenant {
        query = query.filter(j::tenant_id.eq(tenant.to_string()));
    }
    if let Some(state) = filter.state {
        query = query.filter(j::state.eq(state.as_str()));
    }
    if let Some(kind) = &filter.kind {
        query = query.filter(j::kind.eq(kind));
    }
    if let Some(after) = request.after::<String>()? {
        query = query.filter(j::id.lt(after));
    }
    let rows = query
        .order(j::id.desc())
        .limit(request.fetch())
        .load(conn)?;
    Page::of(request, rows, |row| row.id.clone(), owned)
}

/// A job with whose it is.
fn owned(row: JobRow) -> StoreResult<(TenantId, Job)> {
    let tenant = Row::of("jobs", &row.id).text("tenant_id", &row.tenant_id)?;
    Ok((tenant, Job::try_from(row)?))
}

/// Finds a job of any tenant.
///
/// # Errors
/// When the database fails.
pub fn find_any(tx: &mut PlatformTx<'_>, id: JobId) -> StoreResult<Option<(TenantId, Job)>> {
    let found: Option<JobRow> = j::table
        .filter(j::id.eq(id.to_string()))
        .select(JobRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    found.map(owned).transpose()
}

/// Lets a job that failed for good wait again, due at once, as if it had not been tried; its last
/// error stays to be read. `false` where it did not fail.
///
/// # Errors
/// When the database fails.
pub fn requeue(tx: &mut PlatformTx<'_>, tenant: TenantId, id: JobId) -> StoreResult<bool> {
    let now = tx.now();
    let written = diesel::update(j::table.find((tenant.to_string(), id.to_string())))
        .filter(j::state.eq(JobState::Failed.as_str()))
        .set((
            j::state.eq(JobState::Queued.as_str()),
            j::attempts.eq(0),
            j::run_at.eq(now.micros()),
            j::finished_at.eq(None::<i64>),
        ))
        .execute(tx.conn)?;
    Ok(written == 1)
}

/// How many jobs are due and not taken, for the metrics.
///
/// # Errors
/// When the database fails.
pub fn count_due(tx: &mut PlatformTx<'_>) -> StoreResult<i64> {
    let now = tx.now().micros();
    Ok(j::table
        .filter(j::state.eq(JobState::Queued.as_str()))
        .filter(j::run_at.le(now))
        .count()
        .get_result(tx.conn)?)
}

/// How many jobs failed for good and wait for a person.
///
/// # Errors
/// When the database fails.
pub fn count_failed(tx: &mut PlatformTx<'_>) -> StoreResult<i64> {
    Ok(j::table
        .filter(j::state.eq(JobState::Failed.as_str()))
        .count()
        .get_result(tx.conn)?)
}

/// Forgets jobs that ended before an instant.
///
/// # Errors
/// When the database fails.
pub fn purge(tx: &mut PlatformTx<'_>, before: UtcTime) -> StoreResult<usize> {
    Ok(diesel::delete(
        j::table
            .filter(j::state.eq(JobState::Done.as_str()))
            .filter(j::finished_at.lt(before.micros())),
    )
    .execute(tx.conn)?)
}
