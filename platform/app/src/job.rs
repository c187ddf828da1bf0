//! Work for later: the kinds there are, and the runner that takes them up.
//!
//! A job is a row written with the change that calls for it. Any instance may claim it for a while;
//! when the instance dies, the claim runs out and another takes the job up, so every job must stand
//! being run again.

use std::time::Duration;

use alvara_domain::id::{JobId, TenantId};
use alvara_store::jobs::{self, ClaimedJob, Job, JobState};
use alvara_store::{PlatformTx, TenantTx};
use alvara_tenants::Console;
use serde_json::json;
use tokio::sync::watch;

use crate::billing::BillingJob;
use crate::ecommerce::ShopJob;
use crate::error::{AppError, AppResult};
use crate::mail::MailJob;
use crate::platform::Platform;

mod billing;
mod free_silent;
pub mod housekeeping;
pub mod issue_batch;
pub mod machine_rounds;
mod outside;
pub mod reminder_round;

alvara_domain::text_enum! {
    /// What is to be done.
    pub enum JobKind {
        /// Issue the licenses of a batch.
        IssueBatch = "issue_batch",
    }
}

/// Tries a job of any tenant again that failed for good, from the first try on. The deed is written in
/// the chain of the tenant whose job it is.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::WrongState`] for one that did not fail.
pub fn retry(tx: &mut PlatformTx<'_>, id: JobId) -> AppResult<(TenantId, Job)> {
    let missing = || AppError::NotFound("job");
    let (tenant, before) = jobs::find_any(tx, id)?.ok_or_else(missing)?;
    if !jobs::requeue(tx, tenant, id)? {
        return Err(AppError::WrongState {
            noun: "job",
            state: before.state.as_str(),
            wanted: "tried again",
        });
    }
    let told = json!({ "state": before.state, "error": before.last_error });
    let now = json!({ "state": JobState::Queued, "kind": before.kind });
    tx.audit_in(tenant, "job.requeued", id, told, now)?;
    jobs::find_any(tx, id)?.ok_or_else(missing)
}

/// How long a claim holds, in seconds. A job that takes longer does its work in steps and renews.
const CLAIM_SECONDS: i64 = 300;
/// How many jobs are claimed at once: one, so that no claim runs out while its job waits in line.
const CLAIMS: i64 = 1;
/// How often a job is tried before it counts as failed.
const TRIES: i64 = 10;
/// After how many seconds what was given up is asked for once more where money waits for it: nobody
/// else would look at that charge or license again.
const AGAIN: i64 = 6 * 3_600;
/// How often the runner looks.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How often the runner sweeps what is past, in looks.
const SWEEP_EVERY: u64 = 600;
/// How often the runner offers to go round the machines and what ends, in looks. How often that is really done, for
/// all instances together, the rounds themselves know.
const TEND_EVERY: u64 = 30;

/// Takes up jobs of all tenants.
#[derive(Debug, Clone)]
pub struct JobRunner {
    platform: Platform,
    console: Console,
    worker: String,
}

impl JobRunner {
    /// A runner; `worker` (at most 40 characters) names the instance in the rows it claims.
    #[must_use]
    pub fn new(platform: Platform, console: Console, worker: &str) -> Self {
        Self {
            platform,
            console,
            worker: worker.chars().take(40).collect(),
        }
    }

    /// Claims what is due, runs it, and answers how many jobs that was.
    ///
    /// # Errors
    /// When the database fails. A job that fails is no error here: it is tried again later.
    pub async fn run_due(&self) -> AppResult<usize> {
        let worker = self.worker.clone();
        let scope = self.console.housekeeping();
        let claimed = self.platform.db().platform_write(&scope, move |tx| {
            jobs::claim(tx, &worker, CLAIM_SECONDS, CLAIMS)
        });
        let claimed: Vec<ClaimedJob> = claimed.await.map_err(AppError::from)?;
        for job in &claimed {
            self.run(job).await?;
        }
        Ok(claimed.len())
    }

    async fn run(&self, job: &ClaimedJob) -> AppResult<()> {
        let outcome = match job.kind().parse::<JobKind>() {
            // It took the process with it each time and never came to say that it failed.
            _ if job.attempts() > TRIES => Err(AppError::Inconsistent(
                "given up after too many tries".to_owned(),
            )),
            Ok(JobKind::IssueBatch) => issue_batch::run(&self.platform, job).await,
            Err(_) => self.run_other(job).await,
        };
        let scope = self.platform.gate().job(job);
        let (job, db) = (job.clone(), self.platform.db());
        match outcome {
            Ok(()) => {
                db.write(&scope, move |tx| jobs::complete(tx, &job)).await?;
            }
            Err(error) => {
                tracing::warn!(job.id = %job.id(), job.kind = job.kind(), %error, "a job failed and is tried again");
                let give_back = move |tx: &mut TenantTx<'_>| -> AppResult<()> {
                    let state = jobs::fail(tx, &job, &error.to_string(), TRIES)?;
                    let is_billing = job.kind().parse::<BillingJob>().is_ok();
                    if state == Some(JobState::Failed) && is_billing {
                        let at = tx.now().saturating_add_seconds(AGAIN);
                        jobs::ask_again(tx, &job, at)?;
                    }
                    Ok(())
                };
                db.write(&scope, give_back).await?;
            }
        }
        Ok(())
    }

    /// A job of billing, of a shop elsewhere, or of a mail.
    async fn run_other(&self, job: &ClaimedJob) -> AppResult<()> {
        if let Ok(kind) = job.kind().parse::<BillingJob>() {
            billing::run(&self.platform, job, kind).await
        } else if let Ok(kind) = job.kind().parse::<ShopJob>() {
            outside::shop(&self.platform, job, kind).await
        } else if let Ok(kind) = job.kind().parse::<MailJob>() {
            outside::mail(&self.platform, job, kind).await
        } else {
            let what = format!("no job is called {}", job.kind());
            Err(AppError::Inconsistent(what))
        }
    }

    /// Runs until told to stop; then finishes the job at hand.
    pub async fn run_until(self, mut stop: watch::Receiver<bool>) {
        let mut looks: u64 = 0;
        while !*stop.borrow() {
            if looks.is_multiple_of(SWEEP_EVERY)
                && let Err(error) = housekeeping::sweep(&self.platform, &self.console).await
            {
                tracing::warn!(%error, "the sweep failed");
            }
            if looks.is_multiple_of(TEND_EVERY)
                && let Err(error) = machine_rounds::tend(&self.platform, &self.console).await
            {
                tracing::warn!(%error, "the round of the machines failed");
            }
            if looks.is_multiple_of(TEND_EVERY)
                && let Err(error) = reminder_round::tend(&self.platform, &self.console).await
            {
                tracing::warn!(%error, "the round of what ends failed");
            }
            looks += 1;
            let worked = match self.run_due().await {
                Ok(count) => count,
                Err(error) => {
                    tracing::error!(%error, "jobs cannot be claimed");
                    0
                }
            };
            if worked == 0 {
                // Ends early when told to stop, or when whoever tells has gone.
                drop(tokio::time::timeout(LOOK_EVERY, stop.changed()).await);
            }
        }
    }
}
