use alvara_tests::Answer;
use data_encoding::BASE64;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{GOOD, Stall, all, each_stall, hmac, keys};

impl Stall<'_> {
    async fn tell(&self, events: &Value) -> Answer {
        let body = json!({ "events": events }).to_string();
        let signature = BASE64.encode(&hmac(body.as_bytes()));
        self.send(&[("x-fs-signature", signature)], body.as_bytes())
            .await
    }
}

fn order(event: &str, goods: &[(&str, u32)]) -> Value {
    let items: Vec<Value> = goods
        .iter()
        .map(|(good, quantity)| json!({ "product": good, "quantity": quantity }))
        .collect();
    json!({
        "id": event, "type": "order.completed", "live": true,
        "data": {
            "order": "o1", "id": "o1", "reference": "ACME-1", "language": "en", "items": items,
            "customer": { "first": "Bia", "last": "Souza", "email": "Bia@Example.com" },
        },
    })
}

// R-PAY-10
#[test]
fn an_order_is_given_once_however_often_it_is_told_and_its_keys_are_mailed() {
    each_stall("fastspring", async |stall| {
        let bought =
            json!([order("e1", &[(GOOD, 2)]), { "id": "e2", "type": "order.failed", "data": {} }]);
        for _ in 0..5 {
            let _ = stall.tell(&bought).await.expect(200);
        }
        assert_eq!(stall.stored(), 1, "one body is stored once");
        stall.app.run_jobs().await;
        // The same order under another name, as when it is told by hand.
        let _ = stall
            .tell(&json!([order("e3", &[(GOOD, 2)])]))
            .await
            .expect(200);
        stall.app.run_jobs().await;
        assert_eq!(stall.standing().await, all(2, "given", "active"));
        assert_eq!(stall.licenses(), 2);
        let mails = stall.post.taken();
        assert_eq!(mails.len(), 1, "{mails:?}");
        let mail = &mails[0];
        assert_eq!(mail.from, "keys@seller.test");
        assert_eq!(mail.to, ["bia@example.com"]);
        assert!(mail.text.contains("Hello Bia Souza"), "{}", mail.text);
        assert!(
            mail.head.contains("Your 2 activation keys for writer"),
            "{}",
            mail.head
        );
        let keys = keys(mail);
        assert_eq!(keys.len(), 2);
        assert_ne!(keys[0], keys[1]);
        for (number, key) in keys.iter().enumerate() {
            let mut program =
                stall
                    .app
                    .program("acme.localhost", key, &format!("fp-shop-{number}"));
            let _ = program.activate().await;
        }
        // What is kept of the mail holds no key.
        let kept = stall
            .app
            .database()
            .sql("SELECT content FROM mails")
            .to_uppercase();
        assert!(!kept.contains(&keys[0].to_uppercase()), "{kept}");

        // Who buys again is the same customer.
        let mut again = order("e4", &[(GOOD, 1)]);
        again["data"]["order"] = json!("o2");
        again["data"]["id"] = json!("o2");
        again["data"]["reference"] = json!("ACME-2");
        let _ = stall.tell(&json!([again])).await.expect(200);
        stall.app.run_jobs().await;
        let orders = stall.orders().await;
        assert_eq!(orders.len(), 2);
        assert_eq!(orders[0]["customer"], orders[1]["customer"]);
        assert_eq!(stall.post.taken().len(), 2);
    });
}

// R-PAY-10
#[test]
fn fifty_deliveries_at_once_give_one_license() {
    each_stall("fastspring", async |stall| {
        let mut all = JoinSet::new();
        for number in 0..50 {
            // Half of them are the very same; the others tell the same of the same order.
            let event = format!("e{}", if number % 2 == 0 { 0 } else { number });
            let body = json!({ "events": [order(&event, &[(GOOD, 1)])] }).to_string();
            let signature = BASE64.encode(&hmac(body.as_bytes()));
            let nobody = stall.app.nobody("acme.localhost");
            let ask = nobody
                .ask(reqwest::Method::POST, &stall.path())
                .header("x-fs-signature", &signature)
                .bytes("application/json", body.into_bytes());
            all.spawn(async move { ask.await.status });
        }
        let statuses = all.join_all().await;
        assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
        assert_eq!(stall.stored(), 26);
        stall.app.run_jobs().await;
        assert_eq!(stall.licenses(), 1);
        assert_eq!(stall.orders().await.len(), 1);
        assert_eq!(stall.post.taken().len(), 1);
    });
}

