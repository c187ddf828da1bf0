//! What changes while a renewal is collected: its mandate is ended or paused, its order is paid
//! otherwise, its license ends another day, costs something else, or goes to somebody else.

use alvara_domain::charge::attempt::Operation;
use alvara_domain::charge::{ChargeState as S, MandateState as M};
use alvara_domain::id::ChargeId;
use alvara_domain::ledger::Account as A;
use alvara_domain::node::NodeKind;
use alvara_domain::notice::NoticeKind;
use alvara_domain::order::{OrderState, PaymentTerms};
use alvara_domain::payment::PluginFaultKind;
use alvara_domain::payment::report::RetryAdvice;
use alvara_domain::recurring::{FirstPayment, RenewalState};
use alvara_domain::transfer::MachinesThen;

use super::super::till::{PRICE, Till, brl, fault, report};
use super::stands;
use crate::billing::Outcome;
use crate::billing::answer::apply_answer;
use crate::billing::charge::dispatch;
use crate::billing::mandate;
use crate::catalogue::{PlanChange, update_plan};
use crate::license::transfer::{TransferRequest, transfer};
use crate::tenancy::{reinstate_node, reinstate_tenant, suspend_node, suspend_tenant};
use crate::test_house::everywhere;

impl Till {
    /// Its provider is down: what was collected waits to be sent again.
    async fn waits(&self, id: ChargeId) {
        let down = fault(PluginFaultKind::Unavailable);
        assert_eq!(self.answer(id, Err(down)).await, Outcome::Applied);
        assert_eq!(self.charge(id).await.state, S::Created);
    }

    /// Somebody renews the license without its mandate.
    async fn renewed_otherwise(&self) {
        let order = self.order(PaymentTerms::Now).await.unwrap().order.id;
        let charge = self.shown(order).await;
        self.answer(charge, Ok(report(charge, S::Paid, PRICE, 0)))
            .await;
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
        let (id, charge) = till.collecting().await;
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
        let (id, charge) = till.collecting().await;
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

// R-PAY-09: one charge at a time, also where the license ends another day by now.
#[test]
fn a_license_whose_end_was_moved_has_one_charge_at_a_time() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let (id, charge) = till.collecting().await;
        let taken = report(charge, S::Processing, 0, 0);
        assert_eq!(till.answer(charge, Ok(taken)).await, Outcome::Applied);
        till.renewed_otherwise().await;
        assert_eq!(till.license_now().await.term.periods, 2);
        till.days_before_the_end(9).await;
        assert_eq!(till.look(id).await, None, "one is under way");
        assert_eq!(till.orders().await, 2);

        // What came to nothing is not tried again for a day on which the license does not end.
        till.fails(charge, RetryAdvice::RetryLater).await;
        let collected = till.look(id).await;
        till.hand_in(collected).await;
        assert_eq!(till.orders().await, 3);
        let both = [(RenewalState::Collecting, 0), (RenewalState::GivenUp, 1)];
        assert_eq!(till.renewals(id).await, both);
    });
}

// R-PAY-09: who permits the new price is renewed at it, whatever the mandate before left behind.
#[test]
fn a_new_mandate_renews_at_the_price_that_was_agreed_on_since() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let (id, charge) = till.collecting().await;
        till.fails(charge, RetryAdvice::DoNotRetry).await;
        let before = till.charge(charge).await.order_id;
        assert_eq!(till.mandate_is(id, M::Canceled).await, Outcome::Applied);
        let plan = till.plan;
        till.write(move |tx| {
            let change = PlanChange {
                name: None,
                price: Some(brl(PRICE + 1)),
                period: None,
            };
            update_plan(tx, plan, 1, &change)
        })
        .await
        .unwrap();

        let id = till.active().await;
        let collected = till.look(id).await;
        let charge = till.hand_in(collected).await;
        assert_eq!(till.charge(charge).await.requested_minor, PRICE + 1);
        // Nobody pays the other one by mistake.
        let state = till.order_now(before).await.0.state;
        assert_eq!(state, OrderState::Canceled);
        till.answer(charge, Ok(report(charge, S::Paid, PRICE + 1, 0)))
            .await;
        assert_eq!(till.renewals(id).await, [(RenewalState::Paid, 0)]);
        assert_eq!(till.license_now().await.term.periods, 2);
        assert_eq!(till.balances([A::Revenue]).await, [-PRICE - 1]);
    });
}

