//! Numbers without gaps, however many are paid at the same moment.

use alvara_domain::charge::ChargeState as S;
use alvara_domain::invoice::InvoiceKind;
use alvara_domain::order::PaymentTerms;
use alvara_store::inbound::EventOutcome as E;
use alvara_store::invoices;

use super::once::all_at_once;
use super::till::{PRICE, Till, event, report};
use crate::test_house::everywhere;

const PAID: &str = "2026-01-01T00:10:00Z";
const CROWD: usize = 64;

// R-PAY-11
#[test]
fn sixty_four_receipts_at_once_are_numbered_without_a_gap() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let mut charges = Vec::new();
        for _ in 0..CROWD {
            let order = till.order(PaymentTerms::Now).await.unwrap().order.id;
            charges.push(till.shown(order).await);
        }
        let told = charges.iter().map(|id| {
            let paid = report(*id, S::Paid, PRICE, 0);
            event(&format!("evt-{id}"), PAID, paid)
        });
        let outcomes = all_at_once(&till, told.collect()).await;
        assert!(
            outcomes.iter().all(|one| *one == E::Applied),
            "{outcomes:?}"
        );
        let of = charges.clone();
        let written = till
            .write(move |tx| {
                let mut all = Vec::new();
                for id in &of {
                    all.extend(invoices::list_of_charge(tx, *id)?);
                }
                Ok(all)
            })
            .await
            .unwrap();
        assert!(written.iter().all(|one| one.kind == InvoiceKind::Receipt));
        assert!(
            written
                .iter()
                .all(|one| one.content.total.amount_minor == PRICE)
        );
        let mut numbers: Vec<i64> = written.iter().map(|one| one.number).collect();
        numbers.sort_unstable();
        let wanted: Vec<i64> = (1..).take(CROWD).collect();
        assert_eq!(numbers, wanted);
    });
}
