//! What providers send to an account's address: many times at once, too much of it, and half of it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use alvara_tests::bank::{Bank, WEBHOOK_TOKEN};
use serde_json::json;
use tokio::task::JoinSet;

use super::{Till, balance, each_till};

/// The most bytes that a provider may send at once.
const MOST: usize = 256 * 1024;

const KEPT: &str = "SELECT COUNT(*) FROM inbound_webhooks";
const EVENTS: &str = "SELECT COUNT(*) FROM payment_events";
const GRANTS: &str = "SELECT COUNT(*) FROM charge_effects WHERE effect = 'grant'";
const RECEIPTS: &str = "SELECT COUNT(*) FROM invoices WHERE kind = 'receipt'";

/// Where API Pix tells of an account's money, with the word that both know.
pub(super) fn address(till: &Till) -> String {
    format!("/hooks/{}/pix?token={WEBHOOK_TOKEN}", till.account)
}

/// The customer pays what was asked for last, and the provider's word of it is lost. What it said.
pub(super) async fn paid_unheard(bank: &Bank) -> String {
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

/// Announces a body, sends the beginning of it and says that this was all. The first line of what
/// is answered.
async fn cut_off(base: &str, path: &str, (announced, sent): (usize, &[u8])) -> String {
    let address = base.trim_start_matches("http://").to_owned();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: acme.localhost\r\ncontent-type: application/json\r\n\
         content-length: {announced}\r\n\r\n"
    );
    let whole = [head.as_bytes(), sent].concat();
    let ask = move || {
        let mut stream = TcpStream::connect(address).unwrap();
        let patience = Some(Duration::from_secs(10));
        stream.set_read_timeout(patience).unwrap();
        stream.write_all(&whole).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).unwrap();
        line
    };
    tokio::task::spawn_blocking(ask).await.unwrap()
}

// R-PAY-07
#[test]
fn what_is_too_long_or_cut_off_is_refused_and_the_whole_settles() {
    each_till(async |app, bank, till| {
        let before = till.expiry().await;
        let order = till.order().await;
        let charge = till.charge(&order, "whole").await;
        let id = charge["id"].as_str().unwrap();
        let told = paid_unheard(bank).await;
        let nobody = app.nobody("acme.localhost");
        let send = |body: &[u8]| {
            nobody
                .ask(reqwest::Method::POST, &address(till))
                .bytes("application/json", body)
        };
        // White space after it is nothing to JSON: the longest that is taken, and one byte more.
        let longest = format!("{told}{}", " ".repeat(MOST - told.len()));
        let _ = send(format!("{longest} ").as_bytes()).await.expect(413);
        let half = &told.as_bytes()[..told.len() / 2];
        for broken in [half, b"", b"\xff\xfe", b"[[[[", b"{\"pix\": \"\xc3"] {
            let refused = send(broken).await;
            assert_eq!(refused.status, 400, "{broken:?}: {refused:?}");
        }
        // What arrived would be JSON, were the rest not missing.
        for sent in [&told.as_bytes()[..10], told.as_bytes()] {
            let short = (told.len() + 1_000, sent);
            let line = cut_off(app.base_url(), &address(till), short).await;
            assert!(line.starts_with("HTTP/1.1 400"), "{line}");
        }
        app.run_jobs().await;
        assert_eq!(till.state(id).await, "requires_action");
        assert_eq!(app.database().count(KEPT), 0);

        let _ = send(longest.as_bytes()).await.expect(200);
        app.run_jobs().await;
        assert_eq!(till.state(id).await, "paid");
        assert_ne!(till.expiry().await, before);
        // The same without the white space tells nothing new.
        let _ = send(told.as_bytes()).await.expect(200);
        app.run_jobs().await;
        let counts = [EVENTS, GRANTS, RECEIPTS].map(|each| app.database().count(each));
        assert_eq!(counts, [1; 3]);
        balance(app);
    });
}
