//! JSON whose numbers stay text, because an amount must not pass through a float.
//!
//! Providers' answers are read leniently: what is not asked for is ignored, a missing field is a
//! [`Json::Null`], a number is taken where text is asked for and the other way round. What is asked
//! for and has no value that makes sense is the caller's to refuse.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::{Answer, Fault, money};

/// Deeper than any provider nests, shallow enough for the smallest stack.
const DEEPEST: usize = 32;

static NULL: Json = Json::Null;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Json {
    /// `null`, and whatever is not there.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as it is written.
    Number(String),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// Names and values.
    Object(BTreeMap<String, Json>),
}

/// Of two entries of one name the last counts, as with most readers.
struct RawObject<'a>(BTreeMap<String, &'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for RawObject<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = BTreeMap<String, &'de RawValue>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut entries = BTreeMap::new();
                while let Some((name, value)) = map.next_entry()? {
                    entries.insert(name, value);
                }
                Ok(entries)
            }
        }
        deserializer.deserialize_map(Entries).map(RawObject)
    }
}

impl Json {
    /// Reads a body.
    ///
    /// # Errors
    /// `malformed`, with the place but without the text, which may be anything.
    pub fn parse(bytes: &[u8]) -> Answer<Self> {
        let text =
            std::str::from_utf8(bytes).map_err(|_| Fault::malformed("the answer is no UTF-8"))?;
        let raw: &RawValue = serde_json::from_str(text).map_err(|error| {
            Fault::malformed(format!(
                "the answer is no JSON (line {}, column {})",
                error.line(),
                error.column()
            ))
        })?;
        Self::of_raw(raw, 0)
    }

    fn of_raw(raw: &RawValue, depth: usize) -> Answer<Self> {
        if depth > DEEPEST {
            return Err(Fault::malformed("the answer is nested too deep"));
        }
        let text = raw.get();
        // The whole was checked already; what may still fail is an escape that is half a letter.
        let refused = |_| Fault::malformed("the answer holds a text that is none");
        Ok(match text.as_bytes().first() {
            Some(b'{') => Self::Object(
                serde_json::from_str::<RawObject<'_>>(text)
                    .map_err(refused)?
                    .0
                    .into_iter()
                    .map(|(name, value)| Ok((name, Self::of_raw(value, depth + 1)?)))
                    .collect::<Answer<_>>()?,
            ),
            Some(b'[') => Self::List(
                serde_json::from_str::<Vec<&RawValue>>(text)
                    .map_err(refused)?
                    .into_iter()
                    .map(|value| Self::of_raw(value, depth + 1))
                    .collect::<Answer<_>>()?,
            ),
            Some(b'"') => Self::Text(serde_json::from_str(text).map_err(refused)?),
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'n') | None => Self::Null,
            Some(_) => Self::Number(text.to_owned()),
        })
    }

    /// An object of what is there: entries that are [`Json::Null`] are left out.
    #[must_use]
    pub fn object<const N: usize>(entries: [(&str, Json); N]) -> Self {
        Self::Object(
            entries
                .into_iter()
                .filter(|(_, value)| *value != Self::Null)
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    }

    /// A number that is an amount: `19.90`.
    #[must_use]
    pub fn amount(minor: i64, places: u32) -> Self {
        Self::Number(money::decimal(minor, places))
    }

    /// The value at a path such as `calendario.criacao` or `pix.0.valor`; null if there is none.
    #[must_use]
    pub fn at(&self, path: &str) -> &Self {
        path.split('.').fold(self, |value, name| {
            match value {
                Self::Object(entries) => entries.get(name),
                Self::List(values) => name.parse::<usize>().ok().and_then(|at| values.get(at)),
                _ => None,
            }
            .unwrap_or(&NULL)
        })
    }

    /// Adds an entry, unless it is null; on anything but an object it does nothing.
    pub fn set(&mut self, name: &str, value: impl Into<Self>) {
        let value = value.into();
        if let (Self::Object(entries), false) = (self, value == Self::Null) {
            entries.insert(name.to_owned(), value);
        }
    }

    /// Text that is not empty, or a number as it is written.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Number(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// As [`Json::text`], owned.
    #[must_use]
    pub fn string(&self) -> Option<String> {
        self.text().map(str::to_owned)
    }

    /// A whole number that is not negative.
    #[must_use]
    pub fn whole(&self) -> Option<u64> {
        self.text()?.parse().ok()
    }

    /// An amount in minor units, from `19.9`, `"19.90"`.
    #[must_use]
    pub fn minor(&self, places: u32) -> Option<i64> {
        money::from_decimal(self.text()?, places)
    }

    /// Whether it is `true`.
    #[must_use]
    pub fn is_true(&self) -> bool {
        *self == Self::Bool(true)
    }

    /// The values of a list; a single value is a list of one, null an empty one, because some
    /// providers send one where their documents promise several.
    #[must_use]
    pub fn list(&self) -> &[Self] {
        match self {
            Self::List(values) => values,
            Self::Null => &[],
            one => std::slice::from_ref(one),
        }
    }

    /// As bytes to send.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.to_string().into_bytes()
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
            f.write_str(&serde_json::to_string(text).map_err(|_| fmt::Error)?)
        }
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(text) => f.write_str(text),
            Self::Text(text) => quoted(f, text),
            Self::List(values) => {
                f.write_str("[")?;
                for (at, value) in values.iter().enumerate() {
                    let comma = if at > 0 { "," } else { "" };
                    write!(f, "{comma}{value}")?;
                }
                f.write_str("]")
            }
            Self::Object(entries) => {
                f.write_str("{")?;
                for (at, (name, value)) in entries.iter().enumerate() {
                    f.write_str(if at > 0 { "," } else { "" })?;
                    quoted(f, name)?;
                    write!(f, ":{value}")?;
                }
                f.write_str("}")
            }
        }
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<u64> for Json {
    fn from(value: u64) -> Self {
        Self::Number(value.to_string())
    }
}

impl From<u32> for Json {
    fn from(value: u32) -> Self {
        Self::Number(value.to_string())
    }
}

impl From<i64> for Json {
    fn from(value: i64) -> Self {
        Self::Number(value.to_string())
    }
}

impl From<Vec<Self>> for Json {
    fn from(values: Vec<Self>) -> Self {
        Self::List(values)
    }
}

impl<T: Into<Self>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
