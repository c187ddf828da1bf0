//! Instants, periods and time zones. Nothing here reads a clock.

use std::fmt;
use std::str::FromStr;

use jiff::{Span, Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a text or number is not a time, period or zone.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TimeError {
    /// Before 1970 or after the year 9999.
    #[error("the time lies outside 1970 to 9999")]
    OutOfRange,
    /// Not RFC 3339 with an offset.
    #[error("a time like 2026-01-31T09:30:00Z is expected")]
    Time,
    /// Not an ISO 8601 duration of whole, non-negative units.
    #[error("a duration like P1Y, P30D or PT300S is expected")]
    Period,
    /// No such IANA time zone.
    #[error("no time zone is called {name:?}")]
    Zone {
        /// What was given, cut to 64 characters.
        name: String,
    },
}

/// An instant: microseconds since 1970-01-01T00:00:00Z, from 1970 to 9999-12-30.
///
/// Text (Display and serde) is RFC 3339 in UTC with milliseconds, cut rather than rounded, so the
/// text of an instant is never later than the instant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UtcTime(i64);

const MICROS: i64 = 1_000_000;

impl UtcTime {
    /// The first instant of 1970.
    pub const MIN: Self = Self(0);
    /// 9999-12-30T00:00:00Z: every instant up to here has a civil date in every time zone.
    pub const MAX: Self = Self(253_402_128_000 * MICROS);

    /// From microseconds since 1970.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`].
    pub fn from_micros(micros: i64) -> Result<Self, TimeError> {
        let time = Self(micros);
        if time < Self::MIN || time > Self::MAX {
            return Err(TimeError::OutOfRange);
        }
        Ok(time)
    }

    /// From whole seconds since 1970, as in JWT claims.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`].
    pub fn from_seconds(seconds: i64) -> Result<Self, TimeError> {
        seconds
            .checked_mul(MICROS)
            .ok_or(TimeError::OutOfRange)
            .and_then(Self::from_micros)
    }

    /// Microseconds since 1970.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole milliseconds since 1970, rounded down, as in a ULID.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0 / 1000
    }

    /// Whole seconds since 1970, rounded down, as in JWT claims.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0 / MICROS
    }

    /// `seconds` later (earlier if negative); `None` outside the range.
    #[must_use]
    pub fn checked_add_seconds(self, seconds: i64) -> Option<Self> {
        let micros = self.0.checked_add(seconds.checked_mul(MICROS)?)?;
        Self::from_micros(micros).ok()
    }

    /// `seconds` earlier; `None` outside the range.
    #[must_use]
    pub fn checked_sub_seconds(self, seconds: i64) -> Option<Self> {
        self.checked_add_seconds(seconds.checked_neg()?)
    }

    /// `seconds` later (earlier if negative), stopping at [`Self::MIN`] and [`Self::MAX`]. For
    /// windows and leases, where the end of time is as good as any later one.
    #[must_use]
    pub fn saturating_add_seconds(self, seconds: i64) -> Self {
        let micros = self.0.saturating_add(seconds.saturating_mul(MICROS));
        Self(micros.clamp(Self::MIN.0, Self::MAX.0))
    }

    /// Seconds from here to `later`, rounded down; negative when `later` is earlier.
    #[must_use]
    pub const fn seconds_until(self, later: Self) -> i64 {
        (later.0 - self.0).div_euclid(MICROS)
    }

    /// Days of 24 hours from here to `later`, rounded up, never negative: with a minute left
    /// there is one day left.
    #[must_use]
    pub const fn days_until(self, later: Self) -> i64 {
        const DAY: i64 = 86_400 * MICROS;
        let left = later.0 - self.0;
        if left <= 0 { 0 } else { (left - 1) / DAY + 1 }
    }

    fn timestamp(self) -> Timestamp {
        // In range by construction: MIN and MAX lie within jiff's own range.
        Timestamp::from_microsecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    fn from_timestamp(timestamp: Timestamp) -> Result<Self, TimeError> {
        Self::from_micros(timestamp.as_microsecond())
    }

    /// The calendar date `YYYY-MM-DD` of this instant in a time zone.
    #[must_use]
    pub fn date_in(self, zone: &ZoneName) -> String {
        self.timestamp()
            .to_zoned(zone.zone.clone())
            .date()
            .to_string()
    }

    /// The time of day `HH:MM` of this instant in a time zone.
    #[must_use]
    pub fn clock_in(self, zone: &ZoneName) -> String {
        let local = self.timestamp().to_zoned(zone.zone.clone());
        format!("{:02}:{:02}", local.hour(), local.minute())
    }

    /// Whole minutes since midnight, 0 to 1439, on the clock of a time zone.
    #[must_use]
    pub fn minute_of_day_in(self, zone: &ZoneName) -> u16 {
        let local = self.timestamp().to_zoned(zone.zone.clone());
        // An hour is 0 to 23, a minute 0 to 59.
        u16::from(local.hour().unsigned_abs()) * 60 + u16::from(local.minute().unsigned_abs())
    }
}

