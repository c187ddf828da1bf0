//! Days without a time: due dates and the days on which banks settle.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::time::{UtcTime, ZoneName};

/// A text or a sum is no day from 1970 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a day like 2026-12-31 is expected")]
pub struct CivilDateError;

/// A day of the calendar, from 1970-01-01 to 9999-12-31. Text (Display and serde) is `2026-12-31`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CivilDate(Date);

impl CivilDate {
    /// A day by year, month (1 to 12) and day of the month.
    ///
    /// # Errors
    /// [`CivilDateError`].
    pub fn new(year: i16, month: i8, day: i8) -> Result<Self, CivilDateError> {
        let date = Date::new(year, month, day).map_err(|_| CivilDateError)?;
        Self::checked(date)
    }

    /// The day it is at an instant in a time zone.
    #[must_use]
    pub fn of(instant: UtcTime, zone: &ZoneName) -> Self {
        // The text comes from the same calendar, and every `UtcTime` lies in the range.
        instant
            .date_in(zone)
            .parse()
            .unwrap_or(Self(Date::constant(1970, 1, 1)))
    }

    fn checked(date: Date) -> Result<Self, CivilDateError> {
        if date.year() < 1970 {
            return Err(CivilDateError);
        }
        Ok(Self(date))
    }

    /// The day `days` later, or earlier when negative.
    ///
    /// # Errors
    /// [`CivilDateError`] outside the range.
    pub fn plus_days(self, days: i32) -> Result<Self, CivilDateError> {
        let date = self
            .0
            .checked_add(days.days())
            .map_err(|_| CivilDateError)?;
        Self::checked(date)
    }

    /// Days from here to `later`; negative when it is earlier.
    #[must_use]
    pub fn days_until(self, later: Self) -> i32 {
        // A difference of dates without a largest unit is a count of days.
        self.0.until(later.0).map_or(0, |span| span.get_days())
    }

    /// Year, month and day of the month.
    #[must_use]
    pub fn parts(self) -> (i16, i8, i8) {
        (self.0.year(), self.0.month(), self.0.day())
    }

    /// Whether it is a Saturday or a Sunday.
    #[must_use]
    pub fn is_weekend(self) -> bool {
        use jiff::civil::Weekday::{Saturday, Sunday};
        matches!(self.0.weekday(), Saturday | Sunday)
    }
}

impl fmt::Display for CivilDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.parts();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Debug for CivilDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for CivilDate {
    type Err = CivilDateError;

    fn from_str(text: &str) -> Result<Self, CivilDateError> {
        let shaped = text.len() == 10
            && text.bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !shaped {
            return Err(CivilDateError);
        }
        let date: Date = text.parse().map_err(|_| CivilDateError)?;
        Self::checked(date)
    }
}

impl Serialize for CivilDate {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CivilDate {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::text::deserialize_text(deserializer)
    }
}
