//! What is told and not believed, and what a person makes of it.

use alvara_domain::charge::ChargeState as S;
use alvara_domain::charge::record::{QuarantinedReport, ReportState};
use alvara_domain::id::{ChargeId, QuarantinedReportId};
use alvara_domain::ledger::Account as A;
use alvara_domain::money::{Currency, Money};
use alvara_domain::order::{OrderState, PaymentTerms};
use alvara_domain::payment::PluginFaultKind;
use alvara_domain::time::UtcTime;
use alvara_store::inbound::EventOutcome as E;
use alvara_store::quarantined_reports;

use super::till::{PRICE, Till, event, fault, report};
use crate::billing::Outcome;
use crate::billing::decide::{Deciding, Decision, decide};
use crate::test_house::everywhere;
use crate::{AppError, AppResult};

const T1: &str = "2026-03-01T10:00:00Z";
const T2: &str = "2026-03-01T11:00:00Z";

async fn kept(till: &Till, id: ChargeId) -> Vec<QuarantinedReport> {
    till.write(move |tx| Ok(quarantined_reports::list_of_charge(tx, id)?))
        .await
        .unwrap()
}

async fn say(
    till: &Till,
    (charge, report): (ChargeId, QuarantinedReportId),
    decision: Decision,
) -> AppResult<QuarantinedReport> {
    let vault = till.house.vault.clone();
    let wanted = Deciding {
        charge,
        report,
        decision,
        note: "looked at".to_owned(),
    };
    till.write(move |tx| decide(tx, &vault, &wanted)).await
}

// R-PAY-06 R-PAY-07: too much money is taken as more than was asked for once somebody says so, and
// what was rejected stays so when it is told again.
#[test]
fn a_report_is_accepted_or_rejected_by_hand_and_once() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let order = till.order(PaymentTerms::Now).await.unwrap().order.id;
        let id = till.shown(order).await;
        let mut euros = report(id, S::Paid, PRICE, 0);
        euros.captured = Money::new(PRICE, Currency::EUR);
        assert_eq!(
            till.tell(event("e1", T1, euros.clone())).await,
            E::Quarantined
        );
        let much = report(id, S::Paid, PRICE + 5, 0);
        assert_eq!(
            till.tell(event("e2", T1, much.clone())).await,
            E::Quarantined
        );
        // The same, told again in another event, is no second report.
        assert_eq!(till.tell(event("e3", T2, much)).await, E::Quarantined);
        let reports = kept(&till, id).await;
        let of = |reason: &str| {
            let mut those = reports.iter().filter(|one| one.reason.as_str() == reason);
            those.next().unwrap().id
        };
        assert_eq!(reports.len(), 2);
        // Another currency cannot be booked, whoever says so.
        let (first, second) = (of("currency_changed"), of("captured_over_requested"));
        let refused = say(&till, (id, first), Decision::Accept).await;
        let why = matches!(
            refused,
            Err(AppError::WrongState {
                state: "currency_changed",
                ..
            })
        );
        assert!(why);
        let rejected = say(&till, (id, first), Decision::Reject).await.unwrap();
        assert_eq!(rejected.state, ReportState::Rejected);
        assert!(till.charge(id).await.quarantine.is_some(), "another waits");
        let before = till.license_now().await.term.periods;
        let accepted = say(&till, (id, second), Decision::Accept).await.unwrap();
        assert_eq!(accepted.state, ReportState::Accepted);
        let charge = till.charge(id).await;
        assert_eq!(
            (charge.state, charge.quarantine, charge.book.captured),
            (S::Paid, None, PRICE + 5)
        );
        assert_eq!(till.order_now(order).await.0.state, OrderState::Paid);
        assert_eq!(till.license_now().await.term.periods, before + 1);
        assert_eq!(till.balances([A::Clearing]).await, [PRICE + 5]);
        let twice = say(&till, (id, second), Decision::Reject).await;
        assert!(matches!(
            twice,
            Err(AppError::WrongState {
                state: "accepted",
                ..
            })
        ));

        // What the provider says of it from here on is no news; what was rejected stays so.
        let same = report(id, S::Paid, PRICE + 5, 0);
        assert_eq!(till.sync(id, same).await, Outcome::Same);
        assert_eq!(till.tell(event("e4", T2, euros)).await, E::Quarantined);
        assert_eq!(till.charge(id).await.quarantine, None);
        assert_eq!(kept(&till, id).await.len(), 2);
    });
}

