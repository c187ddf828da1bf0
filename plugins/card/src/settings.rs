//! The settings of a Mercado Pago account.

use alvara_plugin_sdk::{
    Answer, CallContext, Config, KeyValue, Violation,
    checks::{self, Checks},
    text,
};

use crate::api::Api;

/// What a call needs of the settings.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) api: Api,
    /// Set when the customer types the card into the provider's fields on our page.
    pub(crate) public_key: Option<String>,
    pub(crate) descriptor: Option<String>,
    pub(crate) three_d_secure: String,
    pub(crate) max_installments: u32,
}

impl Settings {
    pub(crate) fn of(ctx: &CallContext) -> Answer<Self> {
        let config = Config::of(&ctx.config);
        let own = |key: &str| config.get(key).map(str::to_owned);
        Ok(Self {
            api: Api::of(config.get("host")),
            public_key: match config.get("flow") {
                Some("fields") => Some(config.need("public_key")?.to_owned()),
                _ => None,
            },
            descriptor: own("statement_descriptor").map(|name| text::plain_within(&name, 13)),
            three_d_secure: own("three_d_secure").unwrap_or_else(|| "optional".to_owned()),
            max_installments: match config.get("max_installments") {
                Some(_) => config.need_number("max_installments")?.clamp(1, 12) as u32,
                None => 12,
            },
        })
    }
}

pub(crate) fn validate(config: &[KeyValue]) -> Result<(), Vec<Violation>> {
    let mut checks = Checks::of(Config::of(config));
    checks.may(
        "flow",
        |flow| matches!(flow, "redirect" | "fields"),
        "must be redirect or fields",
    );
    if checks.config().get("flow") == Some("fields") {
        checks.need("public_key", |key| key.len() >= 8, "is no public key");
    }
    // The secret one begins alike and must not be typed here, where it can be read.
    checks.may(
        "public_key",
        |key| {
            key.len() <= 60
                && key
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        },
        "is no public key; the access token belongs to the secrets",
    );
    checks.may(
        "statement_descriptor",
        |name| text::plain(name).len() <= 13,
        "has at most 13 characters",
    );
    checks.may(
        "three_d_secure",
        |mode| matches!(mode, "optional" | "mandatory" | "not_supported"),
        "must be optional, mandatory or not_supported",
    );
    checks.may(
        "max_installments",
        |most| {
            most.parse::<u32>()
                .is_ok_and(|most| (1..=12).contains(&most))
        },
        "must be 1 to 12",
    );
    checks.may("host", checks::is_host, "is no host name");
    checks.done()
}
