//! Orders: what they come to, where they go, and how long somebody waits for the money.

use alvara_domain::money::{BasisPoints, Currency, Money, MoneyError};
use alvara_domain::order::credit::{CreditLimit, Ladder, Step};
use alvara_domain::order::{OrderState, Total};

use crate::samples::{at, id};

// R-PAY-06
#[test]
fn order_states() {
    use OrderState as O;
    let legal = [
        (O::Open, O::Paid),
        (O::Open, O::Canceled),
        (O::Paid, O::Disputed),
        (O::Paid, O::Reversed),
        (O::Disputed, O::Paid),
        (O::Disputed, O::Reversed),
        (O::Reversed, O::Paid),
        (O::Canceled, O::Paid),
    ];
    for from in O::ALL {
        for to in O::ALL {
            assert_eq!(
                from.can_become(*to),
                legal.contains(&(*from, *to)),
                "{from:?} → {to:?}"
            );
        }
    }
}

// R-PAY-06, R-TEN-06: the discount is rounded once, on the sum.
#[test]
fn an_order_is_the_sum_of_its_lines() {
    let brl = |minor| Money::new(minor, Currency::BRL);
    let half = BasisPoints::try_from(5_000).unwrap();
    let total = Total::of(&[(brl(333), 1), (brl(100), 3)], half)
        .unwrap()
        .unwrap();
    assert_eq!(
        (total.price, total.taken_off, total.total),
        (brl(633), brl(317), brl(316))
    );
    assert_eq!(Total::of(&[], half), Ok(None));
    assert!(matches!(
        Total::of(
            &[(brl(1), 1), (Money::new(1, Currency::EUR), 1)],
            BasisPoints::ZERO
        ),
        Err(MoneyError::Currency { .. })
    ));
    assert_eq!(
        Total::of(&[(brl(i64::MAX), 2)], BasisPoints::ZERO),
        Err(MoneyError::Overflow)
    );
}

// R-PAY-08
#[test]
fn a_limit_allows_what_is_left_of_it() {
    let limit = CreditLimit {
        node_id: id(1),
        currency: Currency::BRL,
        limit_minor: 10_000,
        used_minor: 4_000,
        days: 28,
        created_at: at("2026-01-01T00:00:00Z"),
        updated_at: at("2026-01-01T00:00:00Z"),
        version: 1,
    };
    assert!(limit.allows(Money::new(6_000, Currency::BRL)));
    assert!(!limit.allows(Money::new(6_001, Currency::BRL)));
    assert!(!limit.allows(Money::new(1, Currency::EUR)));
}

// R-PAY-08
#[test]
fn an_overdue_order_is_narrowed_step_by_step() {
    let (ladder, due) = (Ladder::default(), at("2026-03-01T00:00:00Z"));
    for (now, step) in [
        ("2026-02-28T23:59:59Z", Step::None),
        ("2026-03-01T00:00:00Z", Step::Told),
        ("2026-03-01T23:59:59Z", Step::Told),
        ("2026-03-02T00:00:00Z", Step::Blocked),
        ("2026-03-08T00:00:00Z", Step::Suspended),
        ("2026-03-30T23:59:59Z", Step::Suspended),
        ("2026-03-31T00:00:00Z", Step::Withdrawn),
        ("2099-01-01T00:00:00Z", Step::Withdrawn),
    ] {
        assert_eq!(ladder.step(due, at(now)), step, "{now}");
    }
    // Whoever looks exactly when told to finds the next step.
    for step in Step::ALL {
        match ladder.next_at(due, *step) {
            Some(then) => assert!(ladder.step(due, then) > *step, "{step:?}"),
            None => assert_eq!(*step, Step::Withdrawn),
        }
    }
}
