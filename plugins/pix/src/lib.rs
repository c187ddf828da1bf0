//! PIX, in two modes: by any provider that speaks Bacen's API Pix 2.9 (immediate charges, charges
//! with a due date, Pix Automático, devoluções, webhooks), or by static codes without a provider.
//!
//! Owns: BR Codes, the API's requests and what its answers mean. Deliberately absent: tokens and
//! certificates, which the host has; settling, which is the house's.
//!
//! The txid is derived from the idempotency key, so the same attempt is the same charge at the
//! provider, and a charge whose creation nobody heard the end of is found by it.

mod api;
pub mod brcode;
mod charge;
mod mandate;
mod refund;
mod settings;
mod static_code;
mod webhook;

use alvara_plugin_sdk::{
    Answer, CallContext, Capabilities, ChargeRequest, ChargeState, ConfigField, Features,
    FieldKind, Finality, InboundRequest, InboundResult, KeyValue, Limits, MandateRequest,
    MandateState, PaymentPlugin, PspRef, RefundRequest, RefundState, Violation, export_plugin,
    money::money, unsupported,
};
use settings::{Mode, Settings};

/// The plugin.
#[derive(Debug)]
pub struct Pix;

export_plugin!(Pix: refunds, mandates);

fn field(key: &str, label: &str, kind: FieldKind, choices: &[&str], help: &str) -> ConfigField {
    ConfigField {
        key: key.to_owned(),
        label: label.to_owned(),
        kind,
        required: matches!(key, "chave"),
        choices: choices.iter().map(|choice| (*choice).to_owned()).collect(),
        help: help.to_owned(),
    }
}

impl PaymentPlugin for Pix {
    fn describe() -> Capabilities {
        use FieldKind::{Boolean, Choice, HostName, Number, Text};
        Capabilities {
            plugin_id: "pix".to_owned(),
            version: "1.0.0".to_owned(),
            display_name: "PIX".to_owned(),
            methods: vec!["pix".to_owned()],
            currencies: vec!["BRL".to_owned()],
            countries: vec!["BR".to_owned()],
            features: Features::LATE_SETTLEMENT,
            finality: Finality::Immediate,
            limits: Limits {
                min: Some(money(1, "BRL")),
                // Ten digits before the point (API Pix, CobValor).
                max: Some(money(999_999_999_999, "BRL")),
                max_installments: 1,
                refund_window_days: Some(90),
                default_expiry_seconds: Some(86_400),
            },
            config_fields: vec![
                field(
                    "mode",
                    "Mode",
                    Choice,
                    &["api", "static"],
                    "api: a provider creates and confirms charges. static: codes without a provider, confirmed by hand.",
                ),
                field(
                    "chave",
                    "PIX key",
                    Text,
                    &[],
                    "CPF, CNPJ, telephone (+55…), mail address or random key of the receiving account.",
                ),
                field(
                    "host",
                    "API host",
                    HostName,
                    &[],
                    "Of the provider, for example pix.example.com.br.",
                ),
                field(
                    "path",
                    "API path",
                    Text,
                    &[],
                    "What precedes /cob, for example /api/pix/v2. Without it /v2.",
                ),
                field(
                    "token_url",
                    "Token address",
                    Text,
                    &[],
                    "Where the provider issues OAuth tokens.",
                ),
                field(
                    "token_style",
                    "Token request",
                    Choice,
                    &["basic", "form", "json"],
                    "How the provider wants client id and secret. Without it basic.",
                ),
                field(
                    "client_certificate",
                    "Client certificate",
                    Boolean,
                    &[],
                    "Whether the provider asks for one (mTLS). Without it true.",
                ),
                field(
                    "app_key_param",
                    "Application key parameter",
                    Text,
                    &[],
                    "Name of a query parameter that carries the secret app_key, for example gw-dev-app-key.",
                ),
                field(
                    "webhook_cert_sha256",
                    "Webhook certificates",
                    Text,
                    &[],
                    "SHA-256 of the certificates the provider calls with, in hex, separated by blanks.",
                ),
                field(
                    "merchant_name",
                    "Name in the code",
                    Text,
                    &[],
                    "At most 25 letters; static mode needs it.",
                ),
                field(
                    "merchant_city",
                    "City in the code",
                    Text,
                    &[],
                    "At most 15 letters; static mode needs it.",
                ),
                field(
                    "automatic_account",
                    "Account for Pix Automático",
                    Text,
                    &[],
                    "Number of the receiving account.",
                ),
                field(
                    "automatic_agency",
                    "Agency for Pix Automático",
                    Text,
                    &[],
                    "At most four digits.",
                ),
                field(
                    "automatic_account_type",
                    "Kind of that account",
                    Choice,
                    &["CORRENTE", "POUPANCA", "PAGAMENTO"],
                    "Without it CORRENTE.",
                ),
                field(
                    "expiry_seconds",
                    "Life of a charge in seconds",
                    Number,
                    &[],
                    "Where the charge itself does not say. Without it a day.",
                ),
            ],
            // An immediate charge needs to know of nobody; one with a due date and a mandate say
            // themselves what they lack.
            required_customer_fields: Vec::new(),
        }
    }

