//! Sold capabilities: as terms grant them, as a license has them, as a computer key lists them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use crate::terms::is_code;
use crate::time::{Period, TimeError, UtcTime, ZoneName};

/// The longest value of a module. Short, since every value makes the computer key longer.
pub const VALUE_MAX: usize = 32;

/// Whether a text may be the value of a module: 1 to 32 of `A-Z`, `a-z`, `0-9`, `.`, `_`, `:`, `/`,
/// `+` and `-`. Neither blank nor `=` nor `@`, which separate in a computer key.
#[must_use]
pub fn is_value(text: &str) -> bool {
    (1..=VALUE_MAX).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._:/+-".contains(&byte))
}

/// A module as terms grant it.
///
/// In JSON the bare code where that says it all, else an object with `code`, `value`, `duration`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleTerm {
    /// Code of the module.
    pub code: String,
    /// What the program is told with it, such as a number of cash desks.
    pub value: Option<String>,
    /// How long it lasts from the start of the term; `None`: as long as the license.
    pub duration: Option<Period>,
}

impl ModuleTerm {
    /// What a license gets of it. `start` is when the term starts; `None` while it waits for its
    /// first activation, which then sets the end.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`] when it would end past the year 9999.
    pub fn grant(&self, start: Option<UtcTime>, zone: &ZoneName) -> Result<ModuleGrant, TimeError> {
        let waiting = ModuleGrant {
            code: self.code.clone(),
            value: self.value.clone(),
            expires_at: None,
            duration: self.duration,
        };
        match start {
            Some(start) => waiting.started(start, zone),
            None => Ok(waiting),
        }
    }
}

impl From<&str> for ModuleTerm {
    fn from(code: &str) -> Self {
        Self::from(code.to_owned())
    }
}

impl From<String> for ModuleTerm {
    /// A module without a value that lasts as long as the license.
    fn from(code: String) -> Self {
        Self {
            code,
            value: None,
            duration: None,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Spelled {
    code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    duration: Option<Period>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Code(String),
    Spelled(Spelled),
}

impl Serialize for ModuleTerm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.value.is_none() && self.duration.is_none() {
            return serializer.serialize_str(&self.code);
        }
        Spelled {
            code: self.code.clone(),
            value: self.value.clone(),
            duration: self.duration,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ModuleTerm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Written::deserialize(deserializer)? {
            Written::Code(code) => Self::from(code),
            Written::Spelled(spelled) => Self {
                code: spelled.code,
                value: spelled.value,
                duration: spelled.duration,
            },
        })
    }
}

/// A module that a license unlocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModuleGrant {
    /// Code of the module.
    pub code: String,
    /// What the program is told with it, such as a number of cash desks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// When it ends before the license does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<UtcTime>,
    /// How long it will last once the first activation starts the term.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<Period>,
}

impl ModuleGrant {
    /// A module without a value that lasts as long as the license.
    #[must_use]
    pub fn plain(code: &str) -> Self {
        Self {
            code: code.to_owned(),
            value: None,
            expires_at: None,
            duration: None,
        }
    }

    /// Whether it is unlocked at `now`. At the very instant of its end it no longer is.
    #[must_use]
    pub fn is_live(&self, now: UtcTime) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    /// The same once the term starts at `start`: a length that waited becomes an end.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`] when it would end past the year 9999.
    pub fn started(mut self, start: UtcTime, zone: &ZoneName) -> Result<Self, TimeError> {
        if let Some(duration) = self.duration.take() {
            self.expires_at = Some(duration.add_to(start, zone, 1)?);
        }
        Ok(self)
    }
}

/// A module as a computer key lists it: `CODE`, `CODE=value`, `CODE@end` or `CODE=value@end`, the
/// end in seconds since 1970. Several are separated by blanks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleClaim {
    /// Code of the module.
    pub code: String,
    /// What the program is told with it.
    pub value: Option<String>,
    /// When it ends before the license does, in seconds since 1970.
    pub ends: Option<i64>,
}

impl ModuleClaim {
    /// Whether it is unlocked at `now`.
    #[must_use]
    pub fn is_live(&self, now: UtcTime) -> bool {
        self.ends.is_none_or(|end| now.seconds() < end)
    }
}

impl From<&ModuleGrant> for ModuleClaim {
    fn from(grant: &ModuleGrant) -> Self {
        Self {
            code: grant.code.clone(),
            value: grant.value.clone(),
            ends: grant.expires_at.map(UtcTime::seconds),
        }
    }
}

/// A text is no module of a computer key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("CODE, CODE=value, CODE@seconds or CODE=value@seconds is expected")]
pub struct ModuleClaimError;

impl fmt::Display for ModuleClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code)?;
        if let Some(value) = &self.value {
            write!(f, "={value}")?;
        }
        match self.ends {
            Some(end) => write!(f, "@{end}"),
            None => Ok(()),
        }
    }
}

impl FromStr for ModuleClaim {
    type Err = ModuleClaimError;

    fn from_str(text: &str) -> Result<Self, ModuleClaimError> {
        let (rest, ends) = match text.split_once('@') {
            Some((rest, end)) => (rest, Some(seconds(end)?)),
            None => (text, None),
        };
        let (code, value) = match rest.split_once('=') {
            Some((code, value)) if is_value(value) => (code, Some(value.to_owned())),
            Some(_) => return Err(ModuleClaimError),
            None => (rest, None),
        };
        if !is_code(code) {
            return Err(ModuleClaimError);
        }
        Ok(Self {
            code: code.to_owned(),
            value,
            ends,
        })
    }
}

/// Digits without a needless zero in front: one end has one spelling.
fn seconds(text: &str) -> Result<i64, ModuleClaimError> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    if !plain || (text.len() > 1 && text.starts_with('0')) {
        return Err(ModuleClaimError);
    }
    text.parse().map_err(|_| ModuleClaimError)
}
