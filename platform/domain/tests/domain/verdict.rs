use alvara_domain::fingerprint::Comparison;
use alvara_domain::key::KeyError;
use alvara_domain::license::{License, LicenseState};
use alvara_domain::machine::MachineState;
use alvara_domain::terms::{Approval, ExpiryStrategy, GraceLadder, LicenseKind, Meter, Terms};
use alvara_domain::time::{Period, UtcTime};
use alvara_domain::verdict::{
    Access, Asks, Because, Claimed, Code, Contact, Facts, Grant, Lookup, MachineFact, MeterAsk,
    SeatAsk, Standing, TrialHistory, VersionAsk, decide,
};
use proptest::prelude::*;

use crate::samples::{at, license};

const START: &str = "2026-01-01T00:00:00Z";
const NOW: &str = "2026-06-01T00:00:00Z";

fn sold() -> License {
    let terms = Terms {
        kind: LicenseKind::Trial,
        duration: Some(Period::years(1)),
        user_limit: Some(2),
        seat_limit: Some(3),
        versions: "1.0-2.9".parse().unwrap(),
        modules: vec!["cad".into()],
        meters: vec![Meter {
            name: "prints".to_owned(),
            limit: 10,
            reset: None,
        }],
        ..Terms::default()
    };
    let mut license = license(terms, at(START));
    license.term.maintenance_until = Some(at("2026-04-01T00:00:00Z"));
    license
}

fn mismatch() -> Comparison {
    Comparison::Mismatch {
        changed: vec!["board".to_owned()],
        matched: 50,
        threshold: 60,
    }
}

fn version(number: &str, released_at: Option<&str>) -> Option<VersionAsk> {
    Some(VersionAsk {
        number: number.parse().unwrap(),
        released_at: released_at.map(at),
    })
}

/// Everything that may stand in the way, each with a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Obstacle {
    Revoked,
    Suspended,
    Customer,
    Tenant,
    Payment,
    Pending,
    NotYet,
    Product,
    Version,
    Maintenance,
    User,
    Site,
    Unknown,
    Blocked,
    Fingerprint,
    Machines,
    Trial,
    Overdue,
    Expired,
    Module,
    Meter,
}

use Obstacle as O;

/// In the order of the contract. Those that exclude each other are next to each other.
const ORDER: [(Obstacle, Code); 21] = [
    (O::Revoked, Code::Revoked),
    (O::Suspended, Code::Suspended),
    (O::Customer, Code::CustomerSuspended),
    (O::Tenant, Code::TenantSuspended),
    (O::Payment, Code::PaymentOverdue),
    (O::Pending, Code::PendingValidation),
    (O::NotYet, Code::NotYetEffective),
    (O::Product, Code::ProductMismatch),
    (O::Version, Code::VersionNotEntitled),
    (O::Maintenance, Code::MaintenanceEnded),
    (O::User, Code::UserMismatch),
    (O::Site, Code::SiteMismatch),
    (O::Unknown, Code::MachineUnknown),
    (O::Blocked, Code::MachineBlocked),
    (O::Fingerprint, Code::FingerprintMismatch),
    (O::Machines, Code::MachineLimit),
    (O::Trial, Code::TrialUsed),
    (O::Overdue, Code::CheckOverdue),
    (O::Expired, Code::Expired),
    (O::Module, Code::ModuleMissing),
    (O::Meter, Code::MeterLimit),
];

