use alvara_domain::time::{Period, TimeError, UtcTime, ZoneName};
use proptest::prelude::*;

use crate::samples::{at, zone};

fn period(text: &str) -> Period {
    text.parse().unwrap()
}

const ZONES: [&str; 9] = [
    "UTC",
    "America/Sao_Paulo",
    "Europe/Rome",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "America/St_Johns",
];

// R-LIC-07
#[test]
fn an_instant_is_written_with_milliseconds_and_z() {
    assert_eq!(
        at("2026-01-01T00:00:00Z").to_string(),
        "2026-01-01T00:00:00.000Z"
    );
    assert_eq!(
        at("2026-01-01T01:30:00.123999+01:30").to_string(),
        "2026-01-01T00:00:00.123Z"
    );
    assert_eq!(UtcTime::MIN.to_string(), "1970-01-01T00:00:00.000Z");
    assert_eq!(UtcTime::MAX.to_string(), "9999-12-30T00:00:00.000Z");
    let json = serde_json::to_string(&at("2028-02-29T23:59:59.5Z")).unwrap();
    assert_eq!(json, "\"2028-02-29T23:59:59.500Z\"");
    assert_eq!(
        serde_json::from_str::<UtcTime>(&json).unwrap(),
        at("2028-02-29T23:59:59.500Z")
    );
}

// R-LIC-07
#[test]
fn only_rfc_3339_within_range_is_read() {
    for bad in [
        "",
        "2026-01-01",
        "2026-01-01T00:00Z",
        "2026-01-01 00:00:00Z",
        "2026-01-01T00:00:00",
        "2026-02-30T00:00:00Z",
        "2026-01-01T25:00:00Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00.1234567890Z",
        "2026-01-01T00:00:00+1:00",
        "2026-01-01T00:00:00Z[UTC]",
        "+02026-01-01T00:00:00Z",
        "２026-01-01T00:00:00Z",
    ] {
        assert_eq!(bad.parse::<UtcTime>(), Err(TimeError::Time), "{bad}");
    }
    for outside in ["1969-12-31T23:59:59Z", "9999-12-31T00:00:00Z"] {
        assert!(outside.parse::<UtcTime>().is_err(), "{outside}");
    }
    assert_eq!(UtcTime::from_micros(-1), Err(TimeError::OutOfRange));
    assert_eq!(UtcTime::from_seconds(i64::MAX), Err(TimeError::OutOfRange));
    assert_eq!(UtcTime::MAX.checked_add_seconds(1), None);
    assert_eq!(UtcTime::MIN.checked_sub_seconds(1), None);
    assert_eq!(UtcTime::MIN.checked_sub_seconds(i64::MIN), None);
    assert_eq!(UtcTime::MAX.saturating_add_seconds(i64::MAX), UtcTime::MAX);
    assert_eq!(UtcTime::MAX.saturating_add_seconds(i64::MIN), UtcTime::MIN);
}

// R-LIC-07
#[test]
fn days_left_are_rounded_up() {
    let now = at("2026-03-01T12:00:00Z");
    for (end, days) in [
        ("2026-03-01T12:00:00Z", 0),
        ("2026-02-01T12:00:00Z", 0),
        ("2026-03-01T12:00:00.001Z", 1),
        ("2026-03-02T12:00:00Z", 1),
        ("2026-03-02T12:00:01Z", 2),
        ("2027-03-01T12:00:00Z", 365),
    ] {
        assert_eq!(now.days_until(at(end)), days, "{end}");
    }
}

// R-LIC-09
#[test]
fn periods_are_iso_8601() {
    for (text, canonical) in [
        ("P1Y", "P1Y"),
        ("P01M", "P1M"),
        ("P2W", "P2W"),
        ("P1Y2M3W4DT5H6M7S", "P1Y2M3W4DT5H6M7S"),
        ("PT300S", "PT300S"),
        ("P0D", "PT0S"),
        ("P1MT1M", "P1MT1M"),
    ] {
        assert_eq!(period(text).to_string(), canonical);
        assert_eq!(period(canonical), period(text));
    }
    for bad in [
        "",
        "P",
        "PT",
        "P1",
        "1Y",
        "P-1Y",
        "-P1Y",
        "+P1Y",
        "P1.5Y",
        "P1Y1Y",
        "P1D1M",
        "P1YT",
        "PT1Y",
        "p1y",
        "P1H",
        "P 1Y",
        "P1001Y",
        "P12001M",
        "PT9999999999S",
        "P1Y ",
        "P٣D",
        "P000000000000000000000000000000000000001Y",
    ] {
        assert_eq!(bad.parse::<Period>(), Err(TimeError::Period), "{bad}");
    }
}

