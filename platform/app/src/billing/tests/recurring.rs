//! Renewals by a mandate: each period once, whatever looks twice, fails or is ended.

mod changed;

use alvara_domain::charge::{ChargeState as S, MandateState as M};
use alvara_domain::id::{ChargeId, MandateId};
use alvara_domain::ledger::Account as A;
use alvara_domain::license::LicenseState;
use alvara_domain::notice::NoticeKind;
use alvara_domain::order::OrderState;
use alvara_domain::payment::PluginFaultKind;
use alvara_domain::payment::ask::Source;
use alvara_domain::payment::report::{
    ChargeReport, Decline, EventBody, MandateReport, PaymentEvent, RetryAdvice, Trust,
};
use alvara_domain::recurring::{FirstPayment, Lead, Mandate, Renewal, RenewalState};
use alvara_store::inbound::EventOutcome;
use alvara_store::orders::OrderFilter;
use alvara_store::page::PageRequest;
use alvara_store::{mandates, notices, orders};
use tokio::task::JoinSet;

use super::till::{PRICE, Till, brl, event, fault, psp, report};
use crate::AppError;
use crate::billing::answer::{Question, found, question};
use crate::billing::charge::dispatch;
use crate::billing::mandate::{self, MandateRequest};
use crate::billing::renewal::{Collected, collect, of_mandate};
use crate::billing::{AskJob, CollectJob, Outcome};
use crate::catalogue::{PlanChange, update_plan};
use crate::test_house::everywhere;

const DAY: i64 = 86_400;
const LEAD: Lead = Lead { first: 10, last: 2 };
const PAID: &str = "2026-01-01T00:10:00Z";

/// What a provider says of a mandate.
fn stands(id: MandateId, state: M, first: Option<ChargeReport>) -> MandateReport {
    MandateReport {
        state,
        refs: vec![psp("idrec", format!("rec-{id}"))],
        action: None,
        first_charge: first,
        reason: None,
        raw_status: state.to_string(),
    }
}

impl Till {
    async fn permit(&self, first: FirstPayment) -> Result<Mandate, AppError> {
        let request = MandateRequest {
            license_id: self.license,
            plan_id: None,
            account_id: self.account,
            method: "debit".to_owned(),
            first,
            source: Source::None,
            return_url: None,
            webhook_url: None,
        };
        let vault = self.house.vault.clone();
        self.write(move |tx| mandate::prepare(tx, &vault, &request))
            .await
    }

    async fn leaves(&self, id: MandateId) -> bool {
        let left = self.write(move |tx| mandate::dispatch(tx, id)).await;
        left.unwrap().is_some()
    }

    async fn set_up(&self, id: MandateId, report: MandateReport) -> Outcome {
        let vault = self.house.vault.clone();
        self.write(move |tx| mandate::apply_set_up(tx, &vault, id, Ok((LEAD, &report))))
            .await
            .unwrap()
    }

    async fn mandate_is(&self, id: MandateId, state: M) -> Outcome {
        let (vault, report) = (self.house.vault.clone(), stands(id, state, None));
        self.write(move |tx| mandate::synced(tx, &vault, id, Ok(&report)))
            .await
            .unwrap()
    }

    /// A mandate whose first money is that of the next renewal.
    async fn active(&self) -> MandateId {
        let id = self.permit(FirstPayment::AtRenewal).await.unwrap().id;
        assert!(self.leaves(id).await);
        self.set_up(id, stands(id, M::Active, None)).await;
        id
    }

    async fn mandate_now(&self, id: MandateId) -> Mandate {
        self.write(move |tx| mandates::find(tx, id)?.ok_or(AppError::NotFound("mandate")))
            .await
            .unwrap()
    }

    /// The look that is planned next, whenever that is.
    async fn look(&self, id: MandateId) -> Collected {
        let due = self.mandate_now(id).await.next_at.unwrap().micros();
        self.look_at(id, due).await
    }

