//! Charges: every edge of the states, every judgement, every effect.

use alvara_domain::charge::attempt::{AttemptState, poll_after, reconcile_after};
use alvara_domain::charge::effect::Effect;
use alvara_domain::charge::judge::{Judgement, Quarantine, Standing, Told, judge};
use alvara_domain::charge::record::{discount_most, surcharge_most};
use alvara_domain::charge::{ChargeState, DisputeState, MandateState, RefundState};
use alvara_domain::civil_date::CivilDate;
use alvara_domain::money::{BasisPoints, Currency, Money};
use alvara_domain::payment::ask::{Due, Rate};
use alvara_domain::payment::report::ChargeReport;
use alvara_domain::payment::{PluginFault, PluginFaultKind, PspRef};
use alvara_domain::time::UtcTime;

use crate::samples::at;

/// Checks a rule against the edges as they were agreed, both ways: those listed and no others.
fn edges<T: Copy + PartialEq + std::fmt::Debug + std::str::FromStr>(
    all: &[T],
    rule: impl Fn(T, T) -> bool,
    listed: &[(&str, &[&str])],
) where
    T::Err: std::fmt::Debug,
{
    assert_eq!(all.len(), listed.len(), "one line for each state");
    for (from, tos) in listed {
        let from: T = from.parse().unwrap();
        let tos: Vec<T> = tos.iter().map(|to| to.parse().unwrap()).collect();
        for to in all {
            assert_eq!(rule(from, *to), tos.contains(to), "{from:?} → {to:?}");
        }
    }
}

// R-PAY-06
#[test]
fn charge_states() {
    edges(
        ChargeState::ALL,
        ChargeState::can_become,
        &[
            // `unknown` is the house's own state, between sending and the truth.
            (
                "created",
                &[
                    "unknown",
                    "processing",
                    "requires_action",
                    "authorized",
                    "paid",
                    "failed",
                    "canceled",
                ],
            ),
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
            (
                "processing",
                &[
                    "requires_action",
                    "authorized",
                    "paid",
                    "failed",
                    "canceled",
                    "expired",
                ],
            ),
            (
                "requires_action",
                &[
                    "processing",
                    "authorized",
                    "paid",
                    "failed",
                    "canceled",
                    "expired",
                ],
            ),
            ("authorized", &["paid", "canceled", "expired", "failed"]),
            ("paid", &["partially_refunded", "refunded", "disputed"]),
            // A further partial refund is a change of amounts, not of state.
            ("partially_refunded", &["refunded", "disputed", "paid"]),
            ("refunded", &["partially_refunded", "paid"]),
            (
                "disputed",
                &["paid", "partially_refunded", "charged_back", "refunded"],
            ),
            ("charged_back", &["paid", "partially_refunded"]),
            ("failed", &[]),
            ("canceled", &["paid"]),
            ("expired", &["paid"]),
        ],
    );
}

// R-PAY-06, R-PAY-09
#[test]
fn states_of_attempts_refunds_mandates_and_disputes() {
    edges(
        AttemptState::ALL,
        AttemptState::can_become,
        &[
            ("prepared", &["dispatched", "terminal"]),
            (
                "dispatched",
                &[
                    "succeeded",
                    "retry_wait",
                    "terminal",
                    "needs_reconciliation",
                ],
            ),
            ("succeeded", &[]),
            ("retry_wait", &["dispatched", "terminal"]),
            ("terminal", &[]),
            (
                "needs_reconciliation",
                &["succeeded", "terminal", "retry_wait"],
            ),
        ],
    );
    edges(
        RefundState::ALL,
        RefundState::can_become,
        &[
            ("requested", &["pending", "succeeded", "failed", "canceled"]),
            ("pending", &["succeeded", "failed", "canceled"]),
            ("succeeded", &["failed"]),
            ("failed", &[]),
            ("canceled", &[]),
        ],
    );
    edges(
        MandateState::ALL,
        MandateState::can_become,
        &[
            (
                "created",
                &[
                    "pending_approval",
                    "active",
                    "rejected",
                    "canceled",
                    "expired",
                ],
            ),
            (
                "pending_approval",
                &["active", "rejected", "canceled", "expired"],
            ),
            ("active", &["paused", "canceled", "expired"]),
            ("paused", &["active", "canceled", "expired"]),
            ("rejected", &[]),
            ("canceled", &[]),
            ("expired", &[]),
        ],
    );
    edges(
        DisputeState::ALL,
        DisputeState::can_become,
        &[
            ("opened", &["under_review", "won", "lost", "closed"]),
            ("under_review", &["won", "lost", "closed"]),
            ("won", &[]),
            ("lost", &["won", "under_review"]),
            ("closed", &[]),
        ],
    );
}

