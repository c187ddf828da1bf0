//! A plugin that reads a file by the standard library. It compiles like any other, and its
//! component imports `wasi:filesystem`, which no host of payment plugins has: it is refused when it
//! is installed. Deliberately absent: anything useful.
// Elsewhere it is nothing: the names of a component's exports are none that a native linker takes.
#![cfg(target_family = "wasm")]

mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "payment-plugin",
    });
}

use bindings::alvara::payment::types::{
    CallContext, Capabilities, ChargeRequest, ChargeState, ErrorKind, Features, Finality,
    InboundRequest, InboundResult, KeyValue, Limits, PluginError, PspRef, Violation,
};
use bindings::exports::alvara::payment::{charges, webhooks};

struct Overreach;

#[expect(unsafe_code, reason = "the generated exports of a component")]
mod exported {
    super::bindings::export!(Overreach with_types_in super::bindings);
    use super::Overreach;
}

fn nothing_here<T>() -> Result<T, PluginError> {
    Err(PluginError {
        kind: ErrorKind::Unsupported,
        message: "nothing here".to_owned(),
        psp_code: None,
        http_status: None,
        retry_after_ms: None,
        violations: Vec::new(),
    })
}

impl charges::Guest for Overreach {
    fn describe() -> Capabilities {
        Capabilities {
            plugin_id: "overreach".to_owned(),
            version: "1.0.0".to_owned(),
            // What it is after.
            display_name: std::fs::read_to_string("/etc/passwd").unwrap_or_default(),
            methods: vec!["pix".to_owned()],
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

    fn validate_config(_: Vec<KeyValue>) -> Result<(), Vec<Violation>> {
        Ok(())
    }

    fn health_check(_: CallContext) -> Result<(), PluginError> {
        nothing_here()
    }

    fn create(_: CallContext, _: ChargeRequest) -> Result<ChargeState, PluginError> {
        nothing_here()
    }

    fn complete(
        _: CallContext,
        _: Vec<PspRef>,
        _: Vec<KeyValue>,
    ) -> Result<ChargeState, PluginError> {
        nothing_here()
    }

    fn cancel(_: CallContext, _: Vec<PspRef>) -> Result<ChargeState, PluginError> {
        nothing_here()
    }

    fn sync(_: CallContext, _: Vec<PspRef>) -> Result<ChargeState, PluginError> {
        nothing_here()
    }

    fn find_by_key(_: CallContext, _: ChargeRequest) -> Result<Option<ChargeState>, PluginError> {
        nothing_here()
    }
}

impl webhooks::Guest for Overreach {
    fn handle(_: CallContext, _: InboundRequest) -> Result<InboundResult, PluginError> {
        nothing_here()
    }

    fn register(_: CallContext, _: String) -> Result<Vec<KeyValue>, PluginError> {
        nothing_here()
    }
}
