//! Files of a bank: each line is applied once, however often it is sent and in whatever file.

use alvara_tests::bank::Bank;
use alvara_tests::{Answer, Ask, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Till, balance, each_till};

/// A file that Banco do Brasil sent somebody.
const SAMPLE: &str =
    include_str!("../../../plugins/boleto/fixtures/cnab/retorno_cnab240_banco_brasil.ret");
const AGREEMENT: &str = "3128557";

/// Columns from 1, both within.
fn put(line: &str, from: usize, to: usize, value: &str) -> String {
    assert_eq!(value.len(), to + 1 - from, "{value}");
    format!("{}{value}{}", &line[..from - 1], &line[to..])
}

/// The number of the tenant's title, as the bank writes it.
fn number(title: u32) -> String {
    format!("{AGREEMENT}{title:010}")
}

/// The sample with these titles in place of its own: each with the cents that were paid on 15
/// January 2027.
fn file(titles: &[(u32, i64)]) -> String {
    let lines: Vec<&str> = SAMPLE.lines().collect();
    let mut made: Vec<String> = lines[..2].iter().map(|line| (*line).to_owned()).collect();
    for (title, cents) in titles {
        let paid = format!("{cents:015}");
        let first = put(lines[2], 38, 57, &format!("{:<20}", number(*title)));
        made.push(put(&first, 82, 96, &paid));
        let second = put(lines[3], 78, 92, &paid);
        made.push(put(&second, 138, 153, "1501202718012027"));
    }
    made.extend(
        lines[lines.len() - 2..]
            .iter()
            .map(|line| (*line).to_owned()),
    );
    made.join("\r\n") + "\r\n"
}

/// An account with a bank that speaks by files.
async fn account(app: &TestApp, bank: &Bank, till: &Till) -> String {
    app.install_plugin("boleto", "acme", &bank.host()).await;
    let new = json!({
        "name": "Files", "plugin": "boleto", "plugin_version": "1.0.0", "environment": "sandbox",
        "config": {
            "mode": "cnab", "bank": "001", "agreement": AGREEMENT, "wallet": "17",
            "variation": "35", "agency": "3174", "agency_digit": "7", "account": "11672",
            "account_digit": "6", "company": "Licencas SA", "company_tax_id": "11222333000181",
        },
    });
    let made = till.shop.reseller.post("payment-accounts", &new).await;
    let home = format!("customers/{}", till.shop.customer.node_id);
    let known = json!({
        "tax_id": "451.646.324-54",
        "address": {
            "line1": "Avenida Paulista", "number": "1000", "district": "Bela Vista",
            "city": "São Paulo", "state": "SP", "postal_code": "01310100", "country": "BR",
        },
    });
    let _ = till
        .shop
        .agent
        .patch(&home, &known)
        .header("if-match", "*")
        .await
        .expect(200);
    made.expect(201).id()
}

fn send(till: &Till, account: &str, bytes: &[u8]) -> Ask {
    let path = format!("payment-accounts/{account}/return-files");
    till.shop
        .reseller
        .ask(Method::POST, &path)
        .bytes("application/octet-stream", bytes)
}

/// Lines, applied, same, unknown, quarantined.
fn counts(report: &Value) -> [i64; 5] {
    ["lines", "applied", "same", "unknown", "quarantined"]
        .map(|count| report[count].as_i64().unwrap())
}

