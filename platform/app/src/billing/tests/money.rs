//! Refunds, commissions, disputes, late money and wrong money.

use alvara_domain::charge::record::LatePolicy;
use alvara_domain::charge::{ChargeState as S, DisputeState, RefundState};
use alvara_domain::commission::split;
use alvara_domain::id::{ChargeId, NodeId};
use alvara_domain::ledger::Account as A;
use alvara_domain::license::LicenseState;
use alvara_domain::money::{BasisPoints, Currency, Money};
use alvara_domain::order::{Done, LineState, OrderState, PaymentTerms};
use alvara_domain::payment::PluginFaultKind;
use alvara_domain::payment::report::{
    DisputeReport, EventBody, Fee, PaymentEvent, RefundReport, Trust,
};
use alvara_store::inbound::EventOutcome as E;
use alvara_store::{charges, commissions, refunds};

use super::till::{PRICE, Till, brl, event, fault, psp, report};
use crate::AppError;
use crate::billing::account::{self, AccountChange};
use crate::billing::charge::dispatch;
use crate::billing::commission::set_rule;
use crate::billing::order::LineRequest;
use crate::billing::{Outcome, refund};
use crate::test_house::everywhere;

const T1: &str = "2026-01-01T00:10:00Z";
const T2: &str = "2026-01-01T00:20:00Z";
const T3: &str = "2026-01-01T00:30:00Z";

async fn earned(till: &Till, id: ChargeId) -> Vec<(NodeId, i64)> {
    till.write(move |tx| {
        let found = commissions::of_charge(tx, id)?;
        Ok(found
            .iter()
            .map(|one| (one.node_id, one.earned_minor))
            .collect())
    })
    .await
    .unwrap()
}

// R-TEN-06, R-PAY-06: to the cent, in three refunds and a fee.
#[test]
fn refunds_reverse_commissions_to_the_cent() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let (root, agent) = (till.root, till.agent);
        let share = |count| BasisPoints::try_from(count).unwrap();
        let rules = [(root, share(1_250)), (agent, share(3_333))];
        till.write(move |tx| {
            set_rule(tx, root, share(1_250))?;
            set_rule(tx, agent, share(3_333))
        })
        .await
        .unwrap();
        let more = till
            .write(move |tx| set_rule(tx, agent, share(8_751)))
            .await;
        assert!(matches!(more, Err(AppError::Invalid(_))));
        let order = till.order(PaymentTerms::Now).await.unwrap().order.id;
        let id = till.shown(order).await;
        let mut paid = report(id, S::Paid, PRICE, 0);
        paid.fees = vec![Fee {
            amount: brl(99),
            kind: "pix".to_owned(),
        }];
        till.tell(event("evt-1", T1, paid)).await;
        assert_eq!(
            till.balances([A::Clearing, A::Fees, A::Revenue]).await,
            [PRICE - 99, 99, -PRICE]
        );
        // A rule that comes later does not change what was earned.
        till.write(move |tx| set_rule(tx, agent, share(1)))
            .await
            .unwrap();
        let mut back = 0;
        for (number, amount) in [6_667, 6_667, 6_663].into_iter().enumerate() {
            let prepared = till
                .write(move |tx| refund::prepare(tx, id, Some(brl(amount)), "asked for"))
                .await
                .unwrap();
            let refund_id = prepared.refund.id;
            let done = RefundReport {
                state: RefundState::Succeeded,
                refs: vec![psp("rtrid", format!("r-{number}"))],
                amount: brl(amount),
                decline: None,
                poll_at: None,
                raw_status: "DEVOLVIDO".to_owned(),
            };
            for _ in 0..3 {
                let (done, vault, number) = (
                    done.clone(),
                    till.house.vault.clone(),
                    prepared.attempt.number,
                );
                till.write(move |tx| {
                    dispatch(tx, id, number)?;
                    refund::apply_answer(tx, &vault, (refund_id, number), Ok(&done))
                })
                .await
                .unwrap();
            }
            back += amount;
            let left = PRICE - back;
            let (parts, house) = split(left, &rules).unwrap();
            let mut expected = parts.clone();
            expected.sort_unstable();
            let mut found = earned(&till, id).await;
            found.sort_unstable();
            assert_eq!(found, expected);
            let paid_out: i64 = parts.iter().map(|(_, part)| part).sum();
            assert_eq!(paid_out + house, left);
            assert_eq!(
                till.balances([A::CommissionPayable, A::CommissionExpense, A::Returns])
                    .await,
                [-paid_out, paid_out, back]
            );
        }
        assert_eq!(till.charge(id).await.state, S::Refunded);
        let papers = (vec![PRICE], vec![6_667, 6_667, 6_663]);
        assert_eq!(till.papers(id).await, papers);
        let (order, lines) = till.order_now(order).await;
        assert_eq!(
            (order.state, lines[0].state),
            (OrderState::Reversed, LineState::Withdrawn)
        );
        assert_eq!(till.license_now().await.term.periods, 1);
        let more = till
            .write(move |tx| refund::prepare(tx, id, None, ""))
            .await;
        assert!(matches!(more, Err(AppError::WrongState { .. })));
    });
}