/// The verdict with all of `obstacles` in the way. Where several set one fact, the one that comes
/// first in the order is set.
fn verdict_with(obstacles: &[Obstacle]) -> (Code, bool) {
    let has = |obstacle| obstacles.contains(&obstacle);
    let first =
        |candidates: &[Obstacle]| candidates.iter().copied().find(|candidate| has(*candidate));
    let mut license = sold();
    license.state = match first(&[O::Revoked, O::Suspended, O::Pending]) {
        Some(O::Revoked) => LicenseState::Revoked,
        Some(O::Suspended) => LicenseState::Suspended,
        Some(_) => LicenseState::Pending,
        None => LicenseState::Active,
    };
    if has(O::NotYet) {
        license.term.starts_at = at("2026-07-01T00:00:00Z");
    }
    license.term.expires_at = Some(at(if has(O::Expired) {
        "2026-05-01T00:00:00Z"
    } else {
        "2026-12-01T00:00:00Z"
    }));
    license.machines_used = if has(O::Machines) { 1 } else { 0 };
    license.bound_user = Some("ana@example.com".to_owned());
    license.bound_site = Some("Recife".to_owned());
    let mismatch = mismatch();
    let mut facts = Facts::of(Lookup::Found(license.grant("acme-cad")));
    facts.standing = match first(&[O::Customer, O::Tenant, O::Payment]) {
        Some(O::Customer) => Standing::CustomerSuspended,
        Some(O::Tenant) => Standing::TenantSuspended,
        Some(_) => Standing::PaymentOverdue { since: at(START) },
        None => Standing::Good,
    };
    let comparison = if has(O::Fingerprint) {
        &mismatch
    } else {
        &Comparison::Same
    };
    facts.machine = match first(&[O::Unknown, O::Blocked]) {
        Some(O::Unknown) => MachineFact::Unknown,
        Some(_) => MachineFact::Known {
            state: MachineState::Blocked,
            comparison,
        },
        None => MachineFact::Known {
            state: MachineState::Active,
            comparison,
        },
    };
    let modules = [if has(O::Module) { "cam" } else { "cad" }.to_owned()];
    facts.asks = Asks {
        product: Some(if has(O::Product) { "other" } else { "acme-cad" }),
        version: version(
            if has(O::Version) { "3.0" } else { "2.0" },
            Some(if has(O::Maintenance) {
                "2026-05-01T00:00:00Z"
            } else {
                "2026-03-01T00:00:00Z"
            }),
        ),
        user: if has(O::User) {
            Claimed::Missing
        } else {
            Claimed::Is(" Ana@Example.com")
        },
        site: if has(O::Site) {
            Claimed::Is("Olinda")
        } else {
            Claimed::Unchecked
        },
        seat: SeatAsk::Machine,
        trial: if has(O::Trial) {
            TrialHistory::Used
        } else {
            TrialHistory::Clean
        },
        modules: &modules,
        meter: Some(MeterAsk {
            name: "prints",
            used: 9,
            by: if has(O::Meter) { 2 } else { 1 },
        }),
    };
    if has(O::Overdue) {
        facts.contact = Contact::LastSeen {
            lease_until: at("2026-05-31T23:59:59Z"),
        };
    }
    let verdict = decide(&facts, at(NOW));
    assert_eq!(verdict.valid, verdict.access != Access::None);
    (verdict.code, verdict.valid)
}

// R-LIC-07
#[test]
fn each_obstacle_has_its_code() {
    assert_eq!(verdict_with(&[]), (Code::Valid, true));
    for (obstacle, code) in ORDER {
        assert_eq!(verdict_with(&[obstacle]), (code, false), "{obstacle:?}");
    }
}

proptest! {
    // R-LIC-07: whatever else is wrong, the first in the order of the contract is named
    #[test]
    fn the_first_obstacle_is_named(chosen in proptest::bits::u32::masked(0x1F_FFFF)) {
        let present: Vec<_> = ORDER.iter().enumerate().filter(|(index, _)| chosen >> index & 1 == 1).map(|(_, pair)| *pair).collect();
        let obstacles: Vec<Obstacle> = present.iter().map(|(obstacle, _)| *obstacle).collect();
        let expected = present.first().map_or(Code::Valid, |(_, code)| *code);
        let (code, valid) = verdict_with(&obstacles);
        prop_assert_eq!(code, expected);
        prop_assert_eq!(valid, expected == Code::Valid);
    }
}

