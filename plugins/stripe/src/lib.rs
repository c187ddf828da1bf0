//! Stripe: its checkout, payment intents with stored methods, refunds, captures, and recurring
//! charges by the house's calendar or by Stripe's subscriptions.
//!
//! Owns: the requests' forms, what the objects' statuses mean, and the webhook's signature.
//! Deliberately absent: card numbers; making the webhook's endpoint, because Stripe answers with its
//! secret, which a plugin must not see.

mod api;
mod charge;
mod mandate;
mod refund;
mod settings;
mod state;
mod webhook;

use alvara_plugin_sdk::{
    Answer, CallContext, Capabilities, ChargeRequest, ChargeState, ConfigField, Features,
    FieldKind, Finality, InboundRequest, InboundResult, KeyValue, Limits, MandateRequest,
    MandateState, Money, PaymentPlugin, PspRef, RefundRequest, RefundState, Violation,
    export_plugin,
};

/// The plugin.
#[derive(Debug)]
pub struct Stripe;

export_plugin!(Stripe: captures, refunds, mandates);

/// What Stripe counts in minor units as ISO 4217 does, and we offer.
pub(crate) const CURRENCIES: &[&str] = &["BRL", "USD", "EUR", "GBP", "CHF"];

fn field(key: &str, label: &str, kind: FieldKind, choices: &[&str], help: &str) -> ConfigField {
    ConfigField {
        key: key.to_owned(),
        label: label.to_owned(),
        kind,
        required: false,
        choices: choices.iter().map(|choice| (*choice).to_owned()).collect(),
        help: help.to_owned(),
    }
}

impl PaymentPlugin for Stripe {
    fn describe() -> Capabilities {
        use FieldKind::{Choice, HostName, Text};
        Capabilities {
            plugin_id: "stripe".to_owned(),
            version: "1.0.0".to_owned(),
            display_name: "Stripe".to_owned(),
            methods: vec!["stripe".to_owned()],
            currencies: CURRENCIES.iter().map(|code| (*code).to_owned()).collect(),
            countries: Vec::new(),
            features: Features::LATE_SETTLEMENT,
            finality: Finality::Reversible,
            limits: Limits {
                min: None,
                max: None,
                max_installments: 1,
                refund_window_days: None,
                // A checkout lives for a day.
                default_expiry_seconds: Some(86_400),
            },
            config_fields: vec![
                field(
                    "methods",
                    "Methods",
                    Text,
                    &[],
                    "Stripe's names separated by blanks, for example card boleto pix. Without it those of the dashboard.",
                ),
                field(
                    "recurring",
                    "Recurring charges",
                    Choice,
                    &["house", "subscription"],
                    "house: by our calendar with what the customer left at Stripe. subscription: by Stripe's.",
                ),
                field(
                    "host",
                    "API host",
                    HostName,
                    &[],
                    "Without it api.stripe.com.",
                ),
            ],
            required_customer_fields: Vec::new(),
        }
    }

    fn validate_config(config: &[KeyValue]) -> Result<(), Vec<Violation>> {
        settings::validate(config)
    }

    fn health_check(ctx: &CallContext) -> Answer<()> {
        settings::Settings::of(ctx)?
            .api
            .get("/v1/balance")
            .map(drop)
    }

    fn create(ctx: &CallContext, request: &ChargeRequest) -> Answer<ChargeState> {
        charge::create(ctx, request)
    }

    fn cancel(ctx: &CallContext, refs: &[PspRef]) -> Answer<ChargeState> {
        charge::cancel(ctx, refs)
    }

    fn sync(ctx: &CallContext, refs: &[PspRef]) -> Answer<ChargeState> {
        charge::sync(ctx, refs)
    }

    fn find_by_key(ctx: &CallContext, request: &ChargeRequest) -> Answer<Option<ChargeState>> {
        charge::find(ctx, request)
    }

    fn handle_webhook(ctx: &CallContext, request: &InboundRequest) -> Answer<InboundResult> {
        webhook::handle(ctx, request)
    }

    fn capture(
        ctx: &CallContext,
        refs: &[PspRef],
        amount: &Money,
        last: bool,
    ) -> Answer<ChargeState> {
        charge::capture(ctx, refs, amount, last)
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
