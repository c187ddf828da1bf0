//! From what serde says to the field at fault.

use alvara_render::Args;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;
use serde_path_to_error::{Path, Segment};

use super::text;
use crate::problem::{Fault, Kind, Problem};

/// Reads a JSON object strictly: UTF-8, one value, known fields of the right types; or says which
/// field is not.
pub(crate) fn json_from<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let text = std::str::from_utf8(body).map_err(|_| Problem::new(Kind::InvalidUtf8))?;
    refuse_nul(text)?;
    // serde would also read a struct out of an array; our documents are objects.
    if text.trim_start().starts_with('[') {
        return Err(Problem::field(Fault::message(
            "",
            "wrong_type",
            "field-wrong-type",
        )));
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let inner = error.inner();
        match inner.classify() {
            Category::Data => Problem::field(fault(error.path(), &inner.to_string(), "")),
            Category::Syntax | Category::Eof | Category::Io => malformed(inner),
        }
    })?;
    reader.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

fn malformed(error: &serde_json::Error) -> Problem {
    let place = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    Problem::new(Kind::MalformedJson).with_args(
        Args::new()
            .number("line", place(error.line()))
            .number("column", place(error.column())),
    )
}

/// One fault out of serde's message. Its wordings are stable enough to be read (they are those of
/// `serde::de::Error`), and whatever is not recognised is still a fault with that message.
pub(super) fn fault(path: &Path, message: &str, prefix: &str) -> Fault {
    let mut pointer = pointer(path, prefix);
    let message = message.split(" at line ").next().unwrap_or(message);
    let below = |pointer: &mut String, name: &str| {
        let end = format!("/{}", token(name));
        if !pointer.ends_with(&end) {
            pointer.push_str(&end);
        }
    };
    if let Some(name) = quoted(message, "missing field `") {
        below(&mut pointer, name);
        return Fault::message(pointer, "required", "field-required");
    }
    if let Some(name) = quoted(message, "unknown field `") {
        below(&mut pointer, name);
        return Fault::message(pointer, "unknown_field", "field-unknown");
    }
    if message.starts_with("invalid type") {
        return Fault::message(pointer, "wrong_type", "field-wrong-type");
    }
    if let Some(found) = text::fault(&pointer, message) {
        return found;
    }
    Fault::text(pointer, "malformed", sentence(message))
}

fn quoted<'a>(message: &'a str, start: &str) -> Option<&'a str> {
    message.strip_prefix(start)?.split('`').next()
}

/// A message as a sentence of bounded length: it may repeat what was sent.
fn sentence(message: &str) -> String {
    let mut text: String = message.chars().take(200).collect();
    if !text.ends_with('.') {
        text.push('.');
    }
    text
}

/// RFC 6901.
fn pointer(path: &Path, prefix: &str) -> String {
    let mut pointer = prefix.to_owned();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => pointer.push_str(&format!("/{}", token(key))),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

fn token(name: &str) -> String {
    let short: String = name.chars().take(100).collect();
    short.replace('~', "~0").replace('/', "~1")
}

/// PostgreSQL cannot store U+0000 in text, and no text of ours has a use for it. The walk happens
/// only when the escape occurs in the body at all.
fn refuse_nul(text: &str) -> Result<(), Problem> {
    if !text.contains("\\u0000") {
        return Ok(());
    }
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        return Ok(());
    };
    match find_nul(&value, String::new()) {
        Some(pointer) => Err(Problem::field(Fault::message(
            pointer,
            "malformed",
            "field-invalid",
        ))),
        None => Ok(()),
    }
}

fn find_nul(value: &Value, at: String) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then_some(at),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| find_nul(item, format!("{at}/{index}"))),
        Value::Object(members) => members.iter().find_map(|(name, member)| {
            if name.contains('\0') {
                return Some(at.clone());
            }
            find_nul(member, format!("{at}/{}", token(name)))
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use alvara_render::Words;
    use serde::Deserialize;

    use super::*;
    use crate::body::Text;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[expect(dead_code, reason = "only its reading matters")]
        name: Text<1, 5>,
        #[serde(default)]
        #[expect(dead_code, reason = "only its reading matters")]
        parts: Vec<Part>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Part {
        #[expect(dead_code, reason = "only its reading matters")]
        count: u32,
    }

    fn refused(body: &[u8]) -> Value {
        let words = Words::new().unwrap();
        let problem = json_from::<Sample>(body).unwrap_err();
        Value::Object(problem.document(&words, words.last_resort(), "req_A"))
    }

    fn field(body: &str) -> (String, String) {
        let document = refused(body.as_bytes());
        assert_eq!(document["code"], "INVALID_FIELDS", "{document}");
        let error = &document["errors"][0];
        let text = |name: &str| error[name].as_str().unwrap().to_owned();
        (text("pointer"), text("code"))
    }

    fn pair(pointer: &str, code: &str) -> (String, String) {
        (pointer.to_owned(), code.to_owned())
    }

    // R-API-01: unknown, missing, mistyped and over-long fields are told by pointer.
    #[test]
    fn every_fault_has_its_pointer() {
        assert_eq!(field("{}"), pair("/name", "required"));
        assert_eq!(
            field(r#"{"name":"a","x/y":1}"#),
            pair("/x~1y", "unknown_field")
        );
        assert_eq!(field(r#"{"name":7}"#), pair("/name", "wrong_type"));
        assert_eq!(field(r#"{"name":""}"#), pair("/name", "too_short"));
        assert_eq!(field(r#"{"name":"abcdef"}"#), pair("/name", "too_long"));
        assert_eq!(field(r#"{"name":"a\u0007"}"#), pair("/name", "malformed"));
        assert_eq!(field(r#"{"name":"a\u0000"}"#), pair("/name", "malformed"));
        let parts = |inner: &str| {
            field(&format!(
                r#"{{"name":"a","parts":[{{"count":1}},{inner}]}}"#
            ))
        };
        assert_eq!(parts("{}"), pair("/parts/1/count", "required"));
        assert_eq!(
            parts(r#"{"count":-1}"#),
            pair("/parts/1/count", "malformed")
        );
        assert_eq!(
            parts(r#"{"count":1,"z":2}"#),
            pair("/parts/1/z", "unknown_field")
        );
        assert_eq!(field("[]"), pair("", "wrong_type"));
        assert_eq!(field("7"), pair("", "wrong_type"));
    }

    #[test]
    fn what_is_not_json_says_where_it_breaks() {
        let document = refused(b"{\"name\": \n oops}");
        assert_eq!(document["code"], "MALFORMED_JSON");
        assert_eq!(
            document["detail"],
            "The body is not JSON: it breaks at line 2, column 2."
        );
        assert_eq!(refused(b"")["code"], "MALFORMED_JSON");
        assert_eq!(refused(br#"{"name":"a"} x"#)["code"], "MALFORMED_JSON");
        assert_eq!(refused(b"{\"name\":\"\xff\"}")["code"], "INVALID_UTF8");
        let deep = format!("{{\"name\":\"a\",\"z\":{}", "[".repeat(50_000));
        assert_eq!(refused(deep.as_bytes())["code"], "INVALID_FIELDS");
    }
}
