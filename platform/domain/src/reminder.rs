//! When somebody is reminded that a license ends.
//!
//! A step belongs to a day, counted from the day on which the license ends where the seller is. Who
//! looks late finds the newest step alone: of what was missed nothing is made up for.

use crate::civil_date::{CivilDate, CivilDateError};
use crate::time::{Period, UtcTime, ZoneName};

crate::text_enum! {
    /// A reminder, by the days from the end of the license, in their order.
    pub enum ReminderStep {
        /// A month before.
        Before30 = "-30",
        /// Two weeks before.
        Before15 = "-15",
        /// A week before.
        Before7 = "-7",
        /// The day before.
        Before1 = "-1",
        /// On the day.
        OnDay = "0",
        /// Three days after.
        After3 = "+3",
        /// A week after.
        After7 = "+7",
        /// Two weeks after: the last.
        After15 = "+15",
    }
}

/// From which hour of the day, where the seller is, anybody is reminded.
pub const FROM_HOUR: u16 = 8;
/// For how many days the last step may still be told.
const LAST_DAYS: i32 = 7;
/// Terms of fewer days have no reminders.
const LEAST_DAYS: i64 = 7;

impl ReminderStep {
    /// The days from the end of the license, negative before it.
    #[must_use]
    pub const fn offset(self) -> i32 {
        match self {
            Self::Before30 => -30,
            Self::Before15 => -15,
            Self::Before7 => -7,
            Self::Before1 => -1,
            Self::OnDay => 0,
            Self::After3 => 3,
            Self::After7 => 7,
            Self::After15 => 15,
        }
    }

    /// The first day on which this step is the newest no more.
    fn until(self) -> i32 {
        let mut later = Self::ALL.iter().copied().filter(|other| *other > self);
        later.next().map_or(self.offset() + LAST_DAYS, Self::offset)
    }

    /// The newest step of a license that ends on a day; `None` before the first, and once all are past.
    #[must_use]
    pub fn newest(ends: CivilDate, today: CivilDate) -> Option<Self> {
        let since = ends.days_until(today);
        let mut all = Self::ALL.iter().copied();
        all.find(|step| (step.offset()..step.until()).contains(&since))
    }

    /// The first and the last day on which licenses end whose newest step this is.
    ///
    /// # Errors
    /// [`CivilDateError`] at the edges of the calendar.
    pub fn days(self, today: CivilDate) -> Result<(CivilDate, CivilDate), CivilDateError> {
        let first = today.plus_days(1 - self.until())?;
        Ok((first, today.plus_days(-self.offset())?))
    }

    /// Whether a term is long enough for this step: nobody is reminded of an end in the first half of
    /// what they paid for, nor of one that is only days away from the beginning.
    #[must_use]
    pub fn suits(self, period: Option<&Period>) -> bool {
        let Some(period) = period else {
            return true;
        };
        // A month counts as thirty days here; a period with hours is shorter than any that matters.
        let days = period
            .months_and_days()
            .map_or(0, |(months, days)| i64::from(months) * 30 + i64::from(days));
        days >= LEAST_DAYS && -2 * i64::from(self.offset()) <= days
    }
}

/// The day whose reminders are due: today, or yesterday while it is early.
///
/// # Errors
/// [`CivilDateError`] at the edges of the calendar.
pub fn day_of(now: UtcTime, zone: &ZoneName) -> Result<CivilDate, CivilDateError> {
    let today = CivilDate::of(now, zone);
    if now.minute_of_day_in(zone) < FROM_HOUR * 60 {
        today.plus_days(-1)
    } else {
        Ok(today)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> CivilDate {
        text.parse().unwrap()
    }

    // R-ALR-03: each day has one step at most, and the spans of the steps join without a gap.
    #[test]
    fn of_several_steps_the_newest_is_due() {
        let ends = day("2027-06-15");
        let newest = |today: &str| ReminderStep::newest(ends, day(today));
        let cases = [
            ("2027-05-15", None),
            ("2027-05-16", Some(ReminderStep::Before30)),
            ("2027-05-30", Some(ReminderStep::Before30)),
            ("2027-05-31", Some(ReminderStep::Before15)),
            ("2027-06-08", Some(ReminderStep::Before7)),
            ("2027-06-13", Some(ReminderStep::Before7)),
            ("2027-06-14", Some(ReminderStep::Before1)),
            ("2027-06-15", Some(ReminderStep::OnDay)),
            ("2027-06-17", Some(ReminderStep::OnDay)),
            ("2027-06-18", Some(ReminderStep::After3)),
            ("2027-06-22", Some(ReminderStep::After7)),
            ("2027-06-30", Some(ReminderStep::After15)),
            ("2027-07-06", Some(ReminderStep::After15)),
            ("2027-07-07", None),
        ];
        for (today, step) in cases {
            assert_eq!(newest(today), step, "{today}");
        }
    }

    // R-ALR-03
    #[test]
    fn a_step_finds_the_days_it_is_the_newest_of() {
        let today = day("2027-06-15");
        for step in ReminderStep::ALL {
            let (first, last) = step.days(today).unwrap();
            let newest = |ends: CivilDate| ReminderStep::newest(ends, today);
            assert_eq!(newest(first), Some(*step));
            assert_eq!(newest(last), Some(*step));
            assert_ne!(newest(first.plus_days(-1).unwrap()), Some(*step));
            assert_ne!(newest(last.plus_days(1).unwrap()), Some(*step));
        }
    }

    // R-ALR-03
    #[test]
    fn short_terms_are_reminded_of_less() {
        let suit = |period: &str| {
            let period: Period = period.parse().unwrap();
            let all = ReminderStep::ALL.iter();
            all.filter(|step| step.suits(Some(&period))).count()
        };
        assert_eq!(suit("P1Y"), 8);
        assert_eq!(suit("P2M"), 8);
        assert_eq!(suit("P1M"), 7);
        assert_eq!(suit("P15D"), 6);
        assert_eq!(suit("P7D"), 5);
        assert_eq!(suit("P6D"), 0);
        assert_eq!(suit("PT300S"), 0);
        assert!(ReminderStep::Before30.suits(None));
    }

    // R-ALR-03
    #[test]
    fn nobody_is_reminded_at_night() {
        let zone: ZoneName = "America/Sao_Paulo".parse().unwrap();
        let day = |at: &str| day_of(at.parse().unwrap(), &zone).unwrap().to_string();
        assert_eq!(day("2027-06-15T10:59:00Z"), "2027-06-14");
        assert_eq!(day("2027-06-15T11:00:00Z"), "2027-06-15");
        assert_eq!(day("2027-06-16T02:59:00Z"), "2027-06-15");
    }
}
