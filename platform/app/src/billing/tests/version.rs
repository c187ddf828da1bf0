//! Which version of a plugin an account is judged by.

use super::till::Till;
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
