//! When a license is renewed by a mandate.

use alvara_domain::charge::MandateState;
use alvara_domain::civil_date::CivilDate;
use alvara_domain::payment::ask::MandateInterval;
use alvara_domain::payment::report::RetryAdvice;
use alvara_domain::recurring::{Lead, RETRY_AFTER_DAYS, due_day, interval_of, retry_after};
use alvara_domain::time::{Period, UtcTime, ZoneName};

fn day(text: &str) -> CivilDate {
    text.parse().unwrap()
}

// R-PAY-09: Pix Automático takes an instruction from ten to two days before its day.
#[test]
fn a_charge_is_handed_in_within_the_days_of_its_network() {
    let pix = Lead { first: 10, last: 2 };
    let due = day("2026-03-31");
    assert_eq!(pix.hand_in(due).unwrap(), day("2026-03-22"));
    // In time, on the last day, and too late for the day that was wanted.
    for (today, expected) in [
        ("2026-03-22", "2026-03-31"),
        ("2026-03-29", "2026-03-31"),
        ("2026-03-30", "2026-04-01"),
        ("2026-04-20", "2026-04-22"),
    ] {
        assert_eq!(pix.due(due, day(today)).unwrap(), day(expected), "{today}");
    }
    let card = Lead { first: 1, last: 0 };
    assert_eq!(card.hand_in(due).unwrap(), due);
    let strict = Lead { first: 5, last: 5 };
    assert_eq!(strict.hand_in(due).unwrap(), day("2026-03-26"));
}

// R-PAY-09
#[test]
fn the_money_is_due_the_day_before_the_license_ends_where_the_tenant_is() {
    let end: UtcTime = "2026-03-01T01:00:00Z".parse().unwrap();
    let utc = ZoneName::utc();
    let sao_paulo: ZoneName = "America/Sao_Paulo".parse().unwrap();
    assert_eq!(due_day(end, &utc).unwrap(), day("2026-02-28"));
    assert_eq!(due_day(end, &sao_paulo).unwrap(), day("2026-02-27"));
}

// R-PAY-09
#[test]
fn tries_are_ever_further_apart_and_come_to_an_end() {
    assert!(RETRY_AFTER_DAYS.windows(2).all(|two| two[0] < two[1]));
    assert_eq!(retry_after(0, None), None);
    assert_eq!(retry_after(1, None), Some(1));
    assert_eq!(retry_after(2, Some(RetryAdvice::RetryLater)), Some(3));
    assert_eq!(retry_after(3, Some(RetryAdvice::ContactIssuer)), Some(7));
    assert_eq!(retry_after(4, None), None);
    assert_eq!(retry_after(1, Some(RetryAdvice::DoNotRetry)), None);
    assert_eq!(retry_after(1, Some(RetryAdvice::RetryOtherMethod)), Some(1));
}

// R-PAY-09
#[test]
fn only_periods_that_providers_know_are_collected_by() {
    for (period, expected) in [
        ("P7D", Some(MandateInterval::Weekly)),
        ("P1M", Some(MandateInterval::Monthly)),
        ("P3M", Some(MandateInterval::Quarterly)),
        ("P6M", Some(MandateInterval::Semiannual)),
        ("P12M", Some(MandateInterval::Annual)),
        ("P1Y", Some(MandateInterval::Annual)),
        ("P2Y", None),
        ("P30D", None),
        ("P1M1D", None),
        ("PT168H", None),
    ] {
        let parsed: Period = period.parse().unwrap();
        assert_eq!(interval_of(&parsed), expected, "{period}");
    }
}

// R-PAY-09
#[test]
fn a_mandate_that_is_over_becomes_nothing_else() {
    for from in MandateState::ALL {
        let ways = MandateState::ALL.iter().any(|to| from.can_become(*to));
        assert_eq!(ways, !from.is_over(), "{from}");
    }
}
