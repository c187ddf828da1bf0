use alvara_domain::fault::FaultCode;
use alvara_domain::terms::{Binding, GraceLadder, LicenseKind, Meter, Preset, TermStart, Terms};
use alvara_domain::time::Period;

use crate::samples::at;

fn subscription() -> Terms {
    Terms {
        kind: LicenseKind::Subscription,
        duration: Some(Period::years(1)),
        ..Terms::default()
    }
}

// R-LIC-08
#[test]
fn the_presets_are_those_of_the_contract() {
    let now = at("2026-06-01T12:00:00Z");
    let online = Terms::of_preset("always-online".parse::<Preset>().unwrap());
    assert_eq!(
        online.lease_until(now),
        at("2026-06-01T12:05:00Z"),
        "300 s without contact, then stop"
    );
    assert_eq!(online.retry_seconds, 10);
    assert!(online.next_check_at(now) < online.lease_until(now));
    let hybrid = Terms::of_preset("hybrid".parse::<Preset>().unwrap());
    assert_eq!(hybrid.next_check_at(now), at("2026-06-08T12:00:00Z"));
    assert_eq!(
        hybrid.lease_until(now),
        at("2026-07-08T12:00:00Z"),
        "7 days and 30 of grace"
    );
    for preset in Preset::ALL {
        assert!(Terms::of_preset(*preset).check().is_empty(), "{preset}");
    }
    assert!(Terms::default().check().is_empty());
}

// R-LIC-11
#[test]
fn a_machine_is_offline_within_one_interval_of_the_call_it_missed() {
    let now = at("2026-06-01T12:00:00Z");
    for (interval, tolerance) in [(5, 5), (60, 6), (300, 30), (600, 60), (86_400, 60)] {
        let mut terms = Terms::default();
        terms.heartbeat.interval_seconds = Some(interval);
        let due = terms.next_check_at(now);
        assert_eq!(now.seconds_until(due), i64::from(interval));
        assert_eq!(due.seconds_until(terms.online_until(now)), tolerance);
        assert!(tolerance <= i64::from(interval));
    }
}

