//! Boletos: what the bank has to know of who pays, and money that arrives without a word.

use serde_json::json;

use super::paper::{scanned, text_of};
use super::{balance, each_till};

pub(super) fn address() -> serde_json::Value {
    json!({
        "line1": "Avenida Paulista", "number": "1000", "district": "Bela Vista",
        "city": "São Paulo", "state": "sp", "postal_code": "01310-100", "country": "br",
    })
}

// R-PAY-02 R-PAY-06 R-PAY-12
#[test]
fn a_boleto_names_its_payer_and_renews_once_when_the_bank_is_asked() {
    each_till(async |app, bank, till| {
        app.install_plugin("boleto", "acme", &bank.host()).await;
        let account = till
            .shop
            .reseller
            .post("payment-accounts", &bank.boleto_account())
            .await;
        let _ = account.expect(201);
        let order = till.order().await;
        let path = format!("orders/{order}/charges");
        let ask = json!({ "method": "boleto" });

        // Nothing is sent that the bank would refuse; what is missing is said, all of it.
        let customer = &till.shop.customer;
        let refused = customer.post(&path, &ask).once("nameless").await;
        let refused = refused.expect(422);
        let wrong = refused.pointers();
        assert_eq!(
            wrong,
            ["/customer/tax_id", "/customer/address"],
            "{refused:?}"
        );
        assert!(bank.bills().await.is_empty());

        let home = format!("customers/{}", customer.node_id);
        let known = json!({ "tax_id": "451.646.324-54", "address": address() });
        let known = till
            .shop
            .agent
            .patch(&home, &known)
            .header("if-match", "*")
            .await
            .expect(200)
            .json();
        assert_eq!(known["address"]["postal_code"], "01310100");
        assert_eq!(known["address"]["state"], "SP");

        let before = till.expiry().await;
        let charge = till.charge_by(&order, "boleto", "slip").await;
        assert_eq!(charge["state"], "requires_action", "{charge}");
        let action = &charge["action"];
        assert_eq!(action["kind"], "voucher", "{charge}");
        let line = action["digitable_line"].as_str().unwrap();
        let barcode = action["barcode"].as_str().unwrap();
        assert_eq!((line.len(), barcode.len()), (47, 44));
        assert!(barcode.starts_with("0019") && barcode[9..19].ends_with("19900"));
        assert_eq!(action["due_date"], "2027-01-18", "three days from now");
        let code = action["br_code"].as_str().unwrap();
        assert!(code.starts_with("000201"), "{code}");
        let again = till.charge_by(&order, "boleto", "slip").await;
        assert_eq!(again["id"], charge["id"]);
        let bills = bank.bills().await;
        assert_eq!(bills.len(), 1, "one title at the bank");
        let reference = bills[0]["reference"].as_str().unwrap();
        assert_eq!(reference, "00031285570000000001");
        assert_eq!(bills[0]["ask"]["pagador"]["cep"], 1_310_100);
        assert_eq!(
            bills[0]["ask"]["pagador"]["numeroInscricao"],
            45_164_632_454_u64
        );

        // A bank that tells nothing is asked within the hour.
        bank.press(reference, "pay", &json!({ "tell": 0 })).await;
        app.advance_seconds(3_700);
        app.run_jobs().await;
        let id = charge["id"].as_str().unwrap();
        assert_eq!(till.state(id).await, "paid");
        let after = till.expiry().await;
        assert_ne!(after, before);
        app.advance_seconds(3_700);
        app.run_jobs().await;
        let _ = customer
            .post(&format!("charges/{id}/sync"), &json!({}))
            .await
            .expect(200);
        assert_eq!(till.expiry().await, after, "renewed once");
        balance(app);
    });
}

