//! Orders, charges and what becomes of their money.
//!
//! A call to a payment plugin never happens inside a transaction. So everything that needs one is
//! in three parts: what prepares it (one write: checks, rows, a journal line), the call itself,
//! which is made elsewhere, and what applies the answer (one write over a `Result`). Each part may
//! be repeated, and repeating it changes nothing: what is told again is judged against what is
//! known by then.
//!
//! - [`order`] says what is bought; [`fulfil`] gives it, takes it back, suspends it; [`offer`] holds the
//!   order of a renewal ready, and makes the link to pay it.
//! - [`charge`] prepares and sends, [`capture`] takes what was held; [`answer`] applies what came
//!   back, [`event`] what a provider told by itself. Both end in `settle`, the one place where a
//!   charge changes state and money enters the ledger.
//! - [`returned`] reads what a bank's file says of many titles, each line an event like those;
//!   [`remittance`] writes a file that tells the bank of titles.
//! - [`mandate`] lets a customer permit that money is collected again and again, [`renewal`] renews
//!   licenses by that.
//! - [`slip`] puts a boleto on paper; [`fiscal`] keeps which document of a tax office belongs to which
//!   receipt or credit note; [`verify`] tells who holds one of these whether it is genuine.
//! - [`refund`] and [`dispute`] give money back and lose it; [`credit`] lets somebody owe it.
//!
//! What is told and not believed waits for somebody to [`decide`] on it, and what nobody can be asked
//! about for somebody to [`confirm`] it.
//!
//! What has to be asked of a provider later is a job row of a [`BillingJob`], written with the
//! change that calls for it.

pub mod account;
mod announce;
pub mod answer;
pub mod call;
pub mod capture;
pub mod charge;
pub mod commission;
pub mod confirm;
pub mod credit;
pub mod decide;
pub mod dispute;
pub mod event;
pub mod fiscal;
pub mod fulfil;
mod house;
mod invoice;
pub mod mandate;
pub mod offer;
pub mod order;
mod party;
pub mod refund;
pub mod remittance;
pub mod renewal;
pub mod returned;
mod settle;
pub mod slip;
#[cfg(test)]
mod tests;
pub mod verify;
mod version;

use alvara_domain::id::{
    ChargeId, InboundWebhookId, MandateId, OrderId, PaymentAccountId, RefundId, ReturnFileId,
};
use alvara_domain::time::UtcTime;
use alvara_store::{TenantTx, tenants};
use serde::{Deserialize, Serialize};

use crate::AppResult;
use crate::platform::PublicAddress;

pub use settle::Outcome;

alvara_domain::text_enum! {
    /// What is to be done later for a charge, an order or a webhook.
    pub enum BillingJob {
        /// Let a prepared request leave, if it has not: [`SendJob`].
        Send = "billing_send",
        /// Ask the provider how a charge stands, or what it has of it: [`AskJob`].
        Ask = "billing_ask",
        /// Ask the provider how a refund stands: [`AskRefundJob`].
        AskRefund = "billing_ask_refund",
        /// Look at a webhook that is stored: [`WebhookJob`].
        ApplyWebhook = "billing_apply_webhook",
        /// Look at what a bank's file says: [`ReturnFileJob`].
        ApplyReturnFile = "billing_apply_return",
        /// Look whether a deferred order is overdue: [`NarrowJob`].
        Narrow = "billing_narrow",
        /// Put a payment account aside whose plugin keeps failing: [`ParkJob`].
        Park = "billing_park",
        /// Have a mandate set up, if that was not answered yet: [`MandateJob`].
        SetUp = "billing_set_up",
        /// Ask the provider how a mandate stands: [`AskMandateJob`].
        AskMandate = "billing_ask_mandate",
        /// Tell the provider that a mandate is over: [`MandateJob`].
        EndMandate = "billing_end_mandate",
        /// Look whether a license is to be renewed by its mandate: [`CollectJob`].
        Collect = "billing_collect",
    }
}

/// Payload of [`BillingJob::Send`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "an attempt by its charge and number")]
pub struct SendJob {
    pub charge_id: ChargeId,
    pub attempt: i64,
}

/// Payload of [`BillingJob::Ask`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskJob {
    /// The charge.
    pub charge_id: ChargeId,
    /// The question counts only while this is when the charge is to be asked about next: of several
    /// that were planned the newest does. Without it, it counts in any case. In microseconds.
    pub due: Option<i64>,
}

impl AskJob {
    /// A question that somebody asks now, whatever is planned.
    #[must_use]
    pub const fn now(charge_id: ChargeId) -> Self {
        Self {
            charge_id,
            due: None,
        }
    }
}

/// Payload of [`BillingJob::AskRefund`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "a refund")]
pub struct AskRefundJob {
    pub refund_id: RefundId,
}

/// Payload of [`BillingJob::ApplyWebhook`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "a webhook")]
pub struct WebhookJob {
    pub webhook_id: InboundWebhookId,
}

/// Payload of [`BillingJob::ApplyReturnFile`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "a bank's file")]
pub struct ReturnFileJob {
    pub file_id: ReturnFileId,
}

/// Payload of [`BillingJob::Narrow`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "an order")]
pub struct NarrowJob {
    pub order_id: OrderId,
}

/// Payload of [`BillingJob::Park`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "a payment account")]
pub struct ParkJob {
    pub account_id: PaymentAccountId,
}

/// Payload of [`BillingJob::SetUp`] and [`BillingJob::EndMandate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "a mandate")]
pub struct MandateJob {
    pub mandate_id: MandateId,
}

/// Payload of [`BillingJob::AskMandate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskMandateJob {
    /// The mandate.
    pub mandate_id: MandateId,
    /// The question counts only while this is when the mandate is to be asked about next. Without
    /// it, it counts in any case. In microseconds.
    pub due: Option<i64>,
}

impl AskMandateJob {
    /// A question that somebody asks now, whatever is planned.
    #[must_use]
    pub const fn now(mandate_id: MandateId) -> Self {
        Self {
            mandate_id,
            due: None,
        }
    }
}

/// Payload of [`BillingJob::Collect`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectJob {
    /// The mandate.
    pub mandate_id: MandateId,
    /// The look counts only while this is when the license is to be looked at next: of several that
    /// were planned the newest does. In microseconds.
    pub due: i64,
}

/// Where the provider of an account tells what happens.
///
/// # Errors
/// When the database fails.
pub fn webhook_url(
    tx: &mut TenantTx<'_>,
    address: &PublicAddress,
    account: PaymentAccountId,
) -> AppResult<String> {
    let tenant = tenants::load_own(tx)?;
    Ok(format!("{}/hooks/{account}", address.tenant_url(&tenant)))
}

fn later(
    tx: &mut TenantTx<'_>,
    job: BillingJob,
    payload: impl Serialize,
    at: UtcTime,
) -> AppResult<()> {
    tx.enqueue(job.as_str(), payload, at)?;
    Ok(())
}

fn ask_at(tx: &mut TenantTx<'_>, charge_id: ChargeId, at: UtcTime) -> AppResult<()> {
    let job = AskJob {
        charge_id,
        due: None,
    };
    later(tx, BillingJob::Ask, job, at)
}