// R-LIC-09
#[test]
fn terms_of_before_there_were_transfers_have_no_limit_of_them() {
    let old: Terms = serde_json::from_str(r#"{"machine_limit":3}"#).unwrap();
    assert_eq!(old.transfers.limit, None);
    let never: Terms = serde_json::from_str(r#"{"transfers":{"limit":0}}"#).unwrap();
    assert_eq!(never.transfers.period, Period::years(1));
    assert!(never.check().is_empty());
    let empty: Terms = serde_json::from_str(r#"{"transfers":{"limit":1,"period":"P0D"}}"#).unwrap();
    let faults = empty.check();
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].pointer, "/transfers/period");
}

// R-LIC-08: any other pair
#[test]
fn any_pair_of_windows_is_possible() {
    let now = at("2026-06-01T12:00:00Z");
    let terms = Terms {
        revalidate_after_seconds: 3600,
        offline_grace_seconds: 0,
        ..subscription()
    };
    assert!(terms.check().is_empty());
    assert_eq!(terms.lease_until(now), terms.next_check_at(now));
    let endless = Terms {
        revalidate_after_seconds: u32::MAX,
        offline_grace_seconds: u32::MAX,
        ..subscription()
    };
    assert_eq!(endless.check().len(), 2);
    assert!(endless.lease_until(at("9999-12-01T00:00:00Z")) <= alvara_domain::time::UtcTime::MAX);
}

// R-LIC-01: terms read back as they were written, and a mistyped field is not silently no limit
#[test]
fn terms_are_strict_json() {
    for terms in [
        Terms::default(),
        Terms::always_online(),
        Terms::hybrid(),
        subscription(),
    ] {
        let json = serde_json::to_string(&terms).unwrap();
        assert_eq!(serde_json::from_str::<Terms>(&json).unwrap(), terms);
    }
    assert_eq!(
        serde_json::from_str::<Terms>("{}").unwrap(),
        Terms::default()
    );
    let unlimited: Terms = serde_json::from_str(r#"{"machine_limit":null}"#).unwrap();
    assert_eq!(unlimited.machine_limit, None);
    for bad in [
        r#"{"machine_limits":5}"#,
        r#"{"machine_limit":-1}"#,
        r#"{"machine_limit":"5"}"#,
        r#"{"grace":{"warn":1}}"#,
        r#"{"kind":"eternal"}"#,
        r#"{"duration":"1 year"}"#,
        r#"{"heartbeat":{"every":5}}"#,
        r#"{"fingerprint":{"components":[{"name":"a","weight":1,"x":1}]}}"#,
        r#"{"meters":[{"name":"m"}]}"#,
        r#"{"deactivations":{"limit":1,"per":"P1Y"}}"#,
        r#"{"kind":"trial","kind":"demo"}"#,
    ] {
        assert!(serde_json::from_str::<Terms>(bad).is_err(), "{bad}");
    }
}

// R-LIC-01
#[test]
fn what_is_wrong_with_terms_is_said_field_by_field() {
    let meter = |name: &str| Meter {
        name: name.to_owned(),
        limit: 1,
        reset: None,
    };
    let cases: Vec<(Terms, &str, FaultCode)> = vec![
        (
            Terms {
                duration: None,
                ..subscription()
            },
            "/duration",
            FaultCode::Required,
        ),
        (
            Terms {
                duration: Some(Period::default()),
                ..subscription()
            },
            "/duration",
            FaultCode::OutOfRange,
        ),
        (
            Terms {
                duration: Some(Period::years(1)),
                ..Terms::default()
            },
            "/duration",
            FaultCode::Conflict,
        ),
        (
            Terms {
                starts: TermStart::FixedDate,
                ..subscription()
            },
            "/starts_on",
            FaultCode::Required,
        ),
        (
            Terms {
                starts_on: Some(at("2026-01-01T00:00:00Z")),
                ..subscription()
            },
            "/starts_on",
            FaultCode::Conflict,
        ),
        (
            Terms {
                kind: LicenseKind::SemiPermanent,
                ..Terms::default()
            },
            "/maintenance",
            FaultCode::Required,
        ),
        (
            Terms {
                maintenance: Some(Period::default()),
                ..subscription()
            },
            "/maintenance",
            FaultCode::OutOfRange,
        ),
        (
            Terms {
                machine_limit: Some(0),
                ..subscription()
            },
            "/machine_limit",
            FaultCode::OutOfRange,
        ),
        (
            Terms {
                binding: Binding::User,
                user_limit: Some(1_000_001),
                ..subscription()
            },
            "/user_limit",
            FaultCode::OutOfRange,
        ),
        (
            Terms {
                binding: Binding::Floating,
                machine_limit: None,
                seat_limit: Some(0),
                ..subscription()
            },
            "/seat_limit",
            FaultCode::OutOfRange,
        ),
        (
            Terms {
                overage_percent: 1001,
                ..subscription()
            },
            "/overage_percent",
            FaultCode::OutOfRange,
        ),
        (
            Terms {
                retry_seconds: 0,
                ..subscription()
            },
            "/retry_seconds",
            FaultCode::OutOfRange,
        ),
        (
            Terms {
                revalidate_after_seconds: 1,
                ..subscription()
            },
            "/revalidate_after_seconds",
            FaultCode::OutOfRange,
        ),
        (
            Terms {
                grace: GraceLadder {
                    full_days: 4000,
                    ..GraceLadder::default()
                },
                ..subscription()
            },
            "/grace/full_days",
            FaultCode::OutOfRange,
        ),
        (
            Terms {
                modules: vec!["a b".into()],
                ..subscription()
            },
            "/modules/0",
            FaultCode::Malformed,
        ),
        (
            Terms {
                modules: vec!["cad".into(), "cad".into()],
                ..subscription()
            },
            "/modules/1",
            FaultCode::Duplicate,
        ),
        (
            Terms {
                meters: vec![meter("m"), meter("m")],
                ..subscription()
            },
            "/meters/1/name",
            FaultCode::Duplicate,
        ),
        (
            Terms {
                modules: (0..65).map(|n| format!("m{n}").into()).collect(),
                ..subscription()
            },
            "/modules",
            FaultCode::TooLong,
        ),
    ];
    for (terms, pointer, code) in cases {
        let faults = terms.check();
        assert_eq!(faults.len(), 1, "{pointer}: {faults:?}");
        assert_eq!(
            (faults[0].pointer.as_str(), faults[0].code),
            (pointer, code)
        );
    }
}

// R-LIC-04
#[test]
fn overage_raises_every_limit() {
    let terms = Terms {
        machine_limit: Some(5),
        overage_percent: 25,
        ..subscription()
    };
    assert_eq!(terms.machine_ceiling(), Some(6));
    assert_eq!(terms.ceiling(u32::MAX), u32::MAX);
    assert_eq!(
        Terms {
            machine_limit: None,
            ..terms
        }
        .machine_ceiling(),
        None
    );
}
