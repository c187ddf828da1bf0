//! By what a machine is known, and how much of it may change.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::fault::{FaultCode, FieldFault};

/// Longest fingerprint or component value, in characters.
const VALUE_MAX: usize = 256;
/// Longest name of a component, in bytes.
const NAME_MAX: usize = 40;
/// Most components of one machine.
const COMPONENTS_MAX: usize = 32;

/// Why a fingerprint or a component was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FingerprintError {
    /// Nothing visible was given.
    #[error("a fingerprint may not be empty")]
    Empty,
    /// More than 256 characters.
    #[error("a fingerprint has at most 256 characters")]
    TooLong,
    /// Control or invisible characters, which nobody could compare by eye.
    #[error("a fingerprint may hold visible characters only")]
    Invisible,
    /// Names of components are `a-z`, `0-9`, `_`, `-` and `.`, at most 40.
    #[error("a component is named by up to 40 of a-z, 0-9, _, - and .")]
    Name,
    /// More than 32 components.
    #[error("a machine has at most 32 components")]
    TooMany,
}

fn check_value(text: &str) -> Result<&str, FingerprintError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(FingerprintError::Empty);
    }
    if text.chars().nth(VALUE_MAX).is_some() {
        return Err(FingerprintError::TooLong);
    }
    let invisible = |c: char| {
        c.is_control()
            || matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
    };
    if text.chars().any(invisible) {
        Err(FingerprintError::Invisible)
    } else {
        Ok(text)
    }
}

/// What a program says it runs on: 1 to 256 visible characters, compared exactly, blanks around it
/// dropped. Its inside is the program's own affair.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first 8 bytes of its SHA-256 as 11 characters: enough to tell machines apart in a
    /// computer key without printing what the machine is.
    #[must_use]
    pub fn digest(&self) -> String {
        digest::<8>(&self.0)
    }
}

/// The first `N` bytes of the SHA-256 of a text, base64url.
pub(crate) fn digest<const N: usize>(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    BASE64URL_NOPAD.encode(&hash[..N])
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        check_value(text).map(|text| Self(text.to_owned()))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::text::deserialize_text(deserializer)
    }
}

/// The parts of a machine by name: `{"board": "…", "disk": "…"}`. At most 32, each name once.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(
    try_from = "BTreeMap<String, String>",
    into = "BTreeMap<String, String>"
)]
pub struct Components(BTreeMap<String, String>);

impl Components {
    /// The value of one component.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Names and values, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether the machine named none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn is_name(name: &str) -> bool {
    (1..=NAME_MAX).contains(&name.len())
        && name.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-.".contains(&byte)
        })
}

impl TryFrom<BTreeMap<String, String>> for Components {
    type Error = FingerprintError;

    fn try_from(map: BTreeMap<String, String>) -> Result<Self, FingerprintError> {
        if map.len() > COMPONENTS_MAX {
            return Err(FingerprintError::TooMany);
        }
        map.into_iter()
            .map(|(name, value)| {
                if is_name(&name) {
                    Ok((name, check_value(&value)?.to_owned()))
                } else {
                    Err(FingerprintError::Name)
                }
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl Components {
    /// Whether two machines that call themselves by one name can hardly be one: of the components
    /// that both name, at least two and more than half differ.
    #[must_use]
    pub fn contradict(&self, other: &Self) -> bool {
        let both: Vec<bool> = self
            .iter()
            .filter_map(|(name, value)| other.get(name).map(|said| said != value))
            .collect();
        let differ = both.iter().filter(|differs| **differs).count();
        differ >= 2 && differ * 2 > both.len()
    }
}

impl From<Components> for BTreeMap<String, String> {
    fn from(components: Components) -> Self {
        components.0
    }
}

/// How much one component counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComponentWeight {
    /// Name of the component.
    pub name: String,
    /// 1 to 1000.
    pub weight: u32,
}

crate::text_enum! {
    /// What becomes of the record of a machine that changed within what is tolerated.
    #[derive(Default)]
    pub enum DriftRule {
        /// What it presents becomes the record: a machine may be renewed part by part.
        #[default]
        Absorb = "absorb",
        /// The record stays, so that a machine is always compared with the one first activated.
        Keep = "keep",
    }
}

/// How much of a machine may change before it is another one.
///
/// Empty by default: then only the fingerprint counts, and counts exactly.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FingerprintRule {
    /// The components that count.
    pub components: Vec<ComponentWeight>,
    /// The least sum of weights that must still agree.
    pub threshold: u32,
    /// What becomes of the record when something changed.
    pub drift: DriftRule,
}

/// How a machine that presents itself compares with the one that was activated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comparison {
    /// Nothing changed.
    Same,
    /// Something changed, but within what the policy tolerates.
    Drift {
        /// Names of the changed components; `fingerprint` where that itself changed.
        changed: Vec<String>,
    },
    /// Another machine, as far as the policy can tell.
    Mismatch {
        /// Names of the changed components; `fingerprint` where that itself changed.
        changed: Vec<String>,
        /// Sum of the weights that agree.
        matched: u32,
        /// The sum that was needed.
        threshold: u32,
    },
}

/// A machine's fingerprint and components, borrowed for comparing.
#[derive(Debug, Clone, Copy)]
pub struct Identity<'a> {
    /// The fingerprint.
    pub fingerprint: &'a Fingerprint,
    /// The components; may be empty.
    pub components: &'a Components,
}

