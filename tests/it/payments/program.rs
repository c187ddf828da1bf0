//! Programs that renew the license whose key they hold, by dialect I.

use alvara_tests::{Answer, TestApp};
use serde_json::{Value, json};

use super::{balance, each_till};
use crate::machine::activate::mistype;

const HOST: &str = "acme.localhost";

async fn renew(app: &TestApp, body: &Value) -> Answer {
    app.nobody(HOST).post("/api/licenze/rinnova", body).await
}

#[track_caller]
fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    let body = answer.json();
    assert_eq!(
        (&body["esito"], &body["codice"]),
        (&json!("errore"), &json!(code)),
        "{answer:?}"
    );
}

// R-API-02 R-PAY-02 R-PAY-06
#[test]
fn a_program_that_asks_again_pays_the_same_charge_and_renews_once() {
    each_till(async |app, bank, till| {
        let before = till.expiry().await;
        let body = json!({
            "chiave_licenza": till.key, "modalita": "pagamento", "metodo_pagamento": "pix",
        });
        // Sixteen at once, and one with a slash at its end, are one order and one charge.
        let mut asked = tokio::task::JoinSet::new();
        for turn in 0..16 {
            let slash = if turn == 7 { "/" } else { "" };
            let path = format!("/api/licenze/rinnova{slash}");
            let ask = app.nobody(HOST).post(&path, &body);
            asked.spawn(async move { ask.await.expect(202).json() });
        }
        let mut ids: Vec<String> = asked
            .join_all()
            .await
            .iter()
            .map(|answer| answer["id_transazione"].as_str().unwrap().to_owned())
            .collect();
        ids.dedup();
        assert_eq!(ids.len(), 1, "{ids:?}");
        let charge = &ids[0];
        assert_eq!(app.database().count("SELECT COUNT(*) FROM orders"), 1);
        let bills = bank.bills().await;
        assert_eq!(bills.len(), 1, "one charge at the provider");

        let again = renew(app, &body).await.expect(202).json();
        let payment = again["pagamento"].clone();
        let code = payment["codice_pix"].as_str().unwrap();
        assert!(code.starts_with("000201"), "{again}");
        assert_eq!(
            again,
            json!({
                "esito": "ok", "id_transazione": charge, "tipo_transazione": "rinnovo",
                "stato": "in_attesa", "url_pagamento": null,
                "pagamento": {
                    "ordine": payment["ordine"], "metodo": "pix", "importo": 199.0, "valuta": "BRL",
                    "scadenza": payment["scadenza"], "codice_pix": code, "codice_a_barre": null,
                    "linea_digitabile": null, "data_scadenza": null, "sdk": null,
                    "token_cliente": null, "parametri": {},
                },
            })
        );
        assert_eq!(till.expiry().await, before, "nothing is given unpaid");

        let reference = bills[0]["reference"].as_str().unwrap();
        bank.press(reference, "pay", &json!({})).await;
        app.run_jobs().await;
        assert_eq!(till.state(charge).await, "paid");
        let after = till.expiry().await;
        assert_ne!(after, before);
        // What is paid is over: the next call is for another period.
        let next = renew(app, &body).await.expect(202).json();
        assert_ne!(&next["id_transazione"], &json!(charge));
        assert_eq!(till.expiry().await, after);
        balance(app);
    });
}