// R-PAY-10
#[test]
fn what_goes_back_is_taken_back_and_nothing_else() {
    each_stall("fastspring", async |stall| {
        let _ = stall
            .tell(&json!([order("e1", &[(GOOD, 3)])]))
            .await
            .expect(200);
        stall.app.run_jobs().await;
        let back = json!([{
            "id": "e2", "type": "return.created",
            "data": { "return": "r1", "original": { "order": "o1" }, "items": [{ "product": GOOD, "quantity": 1 }] },
        }]);
        for _ in 0..2 {
            let _ = stall.tell(&back).await.expect(200);
            stall.app.run_jobs().await;
        }
        let mut expected = all(2, "given", "active");
        expected.extend(all(1, "withdrawn", "revoked"));
        assert_eq!(stall.standing().await, expected);
        let rest =
            json!([{ "id": "e3", "type": "return.created", "data": { "original": "ACME-1" } }]);
        let _ = stall.tell(&rest).await.expect(200);
        stall.app.run_jobs().await;
        assert_eq!(stall.standing().await, all(3, "withdrawn", "revoked"));
    });
}

// R-PAY-10
#[test]
fn a_good_that_nobody_knows_waits_for_its_plan() {
    each_stall("fastspring", async |stall| {
        let goods = [(GOOD, 1), ("reader-year", 1)];
        let _ = stall.tell(&json!([order("e1", &goods)])).await.expect(200);
        stall.app.run_jobs().await;
        let orders = stall.orders().await;
        assert_eq!(orders[0]["held"], true);
        assert_eq!(orders[0]["licenses"][1]["state"], "held");
        let why = orders[0]["licenses"][1]["reason"].as_str().unwrap();
        assert!(why.contains("reader-year"), "{why}");
        assert_eq!(stall.told("shop_order.held").await.len(), 1);
        assert_eq!(keys(&stall.post.taken()[0]).len(), 1, "the other is given");
        stall.map("reader-year").await;
        stall.app.run_jobs().await;
        assert_eq!(stall.standing().await, all(2, "given", "active"));
        assert_eq!(stall.orders().await[0]["held"], false);
        let mails = stall.post.taken();
        assert_eq!(mails.len(), 2);
        assert_ne!(keys(&mails[0]), keys(&mails[1]));
    });
}

// R-PAY-10
#[test]
fn a_mail_of_several_products_is_headed_by_none_of_them() {
    each_stall("fastspring", async |stall| {
        let admin = &stall.seller.reseller;
        let product = admin.quick_product("reader").await;
        let policy = admin
            .policy(&product, "hybrid", &json!({ "preset": "hybrid" }))
            .await;
        let plan = json!({
            "policy_id": policy, "code": "yearly", "name": "Yearly", "period": "P1Y",
            "price": { "amount_minor": 900, "currency": "BRL" },
        });
        let plan = admin.post("plans", &plan).await.expect(201).id();
        let path = format!("shop-accounts/{}/skus/reader-year", stall.id);
        let put = admin.put(&path, &json!({ "plan_id": plan }));
        let _ = put.await.expect(200);
        let goods = [(GOOD, 1), ("reader-year", 1)];
        let _ = stall.tell(&json!([order("e1", &goods)])).await.expect(200);
        stall.app.run_jobs().await;
        let mails = stall.post.taken();
        assert_eq!(mails.len(), 1);
        let subject = mails[0].header("subject");
        assert_eq!(subject, Some("Your 2 activation keys"));
        for product in ["writer: ", "reader: "] {
            assert!(mails[0].text.contains(product), "{}", mails[0].text);
        }
    });
}

// R-PAY-10
#[test]
fn what_was_never_looked_at_is_when_the_shop_sends_it_once_more() {
    each_stall("fastspring", async |stall| {
        let sold = json!([order("e1", &[(GOOD, 1)])]);
        let _ = stall.tell(&sold).await.expect(200);
        // As after ten tries that failed.
        let _ = stall
            .app
            .database()
            .sql("UPDATE jobs SET state = 'failed' WHERE kind = 'shop_apply'");
        stall.app.run_jobs().await;
        assert_eq!(stall.licenses(), 0);
        for _ in 0..2 {
            let _ = stall.tell(&sold).await.expect(200);
            stall.app.run_jobs().await;
            assert_eq!(stall.stored(), 1);
            assert_eq!(stall.licenses(), 1);
        }
        assert_eq!(stall.post.taken().len(), 1);
        // The one that failed stays until a person looked.
        let failed = "DELETE FROM jobs WHERE state = 'failed'";
        let _ = stall.app.database().sql(failed);
    });
}

