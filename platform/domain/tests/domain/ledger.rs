//! The ledger balances, whatever happened in whichever order; commissions lose no cent.

use alvara_domain::commission::split;
use alvara_domain::id::NodeId;
use alvara_domain::ledger::{
    Account, Book, Holders, Position, commissions, deferred, difference, imbalance,
};
use alvara_domain::money::BasisPoints;
use proptest::prelude::*;

use crate::samples::id;

fn holders(owed: bool) -> Holders {
    Holders {
        payment_account: "pac_1".to_owned(),
        buyer: id(7),
        owed,
    }
}

fn balance(position: &Position, account: Account) -> i64 {
    position
        .iter()
        .filter(|((kind, _), _)| *kind == account)
        .map(|(_, amount)| amount)
        .sum()
}

// R-PAY-06
#[test]
fn a_paid_charge_is_booked_and_a_refund_takes_it_back() {
    let paid = Book {
        captured: 10_300,
        fees: 99,
        earned: 10_300,
        surcharge: 300,
        ..Book::default()
    };
    let position = paid.position(&holders(false));
    assert_eq!(imbalance(&position), 0);
    for (account, amount) in [
        (Account::Clearing, 10_201),
        (Account::Fees, 99),
        (Account::Revenue, -10_000),
        (Account::Surcharge, -300),
        (Account::CustomerCredit, 0),
    ] {
        assert_eq!(balance(&position, account), amount, "{account}");
    }
    let refunded = Book {
        refunded: 10_300,
        ..paid
    };
    let after = refunded.position(&holders(false));
    assert_eq!(balance(&after, Account::Clearing), -99);
    assert_eq!(balance(&after, Account::Returns), 10_300);
    assert_eq!((paid.net(), refunded.net()), (10_000, 0));
}

// R-PAY-06: what pays for nothing is owed back, and goes back first.
#[test]
fn a_surplus_is_a_credit_until_it_is_given_back() {
    let surplus = Book {
        captured: 10_000,
        ..Book::default()
    };
    let position = surplus.position(&holders(false));
    assert_eq!(balance(&position, Account::CustomerCredit), -10_000);
    assert_eq!(balance(&position, Account::Revenue), 0);
    let back = Book {
        refunded: 10_000,
        ..surplus
    };
    assert_eq!(back.position(&holders(false)), Position::new());
}

// R-PAY-08: money of a deferred order pays what is owed and is no further revenue.
#[test]
fn a_deferred_sale_is_booked_once() {
    let mut books = deferred(id(7), 10_000);
    assert_eq!(imbalance(&books), 0);
    let paid = Book {
        captured: 10_000,
        earned: 10_000,
        ..Book::default()
    };
    for (holder, amount) in paid.position(&holders(true)) {
        *books.entry(holder).or_insert(0) += amount;
    }
    assert_eq!(balance(&books, Account::Receivable), 0);
    assert_eq!(balance(&books, Account::Revenue), -10_000);
    assert_eq!(balance(&books, Account::Clearing), 10_000);
    assert_eq!(deferred(id(7), 0), Position::new());
}

fn a_book() -> impl Strategy<Value = Book> {
    (
        0..1_000_000_i64,
        0..=100_u8,
        0..=100_u8,
        0..=100_u8,
        0..=10_u8,
        0..5_000_i64,
    )
        .prop_map(|(captured, earned, refunded, lost, surcharge, fees)| {
            let part = |of: i64, percent: u8| of * i64::from(percent) / 100;
            let earned = part(captured, earned);
            let refunded = part(captured, refunded);
            Book {
                captured,
                refunded,
                lost: part(captured - refunded, lost),
                fees,
                earned,
                surcharge: part(earned, surcharge),
            }
        })
}

proptest! {
    // R-PAY-06
    #[test]
    fn every_transaction_sums_to_zero_and_the_steps_do_not_matter(
        books in prop::collection::vec(a_book(), 1..12), owed: bool,
    ) {
        let holders = holders(owed);
        let (mut written, mut before) = (Position::new(), Position::new());
        for book in &books {
            let after = book.position(&holders);
            prop_assert_eq!(imbalance(&after), 0);
            let moved = difference(&before, &after);
            prop_assert_eq!(imbalance(&moved), 0);
            prop_assert!(moved.values().all(|amount| *amount != 0));
            for (holder, amount) in &moved {
                *written.entry(holder.clone()).or_insert(0) += amount;
            }
            before = after;
        }
        written.retain(|_, amount| *amount != 0);
        let last = books[books.len() - 1];
        prop_assert_eq!(&written, &last.position(&holders));
        // What is left of the sale is never more than the sale, nor less than nothing.
        prop_assert!((0..=last.earned).contains(&last.net()));
    }

    // R-TEN-06
    #[test]
    fn shares_and_the_house_are_always_the_whole(
        net in 0..=i64::MAX, parts in prop::collection::vec(0..=1_500_i64, 0..6), left in 0..=100_u8,
    ) {
        let shares: Vec<(NodeId, BasisPoints)> = parts
            .iter()
            .zip(1..)
            .map(|(share, number)| (id(number), BasisPoints::try_from(*share).unwrap()))
            .collect();
        let (paid, house) = split(net, &shares).unwrap();
        let sum: i128 = paid.iter().map(|(_, part)| i128::from(*part)).sum();
        prop_assert_eq!(sum + i128::from(house), i128::from(net));
        prop_assert!(house >= 0 && paid.iter().all(|(_, part)| *part >= 0));
        prop_assert_eq!(imbalance(&commissions(&paid)), 0);
        // Less money is never more commission, and none is none.
        let less = i64::try_from(i128::from(net) * i128::from(left) / 100).unwrap();
        let (fewer, _) = split(less, &shares).unwrap();
        prop_assert!(fewer.iter().zip(&paid).all(|((_, less), (_, more))| less <= more));
        let (nothing, house) = split(0, &shares).unwrap();
        prop_assert!(house == 0 && nothing.iter().all(|(_, part)| *part == 0));
    }
}

// R-TEN-06
#[test]
fn shares_of_more_than_the_whole_are_refused() {
    let half = BasisPoints::try_from(5_000).unwrap();
    assert_eq!(
        split(101, &[(id(1), half), (id(2), half)]).unwrap(),
        (vec![(id(1), 50), (id(2), 50)], 1)
    );
    let more = BasisPoints::try_from(5_001).unwrap();
    assert!(split(101, &[(id(1), half), (id(2), more)]).is_err());
}
