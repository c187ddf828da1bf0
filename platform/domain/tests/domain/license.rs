use alvara_domain::license::{License, LicenseState, RenewError};
use alvara_domain::terms::{LicenseKind, RenewalBasis, TermStart, Terms};
use alvara_domain::time::{Period, TimeError, UtcTime, ZoneName};
use proptest::prelude::*;

use crate::samples::{at, license, license_in, zone};

fn monthly(basis: RenewalBasis) -> Terms {
    Terms {
        kind: LicenseKind::Subscription,
        duration: Some(Period::months(1)),
        renewal_basis: basis,
        ..Terms::default()
    }
}

fn renew(license: &License, period: Period, now: &str) -> License {
    license.renewed(&period, at(now), &ZoneName::utc()).unwrap()
}

// R-LIC-02
#[test]
fn the_term_starts_when_the_terms_say() {
    let now = at("2026-01-31T10:00:00Z");
    let at_issue = license(monthly(RenewalBasis::FromExpiry), now);
    assert_eq!(at_issue.expires_at(), Some(at("2026-02-28T10:00:00Z")));

    let waiting = license(
        Terms {
            starts: TermStart::FirstActivation,
            ..monthly(RenewalBasis::FromExpiry)
        },
        now,
    );
    assert_eq!(waiting.expires_at(), None);
    assert!(waiting.term.is_waiting());
    let later = at("2026-05-31T09:00:00Z");
    let started = waiting
        .first_activation(later, &ZoneName::utc())
        .unwrap()
        .unwrap();
    assert_eq!(started.expires_at(), Some(at("2026-06-30T09:00:00Z")));
    assert_eq!(started.first_activated_at, Some(later));
    assert_eq!(started.revision, waiting.revision + 1);
    assert_eq!(
        started.first_activation(at("2026-07-01T00:00:00Z"), &ZoneName::utc()),
        Ok(None)
    );

    let fixed = Terms {
        starts: TermStart::FixedDate,
        starts_on: Some(at("2026-03-01T00:00:00Z")),
        ..monthly(RenewalBasis::FromExpiry)
    };
    let fixed = license(fixed, now);
    assert_eq!(fixed.term.starts_at, at("2026-03-01T00:00:00Z"));
    assert_eq!(fixed.expires_at(), Some(at("2026-04-01T00:00:00Z")));

    let permanent = license(Terms::default(), now);
    assert_eq!(
        (permanent.expires_at(), permanent.days_left(now)),
        (None, None)
    );
    let activated = permanent
        .first_activation(later, &ZoneName::utc())
        .unwrap()
        .unwrap();
    assert_eq!(
        (activated.term, activated.revision),
        (permanent.term, permanent.revision)
    );
}

// R-LIC-14
#[test]
fn a_semi_permanent_license_ends_only_its_maintenance() {
    let now = at("2026-01-31T10:00:00Z");
    let terms = Terms {
        kind: LicenseKind::SemiPermanent,
        maintenance: Some(Period::months(1)),
        renewal_basis: RenewalBasis::FromExpiry,
        ..Terms::default()
    };
    let bought = license(terms, now);
    assert_eq!(bought.expires_at(), None);
    assert_eq!(
        bought.term.maintenance_until,
        Some(at("2026-02-28T10:00:00Z"))
    );
    let renewed = renew(&bought, Period::months(1), "2026-02-01T00:00:00Z");
    assert_eq!(renewed.expires_at(), None);
    assert_eq!(
        renewed.term.maintenance_until,
        Some(at("2026-03-31T10:00:00Z"))
    );
}

// R-LIC-09
#[test]
fn a_renewal_counts_from_where_the_terms_say() {
    // Issued on 31 January for a month; renewed before and after its end on 28 February.
    let (before, after) = ("2026-02-10T00:00:00Z", "2026-06-15T08:00:00Z");
    for (basis, when, expected) in [
        (RenewalBasis::FromExpiry, before, "2026-03-31T10:00:00Z"),
        (RenewalBasis::FromExpiry, after, "2026-03-31T10:00:00Z"),
        (RenewalBasis::FromNow, before, "2026-03-10T00:00:00Z"),
        (RenewalBasis::FromNow, after, "2026-07-15T08:00:00Z"),
        (
            RenewalBasis::FromNowIfExpired,
            before,
            "2026-03-31T10:00:00Z",
        ),
        (
            RenewalBasis::FromNowIfExpired,
            after,
            "2026-07-15T08:00:00Z",
        ),
        (
            RenewalBasis::FromNowIfExpired,
            "2026-02-28T10:00:00Z",
            "2026-03-28T10:00:00Z",
        ),
    ] {
        let bought = license(monthly(basis), at("2026-01-31T10:00:00Z"));
        let renewed = renew(&bought, Period::months(1), when);
        assert_eq!(
            renewed.expires_at(),
            Some(at(expected)),
            "{basis} at {when}"
        );
        assert_eq!(renewed.revision, bought.revision + 1);
        assert_eq!(
            (renewed.id, &renewed.key_lookup),
            (bought.id, &bought.key_lookup),
            "renewing keeps the key"
        );
    }
}