// R-PAY-06 R-PAY-11: more than is left cannot be given back, refunds under way counted; one
// that failed is given back to the order.
#[test]
fn a_refund_that_failed_counts_no_longer() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let order = till.order(PaymentTerms::Now).await.unwrap().order.id;
        let id = till.shown(order).await;
        till.tell(event("evt-1", T1, report(id, S::Paid, PRICE, 0)))
            .await;
        let whole = till
            .write(move |tx| refund::prepare(tx, id, None, "all of it"))
            .await
            .unwrap();
        assert_eq!(whole.refund.amount_minor, PRICE);
        let more = till
            .write(move |tx| refund::prepare(tx, id, Some(brl(1)), ""))
            .await;
        assert!(matches!(more, Err(AppError::Invalid(_))));
        let told = |state| RefundReport {
            state,
            refs: vec![psp("rtrid", "r-1".to_owned())],
            amount: brl(PRICE),
            decline: None,
            poll_at: None,
            raw_status: state.to_string(),
        };
        let paid = vec![PRICE];
        for (state, charge, periods, papers) in [
            (RefundState::Pending, S::Paid, 2, (paid.clone(), vec![])),
            (
                RefundState::Succeeded,
                S::Refunded,
                1,
                (paid.clone(), vec![PRICE]),
            ),
            // The credit note proved wrong: a receipt sets it right.
            (
                RefundState::Failed,
                S::Paid,
                2,
                (vec![PRICE, PRICE], vec![PRICE]),
            ),
        ] {
            let (report, vault) = (told(state), till.house.vault.clone());
            let key = (whole.refund.id, whole.attempt.number);
            till.write(move |tx| {
                dispatch(tx, id, key.1)?;
                refund::apply_answer(tx, &vault, key, Ok(&report))
            })
            .await
            .unwrap();
            assert_eq!(till.charge(id).await.state, charge, "{state}");
            assert_eq!(till.license_now().await.term.periods, periods, "{state}");
            assert_eq!(till.papers(id).await, papers, "{state}");
        }
        assert_eq!(
            till.balances([A::Clearing, A::Revenue, A::Returns]).await,
            [PRICE, -PRICE, 0]
        );
        till.sync(id, report(id, S::Refunded, PRICE, PRICE)).await;
        let again = (vec![PRICE, PRICE], vec![PRICE, PRICE]);
        assert_eq!(till.papers(id).await, again, "it went back after all");
    });
}

fn disputed(name: &str, id: ChargeId, state: DisputeState) -> PaymentEvent {
    PaymentEvent {
        event_id: name.to_owned(),
        occurred_at: None,
        trust: Trust::Signed,
        refs: vec![psp("txid", format!("tx-{id}"))],
        body: EventBody::Dispute(DisputeReport {
            state,
            refs: vec![psp("dispute", format!("dp-{id}"))],
            amount: brl(PRICE),
            reason: "fraudulent".to_owned(),
            evidence_due: None,
        }),
    }
}