// R-PAY-06 R-PAY-12
#[test]
fn a_banks_file_settles_boletos_once_however_often_it_is_sent() {
    each_till(async |app, bank, till| {
        let account = account(app, bank, till).await;
        let before = till.expiry().await;
        let order = till.order().await;
        let charge = till.charge_by(&order, "boleto", "slip").await;
        assert_eq!(charge["state"], "processing", "{charge}");
        assert_eq!(charge["action"]["kind"], "voucher");
        let id = charge["id"].as_str().unwrap();

        // The first of its titles is ours, the second is nobody's here.
        let content = file(&[(1, 19_900), (9_999, 500)]);
        let first = send(till, &account, content.as_bytes()).await.expect(201);
        let report = first.json();
        assert_eq!(counts(&report), [2, 1, 0, 1, 0], "{report}");
        let titles = &report["titles"];
        assert_eq!(
            (&titles[0]["outcome"], &titles[0]["charge_id"]),
            (&json!("applied"), &json!(id))
        );
        assert_eq!(
            (
                &titles[0]["state"],
                &titles[0]["paid_minor"],
                &titles[0]["said"]
            ),
            (&json!("paid"), &json!(19_900), &json!("06"))
        );
        assert_eq!(
            (&titles[1]["outcome"], &titles[1]["names"][0]),
            (
                &json!("unknown"),
                &json!({ "kind": "nosso-numero", "value": number(9_999) })
            )
        );
        assert_eq!(till.state(id).await, "paid");
        assert_eq!(till.get(&format!("orders/{order}")).await["state"], "paid");
        let after = till.expiry().await;
        assert_ne!(after, before);

        // The same bytes are the same file; the same lines in another file are the same events.
        let again = send(till, &account, content.as_bytes()).await.expect(200);
        assert_eq!(again.json(), report);
        app.advance_seconds(1);
        let unix = content.replace("\r\n", "\n");
        let other = send(till, &account, unix.as_bytes()).await.expect(201);
        assert_eq!(counts(&other.json()), [2, 0, 1, 1, 0], "{other:?}");
        app.advance_seconds(120);
        app.run_jobs().await;
        assert_eq!(till.expiry().await, after, "renewed once");
        let renewals = "SELECT COUNT(*) FROM charge_effects WHERE effect = 'grant'";
        assert_eq!(app.database().count(renewals), 1);

        // Both are kept as they came, for whoever may bring them.
        let path = format!("payment-accounts/{account}/return-files");
        let listed = till.shop.reseller.list(&path).await;
        assert_eq!(listed.len(), 2);
        assert_eq!(listed[1]["id"], report["id"]);
        let own = report["id"].as_str().unwrap();
        let location = format!("/api/v1/{path}/{own}");
        assert_eq!(first.header("location"), Some(location.as_str()));
        let one = format!("{path}/{own}");
        assert_eq!(till.get(&one).await, report);
        let whole = till
            .shop
            .reseller
            .get(&format!("{one}/content"))
            .await
            .expect(200);
        assert_eq!(whole.bytes(), content.as_bytes());
        for path in [path, one] {
            let _ = till.shop.subcompany.get(&path).await.expect(403);
            let _ = till.shop.customer.get(&path).await.expect(403);
        }
        let bella = app.shop("bella").await;
        for what in ["", "/content"] {
            let theirs = format!("payment-accounts/{account}/return-files/{own}{what}");
            let _ = bella.reseller.get(&theirs).await.expect(404);
        }
        balance(app);
    });
}