// R-LIC-09
#[test]
fn another_period_starts_a_new_count_at_the_old_end() {
    let bought = license(
        monthly(RenewalBasis::FromExpiry),
        at("2026-01-31T10:00:00Z"),
    );
    let yearly = renew(&bought, Period::years(1), "2026-02-01T00:00:00Z");
    assert_eq!(yearly.expires_at(), Some(at("2027-02-28T10:00:00Z")));
    assert_eq!(
        (yearly.term.anchor, yearly.term.periods),
        (bought.expires_at(), 1)
    );
}

// R-LIC-09
#[test]
fn a_license_that_waits_can_be_renewed_by_its_own_period() {
    let terms = Terms {
        starts: TermStart::FirstActivation,
        ..monthly(RenewalBasis::FromNow)
    };
    let waiting = license(terms, at("2026-01-31T10:00:00Z"));
    let renewed = renew(&waiting, Period::months(1), "2026-02-01T00:00:00Z");
    assert_eq!((renewed.expires_at(), renewed.term.periods), (None, 2));
    let started = renewed
        .first_activation(at("2026-12-31T00:00:00Z"), &ZoneName::utc())
        .unwrap()
        .unwrap();
    assert_eq!(started.expires_at(), Some(at("2027-02-28T00:00:00Z")));
    let other = waiting.renewed(
        &Period::years(1),
        at("2026-02-01T00:00:00Z"),
        &ZoneName::utc(),
    );
    assert_eq!(
        other,
        Err(RenewError::NotStarted {
            period: Period::months(1)
        })
    );
}

// R-LIC-09
#[test]
fn what_cannot_be_renewed_says_why() {
    let now = at("2026-01-31T10:00:00Z");
    let utc = ZoneName::utc();
    let permanent = license(Terms::default(), now);
    assert_eq!(
        permanent.renewed(&Period::years(1), now, &utc),
        Err(RenewError::Permanent)
    );
    let mut bought = license(monthly(RenewalBasis::FromExpiry), now);
    assert_eq!(
        bought.renewed(&Period::default(), now, &utc),
        Err(RenewError::NoTime)
    );
    bought.state = LicenseState::Suspended;
    assert_eq!(
        bought.renewed(&Period::months(1), now, &utc).unwrap().state,
        LicenseState::Suspended
    );
    bought.state = LicenseState::Revoked;
    assert_eq!(
        bought.renewed(&Period::months(1), now, &utc),
        Err(RenewError::Revoked)
    );
    bought.state = LicenseState::Active;
    let far = at("9999-12-01T00:00:00Z");
    let late = license(monthly(RenewalBasis::FromNow), now);
    assert_eq!(
        late.renewed(&Period::years(1), far, &utc),
        Err(RenewError::Time(TimeError::OutOfRange))
    );
}

proptest! {
    // R-LIC-09: any number of renewals ends where one count from the anchor ends
    #[test]
    fn renewals_never_drift(start in 0i64..4_000_000_000, zone_index in 0usize..4, count in 1u32..40, months in 1u32..14) {
        let zone = zone(["UTC", "America/Sao_Paulo", "Europe/Rome", "Pacific/Apia"][zone_index]);
        let start = UtcTime::from_seconds(start).unwrap();
        let period = Period::months(months);
        let terms = Terms { duration: Some(period), ..monthly(RenewalBasis::FromExpiry) };
        let mut renewed = license_in(terms, start, &zone);
        for _ in 0..count {
            let before = renewed.expires_at().unwrap();
            renewed = renewed.renewed(&period, start, &zone).unwrap();
            prop_assert!(renewed.expires_at().unwrap() > before);
        }
        prop_assert_eq!(renewed.expires_at().unwrap(), period.add_to(start, &zone, count + 1).unwrap());
        let in_one = Period::months(months * (count + 1)).add_to(start, &zone, 1).unwrap();
        prop_assert_eq!(renewed.expires_at().unwrap(), in_one);
        prop_assert_eq!(renewed.revision, 1 + i64::from(count));
    }

    // R-LIC-09: whoever renews does not end up with less, unless the terms count from now
    #[test]
    fn renewing_never_takes_time_away(
        start in 0i64..4_000_000_000, wait in 0i64..200_000_000, basis in 0usize..3, months in 1u32..30, other in 1u32..30,
    ) {
        let start = UtcTime::from_seconds(start).unwrap();
        let now = start.saturating_add_seconds(wait);
        let basis = RenewalBasis::ALL[basis];
        let bought = license(Terms { duration: Some(Period::months(months)), ..monthly(basis) }, start);
        let renewed = bought.renewed(&Period::months(other), now, &ZoneName::utc()).unwrap();
        if basis == RenewalBasis::FromNow {
            prop_assert!(renewed.expires_at().unwrap() > now);
        } else {
            prop_assert!(renewed.expires_at() > bought.expires_at());
        }
        if basis == RenewalBasis::FromNowIfExpired {
            prop_assert!(!renewed.is_expired(now));
        }
    }
}