    async fn look_at(&self, mandate_id: MandateId, due: i64) -> Collected {
        let (vault, address) = (
            self.house.vault.clone(),
            self.house.platform.address().clone(),
        );
        let job = CollectJob { mandate_id, due };
        self.write(move |tx| collect(tx, &vault, &address, &job))
            .await
            .unwrap()
    }

    /// Days before the license ends that it is now.
    async fn days_before_the_end(&self, days: i64) {
        let end = self.license_now().await.term.expires_at.unwrap();
        let then = end.checked_sub_seconds(days * DAY).unwrap();
        assert!(self.house.clock.set(then));
    }

    /// A charge that a look wrote down: its request leaves.
    async fn hand_in(&self, collected: Collected) -> ChargeId {
        let (id, number) = collected.expect("a charge to hand in");
        let sent = self.write(move |tx| dispatch(tx, id, number)).await;
        assert_eq!(sent.unwrap().unwrap().charge.state, S::Unknown);
        id
    }

    /// A mandate whose collection left, nine days before the end of the license.
    async fn collecting(&self) -> (MandateId, ChargeId) {
        let id = self.active().await;
        self.days_before_the_end(9).await;
        let collected = self.look(id).await;
        (id, self.hand_in(collected).await)
    }

    async fn fails(&self, id: ChargeId, advice: RetryAdvice) {
        let decline = Decline {
            code: "AM04".to_owned(),
            message: "not enough money".to_owned(),
            advice,
        };
        let refused = ChargeReport {
            decline: Some(decline),
            ..report(id, S::Failed, 0, 0)
        };
        assert_eq!(self.answer(id, Ok(refused)).await, Outcome::Applied);
    }

    /// State and failures of the renewals, the newest first.
    async fn renewals(&self, id: MandateId) -> Vec<(RenewalState, u32)> {
        let all = self.write(move |tx| of_mandate(tx, id)).await.unwrap();
        let brief = |(renewal, _): &(Renewal, Vec<ChargeId>)| (renewal.state, renewal.failures);
        all.iter().map(brief).collect()
    }

    async fn told(&self, kind: NoticeKind) -> usize {
        let all = self
            .write(|tx| {
                let all = notices::NoticeFilter::All;
                Ok(notices::list(tx, all, &PageRequest::default())?.items)
            })
            .await
            .unwrap();
        all.iter()
            .filter(|one| one.kind == kind && one.node_id == self.customer)
            .count()
    }

    async fn orders(&self) -> usize {
        let filter = OrderFilter::default();
        self.write(move |tx| {
            Ok(orders::list(tx, &filter, &PageRequest::default())?
                .items
                .len())
        })
        .await
        .unwrap()
    }
}

// R-PAY-09: where the first payment is the consent, both are known by one answer.
#[test]
fn the_first_payment_is_the_consent_and_renews_once() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let mandate = till.permit(FirstPayment::Now).await.unwrap();
        let (id, first) = (mandate.id, mandate.first_charge.unwrap());
        assert_eq!(mandate.amount(), brl(PRICE));
        assert_eq!(till.charge(first).await.state, S::Created);
        // A license has one at a time.
        let second = till.permit(FirstPayment::AtRenewal).await;
        assert!(
            matches!(second, Err(AppError::WrongState { .. })),
            "{second:?}"
        );

        // Its request leaves once, the charge's with it; the charge's own job sends nothing.
        assert!(till.leaves(id).await);
        assert!(!till.leaves(id).await);
        let own = till.write(move |tx| dispatch(tx, first, 1)).await.unwrap();
        assert!(own.is_none());
        assert_eq!(till.charge(first).await.state, S::Unknown);
        let shown = report(first, S::RequiresAction, 0, 0);
        till.set_up(id, stands(id, M::PendingApproval, Some(shown)))
            .await;
        assert_eq!(till.mandate_now(id).await.state, M::PendingApproval);
        assert_eq!(till.charge(first).await.state, S::RequiresAction);

        let paid = event("evt-1", PAID, report(first, S::Paid, PRICE, 0));
        assert_eq!(till.tell(paid).await, EventOutcome::Applied);
        let both = stands(id, M::Active, Some(report(first, S::Paid, PRICE, 0)));
        let vault = till.house.vault.clone();
        for expected in [Outcome::Applied, Outcome::Same] {
            let (vault, both) = (vault.clone(), both.clone());
            let told = till
                .write(move |tx| mandate::synced(tx, &vault, id, Ok(&both)))
                .await
                .unwrap();
            assert_eq!(told, expected);
        }
        assert_eq!(till.license_now().await.term.periods, 2);
        assert_eq!(till.renewals(id).await, [(RenewalState::Paid, 0)]);
        // The next period is not due for a year.
        assert_eq!(till.look(id).await, None);
        assert_eq!(till.orders().await, 1);
        assert_eq!(till.balances([A::Revenue]).await, [-PRICE]);
    });
}