// R-LIC-09: month ends, leap days and daylight saving
#[test]
fn periods_count_in_the_calendar_of_the_zone() {
    for (anchor, length, times, zone_name, expected) in [
        (
            "2026-01-31T10:00:00Z",
            "P1M",
            1,
            "UTC",
            "2026-02-28T10:00:00Z",
        ),
        (
            "2026-01-31T10:00:00Z",
            "P1M",
            2,
            "UTC",
            "2026-03-31T10:00:00Z",
        ),
        (
            "2028-01-31T10:00:00Z",
            "P1M",
            1,
            "UTC",
            "2028-02-29T10:00:00Z",
        ),
        (
            "2028-02-29T10:00:00Z",
            "P1Y",
            1,
            "UTC",
            "2029-02-28T10:00:00Z",
        ),
        (
            "2028-02-29T10:00:00Z",
            "P1Y",
            4,
            "UTC",
            "2032-02-29T10:00:00Z",
        ),
        (
            "2026-08-31T00:00:00Z",
            "P6M",
            1,
            "UTC",
            "2027-02-28T00:00:00Z",
        ),
        // The local date counts: 31 January 22:30 in São Paulo is 1 February in UTC.
        (
            "2026-02-01T01:30:00Z",
            "P1M",
            1,
            "America/Sao_Paulo",
            "2026-03-01T01:30:00Z",
        ),
        // Local noon stays local noon across the change to summer time.
        (
            "2026-03-28T11:00:00Z",
            "P1D",
            1,
            "Europe/Rome",
            "2026-03-29T10:00:00Z",
        ),
        // 02:30 does not exist on 29 March in Rome: later by the gap.
        (
            "2026-03-28T01:30:00Z",
            "P1D",
            1,
            "Europe/Rome",
            "2026-03-29T01:30:00Z",
        ),
        // 02:30 happens twice on 25 October: the first.
        (
            "2026-10-24T00:30:00Z",
            "P1D",
            1,
            "Europe/Rome",
            "2026-10-25T00:30:00Z",
        ),
        // Hours are hours.
        (
            "2026-03-28T11:00:00Z",
            "PT24H",
            1,
            "Europe/Rome",
            "2026-03-29T11:00:00Z",
        ),
        // Samoa had no 30 December 2011.
        (
            "2011-12-29T12:00:00Z",
            "P1D",
            1,
            "Pacific/Apia",
            "2011-12-30T12:00:00Z",
        ),
        (
            "2026-05-05T05:05:05Z",
            "P1Y",
            0,
            "Europe/Rome",
            "2026-05-05T05:05:05Z",
        ),
    ] {
        let end = period(length)
            .add_to(at(anchor), &zone(zone_name), times)
            .unwrap();
        assert_eq!(
            end,
            at(expected),
            "{anchor} + {times} × {length} in {zone_name}"
        );
    }
}

// R-LIC-09
#[test]
fn the_end_of_time_is_an_error_not_a_panic() {
    let utc = ZoneName::utc();
    for length in [
        "P1000Y",
        "P12000M",
        "P52000W",
        "P366000D",
        "PT8784000H",
        "PT999999999S",
    ] {
        let far = period(length).add_to(at("2026-01-01T00:00:00Z"), &utc, u32::MAX);
        assert_eq!(far, Err(TimeError::OutOfRange), "{length}");
    }
    assert_eq!(
        period("P1D").add_to(UtcTime::MAX, &utc, 1),
        Err(TimeError::OutOfRange)
    );
}

