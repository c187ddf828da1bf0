//! A text with a length, so that no field can forget its bound.

use std::fmt;

use alvara_vault::Secret;
use serde::de::{Deserialize, Deserializer, Error};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::problem::Fault;

/// A text of `MIN` to `MAX` characters without control characters other than line feed and tab,
/// trimmed of surrounding white space.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Text<const MIN: usize, const MAX: usize>(String);

impl<const MIN: usize, const MAX: usize> Text<MIN, MAX> {
    /// Nothing said; for fields that may be left out.
    pub(crate) fn empty() -> Self {
        Self(String::new())
    }

    /// The text itself.
    pub(crate) fn into_string(self) -> String {
        self.0
    }

    /// The text, borrowed.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What was sent is not for logs.
impl<const MIN: usize, const MAX: usize> fmt::Debug for Text<MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.0.len())
    }
}

const TOO_SHORT: &str = "text too short: ";
const TOO_LONG: &str = "text too long: ";
const CONTROL: &str = "text with control characters";

impl<'de, const MIN: usize, const MAX: usize> Deserialize<'de> for Text<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let text = text.trim();
        let length = text.chars().count();
        if length < MIN {
            return Err(D::Error::custom(format_args!("{TOO_SHORT}{MIN}")));
        }
        if length > MAX {
            return Err(D::Error::custom(format_args!("{TOO_LONG}{MAX}")));
        }
        if text
            .chars()
            .any(|c| c.is_control() && c != '\n' && c != '\t')
        {
            return Err(D::Error::custom(CONTROL));
        }
        Ok(Self(text.to_owned()))
    }
}

/// A password or another secret that somebody sends: taken exactly as it is, at most 1 000
/// characters, never shown.
pub(crate) struct Hidden(Secret);

impl Hidden {
    /// The secret.
    pub(crate) fn secret(&self) -> &Secret {
        &self.0
    }

    /// The text itself.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Secret::new(String::deserialize(deserializer)?);
        if text.expose().chars().count() > 1000 {
            return Err(D::Error::custom(format_args!("{TOO_LONG}1000")));
        }
        Ok(Self(text))
    }
}

impl PartialSchema for Hidden {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .max_length(Some(1000))
            .into()
    }
}

impl ToSchema for Hidden {
    fn name() -> std::borrow::Cow<'static, str> {
        "Hidden".into()
    }
}

/// Reads a value of the domain that is written as text and has no serde form of its own.
pub(crate) fn from_text<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: std::str::FromStr<Err: fmt::Display>,
    D: Deserializer<'de>,
{
    String::deserialize(deserializer)?
        .parse()
        .map_err(D::Error::custom)
}

/// The same for a field that may be left out. Use with `#[serde(default)]`.
pub(crate) fn maybe_from_text<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: std::str::FromStr<Err: fmt::Display>,
    D: Deserializer<'de>,
{
    from_text(deserializer).map(Some)
}

/// For fields of a change: left out stays, null takes away. Use with `#[serde(default)]`.
pub(crate) fn nullable<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}

/// Reads one of the messages above back, since serde carries nothing but text.
pub(super) fn fault(pointer: &str, message: &str) -> Option<Fault> {
    let limit = |start: &str| message.strip_prefix(start)?.parse::<i64>().ok();
    if let Some(least) = limit(TOO_SHORT) {
        return Some(Fault::limit(pointer, "too_short", "field-too-short", least));
    }
    if let Some(most) = limit(TOO_LONG) {
        return Some(Fault::limit(pointer, "too_long", "field-too-long", most));
    }
    (message == CONTROL).then(|| Fault::message(pointer, "malformed", "field-invalid"))
}

impl<const MIN: usize, const MAX: usize> PartialSchema for Text<MIN, MAX> {
    fn schema() -> RefOr<Schema> {
        let object = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String));
        let object = if MIN > 0 {
            object.min_length(Some(MIN))
        } else {
            object
        };
        object.max_length(Some(MAX)).into()
    }
}

impl<const MIN: usize, const MAX: usize> ToSchema for Text<MIN, MAX> {
    fn name() -> std::borrow::Cow<'static, str> {
        format!("Text{MIN}To{MAX}").into()
    }
}
