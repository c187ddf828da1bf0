//! What a plugin says of itself.

use alvara_domain::payment::report::{
    Capability, ConfigField, ConfigFieldKind, CustomerField, Description, Finality,
};

use super::check::{Checked, currency, line, list, money, name, nonsense, optional, prose};
use super::types as wit;

fn config_field(field: wit::ConfigField) -> Checked<ConfigField> {
    let kind = match field.kind {
        wit::FieldKind::Text => ConfigFieldKind::Text,
        wit::FieldKind::Boolean => ConfigFieldKind::Boolean,
        wit::FieldKind::Number => ConfigFieldKind::Number,
        wit::FieldKind::Choice => ConfigFieldKind::Choice,
        wit::FieldKind::HostName => ConfigFieldKind::HostName,
    };
    if (kind == ConfigFieldKind::Choice) == field.choices.is_empty() {
        return nonsense(
            "config-fields.choices",
            "a choice has some, nothing else has",
        );
    }
    Ok(ConfigField {
        key: name("config-fields.key", field.key, 64)?,
        label: line("config-fields.label", field.label, 256)?,
        kind,
        required: field.required,
        choices: list("config-fields.choices", field.choices, |choice| {
            name("config-fields.choices", choice, 128)
        })?,
        help: prose("config-fields.help", field.help, 2048)?,
    })
}

fn country(code: String) -> Checked<String> {
    if code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase()) {
        Ok(code)
    } else {
        nonsense("countries", "no two capitals")
    }
}

/// `seen` are the interfaces that the host saw in the component.
pub(crate) fn description(said: wit::Capabilities, seen: Vec<Capability>) -> Checked<Description> {
    Ok(Description {
        plugin_id: name("plugin-id", said.plugin_id, 64)?,
        version: name("version", said.version, 64)?,
        display_name: name("display-name", said.display_name, 128)?,
        methods: list("methods", said.methods, |method| {
            name("methods", method, 32)
        })?,
        currencies: list("currencies", said.currencies, |code| {
            currency("currencies", &code)
        })?,
        countries: list("countries", said.countries, country)?,
        capabilities: seen,
        late_settlement: said.features.contains(wit::Features::LATE_SETTLEMENT),
        installments: said.features.contains(wit::Features::INSTALLMENTS),
        finality: match said.finality {
            wit::Finality::Immediate => Finality::Immediate,
            wit::Finality::Delayed => Finality::Delayed,
            wit::Finality::Reversible => Finality::Reversible,
        },
        min: optional(said.limits.min, |amount| money("limits.min", &amount))?,
        max: optional(said.limits.max, |amount| money("limits.max", &amount))?,
        max_installments: said.limits.max_installments,
        refund_window_days: said.limits.refund_window_days,
        default_expiry_seconds: said.limits.default_expiry_seconds,
        config_fields: list("config-fields", said.config_fields, config_field)?,
        required_customer_fields: list(
            "required-customer-fields",
            said.required_customer_fields,
            |field| {
                Ok(match field {
                    wit::CustomerField::Name => CustomerField::Name,
                    wit::CustomerField::Email => CustomerField::Email,
                    wit::CustomerField::Phone => CustomerField::Phone,
                    wit::CustomerField::TaxId => CustomerField::TaxId,
                    wit::CustomerField::Address => CustomerField::Address,
                })
            },
        )?,
    })
}
