//! Charges: every edge of the states, every effect, what a fault means.

use std::collections::BTreeMap;

use alvara_domain::charge::attempt::{AttemptState, poll_after, reconcile_after};
use alvara_domain::charge::effect::Effect;
use alvara_domain::charge::record::{discount_most, surcharge_most};
use alvara_domain::charge::{ChargeState, DisputeState, MandateState, RefundState};
use alvara_domain::civil_date::CivilDate;
use alvara_domain::money::{BasisPoints, Currency, Money};
use alvara_domain::payment::ask::{Due, Rate};
use alvara_domain::payment::{PluginFault, PluginFaultKind};
use serde_json::Value;

/// States and edges as they were agreed on with the plugins, which map each provider's own to them.
const AGREED: &str = include_str!("../../../../plugins/fixtures/payment-states.json");

/// Checks a rule against the edges of an agreed machine and those of the house's own, both ways:
/// what is listed may follow and nothing else may.
fn agreed<T: Copy + PartialEq + std::fmt::Debug + std::str::FromStr>(
    machine: &str,
    (all, rule): (&[T], impl Fn(T, T) -> bool),
    own: &[(&str, &[&str])],
) where
    T::Err: std::fmt::Debug,
{
    let table: Value = serde_json::from_str(AGREED).unwrap();
    let listed = table[machine]["transitions"].clone();
    let mut listed: BTreeMap<String, Vec<String>> = serde_json::from_value(listed).unwrap();
    for (from, tos) in own {
        let known = listed.entry((*from).to_owned()).or_default();
        known.extend(tos.iter().map(|to| (*to).to_owned()));
    }
    assert_eq!(
        all.len(),
        listed.len(),
        "{machine}: one line for each state"
    );
    for (from, tos) in &listed {
        let from: T = from.parse().unwrap();
        let tos: Vec<T> = tos.iter().map(|to| to.parse().unwrap()).collect();
        for to in all {
            // A further partial refund is a change of amounts, not of state.
            let may_follow = tos.contains(to) && *to != from;
            assert_eq!(rule(from, *to), may_follow, "{machine}: {from:?} → {to:?}");
        }
    }
}

// R-PAY-06
#[test]
fn charge_states() {
    agreed(
        "payment",
        (ChargeState::ALL, ChargeState::can_become),
        // The house's own state, between sending and the truth.
        &[
            ("created", &["unknown"]),
            (
                "unknown",
                &[
                    "created",
                    "processing",
                    "requires_action",
                    "authorized",
                    "paid",
                    "failed",
                    "canceled",
                    "expired",
                ],
            ),
        ],
    );
}

// R-PAY-06
#[test]
fn states_of_attempts_refunds_mandates_and_disputes() {
    agreed(
        "attempt",
        (AttemptState::ALL, AttemptState::can_become),
        &[],
    );
    agreed("refund", (RefundState::ALL, RefundState::can_become), &[]);
    agreed(
        "mandate",
        (MandateState::ALL, MandateState::can_become),
        &[],
    );
    agreed(
        "dispute",
        (DisputeState::ALL, DisputeState::can_become),
        &[],
    );
}

fn brl(minor: i64) -> Money {
    Money::new(minor, Currency::BRL)
}

// R-PAY-06
#[test]
fn every_transition_has_its_effect() {
    use ChargeState as S;
    for from in S::ALL {
        for to in S::ALL.iter().filter(|to| from.can_become(**to)) {
            let expected = match (from, to) {
                (S::PartiallyRefunded, S::Paid) | (S::Paid, S::PartiallyRefunded) => Effect::Keep,
                (S::Disputed | S::ChargedBack | S::Refunded, S::Paid | S::PartiallyRefunded) => {
                    Effect::Reinstate
                }
                (_, S::Paid) => Effect::Grant,
                (_, S::Disputed) => Effect::Suspend,
                (_, S::Refunded | S::ChargedBack) => Effect::Revoke,
                _ => Effect::None,
            };
            assert_eq!(Effect::of(*from, *to), expected, "{from:?} → {to:?}");
        }
    }
}

// R-PAY-06: silence is unknown, never failed.
#[test]
fn only_what_did_not_happen_is_sent_again_or_given_up() {
    use AttemptState as A;
    use PluginFaultKind as F;
    for kind in F::ALL {
        let fault = PluginFault {
            kind: *kind,
            message: String::new(),
            psp_code: None,
            http_status: None,
            retry_after_ms: None,
            violations: Vec::new(),
        };
        let expected = match kind {
            F::RateLimited | F::Unavailable => A::RetryWait,
            F::Unsupported
            | F::InvalidRequest
            | F::InvalidConfig
            | F::Unauthenticated
            | F::Permission
            | F::NotFound => A::Terminal,
            _ => A::NeedsReconciliation,
        };
        assert_eq!(A::after(&fault), expected, "{kind:?}");
        assert_eq!(kind.may_retry(), expected == A::RetryWait, "{kind:?}");
    }
}

// R-PAY-12
#[test]
fn questions_come_less_and_less_often() {
    let waits: Vec<i64> = (0..7).map(reconcile_after).collect();
    assert_eq!(waits, [5, 30, 120, 600, 3_600, 3_600, 3_600]);
    let waits: Vec<i64> = [0, 599, 600, 3_600, 86_400, i64::MAX]
        .into_iter()
        .map(poll_after)
        .collect();
    assert_eq!(waits, [30, 30, 120, 1_800, 21_600, 21_600]);
}

// R-PAY-06: fine of 2 % and interest of 1 % a month, as boletos have them.
#[test]
fn who_pays_late_pays_no_more_than_fine_and_interest() {
    let mut due = Due {
        due_date: CivilDate::new(2026, 3, 10).unwrap(),
        days_valid_after_due: 30,
        fine: Some(Rate::Share(BasisPoints::try_from(200).unwrap())),
        monthly_interest: Some(BasisPoints::try_from(100).unwrap()),
        discount: Some((CivilDate::new(2026, 3, 5).unwrap(), Rate::Amount(brl(250)))),
        instructions: Vec::new(),
        bank_sequence: None,
    };
    assert_eq!(surcharge_most(brl(10_000), &due), 200 + 100);
    assert_eq!(discount_most(brl(10_000), &due), 250);
    due.days_valid_after_due = 1;
    // 3.33 is 4: the bound is rounded up.
    assert_eq!(surcharge_most(brl(10_000), &due), 200 + 4);
    (due.fine, due.monthly_interest, due.discount) = (Some(Rate::Amount(brl(5))), None, None);
    assert_eq!(
        (
            surcharge_most(brl(10_000), &due),
            discount_most(brl(10_000), &due)
        ),
        (5, 0)
    );
}