// R-TEN-02
#[test]
fn zones_are_known_by_their_iana_names() {
    assert_eq!(zone("europe/rome").as_str(), "Europe/Rome");
    for bad in [
        "",
        "Rome",
        "Europe/Atlantis",
        "+02:00",
        "../etc/passwd",
        &"A".repeat(100),
    ] {
        assert!(bad.parse::<ZoneName>().is_err(), "{bad}");
    }
}

fn instant() -> impl Strategy<Value = UtcTime> {
    // 1970 to 2150.
    (0i64..5_680_000_000).prop_map(|seconds| UtcTime::from_seconds(seconds).unwrap())
}

fn zones() -> impl Strategy<Value = ZoneName> {
    (0..ZONES.len()).prop_map(|index| zone(ZONES[index]))
}

proptest! {
    // R-LIC-07
    #[test]
    fn instants_survive_their_text(micros in 0i64..=253_402_128_000_000_000) {
        let time = UtcTime::from_micros(micros).unwrap();
        let read: UtcTime = time.to_string().parse().unwrap();
        prop_assert_eq!(read.micros(), micros - micros % 1000);
    }

    // R-LIC-09
    #[test]
    fn twelve_months_are_a_year(anchor in instant(), zone in zones(), years in 1u32..40) {
        let months = period("P1M").add_to(anchor, &zone, 12 * years).unwrap();
        prop_assert_eq!(months, period("P1Y").add_to(anchor, &zone, years).unwrap());
        prop_assert_eq!(months, period("P3M").add_to(anchor, &zone, 4 * years).unwrap());
    }

    // R-LIC-09: the day of the month is the anchor's, or the month's last where there is none
    #[test]
    fn month_ends_never_drift(anchor in instant(), zone in zones(), months in 1u32..600) {
        let day = |time: UtcTime| time.date_in(&zone)[8..].parse::<u32>().unwrap();
        let end = period("P1M").add_to(anchor, &zone, months).unwrap();
        let next = end.checked_add_seconds(86_400 + 7200).unwrap();
        // A gap at midnight may push the end into the first hours of the next day.
        prop_assert!(
            day(end) == day(anchor)
                || (day(end) < day(anchor) && day(next) <= 2)
                || day(end.checked_sub_seconds(86_400).unwrap()) == day(anchor)
        );
    }

    // R-LIC-09
    #[test]
    fn more_periods_never_end_earlier(
        anchor in instant(), zone in zones(), times in 0u32..200, months in 0u32..30, days in 0u32..60, seconds in 0u32..100_000,
    ) {
        let length = period(&format!("P{months}M{days}DT{seconds}S"));
        let end = length.add_to(anchor, &zone, times).unwrap();
        let later = length.add_to(anchor, &zone, times + 1).unwrap();
        prop_assert!(end <= later);
        // A day may vanish (Samoa), a month may not.
        if months > 0 {
            prop_assert!(end < later);
        }
    }

    // R-LIC-09
    #[test]
    fn periods_survive_their_text(
        years in 0u32..=100, months in 0u32..=100, days in 0u32..=1000, hours in 0u32..=1000, seconds in 0u32..=100_000,
    ) {
        let text = format!("P{years}Y{months}M{days}DT{hours}H{seconds}S");
        let read = period(&text);
        prop_assert_eq!(period(&read.to_string()), read);
        prop_assert!(read.to_string().len() <= 40);
    }

    // R-LIC-09
    #[test]
    fn any_text_is_a_period_or_an_error(text in "[PT0-9YMWDHS.\\-+]{0,20}") {
        if let Ok(length) = text.parse::<Period>() {
            let _ = length.add_to(UtcTime::MAX, &ZoneName::utc(), u32::MAX);
            prop_assert_eq!(period(&length.to_string()), length);
        }
    }

    // R-LIC-07
    #[test]
    fn any_text_is_an_instant_or_an_error(text in "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{0,10})?(Z|[+-][0-9]{2}:[0-9]{2})") {
        if let Ok(time) = text.parse::<UtcTime>() {
            prop_assert!(time >= UtcTime::MIN && time <= UtcTime::MAX);
        }
    }
}