// R-PAY-06 R-PAY-07 R-PAY-12
#[test]
fn a_title_is_known_later_and_wrong_money_is_set_aside() {
    each_till(async |app, bank, till| {
        let account = account(app, bank, till).await;
        let before = till.expiry().await;
        let early = file(&[(1, 19_900)]);
        let report = send(till, &account, early.as_bytes()).await.expect(201);
        assert_eq!(counts(&report.json()), [1, 0, 0, 1, 0]);
        let order = till.order().await;
        let _ = till.charge_by(&order, "boleto", "slip").await;
        // Eight who send it again at once apply its one line once.
        let mut sent = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let ask = send(till, &account, early.as_bytes());
            sent.spawn(async move { ask.await.expect(200).json() });
        }
        let _ = sent.join_all().await;
        let report = send(till, &account, early.as_bytes()).await.expect(200);
        assert_eq!(counts(&report.json()), [1, 1, 0, 0, 0]);
        let after = till.expiry().await;
        assert_ne!(after, before);
        let renewals = "SELECT COUNT(*) FROM charge_effects WHERE effect = 'grant'";
        assert_eq!(app.database().count(renewals), 1);

        // More than was asked for, with no fine agreed: nobody believes it.
        let order = till.order().await;
        let charge = till.charge_by(&order, "boleto", "more").await;
        let more = file(&[(2, 19_901)]);
        let report = send(till, &account, more.as_bytes()).await.expect(201);
        assert_eq!(counts(&report.json()), [1, 0, 0, 0, 1], "{report:?}");
        let id = charge["id"].as_str().unwrap();
        let charge = till.get(&format!("charges/{id}")).await;
        assert_eq!(
            (&charge["state"], &charge["quarantine"]),
            (&json!("processing"), &json!("captured_over_requested"))
        );
        assert_eq!(till.expiry().await, after);

        // Whoever runs the tenant answers for it, or not; nobody else.
        let shop = &till.shop;
        let path = format!("charges/{id}/quarantined-reports");
        let waiting = shop.customer.list(&path).await;
        assert_eq!(waiting.len(), 1);
        assert_eq!(
            (&waiting[0]["state"], &waiting[0]["reason"]),
            (&json!("waiting"), &json!("captured_over_requested"))
        );
        assert_eq!(waiting[0]["captured"]["amount_minor"], 19_901);
        let one = waiting[0]["id"].as_str().unwrap();
        let decision = format!("{path}/{one}/decision");
        let accept = json!({ "decision": "accept", "note": "The bank's own page says so." });
        let _ = shop.customer.post(&decision, &accept).await.expect(403);
        let _ = shop.agent.post(&decision, &accept).await.expect(403);
        let refused = shop.subcompany.post(&decision, &accept).await.expect(403);
        assert_eq!(refused.code(), "EXCEEDS_OWN_RIGHTS");
        let bella = app.shop("bella").await;
        let _ = bella.reseller.post(&decision, &accept).await.expect(404);
        let mute = json!({ "decision": "accept", "note": " " });
        let _ = shop.reseller.post(&decision, &mute).await.expect(422);
        let nowhere = format!("{path}/qrp_01ARZ3NDEKTSV4RRFFQ69G5FAV/decision");
        let _ = shop.reseller.post(&nowhere, &accept).await.expect(404);
        assert_eq!(till.expiry().await, after);
        let decided = shop.reseller.post(&decision, &accept).await.expect(200);
        assert_eq!(decided.json()["state"], "accepted");
        assert_eq!(till.state(id).await, "paid");
        let charge = till.get(&format!("charges/{id}")).await;
        assert_eq!(
            (&charge["quarantine"], &charge["captured"]["amount_minor"]),
            (&json!(null), &json!(19_901))
        );
        let renewed = till.expiry().await;
        assert_ne!(renewed, after);
        // Once, and the same told again is believed from here on.
        let again = shop.reseller.post(&decision, &accept).await.expect(409);
        assert_eq!(again.json()["state"], "accepted");
        let told = send(till, &account, format!("{more}\r\n").as_bytes()).await;
        assert_eq!(
            counts(&told.expect(201).json())[4],
            1,
            "the event is the same"
        );
        assert_eq!(till.expiry().await, renewed);
        let audited = shop.reseller.list(&format!("audit?target={id}")).await;
        let entry = audited
            .iter()
            .find(|entry| entry["action"] == "charge.quarantine_decided")
            .unwrap_or_else(|| panic!("{audited:?}"));
        // All of it: what a report says of how to pay is not kept for ever.
        assert_eq!(
            entry["after"],
            json!({
                "report_id": one, "reason": "captured_over_requested", "decision": "accepted",
                "note": "The bank's own page says so.", "reported_state": "paid",
                "captured_minor": 19_901, "refunded_minor": 0,
            })
        );
        balance(app);
    });
}

