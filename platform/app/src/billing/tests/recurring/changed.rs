//! What changes while a renewal is collected: its mandate is ended, its order is paid otherwise.

use alvara_domain::charge::{ChargeState as S, MandateState as M};
use alvara_domain::id::ChargeId;
use alvara_domain::ledger::Account as A;
use alvara_domain::notice::NoticeKind;
use alvara_domain::payment::PluginFaultKind;
use alvara_domain::payment::report::RetryAdvice;
use alvara_domain::recurring::RenewalState;

use super::super::till::{PRICE, Till, fault, report};
use crate::billing::Outcome;
use crate::billing::charge::dispatch;
use crate::billing::mandate;
use crate::test_house::everywhere;

impl Till {
    /// Its provider is down: what was collected waits to be sent again.
    async fn waits(&self, id: ChargeId) {
        let down = fault(PluginFaultKind::Unavailable);
        assert_eq!(self.answer(id, Err(down)).await, Outcome::Applied);
        assert_eq!(self.charge(id).await.state, S::Created);
    }

    async fn leaves_again(&self, id: ChargeId) -> bool {
        let left = self.write(move |tx| dispatch(tx, id, 1)).await;
        left.unwrap().is_some()
    }
}

// R-PAY-09: what has not left yet does not leave once its mandate is ended.
#[test]
fn a_collection_that_waits_is_called_off_with_its_mandate() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let id = till.active().await;
        till.days_before_the_end(9).await;
        let collected = till.look(id).await;
        let charge = till.hand_in(collected).await;
        till.waits(charge).await;
        let ended = till.write(move |tx| mandate::cancel(tx, id, "no")).await;
        assert!(ended.is_ok(), "{ended:?}");
        assert!(!till.leaves_again(charge).await);
        assert_eq!(till.charge(charge).await.state, S::Canceled);
        assert_eq!(till.renewals(id).await, [(RenewalState::GivenUp, 1)]);
    });
}

// R-PAY-09 R-PAY-06: who paid otherwise meanwhile is not charged as well, nor told of a failure.
#[test]
fn an_order_that_is_paid_otherwise_is_collected_no_more() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let id = till.active().await;
        till.days_before_the_end(9).await;
        let collected = till.look(id).await;
        let charge = till.hand_in(collected).await;
        till.waits(charge).await;
        let other = till.shown(till.charge(charge).await.order_id).await;
        till.answer(other, Ok(report(other, S::Paid, PRICE, 0)))
            .await;
        assert_eq!(till.renewals(id).await, [(RenewalState::Paid, 0)]);
        assert!(!till.leaves_again(charge).await);
        assert_eq!(till.charge(charge).await.state, S::Canceled);
        assert_eq!(till.renewals(id).await, [(RenewalState::Paid, 0)]);
        assert_eq!(till.told(NoticeKind::RenewalFailed).await, 0);
        assert_eq!(till.license_now().await.term.periods, 2);
        assert_eq!(till.balances([A::Revenue]).await, [-PRICE]);

        // The same between two tries; and the end of the mandate gives nothing up that was paid.
        till.days_before_the_end(9).await;
        let collected = till.look(id).await;
        let charge = till.hand_in(collected).await;
        till.fails(charge, RetryAdvice::RetryLater).await;
        let other = till.shown(till.charge(charge).await.order_id).await;
        till.answer(other, Ok(report(other, S::Paid, PRICE, 0)))
            .await;
        let paid = [(RenewalState::Paid, 1), (RenewalState::Paid, 0)];
        assert_eq!(till.renewals(id).await, paid);
        assert_eq!(till.look(id).await, None);
        assert_eq!(till.mandate_is(id, M::Canceled).await, Outcome::Applied);
        assert_eq!(till.renewals(id).await, paid);
        assert_eq!(till.told(NoticeKind::RenewalGivenUp).await, 0);
        assert_eq!(till.license_now().await.term.periods, 3);
    });
}
