//! Looking into the JSON of shops, which leave out what they do not know.

use serde_json::Value;

use super::{ShopLine, Unreadable};

/// The value at an RFC 6901 pointer as a text; empty when there is none.
pub(super) fn text(value: &Value, pointer: &str) -> String {
    match value.pointer(pointer) {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// The texts at several pointers that are there.
pub(super) fn texts(value: &Value, pointers: &[&str]) -> Vec<String> {
    let found = pointers.iter().map(|pointer| text(value, pointer));
    found.filter(|text| !text.is_empty()).collect()
}

/// The list at a pointer.
pub(super) fn list<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    let list = value.pointer(pointer).and_then(Value::as_array);
    list.into_iter().flatten()
}

/// A count, which some shops write as a text; one when it is not said.
pub(super) fn quantity(value: &Value, pointer: &str) -> Result<u32, Unreadable> {
    let said = text(value, pointer);
    if said.is_empty() {
        return Ok(1);
    }
    said.parse()
        .map_err(|_| Unreadable(format!("{pointer} is no count: {said:.40}")))
}

/// The JSON of a body.
pub(super) fn read(body: &[u8]) -> Result<Value, Unreadable> {
    let value: Value =
        serde_json::from_slice(body).map_err(|error| Unreadable(error.to_string()))?;
    if value.is_object() {
        Ok(value)
    } else {
        Err(Unreadable("it is no object".to_owned()))
    }
}

/// Items with their goods and counts.
pub(super) fn lines<'a>(
    items: impl Iterator<Item = &'a Value>,
    sku: &[&str],
    count: &str,
) -> Result<Vec<ShopLine>, Unreadable> {
    let read = |item: &'a Value| -> Result<ShopLine, Unreadable> {
        let named = texts(item, sku).into_iter().next().unwrap_or_default();
        Ok(ShopLine {
            sku: named,
            quantity: quantity(item, count)?,
        })
    };
    items.map(read).collect()
}

/// The id of an event, without which it cannot be told from others.
pub(super) fn id(value: &Value) -> Result<String, Unreadable> {
    let id = text(value, "/id");
    if id.is_empty() || id.chars().count() > 200 {
        return Err(Unreadable("it has no id".to_owned()));
    }
    Ok(id)
}
