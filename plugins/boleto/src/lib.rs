//! Boletos of Banco do Brasil, Santander, Caixa, Bradesco and Itaú: registered by Banco do Brasil's
//! API, with the bank's own PIX code on the same title, or by CNAB files.
//!
//! Owns: barcode and line, the banks' numbers as data, the API's requests, remittance and return
//! files. Deliberately absent: drawing a slip, which the house does, and static PIX codes beside a
//! boleto, whose payment would not settle the title.

mod api;
pub mod bank;
pub mod digits;
mod remittance;
mod returned;
mod settings;
pub mod slip;
mod title;

use alvara_plugin_sdk::{
    Answer, CallContext, Capabilities, ChargeRequest, ChargeState, ChargeStatus, ConfigField,
    CustomerField, Entry, Features, FieldKind, File, Finality, KeyValue, Limits, PaymentEvent,
    PaymentPlugin, PspRef, Violation, export_plugin, money::money, unsupported,
};
use settings::{Mode, Settings};
use title::{Title, bare, reference};

/// The plugin.
#[derive(Debug)]
pub struct Boleto;

export_plugin!(Boleto: batch_files);

fn field(key: &str, label: &str, kind: FieldKind, choices: &[&str], help: &str) -> ConfigField {
    ConfigField {
        key: key.to_owned(),
        label: label.to_owned(),
        kind,
        required: matches!(key, "mode" | "bank" | "wallet"),
        choices: choices.iter().map(|choice| (*choice).to_owned()).collect(),
        help: help.to_owned(),
    }
}

/// A title that waits for a file: the slip can be shown, the bank does not know it yet.
fn waiting(settings: &Settings, request: &ChargeRequest) -> Answer<ChargeState> {
    let title = Title::of(settings, request)?;
    let refs = vec![reference("nosso-numero", &title.number)];
    let mut state = bare(ChargeStatus::Processing, refs, "remittance");
    state.action = Some(title.voucher(None));
    Ok(state)
}

impl PaymentPlugin for Boleto {
    fn describe() -> Capabilities {
        use FieldKind::{Choice, HostName, Text};
        Capabilities {
            plugin_id: "boleto".to_owned(),
            version: "1.0.0".to_owned(),
            display_name: "Boleto".to_owned(),
            methods: vec!["boleto".to_owned()],
            currencies: vec!["BRL".to_owned()],
            countries: vec!["BR".to_owned()],
            features: Features::LATE_SETTLEMENT,
            finality: Finality::Delayed,
            limits: Limits {
                min: Some(money(1, "BRL")),
                max: Some(money(slip::MOST_CENTS, "BRL")),
                max_installments: 1,
                refund_window_days: None,
                default_expiry_seconds: None,
            },
            config_fields: vec![
                field(
                    "mode",
                    "Mode",
                    Choice,
                    &["bb-api", "cnab"],
                    "bb-api: Banco do Brasil registers at once. cnab: by files that are carried there and back.",
                ),
                field(
                    "bank",
                    "Bank",
                    Choice,
                    &["001", "033", "104", "237", "341"],
                    "Three digits.",
                ),
                field(
                    "agreement",
                    "Agreement",
                    Text,
                    &[],
                    "Convênio (4, 6 or 7 digits at Banco do Brasil), código do beneficiário (Caixa) or PSK (Santander).",
                ),
                field(
                    "wallet",
                    "Carteira",
                    Text,
                    &[],
                    "As in the bank's contract, for example 17 or 109.",
                ),
                field(
                    "variation",
                    "Variation",
                    Text,
                    &[],
                    "Of Banco do Brasil's carteira.",
                ),
                field("agency", "Agency", Text, &[], "Without its digit."),
                field("agency_digit", "Agency's digit", Text, &[], ""),
                field("account", "Account", Text, &[], "Without its digit."),
                field("account_digit", "Account's digit", Text, &[], ""),
                field(
                    "company",
                    "Company",
                    Text,
                    &[],
                    "As the bank knows it; files need it.",
                ),
                field(
                    "company_tax_id",
                    "Company's CNPJ",
                    Text,
                    &[],
                    "Without punctuation; files need it.",
                ),
                field(
                    "host",
                    "API host",
                    HostName,
                    &[],
                    "Without it Banco do Brasil's own.",
                ),
                field(
                    "token_url",
                    "Token address",
                    Text,
                    &[],
                    "Where another host issues tokens.",
                ),
            ],
            required_customer_fields: vec![
                CustomerField::Name,
                CustomerField::TaxId,
                CustomerField::Address,
            ],
        }
    }

    fn validate_config(config: &[KeyValue]) -> Result<(), Vec<Violation>> {
        settings::validate(config)
    }

    fn health_check(ctx: &CallContext) -> Answer<()> {
        let settings = Settings::of(ctx)?;
        match settings.mode {
            Mode::Api => api::look_around(&settings),
            Mode::Files => settings.to.free(1).map(drop).map_err(settings::misfit),
        }
    }

    fn create(ctx: &CallContext, request: &ChargeRequest) -> Answer<ChargeState> {
        let settings = Settings::of(ctx)?;
        match settings.mode {
            Mode::Api => api::create(ctx, &settings, request),
            Mode::Files => {
                Title::of(&settings, request)?.still_to_come(ctx)?;
                remittance::fits(request)?;
                waiting(&settings, request)
            }
        }
    }

    /// Of a bank that speaks by files the cancellation goes into the next one.
    fn cancel(ctx: &CallContext, refs: &[PspRef]) -> Answer<ChargeState> {
        let settings = Settings::of(ctx)?;
        match settings.mode {
            Mode::Api => api::cancel(ctx, &settings, refs),
            Mode::Files => unsupported("canceling other than by a file"),
        }
    }

    fn sync(ctx: &CallContext, refs: &[PspRef]) -> Answer<ChargeState> {
        let settings = Settings::of(ctx)?;
        match settings.mode {
            Mode::Api => api::sync(ctx, &settings, refs),
            Mode::Files => unsupported("asking a bank that speaks by files"),
        }
    }

    fn find_by_key(ctx: &CallContext, request: &ChargeRequest) -> Answer<Option<ChargeState>> {
        let settings = Settings::of(ctx)?;
        match settings.mode {
            Mode::Api => api::find(ctx, &settings, request),
            // Nothing left the house: the slip is computed again.
            Mode::Files => waiting(&settings, request).map(Some),
        }
    }

    fn export_remittance(ctx: &CallContext, sequence: u64, entries: &[Entry]) -> Answer<File> {
        let settings = Settings::of(ctx)?;
        match settings.mode {
            // It knows its titles already: in a file they would be registered a second time.
            Mode::Api => unsupported("a file for a bank that registers by its API"),
            Mode::Files => remittance::export(ctx, &settings, sequence, entries),
        }
    }

    fn import_return(ctx: &CallContext, content: &[u8]) -> Answer<Vec<PaymentEvent>> {
        returned::import(ctx, &Settings::of(ctx)?, content)
    }
}