impl fmt::Display for UtcTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let civil = TimeZone::UTC.to_datetime(self.timestamp());
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
            civil.year(),
            civil.month(),
            civil.day(),
            civil.hour(),
            civil.minute(),
            civil.second(),
            civil.millisecond()
        )
    }
}

impl fmt::Debug for UtcTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Whether `text` has exactly the shape of RFC 3339 §5.6. Jiff alone would take more forms
/// (spaces, missing seconds, zone annotations), and what we take we must keep taking.
fn is_rfc3339(text: &str) -> bool {
    let bytes = text.as_bytes();
    let shape = |part: &[u8], pattern: &[u8]| {
        part.len() == pattern.len()
            && part.iter().zip(pattern).all(|(byte, like)| match like {
                b'0' => byte.is_ascii_digit(),
                other => byte == other,
            })
    };
    let Some((head, tail)) = bytes.split_at_checked(19) else {
        return false;
    };
    if !shape(head, b"0000-00-00T00:00:00") {
        return false;
    }
    let digits = match tail.strip_prefix(b".") {
        Some(fraction) => match fraction
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
        {
            count @ 1..=9 => count + 1,
            _ => return false,
        },
        None => 0,
    };
    let offset = &tail[digits..];
    offset == b"Z" || shape(offset, b"+00:00") || shape(offset, b"-00:00")
}

impl FromStr for UtcTime {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        if !is_rfc3339(text) {
            return Err(TimeError::Time);
        }
        let timestamp: Timestamp = text.parse().map_err(|_| TimeError::Time)?;
        Self::from_timestamp(timestamp)
    }
}

impl Serialize for UtcTime {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for UtcTime {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::text::deserialize_text(deserializer)
    }
}

/// A time zone by its IANA name, such as `America/Sao_Paulo`. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct ZoneName {
    zone: TimeZone,
    name: String,
}

impl ZoneName {
    /// Coordinated universal time.
    #[must_use]
    pub fn utc() -> Self {
        Self {
            zone: TimeZone::UTC,
            name: "UTC".to_owned(),
        }
    }

    /// The name as the IANA database spells it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.name
    }
}

impl FromStr for ZoneName {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let unknown = || TimeError::Zone {
            name: text.chars().take(64).collect(),
        };
        if text.is_empty() || text.len() > 64 {
            return Err(unknown());
        }
        let zone = TimeZone::get(text).map_err(|_| unknown())?;
        let name = zone.iana_name().ok_or_else(unknown)?.to_owned();
        Ok(Self { zone, name })
    }
}

impl fmt::Display for ZoneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

impl fmt::Debug for ZoneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Serialize for ZoneName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

impl<'de> Deserialize<'de> for ZoneName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::text::deserialize_text(deserializer)
    }
}

/// A length of calendar time, ISO 8601: `P1Y`, `P1M15D`, `PT300S`.
///
/// A month is a month, not 30 days; how long a period is depends on where it starts, which is why
/// it cannot be ordered, and why it is only ever added to an anchor.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Period {
    years: u32,
    months: u32,
    weeks: u32,
    days: u32,
    hours: u32,
    minutes: u32,
    seconds: u32,
}

/// Longest text of a period, as the database stores it.
const PERIOD_TEXT: usize = 40;

impl Period {
    /// A number of years, cut at 1000.
    #[must_use]
    pub fn years(count: u32) -> Self {
        Self {
            years: count.min(1000),
            ..Self::default()
        }
    }

    /// A number of months, cut at 12 000.
    #[must_use]
    pub fn months(count: u32) -> Self {
        Self {
            months: count.min(12_000),
            ..Self::default()
        }
    }

    /// A number of days, cut at 366 000.
    #[must_use]
    pub fn days(count: u32) -> Self {
        Self {
            days: count.min(366_000),
            ..Self::default()
        }
    }

    /// Whether it is no time at all. Such a period is readable but no license may last it.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }

    /// Whole months and whole days of it; `None` when it has hours, minutes or seconds.
    #[must_use]
    pub const fn months_and_days(&self) -> Option<(u32, u32)> {
        if self.hours != 0 || self.minutes != 0 || self.seconds != 0 {
            return None;
        }
        let months = self.years.saturating_mul(12).saturating_add(self.months);
        let days = self.weeks.saturating_mul(7).saturating_add(self.days);
        Some((months, days))
    }

