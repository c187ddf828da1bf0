//! Cards by Mercado Pago: a redirect to its checkout as the default, or its own fields on our page,
//! whose token is all that reaches us; instalments, 3-D Secure, captures, refunds, subscriptions.
//!
//! Owns: the payments API's requests and what its statuses mean, and the webhook's signature.
//! Deliberately absent: card numbers, which no type here can hold; and the provider's other methods,
//! which have plugins of their own.

mod api;
mod charge;
mod fields;
mod mandate;
mod refund;
mod settings;
mod state;
mod webhook;

use alvara_plugin_sdk::{
    Answer, CallContext, Capabilities, ChargeRequest, ChargeState, ConfigField, Features,
    FieldKind, Finality, InboundRequest, InboundResult, KeyValue, Limits, MandateRequest,
    MandateState, Money, PaymentPlugin, PspRef, RefundRequest, RefundState, Violation,
    export_plugin, money::money,
};

/// The plugin.
#[derive(Debug)]
pub struct Card;

export_plugin!(Card: captures, refunds, mandates);

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

impl PaymentPlugin for Card {
    fn describe() -> Capabilities {
        use FieldKind::{Choice, HostName, Number, Text};
        Capabilities {
            plugin_id: "card".to_owned(),
            version: "1.0.0".to_owned(),
            display_name: "Card (Mercado Pago)".to_owned(),
            methods: vec!["card".to_owned()],
            currencies: vec!["BRL".to_owned()],
            countries: vec!["BR".to_owned()],
            features: Features::INSTALLMENTS | Features::LATE_SETTLEMENT,
            finality: Finality::Reversible,
            limits: Limits {
                min: Some(money(50, "BRL")),
                max: None,
                max_installments: 12,
                refund_window_days: Some(180),
                default_expiry_seconds: None,
            },
            config_fields: vec![
                field(
                    "flow",
                    "Flow",
                    Choice,
                    &["redirect", "fields"],
                    "redirect: the customer pays on Mercado Pago's page. fields: in Mercado Pago's fields on ours.",
                ),
                field(
                    "public_key",
                    "Public key",
                    Text,
                    &[],
                    "For the fields; it is made for the customer's browser.",
                ),
                field(
                    "statement_descriptor",
                    "Name on the bill",
                    Text,
                    &[],
                    "At most 13 characters.",
                ),
                field(
                    "three_d_secure",
                    "3-D Secure",
                    Choice,
                    &["optional", "mandatory", "not_supported"],
                    "Without it optional.",
                ),
                field(
                    "max_installments",
                    "Most instalments",
                    Number,
                    &[],
                    "1 to 12. Without it 12.",
                ),
                field(
                    "host",
                    "API host",
                    HostName,
                    &[],
                    "Without it api.mercadopago.com.",
                ),
            ],
            // Whoever is sent to the provider says it there; Mercado Pago refuses a payment
            // by token that lacks it.
            required_customer_fields: Vec::new(),
        }
    }

    fn validate_config(config: &[KeyValue]) -> Result<(), Vec<Violation>> {
        settings::validate(config)
    }

    fn health_check(ctx: &CallContext) -> Answer<()> {
        settings::Settings::of(ctx)?.api.get("/users/me").map(drop)
    }

    fn create(ctx: &CallContext, request: &ChargeRequest) -> Answer<ChargeState> {
        charge::create(ctx, request)
    }

    fn complete(ctx: &CallContext, refs: &[PspRef], query: &[KeyValue]) -> Answer<ChargeState> {
        fields::complete(ctx, refs, query)
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
