//! Where somebody lives, as fields of a form.

use alvara_domain::payment::ask::PostalAddress;
use alvara_render::page::FieldView;
use serde_json::Value;

use super::super::entry::Entry;
use super::super::tell::Tell;

/// What an address consists of, and what of it must be there.
const PARTS: [&str; 8] = [
    "line1",
    "number",
    "line2",
    "district",
    "city",
    "state",
    "postal_code",
    "country",
];

/// The fields, filled with what is known.
pub(in crate::portal) fn fields(tell: &Tell, known: Option<&PostalAddress>) -> Vec<FieldView> {
    PARTS
        .iter()
        .map(|part| {
            let label = tell.word(&format!("address-{}", part.replace('_', "-")));
            let value = known.map_or("", |address| part_of(address, part));
            let mut field = FieldView::text(format!("address.{part}"), label).value(value);
            field.autocomplete = match *part {
                "line1" => Some("address-line1"),
                "city" => Some("address-level2"),
                "state" => Some("address-level1"),
                "postal_code" => Some("postal-code"),
                "country" => Some("country"),
                _ => None,
            };
            if *part == "country" {
                field.hint = Some(tell.word("address-country-hint"));
            }
            field
        })
        .collect()
}

fn part_of<'a>(address: &'a PostalAddress, part: &str) -> &'a str {
    let or_empty = |part: &'a Option<String>| part.as_deref().unwrap_or_default();
    match part {
        "line1" => &address.line1,
        "number" => or_empty(&address.number),
        "line2" => or_empty(&address.line2),
        "district" => or_empty(&address.district),
        "city" => &address.city,
        "state" => &address.state,
        "postal_code" => &address.postal_code,
        _ => &address.country,
    }
}

/// An address without anything in it is taken away.
pub(in crate::portal) fn take(body: &mut Value, entry: &Entry) {
    let is_empty = PARTS
        .iter()
        .all(|part| entry.text(&format!("address.{part}")).is_empty());
    if let (true, Value::Object(body)) = (is_empty, body) {
        body.insert("address".to_owned(), Value::Null);
    }
}

/// The address in one line.
pub(in crate::portal) fn line(address: &PostalAddress) -> String {
    PARTS
        .iter()
        .map(|part| part_of(address, part))
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(", ")
}
