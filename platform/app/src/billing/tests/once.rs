//! Exactly once: many tellings, many charges, many repetitions.

use alvara_domain::charge::{ChargeState as S, RefundState};
use alvara_domain::ledger::Account as A;
use alvara_domain::order::{LineState, OrderState, PaymentTerms};
use alvara_domain::payment::PluginFaultKind as K;
use alvara_domain::payment::report::PaymentEvent;
use alvara_store::inbound::EventOutcome as E;
use alvara_store::jobs::{self, JobFilter};
use alvara_store::page::PageRequest;
use alvara_store::{notices, refunds};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use tokio::task::JoinSet;

use super::till::{PRICE, Till, event, fault, report};
use crate::billing::charge::{dispatch, prepare};
use crate::billing::{BillingJob, Outcome, refund};
use crate::test_house::everywhere;

const PAID: &str = "2026-01-01T00:10:00Z";

pub(super) async fn all_at_once(till: &Till, events: Vec<PaymentEvent>) -> Vec<E> {
    let mut tasks = JoinSet::new();
    for event in events {
        let till = till.clone();
        tasks.spawn(async move { till.tell(event).await });
    }
    tasks.join_all().await
}

// R-PAY-06, R-PAY-07
#[test]
fn fifty_deliveries_of_one_event_renew_once() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let placed = till.order(PaymentTerms::Now).await.unwrap();
        let id = till.shown(placed.order.id).await;
        let promised = placed.lines[0].expires_after;
        assert!(promised > placed.lines[0].expires_before);
        let paid = event("evt-1", PAID, report(id, S::Paid, PRICE, 0));
        let outcomes = all_at_once(&till, vec![paid.clone(); 50]).await;
        let applied = outcomes.iter().filter(|one| **one == E::Applied).count();
        assert_eq!(applied, 1, "{outcomes:?}");
        // The same fact under fifty other names: webhook, return page, file.
        let others = (0..50)
            .map(|number| PaymentEvent {
                event_id: format!("other-{number}"),
                ..paid.clone()
            })
            .collect();
        let outcomes = all_at_once(&till, others).await;
        assert!(outcomes.iter().all(|one| *one == E::Same), "{outcomes:?}");
        let license = till.license_now().await;
        assert_eq!(
            (license.term.expires_at, license.term.periods),
            (promised, 2)
        );
        let (order, lines) = till.order_now(placed.order.id).await;
        assert_eq!(
            (order.state, lines[0].state),
            (OrderState::Paid, LineState::Granted)
        );
        assert_eq!(
            till.balances([A::Clearing, A::Revenue, A::CustomerCredit])
                .await,
            [PRICE, -PRICE, 0]
        );
    });
}

// R-PAY-06: the same fact first told at once under fifty names.
#[test]
fn fifty_tellings_under_fifty_names_renew_once() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let order = till.order(PaymentTerms::Now).await.unwrap().order.id;
        let id = till.shown(order).await;
        let told = (0..50)
            .map(|number| {
                event(
                    &format!("evt-{number}"),
                    PAID,
                    report(id, S::Paid, PRICE, 0),
                )
            })
            .collect();
        let outcomes = all_at_once(&till, told).await;
        let applied = outcomes.iter().filter(|one| **one == E::Applied).count();
        assert_eq!(applied, 1, "{outcomes:?}");
        assert_eq!(till.license_now().await.term.periods, 2);
        assert_eq!(till.balances([A::Revenue]).await, [-PRICE]);
    });
}

