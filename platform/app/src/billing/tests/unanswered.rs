//! Refunds that their provider does not answer.

use alvara_domain::charge::{ChargeState as S, RefundState};
use alvara_domain::order::PaymentTerms;
use alvara_domain::payment::PluginFaultKind;
use alvara_store::jobs::{self, JobFilter};
use alvara_store::page::PageRequest;
use alvara_store::{TenantTx, notices, refunds};

use super::till::{PRICE, Till, brl, event, fault, report};
use crate::billing::charge::dispatch;
use crate::billing::{BillingJob, Outcome, refund};
use crate::test_house::everywhere;

const T1: &str = "2026-01-01T00:10:00Z";

// R-PAY-06, R-PAY-12: a refund that nobody answered leaves again by the key it had, as long as
// providers know that for the same refund; then people are told.
#[test]
fn a_refund_without_an_answer_is_repeated_for_as_long_as_its_key_counts() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let order = till.order(PaymentTerms::Now).await.unwrap().order.id;
        let id = till.shown(order).await;
        till.tell(event("evt-1", T1, report(id, S::Paid, PRICE, 0)))
            .await;
        let prepared = till
            .write(move |tx| refund::prepare(tx, id, Some(brl(5_000)), ""))
            .await
            .unwrap();
        let which = (prepared.refund.id, prepared.attempt.number);
        let key = prepared.attempt.idempotency_key;
        let leaves = async || {
            let sent = till.write(move |tx| dispatch(tx, id, which.1)).await;
            let attempt = sent.unwrap()?.attempt;
            Some((attempt.idempotency_key, attempt.tries))
        };
        let is_lost = async || {
            let (vault, lost) = (
                till.house.vault.clone(),
                fault(PluginFaultKind::OutcomeUnknown),
            );
            let work =
                move |tx: &mut TenantTx<'_>| refund::apply_answer(tx, &vault, which, Err(&lost));
            assert_eq!(till.write(work).await.unwrap(), Outcome::AskAgain);
        };
        assert_eq!(leaves().await, Some((key.clone(), 1)));
        // While its process may still be at it, it is nobody else's.
        till.house.move_clock(50);
        assert_eq!(leaves().await, None);
        till.house.move_clock(10);
        assert_eq!(leaves().await, Some((key.clone(), 2)));
        is_lost().await;
        assert_eq!(leaves().await, None, "another job comes too early");
        till.house.move_clock(30);
        assert_eq!(leaves().await, Some((key, 3)));
        is_lost().await;
        till.house.move_clock(20 * 3_600);
        assert_eq!(leaves().await, None);
        assert_eq!(leaves().await, None, "it is told once");
        let (state, left) = till
            .write(move |tx| {
                let state = refunds::list(tx, id)?[0].state;
                Ok((state, refund::prepare(tx, id, None, "")?.ask.amount))
            })
            .await
            .unwrap();
        assert_eq!((state, left), (RefundState::Failed, brl(PRICE)));
        let told = till
            .write(|tx| {
                Ok(notices::list(tx, notices::NoticeFilter::All, &PageRequest::default())?.items)
            })
            .await
            .unwrap();
        let kinds: Vec<&str> = told.iter().map(|one| one.kind.as_str()).collect();
        assert_eq!(kinds, ["charge.unknown"]);
    });
}

// R-PAY-06 R-PAY-12: however many jobs come for a refund whose provider cannot be reached, it is tried
// ever more seldom, and each try plans two more at most.
#[test]
fn a_provider_that_is_away_is_asked_for_a_refund_ever_more_seldom() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let order = till.order(PaymentTerms::Now).await.unwrap().order.id;
        let id = till.shown(order).await;
        till.tell(event("evt-1", T1, report(id, S::Paid, PRICE, 0)))
            .await;
        let prepared = till
            .write(move |tx| refund::prepare(tx, id, None, ""))
            .await
            .unwrap();
        let which = (prepared.refund.id, prepared.attempt.number);
        let mut left_at = Vec::new();
        for second in (0..1_800).step_by(10) {
            let (vault, away) = (
                till.house.vault.clone(),
                fault(PluginFaultKind::Unavailable),
            );
            let left = till.write(move |tx| {
                let left = dispatch(tx, id, which.1)?.is_some();
                if left {
                    refund::apply_answer(tx, &vault, which, Err(&away))?;
                }
                Ok(left)
            });
            if left.await.unwrap() {
                left_at.push(second);
            }
            till.house.move_clock(10);
        }
        assert_eq!(left_at, [0, 30, 60, 180, 780]);
        let planned = till.write(|tx| {
            let filter = JobFilter {
                kind: Some(BillingJob::Send.to_string()),
                state: None,
            };
            Ok(jobs::list(tx, &filter, &PageRequest::default())?
                .items
                .len())
        });
        let planned = planned.await.unwrap();
        // One with the charge and one with the refund, as they were written down.
        assert_eq!(planned, 2 + 2 * left_at.len());
    });
}