// R-PAY-06 R-PAY-12
#[test]
fn files_may_be_carried_in_any_order() {
    each_till(async |app, bank, till| {
        let account = account(app, bank, till).await;
        let before = till.expiry().await;
        let order = till.order().await;
        let charge = till.charge_by(&order, "boleto", "slip").await;
        let id = charge["id"].as_str().unwrap();
        // Written off on the sixteenth, which is heard of first; paid on the fifteenth.
        let paid = file(&[(1, 19_900)]);
        let mut lines: Vec<String> = paid.lines().map(str::to_owned).collect();
        lines[2] = put(&lines[2], 16, 17, "09");
        lines[3] = put(
            &put(&lines[3], 78, 92, &"0".repeat(15)),
            138,
            145,
            "16012027",
        );
        let off = lines.join("\r\n") + "\r\n";
        let report = send(till, &account, off.as_bytes()).await.expect(201);
        assert_eq!(counts(&report.json()), [1, 1, 0, 0, 0], "{report:?}");
        assert_eq!(till.state(id).await, "canceled");
        let report = send(till, &account, paid.as_bytes()).await.expect(201);
        assert_eq!(counts(&report.json()), [1, 1, 0, 0, 0], "{report:?}");
        assert_eq!(till.state(id).await, "paid");
        assert_eq!(till.get(&format!("orders/{order}")).await["state"], "paid");
        assert_ne!(till.expiry().await, before);
        balance(app);
    });
}

// R-PAY-12
#[test]
fn titles_that_bear_the_same_words_are_told_apart() {
    each_till(async |app, bank, till| {
        let account = account(app, bank, till).await;
        for name in ["one", "two"] {
            let order = till.order().await;
            let _ = till.charge_by(&order, "boleto", name).await;
        }
        let words = format!("{:<25}", "LOJA CENTRO");
        let mut content = String::new();
        for line in file(&[(1, 19_900), (2, 19_900), (9_999, 500)]).lines() {
            if line.get(13..14) == Some("T") {
                content += &put(line, 106, 130, &words);
            } else {
                content += line;
            }
            content += "\r\n";
        }
        let report = send(till, &account, content.as_bytes()).await.expect(201);
        let report = report.json();
        assert_eq!(counts(&report), [3, 2, 0, 1, 0], "{report}");
        assert_eq!(
            report["titles"][2]["names"][1],
            json!({ "kind": "uso-empresa", "value": "LOJA CENTRO" })
        );
        balance(app);
    });
}

// R-PAY-12: a movement that is not known here may be money, and is no news of the usual kind.
#[test]
fn what_is_not_understood_is_noted_for_people() {
    each_till(async |app, bank, till| {
        let account = account(app, bank, till).await;
        let order = till.order().await;
        let charge = till.charge_by(&order, "boleto", "slip").await;
        let strange = file(&[(1, 19_900)]).replacen("T 06", "T 77", 1);
        let report = send(till, &account, strange.as_bytes()).await.expect(201);
        let report = report.json();
        assert_eq!(counts(&report), [1, 0, 0, 0, 0], "{report}");
        let title = &report["titles"][0];
        assert_eq!(
            (&report["noted"], &title["outcome"]),
            (&json!(1), &json!("noted"))
        );
        let said = title["said"].as_str().unwrap();
        assert!(said.contains("77"), "{said}");
        let id = charge["id"].as_str().unwrap();
        assert_eq!(till.state(id).await, "processing");

        // Paid, and five days later paid once more.
        let paid = file(&[(1, 19_900)]);
        let report = send(till, &account, paid.as_bytes()).await.expect(201);
        assert_eq!(counts(&report.json()), [1, 1, 0, 0, 0]);
        let twice = paid.replacen("15012027", "20012027", 1);
        let report = send(till, &account, twice.as_bytes()).await.expect(201);
        let report = report.json();
        assert_eq!(counts(&report), [1, 0, 0, 0, 0], "{report}");
        assert_eq!(
            (&report["noted"], &report["titles"][0]["charge_id"]),
            (&json!(1), &json!(id))
        );
        balance(app);
    });
}