// R-PAY-06: two methods paid for one order: the second is owed back and renews nothing.
#[test]
fn two_charges_paid_for_one_order_renew_once() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let order = till.order(PaymentTerms::Now).await.unwrap().order.id;
        let (one, two) = (till.shown(order).await, till.shown(order).await);
        let told = vec![
            event("evt-1", PAID, report(one, S::Paid, PRICE, 0)),
            event("evt-2", PAID, report(two, S::Paid, PRICE, 0)),
        ];
        assert_eq!(all_at_once(&till, told).await, [E::Applied, E::Applied]);
        assert_eq!(till.license_now().await.term.periods, 2);
        assert_eq!(
            till.balances([A::Clearing, A::Revenue, A::CustomerCredit])
                .await,
            [2 * PRICE, -PRICE, -PRICE]
        );
        let told = till
            .write(|tx| {
                Ok(notices::list(tx, notices::NoticeFilter::All, &PageRequest::default())?.items)
            })
            .await
            .unwrap();
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0].kind.as_str(), "charge.surplus");
        // It goes back, and the order keeps what it got.
        let (first, second) = (till.charge(one).await, till.charge(two).await);
        let surplus = if first.book.earned == 0 {
            first
        } else {
            second
        };
        assert_eq!(told[0].subject_id, surplus.id.to_string());
        till.sync(surplus.id, report(surplus.id, S::Refunded, PRICE, PRICE))
            .await;
        assert_eq!(
            till.balances([A::Clearing, A::Revenue, A::CustomerCredit, A::Returns])
                .await,
            [PRICE, -PRICE, 0, 0]
        );
        let (order, lines) = till.order_now(order).await;
        assert_eq!(
            (order.state, lines[0].state),
            (OrderState::Paid, LineState::Granted)
        );
        assert_eq!(till.license_now().await.term.periods, 2);
    });
}

// R-PAY-06: whoever finds a prepared request sends it, and only one does.
#[test]
fn a_request_leaves_once() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let order = till.order(PaymentTerms::Now).await.unwrap().order.id;
        let request = till.request(order);
        let prepared = till.write(move |tx| prepare(tx, &request)).await.unwrap();
        let key = (prepared.charge.id, prepared.attempt.number);
        let mut tasks = JoinSet::new();
        for _ in 0..16 {
            let till = till.clone();
            tasks.spawn(async move {
                till.write(move |tx| dispatch(tx, key.0, key.1))
                    .await
                    .unwrap()
            });
        }
        let sent: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].charge.ask, prepared.charge.ask);
        assert_eq!(
            sent[0].attempt.idempotency_key,
            prepared.charge.id.to_string()
        );
        assert_eq!(till.charge(prepared.charge.id).await.state, S::Unknown);
    });
}

/// Something that a provider, a poller or a process that came back may do at any time.
#[derive(Debug, Clone, Copy)]
enum Step {
    Answer,
    Event(usize),
    Sync(usize),
}

/// The life of a charge as its provider tells it, in order.
const LIFE: [(&str, S, i64, i64); 4] = [
    ("2026-01-01T00:01:00Z", S::RequiresAction, 0, 0),
    ("2026-01-01T00:10:00Z", S::Paid, PRICE, 0),
    ("2026-01-01T00:20:00Z", S::PartiallyRefunded, PRICE, 3_333),
    ("2026-01-01T00:30:00Z", S::Refunded, PRICE, PRICE),
];

fn step() -> impl Strategy<Value = Step> {
    (0..3_u8, 0..LIFE.len()).prop_map(|(what, point)| match what {
        0 => Step::Answer,
        1 => Step::Event(point),
        _ => Step::Sync(point),
    })
}

// R-PAY-06, R-PAY-12: killed between any two steps, each repeated in any order: the books are the
// same in the end, and balance after each step.
#[test]
fn repeated_in_any_order_the_steps_leave_the_same_books() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let mut runner = TestRunner::deterministic();
        let mut revenue = 0;
        for story in 0..5 {
            let order = till.order(PaymentTerms::Now).await.unwrap().order.id;
            let id = till.sent(order).await;
            let steps = prop::collection::vec(step(), 12)
                .new_tree(&mut runner)
                .unwrap()
                .current();
            let told = |point: usize| {
                let (_, state, captured, refunded) = LIFE[point];
                report(id, state, captured, refunded)
            };
            // A question is answered by how things stand, which only ever goes on.
            let mut stands = 0;
            for step in &steps {
                match *step {
                    Step::Answer => {
                        till.answer(id, Ok(told(0))).await;
                    }
                    Step::Event(point) => {
                        stands = stands.max(point);
                        let name = format!("{story}-{point}");
                        till.tell(event(&name, LIFE[point].0, told(point))).await;
                    }
                    Step::Sync(point) => {
                        stands = stands.max(point);
                        till.sync(id, told(stands)).await;
                    }
                }
                till.balances([]).await;
            }
            // Whatever was told, the provider is asked in the end.
            till.sync(id, told(LIFE.len() - 1)).await;
            let charge = till.charge(id).await;
            let shown = format!("{steps:?}");
            assert_eq!(charge.state, S::Refunded, "{shown}");
            assert_eq!(charge.book.refunded, PRICE, "{shown}");
            // Nothing that was given is left, however often it was given.
            let (_, lines) = till.order_now(order).await;
            assert_ne!(lines[0].state, LineState::Granted, "{shown}");
            assert_eq!(till.license_now().await.term.periods, 1, "{shown}");
            revenue -= charge.book.earned;
            assert_eq!(
                till.balances([A::Clearing, A::Revenue, A::Returns]).await,
                [0, revenue, -revenue],
                "{shown}"
            );
        }
    });
}