/// A state, what was captured, what was refunded.
type Amounts = (ChargeState, i64, i64);

const T1: &str = "2026-03-01T10:00:00Z";
const T2: &str = "2026-03-01T11:00:00Z";
const T3: &str = "2026-03-01T12:00:00Z";

fn brl(minor: i64) -> Money {
    Money::new(minor, Currency::BRL)
}

fn psp(kind: &str, value: &str) -> PspRef {
    PspRef {
        kind: kind.to_owned(),
        value: value.to_owned(),
    }
}

/// A charge of 100.00 as it stands; the last event it knows happened at T2.
fn standing(state: ChargeState, captured: i64, refunded: i64) -> Standing {
    Standing {
        state,
        currency: Currency::BRL,
        requested: 10_000,
        surcharge: 300,
        authorized: 0,
        captured,
        refunded,
        refs: vec![psp("txid", "abc")],
        last_event_at: Some(at(T2)),
    }
}

fn report(state: ChargeState, captured: i64, refunded: i64) -> ChargeReport {
    ChargeReport {
        state,
        refs: vec![psp("txid", "abc"), psp("e2eid", "E1")],
        authorized: brl(0),
        captured: brl(captured),
        refunded: brl(refunded),
        action: None,
        decline: None,
        paid_at: None,
        settles_on: None,
        expires_at: None,
        fees: Vec::new(),
        stored_method: None,
        poll_at: None,
        raw_status: "x".to_owned(),
    }
}

fn event(text: &str) -> Told {
    Told::Event(Some(text.parse::<UtcTime>().unwrap()))
}