// R-PAY-09: a consent that nobody paid is none; the next one may try for the same period.
#[test]
fn a_first_payment_that_is_not_made_ends_the_mandate() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let mandate = till.permit(FirstPayment::Now).await.unwrap();
        let (id, first) = (mandate.id, mandate.first_charge.unwrap());
        assert!(till.leaves(id).await);
        let shown = report(first, S::RequiresAction, 0, 0);
        till.set_up(id, stands(id, M::PendingApproval, Some(shown)))
            .await;
        till.sync(first, report(first, S::Expired, 0, 0)).await;
        let now = till.mandate_now(id).await;
        assert_eq!(
            now.ending.as_deref(),
            Some("the first payment was not made")
        );
        let over = till.write(move |tx| mandate::to_end(tx, id)).await.unwrap();
        assert!(over.is_some(), "the provider is to be told");
        assert_eq!(till.mandate_is(id, M::Canceled).await, Outcome::Applied);
        assert_eq!(till.renewals(id).await, [(RenewalState::GivenUp, 1)]);
        assert_eq!(till.told(NoticeKind::MandateOver).await, 1);
        assert_eq!(till.license_now().await.term.periods, 1);
        assert!(till.permit(FirstPayment::Now).await.is_ok());
    });
}

// R-PAY-09: jobs that run twice, at once or after a crash, charge a period once.
#[test]
fn a_period_is_charged_once_whatever_looks_twice() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let id = till.active().await;
        till.days_before_the_end(40).await;
        assert_eq!(till.look(id).await, None);
        // Due the day before the end, handed in nine days before that.
        till.days_before_the_end(11).await;
        assert_eq!(till.look(id).await, None);
        till.days_before_the_end(9).await;
        let due = till.mandate_now(id).await.next_at.unwrap().micros();
        let mut looks = JoinSet::new();
        for _ in 0..10 {
            let till = till.clone();
            looks.spawn(async move { till.look_at(id, due).await });
        }
        let found: Vec<Collected> = looks.join_all().await;
        let charges: Vec<Collected> = found.into_iter().filter(Option::is_some).collect();
        assert_eq!(charges.len(), 1, "{charges:?}");
        assert_eq!(till.orders().await, 1);
        let charge = till.hand_in(charges[0]).await;
        let end = till.license_now().await.term.expires_at.unwrap();
        let due = till.charge(charge).await.ask.due.unwrap().due_date;
        let lies = (end.seconds() - till.house.clock.now().seconds()) / DAY;
        assert_eq!(lies, 9);
        assert!(due.to_string() < end.to_string(), "{due} before {end}");

        // While it is under way nothing else collects, however often somebody looks.
        till.house.move_clock(DAY);
        assert_eq!(till.look(id).await, None);
        till.answer(charge, Ok(report(charge, S::Paid, PRICE, 0)))
            .await;
        for _ in 0..3 {
            assert_eq!(till.look(id).await, None);
        }
        assert_eq!(till.license_now().await.term.periods, 2);
        assert_eq!(till.renewals(id).await, [(RenewalState::Paid, 0)]);
        assert_eq!(till.orders().await, 1);
        // And the year after.
        till.days_before_the_end(9).await;
        let charge = till.look(id).await;
        let charge = till.hand_in(charge).await;
        till.answer(charge, Ok(report(charge, S::Paid, PRICE, 0)))
            .await;
        assert_eq!(till.license_now().await.term.periods, 3);
        assert_eq!(till.balances([A::Revenue]).await, [-2 * PRICE]);
    });
}

