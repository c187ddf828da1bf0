//! What shops elsewhere sent, and mails.
//!
//! Whatever one of these finds done already it leaves as it is, so each may run any number of times.

use alvara_store::TenantTx;
use alvara_store::jobs::ClaimedJob;

use crate::ecommerce::{ApplyJob, RetryJob, ShopJob, apply};
use crate::error::{AppError, AppResult};
use crate::mail::{self, MailJob, SendMailJob};
use crate::platform::Platform;

pub(super) async fn shop(platform: &Platform, job: &ClaimedJob, kind: ShopJob) -> AppResult<()> {
    let scope = platform.gate().job(job);
    let parts = platform.clone();
    match kind {
        ShopJob::Apply => {
            let wanted: ApplyJob = job.payload().map_err(AppError::from)?;
            let work = move |tx: &mut TenantTx<'_>| apply::apply(tx, parts.vault(), wanted);
            platform.db().write(&scope, work).await
        }
        ShopJob::Retry => {
            let wanted: RetryJob = job.payload().map_err(AppError::from)?;
            let work = move |tx: &mut TenantTx<'_>| apply::retry(tx, parts.vault(), wanted);
            platform.db().write(&scope, work).await
        }
    }
}

pub(super) async fn mail(platform: &Platform, job: &ClaimedJob, kind: MailJob) -> AppResult<()> {
    let scope = platform.gate().job(job);
    match kind {
        MailJob::Send => {
            let SendMailJob { mail_id } = job.payload().map_err(AppError::from)?;
            mail::send(platform, &scope, mail_id).await
        }
    }
}