// R-PAY-07 R-PAY-11: a dispute suspends, losing it takes away, winning it after all gives back.
#[test]
fn a_dispute_suspends_and_what_is_lost_is_taken_back() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let order = till.order(PaymentTerms::Now).await.unwrap().order.id;
        let id = till.shown(order).await;
        till.tell(event("evt-1", T1, report(id, S::Paid, PRICE, 0)))
            .await;
        for (name, state, charge, license, periods, returns, papers) in [
            (
                "d1",
                DisputeState::Opened,
                S::Disputed,
                LicenseState::Suspended,
                2,
                0,
                (1, 0),
            ),
            (
                "d2",
                DisputeState::Lost,
                S::ChargedBack,
                LicenseState::Active,
                1,
                PRICE,
                (1, 1),
            ),
            (
                "d3",
                DisputeState::Won,
                S::Paid,
                LicenseState::Active,
                2,
                0,
                (2, 1),
            ),
        ] {
            for _ in 0..2 {
                till.tell(disputed(name, id, state)).await;
            }
            assert_eq!(till.charge(id).await.state, charge, "{name}");
            let now = till.license_now().await;
            assert_eq!((now.state, now.term.periods), (license, periods), "{name}");
            assert_eq!(
                till.balances([A::Returns, A::Clearing]).await,
                [returns, PRICE - returns],
                "{name}"
            );
            let expected = (vec![PRICE; papers.0], vec![PRICE; papers.1]);
            assert_eq!(till.papers(id).await, expected, "{name}");
        }
        let kept = till
            .write(move |tx| Ok(refunds::list_disputes(tx, id)?))
            .await
            .unwrap();
        assert_eq!((kept.len(), kept[0].state), (1, DisputeState::Won));
    });
}

// R-PAY-07: wrong currency, too much, too little, and what comes out of order renew nothing.
#[test]
fn wrong_money_renews_nothing() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let order = till.order(PaymentTerms::Now).await.unwrap().order.id;
        let id = till.shown(order).await;
        let mut euros = report(id, S::Paid, PRICE, 0);
        euros.captured = Money::new(PRICE, Currency::EUR);
        assert_eq!(till.tell(event("e1", T1, euros)).await, E::Quarantined);
        let much = report(id, S::Paid, PRICE + 1, 0);
        assert_eq!(till.tell(event("e2", T1, much)).await, E::Quarantined);
        let quarantined = till.charge(id).await;
        assert_eq!(quarantined.state, S::RequiresAction);
        assert_eq!(
            quarantined.quarantine.map(|reason| reason.as_str()),
            Some("captured_over_requested")
        );
        assert_eq!(till.balances([A::Clearing]).await, [0]);
        // A word that nobody signed is only a reason to ask.
        let mut unsigned = event("e3", T2, report(id, S::Paid, PRICE, 0));
        unsigned.trust = Trust::SharedToken;
        assert_eq!(till.tell(unsigned).await, E::AskAgain);
        let short = report(id, S::Paid, PRICE - 1, 0);
        assert_eq!(till.tell(event("e4", T2, short)).await, E::Applied);
        assert_eq!(till.license_now().await.term.periods, 1);
        assert_eq!(
            till.balances([A::Clearing, A::Revenue, A::CustomerCredit])
                .await,
            [PRICE - 1, 0, 1 - PRICE]
        );
        assert_eq!(till.order_now(order).await.0.state, OrderState::Open);
        // An older event moves nothing back.
        let older = report(id, S::RequiresAction, 0, 0);
        assert_eq!(till.tell(event("e5", T1, older)).await, E::AskAgain);
        assert_eq!(till.charge(id).await.state, S::Paid);
        // The rest comes: now it is enough.
        let rest = report(id, S::Paid, PRICE, 0);
        assert_eq!(till.tell(event("e6", T3, rest)).await, E::Applied);
        assert_eq!(till.license_now().await.term.periods, 2);
        assert_eq!(
            till.balances([A::Revenue, A::CustomerCredit]).await,
            [-PRICE, 0]
        );
        // A name of ours, before the provider's are known.
        let other = till.order(PaymentTerms::Now).await.unwrap().order.id;
        let early = till.sent(other).await;
        let mut told = event("e7", T3, report(early, S::Paid, PRICE, 0));
        told.refs = vec![psp("order_reference", early.to_string())];
        assert_eq!(till.tell(told).await, E::Applied);
        // What is of nobody is kept, and looked at when it comes again.
        let mut nobody = event("e8", T3, report(early, S::Paid, PRICE, 0));
        nobody.refs = Vec::new();
        nobody.body = EventBody::ChargeHint;
        assert_eq!(till.tell(nobody.clone()).await, E::Unmatched);
        assert_eq!(till.tell(nobody).await, E::Unmatched);
    });
}

