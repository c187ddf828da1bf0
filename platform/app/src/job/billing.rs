//! What has to be asked of payment providers later, and what is to be looked at again.
//!
//! Whatever one of these finds done already it leaves as it is, so each may run any number of times.

use alvara_domain::order::credit::Ladder;
use alvara_store::TenantTx;
use alvara_store::jobs::ClaimedJob;

use crate::billing::{
    AskJob, AskMandateJob, AskRefundJob, BillingJob, CollectJob, MandateJob, NarrowJob, ParkJob,
    ReturnFileJob, SendJob, WebhookJob, account, call, credit, returned,
};
use crate::error::{AppError, AppResult};
use crate::platform::Platform;

pub(super) async fn run(platform: &Platform, job: &ClaimedJob, kind: BillingJob) -> AppResult<()> {
    let scope = platform.gate().job(job);
    match kind {
        BillingJob::Send => {
            let SendJob { charge_id, attempt } = job.payload().map_err(AppError::from)?;
            settled(call::send(platform, &scope, (charge_id, attempt)).await)
        }
        BillingJob::Ask => {
            let asked: AskJob = job.payload().map_err(AppError::from)?;
            settled(call::ask(platform, &scope, asked).await)
        }
        BillingJob::AskRefund => {
            let AskRefundJob { refund_id } = job.payload().map_err(AppError::from)?;
            settled(call::ask_refund(platform, &scope, refund_id).await)
        }
        BillingJob::ApplyWebhook => {
            let WebhookJob { webhook_id } = job.payload().map_err(AppError::from)?;
            call::apply_webhook(platform, &scope, webhook_id).await
        }
        BillingJob::ApplyReturnFile => {
            let ReturnFileJob { file_id } = job.payload().map_err(AppError::from)?;
            returned::apply(platform, &scope, file_id).await
        }
        BillingJob::Narrow => {
            let NarrowJob { order_id } = job.payload().map_err(AppError::from)?;
            let work = move |tx: &mut TenantTx<'_>| {
                credit::narrow(tx, order_id, &Ladder::default()).map(drop)
            };
            platform.db().write(&scope, work).await
        }
        BillingJob::Park => {
            let ParkJob { account_id } = job.payload().map_err(AppError::from)?;
            let work = move |tx: &mut TenantTx<'_>| account::park(tx, account_id);
            platform.db().write(&scope, work).await
        }
        BillingJob::SetUp => {
            let MandateJob { mandate_id } = job.payload().map_err(AppError::from)?;
            settled(call::set_up(platform, &scope, mandate_id).await)
        }
        BillingJob::AskMandate => {
            let asked: AskMandateJob = job.payload().map_err(AppError::from)?;
            settled(call::ask_mandate(platform, &scope, asked).await)
        }
        BillingJob::EndMandate => {
            let MandateJob { mandate_id } = job.payload().map_err(AppError::from)?;
            settled(call::end_mandate(platform, &scope, mandate_id).await)
        }
        BillingJob::Collect => {
            let look: CollectJob = job.payload().map_err(AppError::from)?;
            settled(call::collect(platform, &scope, look).await)
        }
    }
}

/// A charge that is over before its request left is no failure of the job.
fn settled<T>(done: AppResult<T>) -> AppResult<()> {
    match done {
        Ok(_) | Err(AppError::WrongState { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}
