//! What providers send to an account's address, many times at once.

use alvara_tests::bank::{Bank, WEBHOOK_TOKEN};
use serde_json::json;
use tokio::task::JoinSet;

use super::{Till, balance, each_till};

const KEPT: &str = "SELECT COUNT(*) FROM inbound_webhooks";
const EVENTS: &str = "SELECT COUNT(*) FROM payment_events";
const GRANTS: &str = "SELECT COUNT(*) FROM charge_effects WHERE effect = 'grant'";
const RECEIPTS: &str = "SELECT COUNT(*) FROM invoices WHERE kind = 'receipt'";

/// Where API Pix tells of an account's money, with the word that both know.
fn address(till: &Till) -> String {
    format!("/hooks/{}/pix?token={WEBHOOK_TOKEN}", till.account)
}

/// The customer pays what was asked for last, and the provider's word of it is lost. What it said.
async fn paid_unheard(bank: &Bank) -> String {
    let bills = bank.bills().await;
    let reference = bills.last().unwrap()["reference"].as_str().unwrap();
    let bill = bank.press(reference, "pay", &json!({ "tell": 0 })).await;
    let told = bank.told_of_pix(bill["payment"].as_str().unwrap()).await;
    told.to_string()
}

// R-PAY-07 R-PAY-11
#[test]
fn fifty_tellings_at_once_are_one_payment() {
    each_till(async |app, bank, till| {
        let before = till.expiry().await;
        let order = till.order().await;
        let charge = till.charge(&order, "crowd").await;
        let id = charge["id"].as_str().unwrap();
        let told = paid_unheard(bank).await;
        let mut all = JoinSet::new();
        for _ in 0..50 {
            let nobody = app.nobody("acme.localhost");
            let ask = nobody
                .ask(reqwest::Method::POST, &address(till))
                .bytes("application/json", told.as_bytes());
            all.spawn(async move { ask.await.status });
        }
        // The first of them is applied while the others still come.
        let mut statuses = Vec::new();
        while let Some(status) = all.join_next().await {
            statuses.push(status.unwrap());
            app.run_jobs().await;
        }
        assert_eq!(statuses, [200; 50]);
        assert_eq!(till.state(id).await, "paid");
        let after = till.expiry().await;
        assert_ne!(after, before);
        let counts = [KEPT, EVENTS, GRANTS, RECEIPTS].map(|each| app.database().count(each));
        assert_eq!(counts, [1; 4], "kept, looked at, granted, receipted");
        app.advance_seconds(3_600);
        app.run_jobs().await;
        assert_eq!(till.expiry().await, after, "renewed once");
        balance(app);
    });
}