// R-API-02 R-PAY-08
#[test]
fn a_program_draws_on_credit_only_where_its_holder_has_a_limit() {
    each_till(async |app, bank, till| {
        let shop = &till.shop;
        let before = till.expiry().await;
        let later = json!({ "chiave_licenza": till.key, "modalita": "posticipato" });
        refused(&renew(app, &later).await, 402, "CREDIT_EXHAUSTED");
        // What a place above may owe is not a program's to spend.
        let limit = json!({ "limit": { "amount_minor": 20_000, "currency": "BRL" }, "days": 28 });
        let above = format!("nodes/{}/credit-limit", shop.subcompany.node_id);
        let _ = shop.reseller.put(&above, &limit).await.expect(200);
        refused(&renew(app, &later).await, 402, "CREDIT_EXHAUSTED");
        let used = shop.reseller.get(&above).await.expect(200).json();
        assert_eq!(used["used"]["amount_minor"], 0);
        assert_eq!(app.database().count("SELECT COUNT(*) FROM orders"), 0);
        assert_eq!(till.expiry().await, before);

        let own = format!("nodes/{}/credit-limit", shop.customer.node_id);
        let _ = shop.subcompany.put(&own, &limit).await.expect(200);
        let given = renew(app, &later).await.expect(200).json();
        let after = till.expiry().await;
        assert_ne!(after, before);
        let (order, due) = (
            given["id_transazione"].clone(),
            given["scadenza_pagamento"].clone(),
        );
        assert!(due.is_string(), "{given}");
        assert_eq!(
            given,
            json!({
                "esito": "ok", "id_transazione": order, "tipo_transazione": "posticipato",
                "stato": "provvisoria", "data_scadenza": after, "scadenza_pagamento": due,
            })
        );
        // The same again is owed once.
        for _ in 0..3 {
            assert_eq!(renew(app, &later).await.expect(200).json(), given);
        }
        let used = shop.subcompany.get(&own).await.expect(200).json();
        assert_eq!(used["used"]["amount_minor"], 19_900);
        // Until it is overdue: then it is no renewal to count on.
        app.advance(29);
        bank.follow(app).await;
        app.run_jobs().await;
        refused(&renew(app, &later).await, 402, "CREDIT_EXHAUSTED");
        let plan = json!({
            "policy_id": shop.policy_id, "code": "biennial", "name": "Two years", "period": "P2Y",
            "price": { "amount_minor": 30_000, "currency": "BRL" },
        });
        let _ = shop.reseller.post("plans", &plan).await.expect(201);
        let longer = json!({
            "chiave_licenza": till.key, "modalita": "posticipato", "piano": "biennial",
        });
        refused(&renew(app, &longer).await, 402, "CREDIT_EXHAUSTED");

        // Who pays pays what is owed first.
        let pay = json!({
            "chiave_licenza": till.key, "modalita": "pagamento", "metodo_pagamento": "pix",
        });
        let charge = renew(app, &pay).await.expect(202).json();
        assert_eq!(charge["pagamento"]["ordine"], order);
        let bills = bank.bills().await;
        let reference = bills[0]["reference"].as_str().unwrap();
        bank.press(reference, "pay", &json!({})).await;
        app.run_jobs().await;
        let path = format!("orders/{}", order.as_str().unwrap());
        assert_eq!(till.get(&path).await["state"], "paid");
        assert_eq!(till.expiry().await, after, "it was renewed before");
        let used = shop.subcompany.get(&own).await.expect(200).json();
        assert_eq!(used["used"]["amount_minor"], 0);
        balance(app);
    });
}

// R-API-02 R-PAY-02
#[test]
fn what_a_program_cannot_renew_is_refused_and_leaves_nothing() {
    each_till(async |app, bank, till| {
        let pay = |more: Value| {
            let mut body = json!({
                "chiave_licenza": till.key, "modalita": "pagamento", "metodo_pagamento": "pix",
            });
            for (name, value) in more.as_object().unwrap() {
                body[name] = value.clone();
            }
            body
        };
        for (more, status, code) in [
            (
                json!({ "chiave_licenza": mistype(&till.key) }),
                422,
                "KEY_MALFORMED",
            ),
            (json!({ "modalita": "regalo" }), 422, "INVALID_FIELDS"),
            (json!({ "metodo_pagamento": null }), 400, "INVALID_REQUEST"),
            (
                json!({ "metodo_pagamento": "conchas" }),
                422,
                "INVALID_FIELDS",
            ),
            (json!({ "piano": "nessuno" }), 422, "INVALID_FIELDS"),
            (json!({ "modalita": null }), 400, "INVALID_REQUEST"),
        ] {
            refused(&renew(app, &pay(more)).await, status, code);
        }
        let plan = renew(app, &pay(json!({ "piano": "nessuno" }))).await;
        assert!(plan.text("/messaggio").contains("piano"), "{plan:?}");
        // A stranger's door, and a license that is no more.
        let _ = app.shop("bella").await;
        let there = app.nobody("bella.localhost");
        let answer = there.post("/api/licenze/rinnova", &pay(json!({}))).await;
        refused(&answer, 404, "NOT_FOUND");
        let path = format!("licenses/{}/revocation", till.license);
        let _ = till
            .shop
            .subcompany
            .post(&path, &json!({}))
            .await
            .expect(200);
        let answer = renew(app, &pay(json!({}))).await;
        refused(&answer, 409, "RENEWAL_NOT_POSSIBLE");
        assert_eq!(app.database().count("SELECT COUNT(*) FROM orders"), 0);
        assert!(bank.bills().await.is_empty());
    });
}
