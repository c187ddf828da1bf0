//! The settings of a Stripe account.

use alvara_plugin_sdk::{
    Answer, CallContext, Config, KeyValue, Violation,
    checks::{self, Checks},
};

use crate::api::Api;

/// Who keeps the calendar of recurring charges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recurring {
    /// We do, and charge what the customer left at Stripe.
    House,
    /// Stripe does.
    Subscription,
}

/// What a call needs of the settings.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) api: Api,
    pub(crate) methods: Vec<String>,
    pub(crate) recurring: Recurring,
}

impl Settings {
    pub(crate) fn of(ctx: &CallContext) -> Answer<Self> {
        let config = Config::of(&ctx.config);
        let methods = config.get("methods").unwrap_or_default();
        Ok(Self {
            api: Api::of(config.get("host")),
            methods: methods.split_whitespace().map(str::to_owned).collect(),
            recurring: match config.get("recurring") {
                Some("subscription") => Recurring::Subscription,
                _ => Recurring::House,
            },
        })
    }
}

pub(crate) fn validate(config: &[KeyValue]) -> Result<(), Vec<Violation>> {
    let mut checks = Checks::of(Config::of(config));
    checks.may(
        "methods",
        |names| {
            names.split_whitespace().all(|name| {
                name.bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
            })
        },
        "must be Stripe's names, such as card, separated by blanks",
    );
    checks.may(
        "recurring",
        |who| matches!(who, "house" | "subscription"),
        "must be house or subscription",
    );
    checks.may("host", checks::is_host, "is no host name");
    checks.done()
}
