//! Invoices, receipts and credit notes: numbered without gaps, and readable by a stranger's program.

use alvara_tests::Browser;
use serde_json::json;

use super::paper::{scanned, text_of, top_of};
use super::{Till, balance, each_till};

/// The house tells who it is, as its documents name it.
async fn seller(till: &Till) {
    let wrong = json!({
        "tax_id": "11.222.333/0001-80",
        "address": { "line1": "Rua", "city": "Recife", "state": "PE", "postal_code": "5", "country": "BR" },
    });
    let reseller = &till.shop.reseller;
    let refused = reseller.change("settings", &wrong).await.expect(422);
    assert_eq!(refused.pointers(), ["/tax_id", "/address/postal_code"]);
    let known = json!({
        "tax_id": "11.222.333/0001-81",
        "address": {
            "line1": "Rua da Aurora", "number": "325", "district": "Boa Vista", "city": "Recife",
            "state": "pe", "postal_code": "50050-000", "country": "br",
        },
    });
    let told = reseller.change("settings", &known).await.expect(200).json();
    assert_eq!(told["tax_id_kind"], "cnpj", "{told}");
    assert_eq!(told["address"]["state"], "PE", "{told}");
}

// R-PAY-11 R-PAY-06
#[test]
fn money_that_came_has_a_receipt_and_money_that_went_back_a_credit_note() {
    each_till(async |app, bank, till| {
        let home = format!("customers/{}", till.shop.customer.node_id);
        let known = json!({ "tax_id": "45164632454" });
        let known = till.shop.agent.patch(&home, &known);
        let _ = known.header("if-match", "*").await.expect(200);
        seller(till).await;
        let order = till.order().await;
        let charge = till.charge(&order, "receipt").await;
        let id = charge["id"].as_str().unwrap();
        let list = format!("charges/{id}/invoices");
        assert_eq!(
            till.get(&list).await["items"],
            json!([]),
            "nothing was paid"
        );
        let bills = bank.bills().await;
        let reference = bills[0]["reference"].as_str().unwrap();
        bank.press(reference, "pay", &json!({ "tell": 5 })).await;
        app.run_jobs().await;
        let written = till.get(&list).await;
        assert_eq!(written["items"].as_array().unwrap().len(), 1, "{written}");
        let receipt = &written["items"][0];
        assert_eq!(receipt["number"], "2027-000001");
        assert_eq!(receipt["total"]["amount_minor"], 19_900);

        let path = receipt["pdf"].as_str().unwrap();
        let named = receipt["id"].as_str().unwrap();
        assert_eq!(path, format!("/api/v1/invoices/{named}.pdf"));
        let path = path.trim_start_matches("/api/v1/");
        let customer = &till.shop.customer;
        let drawn = customer.get(path).header("accept-language", "pt-BR").await;
        let drawn = drawn.expect(200);
        assert_eq!(drawn.header("content-type"), Some("application/pdf"));
        let text = text_of(drawn.bytes());
        let number = "CPF 451.646.324-54";
        for expected in [
            "Recibo",
            "2027-000001",
            "R$ 199,00",
            "Carla",
            number,
            "acme",
            "CNPJ 11.222.333/0001-81",
            "Rua da Aurora, 325",
            "50050000, BR",
            "PIX",
        ] {
            assert!(text.contains(expected), "{expected} is missing in\n{text}");
        }
        // A name that changes later changes no receipt.
        let home = format!("customers/{}", customer.node_id);
        let renamed = till.shop.agent.patch(&home, &json!({ "name": "Carlota" }));
        let _ = renamed.header("if-match", "*").await.expect(200);
        let later = customer.get(path).header("accept-language", "pt-BR").await;
        assert!(!text_of(later.expect(200).bytes()).contains("Carlota"));
        // Nobody else's.
        let other = app.nobody("acme.localhost");
        let _ = other.get(path).await.expect(401);
        let home = till.shop.agent.node("customer", "Davi").await;
        let davi = till
            .shop
            .subcompany
            .recruit(&home, "customer", "Davi")
            .await;
        let _ = davi.get(path).await.expect(404);
        let _ = davi.get(&list).await.expect(404);
        let bella = app.reseller("bella").await;
        let _ = bella.get(path).await.expect(404);
        let _ = bella.get(&list).await.expect(404);

        let refund = json!({ "amount": { "amount_minor": 5_000, "currency": "BRL" } });
        let refunds = format!("charges/{id}/refunds");
        let asked = till
            .shop
            .reseller
            .post(&refunds, &refund)
            .once("part")
            .await;
        let _ = asked.expect(201);
        bank.press(reference, "return_money", &json!({})).await;
        app.run_jobs().await;
        app.advance_seconds(3_600);
        app.run_jobs().await;
        let written = till.get(&list).await;
        let note = &written["items"][1];
        assert_eq!(note["kind"], "credit_note", "{written}");
        assert_eq!(note["number"], "2027-000001", "each kind counts by itself");
        assert_eq!(note["total"]["amount_minor"], 5_000);
        balance(app);
    });
}

