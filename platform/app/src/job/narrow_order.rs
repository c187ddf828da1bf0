//! Narrows an order on deferred terms whose day has come, and does nothing to one that was paid.

use alvara_domain::order::credit::Ladder;
use alvara_store::jobs::ClaimedJob;

use crate::billing::NarrowJob;
use crate::billing::credit::narrow;
use crate::error::{AppError, AppResult};
use crate::platform::Platform;

pub(super) async fn run(platform: &Platform, job: &ClaimedJob) -> AppResult<()> {
    let payload: NarrowJob = job.payload().map_err(AppError::from)?;
    let scope = platform.gate().job(job);
    let work = move |tx: &mut alvara_store::TenantTx<'_>| {
        narrow(tx, payload.order_id, &Ladder::default()).map(drop)
    };
    platform.db().write(&scope, work).await
}