// R-PAY-10 R-TEN-01
#[test]
fn what_nobody_proves_is_refused_and_stored_nowhere() {
    each_stall("fastspring", async |stall| {
        let body = json!({ "events": [order("e1", &[(GOOD, 1)])] }).to_string();
        let good = BASE64.encode(&hmac(body.as_bytes()));
        let bare: [(&str, String); 0] = [];
        let _ = stall.send(&bare, body.as_bytes()).await.expect(401);
        for wrong in ["", "AAAA", "not base64", &good[4..]] {
            let header = [("x-fs-signature", wrong.to_owned())];
            let _ = stall.send(&header, body.as_bytes()).await.expect(401);
        }
        let header = [("x-fs-signature", good)];
        let changed = body.replace("\"quantity\":1", "\"quantity\":9");
        let _ = stall.send(&header, changed.as_bytes()).await.expect(401);
        // Another tenant's door, another kind, and shops that are none.
        let id = &stall.id;
        let _ = stall.app.shop("bella").await;
        for (host, path) in [
            ("bella.localhost", format!("ecommerce/fastspring/{id}")),
            ("acme.localhost", format!("ecommerce/stripe/{id}")),
            ("acme.localhost", format!("ecommerce/nonsense/{id}")),
            ("acme.localhost", "ecommerce/fastspring/nonsense".to_owned()),
            (
                "acme.localhost",
                "ecommerce/fastspring/shp_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            ),
        ] {
            let asked = stall.app.nobody(host).ask(reqwest::Method::POST, &path);
            let asked = asked.header("x-fs-signature", &header[0].1);
            let _ = asked
                .bytes("application/json", body.as_bytes())
                .await
                .expect(404);
        }
        assert_eq!(stall.stored(), 0);
        // A shop that is not listened to is told to come again.
        let path = format!("shop-accounts/{id}");
        let state = |state: &str| json!({ "state": state });
        let admin = &stall.seller.reseller;
        let off = admin
            .patch(&path, &state("disabled"))
            .header("if-match", "*");
        let _ = off.await.expect(200);
        let _ = stall.send(&header, body.as_bytes()).await.expect(503);
        let on = admin.patch(&path, &state("active")).header("if-match", "*");
        let _ = on.await.expect(200);
        let _ = stall.send(&header, body.as_bytes()).await.expect(200);
        stall.app.run_jobs().await;
        assert_eq!(stall.licenses(), 1);
    });
}

// R-PAY-10
#[test]
fn what_is_held_for_good_stands_in_nobodys_way() {
    each_stall("fastspring", async |stall| {
        let named = |number: usize, good: &str, live: bool| {
            let mut sold = order(&format!("e{number}"), &[(good, 1)]);
            sold["live"] = json!(live);
            for name in ["order", "id", "reference"] {
                sold["data"][name] = json!(format!("{name}-{number}"));
            }
            sold
        };
        let mut told: Vec<Value> = (0..25).map(|number| named(number, GOOD, false)).collect();
        told.push(named(25, "reader-year", true));
        let _ = stall.tell(&json!(told)).await.expect(200);
        stall.app.run_jobs().await;
        assert_eq!(stall.licenses(), 0);
        stall.map("reader-year").await;
        stall.app.run_jobs().await;
        assert_eq!(stall.licenses(), 1);
        assert_eq!(stall.post.taken().len(), 1);
    });
}

// R-PAY-10 R-TEN-09
#[test]
fn who_only_registered_or_is_a_customer_no_longer_does_not_get_what_another_paid() {
    each_stall("fastspring", async |stall| {
        // Anybody can register with the buyer's address, at the very place of the shop.
        let admin = &stall.seller.reseller;
        let rule = json!({
            "mode": "approval", "policy_id": stall.seller.policy_id,
            "node_id": stall.seller.agent.node_id,
        });
        let path = format!("products/{}/registration-rule", stall.seller.product_id);
        let put = admin.put(&path, &rule).header("if-match", "*");
        let _ = put.await.expect(200);
        let nobody = stall.app.nobody("acme.localhost");
        let squatter = json!({ "name": "Bia", "email": "bia@example.com", "product": "writer" });
        let put = nobody.post("customers/registrations", &squatter);
        let _ = put.await.expect(201);
        let waiting = admin.list("customers?status=pending").await;
        assert_eq!(waiting.len(), 1);
        let before = stall.licenses();

        let _ = stall
            .tell(&json!([order("e1", &[(GOOD, 1)])]))
            .await
            .expect(200);
        stall.app.run_jobs().await;
        assert_eq!(stall.standing().await, all(1, "given", "active"));
        let first = stall.orders().await[0]["customer"].clone();
        assert_ne!(first, waiting[0]["id"]);

        let again = |number: u32| {
            let mut sold = order(&format!("again{number}"), &[(GOOD, 1)]);
            for name in ["order", "id", "reference"] {
                sold["data"][name] = json!(format!("{name}-{number}"));
            }
            json!([sold])
        };
        let first = first.as_str().unwrap().to_owned();
        let decide = |what: &'static str| {
            let path = format!("customers/{first}/{what}");
            async move { admin.post(&path, &json!({})).await.expect(200) }
        };
        // Who is blocked does not get around it by buying, until somebody lifts it.
        stall.app.advance_seconds(1);
        let _ = decide("block").await;
        let _ = stall.tell(&again(1)).await.expect(200);
        stall.app.run_jobs().await;
        assert_eq!(stall.licenses(), before + 1);
        let held = stall.orders().await;
        let why = held[0]["licenses"][0]["reason"].as_str().unwrap();
        assert!(why.contains("blocked customer"), "{why}");
        let _ = admin
            .delete(&format!("customers/{first}/block"))
            .await
            .expect(200);
        stall.map(GOOD).await;
        stall.app.run_jobs().await;
        assert_eq!(stall.licenses(), before + 2);
        assert_eq!(stall.orders().await[0]["customer"], json!(first));
        // Who was a customer once is a new one.
        stall.app.advance_seconds(1);
        let _ = decide("cancellation").await;
        let _ = stall.tell(&again(2)).await.expect(200);
        stall.app.run_jobs().await;
        let orders = stall.orders().await;
        assert_eq!(orders[0]["licenses"][0]["state"], "given", "{orders:?}");
        assert_ne!(orders[0]["customer"], json!(first));
    });
}

