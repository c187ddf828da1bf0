//! Deferred terms: given now, paid later, narrowed when not.

use alvara_domain::charge::ChargeState as S;
use alvara_domain::ledger::Account as A;
use alvara_domain::license::LicenseState;
use alvara_domain::order::credit::{Ladder, Step};
use alvara_domain::order::{LineState, OrderState, PaymentTerms};
use alvara_store::credit_limits;
use tokio::task::JoinSet;

use super::till::{PRICE, Till, brl, event, report};
use crate::AppError;
use crate::billing::credit::{narrow, set_limit};
use crate::billing::order::LineRequest;
use crate::test_house::everywhere;

const T1: &str = "2026-01-01T00:10:00Z";

async fn limit(till: &Till, minor: i64) {
    let agent = till.agent;
    till.write(move |tx| set_limit(tx, agent, brl(minor), 28))
        .await
        .unwrap();
}

async fn used(till: &Till) -> i64 {
    let agent = till.agent;
    till.write(move |tx| Ok(credit_limits::find(tx, agent)?.unwrap().used_minor))
        .await
        .unwrap()
}

// R-PAY-08: sixteen orders at once, and room for five.
#[test]
fn parallel_orders_never_pass_the_limit() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        assert!(matches!(
            till.order(PaymentTerms::Deferred).await,
            Err(AppError::CreditExhausted { left: None, .. })
        ));
        limit(&till, 5 * PRICE + PRICE - 1).await;
        let mut tasks = JoinSet::new();
        for _ in 0..16 {
            let till = till.clone();
            tasks.spawn(async move {
                let line = LineRequest::Issue {
                    plan: till.plan,
                    modules: Vec::new(),
                    quantity: 1,
                };
                // Who meets the others too often is told to come back, and comes back.
                loop {
                    match till
                        .order_of(PaymentTerms::Deferred, vec![line.clone()])
                        .await
                    {
                        Err(AppError::Store(alvara_store::StoreError::Contended)) => {}
                        done => return done,
                    }
                }
            });
        }
        let (mut given, mut refused) = (0, 0);
        for done in tasks.join_all().await {
            match done {
                Ok(placed) => {
                    assert_eq!(placed.lines[0].state, LineState::Granted);
                    given += 1;
                }
                Err(AppError::CreditExhausted { left, .. }) => {
                    assert_eq!(left, Some(brl(PRICE - 1)));
                    refused += 1;
                }
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!((given, refused), (5, 11));
        assert_eq!(used(&till).await, 5 * PRICE);
        assert_eq!(
            till.balances([A::Receivable, A::Revenue]).await,
            [5 * PRICE, -5 * PRICE]
        );
    });
}

// R-PAY-08: paid in time, the debt is off the books and the limit is free again.
#[test]
fn a_deferred_order_is_given_now_and_cleared_when_paid() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        limit(&till, PRICE).await;
        let placed = till.order(PaymentTerms::Deferred).await.unwrap();
        assert_eq!(placed.lines[0].state, LineState::Granted);
        assert_eq!(till.license_now().await.term.periods, 2);
        let due = placed.order.due_at.unwrap();
        assert!(due.to_string().starts_with("2026-01-29"), "{due}");
        let id = till.shown(placed.order.id).await;
        till.tell(event("e1", T1, report(id, S::Paid, PRICE, 0)))
            .await;
        assert_eq!(till.license_now().await.term.periods, 2);
        let (order, _) = till.order_now(placed.order.id).await;
        assert_eq!((order.state, order.credit_minor), (OrderState::Paid, 0));
        assert_eq!(used(&till).await, 0);
        assert_eq!(
            till.balances([A::Receivable, A::Revenue, A::Clearing])
                .await,
            [0, -PRICE, PRICE]
        );
        // A refund takes it back as if it had been paid at once.
        till.sync(id, report(id, S::Refunded, PRICE, PRICE)).await;
        assert_eq!(till.license_now().await.term.periods, 1);
        assert_eq!(
            till.balances([A::Receivable, A::Returns, A::Clearing])
                .await,
            [0, PRICE, 0]
        );
    });
}

// R-PAY-08: told, blocked, suspended, withdrawn; and paid after all.
#[test]
fn an_overdue_order_is_narrowed_and_given_back_when_paid() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        limit(&till, 10 * PRICE).await;
        let order = till.order(PaymentTerms::Deferred).await.unwrap().order.id;
        let id = till.shown(order).await;
        let look = || {
            let till = till.clone();
            async move {
                // However often somebody looks.
                for _ in 0..3 {
                    till.write(move |tx| narrow(tx, order, &Ladder::default()))
                        .await
                        .unwrap();
                }
                let (order, lines) = till.order_now(order).await;
                let license = till.license_now().await;
                (
                    (order.state, order.narrowed, lines[0].state),
                    (license.state, license.term.periods),
                )
            }
        };
        let (open, granted) = (OrderState::Open, LineState::Granted);
        let active = (LicenseState::Active, 2);
        assert_eq!(look().await, ((open, Step::None, granted), active));
        till.house.move_clock(28 * 86_400);
        assert_eq!(look().await, ((open, Step::Told, granted), active));
        till.house.move_clock(86_400);
        assert_eq!(look().await, ((open, Step::Blocked, granted), active));
        assert!(matches!(
            till.order(PaymentTerms::Deferred).await,
            Err(AppError::CreditExhausted { .. })
        ));
        till.house.move_clock(6 * 86_400);
        assert_eq!(
            look().await,
            (
                (open, Step::Suspended, LineState::Suspended),
                (LicenseState::Suspended, 2)
            )
        );
        till.house.move_clock(23 * 86_400);
        assert_eq!(
            look().await,
            (
                (OrderState::Canceled, Step::Withdrawn, LineState::Withdrawn),
                (LicenseState::Active, 1)
            )
        );
        assert_eq!(used(&till).await, 0);
        assert_eq!(till.balances([A::Receivable, A::Revenue]).await, [0, 0]);
        // The money comes after all, and is honoured.
        till.sync(id, report(id, S::Paid, PRICE, 0)).await;
        assert_eq!(till.license_now().await.term.periods, 2);
        assert_eq!(
            till.balances([A::Receivable, A::Revenue, A::Clearing])
                .await,
            [0, -PRICE, PRICE]
        );
    });
}
