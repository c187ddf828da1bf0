//! Who is not reminded, and what is not sent any more.

use alvara_tests::post::Post;
use alvara_tests::{Setting, TestApp, each_database};
use serde_json::{Value, json};

use super::{CARLA, House, each_house, links, subject};

impl House<'_> {
    async fn do_to_license(&self, what: &str) {
        let path = format!("licenses/{}/{what}", self.license.id);
        let done = self.shop.reseller.post(&path, &json!({})).await;
        assert!(matches!(done.status, 200 | 201 | 204), "{done:?}");
    }

    fn reminded(&self) -> i64 {
        let rows = "SELECT COUNT(*) FROM reminders";
        self.app.database().count(rows)
    }
}

// R-ALR-03
#[test]
fn what_is_stopped_put_away_or_never_ends_is_not_told_of() {
    each_house(async |house| {
        house.do_to_license("suspension").await;
        let customer = &house.shop.customer.node_id;
        let mut others = Vec::new();
        for (code, terms) in [
            ("own", json!({ "kind": "permanent" })),
            (
                "try",
                json!({ "kind": "trial", "duration": "P1Y", "starts": "issue" }),
            ),
            (
                "show",
                json!({ "kind": "demo", "duration": "P1Y", "starts": "issue" }),
            ),
            (
                "gone",
                json!({ "kind": "subscription", "duration": "P1Y", "starts": "issue" }),
            ),
        ] {
            let terms = json!({ "terms": terms });
            let product = &house.shop.product_id;
            let policy = house.shop.reseller.policy(product, code, &terms).await;
            others.push(house.shop.agent.issue(&policy, customer).await);
        }
        let gone = format!("licenses/{}", others[3].id);
        let gone = house
            .shop
            .reseller
            .delete(&gone)
            .header("if-match", "*")
            .await;
        assert!(matches!(gone.status, 200 | 204), "{gone:?}");
        // In stock nobody holds it.
        let _ = house
            .shop
            .agent
            .issue(&house.policy, &house.shop.agent.node_id)
            .await;
        for day in [335, 350, 360] {
            house.day(day).await;
        }
        assert_eq!(house.post.taken().len(), 0);
        assert_eq!(house.reminded(), 0);
        // Reinstated, it is told of as it stands.
        let path = format!("licenses/{}/suspension", house.license.id);
        let _ = house.shop.reseller.delete(&path).await;
        house.day(361).await;
        assert_eq!(
            subject(&house.only_mail_since(0)),
            "writer: a licença vence em 15/01/2028"
        );
        // A customer who may not use anything need not pay for it.
        let customer = format!("customers/{customer}/suspension");
        let _ = house
            .shop
            .reseller
            .post(&customer, &json!({}))
            .await
            .expect(200);
        house.day(364).await;
        assert_eq!(house.post.taken().len(), 1);
    });
}

// R-ALR-03: nobody is reminded in the first half of a term.
#[test]
fn short_terms_are_told_of_when_it_matters() {
    each_house(async |house| {
        let customer = &house.shop.customer.node_id;
        for (code, duration) in [("month", "P1M"), ("day", "P2D")] {
            let terms = json!({ "kind": "subscription", "duration": duration, "starts": "issue" });
            let terms = json!({ "terms": terms });
            let product = &house.shop.product_id;
            let policy = house.shop.reseller.policy(product, code, &terms).await;
            let _ = house.shop.agent.issue(&policy, customer).await;
        }
        for day in 1..16 {
            house.day(day).await;
            assert_eq!(house.post.taken().len(), 0, "day {day}");
        }
        house.day(16).await;
        let mail = house.only_mail_since(0);
        // Sold at no plan, it has no price: who reads it is asked to speak up.
        assert_eq!(links(&mail).len(), 0, "{}", mail.text);
        assert!(
            mail.text.contains("Para renovar, responda a este e-mail"),
            "{}",
            mail.text
        );
    });
}

