//! Modules as QLM writes features: four sets of eight bits, `0:3;1:1`.
//!
//! Set and bit are the module's position: bit n of set s is position 8 × s + n, so the text holds
//! the first 32 modules of a product and no others.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// How many sets there are.
const SETS: u32 = 4;

/// Why a text is no set of features.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FeaturesError {
    /// Not `set:value`, separated by semicolons.
    #[error("sets like 0:3;1:1 are expected")]
    Malformed,
    /// A set above 3.
    #[error("the sets are 0 to 3")]
    Set,
    /// A value that is no eight bits, or none at all.
    #[error("the value of a set is 1 to 255")]
    Value,
    /// Sets twice or not in order.
    #[error("each set is named once, in order")]
    Order,
}

/// The first 32 modules as bits; bit n is position n.
///
/// Strict, so that one set of modules has one text: sets in order, each once, none that is empty,
/// no blanks, no needless zeros. No module at all is the empty text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Features(pub u32);

impl Features {
    /// Whether the module at a position is among them; positions beyond 31 never are.
    #[must_use]
    pub fn has(self, position: i64) -> bool {
        u32::try_from(position)
            .ok()
            .and_then(|position| 1u32.checked_shl(position))
            .is_some_and(|bit| self.0 & bit != 0)
    }

    /// The positions, lowest first.
    pub fn positions(self) -> impl Iterator<Item = i64> {
        (0..32).filter(move |position| self.has(*position))
    }
}

impl fmt::Display for Features {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for set in 0..SETS {
            let value = self.0 >> (8 * set) & 0xff;
            if value == 0 {
                continue;
            }
            if !first {
                f.write_str(";")?;
            }
            first = false;
            write!(f, "{set}:{value}")?;
        }
        Ok(())
    }
}

impl FromStr for Features {
    type Err = FeaturesError;

    fn from_str(text: &str) -> Result<Self, FeaturesError> {
        if text.is_empty() {
            return Ok(Self(0));
        }
        let mut bits = 0;
        let mut next = 0;
        for part in text.split(';') {
            let (set, value) = part.split_once(':').ok_or(FeaturesError::Malformed)?;
            let (set, value) = (number(set)?, number(value)?);
            if set >= SETS {
                return Err(FeaturesError::Set);
            }
            if !(1..=255).contains(&value) {
                return Err(FeaturesError::Value);
            }
            if set < next {
                return Err(FeaturesError::Order);
            }
            next = set + 1;
            bits |= value << (8 * set);
        }
        Ok(Self(bits))
    }
}

fn number(text: &str) -> Result<u32, FeaturesError> {
    let digits = (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || (text.len() > 1 && text.starts_with('0')) {
        return Err(FeaturesError::Malformed);
    }
    text.parse().map_err(|_| FeaturesError::Malformed)
}
