//! Issues the licenses of a batch, a transaction at a time.

use alvara_store::jobs::ClaimedJob;

use crate::error::{AppError, AppResult};
use crate::license::batch::{BatchJob, Progress, give_up, issue_next};
use crate::platform::Platform;

/// Runs it. What no new attempt can mend ends the batch with the reason; anything else is tried
/// again.
pub(crate) async fn run(platform: &Platform, job: &ClaimedJob) -> AppResult<()> {
    let BatchJob { batch_id } = job.payload()?;
    let scope = platform.gate().job(job);
    loop {
        let vault = platform.vault().clone();
        let step = platform
            .db()
            .write(&scope, move |tx| issue_next(tx, &vault, batch_id))
            .await;
        match step {
            Ok(Progress::More) => {}
            Ok(Progress::Finished) => return Ok(()),
            Err(
                error
                @ (AppError::NotFound(_) | AppError::Invalid(_) | AppError::WrongState { .. }),
            ) => {
                let why = error.to_string();
                return platform
                    .db()
                    .write(&scope, move |tx| give_up(tx, batch_id, &why))
                    .await;
            }
            // Nobody tries again after this: the batch must not look as if somebody would.
            Err(error) if job.attempts() >= super::TRIES => {
                let why = "the platform could not go on; its log says why";
                platform
                    .db()
                    .write(&scope, move |tx| give_up(tx, batch_id, why))
                    .await?;
                return Err(error);
            }
            Err(error) => return Err(error),
        }
    }
}