// R-PAY-09: rising waits, a limit, a notice each time; and then the license's own terms.
#[test]
fn what_fails_is_tried_again_told_of_and_given_up() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let id = till.active().await;
        till.days_before_the_end(9).await;
        for (tried, wait) in [(1, Some(1)), (2, Some(3)), (3, Some(7)), (4, None)] {
            let charge = till.look(id).await;
            let charge = till.hand_in(charge).await;
            till.fails(charge, RetryAdvice::RetryLater).await;
            let state = match wait {
                Some(_) => RenewalState::Waiting,
                None => RenewalState::GivenUp,
            };
            assert_eq!(till.renewals(id).await, [(state, tried)]);
            if let Some(days) = wait {
                let early = till.mandate_now(id).await.next_at.unwrap();
                let ahead = till.house.clock.now().seconds_until(early);
                assert_eq!(ahead, days * DAY);
                till.house.move_clock(days * DAY);
            }
        }
        assert_eq!(till.told(NoticeKind::RenewalFailed).await, 3);
        assert_eq!(till.told(NoticeKind::RenewalGivenUp).await, 1);
        till.house.move_clock(DAY);
        assert_eq!(till.look(id).await, None, "no more");
        assert_eq!(till.orders().await, 1, "all tries were for one order");
        let license = till.license_now().await;
        assert_eq!(
            (license.state, license.term.periods),
            (LicenseState::Active, 1)
        );

        // The customer pays the order otherwise, and the mandate goes on with the next period.
        let renewals = till.write(move |tx| of_mandate(tx, id)).await.unwrap();
        let order = renewals[0].0.order_id;
        let other = till.shown(order).await;
        till.answer(other, Ok(report(other, S::Paid, PRICE, 0)))
            .await;
        assert_eq!(till.order_now(order).await.0.state, OrderState::Paid);
        till.days_before_the_end(9).await;
        assert!(till.look(id).await.is_some());
    });
}

// R-PAY-09: what the bank says is for good is not tried again.
#[test]
fn a_refusal_for_good_is_the_last_try() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let (id, charge) = till.collecting().await;
        till.fails(charge, RetryAdvice::DoNotRetry).await;
        assert_eq!(till.renewals(id).await, [(RenewalState::GivenUp, 1)]);
    });
}

// R-PAY-09: a collection of which nobody heard is looked for, and asked for again under its key only
// where the provider has nothing of it.
#[test]
fn a_collection_that_was_lost_is_looked_for() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let (id, charge) = till.collecting().await;
        let lost = fault(PluginFaultKind::OutcomeUnknown);
        assert_eq!(till.answer(charge, Err(lost)).await, Outcome::AskAgain);
        let job = AskJob::now(charge);
        let asks = till.write(move |tx| question(tx, &job)).await.unwrap();
        assert!(matches!(asks, Question::Find { .. }), "{asks:?}");
        let vault = till.house.vault.clone();
        till.write(move |tx| found(tx, &vault, (charge, 1), Ok(None)))
            .await
            .unwrap();
        let again = till.write(move |tx| dispatch(tx, charge, 1)).await.unwrap();
        let again = again.unwrap().attempt;
        assert_eq!(
            (again.idempotency_key, again.tries),
            (charge.to_string(), 2)
        );
        assert_eq!(till.renewals(id).await, [(RenewalState::Collecting, 0)]);
    });
}