// R-PAY-11 R-PAY-02
#[test]
fn a_boleto_is_printed_by_the_server_and_scanned_by_a_stranger() {
    each_till(async |app, bank, till| {
        app.install_plugin("boleto", "acme", &bank.host()).await;
        let reseller = &till.shop.reseller;
        let mut account = bank.boleto_account();
        for (setting, value) in [
            ("agency", "4042"),
            ("agency_digit", "7"),
            ("account", "61900"),
            ("account_digit", "6"),
        ] {
            account["config"][setting] = json!(value);
        }
        let _ = reseller
            .post("payment-accounts", &account)
            .await
            .expect(201);
        let seller = json!({ "tax_id": "11.222.333/0001-81", "address": address() });
        let _ = reseller.change("settings", &seller).await.expect(200);
        let customer = &till.shop.customer;
        let home = format!("customers/{}", customer.node_id);
        let known = json!({ "tax_id": "451.646.324-54", "address": address() });
        let known = till.shop.agent.patch(&home, &known);
        let _ = known.header("if-match", "*").await.expect(200);
        let order = till.order().await;
        let due = json!({ "method": "boleto", "due": {
            "due_date": "2027-02-10", "days_valid_after_due": 30,
            "instructions": ["Após o vencimento, cobrar multa."],
        } });
        let charged = customer.post(&format!("orders/{order}/charges"), &due);
        let charge = charged.once("paper").await.expect(201).json();
        let id = charge["id"].as_str().unwrap();
        let action = &charge["action"];
        let path = action["pdf_url"].as_str().unwrap();
        assert_eq!(path, format!("/api/v1/charges/{id}/slip.pdf"));
        let path = path.trim_start_matches("/api/v1/");
        let drawn = customer.get(path).header("accept-language", "pt-BR").await;
        let drawn = drawn.expect(200);
        assert_eq!(drawn.header("content-type"), Some("application/pdf"));

        // What a scanner and a telephone read is what the bank said.
        let barcode = action["barcode"].as_str().unwrap();
        let code = action["br_code"].as_str().unwrap();
        let wanted = [format!("I2/5:{barcode}"), format!("QR-Code:{code}")];
        assert_eq!(scanned(drawn.bytes()), wanted);
        let line = action["digitable_line"].as_str().unwrap();
        let text = text_of(drawn.bytes());
        let typed = (
            format!("{}.{} ", &line[..5], &line[5..10]),
            format!(" {} {}", &line[32..33], &line[33..]),
        );
        for expected in [
            typed.0.as_str(),
            typed.1.as_str(),
            "Banco do Brasil",
            "001-9",
            "4042-7 / 61900-6",
            "17 / 00031285570000000001",
            "10/02/2027",
            "R$ 199,00",
            "acme",
            "CNPJ 11.222.333/0001-81",
            "Carla",
            "CPF 451.646.324-54",
            "Avenida Paulista, 1000",
            "Após o vencimento, cobrar multa.",
        ] {
            assert!(text.contains(expected), "{expected} is missing in\n{text}");
        }
        // Nobody else's; and what is no boleto has none.
        let bella = app.reseller("bella").await;
        let _ = bella.get(path).await.expect(404);
        let by_pix = till.charge(&till.order().await, "by-pix").await;
        assert_eq!(by_pix["action"]["pdf_url"], json!(null), "{by_pix}");
        let other = format!("charges/{}/slip.pdf", by_pix["id"].as_str().unwrap());
        let _ = customer.get(&other).await.refuse(409, "STATE_CONFLICT");

        // Whoever printed it again after it was paid would pay twice.
        let reference = "00031285570000000001";
        bank.press(reference, "pay", &json!({ "tell": 0 })).await;
        let _ = customer
            .post(&format!("charges/{id}/sync"), &json!({}))
            .await
            .expect(200);
        assert_eq!(till.state(id).await, "paid");
        let _ = customer.get(path).await.refuse(409, "STATE_CONFLICT");
        balance(app);
    });
}

