//! The settings of a PIX account.

use alvara_plugin_sdk::{
    Answer, CallContext, Config, KeyValue, Violation,
    checks::{self, Checks},
    text,
};

use crate::api::Api;

/// How charges are made.
#[derive(Debug)]
pub(crate) enum Mode {
    /// By a provider.
    Api(Api),
    /// Without one.
    Static,
}

/// What a call needs of the settings.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) mode: Mode,
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) city: String,
    pub(crate) expiry_seconds: u64,
}

impl Settings {
    pub(crate) fn of(ctx: &CallContext) -> Answer<Self> {
        let config = Config::of(&ctx.config);
        let is_static = config.get("mode") == Some("static");
        Ok(Self {
            key: config.need("chave")?.to_owned(),
            name: text::plain_within(config.get("merchant_name").unwrap_or_default(), 25),
            city: text::plain_within(config.get("merchant_city").unwrap_or_default(), 15),
            expiry_seconds: match config.get("expiry_seconds") {
                Some(_) => config.need_number("expiry_seconds")?,
                None => 86_400,
            },
            mode: if is_static {
                Mode::Static
            } else {
                Mode::Api(Api::of(&config)?)
            },
        })
    }

    /// The provider, where one is needed.
    pub(crate) fn api(&self) -> Answer<&Api> {
        match &self.mode {
            Mode::Api(api) => Ok(api),
            Mode::Static => alvara_plugin_sdk::unsupported("this without a provider"),
        }
    }
}

/// Whether it can be a key of the DICT (manual operacional do DICT): CPF, CNPJ, telephone, mail
/// address or random key.
fn is_key(key: &str) -> bool {
    let is_phone = || {
        key.strip_prefix('+').is_some_and(|digits| {
            checks::is_digits(digits)
                && (2..=15).contains(&digits.len())
                && !digits.starts_with('0')
        })
    };
    let is_mail = || {
        key.len() <= 77
            && key
                .split_once('@')
                .is_some_and(|(name, domain)| !name.is_empty() && checks::is_host(domain))
            && !key
                .chars()
                .any(|letter| letter.is_whitespace() || letter.is_ascii_uppercase())
    };
    let is_random = || {
        let groups: Vec<_> = key.split('-').collect();
        groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
            && key
                .bytes()
                .all(|byte| byte == b'-' || byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    text::is_cpf(key) || text::is_cnpj(key) || is_phone() || is_mail() || is_random()
}

fn is_token_url(url: &str) -> bool {
    url.strip_prefix("https://").is_some_and(|rest| {
        let host = rest.split('/').next().unwrap_or_default();
        checks::is_host(host) && !rest.contains(['?', '#', ' '])
    })
}

fn is_parameter(name: &str) -> bool {
    name.len() <= 40
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn are_digests(list: &str) -> bool {
    list.split_whitespace()
        .all(|digest| digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

pub(crate) fn validate(config: &[KeyValue]) -> Result<(), Vec<Violation>> {
    let mut checks = Checks::of(Config::of(config));
    checks.may(
        "mode",
        |mode| matches!(mode, "api" | "static"),
        "must be api or static",
    );
    checks.need("chave", is_key, "is no PIX key");
    if checks.config().get("mode") == Some("static") {
        let some = |text: &str| !text::plain(text).is_empty();
        checks.need("merchant_name", some, "has no letter that a code can hold");
        checks.need("merchant_city", some, "has no letter that a code can hold");
    } else {
        checks.need("host", checks::is_host, "is no host name");
        checks.need("token_url", is_token_url, "must be an https address");
    }
    checks.may(
        "path",
        checks::is_path,
        "must begin with / and not end with it",
    );
    checks.may(
        "token_style",
        |style| matches!(style, "basic" | "form" | "json"),
        "must be basic, form or json",
    );
    checks.may(
        "client_certificate",
        checks::is_boolean,
        "must be true or false",
    );
    checks.may("app_key_param", is_parameter, "is no name of a parameter");
    checks.may(
        "webhook_cert_sha256",
        are_digests,
        "must be SHA-256 digests in hex",
    );
    checks.may(
        "automatic_account",
        |text| text.len() <= 20,
        "has at most 20 characters",
    );
    checks.may(
        "automatic_agency",
        |text| checks::is_digits(text) && text.len() <= 4,
        "has at most four digits",
    );
    checks.may(
        "automatic_account_type",
        |kind| matches!(kind, "CORRENTE" | "POUPANCA" | "PAGAMENTO"),
        "must be CORRENTE, POUPANCA or PAGAMENTO",
    );
    checks.may(
        "expiry_seconds",
        |text| text.parse::<u32>().is_ok_and(|seconds| seconds >= 60),
        "must be a number of at least 60",
    );
    checks.done()
}
