//! Something that a person may pay at the simulator, whichever provider it was created with.

use serde::Serialize;
use serde_json::Value;

use crate::time::Millis;

/// At which provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Provider {
    /// API Pix, without due date.
    PixCob,
    /// API Pix, with due date.
    PixCobv,
    /// API Pix, a cycle of a recurrence.
    PixCobr,
    /// Banco do Brasil.
    Boleto,
    /// Mercado Pago: a payment, or a preference that becomes one.
    MercadoPago,
    /// Stripe: a checkout session or a payment intent.
    Stripe,
}

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Open,
    Authorized,
    Paid,
    Declined,
    Expired,
    Canceled,
}

/// Whether the customer's bank contests it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Contest {
    Opened,
    Won,
    Lost,
}

/// Money that went back, or will.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct GivenBack {
    pub(crate) id: String,
    /// The network's own number.
    pub(crate) number: String,
    pub(crate) minor: i64,
    pub(crate) at: Millis,
    /// `false` while the provider works on it.
    pub(crate) done: bool,
    /// It did not work out.
    pub(crate) failed: bool,
    /// By the customer's bank rather than by us.
    pub(crate) by_bank: bool,
}

/// Something to pay.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Bill {
    /// The simulator's own number, `b1`.
    pub(crate) id: String,
    pub(crate) provider: Provider,
    /// The provider's name for it: a txid, a nosso número, a payment id, a session id.
    pub(crate) reference: String,
    pub(crate) minor: i64,
    pub(crate) currency: String,
    pub(crate) description: String,
    pub(crate) status: Status,
    pub(crate) paid_minor: i64,
    pub(crate) paid_at: Option<Millis>,
    /// The network's number of the payment.
    pub(crate) payment: Option<String>,
    pub(crate) refunds: Vec<GivenBack>,
    pub(crate) contest: Option<Contest>,
    pub(crate) created: Millis,
    pub(crate) expires: Option<Millis>,
    /// What was asked for.
    pub(crate) ask: Value,
    pub(crate) revision: u32,
    /// Where the provider tells of it, when the request itself says.
    pub(crate) webhook: Option<String>,
    /// The other half: the payment intent of a session, the payment of a preference.
    pub(crate) pair: Option<String>,
}

impl Bill {
    /// What went back or is on its way.
    pub(crate) fn given_back(&self) -> i64 {
        let counted = self.refunds.iter().filter(|refund| !refund.failed);
        counted.map(|refund| refund.minor).sum()
    }

    /// What has gone back for good.
    pub(crate) fn gone_back(&self) -> i64 {
        let done = self
            .refunds
            .iter()
            .filter(|refund| refund.done && !refund.failed);
        done.map(|refund| refund.minor).sum()
    }

    pub(crate) fn is_past(&self, now: Millis) -> bool {
        self.status == Status::Open && self.expires.is_some_and(|end| end <= now)
    }
}