// R-TEN-04 R-PAY-11: a document bears the colour of the place that sells, as it is published now.
#[test]
fn a_document_bears_the_sellers_colour() {
    each_till(async |_, _, till| {
        let order = till.order().await;
        let path = format!("orders/{order}/invoice.pdf");
        let bar = async || {
            let drawn = till.shop.customer.get(&path).await.expect(200);
            top_of(drawn.bytes())
        };
        let before = bar().await;
        let places = [
            (&till.shop.reseller.node_id, "#0b5d2a", [0x0b, 0x5d, 0x2a]),
            (&till.shop.subcompany.node_id, "#9c154a", [0x9c, 0x15, 0x4a]),
        ];
        for (place, chosen, seen) in places {
            let brand = format!("nodes/{place}/brand");
            let reseller = &till.shop.reseller;
            let draft = json!({ "primary": chosen });
            let written = reseller.put(&brand, &draft).header("if-match", "*");
            let _ = written.await.expect(200);
            let publication = format!("{brand}/publication");
            let _ = reseller.post(&publication, &json!({})).await.expect(200);
            assert_ne!(before, seen);
            assert_eq!(bar().await, seen, "{chosen}");
        }
    });
}

/// The page that a scanner finds on a document of acme's.
fn page_on(pdf: &[u8]) -> String {
    let read = scanned(pdf);
    let url = read.iter().find_map(|line| line.strip_prefix("QR-Code:"));
    let (_, path) = url.unwrap().split_once("/verify/").unwrap();
    format!("/verify/{path}")
}

