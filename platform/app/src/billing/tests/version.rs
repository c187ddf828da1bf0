//! Which version of a plugin an account is judged by, and which one is believed about a charge.

use alvara_domain::charge::ChargeState as S;
use alvara_domain::order::PaymentTerms;
use alvara_store::inbound::EventOutcome;

use super::till::{PRICE, Till, event as told, report};
use crate::billing::event;
use crate::billing::version::accuse;
use crate::test_house::everywhere;

// R-PAY-03
#[test]
fn the_faults_of_a_version_that_an_account_left_are_not_held_against_it() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let id = till.account;
        let accused = |version: &'static str| till.write(move |tx| accuse(tx, id, version));
        assert!(!accused("0.9.0").await.unwrap());
        assert!(accused("1.0.0").await.unwrap());
    });
}

// R-PAY-07: two versions need not mean the same by their words.
#[test]
fn what_another_version_reads_of_a_charge_only_tells_that_something_happened() {
    everywhere(|house| async move {
        let till = Till::open(house).await;
        let order = till.order(PaymentTerms::Now).await.unwrap().order.id;
        let id = till.shown(order).await;
        let at = "2026-01-01T00:10:00Z";
        let (vault, account) = (till.house.vault.clone(), till.account);
        let foreign = told("foreign", at, report(id, S::Paid, PRICE, 0));
        let outcome = till
            .write(move |tx| event::apply(tx, &vault, (account, "1.1.0"), &foreign))
            .await
            .unwrap();
        assert_eq!(outcome, EventOutcome::AskAgain);
        assert_eq!(till.charge(id).await.state, S::RequiresAction);
        let own = told("own", at, report(id, S::Paid, PRICE, 0));
        assert_eq!(till.tell(own).await, EventOutcome::Applied);
        assert_eq!(till.charge(id).await.state, S::Paid);
    });
}