// R-PAY-06, R-PAY-07
#[test]
fn a_report_is_judged_by_what_is_known() {
    use ChargeState as S;
    use Judgement as J;
    use Quarantine as Q;
    let asked = Told::Asked;
    let cases: &[(&str, Amounts, Amounts, Told, J)] = &[
        (
            "first action",
            (S::Created, 0, 0),
            (S::RequiresAction, 0, 0),
            asked,
            J::Apply(S::RequiresAction),
        ),
        (
            "settled",
            (S::RequiresAction, 0, 0),
            (S::Paid, 10_000, 0),
            event(T3),
            J::Apply(S::Paid),
        ),
        (
            "settled, silence before",
            (S::Unknown, 0, 0),
            (S::Paid, 10_000, 0),
            asked,
            J::Apply(S::Paid),
        ),
        (
            "told again",
            (S::Paid, 10_000, 0),
            (S::Paid, 10_000, 0),
            event(T3),
            J::Same,
        ),
        (
            "told again, older",
            (S::Paid, 10_000, 0),
            (S::Paid, 10_000, 0),
            event(T1),
            J::Same,
        ),
        (
            "further capture",
            (S::Paid, 5_000, 0),
            (S::Paid, 10_000, 0),
            event(T3),
            J::Amounts,
        ),
        (
            "further refund",
            (S::PartiallyRefunded, 10_000, 1_000),
            (S::PartiallyRefunded, 10_000, 2_000),
            event(T3),
            J::Amounts,
        ),
        (
            "late by interest",
            (S::RequiresAction, 0, 0),
            (S::Paid, 10_300, 0),
            asked,
            J::Apply(S::Paid),
        ),
        (
            "part of it",
            (S::RequiresAction, 0, 0),
            (S::Paid, 1, 0),
            asked,
            J::Apply(S::Paid),
        ),
        (
            "after the end",
            (S::Expired, 0, 0),
            (S::Paid, 10_000, 0),
            event(T3),
            J::Late,
        ),
        (
            "after it was called off",
            (S::Canceled, 0, 0),
            (S::Paid, 10_000, 0),
            asked,
            J::Late,
        ),
        (
            "refund that failed",
            (S::Refunded, 10_000, 10_000),
            (S::Paid, 10_000, 0),
            event(T3),
            J::Apply(S::Paid),
        ),
        (
            "one of two that failed",
            (S::Refunded, 10_000, 10_000),
            (S::PartiallyRefunded, 10_000, 4_000),
            asked,
            J::Apply(S::PartiallyRefunded),
        ),
        (
            "contested",
            (S::Paid, 10_000, 0),
            (S::Disputed, 10_000, 0),
            event(T3),
            J::Apply(S::Disputed),
        ),
        (
            "lost",
            (S::Disputed, 10_000, 0),
            (S::ChargedBack, 0, 0),
            event(T3),
            J::Apply(S::ChargedBack),
        ),
        (
            "won after all",
            (S::ChargedBack, 10_000, 0),
            (S::Paid, 10_000, 0),
            event(T3),
            J::Apply(S::Paid),
        ),
        // Out of order: an older event never moves a charge back.
        (
            "older and different",
            (S::Paid, 10_000, 0),
            (S::RequiresAction, 0, 0),
            event(T1),
            J::AskAgain,
        ),
        (
            "undated and backwards",
            (S::Paid, 10_000, 0),
            (S::Processing, 0, 0),
            Told::Event(None),
            J::AskAgain,
        ),
        (
            "older, but forward",
            (S::RequiresAction, 0, 0),
            (S::Paid, 10_000, 0),
            event(T1),
            J::AskAgain,
        ),
        // Nothing explains these.
        (
            "backwards, asked",
            (S::Paid, 10_000, 0),
            (S::Processing, 0, 0),
            asked,
            J::Quarantine(Q::IllegalEdge),
        ),
        (
            "backwards, newer",
            (S::Paid, 10_000, 0),
            (S::Failed, 0, 0),
            event(T3),
            J::Quarantine(Q::IllegalEdge),
        ),
        (
            "paid after it failed",
            (S::Failed, 0, 0),
            (S::Paid, 10_000, 0),
            asked,
            J::Quarantine(Q::IllegalEdge),
        ),
        (
            "too much",
            (S::RequiresAction, 0, 0),
            (S::Paid, 10_301, 0),
            asked,
            J::Quarantine(Q::CapturedOverRequested),
        ),
        (
            "no money",
            (S::RequiresAction, 0, 0),
            (S::Paid, 0, 0),
            asked,
            J::Quarantine(Q::PaidWithoutMoney),
        ),
        (
            "no money, late",
            (S::Expired, 0, 0),
            (S::Paid, 0, 0),
            asked,
            J::Quarantine(Q::PaidWithoutMoney),
        ),
        (
            "more back than came",
            (S::Paid, 10_000, 0),
            (S::Refunded, 10_000, 10_001),
            asked,
            J::Quarantine(Q::RefundedOverCaptured),
        ),
        (
            "partly, but all of it",
            (S::Paid, 10_000, 0),
            (S::PartiallyRefunded, 10_000, 10_000),
            asked,
            J::Quarantine(Q::AmountsDoNotFit),
        ),
        (
            "all, but partly",
            (S::Paid, 10_000, 0),
            (S::Refunded, 10_000, 9_999),
            asked,
            J::Quarantine(Q::AmountsDoNotFit),
        ),
        (
            "less than came",
            (S::Paid, 10_000, 0),
            (S::Paid, 9_000, 0),
            asked,
            J::Quarantine(Q::CapturedShrank),
        ),
        (
            "negative",
            (S::Paid, 10_000, 0),
            (S::Paid, 10_000, -1),
            asked,
            J::Quarantine(Q::AmountsDoNotFit),
        ),
        (
            "back without a refund that failed",
            (S::PartiallyRefunded, 10_000, 0),
            (S::Paid, 10_000, 0),
            asked,
            J::Quarantine(Q::IllegalEdge),
        ),
        (
            "unknown is ours",
            (S::Processing, 0, 0),
            (S::Unknown, 0, 0),
            asked,
            J::Quarantine(Q::IllegalEdge),
        ),
    ];
    for (name, (from, captured, refunded), (to, now_captured, now_refunded), told, expected) in
        cases
    {
        let found = judge(
            &standing(*from, *captured, *refunded),
            &report(*to, *now_captured, *now_refunded),
            *told,
        );
        assert_eq!(found, *expected, "{name}");
    }
}

// R-PAY-07: another currency, and a name that became another.
#[test]
fn a_report_of_something_else_is_put_aside() {
    let known = standing(ChargeState::RequiresAction, 0, 0);
    let mut other = report(ChargeState::Paid, 10_000, 0);
    other.captured = Money::new(10_000, Currency::EUR);
    assert_eq!(
        judge(&known, &other, Told::Asked),
        Judgement::Quarantine(Quarantine::CurrencyChanged)
    );
    let mut other = report(ChargeState::Paid, 10_000, 0);
    other.refs = vec![psp("txid", "another")];
    assert_eq!(
        judge(&known, &other, event(T1)),
        Judgement::Quarantine(Quarantine::ReferenceChanged)
    );
    let mut other = report(ChargeState::Authorized, 0, 0);
    other.authorized = brl(10_301);
    assert_eq!(
        judge(&known, &other, Told::Asked),
        Judgement::Quarantine(Quarantine::CapturedOverRequested)
    );
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

// R-PAY-02: fine of 2 % and interest of 1 % a month, as boletos have them.
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