    fn validate_config(config: &[KeyValue]) -> Result<(), Vec<Violation>> {
        settings::validate(config)
    }

    fn health_check(ctx: &CallContext) -> Answer<()> {
        match Settings::of(ctx)?.mode {
            Mode::Static => Ok(()),
            Mode::Api(api) => api.look_around(ctx),
        }
    }

    fn create(ctx: &CallContext, request: &ChargeRequest) -> Answer<ChargeState> {
        let settings = Settings::of(ctx)?;
        match &settings.mode {
            Mode::Static => static_code::create(ctx, &settings, request),
            Mode::Api(api) => charge::create(ctx, &settings, api, request),
        }
    }

    fn cancel(ctx: &CallContext, refs: &[PspRef]) -> Answer<ChargeState> {
        let settings = Settings::of(ctx)?;
        match &settings.mode {
            Mode::Static => static_code::canceled(refs),
            Mode::Api(api) => charge::cancel(ctx, &settings, api, refs),
        }
    }

    fn sync(ctx: &CallContext, refs: &[PspRef]) -> Answer<ChargeState> {
        let settings = Settings::of(ctx)?;
        match &settings.mode {
            Mode::Static => unsupported("asking about a code without a provider"),
            Mode::Api(api) => charge::sync(ctx, &settings, api, refs),
        }
    }

    fn find_by_key(ctx: &CallContext, request: &ChargeRequest) -> Answer<Option<ChargeState>> {
        let settings = Settings::of(ctx)?;
        match &settings.mode {
            Mode::Static => static_code::create(ctx, &settings, request).map(Some),
            Mode::Api(api) => charge::find(ctx, &settings, api, request),
        }
    }

    fn handle_webhook(ctx: &CallContext, request: &InboundRequest) -> Answer<InboundResult> {
        webhook::handle(ctx, request)
    }

    fn register_webhook(ctx: &CallContext, url: &str) -> Answer<Vec<KeyValue>> {
        webhook::register(ctx, url)
    }

    fn refund(ctx: &CallContext, request: &RefundRequest) -> Answer<RefundState> {
        refund::refund(ctx, request)
    }

    fn sync_refund(ctx: &CallContext, refs: &[PspRef]) -> Answer<RefundState> {
        refund::sync(ctx, refs)
    }

    fn lead_time_days() -> (u32, u32) {
        mandate::LEAD_TIME_DAYS
    }

    fn setup_mandate(ctx: &CallContext, request: &MandateRequest) -> Answer<MandateState> {
        mandate::set_up(ctx, request)
    }

    fn sync_mandate(ctx: &CallContext, refs: &[PspRef]) -> Answer<MandateState> {
        mandate::sync(ctx, refs)
    }

    fn cancel_mandate(ctx: &CallContext, refs: &[PspRef], _reason: &str) -> Answer<MandateState> {
        mandate::cancel(ctx, refs)
    }

    fn charge_mandate(
        ctx: &CallContext,
        refs: &[PspRef],
        request: &ChargeRequest,
    ) -> Answer<ChargeState> {
        mandate::charge(ctx, refs, request)
    }
}
