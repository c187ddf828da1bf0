//! What is asked of a payment plugin.

use serde::{Deserialize, Serialize};

use super::{Environment, PspRef};
use crate::civil_date::CivilDate;
use crate::id::{ChargeId, MandateId, RefundId};
use crate::money::{BasisPoints, Money};
use crate::time::UtcTime;

/// A setting or a note: key and text.
pub type Pair = (String, String);

/// What every call is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallContext {
    /// The same for all tries of one attempt.
    pub idempotency_key: String,
    /// 1 for the first try.
    pub attempt: u32,
    /// Whether real money moves.
    pub environment: Environment,
    /// The time of the call.
    pub now: UtcTime,
    /// The settings of the payment account; no secrets.
    pub config: Vec<Pair>,
}

crate::text_enum! {
    /// Which number a tax id is, as far as providers care.
    pub enum PayerTaxIdKind {
        /// A Brazilian person.
        Cpf = "cpf",
        /// A Brazilian company.
        Cnpj = "cnpj",
        /// Any other.
        Other = "other",
    }
}

/// Where the customer lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the parts of a postal address")]
pub struct PostalAddress {
    pub line1: String,
    pub number: Option<String>,
    pub line2: Option<String>,
    pub district: Option<String>,
    pub city: String,
    /// In Brazil the two letters of the state.
    pub state: String,
    pub postal_code: String,
    /// ISO 3166-1, two capitals.
    pub country: String,
}

/// Who pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "what is known of a person or company")]
pub struct Payer {
    pub id: String,
    pub name: String,
    pub email: Option<String>,
    pub phone: Option<String>,
    /// Kind and number without punctuation.
    pub tax_id: Option<(PayerTaxIdKind, String)>,
    pub address: Option<PostalAddress>,
}

/// From what the money comes. Never card data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum Source {
    /// The customer chooses at the provider.
    None,
    /// A token of the provider's own fields, good once.
    SingleUseToken(String),
    /// What the provider keeps of the customer.
    StoredMethod(String),
}

crate::text_enum! {
    /// When the money is taken.
    pub enum CaptureMode {
        /// At once.
        Automatic = "automatic",
        /// Held now, taken by a later call.
        Manual = "manual",
    }
}

/// One line of what is paid for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "a line of an order")]
pub struct Item {
    pub sku: String,
    pub description: String,
    pub quantity: u32,
    pub unit: Money,
}

/// A share or an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum Rate {
    /// A share of the amount.
    Share(BasisPoints),
    /// A fixed amount.
    Amount(Money),
}

/// Terms of a charge with a due date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// The last day without fine and interest.
    pub due_date: CivilDate,
    /// For how many days after it the charge can still be paid.
    pub days_valid_after_due: u32,
    /// Once, when late.
    pub fine: Option<Rate>,
    /// For each month of delay, in basis points.
    pub monthly_interest: Option<BasisPoints>,
    /// For who pays until a day.
    pub discount: Option<(CivilDate, Rate)>,
    /// Lines to print on a slip.
    pub instructions: Vec<String>,
    /// The number of the title, where the beneficiary numbers them.
    pub bank_sequence: Option<u64>,
}

/// Terms of a card charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardOptions {
    /// 1: not in instalments.
    pub installments: u32,
    /// What the customer reads on the bill.
    pub soft_descriptor: Option<String>,
    /// Without the customer being there.
    pub off_session: bool,
}

/// A charge to create.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the contract's record")]
pub struct ChargeAsk {
    pub charge_id: ChargeId,
    /// `pix`, `boleto`, `card` or another of the plugin's methods.
    pub method: String,
    pub amount: Money,
    pub customer: Option<Payer>,
    pub source: Source,
    pub capture: CaptureMode,
    pub description: String,
    pub items: Vec<Item>,
    pub expires_at: Option<UtcTime>,
    pub due: Option<Due>,
    pub card: Option<CardOptions>,
    pub return_url: Option<String>,
    pub cancel_url: Option<String>,
    pub webhook_url: Option<String>,
    /// Ask the provider to keep the method for later charges.
    pub save_for_later: bool,
    pub metadata: Vec<Pair>,
}

/// A refund to make.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields of the contract's record")]
pub struct RefundAsk {
    pub refund_id: RefundId,
    pub charge_id: ChargeId,
    pub refs: Vec<PspRef>,
    pub amount: Money,
    pub reason: String,
}

crate::text_enum! {
    /// How often a mandate collects.
    pub enum MandateInterval {
        /// Every seven days.
        Weekly = "weekly",
        /// Every month.
        Monthly = "monthly",
        /// Every three months.
        Quarterly = "quarterly",
        /// Every six months.
        Semiannual = "semiannual",
        /// Every year.
        Annual = "annual",
    }
}

crate::text_enum! {
    /// What happens at the provider when a collection fails.
    pub enum MandateRetry {
        /// Nothing.
        None = "none",
        /// Up to three further tries within seven days, each asked for by the house.
        ThreeInSevenDays = "three_in_seven_days",
    }
}

/// A mandate to set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the contract's record")]
pub struct MandateAsk {
    pub mandate_id: MandateId,
    pub method: String,
    pub customer: Payer,
    /// The house's name for what is paid, at most 35 characters.
    pub contract: String,
    pub description: String,
    pub interval: MandateInterval,
    pub starts_on: CivilDate,
    pub ends_on: Option<CivilDate>,
    /// The same each time, or none where each charge has its own.
    pub amount: Option<Money>,
    pub retry: MandateRetry,
    /// Paid in the same step.
    pub first_charge: Option<ChargeAsk>,
    pub source: Source,
    pub return_url: Option<String>,
    pub metadata: Vec<Pair>,
}

/// A request that a provider sent to us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboundRequest {
    /// `POST`.
    pub method: String,
    /// The path it came to.
    pub path: String,
    /// Without the question mark.
    pub query: String,
    /// In the order they came.
    pub headers: Vec<Pair>,
    /// The bytes as they came.
    pub body: Vec<u8>,
    /// The sender's address.
    pub remote_ip: String,
    /// Of the client certificate that the TLS terminator verified, in hex.
    pub client_cert_sha256: Option<String>,
}
