//! The settings of a boleto account.

use alvara_plugin_sdk::{
    Answer, CallContext, Config, Environment, ErrorKind, Fault, KeyValue, Violation,
    checks::{self, Checks},
    text,
};

use crate::bank::{Beneficiary, Misfit};

/// How titles reach the bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Banco do Brasil's cobrança API.
    Api,
    /// Files that are carried there and back.
    Files,
}

/// What a call needs of the settings.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) mode: Mode,
    pub(crate) to: Beneficiary,
    pub(crate) agency_digit: String,
    pub(crate) account_digit: String,
    pub(crate) variation: String,
    pub(crate) company: String,
    pub(crate) company_tax_id: String,
    pub(crate) base: String,
    pub(crate) profile: &'static str,
}

/// Says that a beneficiary does not fit.
pub(crate) fn misfit(misfit: Misfit) -> alvara_plugin_sdk::PluginError {
    match misfit {
        Misfit::Layout => Fault::of(
            ErrorKind::InvalidConfig,
            "this bank has no layout for this agreement and carteira",
        ),
        Misfit::Part("bank-sequence") => {
            Fault::invalid("due.bank-sequence", "does not fit the bank's number")
        }
        Misfit::Part(part) => Fault::of(
            ErrorKind::InvalidConfig,
            format!("the setting {part} is missing or too long"),
        ),
    }
}

impl Settings {
    pub(crate) fn of(ctx: &CallContext) -> Answer<Self> {
        let config = Config::of(&ctx.config);
        let mode = match config.need("mode")? {
            "bb-api" => Mode::Api,
            _ => Mode::Files,
        };
        let or_empty = |key| config.get(key).unwrap_or_default().to_owned();
        let (host, profile) = match (config.get("host"), ctx.environment) {
            (Some(host), _) => (host, "bb_elsewhere"),
            (None, Environment::Production) => ("api.bb.com.br", "bb"),
            (None, Environment::Sandbox) => ("api.sandbox.bb.com.br", "bb"),
        };
        Ok(Self {
            mode,
            to: Beneficiary {
                bank: config.need("bank")?.to_owned(),
                agreement: or_empty("agreement"),
                agency: or_empty("agency"),
                account: or_empty("account"),
                wallet: config.need("wallet")?.to_owned(),
            },
            agency_digit: or_empty("agency_digit"),
            account_digit: or_empty("account_digit"),
            variation: or_empty("variation"),
            company: text::plain_within(&or_empty("company"), 30).to_uppercase(),
            company_tax_id: or_empty("company_tax_id"),
            base: format!("https://{host}/cobrancas/v2"),
            profile,
        })
    }
}

fn is_one_symbol(text: &str) -> bool {
    text.len() == 1 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

pub(crate) fn validate(config: &[KeyValue]) -> Result<(), Vec<Violation>> {
    let mut checks = Checks::of(Config::of(config));
    checks.need(
        "mode",
        |mode| matches!(mode, "bb-api" | "cnab"),
        "must be bb-api or cnab",
    );
    checks.need(
        "bank",
        |bank| matches!(bank, "001" | "033" | "104" | "237" | "341"),
        "must be one of 001, 033, 104, 237 and 341",
    );
    checks.need("wallet", checks::is_digits, "must be digits");
    for key in ["agreement", "agency", "account", "variation"] {
        checks.may(
            key,
            checks::is_digits,
            "must be digits, without the check digit",
        );
    }
    for key in ["agency_digit", "account_digit"] {
        checks.may(key, is_one_symbol, "is one digit or X");
    }
    checks.may(
        "company_tax_id",
        |id| text::is_cnpj(id) || text::is_cpf(id),
        "is no CPF or CNPJ",
    );
    checks.may("host", checks::is_host, "is no host name");
    let settings = checks.config();
    let get = |key| settings.get(key).unwrap_or_default().to_owned();
    let to = Beneficiary {
        bank: get("bank"),
        agreement: get("agreement"),
        agency: get("agency"),
        account: get("account"),
        wallet: get("wallet"),
    };
    let fits = to.free(1);
    let is_api = settings.get("mode") == Some("bb-api");
    let is_elsewhere = settings.get("host").is_some();
    let lacks = |key: &str| settings.get(key).is_none();
    let (lacks_company, lacks_token_url) = (
        lacks("company") || lacks("company_tax_id"),
        lacks("token_url"),
    );
    if let (Err(misfit), true) = (fits, to.bank.len() == 3 && !to.wallet.is_empty()) {
        match misfit {
            Misfit::Layout => checks.refuse(
                "wallet",
                "the bank has no layout for this agreement and carteira",
            ),
            Misfit::Part(part) => checks.refuse(part, "is missing or too long for the bank"),
        }
    }
    if is_api && (to.bank != "001" || to.agreement.len() != 7) {
        checks.refuse(
            "agreement",
            "the API is Banco do Brasil's, with an agreement of seven digits",
        );
    }
    if !is_api && lacks_company {
        checks.refuse("company", "files name the company and its CNPJ");
    }
    if is_elsewhere && lacks_token_url {
        checks.refuse("token_url", "is missing");
    }
    checks.done()
}