// R-PAY-06: money after the end is honoured or goes back, as the account says.
#[test]
fn late_money_is_honoured_or_goes_back() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        for (policy, periods) in [(LatePolicy::Honour, 2), (LatePolicy::Refund, 2)] {
            let (vault, account) = (till.house.vault.clone(), till.account);
            till.write(move |tx| {
                let change = AccountChange {
                    late_policy: Some(policy),
                    ..AccountChange::default()
                };
                account::update(tx, &vault, (account, None), &change)
            })
            .await
            .unwrap();
            let order = till.order(PaymentTerms::Now).await.unwrap().order.id;
            let id = till.shown(order).await;
            till.sync(id, report(id, S::Expired, 0, 0)).await;
            let name = format!("late-{policy}");
            let told = event(&name, T2, report(id, S::Paid, PRICE, 0));
            assert_eq!(till.tell(told.clone()).await, E::Applied);
            assert_eq!(till.tell(told).await, E::Same);
            assert_eq!(till.license_now().await.term.periods, periods, "{policy}");
            let asked = till
                .write(move |tx| Ok(refunds::list(tx, id)?))
                .await
                .unwrap();
            let expected: &[i64] = match policy {
                LatePolicy::Honour => &[],
                LatePolicy::Refund => &[PRICE],
            };
            let found: Vec<i64> = asked.iter().map(|one| one.amount_minor).collect();
            assert_eq!(found, expected, "{policy}");
        }
        assert_eq!(
            till.balances([A::Revenue, A::CustomerCredit]).await,
            [-PRICE, -PRICE]
        );
    });
}

// R-PAY-06: a module that was paid for is there while its money is, and the license stays as it was.
#[test]
fn a_module_comes_and_goes_with_its_money() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let modules = vec!["export".to_owned()];
        let line = LineRequest::Modules {
            license: till.license,
            modules: modules.clone(),
        };
        let placed = till.order_of(PaymentTerms::Now, vec![line]).await.unwrap();
        let (order, price) = (placed.order.id, placed.order.total_minor);
        assert_eq!(price, 990);
        let id = till.shown(order).await;
        let stands = async || {
            let (order, lines) = till.order_now(order).await;
            let license = till.license_now().await;
            let codes: Vec<String> = license.modules.into_iter().map(|one| one.code).collect();
            (order.state, lines[0].state, codes)
        };
        let (none, given) = (Vec::new(), modules.clone());
        let waits = (OrderState::Open, LineState::Waiting, none.clone());
        assert_eq!(stands().await, waits, "nothing is given unpaid");
        for name in ["e1", "e2"] {
            till.tell(event(name, T1, report(id, S::Paid, price, 0)))
                .await;
        }
        let granted = (OrderState::Paid, LineState::Granted, given);
        assert_eq!(stands().await, granted);
        let (_, lines) = till.order_now(order).await;
        assert_eq!(lines[0].done, Some(Done::Added { modules }));
        till.tell(disputed("d1", id, DisputeState::Opened)).await;
        let contested = (OrderState::Disputed, LineState::Suspended, none.clone());
        assert_eq!(stands().await, contested);
        till.tell(disputed("d2", id, DisputeState::Won)).await;
        assert_eq!(stands().await, granted);
        till.tell(event("e3", T2, report(id, S::Refunded, price, price)))
            .await;
        let gone = (OrderState::Reversed, LineState::Withdrawn, none);
        assert_eq!(stands().await, gone);
        let license = till.license_now().await;
        assert_eq!(
            (license.state, license.term.periods),
            (LicenseState::Active, 1)
        );
        assert_eq!(
            till.balances([A::Clearing, A::Revenue, A::Returns]).await,
            [0, -price, price]
        );
    });
}

