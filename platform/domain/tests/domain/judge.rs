//! What is made of a report of a charge, by what is known of it.

use alvara_domain::charge::ChargeState;
use alvara_domain::charge::judge::{Judgement, Quarantine, Standing, Told, judge, vouched_for};
use alvara_domain::money::{Currency, Money};
use alvara_domain::payment::PspRef;
use alvara_domain::payment::report::ChargeReport;
use alvara_domain::time::UtcTime;

use crate::samples::at;

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
        // What was slept through is caught up with.
        (
            "refunded, never heard of",
            (S::RequiresAction, 0, 0),
            (S::Refunded, 10_000, 10_000),
            event(T3),
            J::Through(&[S::Paid]),
        ),
        (
            "partly, after its end",
            (S::Expired, 0, 0),
            (S::PartiallyRefunded, 10_000, 1),
            asked,
            J::Through(&[S::Paid]),
        ),
        (
            "lost, never heard of",
            (S::Unknown, 0, 0),
            (S::ChargedBack, 10_000, 0),
            asked,
            J::Through(&[S::Paid, S::Disputed]),
        ),
        (
            "lost at once",
            (S::Paid, 10_000, 0),
            (S::ChargedBack, 10_000, 0),
            asked,
            J::Through(&[S::Disputed]),
        ),
        (
            "refunded after it failed",
            (S::Failed, 0, 0),
            (S::Refunded, 10_000, 10_000),
            asked,
            J::Quarantine(Q::IllegalEdge),
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

// R-PAY-06: whatever was slept through, the way there is made of legal edges.
#[test]
fn what_lies_between_is_a_legal_way() {
    for from in ChargeState::ALL {
        for to in ChargeState::ALL {
            let refunded = match to {
                ChargeState::Refunded => 10_000,
                ChargeState::PartiallyRefunded => 1,
                _ => 0,
            };
            let told = judge(
                &standing(*from, 0, 0),
                &report(*to, 10_000, refunded),
                Told::Asked,
            );
            if let Judgement::Through(steps) = told {
                let mut at = *from;
                for step in steps.iter().chain([to]) {
                    assert!(at.can_become(*step), "{from:?} → {to:?} by {step:?}");
                    at = *step;
                }
            }
        }
    }
}

// R-PAY-06 R-PAY-07: what a person may answer for, and what nobody can.
#[test]
fn a_person_answers_for_too_much_and_for_money_after_a_refusal() {
    use ChargeState as S;
    let judged = |standing: &Standing, report: &ChargeReport| {
        let vouched = vouched_for(standing, report);
        (
            judge(standing, report, Told::Asked),
            judge(&vouched, report, Told::Asked),
        )
    };
    let open = standing(S::RequiresAction, 0, 0);
    assert_eq!(
        judged(&open, &report(S::Paid, 10_301, 0)),
        (
            Judgement::Quarantine(Quarantine::CapturedOverRequested),
            Judgement::Apply(S::Paid)
        )
    );
    assert_eq!(
        vouched_for(&open, &report(S::Paid, 10_301, 0)).surcharge,
        301
    );
    // What was agreed on already stays so.
    assert_eq!(
        vouched_for(&open, &report(S::Paid, 9_000, 0)).surcharge,
        300
    );
    let over = standing(S::Failed, 0, 0);
    assert_eq!(
        judged(&over, &report(S::Paid, 10_000, 0)),
        (
            Judgement::Quarantine(Quarantine::IllegalEdge),
            Judgement::Late
        )
    );
    let mut euros = report(S::Paid, 10_000, 0);
    euros.captured.currency = Currency::EUR;
    let mut renamed = report(S::Paid, 10_000, 0);
    renamed.refs = vec![psp("txid", "other")];
    for (wrong, reason) in [
        (euros, Quarantine::CurrencyChanged),
        (renamed, Quarantine::ReferenceChanged),
        (report(S::Paid, 0, 0), Quarantine::PaidWithoutMoney),
        (
            report(S::Refunded, 10_000, 10_001),
            Quarantine::RefundedOverCaptured,
        ),
    ] {
        let (_, vouched) = judged(&open, &wrong);
        assert_eq!(vouched, Judgement::Quarantine(reason));
    }
}
