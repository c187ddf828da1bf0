//! Silence, faults, webhooks that are stored, secrets that are sealed.

use alvara_domain::charge::ChargeState as S;
use alvara_domain::id::ChargeId;
use alvara_domain::ledger::Account as A;
use alvara_domain::order::PaymentTerms;
use alvara_domain::payment::PluginFaultKind;
use alvara_domain::payment::ask::InboundRequest;
use alvara_store::inbound::WebhookState;
use alvara_store::jobs::{self, JobFilter};
use alvara_store::page::PageRequest;
use alvara_store::{inbound, payment_accounts};

use super::till::{PRICE, Till, fault, report};
use crate::AppError;
use crate::billing::answer::{Question, found, question, synced};
use crate::billing::charge::{Cancellation, dispatch, prepare, prepare_cancel};
use crate::billing::{AskJob, BillingJob, Outcome, account, event};
use crate::test_house::everywhere;

/// When the questions about a charge are due, in seconds from now.
async fn asked(till: &Till, kind: BillingJob) -> Vec<i64> {
    till.write(move |tx| {
        let filter = JobFilter {
            kind: Some(kind.to_string()),
            state: None,
        };
        let now = tx.now().micros();
        let mut waits: Vec<i64> = jobs::list(tx, &filter, &PageRequest::default())?
            .items
            .iter()
            .map(|job| (job.run_at.micros() - now) / 1_000_000)
            .collect();
        waits.sort_unstable();
        Ok(waits)
    })
    .await
    .unwrap()
}

async fn find(till: &Till, id: ChargeId) -> Question {
    let job = AskJob {
        charge_id: id,
        due: None,
    };
    till.write(move |tx| question(tx, &job)).await.unwrap()
}

async fn cannot_say(till: &Till, id: ChargeId) -> Outcome {
    let vault = till.house.vault.clone();
    let cannot = fault(PluginFaultKind::Unsupported);
    till.write(move |tx| synced(tx, &vault, id, Err(&cannot)))
        .await
        .unwrap()
}

// R-PAY-06, R-PAY-12: silence is unknown; the provider is asked after 5 s, 30 s, 2 min, 10 min, 1 h,
// and what it never had is sent again under the same key.
#[test]
fn silence_is_asked_about_and_nothing_is_sent_twice() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let order = till.order(PaymentTerms::Now).await.unwrap().order.id;
        let id = till.sent(order).await;
        let silence = || fault(PluginFaultKind::OutcomeUnknown);
        assert_eq!(till.answer(id, Err(silence())).await, Outcome::AskAgain);
        assert_eq!(till.charge(id).await.state, S::Unknown);
        for _ in 0..5 {
            let vault = till.house.vault.clone();
            let down = fault(PluginFaultKind::Unavailable);
            till.write(move |tx| found(tx, &vault, (id, 1), Err(&down)))
                .await
                .unwrap();
        }
        // The question that every request leaves behind comes after a minute.
        assert_eq!(
            asked(&till, BillingJob::Ask).await,
            [5, 30, 60, 120, 600, 3_600, 3_600]
        );
        assert!(matches!(find(&till, id).await, Question::Find { .. }));
        // Of all that were planned the newest counts.
        let due = till.charge(id).await.poll_at.map(|at| at.micros());
        let older = due.map(|at| at - 1);
        for (due, counts) in [(due, true), (older, false)] {
            let job = AskJob { charge_id: id, due };
            let asks = till.write(move |tx| question(tx, &job)).await.unwrap();
            assert_eq!(matches!(asks, Question::Find { .. }), counts);
        }
        // It never had it: back to the beginning, with the same key.
        let vault = till.house.vault.clone();
        let never = till
            .write(move |tx| found(tx, &vault, (id, 1), Ok(None)))
            .await
            .unwrap();
        assert_eq!(never, Outcome::Applied);
        assert_eq!(till.charge(id).await.state, S::Created);
        let again = till
            .write(move |tx| dispatch(tx, id, 1))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(again.attempt.idempotency_key, id.to_string());
        assert_eq!(again.attempt.tries, 2);
        // The second time the provider has it, and it is paid already.
        assert_eq!(till.answer(id, Err(silence())).await, Outcome::AskAgain);
        let vault = till.house.vault.clone();
        let has = report(id, S::Paid, PRICE, 0);
        till.write(move |tx| found(tx, &vault, (id, 1), Ok(Some(&has))))
            .await
            .unwrap();
        assert_eq!(till.charge(id).await.state, S::Paid);
        assert_eq!(till.license_now().await.term.periods, 2);
        // The answer that was lost arrives after all.
        assert_eq!(till.answer(id, Err(silence())).await, Outcome::Same);
        let late = report(id, S::RequiresAction, 0, 0);
        assert!(matches!(
            till.answer(id, Ok(late)).await,
            Outcome::Quarantined(_)
        ));
        assert_eq!(till.balances([A::Revenue]).await, [-PRICE]);
    });
}