// R-PAY-09: nobody pays for a license that is another's, and the other may permit it.
#[test]
fn a_license_that_goes_to_somebody_else_ends_its_mandate() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let id = till.active().await;
        let kind = NodeKind::Customer;
        let other = till.house.node(&till.tenant, till.agent, kind).await.id;
        let license = till.license;
        till.write(move |tx| {
            let request = TransferRequest {
                node_id: other,
                machines: MachinesThen::Keep,
                reason: None,
            };
            transfer(tx, license, None, &request)
        })
        .await
        .unwrap();
        till.days_before_the_end(9).await;
        assert_eq!(till.look(id).await, None);
        assert_eq!(till.orders().await, 0);
        let ending = till.mandate_now(id).await.ending;
        assert_eq!(ending.as_deref(), Some("the license went to somebody else"));
        assert_eq!(till.mandate_is(id, M::Canceled).await, Outcome::Applied);
        assert_eq!(till.told(NoticeKind::MandateOver).await, 1);
        let theirs = till.active().await;
        assert_eq!(till.mandate_now(theirs).await.node_id, other);
        assert!(till.look(theirs).await.is_some());
    });
}

// R-PAY-09: a try that fails while the provider pauses the mandate is not the last.
#[test]
fn a_mandate_that_is_paused_goes_on_with_its_tries() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let (id, charge) = till.collecting().await;
        assert_eq!(till.mandate_is(id, M::Paused).await, Outcome::Applied);
        till.fails(charge, RetryAdvice::RetryLater).await;
        assert_eq!(till.renewals(id).await, [(RenewalState::Waiting, 1)]);
        assert_eq!(till.look(id).await, None, "not while it is paused");
        assert_eq!(till.mandate_is(id, M::Active).await, Outcome::Applied);
        assert_eq!(till.look(id).await, None, "not before its day");
        till.house.move_clock(86_400);
        assert!(till.look(id).await.is_some());
    });
}

// R-PAY-09 R-PAY-06: a renewal whose money went back is not collected again by itself; who permits it
// anew is renewed.
#[test]
fn a_renewal_that_was_given_back_may_be_permitted_again() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let (id, charge) = till.collecting().await;
        till.answer(charge, Ok(report(charge, S::Paid, PRICE, 0)))
            .await;
        till.sync(charge, report(charge, S::Refunded, PRICE, PRICE))
            .await;
        assert_eq!(till.license_now().await.term.periods, 1);
        assert_eq!(till.look(id).await, None);
        till.house.move_clock(86_400);
        assert_eq!(till.look(id).await, None, "not by itself");
        assert_eq!(till.orders().await, 1);

        assert_eq!(till.mandate_is(id, M::Canceled).await, Outcome::Applied);
        let id = till.active().await;
        let collected = till.look(id).await;
        let charge = till.hand_in(collected).await;
        till.answer(charge, Ok(report(charge, S::Paid, PRICE, 0)))
            .await;
        assert_eq!(till.renewals(id).await, [(RenewalState::Paid, 0)]);
        assert_eq!(till.license_now().await.term.periods, 2);
        till.sync(charge, report(charge, S::Refunded, PRICE, PRICE))
            .await;
        assert_eq!(till.mandate_is(id, M::Canceled).await, Outcome::Applied);
        let again = till.permit(FirstPayment::Now).await;
        assert!(again.is_ok(), "{again:?}");
    });
}

