//! The database is lost in the middle of something, and comes back.

use alvara_tests::Backend;
use alvara_tests::database::{awhile, begin};
use reqwest::Method;
use serde_json::json;

use super::hooks::{address, paid_unheard};
use super::killed::again;
use super::{balance, each_till};

const GRANTS: &str = "SELECT COUNT(*) FROM charge_effects WHERE effect = 'grant'";
const RECEIPTS: &str = "SELECT COUNT(*) FROM invoices WHERE kind = 'receipt'";
/// The number of the last receipt.
const LAST: &str = "SELECT COALESCE(MAX(number), 0) FROM invoices WHERE kind = 'receipt'";
const KEPT: &str = "SELECT COUNT(*) FROM inbound_webhooks";

/// How long a provider takes meanwhile, in milliseconds: the answer comes when the table it is
/// written to is in other hands.
const SLOWLY: u64 = 1_200;

// R-PAY-06 R-PAY-11 R-PAY-12
#[test]
fn a_charge_whose_database_is_lost_is_made_paid_and_given_once() {
    each_till(async |app, bank, till| {
        let database = app.database();
        let customer = &till.shop.customer;
        let before = till.expiry().await;
        let order = till.order().await;
        let path = format!("orders/{order}/charges");
        let body = json!({ "method": "pix" });

        // It has left, and its answer can be written down nowhere.
        bank.delay("PUT", "/pix/v2/cob", SLOWLY).await;
        let ask = customer.post(&path, &body).once("lost");
        let asked = begin(async move { ask.await });
        awhile().await;
        let lost = database.lose_amid("charges").await;
        let asked = asked.end().await;
        assert!(matches!(asked.status, 201 | 503), "{asked:?}");
        lost.is_back().await;

        // Whoever asked asks again, by the same name.
        let charge = match again(app, customer, (path.as_str(), body), "lost").await {
            Some(charge) => charge,
            None => {
                let charges = customer.list(&path).await;
                assert_eq!(charges.len(), 1, "{charges:?}");
                charges[0].clone()
            }
        };
        let id = charge["id"].as_str().unwrap();
        for _ in 0..8 {
            if till.state(id).await == "requires_action" {
                break;
            }
            app.advance_seconds(700);
            app.run_jobs().await;
        }
        assert_eq!(till.state(id).await, "requires_action");
        let bills = bank.bills().await;
        assert_eq!(bills.len(), 1, "one charge at the provider");

        // It is paid, and lost once more before that is booked.
        let reference = bills[0]["reference"].as_str().unwrap();
        bank.press(reference, "pay", &json!({})).await;
        bank.delay("GET", "/pix/v2/cob", SLOWLY).await;
        let amid = async {
            awhile().await;
            database.lose_amid("orders").await
        };
        let (_, lost) = tokio::join!(app.try_jobs(), amid);
        lost.is_back().await;
        for _ in 0..8 {
            app.run_jobs().await;
            if till.state(id).await == "paid" {
                break;
            }
            app.advance_seconds(3_600);
        }
        assert_eq!(till.state(id).await, "paid");
        let after = till.expiry().await;
        assert_ne!(after, before);
        app.advance_seconds(3_600);
        app.run_jobs().await;
        assert_eq!(till.expiry().await, after, "renewed once");
        assert_eq!(bank.bills().await.len(), 1);
        let counts = [GRANTS, RECEIPTS, LAST].map(|each| database.count(each));
        assert_eq!(counts, [1; 3], "granted, receipted, without a gap");
        assert_eq!(till.get(&format!("orders/{order}")).await["state"], "paid");
        balance(app);
    });
}

// R-PAY-07
#[test]
fn what_could_not_be_kept_is_not_taken_and_counts_when_it_is_sent_again() {
    each_till(async |app, bank, till| {
        let database = app.database();
        let before = till.expiry().await;
        let order = till.order().await;
        let charge = till.charge(&order, "unkept").await;
        let id = charge["id"].as_str().unwrap();
        let told = paid_unheard(bank).await;
        let nobody = app.nobody("acme.localhost");
        let send = || {
            nobody
                .ask(Method::POST, &address(till))
                .bytes("application/json", told.as_bytes())
        };

        // A server is lost while the row waits for its table, SQLite before it is written.
        let table = database.queue_for_table("inbound_webhooks");
        let early = (app.backend() == Backend::Sqlite).then(|| database.lose());
        awhile().await;
        let ask = send();
        let asked = begin(async move { ask.await.status });
        awhile().await;
        let lost = early.unwrap_or_else(|| database.lose());
        drop(table);
        let answered = asked.end().await;
        lost.is_back().await;
        // On a busy machine it may have been there first; what is said to be taken is kept.
        let kept = database.count(KEPT);
        assert!(
            matches!((answered, kept), (503, 0) | (200, 1)),
            "{answered}, {kept}"
        );
        assert_eq!(till.state(id).await, "requires_action");

        for _ in 0..2 {
            let _ = send().await.expect(200);
            app.run_jobs().await;
        }
        assert_eq!(till.state(id).await, "paid");
        assert_ne!(till.expiry().await, before);
        let counts = [KEPT, GRANTS, RECEIPTS].map(|each| database.count(each));
        assert_eq!(counts, [1; 3]);
        balance(app);
    });
}