// R-LIC-07
#[test]
fn no_license_is_an_answer_too() {
    let unknown = decide(&Facts::of(Lookup::NotFound), at(NOW));
    assert_eq!(
        (unknown.code, unknown.valid, unknown.days_left),
        (Code::NotFound, false, None)
    );
    let malformed = decide(
        &Facts::of(Lookup::Malformed(KeyError::TooShort { found: 24 })),
        at(NOW),
    );
    assert_eq!(malformed.code, Code::KeyMalformed);
    assert_eq!(
        serde_json::to_value(malformed).unwrap(),
        serde_json::json!({
            "valid": false, "code": "KEY_MALFORMED", "access": "none",
            "because": {"kind": "key", "error": "too_short", "found": 24}, "days_left": null,
        })
    );
}

fn because<'a>(
    license: &'a License,
    change: impl FnOnce(&mut Facts<'a>),
) -> (Code, serde_json::Value) {
    let mut facts = Facts::of(Lookup::Found(license.grant("acme-cad")));
    change(&mut facts);
    let verdict = decide(&facts, at(NOW));
    (verdict.code, serde_json::to_value(verdict.because).unwrap())
}

// R-LIC-07: what differed is said, and nothing that the asker should not learn
#[test]
fn the_reason_says_what_differed() {
    use serde_json::json;
    let mismatch = mismatch();
    let license = sold();
    let drift = Comparison::Drift {
        changed: vec!["disk".to_owned()],
    };
    assert_eq!(
        because(&license, |facts| facts.machine = MachineFact::Known {
            state: MachineState::Active,
            comparison: &mismatch
        }),
        (
            Code::FingerprintMismatch,
            json!({"kind": "fingerprint", "changed": ["board"], "matched": 50, "threshold": 60})
        )
    );
    assert_eq!(
        because(&license, |facts| facts.machine = MachineFact::Known {
            state: MachineState::Active,
            comparison: &drift
        }),
        (Code::Valid, json!({"kind": "drift", "changed": ["disk"]}))
    );
    assert_eq!(
        because(&license, |facts| facts.machine = MachineFact::Known {
            state: MachineState::Deactivated,
            comparison: &drift
        }),
        (
            Code::MachineUnknown,
            json!({"kind": "machine", "state": "deactivated"})
        )
    );
    assert_eq!(
        because(&license, |facts| facts.asks.seat =
            SeatAsk::User { used: 2 }),
        (
            Code::UserLimit,
            json!({"kind": "limit", "of": "users", "used": 2, "limit": 2})
        )
    );
    assert_eq!(
        because(&license, |facts| facts.asks.seat =
            SeatAsk::Floating { used: 3 }),
        (
            Code::SeatLimit,
            json!({"kind": "limit", "of": "seats", "used": 3, "limit": 3})
        )
    );
    assert_eq!(
        because(&license, |facts| facts.standing =
            Standing::CustomerSuspended),
        (
            Code::CustomerSuspended,
            json!({"kind": "standing", "standing": "customer_suspended"})
        )
    );
    assert_eq!(
        because(&license, |facts| facts.asks.version = version("3.0", None)),
        (
            Code::VersionNotEntitled,
            json!({"kind": "version", "allowed": "1.0-2.9", "asked": "3.0.0"})
        )
    );
    let meter = |name, used, by| {
        because(&license, |facts| {
            facts.asks.meter = Some(MeterAsk { name, used, by })
        })
    };
    assert_eq!(
        meter("prints", 10, 1).1,
        json!({"kind": "meter", "name": "prints", "used": 10, "limit": 10})
    );
    assert_eq!(meter("prints", u64::MAX, 1).0, Code::MeterLimit);
    assert_eq!(meter("unheard", 0, 1).0, Code::MeterLimit);
    let mut bound = sold();
    bound.bound_user = Some("ana@example.com".to_owned());
    let mut facts = Facts::of(Lookup::Found(bound.grant("acme-cad")));
    facts.asks.user = Claimed::from(Some("bob@example.com"));
    let answer = serde_json::to_string(&decide(&facts, at(NOW))).unwrap();
    assert!(answer.contains("bob@example.com") && !answer.contains("ana@"));
}

