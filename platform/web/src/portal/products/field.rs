//! Fields that several forms share: amounts with their currency, lengths of time, whole numbers.

use alvara_domain::money::Currency;
use alvara_domain::time::Period;
use alvara_render::page::{Choice, FieldView};
use serde_json::{Map, Value};

use super::super::entry::Entry;
use super::super::tell::Tell;

/// The units of a length, as ISO 8601 writes them.
const UNITS: [char; 4] = ['D', 'W', 'M', 'Y'];

/// An amount as a field of a form holds it.
fn minor(amount: i64) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    let amount = amount.unsigned_abs();
    format!("{sign}{}.{:02}", amount / 100, amount % 100)
}

/// The currencies that an amount may be in: the common ones, and the one that it has.
pub(in crate::portal) fn currencies(now: Currency) -> Vec<Choice> {
    let mut all = vec![Currency::BRL, Currency::EUR, Currency::USD];
    if !all.contains(&now) {
        all.push(now);
    }
    all.iter()
        .map(|one| Choice::new(one.as_str(), one.as_str(), now.as_str()))
        .collect()
}

/// An amount and its currency.
pub(in crate::portal) fn money(
    name: &str,
    label: String,
    amount: Option<i64>,
    currency: Currency,
    tell: &Tell,
) -> [FieldView; 2] {
    let mut field = FieldView::text(format!("{name}.amount_minor:money"), label)
        .value(amount.map(minor).unwrap_or_default())
        .required();
    field.inputmode = Some("decimal");
    let currency = FieldView::select(
        format!("{name}.currency"),
        tell.word("products-currency"),
        currencies(currency),
    )
    .required();
    [field, currency]
}

/// A whole number.
pub(super) fn number(name: &str, label: String, now: Option<u32>) -> FieldView {
    let mut field =
        FieldView::text(name, label).value(now.map(|now| now.to_string()).unwrap_or_default());
    field.inputmode = Some("numeric");
    field
}

/// One of an enumeration, each with the message `prefix-value`.
pub(super) fn one_of<T: std::fmt::Display>(
    name: &str,
    label: String,
    all: &[T],
    now: &T,
    prefix: &str,
    tell: &Tell,
) -> FieldView {
    let now = now.to_string();
    let choices = all
        .iter()
        .map(|value| Choice::new(value.to_string(), tell.value(prefix, value), &now));
    FieldView::select(name, label, choices.collect()).required()
}

/// The name of the field that says in which unit a length is.
fn unit_of(name: &str) -> String {
    format!("_unit.{name}")
}

/// A length as a number and its unit. One that has several units stands as a unit of its own, which
/// an empty number keeps.
pub(super) fn length(
    name: &str,
    label: String,
    now: Option<Period>,
    tell: &Tell,
) -> [FieldView; 2] {
    let text = now.map(|now| now.to_string()).unwrap_or_default();
    let plain = text.strip_prefix('P').and_then(|rest| {
        let unit = rest
            .chars()
            .next_back()
            .filter(|unit| UNITS.contains(unit))?;
        let count: u32 = rest.strip_suffix(unit)?.parse().ok()?;
        Some((count, unit))
    });
    let unit = plain.map_or_else(
        || {
            if text.is_empty() {
                "Y".to_owned()
            } else {
                text.clone()
            }
        },
        |(_, unit)| unit.to_string(),
    );
    let mut choices: Vec<Choice> = UNITS
        .iter()
        .map(|one| Choice::new(one.to_string(), tell.value("length", one), &unit))
        .collect();
    if unit.len() > 1 {
        choices.push(Choice::new(unit.as_str(), unit.as_str(), &unit));
    }
    let mut field = number(name, label, plain.map(|(count, _)| count));
    if unit.len() > 1 {
        field.required = false;
    }
    let unit = FieldView::select(unit_of(name), tell.word("products-unit"), choices).required();
    [field, unit]
}

/// What was typed into the fields of a length, as ISO 8601; nothing when it was left empty.
pub(super) fn length_text(entry: &Entry, name: &str) -> Option<String> {
    let (count, unit) = (entry.text(name), entry.text(&unit_of(name)));
    match (count, unit) {
        ("", unit) if unit.starts_with('P') => Some(unit.to_owned()),
        ("", _) => None,
        (count, unit) => Some(format!("P{count}{unit}")),
    }
}

/// Puts the length of such fields into the part of a body that holds it.
pub(super) fn put_length(body: &mut Map<String, Value>, entry: &Entry, name: &str, key: &str) {
    let value = length_text(entry, name).map_or(Value::Null, Value::from);
    body.insert(key.to_owned(), value);
}
