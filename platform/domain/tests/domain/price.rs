//! Shares, sums and discounts; windows of meters.

use alvara_domain::id::PlanId;
use alvara_domain::money::{BasisPoints, Currency, Money, MoneyError};
use alvara_domain::price::{Quote, QuoteLine, Subject};
use alvara_domain::time::Period;
use proptest::prelude::*;

use crate::samples::{at, id, zone};

fn line(price: Money) -> QuoteLine {
    QuoteLine {
        subject: Subject::Plan(id::<PlanId>(9)),
        code: "yearly".to_owned(),
        price,
        source: None,
    }
}

// R-TEN-06: half a cent is a cent.
#[test]
fn a_share_is_rounded_half_up() {
    let euros = |cents| Money::new(cents, Currency::EUR);
    for (percent, amount, expected) in [
        (50.0, 1, 1),
        (50.0, 3, 2),
        (49.99, 1, 0),
        (12.5, 9_999, 1_250),
        (100.0, i64::MAX, i64::MAX),
        (0.0, 700, 0),
        (50.0, -1, 0),
    ] {
        let share = BasisPoints::from_percent(percent).unwrap();
        assert_eq!(
            share.of(euros(amount)),
            Ok(euros(expected)),
            "{percent} of {amount}"
        );
    }
    for wrong in [-0.01, 100.01, 1.234, f64::NAN, f64::INFINITY] {
        assert!(BasisPoints::from_percent(wrong).is_err(), "{wrong}");
    }
}

// R-TEN-06
#[test]
fn different_currencies_have_no_sum() {
    let lines = vec![
        line(Money::new(1, Currency::EUR)),
        line(Money::new(1, Currency::BRL)),
    ];
    assert!(matches!(
        Quote::of(lines, BasisPoints::ZERO),
        Err(MoneyError::Currency { .. })
    ));
    assert_eq!(Quote::of(Vec::new(), BasisPoints::ZERO), Ok(None));
}

proptest! {
    // R-TEN-06: what is taken off and what is left are always the whole, and never below nothing.
    #[test]
    fn a_discount_loses_no_cent(
        prices in proptest::collection::vec(0i64..=9_007_199_254_740_991, 1..65), share in 0i64..=10_000,
    ) {
        let discount = BasisPoints::try_from(share).unwrap();
        let lines = prices.iter().map(|price| line(Money::new(*price, Currency::USD))).collect();
        let quote = Quote::of(lines, discount).unwrap().unwrap();
        let sum: i64 = prices.iter().sum();
        prop_assert_eq!(quote.price.amount_minor, sum);
        prop_assert_eq!(quote.taken_off.amount_minor + quote.total.amount_minor, sum);
        prop_assert!(quote.total.amount_minor >= 0 && quote.taken_off.amount_minor >= 0);
        let exact = i128::from(sum) * i128::from(share);
        let off = (i128::from(quote.taken_off.amount_minor) * 10_000 - exact).abs();
        prop_assert!(off <= 5_000, "rounded to the nearest");
        prop_assert_eq!(BasisPoints::from_percent(discount.percent()), Ok(discount));
    }

    // R-LIC-15: windows follow one another without a gap, and the one that is found holds the instant.
    #[test]
    fn the_window_that_is_found_holds_the_instant(
        period in prop_oneof![Just("P1M"), Just("P1D"), Just("PT1S"), Just("P1Y"), Just("P1M15D"), Just("PT36H")],
        after in 0i64..=2_000_000_000,
    ) {
        let period: Period = period.parse().unwrap();
        let sao_paulo = zone("America/Sao_Paulo");
        let anchor = at("2027-01-31T15:00:00Z");
        let now = anchor.checked_add_seconds(after).unwrap();
        let window = period.window(anchor, &sao_paulo, now);
        let end = window.end.unwrap();
        prop_assert!(window.start <= now && now < end);
        let next = period.window(anchor, &sao_paulo, end);
        prop_assert_eq!(next.start, end);
    }
}

// R-LIC-15
#[test]
fn before_its_anchor_the_first_window_counts() {
    let month = Period::months(1);
    let anchor = at("2027-01-31T15:00:00Z");
    let utc = zone("UTC");
    let early = month.window(anchor, &utc, at("2020-01-01T00:00:00Z"));
    assert_eq!(
        (early.start, early.end),
        (anchor, Some(at("2027-02-28T15:00:00Z")))
    );
    let never = Period::default().window(anchor, &utc, at("2090-01-01T00:00:00Z"));
    assert_eq!((never.start, never.end), (anchor, None));
}