// R-LIC-10
#[test]
fn pending_is_for_validation_or_approval() {
    let mut license = sold();
    license.state = LicenseState::Pending;
    let code =
        |license: &License| decide(&Facts::of(Lookup::Found(license.grant("p"))), at(NOW)).code;
    assert_eq!(code(&license), Code::PendingValidation);
    license.terms.approval = Approval::Required;
    assert_eq!(code(&license), Code::PendingApproval);
}

// R-LIC-08
#[test]
fn a_program_alone_goes_by_its_lease() {
    let code = |now: &str| {
        let license = sold();
        let mut facts = Facts::of(Lookup::Found(license.grant("p")));
        facts.contact = Contact::Lease {
            issued_at: at(NOW),
            expires_at: at("2026-06-01T00:05:00Z"),
        };
        decide(&facts, at(now)).code
    };
    assert_eq!(code("2026-06-01T00:05:00Z"), Code::Valid);
    assert_eq!(code("2026-06-01T00:05:00.000001Z"), Code::LeaseExpired);
    assert_eq!(
        code("2026-05-31T23:55:00Z"),
        Code::Valid,
        "five minutes are tolerated"
    );
    assert_eq!(code("2026-05-31T23:54:59Z"), Code::ClockRollback);
}

fn expiring(strategy: ExpiryStrategy, grace: GraceLadder) -> License {
    let mut license = sold();
    license.terms.expiry_strategy = strategy;
    license.terms.grace = grace;
    license.term.expires_at = Some(at("2026-06-10T00:00:00Z"));
    license.term.maintenance_until = None;
    license
}

// R-LIC-08: the ladder around the expiry
#[test]
fn a_license_steps_down() {
    let grace = GraceLadder {
        warn_days: 7,
        full_days: 3,
        read_only_days: 2,
    };
    let expiry = at("2026-06-10T00:00:00Z");
    let warned = |until: Option<&str>| {
        Some(Because::Expiry {
            expires_at: expiry,
            until: until.map(at),
        })
    };
    let (full, stop) = ("2026-06-13T00:00:00Z", "2026-06-15T00:00:00Z");
    for (now, code, access, because, days) in [
        ("2026-06-02T23:59:59Z", Code::Valid, Access::Full, None, 8),
        (
            "2026-06-03T00:00:00Z",
            Code::Valid,
            Access::Full,
            warned(None),
            7,
        ),
        (
            "2026-06-09T23:59:59Z",
            Code::Valid,
            Access::Full,
            warned(None),
            1,
        ),
        (
            "2026-06-10T00:00:00Z",
            Code::ExpiredGrace,
            Access::Full,
            warned(Some(full)),
            0,
        ),
        (
            "2026-06-12T23:59:59Z",
            Code::ExpiredGrace,
            Access::Full,
            warned(Some(full)),
            0,
        ),
        (
            full,
            Code::ExpiredGrace,
            Access::ReadOnly,
            warned(Some(stop)),
            0,
        ),
        (
            "2026-06-14T23:59:59Z",
            Code::ExpiredGrace,
            Access::ReadOnly,
            warned(Some(stop)),
            0,
        ),
        (stop, Code::Expired, Access::None, warned(None), 0),
    ] {
        let license = expiring(ExpiryStrategy::Restrict, grace);
        let verdict = decide(&Facts::of(Lookup::Found(license.grant("p"))), at(now));
        assert_eq!(
            (verdict.code, verdict.access, verdict.because),
            (code, access, because),
            "{now}"
        );
        assert_eq!(
            (verdict.valid, verdict.days_left),
            (access != Access::None, Some(days)),
            "{now}"
        );
    }
}

