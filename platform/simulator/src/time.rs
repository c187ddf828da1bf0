//! The simulator's clock: the machine's, moved by whoever tests.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Milliseconds since 1970.
pub(crate) type Millis = i64;

/// A clock that can be moved ahead.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    ahead: AtomicI64,
}

impl Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the simulator stands outside of the platform and has a clock of its own, as a bank has"
    )]
    pub(crate) fn now(&self) -> Millis {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX) + self.ahead.load(Ordering::SeqCst)
    }

    pub(crate) fn advance(&self, milliseconds: Millis) {
        self.ahead.fetch_add(milliseconds, Ordering::SeqCst);
    }
}

/// RFC 3339 with milliseconds, as the providers write it.
pub(crate) fn rfc3339(at: Millis) -> String {
    let timestamp = Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH);
    let civil = TimeZone::UTC.to_datetime(timestamp);
    format!(
        "{}T{:02}:{:02}:{:02}.{:03}Z",
        civil.date(),
        civil.hour(),
        civil.minute(),
        civil.second(),
        civil.millisecond()
    )
}

/// The day it is in São Paulo, where the banks of this simulator are.
pub(crate) fn day(at: Millis) -> Date {
    let timestamp = Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH);
    let zone = TimeZone::get("America/Sao_Paulo").unwrap_or(TimeZone::UTC);
    timestamp.to_zoned(zone).date()
}

/// `yyyyMMddHHmm` in UTC, as it stands in an end-to-end id.
pub(crate) fn minute(at: Millis) -> String {
    let timestamp = Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH);
    let civil = TimeZone::UTC.to_datetime(timestamp);
    format!(
        "{:04}{:02}{:02}{:02}{:02}",
        civil.year(),
        civil.month(),
        civil.day(),
        civil.hour(),
        civil.minute()
    )
}