// R-PAY-09 R-PAY-12: a mandate that the provider may have is ended there, not only here.
#[test]
fn a_mandate_that_may_have_been_made_is_ended_at_the_provider() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let id = till.permit(FirstPayment::AtRenewal).await.unwrap().id;
        for kind in [
            PluginFaultKind::OutcomeUnknown,
            PluginFaultKind::Unavailable,
        ] {
            assert!(till.leaves(id).await);
            let (vault, lost) = (till.house.vault.clone(), fault(kind));
            till.write(move |tx| mandate::apply_set_up(tx, &vault, id, Err(&lost)))
                .await
                .unwrap();
            till.house.move_clock(120);
        }
        let ended = till.write(move |tx| mandate::cancel(tx, id, "no")).await;
        assert_eq!(ended.unwrap().state, M::Created);
        // The next sending finds what the first one made.
        assert!(till.leaves(id).await);
        till.set_up(id, stands(id, M::Active, None)).await;
        let known = till.write(move |tx| mandate::to_end(tx, id)).await.unwrap();
        assert!(known.is_some(), "the provider is to be told");
        assert_eq!(till.orders().await, 0);
    });
}

// R-PAY-09: a mandate that was called off before its first payment makes room for another.
#[test]
fn the_first_payment_of_a_mandate_that_is_over_is_called_off() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let mandate = till.permit(FirstPayment::Now).await.unwrap();
        let (id, first) = (mandate.id, mandate.first_charge.unwrap());
        assert!(till.leaves(id).await);
        let shown = report(first, S::RequiresAction, 0, 0);
        till.set_up(id, stands(id, M::PendingApproval, Some(shown)))
            .await;
        till.write(move |tx| mandate::cancel(tx, id, "another way"))
            .await
            .unwrap();
        assert_eq!(till.mandate_is(id, M::Canceled).await, Outcome::Applied);
        // The provider is told of the charge too.
        let told = till.write(move |tx| dispatch(tx, first, 2)).await.unwrap();
        assert_eq!(told.unwrap().attempt.operation, Operation::Cancel);
        let vault = till.house.vault.clone();
        let off = report(first, S::Canceled, 0, 0);
        till.write(move |tx| apply_answer(tx, &vault, (first, 2), Ok(&off)))
            .await
            .unwrap();
        assert_eq!(till.charge(first).await.state, S::Canceled);
        assert_eq!(till.renewals(id).await, [(RenewalState::GivenUp, 1)]);
        assert!(till.permit(FirstPayment::Now).await.is_ok());
    });
}

// R-PAY-09: no license ends in silence because its charge never does.
#[test]
fn a_charge_that_comes_to_no_end_is_told_of_once() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let (id, charge) = till.collecting().await;
        let taken = report(charge, S::Processing, 0, 0);
        assert_eq!(till.answer(charge, Ok(taken)).await, Outcome::Applied);
        till.days_before_the_end(-20).await;
        assert_eq!(till.look(id).await, None);
        assert_eq!(till.told(NoticeKind::RenewalFailed).await, 0);
        for _ in 0..3 {
            till.house.move_clock(86_400);
            assert_eq!(till.look(id).await, None);
            assert_eq!(till.told(NoticeKind::RenewalFailed).await, 1);
        }
        assert_eq!(till.orders().await, 1);
    });
}

// R-PAY-09: who may use no license pays for none.
#[test]
fn a_place_that_is_suspended_pays_for_nothing() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let id = till.active().await;
        till.days_before_the_end(9).await;
        let tenant = till.tenant.id;
        till.house
            .platform_write(move |tx| suspend_tenant(tx, tenant))
            .await
            .unwrap();
        assert_eq!(till.look(id).await, None);
        till.house
            .platform_write(move |tx| reinstate_tenant(tx, tenant))
            .await
            .unwrap();
        // Not the customer itself: whoever is above counts for everything below.
        let agent = till.agent;
        till.write(move |tx| suspend_node(tx, agent)).await.unwrap();
        assert_eq!(till.look(id).await, None);
        assert_eq!(till.orders().await, 0);
        till.write(move |tx| reinstate_node(tx, agent))
            .await
            .unwrap();
        let collected = till.look(id).await;
        let charge = till.hand_in(collected).await;
        till.waits(charge).await;
        till.write(move |tx| suspend_node(tx, agent)).await.unwrap();
        assert!(!till.leaves_again(charge).await);
        assert_eq!(till.charge(charge).await.state, S::Canceled);
        assert_eq!(till.renewals(id).await, [(RenewalState::Waiting, 1)]);
    });
}