// R-PAY-06: a new license and modules are given by the settling transition, and a line that cannot
// be given is held while the others are.
#[test]
fn each_line_is_given_or_held() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let lines = vec![
            LineRequest::Issue {
                plan: till.plan,
                modules: Vec::new(),
                quantity: 3,
            },
            LineRequest::Modules {
                license: till.license,
                modules: vec!["export".to_owned()],
            },
            LineRequest::Renew {
                license: till.license,
                plan: Some(till.plan),
                quantity: 1,
            },
        ];
        let placed = till.order_of(PaymentTerms::Now, lines).await.unwrap();
        assert_eq!(placed.order.total_minor, 4 * PRICE + 990);
        let total = placed.order.total_minor;
        let id = till.shown(placed.order.id).await;
        // Somebody revokes the license before the money comes.
        let license = till.license;
        till.write(move |tx| {
            use crate::license::change_state::{Decision, decide};
            decide(tx, license, Decision::Revoke, None)
        })
        .await
        .unwrap();
        till.tell(event("e1", T1, report(id, S::Paid, total, 0)))
            .await;
        let (order, lines) = till.order_now(placed.order.id).await;
        assert_eq!(order.state, OrderState::Paid);
        let states: Vec<LineState> = lines.iter().map(|line| line.state).collect();
        assert_eq!(
            states,
            [LineState::Granted, LineState::Held, LineState::Held]
        );
        let issued = match &lines[0].done {
            Some(Done::Issued { licenses }) => licenses.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(issued.len(), 3);
        assert_eq!(till.balances([A::Revenue]).await, [-total]);
        // All of it goes back: what was issued is revoked.
        till.sync(id, report(id, S::Refunded, total, total)).await;
        for one in issued {
            let state = till
                .write(move |tx| Ok(alvara_store::licenses::find(tx, one)?.unwrap().state))
                .await
                .unwrap();
            assert_eq!(state, LicenseState::Revoked);
        }
    });
}

// R-PAY-06: what the provider refuses is over; the order waits for another charge.
#[test]
fn a_refused_charge_leaves_the_order_open() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let order = till.order(PaymentTerms::Now).await.unwrap().order.id;
        let id = till.sent(order).await;
        let refused = fault(PluginFaultKind::InvalidRequest);
        assert_eq!(
            till.answer(id, Err(refused.clone())).await,
            Outcome::Applied
        );
        assert_eq!(till.answer(id, Err(refused)).await, Outcome::Same);
        let charge = till.charge(id).await;
        assert_eq!(charge.state, S::Failed);
        assert_eq!(charge.decline.unwrap().code, "invalid_request");
        let again = till.shown(order).await;
        till.tell(event("e1", T1, report(again, S::Paid, PRICE, 0)))
            .await;
        assert_eq!(till.order_now(order).await.0.state, OrderState::Paid);
        let history = till
            .write(move |tx| Ok(charges::history(tx, again)?))
            .await
            .unwrap();
        let told: Vec<(&str, S)> = history
            .iter()
            .map(|entry| (entry.verdict.as_str(), entry.to))
            .collect();
        assert_eq!(
            told,
            [
                ("created", S::Created),
                ("dispatched", S::Unknown),
                ("applied", S::RequiresAction),
                ("applied", S::Paid)
            ]
        );
    });
}