    /// The instant `times` periods after `anchor`, counted in the calendar of `zone`.
    ///
    /// Always counts from the anchor, so month ends do not drift: from 31 January one month is
    /// 28 February and two months are 31 March. A local time that daylight saving skips moves
    /// later by the gap; one that happens twice is the first. Zero times is the anchor itself.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`] past the year 9999.
    pub fn add_to(
        &self,
        anchor: UtcTime,
        zone: &ZoneName,
        times: u32,
    ) -> Result<UtcTime, TimeError> {
        let times = i64::from(times);
        // Years to days are bounded so that their products fit; a count of hours may not.
        let months = (i64::from(self.years) * 12 + i64::from(self.months)) * times;
        let days = (i64::from(self.weeks) * 7 + i64::from(self.days)) * times;
        let seconds =
            (i64::from(self.hours) * 3600 + i64::from(self.minutes) * 60 + i64::from(self.seconds))
                .saturating_mul(times);
        let mut at = anchor.timestamp();
        if months != 0 || days != 0 {
            let span = Span::new()
                .try_months(months)
                .and_then(|span| span.try_days(days))
                .map_err(|_| TimeError::OutOfRange)?;
            let civil = zone
                .zone
                .to_datetime(at)
                .checked_add(span)
                .map_err(|_| TimeError::OutOfRange)?;
            at = zone
                .zone
                .to_timestamp(civil)
                .map_err(|_| TimeError::OutOfRange)?;
        }
        UtcTime::from_timestamp(at)?
            .checked_add_seconds(seconds)
            .ok_or(TimeError::OutOfRange)
    }
}

/// A stretch of time: from, and up to but not including.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its first instant.
    pub start: UtcTime,
    /// The first instant after it; `None`: it never ends.
    pub end: Option<UtcTime>,
}

impl Period {
    /// Which of the windows of this length that follow one another from `anchor` holds `now`. Like
    /// [`Self::add_to`] it always counts from the anchor, so windows do not drift. Before the
    /// anchor it is the first window; an empty period has none that ends.
    #[must_use]
    pub fn window(&self, anchor: UtcTime, zone: &ZoneName, now: UtcTime) -> Window {
        let start_of = |times: u32| self.add_to(anchor, zone, times).ok();
        let is_past = |times: u32| start_of(times).is_some_and(|start| start <= now);
        if self.is_zero() || !is_past(1) {
            let end = start_of(1).filter(|end| *end > anchor);
            return Window { start: anchor, end };
        }
        // `low` has begun and `high` has not; beyond the year 9999 nothing ever begins.
        let (mut low, mut high) = (1u32, 2u32);
        while is_past(high) && high < u32::MAX / 2 {
            (low, high) = (high, high * 2);
        }
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if is_past(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        Window {
            start: start_of(low).unwrap_or(anchor),
            end: start_of(high),
        }
    }
}

impl FromStr for Period {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let rest = text.strip_prefix('P').ok_or(TimeError::Period)?;
        if text.len() > PERIOD_TEXT {
            return Err(TimeError::Period);
        }
        let (date, time) = match rest.split_once('T') {
            Some((_, "")) => return Err(TimeError::Period),
            Some(parts) => parts,
            None => (rest, ""),
        };
        if date.is_empty() && time.is_empty() {
            return Err(TimeError::Period);
        }
        let [years, months, weeks, days] = units(
            date,
            [('Y', 1000), ('M', 12_000), ('W', 52_000), ('D', 366_000)],
        )?;
        let [hours, minutes, seconds] = units(
            time,
            [('H', 8_784_000), ('M', 99_999_999), ('S', 999_999_999)],
        )?;
        Ok(Self {
            years,
            months,
            weeks,
            days,
            hours,
            minutes,
            seconds,
        })
    }
}

/// Reads `12M3D` as counts of the given units, each at most once, in order, within its bound.
fn units<const N: usize>(mut text: &str, known: [(char, u32); N]) -> Result<[u32; N], TimeError> {
    let mut counts = [0; N];
    for (count, (unit, bound)) in counts.iter_mut().zip(known) {
        let Some((digits, rest)) = text.split_once(unit) else {
            continue;
        };
        // A digit string that is too long, signed or holds another unit fails here.
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(TimeError::Period);
        }
        *count = digits
            .parse()
            .ok()
            .filter(|value| *value <= bound)
            .ok_or(TimeError::Period)?;
        text = rest;
    }
    if text.is_empty() {
        Ok(counts)
    } else {
        Err(TimeError::Period)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
            return f.write_str("PT0S");
        }
        let part = |f: &mut fmt::Formatter<'_>, count: u32, unit: char| {
            if count == 0 {
                Ok(())
            } else {
                write!(f, "{count}{unit}")
            }
        };
        f.write_str("P")?;
        part(f, self.years, 'Y')?;
        part(f, self.months, 'M')?;
        part(f, self.weeks, 'W')?;
        part(f, self.days, 'D')?;
        if (self.hours, self.minutes, self.seconds) != (0, 0, 0) {
            f.write_str("T")?;
            part(f, self.hours, 'H')?;
            part(f, self.minutes, 'M')?;
            part(f, self.seconds, 'S')?;
        }
        Ok(())
    }
}

impl fmt::Debug for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Period {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::text::deserialize_text(deserializer)
    }
}