// R-PAY-11 R-TEN-01: who holds a receipt sees that it is genuine and what became of the money; nobody
// makes one up, and no other house answers for it.
#[test]
fn who_holds_a_receipt_sees_whether_it_is_genuine() {
    each_till(async |app, bank, till| {
        let charge = till.charge(&till.order().await, "verified").await;
        let id = charge["id"].as_str().unwrap();
        let bills = bank.bills().await;
        let reference = bills[0]["reference"].as_str().unwrap();
        bank.press(reference, "pay", &json!({ "tell": 5 })).await;
        app.run_jobs().await;
        let list = format!("charges/{id}/invoices");
        let paper = async |nth: usize| {
            let written = till.get(&list).await;
            let path = written["items"][nth]["pdf"].as_str().unwrap();
            let path = path.trim_start_matches("/api/v1/").to_owned();
            let drawn = till.shop.customer.get(&path).await.expect(200);
            page_on(drawn.bytes())
        };
        let place = paper(0).await;
        let anybody = Browser::visit(app, "acme");
        let page = anybody.get(&place).await.expect(200).body();
        for part in ["2027-000001", "R$ 199,00", "badge ok", "C•••"] {
            let page = page.replace('\u{a0}', " ");
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(!page.contains("Carla"), "{page}");
        // Of another letter, of another house, of nothing.
        let mut forged = place.clone().into_bytes();
        let middle = forged.len() - 12;
        forged[middle] = if forged[middle] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(forged).unwrap();
        let long = format!("/verify/{}", "A".repeat(200));
        for wrong in [forged.as_str(), "/verify/x", &long] {
            let _ = anybody.get(wrong).await.expect(404);
        }
        let _ = app.shop("bella").await;
        let _ = Browser::visit(app, "bella").get(&place).await.expect(404);

        let refund = json!({ "amount": { "amount_minor": 5_000, "currency": "BRL" } });
        let refunds = format!("charges/{id}/refunds");
        let reseller = &till.shop.reseller;
        let _ = reseller
            .post(&refunds, &refund)
            .once("part")
            .await
            .expect(201);
        bank.press(reference, "return_money", &json!({})).await;
        app.run_jobs().await;
        app.advance_seconds(3_600);
        app.run_jobs().await;
        let page = anybody.get(&place).await.expect(200).body();
        let page = page.replace('\u{a0}', " ");
        assert!(
            page.contains("badge warn") && page.contains("R$ 50,00"),
            "{page}"
        );
        let note = anybody.get(&paper(1).await).await.expect(200).body();
        assert!(note.contains("badge ok"), "{note}");
    });
}

// R-PAY-06 R-PAY-11 R-TEN-06
#[test]
fn a_statement_says_what_a_place_earned_and_less_of_what_went_back() {
    each_till(async |app, bank, till| {
        let (reseller, agent) = (&till.shop.reseller, &till.shop.agent);
        let rule = format!("commission-rules/{}", agent.node_id);
        let share = json!({ "percent": 10 });
        let _ = reseller.put(&rule, &share).await.expect(200);
        let statement = format!("nodes/{}/commission-statement", agent.node_id);
        let earned = async |time: &str| {
            let sum = agent.get(&format!("{statement}{time}")).await;
            let sum = sum.expect(200).json()["earned"].clone();
            assert_eq!(sum["currency"], "BRL");
            sum["amount_minor"].as_i64().unwrap()
        };
        assert_eq!(earned("").await, 0);
        let charge = till.charge(&till.order().await, "commission").await;
        let id = charge["id"].as_str().unwrap();
        let bills = bank.bills().await;
        let reference = bills[0]["reference"].as_str().unwrap();
        assert_eq!(earned("").await, 0, "nothing is earned unpaid");
        bank.press(reference, "pay", &json!({ "tell": 5 })).await;
        app.run_jobs().await;
        assert_eq!(earned("").await, 1_990);
        assert_eq!(earned("?from=2027-01-15T12:00:00Z").await, 1_990);
        assert_eq!(earned("?until=2027-01-15T12:00:00Z").await, 0);
        // Whoever has no share of it has no part in it.
        let company = format!(
            "nodes/{}/commission-statement",
            till.shop.subcompany.node_id
        );
        let theirs = reseller.get(&company).await.expect(200).json();
        assert_eq!(theirs["earned"]["amount_minor"], 0);
        let _ = agent.get(&company).await.expect(404);

        let refunds = format!("charges/{id}/refunds");
        let part = json!({ "amount": { "amount_minor": 5_000, "currency": "BRL" } });
        for (name, ask, left) in [("part", part, 1_490), ("rest", json!({}), 0)] {
            let asked = reseller.post(&refunds, &ask).once(name).await;
            let _ = asked.expect(201);
            bank.press(reference, "return_money", &json!({})).await;
            app.run_jobs().await;
            app.advance_seconds(3_600);
            app.run_jobs().await;
            assert_eq!(earned("").await, left, "{name}");
            let one = &agent.list("commissions").await[0];
            assert_eq!(one["charge_id"], id, "{name}");
            assert_eq!(one["percent"], 10.0, "{name}");
            assert_eq!(one["earned"]["amount_minor"], left, "{name}");
            assert_eq!(one["reversed"]["amount_minor"], 1_990 - left, "{name}");
            assert_eq!(one["base"]["amount_minor"], left * 10, "{name}");
        }
        assert_eq!(agent.list("commissions").await.len(), 1);
        balance(app);
    });
}

// R-PAY-11
#[test]
fn what_is_ordered_has_an_invoice_before_anything_is_paid() {
    each_till(async |app, _, till| {
        seller(till).await;
        let customer = &till.shop.customer;
        let home = format!("customers/{}", customer.node_id);
        let known = till
            .shop
            .agent
            .patch(&home, &json!({ "tax_id": "45164632454" }));
        let _ = known.header("if-match", "*").await.expect(200);
        let order = till.order().await;
        let path = format!("orders/{order}/invoice");
        let invoice = customer.get(&path).await.expect(200).json();
        assert_eq!(invoice["number"], "2027-000001", "{invoice}");
        assert_eq!(invoice["order_id"], order.as_str());
        assert_eq!(invoice["total"]["amount_minor"], 19_900);
        assert_eq!(invoice["due_on"], json!(null));
        let pdf = format!("{path}.pdf");
        assert_eq!(invoice["pdf"], format!("/api/v1/{pdf}"));
        let drawn = customer.get(&pdf).header("accept-language", "pt-BR").await;
        let drawn = drawn.expect(200);
        assert_eq!(drawn.header("content-type"), Some("application/pdf"));
        let text = text_of(drawn.bytes());
        for expected in [
            "Fatura",
            "2027-000001",
            "15/01/2027",
            "R$ 199,00",
            "Carla",
            "CPF 451.646.324-54",
            "acme",
            "CNPJ 11.222.333/0001-81",
        ] {
            assert!(text.contains(expected), "{expected} is missing in\n{text}");
        }
        assert!(!text.contains("Pago por"), "nothing was paid:\n{text}");

        // What was refused took no number; what is owed has a last day; what is taken off is shown.
        let limit = format!("nodes/{}/credit-limit", customer.node_id);
        let line = json!([{ "license_id": till.license }]);
        let later = json!({ "lines": line, "terms": "deferred" });
        let _ = customer.post("orders", &later).await.expect(409);
        let may_owe = json!({ "limit": { "amount_minor": 20_000, "currency": "BRL" }, "days": 28 });
        let _ = till.shop.subcompany.put(&limit, &may_owe).await.expect(200);
        let owed = customer.post("orders", &later).await.expect(201).id();
        let owed = till.get(&format!("orders/{owed}/invoice")).await;
        assert_eq!(owed["number"], "2027-000002", "{owed}");
        assert_eq!(owed["due_on"], "2027-02-12", "{owed}");
        let less = json!({ "lines": line, "discount_percent": 10 });
        let less = till.shop.reseller.post("orders", &less).await.expect(201);
        let less = format!("orders/{}/invoice", less.id());
        let reduced = till.get(&less).await;
        assert_eq!(reduced["number"], "2027-000003", "{reduced}");
        let drawn = customer.get(&format!("{less}.pdf"));
        let drawn = drawn.header("accept-language", "pt-BR").await.expect(200);
        let text = text_of(drawn.bytes());
        for expected in ["Desconto", "-R$ 19,90", "R$ 179,10"] {
            assert!(text.contains(expected), "{expected} is missing in\n{text}");
        }

        // It stays what it was, whatever becomes of the order.
        let canceled = format!("orders/{order}/cancellation");
        let canceled = till.shop.reseller.post(&canceled, &json!({}));
        let _ = canceled.await.expect(200);
        let later = customer.get(&path).await.expect(200).json();
        assert_eq!(later, invoice);
        // Nobody else's.
        let elsewhere = till.shop.agent.node("customer", "Davi").await;
        let davi = till
            .shop
            .subcompany
            .recruit(&elsewhere, "customer", "Davi")
            .await;
        let bella = app.reseller("bella").await;
        for path in [&path, &pdf] {
            let _ = app.nobody("acme.localhost").get(path).await.expect(401);
            let _ = davi.get(path).await.expect(404);
            let _ = bella.get(path).await.expect(404);
        }
        balance(app);
    });
}