impl FingerprintRule {
    /// Whether what was recorded of a machine is enough for weights to decide. Where the missing
    /// components alone would reach the threshold, any machine would pass; then only the
    /// fingerprint counts.
    pub(crate) fn decides_for(&self, recorded: &Components) -> bool {
        let missing = self
            .components
            .iter()
            .filter(|component| recorded.get(&component.name).is_none())
            .fold(0u32, |sum, component| sum.saturating_add(component.weight));
        missing < self.threshold
    }

    /// The sum of the weights that agree, among machines of which it decides: the greater, the
    /// more likely it is the same machine. Only components that both sides name count.
    #[must_use]
    pub fn agreement(&self, recorded: &Components, presented: &Components) -> u32 {
        let both = |name: &str| {
            recorded
                .get(name)
                .is_some_and(|was| presented.get(name) == Some(was))
        };
        self.components
            .iter()
            .filter(|component| both(&component.name))
            .fold(0, |sum, component| sum.saturating_add(component.weight))
    }

    /// Compares a machine with what was recorded of it.
    ///
    /// With components on both sides their weights decide, and a changed fingerprint alone is
    /// drift. A component that was never recorded cannot have changed and counts as agreeing; one
    /// that is no longer presented has changed. Without components, or with too few of those that count,
    /// the fingerprints must be equal.
    #[must_use]
    pub fn compare(&self, recorded: Identity<'_>, presented: Identity<'_>) -> Comparison {
        let mut changed = Vec::new();
        if recorded.fingerprint != presented.fingerprint {
            changed.push("fingerprint".to_owned());
        }
        let weighted = self.decides_for(recorded.components) && !presented.components.is_empty();
        if !weighted {
            return if changed.is_empty() {
                Comparison::Same
            } else {
                Comparison::Mismatch {
                    changed,
                    matched: 0,
                    threshold: self.threshold.max(1),
                }
            };
        }
        let mut matched = 0u32;
        for component in &self.components {
            let was = recorded.components.get(&component.name);
            if was.is_none() || was == presented.components.get(&component.name) {
                matched = matched.saturating_add(component.weight);
            } else {
                changed.push(component.name.clone());
            }
        }
        if matched < self.threshold {
            Comparison::Mismatch {
                changed,
                matched,
                threshold: self.threshold,
            }
        } else if changed.is_empty() {
            Comparison::Same
        } else {
            Comparison::Drift { changed }
        }
    }

    /// What is wrong with the rule; pointers start at the rule.
    #[must_use]
    pub fn check(&self) -> Vec<FieldFault> {
        let mut faults = Vec::new();
        if self.components.len() > COMPONENTS_MAX {
            faults.push(FieldFault::new(
                "/components",
                FaultCode::TooLong,
                "at most 32 components",
            ));
        }
        let mut total = 0u32;
        for (index, component) in self.components.iter().enumerate() {
            if !is_name(&component.name) {
                faults.push(FieldFault::new(
                    format!("/components/{index}/name"),
                    FaultCode::Malformed,
                    FingerprintError::Name.to_string(),
                ));
            }
            if self.components[..index]
                .iter()
                .any(|other| other.name == component.name)
            {
                faults.push(FieldFault::new(
                    format!("/components/{index}/name"),
                    FaultCode::Duplicate,
                    "each component counts once",
                ));
            }
            if !(1..=1000).contains(&component.weight) {
                faults.push(FieldFault::new(
                    format!("/components/{index}/weight"),
                    FaultCode::OutOfRange,
                    "a weight is 1 to 1000",
                ));
            }
            total = total.saturating_add(component.weight);
        }
        if self.threshold > total {
            faults.push(FieldFault::new(
                "/threshold",
                FaultCode::OutOfRange,
                "the threshold is more than all weights together, so no machine could pass",
            ));
        }
        if !self.components.is_empty() && self.threshold == 0 {
            faults.push(FieldFault::new(
                "/threshold",
                FaultCode::OutOfRange,
                "a threshold of 0 would let any machine pass",
            ));
        }
        faults
    }
}