// R-PAY-02
#[test]
fn each_title_has_a_number_of_its_own() {
    each_till(async |app, bank, till| {
        app.install_plugin("boleto", "acme", &bank.host()).await;
        let account = till
            .shop
            .reseller
            .post("payment-accounts", &bank.boleto_account())
            .await;
        let _ = account.expect(201);
        let home = format!("customers/{}", till.shop.customer.node_id);
        for (address, pointer) in [
            (
                json!({ "line1": "Rua", "city": "Recife", "state": "Pernambuco", "postal_code": "50030-230", "country": "BR" }),
                "/address/state",
            ),
            (
                json!({ "line1": "Rua", "city": "Recife", "state": "PE", "postal_code": "5003", "country": "BR" }),
                "/address/postal_code",
            ),
            (
                json!({ "line1": "Rua", "city": "Recife", "state": "PE", "postal_code": "50030230", "country": "B1" }),
                "/address/country",
            ),
        ] {
            let refused = till.shop.agent.patch(&home, &json!({ "address": address }));
            let refused = refused.header("if-match", "*").await.expect(422).json();
            assert_eq!(refused["errors"][0]["pointer"], pointer, "{refused}");
        }
        let known = json!({ "tax_id": "451.646.324-54", "address": address() });
        let agent = &till.shop.agent;
        let _ = agent
            .patch(&home, &known)
            .header("if-match", "*")
            .await
            .expect(200);
        let due = json!({ "method": "boleto", "due": {
            "due_date": "2027-02-10", "days_valid_after_due": 30, "fine_percent": 2.0,
            "monthly_interest_percent": 1.0, "instructions": ["Obrigado."],
        } });
        let mut orders = Vec::new();
        for _ in 0..5 {
            orders.push(till.order().await);
        }
        let mut asked = tokio::task::JoinSet::new();
        for order in orders {
            let path = format!("orders/{order}/charges");
            let ask = till.shop.customer.post(&path, &due).once(&order);
            asked.spawn(async move { ask.await.expect(201).json() });
        }
        for charge in asked.join_all().await {
            assert_eq!(charge["state"], "requires_action", "{charge}");
            assert_eq!(charge["action"]["due_date"], "2027-02-10");
        }
        let mut numbers: Vec<String> = bank
            .bills()
            .await
            .iter()
            .map(|bill| bill["reference"].as_str().unwrap().to_owned())
            .collect();
        numbers.sort();
        let wanted: Vec<String> = (1..=5).map(|n| format!("0003128557{n:010}")).collect();
        assert_eq!(numbers, wanted);
    });
}

// R-PAY-02
#[test]
fn an_agreement_with_titles_of_its_own_goes_on_after_them() {
    each_till(async |app, bank, till| {
        app.install_plugin("boleto", "acme", &bank.host()).await;
        let reseller = &till.shop.reseller;
        let mut account = bank.boleto_account();
        for nonsense in [0, 1_000_000_000_000_i64] {
            account["first_title"] = json!(nonsense);
            let refused = reseller.post("payment-accounts", &account).await;
            assert_eq!(refused.expect(422).pointers(), ["/first_title"]);
        }
        account["first_title"] = json!(48_000);
        let made = reseller.post("payment-accounts", &account).await;
        let made = made.expect(201);
        assert_eq!(made.json()["first_title"], 48_000);
        let home = format!("customers/{}", till.shop.customer.node_id);
        let known = json!({ "tax_id": "451.646.324-54", "address": address() });
        let known = till.shop.agent.patch(&home, &known);
        let _ = known.header("if-match", "*").await.expect(200);
        for name in ["one", "two"] {
            let charge = till.charge_by(&till.order().await, "boleto", name).await;
            assert_eq!(charge["state"], "requires_action", "{charge}");
        }

        // Never a number a second time: what is used is said.
        let path = format!("payment-accounts/{}", made.id());
        let low = json!({ "first_title": 48_001 });
        let low = reseller.change(&path, &low).await.expect(422);
        assert_eq!(low.pointers(), ["/first_title"]);
        assert!(low.body().contains("48002"), "{}", low.body());
        let same = json!({ "first_title": 48_000, "name": "Boleto BB" });
        let _ = reseller.change(&path, &same).await.expect(200);
        let ahead = json!({ "first_title": 50_000 });
        let ahead = reseller.change(&path, &ahead).await.expect(200);
        assert_eq!(ahead.json()["first_title"], 50_000);
        let third = till.charge_by(&till.order().await, "boleto", "three").await;
        assert_eq!(third["state"], "requires_action", "{third}");
        let mut numbers: Vec<String> = bank
            .bills()
            .await
            .iter()
            .map(|bill| bill["reference"].as_str().unwrap().to_owned())
            .collect();
        numbers.sort();
        let wanted = [48_000, 48_001, 50_000].map(|n| format!("0003128557{n:010}"));
        assert_eq!(numbers, wanted);
    });
}