// R-PAY-09: the request to set up is one, however often it is sent.
#[test]
fn a_request_to_set_up_that_was_lost_is_repeated_under_its_key() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let id = till.permit(FirstPayment::Now).await.unwrap().id;
        assert!(till.leaves(id).await);
        till.house.move_clock(30);
        assert!(!till.leaves(id).await, "it may still be answered");
        till.house.move_clock(31);
        assert!(till.leaves(id).await);
        assert_eq!(till.mandate_now(id).await.tries, 2);
        // Refused for good: the mandate and its first charge with it.
        let vault = till.house.vault.clone();
        let refused = fault(PluginFaultKind::InvalidRequest);
        till.write(move |tx| mandate::apply_set_up(tx, &vault, id, Err(&refused)))
            .await
            .unwrap();
        let mandate = till.mandate_now(id).await;
        assert_eq!(mandate.state, M::Rejected);
        let first = till.charge(mandate.first_charge.unwrap()).await;
        assert_eq!(first.state, S::Failed);
        assert!(!till.leaves(id).await);
        assert_eq!(till.told(NoticeKind::MandateOver).await, 1);
    });
}

// R-PAY-09: customer and house end it before and after it was set up; the bank tells.
#[test]
fn nothing_is_collected_by_a_mandate_that_is_ended() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        // The provider never heard of it.
        let first = till.permit(FirstPayment::Now).await.unwrap();
        let id = first.id;
        let off = till.write(move |tx| mandate::cancel(tx, id, "no")).await;
        assert_eq!(off.unwrap().state, M::Canceled);
        let charge = till.charge(first.first_charge.unwrap()).await;
        assert_eq!(charge.state, S::Canceled);

        // By the house: nothing is collected from the moment it is wanted.
        let id = till.active().await;
        till.days_before_the_end(9).await;
        let ending = till
            .write(move |tx| mandate::cancel(tx, id, "moved on"))
            .await;
        let ending = ending.unwrap();
        assert_eq!(
            (ending.state, ending.ending.as_deref()),
            (M::Active, Some("moved on"))
        );
        assert_eq!(till.look(id).await, None);
        let vault = till.house.vault.clone();
        let said = stands(id, M::Canceled, None);
        till.write(move |tx| mandate::apply_end(tx, &vault, id, Ok(&said)))
            .await
            .unwrap();
        let again = till.write(move |tx| mandate::cancel(tx, id, "again")).await;
        assert_eq!(again.unwrap().state, M::Canceled);

        // By the bank, while a renewal waits for its next try.
        let id = till.active().await;
        let charge = till.look(id).await;
        let charge = till.hand_in(charge).await;
        till.fails(charge, RetryAdvice::RetryLater).await;
        let ended = PaymentEvent {
            event_id: "evt-9".to_owned(),
            occurred_at: None,
            trust: Trust::Signed,
            refs: Vec::new(),
            body: EventBody::Mandate(stands(id, M::Canceled, None)),
        };
        assert_eq!(till.tell(ended.clone()).await, EventOutcome::Applied);
        assert_eq!(till.tell(ended).await, EventOutcome::Same);
        assert_eq!(till.renewals(id).await, [(RenewalState::GivenUp, 1)]);
        assert_eq!(till.mandate_now(id).await.next_at, None);
        assert_eq!(till.told(NoticeKind::MandateOver).await, 3);
    });
}

// R-PAY-09: nobody is charged what they did not agree to.
#[test]
fn another_price_is_not_collected() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let id = till.active().await;
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
        till.days_before_the_end(9).await;
        assert_eq!(till.look(id).await, None);
        assert_eq!(till.orders().await, 0);
        assert_eq!(till.told(NoticeKind::RenewalGivenUp).await, 1);
    });
}
