//! What a lease says about the end of the license.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::terms::{ExpiryStrategy, GraceLadder, Terms};

/// What happens around the expiry, so that a program without contact goes down the same steps as the
/// platform would take it.
///
/// Text: the days of warning, of full use and of reading only, and what remains after them where
/// that is more than nothing: `15.7.5`, `0.0.0.maintain`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LadderClaim {
    /// The steps, in days.
    pub grace: GraceLadder,
    /// What remains after them.
    pub strategy: ExpiryStrategy,
}

/// A text is no ladder of a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("three numbers of days, and perhaps maintain or allow, joined by dots are expected")]
pub struct LadderClaimError;

impl LadderClaim {
    /// The claim for terms; `None` where the license ends at its expiry without warning, and a lease
    /// has nothing to say.
    #[must_use]
    pub fn of(terms: &Terms) -> Option<Self> {
        let says_nothing = terms.grace == GraceLadder::default()
            && terms.expiry_strategy == ExpiryStrategy::Restrict;
        (!says_nothing).then_some(Self {
            grace: terms.grace,
            strategy: terms.expiry_strategy,
        })
    }
}

impl fmt::Display for LadderClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let GraceLadder {
            warn_days,
            full_days,
            read_only_days,
        } = self.grace;
        write!(f, "{warn_days}.{full_days}.{read_only_days}")?;
        match self.strategy {
            ExpiryStrategy::Restrict => Ok(()),
            remains => write!(f, ".{remains}"),
        }
    }
}

impl FromStr for LadderClaim {
    type Err = LadderClaimError;

    fn from_str(text: &str) -> Result<Self, LadderClaimError> {
        let mut parts = text.split('.');
        let mut step = || parts.next().and_then(days).ok_or(LadderClaimError);
        let grace = GraceLadder {
            warn_days: step()?,
            full_days: step()?,
            read_only_days: step()?,
        };
        let strategy = match parts.next() {
            None => ExpiryStrategy::Restrict,
            Some("maintain") => ExpiryStrategy::Maintain,
            Some("allow") => ExpiryStrategy::Allow,
            Some(_) => return Err(LadderClaimError),
        };
        match parts.next() {
            None => Ok(Self { grace, strategy }),
            Some(_) => Err(LadderClaimError),
        }
    }
}

/// Digits without a needless zero in front: one ladder has one spelling.
fn days(text: &str) -> Option<u32> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !plain || (text.len() > 1 && text.starts_with('0')) {
        return None;
    }
    text.parse().ok()
}

impl Serialize for LadderClaim {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LadderClaim {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::text::deserialize_text(deserializer)
    }
}