// R-PAY-06 R-PAY-12: what whoever brought the file left undone, a job does.
#[test]
fn lines_are_looked_at_again_by_a_job() {
    each_till(async |app, bank, till| {
        let account = account(app, bank, till).await;
        let before = till.expiry().await;
        let early = file(&[(1, 19_900)]);
        let report = send(till, &account, early.as_bytes()).await.expect(201);
        assert_eq!(counts(&report.json()), [1, 0, 0, 1, 0]);
        let order = till.order().await;
        let charge = till.charge_by(&order, "boleto", "slip").await;
        assert_eq!(till.expiry().await, before);
        app.advance_seconds(61);
        app.run_jobs().await;
        assert_eq!(till.state(charge["id"].as_str().unwrap()).await, "paid");
        let after = till.expiry().await;
        assert_ne!(after, before);
        let report = send(till, &account, early.as_bytes()).await.expect(200);
        assert_eq!(counts(&report.json()), [1, 1, 0, 0, 0]);
        assert_eq!(till.expiry().await, after, "renewed once");
        balance(app);
    });
}

// R-PAY-06 R-PAY-12
#[test]
fn a_line_that_cannot_be_applied_keeps_no_other_back() {
    each_till(async |app, bank, till| {
        let account = account(app, bank, till).await;
        let content = file(&[(1, 19_900), (2, 19_900)]);
        let report = send(till, &account, content.as_bytes()).await.expect(201);
        assert_eq!(counts(&report.json()), [2, 0, 0, 2, 0]);
        let mut charges = Vec::new();
        for name in ["one", "two"] {
            let order = till.order().await;
            let charge = till.charge_by(&order, "boleto", name).await;
            charges.push(charge["id"].as_str().unwrap().to_owned());
        }
        let database = app.database();
        let whole = database.sql("SELECT event FROM return_lines WHERE position = 1");
        let _ = database.sql("UPDATE return_lines SET event = 'torn' WHERE position = 1");
        app.advance_seconds(61);
        app.run_jobs().await;
        let failed = "SELECT COUNT(*) FROM jobs WHERE last_error IS NOT NULL AND state = 'queued'";
        assert_eq!(app.database().count(failed), 1);
        assert_eq!(till.state(&charges[0]).await, "processing");
        assert_eq!(till.state(&charges[1]).await, "paid");
        // Mended, it is applied as well.
        let mend = format!("UPDATE return_lines SET event = '{whole}' WHERE position = 1");
        let _ = database.sql(&mend);
        app.advance(1);
        app.run_jobs().await;
        assert_eq!(till.state(&charges[0]).await, "paid");
        let report = send(till, &account, content.as_bytes()).await.expect(200);
        assert_eq!(counts(&report.json()), [2, 2, 0, 0, 0]);
        balance(app);
    });
}

// R-PAY-03 R-PAY-12
#[test]
fn what_is_no_file_of_the_accounts_bank_is_refused_and_kept_nowhere() {
    each_till(async |app, bank, till| {
        let account = account(app, bank, till).await;
        let detail = |answer: &Answer| answer.text("/errors/0/detail");
        let garbage = send(till, &account, b"garbage").await.expect(422);
        assert!(
            detail(&garbage).contains("240 or 400 columns"),
            "{garbage:?}"
        );
        assert_eq!(garbage.pointers(), [""]);
        let other_bank =
            include_bytes!("../../../plugins/boleto/fixtures/cnab/retorno_cnab240_caixa.ret");
        let refused = send(till, &account, other_bank).await.expect(422);
        assert!(detail(&refused).contains("bank 104"), "{refused:?}");
        let cut = file(&[(1, 19_900)]).replacen("T 06", "T06", 1);
        let refused = send(till, &account, cut.as_bytes()).await.expect(422);
        assert!(detail(&refused).contains("line 3"), "{refused:?}");
        let _ = send(till, &account, b"").await.expect(422);
        // One that reads no files.
        let good = file(&[(1, 19_900)]);
        let refused = send(till, &till.account, good.as_bytes()).await.expect(422);
        assert!(detail(&refused).starts_with("unsupported"), "{refused:?}");
        let long = vec![b' '; 512 * 1024 + 1];
        let _ = send(till, &account, &long).await.expect(413);
        let path = format!("payment-accounts/{account}/return-files");
        let typed = till
            .shop
            .reseller
            .ask(Method::POST, &path)
            .bytes("text/plain", good.as_bytes());
        let _ = typed.await.expect(415);
        for who in [&till.shop.subcompany, &till.shop.agent, &till.shop.customer] {
            let ask = who.ask(Method::POST, &path);
            let _ = ask
                .bytes("application/octet-stream", good.as_bytes())
                .await
                .expect(403);
        }
        let nowhere = "pac_01ARZ3NDEKTSV4RRFFQ69G5FAV";
        let _ = send(till, nowhere, good.as_bytes()).await.expect(404);
        for table in ["return_files", "return_lines", "return_file_parts"] {
            let kept = format!("SELECT COUNT(*) FROM {table}");
            assert_eq!(app.database().count(&kept), 0, "{table}");
        }
    });
}