// R-PAY-10
#[test]
fn one_event_that_cannot_be_read_costs_the_others_nothing() {
    each_stall("fastspring", async |stall| {
        let mut countless = order("e1", &[(GOOD, 1)]);
        countless["data"]["items"][0]["quantity"] = json!("many");
        let nameless = json!({ "id": "e2", "type": "return.created", "data": { "return": "r1", "items": [] } });
        let told = json!([countless, nameless, order("e3", &[(GOOD, 2)])]);
        let _ = stall.tell(&told).await.expect(200);
        stall.app.run_jobs().await;
        assert_eq!(stall.standing().await, all(2, "given", "active"));
        let told = stall.told("shop_order.held").await;
        assert_eq!(told.len(), 1, "{told:?}");
        let why = told[0].to_string();
        assert!(why.contains("many") && why.contains("and 1 more"), "{why}");
    });
}

// R-PAY-10
#[test]
fn a_test_order_shows_that_all_is_set_up_and_gives_nothing() {
    each_stall("fastspring", async |stall| {
        let mut tried = order("e1", &[(GOOD, 1)]);
        tried["live"] = json!(false);
        let _ = stall.tell(&json!([tried])).await.expect(200);
        stall.app.run_jobs().await;
        let orders = stall.orders().await;
        assert_eq!(orders[0]["held"], true);
        assert_eq!(orders[0]["lines"][0]["sku"], GOOD);
        let told = stall.told("shop_order.held").await;
        assert!(told[0].to_string().contains("test order"), "{told:?}");
        // Nothing lets it through.
        stall.map("another").await;
        stall.app.run_jobs().await;
        assert_eq!(stall.licenses(), 0);
        assert_eq!(stall.post.taken().len(), 0);
    });
}

// R-PAY-10
#[test]
fn what_cannot_be_read_is_kept_and_told() {
    each_stall("fastspring", async |stall| {
        let body = b"{\"events\":[{\"type\":\"order.completed\"}]}";
        let header = [("x-fs-signature", BASE64.encode(&hmac(body)))];
        let _ = stall.send(&header, body).await.expect(200);
        stall.app.run_jobs().await;
        assert_eq!(stall.told("shop_order.held").await.len(), 1);
        let failed = "SELECT COUNT(*) FROM shop_webhooks WHERE state = 'failed'";
        assert_eq!(stall.app.database().count(failed), 1);
        assert_eq!(stall.licenses(), 0);
    });
}