// R-PAY-06: a charge that came to nothing and was paid after all.
#[test]
fn money_after_a_refusal_counts_once_somebody_says_so() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let order = till.order(PaymentTerms::Now).await.unwrap().order.id;
        let id = till.sent(order).await;
        let refused = fault(PluginFaultKind::InvalidRequest);
        assert_eq!(till.answer(id, Err(refused)).await, Outcome::Applied);
        assert_eq!(till.charge(id).await.state, S::Failed);
        let paid = report(id, S::Paid, PRICE, 0);
        let told = till.sync(id, paid).await;
        assert!(matches!(told, Outcome::Quarantined(_)), "{told:?}");
        let report = kept(&till, id).await[0].id;
        assert_eq!(till.order_now(order).await.0.state, OrderState::Open);
        let _ = say(&till, (id, report), Decision::Accept).await.unwrap();
        assert_eq!(till.charge(id).await.state, S::Paid);
        assert_eq!(till.order_now(order).await.0.state, OrderState::Paid);
        assert_eq!(till.balances([A::Clearing]).await, [PRICE]);
    });
}

// R-PAY-06 R-PAY-07: what was told before money went back does not bring it again.
#[test]
fn a_report_that_its_charge_has_outrun_can_only_be_rejected() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let order = till.order(PaymentTerms::Now).await.unwrap().order.id;
        let id = till.shown(order).await;
        let much = report(id, S::Paid, PRICE + 5, 0);
        assert_eq!(till.tell(event("e1", T1, much)).await, E::Quarantined);
        let waiting = kept(&till, id).await[0].id;
        let now = till.house.clock.now().micros();
        let later = UtcTime::from_micros(now + 1_000_000).unwrap();
        assert!(till.house.clock.set(later));
        for told in [
            report(id, S::Paid, PRICE, 0),
            report(id, S::Refunded, PRICE, PRICE),
        ] {
            assert_eq!(till.sync(id, told).await, Outcome::Applied);
        }
        let periods = till.license_now().await.term.periods;
        let refused = say(&till, (id, waiting), Decision::Accept).await;
        let is_outrun = matches!(
            refused,
            Err(AppError::WrongState {
                state: "outrun",
                ..
            })
        );
        assert!(is_outrun);
        let charge = till.charge(id).await;
        assert_eq!((charge.state, charge.book.refunded), (S::Refunded, PRICE));
        assert_eq!(till.license_now().await.term.periods, periods);
        assert_eq!(till.balances([A::Clearing]).await, [0]);
        let rejected = say(&till, (id, waiting), Decision::Reject).await;
        assert_eq!(rejected.unwrap().state, ReportState::Rejected);
    });
}

// R-PAY-06 R-PAY-12: files are carried in any order, and who wrote them answers no questions: money
// counts however old its line is, or waits for somebody to decide.
#[test]
fn a_banks_line_counts_however_late_its_file_is_carried() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let order = till.order(PaymentTerms::Now).await.unwrap().order.id;
        let id = till.shown(order).await;
        let off = report(id, S::Canceled, 0, 0);
        assert_eq!(till.line(event("l1", T2, off)).await, E::Applied);
        let paid = report(id, S::Paid, PRICE, 0);
        assert_eq!(till.line(event("l2", T1, paid)).await, E::Applied);
        assert_eq!(till.charge(id).await.state, S::Paid);
        assert_eq!(till.order_now(order).await.0.state, OrderState::Paid);
        assert_eq!(till.license_now().await.term.periods, 2);
        assert_eq!(till.balances([A::Clearing]).await, [PRICE]);
        // What is older and tells of no money moves nothing.
        let older = report(id, S::RequiresAction, 0, 0);
        assert_eq!(till.line(event("l3", T1, older)).await, E::AskAgain);
        assert_eq!(till.charge(id).await.state, S::Paid);

        // Refused and paid on one day.
        let order = till.order(PaymentTerms::Now).await.unwrap().order.id;
        let id = till.shown(order).await;
        let refused = report(id, S::Failed, 0, 0);
        assert_eq!(till.line(event("l4", T1, refused)).await, E::Applied);
        let paid = report(id, S::Paid, PRICE, 0);
        assert_eq!(till.line(event("l5", T1, paid)).await, E::Quarantined);
        assert_eq!(till.order_now(order).await.0.state, OrderState::Open);
        let waiting = kept(&till, id).await;
        assert_eq!(
            (waiting.len(), waiting[0].reason.as_str()),
            (1, "illegal_edge")
        );
        let accepted = say(&till, (id, waiting[0].id), Decision::Accept).await;
        assert_eq!(accepted.unwrap().state, ReportState::Accepted);
        assert_eq!(till.order_now(order).await.0.state, OrderState::Paid);
        assert_eq!(till.balances([A::Clearing]).await, [2 * PRICE]);
    });
}