// R-PAY-12: a bank that speaks by files answers no questions, so few are asked of it.
#[test]
fn who_answers_no_questions_is_asked_once_a_day_and_of_what_is_over_no_more() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let order = till.order(PaymentTerms::Now).await.unwrap().order.id;
        let id = till.shown(order).await;
        assert_eq!(asked(&till, BillingJob::Ask).await, [30, 60]);
        assert_eq!(cannot_say(&till, id).await, Outcome::Same);
        assert_eq!(till.charge(id).await.state, S::RequiresAction);
        assert_eq!(asked(&till, BillingJob::Ask).await, [30, 60, 86_400]);
        till.sync(id, report(id, S::Paid, PRICE, 0)).await;
        assert_eq!(cannot_say(&till, id).await, Outcome::Same);
        assert_eq!(asked(&till, BillingJob::Ask).await, [30, 60, 86_400]);
    });
}

// R-PAY-06: what provably did not happen is tried again, later.
#[test]
fn a_provider_that_is_down_is_tried_again() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let order = till.order(PaymentTerms::Now).await.unwrap().order.id;
        let id = till.sent(order).await;
        let mut busy = fault(PluginFaultKind::RateLimited);
        busy.retry_after_ms = Some(90_000);
        assert_eq!(till.answer(id, Err(busy)).await, Outcome::Applied);
        assert_eq!(till.charge(id).await.state, S::Created);
        assert_eq!(asked(&till, BillingJob::Send).await, [20, 90]);
        assert!(matches!(find(&till, id).await, Question::Nothing));
        // Nobody wants it any more: it never left, so it is simply over.
        let off = till.write(move |tx| prepare_cancel(tx, id)).await.unwrap();
        assert!(matches!(off, Cancellation::Done(charge) if charge.state == S::Canceled));
        assert_eq!(
            till.write(move |tx| dispatch(tx, id, 1))
                .await
                .unwrap()
                .map(|sent| sent.charge.id),
            None
        );
        // One that is shown is called off at the provider.
        let shown = till.shown(order).await;
        let off = till
            .write(move |tx| prepare_cancel(tx, shown))
            .await
            .unwrap();
        let Cancellation::Send(first) = off else {
            panic!("it is at the provider");
        };
        let again = till
            .write(move |tx| prepare_cancel(tx, shown))
            .await
            .unwrap();
        assert!(matches!(again, Cancellation::Send(two) if two.attempt == first.attempt));
        assert!(matches!(find(&till, shown).await, Question::Sync { .. }));
        till.sync(shown, report(shown, S::Canceled, 0, 0)).await;
        assert_eq!(till.charge(shown).await.state, S::Canceled);
    });
}

// R-PAY-12: a provider that is down for hours is not called every few seconds.
#[test]
fn an_outage_is_asked_about_ever_more_seldom() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let order = till.order(PaymentTerms::Now).await.unwrap().order.id;
        let id = till.sent(order).await;
        for _ in 0..3 {
            let down = fault(PluginFaultKind::Unavailable);
            assert_eq!(till.answer(id, Err(down)).await, Outcome::Applied);
            let sent = till.write(move |tx| dispatch(tx, id, 1)).await.unwrap();
            assert!(sent.is_some());
        }
        assert_eq!(asked(&till, BillingJob::Send).await, [5, 20, 30, 120]);
    });
}