// R-ALR-03: an address is where a customer is reached, be it a contact's.
#[test]
fn whoever_can_be_written_to_is() {
    each_house(async |house| {
        house.change_customer(&json!({ "email": null })).await;
        house.day(335).await;
        assert_eq!(house.post.taken().len(), 0);
        let contacts = format!("customers/{}/contacts", house.shop.customer.node_id);
        for contact in [
            json!({ "name": "Door", "phone": "+55 11 4000-1000" }),
            json!({ "name": "Books", "email": "books@casa.test", "purpose": "billing" }),
        ] {
            let _ = house.shop.agent.post(&contacts, &contact).await.expect(201);
        }
        house.day(336).await;
        let mail = house.only_mail_since(0);
        assert_eq!(mail.to, ["books@casa.test"]);
        assert!(mail.text.contains("Olá Carla,"), "{}", mail.text);
    });
}

// R-PAY-09 R-ALR-03: what is collected by itself need not be paid for.
#[test]
fn what_a_mandate_collects_is_not_asked_for() {
    each_house(async |house| {
        let (app, bank) = (house.app, house.bank);
        house
            .change_customer(&json!({ "tax_id": "451.646.324-54" }))
            .await;
        let accounts = house.shop.reseller.list("payment-accounts").await;
        let account = accounts[0]["id"].as_str().unwrap();
        bank.tell_mandates_to(app, "acme", account).await;
        let path = format!("licenses/{}/mandates", house.license.id);
        let asked = house
            .shop
            .customer
            .post(&path, &json!({ "method": "pix" }))
            .await;
        let mandate = asked.expect(201).json();
        let bills = bank.bills().await;
        bank.press(bills[0]["reference"].as_str().unwrap(), "pay", &json!({}))
            .await;
        app.run_jobs().await;
        let mandate = format!("mandates/{}", mandate["id"].as_str().unwrap());
        let state = async || {
            let read: Value = house.shop.reseller.get(&mandate).await.expect(200).json();
            read["state"].clone()
        };
        assert_eq!(state().await, "active");
        // Its first payment renewed the license.
        assert_eq!(&house.expiry().await[..4], "2029");
        let before = house.post.taken().len();
        assert_eq!(before, 1, "the payment is told of");
        house.day(366 + 335).await;
        assert_eq!(house.post.taken().len(), before);
        // Ended, it collects nothing any more: the newest step is told.
        let end = format!("{mandate}/cancellation");
        let ended = house.shop.customer.post(&end, &json!({})).await;
        let _ = ended.expect(200);
        app.run_jobs().await;
        assert_ne!(state().await, "active");
        house.day(366 + 336).await;
        let mail = house.only_mail_since(before);
        assert_eq!(subject(&mail), "writer: a licença vence em 15/01/2029");
    });
}

// R-ALR-03: a mail that waited says what is so when it leaves, or nothing.
#[test]
fn a_reminder_that_waited_too_long_is_dropped() {
    each_house(async |house| {
        house.post.refuse("451 4.3.0 try later");
        house.day(335).await;
        assert_eq!(house.post.taken().len(), 0);
        let period = json!({ "period": "P1Y" });
        let renewals = format!("licenses/{}/renewals", house.license.id);
        let _ = house.shop.reseller.post(&renewals, &period).await;
        assert_eq!(&house.expiry().await[..4], "2029");
        house.day(336).await;
        assert_eq!(house.post.taken().len(), 0);
        let dropped = "SELECT COUNT(*) FROM mails WHERE state = 'dropped'";
        assert_eq!(house.app.database().count(dropped), 1);
        // Nobody has to look.
        let notices = house.shop.reseller.list("notices").await;
        assert!(
            notices.iter().all(|one| one["kind"] != "mail.failed"),
            "{notices:?}"
        );
    });
}

// R-ALR-03: a mail server that is set later is not followed by what is past.
#[test]
fn without_a_mail_server_nobody_is_reminded() {
    each_database(async |database| {
        let app = TestApp::start_with(database, Setting::default()).await;
        let post = Post::open();
        let shop = app.shop("acme").await;
        let terms = json!({ "kind": "subscription", "duration": "P1Y", "starts": "issue" });
        let _ = shop.license_of(&terms).await;
        let path = format!("customers/{}", shop.customer.node_id);
        let email = json!({ "email": CARLA });
        let changed = shop.agent.patch(&path, &email).header("if-match", "*");
        let _ = changed.await.expect(200);
        app.advance(350);
        app.remind().await;
        let kept = "SELECT COUNT(*) FROM mails";
        assert_eq!(app.database().count(kept), 0);
        assert_eq!(post.taken().len(), 0);
        app.finish().await;
    });
}
