//! Numbers without gaps, however many are paid at the same moment.

use alvara_domain::charge::ChargeState as S;
use alvara_domain::invoice::InvoiceKind;
use alvara_domain::order::PaymentTerms;
use alvara_domain::payment::ask::{Due, Rate, Source};
use alvara_store::inbound::EventOutcome as E;
use alvara_store::{charges, invoices, order_invoices};
use tokio::task::JoinSet;

use super::once::all_at_once;
use super::till::{PRICE, Till, brl, event, report};
use crate::AppError;
use crate::billing::charge::{dispatch, prepare};
use crate::test_house::everywhere;

const PAID: &str = "2026-01-01T00:10:00Z";
const CROWD: usize = 64;

fn due() -> Due {
    Due {
        due_date: "2026-02-10".parse().unwrap(),
        days_valid_after_due: 5,
        fine: None,
        monthly_interest: None,
        discount: None,
        instructions: Vec::new(),
        bank_sequence: None,
    }
}

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

// R-PAY-11
#[test]
fn orders_at_once_have_invoices_without_a_gap() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let mut tasks = JoinSet::new();
        for _ in 0..CROWD {
            let till = till.clone();
            tasks.spawn(async move { till.order(PaymentTerms::Now).await.unwrap().order.id });
        }
        let orders = tasks.join_all().await;
        let written = till
            .write(move |tx| {
                let mut all = Vec::new();
                for id in &orders {
                    all.extend(order_invoices::find(tx, *id)?);
                }
                Ok(all)
            })
            .await
            .unwrap();
        let mut numbers: Vec<i64> = written.iter().map(|one| one.number).collect();
        numbers.sort_unstable();
        let wanted: Vec<i64> = (1..).take(CROWD).collect();
        assert_eq!(numbers, wanted);
        for invoice in written {
            let content = invoice.content;
            let priced: i64 = content.items.iter().map(|one| one.total.amount_minor).sum();
            assert_eq!((priced, content.total), (PRICE, brl(PRICE)));
            assert_eq!((content.paid_on, content.method), (None, None));
        }
    });
}

// R-PAY-11
#[test]
fn a_receipt_adds_up_when_less_was_paid_early() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let order = till.order(PaymentTerms::Now).await.unwrap().order.id;
        let mut request = till.request(order);
        request.method = "boleto".to_owned();
        let until = "2026-02-10".parse().unwrap();
        request.due = Some(Due {
            discount: Some((until, Rate::Amount(brl(500)))),
            ..due()
        });
        let id = till
            .write(move |tx| {
                let prepared = prepare(tx, &request)?;
                let _ = dispatch(tx, prepared.charge.id, prepared.attempt.number)?;
                Ok(prepared.charge.id)
            })
            .await
            .unwrap();
        let _ = till
            .answer(id, Ok(report(id, S::RequiresAction, 0, 0)))
            .await;
        let early = report(id, S::Paid, PRICE - 500, 0);
        assert_eq!(till.tell(event("early", PAID, early)).await, E::Applied);
        assert_eq!(till.papers(id).await, (vec![PRICE - 500], vec![]));
        let mut written = till
            .write(move |tx| Ok(invoices::list_of_charge(tx, id)?))
            .await
            .unwrap();
        let content = written.remove(0).content;
        let priced: i64 = content
            .items
            .iter()
            .map(|item| item.total.amount_minor)
            .sum();
        assert_eq!((priced, content.surcharge), (PRICE, None));
        assert_eq!(content.discount, Some(brl(-500)), "what is left is the sum");
        assert_eq!(content.total, brl(PRICE - 500));
    });
}

// R-PAY-02: a number that no title bears would be a gap in the bank's books.
#[test]
fn only_boletos_take_the_numbers_of_titles() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let mut numbers = Vec::new();
        for method in ["boleto", "card", "card", "boleto"] {
            let order = till.order(PaymentTerms::Now).await.unwrap().order.id;
            let mut request = till.request(order);
            request.method = method.to_owned();
            request.due = Some(due());
            let prepared = till.write(move |tx| prepare(tx, &request)).await.unwrap();
            numbers.push(prepared.charge.ask.due.unwrap().bank_sequence);
        }
        assert_eq!(numbers, [Some(1), None, None, Some(2)]);
    });
}

// R-PAY-06: what a provider would refuse of the payer is refused before anything is written.
#[test]
fn terms_that_need_more_of_the_payer_ask_for_it() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let order = till.order(PaymentTerms::Now).await.unwrap().order.id;
        let mut owed = till.request(order);
        owed.due = Some(due());
        let mut by_token = till.request(order);
        by_token.method = "card".to_owned();
        by_token.source = Source::SingleUseToken("tok_1".to_owned());
        for (request, pointer) in [(owed, "/customer/tax_id"), (by_token, "/customer/email")] {
            let refused = till.write(move |tx| prepare(tx, &request)).await;
            let Err(AppError::Invalid(faults)) = refused else {
                panic!("{refused:?}")
            };
            let found: Vec<&str> = faults.iter().map(|one| one.pointer.as_str()).collect();
            assert_eq!(found, [pointer]);
        }
        let charges = till
            .write(move |tx| Ok(charges::list_of_order(tx, order)?))
            .await
            .unwrap();
        assert!(charges.is_empty(), "{charges:?}");
    });
}