// R-LIC-14
#[test]
fn after_the_expiry_the_strategy_decides() {
    let now = at("2026-07-01T00:00:00Z");
    let verdict = |strategy, released: Option<&str>| {
        let license = expiring(strategy, GraceLadder::default());
        let mut facts = Facts::of(Lookup::Found(license.grant("p")));
        facts.asks.version = version("2.0", released);
        let verdict = decide(&facts, now);
        (verdict.valid, verdict.code)
    };
    let (before, after) = (Some("2026-06-01T00:00:00Z"), Some("2026-06-20T00:00:00Z"));
    assert_eq!(
        verdict(ExpiryStrategy::Restrict, before),
        (false, Code::Expired)
    );
    assert_eq!(
        verdict(ExpiryStrategy::Maintain, before),
        (true, Code::Expired)
    );
    assert_eq!(
        verdict(ExpiryStrategy::Maintain, after),
        (false, Code::VersionNotEntitled)
    );
    assert_eq!(verdict(ExpiryStrategy::Allow, after), (true, Code::Expired));
}

proptest! {
    // R-LIC-07: at any instant, with any ladder, without panic; what is valid is within its ladder
    #[test]
    fn valid_means_within_the_ladder(
        now in 0i64..=253_402_128_000, expiry in 0i64..=253_402_128_000, warn in any::<u32>(), full in 0u32..=4000, read in 0u32..=4000,
        near in any::<bool>(), offset in -500_000_000i64..500_000_000,
    ) {
        let expiry = UtcTime::from_seconds(expiry).unwrap();
        let now = if near { expiry.saturating_add_seconds(offset) } else { UtcTime::from_seconds(now).unwrap() };
        let mut license = expiring(
            ExpiryStrategy::Restrict,
            GraceLadder { warn_days: warn, full_days: full, read_only_days: read },
        );
        license.term.starts_at = UtcTime::MIN;
        license.term.expires_at = Some(expiry);
        let verdict = decide(&Facts::of(Lookup::Found(license.grant("p"))), now);
        let stop = expiry.saturating_add_seconds((i64::from(full) + i64::from(read)) * 86_400);
        prop_assert_eq!(verdict.valid, now < stop || now < expiry);
        prop_assert_eq!(verdict.code == Code::Valid, now < expiry);
        let days = verdict.days_left.unwrap();
        prop_assert!(days >= 0 && (days == 0) == (now >= expiry));
        prop_assert!(expiry <= now.saturating_add_seconds(days * 86_400));
    }

    // R-LIC-07: neither extreme numbers nor odd texts make it panic
    #[test]
    fn decide_never_panics(
        used in any::<i64>(), limit in proptest::option::of(any::<i64>()), seats in any::<i64>(), overage in any::<u32>(),
        product in any::<String>(), user in any::<String>(), module in any::<String>(), count in any::<u64>(), by in any::<u64>(),
        now in 0i64..=253_402_128_000, strategy in 0usize..3,
    ) {
        let mut license = expiring(ExpiryStrategy::ALL[strategy], GraceLadder { warn_days: u32::MAX, full_days: u32::MAX, read_only_days: u32::MAX });
        license.terms.overage_percent = overage;
        license.terms.seat_limit = Some(u32::MAX);
        license.bound_user = Some(user.clone());
        let grant = Grant { machine_limit: limit, machines_used: used, ..license.grant("p") };
        for seat in [SeatAsk::Machine, SeatAsk::User { used: seats }, SeatAsk::Floating { used: seats }] {
            let mut facts = Facts::of(Lookup::Found(grant));
            let modules = [module.clone()];
            facts.asks = Asks {
                product: Some(&product),
                user: Claimed::Is(&user),
                seat,
                modules: &modules,
                meter: Some(MeterAsk { name: &module, used: count, by }),
                ..Asks::default()
            };
            let verdict = decide(&facts, UtcTime::from_seconds(now).unwrap());
            prop_assert_eq!(verdict.valid, verdict.access != Access::None);
            facts.asks.product = None;
            let verdict = decide(&facts, UtcTime::from_seconds(now).unwrap());
            prop_assert!(verdict.code != Code::UserMismatch, "a user is always the same as itself");
        }
    }
}