/// How many questions about charges are due.
async fn due(till: &Till) -> usize {
    let count = till.write(|tx| {
        let filter = JobFilter {
            kind: Some(BillingJob::Ask.to_string()),
            state: None,
        };
        let now = tx.now();
        let asked = jobs::list(tx, &filter, &PageRequest::default())?.items;
        Ok(asked.iter().filter(|job| job.run_at <= now).count())
    });
    count.await.unwrap()
}

// R-PAY-07 R-PAY-12: somebody whose clock is years ahead tells something; what is told afterwards of
// the present looks older, so the provider is asked, at once and each time.
#[test]
fn a_time_that_is_still_to_come_holds_no_truth_back() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let order = till.order(PaymentTerms::Now).await.unwrap().order.id;
        let id = till.shown(order).await;
        let ahead = report(id, S::Processing, 0, 0);
        let ahead = event("evt-1", "2031-01-01T00:00:00Z", ahead);
        assert_eq!(till.tell(ahead).await, E::Applied);
        assert_eq!(due(&till).await, 0);
        for (name, state, refunded, periods, questions) in [
            ("evt-2", S::Paid, 0, 2, 1),
            ("evt-3", S::Refunded, PRICE, 1, 2),
        ] {
            let now = report(id, state, PRICE, refunded);
            let told = event(name, PAID, now.clone());
            assert_eq!(till.tell(told).await, E::AskAgain);
            assert_eq!(due(&till).await, questions);
            assert_eq!(till.sync(id, now).await, Outcome::Applied);
            assert_eq!(till.charge(id).await.state, state);
            assert_eq!(till.license_now().await.term.periods, periods);
        }
        assert_eq!(
            till.balances([A::Revenue, A::Returns]).await,
            [-PRICE, PRICE]
        );
    });
}

// R-PAY-06 R-PAY-12: what may have left is not refused by a provider that takes our credentials no
// more; what it makes of the request itself is.
#[test]
fn a_refund_that_may_have_left_fails_by_nothing_but_its_own_refusal() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let order = till.order(PaymentTerms::Now).await.unwrap().order.id;
        let id = till.shown(order).await;
        till.tell(event("evt-1", PAID, report(id, S::Paid, PRICE, 0)))
            .await;
        let prepared = till
            .write(move |tx| refund::prepare(tx, id, None, ""))
            .await
            .unwrap();
        let which = (prepared.refund.id, prepared.attempt.number);
        for (kind, outcome, state) in [
            (K::OutcomeUnknown, Outcome::AskAgain, RefundState::Requested),
            (
                K::Unauthenticated,
                Outcome::AskAgain,
                RefundState::Requested,
            ),
            (K::NotFound, Outcome::AskAgain, RefundState::Requested),
            (K::InvalidRequest, Outcome::Applied, RefundState::Failed),
        ] {
            let (vault, said) = (till.house.vault.clone(), fault(kind));
            till.house.move_clock(600);
            let answered = till.write(move |tx| {
                assert!(dispatch(tx, id, which.1)?.is_some(), "it leaves again");
                refund::apply_answer(tx, &vault, which, Err(&said))
            });
            assert_eq!(answered.await.unwrap(), outcome, "{kind}");
            let all = till.write(move |tx| Ok(refunds::list(tx, id)?));
            assert_eq!(all.await.unwrap()[0].state, state, "{kind}");
        }
    });
}
