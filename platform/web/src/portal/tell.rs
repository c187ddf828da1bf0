//! Values as their reader writes them.

use actix_web::web::Data;
use alvara_domain::civil_date::CivilDate;
use alvara_domain::money::Money;
use alvara_domain::time::{UtcTime, ZoneName};
use alvara_render::page::Cell;
use alvara_render::sheet::Value;
use alvara_render::{Args, Locale, Wording, Words, pdf};

/// The words, numbers and days of one reader.
pub(crate) struct Tell {
    words: Data<Words>,
    wording: Wording,
    locale: Locale,
    zone: ZoneName,
    now: UtcTime,
}

impl Tell {
    pub(super) fn new(words: Data<Words>, locale: Locale, zone: ZoneName, now: UtcTime) -> Self {
        Self {
            words,
            wording: Wording::default(),
            locale,
            zone,
            now,
        }
    }

    /// The same with messages that a brand words itself.
    pub(super) fn worded(mut self, wording: Wording) -> Self {
        self.wording = wording;
        self
    }

    /// The language.
    pub(crate) fn locale(&self) -> &Locale {
        &self.locale
    }

    /// All words.
    pub(crate) fn words(&self) -> &Words {
        &self.words
    }

    /// The present.
    pub(crate) fn now(&self) -> UtcTime {
        self.now
    }

    /// A message without places.
    pub(crate) fn word(&self, key: &str) -> String {
        self.say(key, Args::new())
    }

    /// A message.
    pub(crate) fn say(&self, key: &str, args: Args) -> String {
        self.words.text_in(&self.wording, &self.locale, key, &args)
    }

    /// The message `prefix-value`, for the values of an enumeration; the value itself where there
    /// is none.
    pub(crate) fn value(&self, prefix: &str, value: &impl std::fmt::Display) -> String {
        let key = format!("{prefix}-{value}");
        if self.words.has(&key) {
            self.word(&key)
        } else {
            value.to_string()
        }
    }

    /// Yes or no.
    pub(crate) fn yes(&self, is: bool) -> String {
        self.word(if is { "portal-yes" } else { "portal-no" })
    }

    /// An amount.
    pub(crate) fn money(&self, amount: Money) -> String {
        pdf::money(amount, self.locale.tag())
    }

    /// A number, its thousands grouped.
    pub(crate) fn number(&self, number: i64) -> String {
        let group = if self.locale.tag().starts_with("en") {
            ','
        } else {
            '.'
        };
        let digits = number.unsigned_abs().to_string();
        let mut text = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                text.push(group);
            }
            text.push(digit);
        }
        if number < 0 {
            text.insert(0, '-');
        }
        text
    }

    /// A day in the time zone of the tenant.
    pub(crate) fn day(&self, instant: UtcTime) -> String {
        self.words
            .date(&self.locale, CivilDate::of(instant, &self.zone))
    }

    /// A day of the calendar.
    pub(crate) fn date(&self, date: CivilDate) -> String {
        self.words.date(&self.locale, date)
    }

    /// Day and time of day in the time zone of the tenant.
    pub(crate) fn instant(&self, instant: UtcTime) -> String {
        format!("{} {}", self.day(instant), instant.clock_in(&self.zone))
    }

    /// Days from now; negative where it is past.
    pub(crate) fn days_until(&self, instant: UtcTime) -> i64 {
        let now = CivilDate::of(self.now, &self.zone);
        i64::from(now.days_until(CivilDate::of(instant, &self.zone)))
    }

    /// The place of a table for an amount.
    pub(crate) fn money_cell(&self, amount: Money) -> Cell {
        Cell::text(self.money(amount)).value(Value::Money(amount))
    }

    /// The place of a table for an instant.
    pub(crate) fn day_cell(&self, instant: UtcTime) -> Cell {
        let day = CivilDate::of(instant, &self.zone);
        Cell {
            instant: Some(instant.to_string()),
            ..Cell::text(self.date(day)).value(Value::Day(day))
        }
    }

    /// The same with the time of day.
    pub(crate) fn instant_cell(&self, instant: UtcTime) -> Cell {
        let day = CivilDate::of(instant, &self.zone);
        let minute = instant.minute_of_day_in(&self.zone);
        Cell {
            instant: Some(instant.to_string()),
            ..Cell::text(self.instant(instant)).value(Value::Time(day, minute))
        }
    }

    /// The same for what may not have been.
    pub(crate) fn maybe_instant(&self, instant: Option<UtcTime>) -> Cell {
        instant.map_or_else(|| Cell::text("—"), |instant| self.instant_cell(instant))
    }

    /// The same for a day.
    pub(crate) fn maybe_day(&self, instant: Option<UtcTime>) -> Cell {
        instant.map_or_else(|| Cell::text("—"), |instant| self.day_cell(instant))
    }
}