// R-PAY-07: stored byte by byte before anybody looks at it, once.
#[test]
fn a_webhook_is_stored_once_and_whole() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let body: Vec<u8> = (0..200_000_u32).map(|at| (at % 251) as u8).collect();
        let request = InboundRequest {
            method: "POST".to_owned(),
            path: "/hooks".to_owned(),
            query: String::new(),
            headers: vec![("X-Signature".to_owned(), "ação".to_owned())],
            body,
            remote_ip: "203.0.113.9".to_owned(),
            client_cert_sha256: None,
        };
        let account = till.account;
        let store = |event_id: Option<&'static str>, request: InboundRequest| {
            let till = till.clone();
            async move {
                till.write(move |tx| event::receive(tx, account, event_id, (&request, "1.0.0")))
                    .await
                    .unwrap()
            }
        };
        let first = store(Some("evt-1"), request.clone()).await.unwrap();
        assert_eq!(store(Some("evt-1"), request.clone()).await, None);
        let nameless = store(None, request.clone()).await;
        assert!(nameless.is_some());
        assert_eq!(store(None, request.clone()).await, None);
        let kept = till
            .write(move |tx| Ok(inbound::load(tx, first)?.unwrap()))
            .await
            .unwrap();
        assert_eq!((kept.account_id, &kept.request), (account, &request));
        assert_eq!(kept.plugin_version.as_deref(), Some("1.0.0"));
        assert_eq!(asked(&till, BillingJob::ApplyWebhook).await, [0, 0]);
    });
}

// R-PAY-07: what could not be applied is not lost to who tells it again.
#[test]
fn a_webhook_that_was_never_applied_is_looked_at_when_it_comes_again() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let account = till.account;
        let receive = |version: &'static str| {
            let till = till.clone();
            let request = InboundRequest {
                method: "POST".to_owned(),
                path: "/hooks".to_owned(),
                query: String::new(),
                headers: Vec::new(),
                body: b"{}".to_vec(),
                remote_ip: "203.0.113.9".to_owned(),
                client_cert_sha256: None,
            };
            async move {
                till.write(move |tx| {
                    event::receive(tx, account, Some("evt-1"), (&request, version))
                })
                .await
                .unwrap()
            }
        };
        let first = receive("1.0.0").await.unwrap();
        assert_eq!(receive("1.1.0").await, None, "its job is on its way");
        let later = till.house.clock.now().saturating_add_seconds(7_200);
        assert!(till.house.clock.set(later));
        assert_eq!(receive("1.1.0").await, Some(first));
        let kept = till
            .write(move |tx| Ok(inbound::load(tx, first)?.unwrap()))
            .await
            .unwrap();
        assert_eq!(kept.plugin_version.as_deref(), Some("1.1.0"));
        assert_eq!(asked(&till, BillingJob::ApplyWebhook).await.len(), 2);
        till.write(move |tx| {
            inbound::mark(tx, first, WebhookState::Applied).map_err(AppError::from)
        })
        .await
        .unwrap();
        assert_eq!(receive("1.1.0").await, None);
    });
}

// R-PAY-03: what is stored of a secret is sealed, and opens for its own account only.
#[test]
fn secrets_are_sealed_and_belong_to_their_account() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let (id, vault) = (till.account, till.house.vault.clone());
        let kept = till
            .write(move |tx| Ok(payment_accounts::find(tx, id)?.unwrap()))
            .await
            .unwrap();
        assert_eq!(kept.secret_names, ["client_secret"]);
        let sealed = kept.secrets_sealed.clone().unwrap();
        assert!(!sealed.contains("s3cr3t"));
        let open = account::open(&vault, &kept).unwrap();
        assert_eq!(open["client_secret"], "s3cr3t");
        let mut other = kept;
        other.id = "pac_01J00000000000000000000000".parse().unwrap();
        assert!(matches!(
            account::open(&vault, &other),
            Err(AppError::Vault(_))
        ));
        // A disabled account charges no more.
        let change = account::AccountChange {
            state: Some(alvara_domain::charge::record::PaymentAccountState::Disabled),
            ..account::AccountChange::default()
        };
        till.write(move |tx| account::update(tx, &vault, (id, None), &change))
            .await
            .unwrap();
        let order = till.order(PaymentTerms::Now).await.unwrap().order.id;
        let request = till.request(order);
        let refused = till.write(move |tx| prepare(tx, &request)).await;
        assert!(matches!(refused, Err(AppError::WrongState { .. })));
    });
}
