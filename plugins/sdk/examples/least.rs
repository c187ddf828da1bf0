//! The smallest plugin there can be: `charges` and `webhooks`, and nobody behind them.

use alvara_plugin_sdk::{
    Answer, CallContext, Capabilities, ChargeRequest, ChargeState, Features, Finality, KeyValue,
    Limits, PaymentPlugin, PspRef, Violation, export_plugin, unsupported,
};

/// The plugin.
#[derive(Debug)]
pub struct Least;

export_plugin!(Least);

impl PaymentPlugin for Least {
    fn describe() -> Capabilities {
        Capabilities {
            plugin_id: "least".to_owned(),
            version: "0.1.0".to_owned(),
            display_name: "Least".to_owned(),
            methods: vec!["none".to_owned()],
            currencies: vec!["BRL".to_owned()],
            countries: vec!["BR".to_owned()],
            features: Features::empty(),
            finality: Finality::Immediate,
            limits: Limits {
                min: None,
                max: None,
                max_installments: 1,
                refund_window_days: None,
                default_expiry_seconds: None,
            },
            config_fields: Vec::new(),
            required_customer_fields: Vec::new(),
        }
    }

    fn validate_config(_: &[KeyValue]) -> Result<(), Vec<Violation>> {
        Ok(())
    }

    fn health_check(_: &CallContext) -> Answer<()> {
        Ok(())
    }

    fn create(_: &CallContext, _: &ChargeRequest) -> Answer<ChargeState> {
        unsupported("a charge")
    }

    fn sync(_: &CallContext, _: &[PspRef]) -> Answer<ChargeState> {
        unsupported("a charge")
    }

    fn find_by_key(_: &CallContext, _: &ChargeRequest) -> Answer<Option<ChargeState>> {
        Ok(None)
    }
}
