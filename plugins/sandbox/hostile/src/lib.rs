//! A payment plugin whose setting `do` says how it behaves: honestly, or in one of the ways in
//! which a plugin can go wrong or attack its host. The gateway's tests drive each in the real
//! engine. Deliberately absent: the file that it may not even ask for (that is `overreach`).
// Elsewhere it is nothing: the names of a component's exports are none that a native linker takes.
#![cfg(target_family = "wasm")]

mod attack;
mod honest;

mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package alvara:sandbox;
            world hostile {
                include alvara:payment/payment-plugin@1.0.0;
                export alvara:payment/refunds@1.0.0;
            }
        ",
        world: "alvara:sandbox/hostile",
        generate_all,
    });
}

#[expect(unsafe_code, reason = "the generated exports of a component")]
mod exported {
    use super::Hostile;
    super::bindings::export!(Hostile with_types_in super::bindings);
}

use bindings::alvara::payment::types::{
    CallContext, Capabilities, ChargeRequest, ChargeState, ConfigField, ErrorKind, Features,
    FieldKind, Finality, InboundRequest, InboundResult, KeyValue, Limits, PluginError, PspRef,
    RefundRequest, RefundState, Violation,
};
use bindings::exports::alvara::payment::{charges, refunds, webhooks};

struct Hostile;

/// A setting of the call, or nothing.
fn setting<'a>(config: &'a [KeyValue], key: &str) -> &'a str {
    config
        .iter()
        .find(|pair| pair.key == key)
        .map_or("", |pair| pair.value.as_str())
}

fn error(kind: ErrorKind, message: impl Into<String>) -> PluginError {
    PluginError {
        kind,
        message: message.into(),
        psp_code: None,
        http_status: None,
        retry_after_ms: None,
        violations: Vec::new(),
    }
}

fn unsupported<T>() -> Result<T, PluginError> {
    Err(error(ErrorKind::Unsupported, "not here"))
}

impl charges::Guest for Hostile {
    fn describe() -> Capabilities {
        Capabilities {
            plugin_id: "hostile".to_owned(),
            version: "1.0.0".to_owned(),
            display_name: "Hostile".to_owned(),
            methods: vec!["pix".to_owned()],
            currencies: vec!["BRL".to_owned()],
            countries: vec!["BR".to_owned()],
            features: Features::LATE_SETTLEMENT,
            finality: Finality::Immediate,
            limits: Limits {
                min: None,
                max: None,
                max_installments: 1,
                refund_window_days: Some(90),
                default_expiry_seconds: Some(3600),
            },
            config_fields: vec![ConfigField {
                key: "base".to_owned(),
                label: "Provider".to_owned(),
                kind: FieldKind::HostName,
                required: true,
                choices: Vec::new(),
                help: String::new(),
            }],
            required_customer_fields: Vec::new(),
        }
    }

    fn validate_config(config: Vec<KeyValue>) -> Result<(), Vec<Violation>> {
        if setting(&config, "base").is_empty() {
            return Err(vec![Violation {
                property: "base".to_owned(),
                reason: "required".to_owned(),
            }]);
        }
        Ok(())
    }

    fn health_check(ctx: CallContext) -> Result<(), PluginError> {
        if setting(&ctx.config, "do") == "keep" {
            return attack::keep();
        }
        honest::get(&ctx, "/health").map(drop)
    }

    fn create(ctx: CallContext, req: ChargeRequest) -> Result<ChargeState, PluginError> {
        attack::create(&ctx, &req)
    }

    fn complete(
        _: CallContext,
        _: Vec<PspRef>,
        _: Vec<KeyValue>,
    ) -> Result<ChargeState, PluginError> {
        unsupported()
    }

    fn cancel(_: CallContext, _: Vec<PspRef>) -> Result<ChargeState, PluginError> {
        unsupported()
    }

    fn sync(ctx: CallContext, _: Vec<PspRef>) -> Result<ChargeState, PluginError> {
        honest::get(&ctx, "/charges/1").map(honest::state)
    }

    fn find_by_key(
        ctx: CallContext,
        req: ChargeRequest,
    ) -> Result<Option<ChargeState>, PluginError> {
        let _ = req;
        match honest::get(&ctx, &format!("/charges/{}", ctx.idempotency_key)) {
            Ok(body) => Ok(Some(honest::state(body))),
            Err(error) if error.http_status == Some(404) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl webhooks::Guest for Hostile {
    fn handle(ctx: CallContext, req: InboundRequest) -> Result<InboundResult, PluginError> {
        if setting(&ctx.config, "do") == "spin" {
            attack::spin();
        }
        honest::handle(&req)
    }

    fn register(_: CallContext, _: String) -> Result<Vec<KeyValue>, PluginError> {
        unsupported()
    }
}

impl refunds::Guest for Hostile {
    fn refund(ctx: CallContext, req: RefundRequest) -> Result<RefundState, PluginError> {
        honest::refund(&ctx, req)
    }

    fn sync(_: CallContext, _: Vec<PspRef>) -> Result<RefundState, PluginError> {
        unsupported()
    }
}
