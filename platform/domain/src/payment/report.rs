//! What a payment plugin reports.

use serde::{Deserialize, Serialize};

use super::{PspRef, ask::Pair};
use crate::charge::{ChargeState, DisputeState, MandateState, RefundState};
use crate::civil_date::CivilDate;
use crate::money::{Currency, Money};
use crate::time::UtcTime;

/// What the customer has to do now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum NextAction {
    /// Go to the provider's page.
    Redirect {
        /// Where, https.
        url: String,
    },
    /// Pay a PIX code.
    Qr {
        /// The code itself, to copy or to draw.
        br_code: String,
        /// Until when.
        expires_at: Option<UtcTime>,
    },
    /// Pay a boleto.
    Voucher {
        /// The 44 digits of the barcode.
        barcode: String,
        /// The 47 digits that people type.
        digitable_line: String,
        /// The last day without fine.
        due_date: CivilDate,
        /// The PIX code that settles the same title.
        br_code: Option<String>,
        /// The provider's own page of it.
        hosted_url: Option<String>,
    },
    /// Type the card into the provider's fields.
    HostedFields {
        /// Which of the provider's scripts.
        sdk: String,
        /// What the script is started with; made for the customer's eyes.
        client_token: String,
        /// Further parameters of the script.
        params: Vec<Pair>,
    },
}

crate::text_enum! {
    /// What to make of a refusal.
    pub enum RetryAdvice {
        /// Nothing.
        DoNotRetry = "do_not_retry",
        /// The same again.
        RetrySameKey = "retry_same_key",
        /// Another attempt later.
        RetryLater = "retry_later",
        /// Another way to pay.
        RetryOtherMethod = "retry_other_method",
        /// The customer asks the bank.
        ContactIssuer = "contact_issuer",
    }
}

/// Why the provider or the customer's bank refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decline {
    /// The provider's code.
    pub code: String,
    /// For people.
    pub message: String,
    /// What to make of it.
    pub advice: RetryAdvice,
}

/// What the provider keeps for its service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fee {
    /// How much.
    pub amount: Money,
    /// The provider's word for it.
    pub kind: String,
}

/// How a charge stands, as its plugin says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargeReport {
    /// Never [`ChargeState::Unknown`], which is the house's own.
    pub state: ChargeState,
    /// The provider's names for it.
    pub refs: Vec<PspRef>,
    /// Held so far, in total.
    pub authorized: Money,
    /// Taken so far, in total.
    pub captured: Money,
    /// Given back so far, in total.
    pub refunded: Money,
    /// What the customer has to do now.
    pub action: Option<NextAction>,
    /// Why it was refused.
    pub decline: Option<Decline>,
    /// When the money was taken.
    pub paid_at: Option<UtcTime>,
    /// When the provider hands the money over.
    pub settles_on: Option<CivilDate>,
    /// Until when it can be paid.
    pub expires_at: Option<UtcTime>,
    /// What the provider kept.
    pub fees: Vec<Fee>,
    /// What the provider keeps of the method, for later charges.
    pub stored_method: Option<String>,
    /// When to ask again.
    pub poll_at: Option<UtcTime>,
    /// The provider's own word for the state.
    pub raw_status: String,
}

/// How a refund stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundReport {
    /// Where it stands.
    pub state: RefundState,
    /// The provider's names for it.
    pub refs: Vec<PspRef>,
    /// How much goes back.
    pub amount: Money,
    /// Why it was refused.
    pub decline: Option<Decline>,
    /// When to ask again.
    pub poll_at: Option<UtcTime>,
    /// The provider's own word for the state.
    pub raw_status: String,
}

/// How a mandate stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MandateReport {
    /// Where it stands.
    pub state: MandateState,
    /// The provider's names for it.
    pub refs: Vec<PspRef>,
    /// What the customer has to do now.
    pub action: Option<NextAction>,
    /// How the first charge stands.
    pub first_charge: Option<ChargeReport>,
    /// Why it ended or was refused.
    pub reason: Option<String>,
    /// The provider's own word for the state.
    pub raw_status: String,
}

/// How a dispute stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisputeReport {
    /// Where it stands.
    pub state: DisputeState,
    /// The provider's names for it and for its charge.
    pub refs: Vec<PspRef>,
    /// How much is contested.
    pub amount: Money,
    /// The provider's reason.
    pub reason: String,
    /// Until when it can be answered.
    pub evidence_due: Option<UtcTime>,
}

