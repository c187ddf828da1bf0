//! Days on which banks are closed besides week ends.

use alvara_domain::civil_date::CivilDate;

/// Whether banks are closed in a country on a day, week ends aside. No country but Brazil and Italy
/// is known here; elsewhere no day is a holiday.
pub(crate) fn is_bank_holiday(day: CivilDate, country: &str) -> bool {
    let (year, month, date) = day.parts();
    match country {
        "BR" => brazilian(day, year, month, date),
        "IT" => italian(day, year, month, date),
        _ => false,
    }
}

/// National holidays (laws 662/1949, 6.802/1980 and 14.759/2023, which added the 20th of November)
/// and the days on which the Central Bank's rules close the banks (Carnival's Monday and Tuesday,
/// Good Friday and Corpus Christi; resolution CMN 4.880).
fn brazilian(day: CivilDate, year: i16, month: i8, date: i8) -> bool {
    let fixed = matches!(
        (month, date),
        (1, 1) | (4, 21) | (5, 1) | (9, 7) | (10, 12) | (11, 2) | (11, 15) | (12, 25)
    );
    let conscience = (month, date) == (11, 20) && year >= 2024;
    fixed || conscience || from_easter(day, &[-48, -47, -2, 60])
}

/// National holidays of Italy (law 260/1949); the 4th of October again from 2026 (law 151/2025).
fn italian(day: CivilDate, year: i16, month: i8, date: i8) -> bool {
    let fixed = matches!(
        (month, date),
        (1, 1 | 6) | (4, 25) | (5, 1) | (6, 2) | (8, 15) | (11, 1) | (12, 8 | 25 | 26)
    );
    let francis = (month, date) == (10, 4) && year >= 2026;
    fixed || francis || from_easter(day, &[1])
}

/// Whether a day lies one of these numbers of days after Easter.
fn from_easter(day: CivilDate, days: &[i32]) -> bool {
    easter(day.parts().0).is_some_and(|easter| days.contains(&easter.days_until(day)))
}

/// Easter Sunday in the Gregorian calendar, by the anonymous algorithm (Meeus, Astronomical
/// Algorithms, chapter 8).
fn easter(year: i16) -> Option<CivilDate> {
    let year = i32::from(year);
    let golden = year % 19;
    let (century, rest) = (year / 100, year % 100);
    let moon = (8 * century + 13) / 25;
    let epact = (19 * golden + century - century / 4 - moon + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (rest / 4) - epact - rest % 4) % 7;
    let correction = (golden + 11 * epact + 22 * weekday) / 451;
    let sum = epact + weekday - 7 * correction + 114;
    let (month, date) = (sum / 31, sum % 31 + 1);
    CivilDate::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(date).ok()?,
    )
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> CivilDate {
        text.parse().expect("a day")
    }

    // R-PAY-03
    #[test]
    fn easter_is_when_the_almanac_says() {
        // Years with the earliest, the latest and the awkward dates.
        for expected in [
            "1981-04-19",
            "2008-03-23",
            "2011-04-24",
            "2025-04-20",
            "2026-04-05",
            "2038-04-25",
        ] {
            let expected = day(expected);
            assert_eq!(easter(expected.parts().0), Some(expected));
        }
    }

    // R-PAY-03
    #[test]
    fn banks_are_closed_on_these_days() {
        let closed = [
            "2026-01-01",
            "2026-02-16",
            "2026-02-17",
            "2026-04-03",
            "2026-04-21",
            "2026-05-01",
            "2026-06-04",
            "2026-09-07",
            "2026-10-12",
            "2026-11-02",
            "2026-11-15",
            "2026-11-20",
            "2026-12-25",
            "2025-03-03",
            "2025-03-04",
            "2025-04-18",
            "2025-06-19",
        ];
        for text in closed {
            assert!(is_bank_holiday(day(text), "BR"), "{text}");
        }
        // Ash Wednesday, Easter Monday, a week end, the 20th of November before the law.
        for text in [
            "2026-02-18",
            "2026-04-06",
            "2026-11-21",
            "2023-11-20",
            "2026-07-09",
        ] {
            assert!(!is_bank_holiday(day(text), "BR"), "{text}");
        }
        for text in ["2026-04-06", "2026-06-02", "2026-08-15", "2026-10-04"] {
            assert!(is_bank_holiday(day(text), "IT"), "{text}");
        }
        assert!(!is_bank_holiday(day("2025-10-04"), "IT"));
        assert!(
            !is_bank_holiday(day("2026-12-25"), "XX"),
            "nothing is known"
        );
    }
}
