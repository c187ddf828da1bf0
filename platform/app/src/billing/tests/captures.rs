//! Money that is held first and taken later.

use alvara_domain::charge::ChargeState as S;
use alvara_domain::id::ChargeId;
use alvara_domain::order::{OrderState, PaymentTerms};
use alvara_domain::payment::PluginFaultKind;
use alvara_domain::payment::ask::CaptureMode;
use alvara_domain::payment::report::ChargeReport;
use alvara_store::charge_attempts;

use super::till::{PRICE, Till, brl, fault, report};
use crate::AppError;
use crate::billing::capture::prepare_capture;
use crate::billing::charge::{ChargeRequest, dispatch, prepare};
use crate::billing::{Outcome, answer};
use crate::test_house::everywhere;

fn holding(id: ChargeId) -> ChargeReport {
    ChargeReport {
        authorized: brl(PRICE),
        ..report(id, S::Authorized, 0, 0)
    }
}

/// A charge that holds its money.
async fn held(till: &Till) -> ChargeId {
    let order = till.order(PaymentTerms::Now).await.unwrap().order.id;
    let request = ChargeRequest {
        capture: CaptureMode::Manual,
        ..till.request(order)
    };
    let id = till
        .write(move |tx| {
            let prepared = prepare(tx, &request)?;
            assert_eq!(prepared.charge.ask.capture, CaptureMode::Manual);
            let _ = dispatch(tx, prepared.charge.id, prepared.attempt.number)?;
            Ok(prepared.charge.id)
        })
        .await
        .unwrap();
    assert_eq!(till.answer(id, Ok(holding(id))).await, Outcome::Applied);
    id
}

/// Asks for the money and lets the request leave; the attempt's number and key.
async fn capture(till: &Till, id: ChargeId) -> (i64, String) {
    till.write(move |tx| {
        let prepared = prepare_capture(tx, id)?;
        let number = prepared.attempt.number;
        assert!(dispatch(tx, id, number)?.is_some());
        Ok((number, prepared.attempt.idempotency_key))
    })
    .await
    .unwrap()
}

/// The answer to a request is a fault.
async fn tell(till: &Till, (id, number): (ChargeId, i64), kind: PluginFaultKind) -> Outcome {
    let (vault, said) = (till.house.vault.clone(), fault(kind));
    till.write(move |tx| answer::apply_answer(tx, &vault, (id, number), Err(&said)))
        .await
        .unwrap()
}

// R-PAY-06: what is held gives nothing; what is taken renews once.
#[test]
fn held_money_renews_when_it_is_taken() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let before = till.license_now().await.term.expires_at;
        let id = held(&till).await;
        assert_eq!(till.charge(id).await.state, S::Authorized);
        assert_eq!(till.license_now().await.term.expires_at, before);
        let (number, key) = capture(&till, id).await;
        assert_eq!((number, key), (2, format!("{id}-capture")));
        // Asked again while the first is on its way: nothing more leaves.
        let twice = till
            .write(move |tx| {
                let prepared = prepare_capture(tx, id)?;
                dispatch(tx, id, prepared.attempt.number)
            })
            .await
            .unwrap();
        assert!(twice.is_none());
        let vault = till.house.vault.clone();
        let paid = report(id, S::Paid, PRICE, 0);
        let outcome = till
            .write(move |tx| answer::apply_answer(tx, &vault, (id, number), Ok(&paid)))
            .await
            .unwrap();
        assert_eq!(outcome, Outcome::Applied);
        let charge = till.charge(id).await;
        assert_eq!((charge.state, charge.book.captured), (S::Paid, PRICE));
        assert_eq!(
            till.order_now(charge.order_id).await.0.state,
            OrderState::Paid
        );
        assert!(till.license_now().await.term.expires_at > before);
        let over = till.write(move |tx| prepare_capture(tx, id)).await;
        assert!(matches!(
            over,
            Err(AppError::WrongState { state: "paid", .. })
        ));
    });
}

// R-PAY-06 R-PAY-12: a lost answer is asked for under the same key, a refusal under another.
#[test]
fn a_capture_whose_answer_is_lost_goes_out_again_under_its_key() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let id = held(&till).await;
        let (number, key) = capture(&till, id).await;
        assert_eq!(
            tell(&till, (id, number), PluginFaultKind::OutcomeUnknown).await,
            Outcome::AskAgain
        );
        assert_eq!(till.charge(id).await.state, S::Authorized);
        assert_eq!(capture(&till, id).await, (number, key.clone()));
        assert_eq!(
            tell(&till, (id, number), PluginFaultKind::InvalidRequest).await,
            Outcome::Same
        );
        let (next, other) = capture(&till, id).await;
        assert_eq!(next, number + 1);
        assert_ne!(other, key);
        let tries = till
            .write(move |tx| Ok(charge_attempts::list(tx, id)?))
            .await
            .unwrap();
        let tries: Vec<u32> = tries.iter().map(|attempt| attempt.tries).collect();
        assert_eq!(tries, [1, 2, 1]);
    });
}

// R-PAY-06: what holds nothing has nothing to take.
#[test]
fn only_what_is_held_is_taken() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let order = till.order(PaymentTerms::Now).await.unwrap().order.id;
        let id = till.shown(order).await;
        let refused = till.write(move |tx| prepare_capture(tx, id)).await;
        let wrong = matches!(
            refused,
            Err(AppError::WrongState {
                noun: "charge",
                state: "requires_action",
                ..
            })
        );
        assert!(wrong);
    });
}