crate::text_enum! {
    /// Why a payment event can be believed.
    pub enum Trust {
        /// The provider signed the body.
        Signed = "signed",
        /// The provider's certificate was verified.
        Mtls = "mtls",
        /// The sender knew a shared word; the body itself proves nothing.
        SharedToken = "shared_token",
        /// Anybody may have sent it.
        Unauthenticated = "unauthenticated",
    }
}

impl Trust {
    /// Whether what the body says may be applied; otherwise the provider is asked.
    #[must_use]
    pub const fn proves_the_body(self) -> bool {
        matches!(self, Self::Signed | Self::Mtls)
    }
}

/// What an event is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "report", rename_all = "snake_case")]
pub enum EventBody {
    /// How a charge stands.
    Charge(ChargeReport),
    /// How a refund stands.
    Refund(RefundReport),
    /// How a mandate stands.
    Mandate(MandateReport),
    /// How a dispute stands.
    Dispute(DisputeReport),
    /// Something happened to a charge; ask.
    ChargeHint,
    /// Something happened to a refund; ask.
    RefundHint,
    /// Something happened to a mandate; ask.
    MandateHint,
    /// Nothing that concerns us, and what it was.
    Ignored(String),
}

/// Something that a provider told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentEvent {
    /// The same for each telling of the same event.
    pub event_id: String,
    /// When it happened at the provider.
    pub occurred_at: Option<UtcTime>,
    /// Why it can be believed.
    pub trust: Trust,
    /// Any of them leads to the charge, refund or mandate.
    pub refs: Vec<PspRef>,
    /// What it is about.
    pub body: EventBody,
}

/// What the provider is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundReply {
    /// HTTP status.
    pub status: u16,
    /// Further headers.
    pub headers: Vec<Pair>,
    /// The body.
    pub body: Vec<u8>,
}

crate::text_enum! {
    /// How final money is that was reported as paid.
    pub enum Finality {
        /// At once and for good.
        Immediate = "immediate",
        /// It takes days until it is there.
        Delayed = "delayed",
        /// It can be taken back.
        Reversible = "reversible",
    }
}

crate::text_enum! {
    /// What kind of setting a field is.
    pub enum ConfigFieldKind {
        /// Any text.
        Text = "text",
        /// `true` or `false`.
        Boolean = "boolean",
        /// A whole number.
        Number = "number",
        /// One of the choices.
        Choice = "choice",
        /// A host's name.
        HostName = "host_name",
    }
}

/// A setting that the tenant fills in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the contract's record")]
pub struct ConfigField {
    pub key: String,
    pub label: String,
    pub kind: ConfigFieldKind,
    pub required: bool,
    pub choices: Vec<String>,
    pub help: String,
}

crate::text_enum! {
    /// What must be known of a customer before a charge.
    pub enum CustomerField {
        /// The name.
        Name = "name",
        /// The mail address.
        Email = "email",
        /// The telephone number.
        Phone = "phone",
        /// CPF, CNPJ or another.
        TaxId = "tax_id",
        /// The postal address.
        Address = "address",
    }
}

crate::text_enum! {
    /// What a plugin can do beyond charges and webhooks: an interface that it exports.
    pub enum Capability {
        /// Authorise first, capture later.
        Captures = "captures",
        /// Give money back.
        Refunds = "refunds",
        /// Collect again and again.
        Mandates = "mandates",
        /// Files to and from a bank.
        BatchFiles = "batch_files",
    }
}

/// What a plugin says of itself, and what the host saw in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the contract's record")]
pub struct Description {
    pub plugin_id: String,
    pub version: String,
    pub display_name: String,
    pub methods: Vec<String>,
    pub currencies: Vec<Currency>,
    /// ISO 3166-1, two capitals.
    pub countries: Vec<String>,
    /// Seen by the host in what the component exports.
    pub capabilities: Vec<Capability>,
    /// Money may arrive after a charge expired or was canceled.
    pub late_settlement: bool,
    /// A charge can be paid in instalments.
    pub installments: bool,
    pub finality: Finality,
    pub min: Option<Money>,
    pub max: Option<Money>,
    pub max_installments: u32,
    pub refund_window_days: Option<u32>,
    pub default_expiry_seconds: Option<u64>,
    pub config_fields: Vec<ConfigField>,
    pub required_customer_fields: Vec<CustomerField>,
}
