use serde_json::json;

use super::{balance, each_till};

// R-PAY-02 R-PAY-06 R-PAY-07
#[test]
fn a_license_is_renewed_once_however_often_its_payment_is_told() {
    each_till(async |app, bank, till| {
        let before = till.expiry().await;
        let order = till.order().await;
        let path = format!("orders/{order}/charges");
        // Without a name a repeated call would charge again.
        let nameless = till
            .shop
            .customer
            .post(&path, &json!({ "method": "pix" }))
            .await;
        let _ = nameless.expect(422);
        let charge = till.charge(&order, "first").await;
        assert_eq!(charge["state"], "requires_action", "{charge}");
        assert_eq!(charge["action"]["kind"], "qr");
        let code = charge["action"]["br_code"].as_str().unwrap();
        assert!(code.starts_with("000201"), "{code}");
        let again = till.charge(&order, "first").await;
        assert_eq!(again["id"], charge["id"]);
        let bills = bank.bills().await;
        assert_eq!(bills.len(), 1, "one charge at the provider");
        assert_eq!(bills[0]["minor"], 19_900);
        let reference = bills[0]["reference"].as_str().unwrap();

        let id = charge["id"].as_str().unwrap();
        bank.press(reference, "pay", &json!({ "tell": 50 })).await;
        app.run_jobs().await;
        assert_eq!(till.state(id).await, "paid");
        let after = till.expiry().await;
        assert_ne!(after, before);
        assert_eq!(till.get(&format!("orders/{order}")).await["state"], "paid");
        bank.press(reference, "tell", &json!({ "tell": 10 })).await;
        app.run_jobs().await;
        let _ = till
            .shop
            .reseller
            .post(&format!("charges/{id}/sync"), &json!({}))
            .await
            .expect(200);
        assert_eq!(till.expiry().await, after, "renewed once");
        let renewals = "SELECT COUNT(*) FROM charge_effects WHERE effect = 'grant'";
        assert_eq!(app.database().count(renewals), 1);
        assert_eq!(
            app.database()
                .count("SELECT COUNT(*) FROM inbound_webhooks"),
            1
        );
        balance(app);
    });
}

// R-PAY-07
#[test]
fn what_nobody_proves_is_refused_and_kept_nowhere() {
    each_till(async |app, _bank, till| {
        let anybody = app.nobody("acme.localhost");
        let body = json!({ "pix": [{ "endToEndId": "E1", "txid": "x", "valor": "1.00" }] });
        let hook = format!("/hooks/{}/pix", till.account);
        for path in [hook.clone(), format!("{hook}?token=wrong")] {
            let _ = anybody.post(&path, &body).await.expect(401);
        }
        let _ = anybody
            .post("/hooks/pac_01ARZ3NDEKTSV4RRFFQ69G5FAV/pix", &body)
            .await
            .expect(404);
        let _ = anybody.post("/hooks/nonsense", &body).await.expect(404);
        let other = app.nobody("other.localhost");
        let _ = other.post(&hook, &body).await.expect(404);
        assert_eq!(
            app.database()
                .count("SELECT COUNT(*) FROM inbound_webhooks"),
            0
        );
    });
}

// R-PAY-03 R-PAY-06 R-PAY-12
#[test]
fn silence_is_unknown_until_the_provider_is_asked() {
    each_till(async |app, bank, till| {
        let order = till.order().await;
        bank.misbehave("PUT", "/pix/v2/cob", "silence").await;
        let charge = till.charge(&order, "silent").await;
        assert_eq!(charge["state"], "unknown", "{charge}");
        let id = charge["id"].as_str().unwrap();
        // It is not sent again under another key: it is looked for, and found.
        app.advance_seconds(120);
        app.run_jobs().await;
        assert_eq!(till.state(id).await, "requires_action");
        assert_eq!(bank.bills().await.len(), 1);

        // Where nothing was done, it is sent again under the same key.
        let order = till.order().await;
        bank.misbehave("PUT", "/pix/v2/cob", "too_many").await;
        let charge = till.charge(&order, "busy").await;
        assert_eq!(charge["state"], "created", "{charge}");
        app.advance_seconds(120);
        app.run_jobs().await;
        let id = charge["id"].as_str().unwrap();
        assert_eq!(till.state(id).await, "requires_action");
        assert_eq!(bank.bills().await.len(), 2);
    });
}

// R-PAY-07
#[test]
fn another_amount_renews_nothing() {
    each_till(async |app, bank, till| {
        let before = till.expiry().await;
        let order = till.order().await;
        let charge = till.charge(&order, "short").await;
        let id = charge["id"].as_str().unwrap();
        let bills = bank.bills().await;
        let reference = bills[0]["reference"].as_str().unwrap();
        bank.press(reference, "pay", &json!({ "amount": "198.99" }))
            .await;
        app.run_jobs().await;
        assert_eq!(till.expiry().await, before, "a cent short");
        assert_eq!(till.get(&format!("orders/{order}")).await["state"], "open");
        assert_ne!(
            till.state(id).await,
            "requires_action",
            "the money is known"
        );
        balance(app);
    });
}

// R-PAY-06 R-PAY-07
#[test]
fn money_that_goes_back_takes_what_it_bought_with_it() {
    each_till(async |app, bank, till| {
        let before = till.expiry().await;
        let order = till.order().await;
        let charge = till.charge(&order, "refunded").await;
        let id = charge["id"].as_str().unwrap();
        let bills = bank.bills().await;
        let reference = bills[0]["reference"].as_str().unwrap();
        bank.press(reference, "pay", &json!({})).await;
        app.run_jobs().await;
        assert_ne!(till.expiry().await, before);
        let path = format!("charges/{id}/refunds");
        let ask = json!({ "reason": "changed their mind" });
        let _ = till
            .shop
            .customer
            .post(&path, &ask)
            .once("own")
            .await
            .expect(403);
        let refund = till
            .shop
            .reseller
            .post(&path, &ask)
            .once("all")
            .await
            .expect(201)
            .json();
        assert_eq!(refund["amount"]["amount_minor"], 19_900);
        let twice = till
            .shop
            .reseller
            .post(&path, &ask)
            .once("all")
            .await
            .expect(201)
            .json();
        assert_eq!(twice["id"], refund["id"]);
        let _ = till
            .shop
            .reseller
            .post(&path, &ask)
            .once("more")
            .await
            .expect(422);
        bank.press(reference, "return_money", &json!({})).await;
        app.run_jobs().await;
        app.advance_seconds(3_600);
        app.run_jobs().await;
        assert_eq!(till.state(id).await, "refunded");
        let told = app.database().sql("SELECT state, raw_status FROM refunds");
        assert_eq!(
            told.trim(),
            "succeeded|DEVOLVIDO",
            "the refund itself is over"
        );
        assert_eq!(till.expiry().await, before, "the renewal is withdrawn");
        balance(app);
    });
}
