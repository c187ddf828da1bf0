use crate::world::{World, everywhere};
use alvara_domain::id::NodeId;
use alvara_domain::ledger::{Account, Cause, Position};
use alvara_domain::money::{BasisPoints, Currency};
use alvara_domain::order::credit::{CreditLimit, Step};
use alvara_domain::order::{Order, OrderState, PaymentTerms};
use alvara_store::ledger::{LedgerFilter, Posting, balance, imbalance_of, list, post};
use alvara_store::page::PageRequest;
use alvara_store::{Reach, StoreError, TenantTx, credit_limits, orders};

/// An order of a place that waits for its money.
pub(crate) fn open_order(tx: &mut TenantTx<'_>, place: NodeId) -> Result<Order, StoreError> {
    let order = Order {
        id: tx.new_id()?,
        node_id: place,
        state: OrderState::Open,
        terms: PaymentTerms::Now,
        currency: Currency::BRL,
        price_minor: 100,
        discount: BasisPoints::ZERO,
        taken_off_minor: 0,
        total_minor: 100,
        due_at: None,
        credit_node_id: None,
        credit_minor: 0,
        narrowed: Step::None,
        created_by: "console".to_owned(),
        created_at: tx.now(),
        paid_at: None,
        updated_at: tx.now(),
        version: 1,
    };
    orders::insert(tx, &order, &[])?;
    Ok(order)
}

#[test]
fn the_ledger_takes_what_balances_and_sums_exactly() {
    // R-PAY-06
    everywhere(async |world: World| {
        let acme = world.house("acme").await;
        let house = acme.clone();
        let big = (1_i64 << 53) + 1;
        world
            .db
            .write(&world.whole(&acme), move |tx| -> Result<(), StoreError> {
                let order = open_order(tx, house.customer.id)?;
                let posting = Posting {
                    node: order.node_id,
                    order: order.id,
                    charge: None,
                    cause: Cause::Charge,
                    currency: Currency::BRL,
                };
                let revenue = (Account::Revenue, String::new());
                let clearing = (Account::Clearing, "pac_1".to_owned());
                let even = Position::from([(clearing.clone(), big), (revenue.clone(), -big)]);
                for _ in 0..3 {
                    post(tx, posting, &even)?.unwrap();
                }
                assert_eq!(post(tx, posting, &Position::new())?, None);
                let odd = Position::from([(clearing, 1), (revenue, -2)]);
                assert!(matches!(
                    post(tx, posting, &odd),
                    Err(StoreError::Corrupt { .. })
                ));
                assert_eq!(imbalance_of(tx, Currency::BRL)?, 0);
                let sum = (Account::Clearing, Currency::BRL);
                assert_eq!(balance(tx, sum, Some("pac_1"))?, 3 * big);
                assert_eq!(balance(tx, (sum.0, Currency::EUR), None)?, 0);
                let page = list(tx, &LedgerFilter::default(), &PageRequest::default())?;
                assert_eq!((page.items.len(), page.items[0].entries.len()), (3, 2));
                Ok(())
            })
            .await
            .unwrap();
        // Who sits beside sees neither order nor books.
        let sibling = world.scope(&acme.sibling, Reach::Tree);
        world
            .db
            .read(&sibling, |tx| -> Result<(), StoreError> {
                let page = list(tx, &LedgerFilter::default(), &PageRequest::default())?;
                assert!(page.items.is_empty());
                let filter = orders::OrderFilter::default();
                let seen = orders::list(tx, &filter, &PageRequest::default())?;
                assert!(seen.items.is_empty());
                assert!(matches!(
                    imbalance_of(tx, Currency::BRL),
                    Err(StoreError::OutOfReach)
                ));
                Ok(())
            })
            .await
            .unwrap();
    });
}

#[test]
fn a_limit_is_never_passed_by_many_at_once() {
    // R-PAY-08
    everywhere(async |world: World| {
        let acme = world.house("acme").await;
        let whole = world.whole(&acme);
        let agent = acme.agent.id;
        let limit = world
            .db
            .write(&whole, move |tx| -> Result<_, StoreError> {
                let limit = CreditLimit {
                    node_id: agent,
                    currency: Currency::BRL,
                    limit_minor: 1_099,
                    used_minor: 0,
                    days: 28,
                    created_at: tx.now(),
                    updated_at: tx.now(),
                    version: 1,
                };
                assert!(credit_limits::put(tx, &limit)?);
                Ok(limit)
            })
            .await
            .unwrap();
        let tasks: Vec<_> = (0..16)
            .map(|_| {
                let (db, whole, limit) = (world.db.clone(), whole.clone(), limit.clone());
                tokio::spawn(async move {
                    db.write(&whole, move |tx| credit_limits::take(tx, &limit, 100))
                        .await
                        .unwrap()
                })
            })
            .collect();
        let mut taken = 0;
        for task in tasks {
            taken += usize::from(task.await.unwrap());
        }
        assert_eq!(taken, 10);
        let path = acme.customer.path.clone();
        world
            .db
            .write(&whole, move |tx| -> Result<(), StoreError> {
                let found = credit_limits::nearest(tx, &path)?.unwrap();
                assert_eq!((found.used_minor, found.left()), (1_000, 99));
                credit_limits::give_back(tx, agent, 1_000)?;
                let other = CreditLimit {
                    currency: Currency::EUR,
                    ..found
                };
                assert!(credit_limits::put(tx, &other)?);
                Ok(())
            })
            .await
            .unwrap();
    });
}