// R-PAY-02 R-PAY-12
#[test]
fn a_file_tells_the_bank_of_each_title_once() {
    each_till(async |app, bank, till| {
        let account = account(app, bank, till).await;
        let shop = &till.shop;
        let path = format!("payment-accounts/{account}/remittances");
        let none = shop.reseller.post(&path, &json!({})).await.expect(409);
        assert_eq!(none.code(), "STATE_CONFLICT");
        let mut charges = Vec::new();
        for name in ["one", "two"] {
            let order = till.order().await;
            let charge = till.charge_by(&order, "boleto", name).await;
            charges.push(charge["id"].as_str().unwrap().to_owned());
        }
        let made = shop.reseller.post(&path, &json!({})).await.expect(201);
        let first = made.json();
        assert_eq!(
            (&first["sequence"], &first["name"]),
            (&json!(1), &json!("CB001000001.REM"))
        );
        let mut told: Vec<String> = first["charges"]
            .as_array()
            .unwrap()
            .iter()
            .map(|id| id.as_str().unwrap().to_owned())
            .collect();
        told.sort();
        charges.sort();
        assert_eq!(told, charges);
        let one = format!("{path}/{}/content", first["id"].as_str().unwrap());
        let content = shop.reseller.get(&one).await.expect(200);
        assert_eq!(
            content.header("content-disposition"),
            Some("attachment; filename=\"CB001000001.REM\"")
        );
        let text = content.body();
        let lines: Vec<&str> = text.split_terminator("\r\n").collect();
        assert!(lines.iter().all(|line| line.len() == 240), "{text}");
        for title in [1, 2] {
            let number = number(title);
            let of = lines.iter().filter(|line| line.contains(&number)).count();
            assert_eq!(of, 1, "{text}");
        }
        // Nothing waits any more, and what is ordered next goes into the next file.
        let _ = shop.reseller.post(&path, &json!({})).await.expect(409);
        let order = till.order().await;
        let _ = till.charge_by(&order, "boleto", "three").await;
        let next = shop.reseller.post(&path, &json!({})).await.expect(201);
        assert_eq!(next.json()["sequence"], 2);
        let listed = shop.reseller.list(&path).await;
        assert_eq!((listed.len(), &listed[1]), (2, &first));
        // What was registered so is settled by the bank's answer.
        let paid = file(&[(1, 19_900)]);
        let report = send(till, &account, paid.as_bytes()).await.expect(201);
        assert_eq!(counts(&report.json())[1], 1);
        for who in [&shop.subcompany, &shop.customer] {
            let _ = who.post(&path, &json!({})).await.expect(403);
            let _ = who.get(&one).await.expect(403);
        }
        let bella = app.shop("bella").await;
        let _ = bella.reseller.post(&path, &json!({})).await.expect(404);
        let _ = bella.reseller.get(&one).await.expect(404);
        balance(app);
    });
}
