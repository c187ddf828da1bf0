//! What became of mails: to be looked at by the house, and to be sent again.

use alvara_tests::Browser;
use alvara_tests::each_app;
use serde_json::{Value, json};

use super::{CARLA, House, each_house};

impl House<'_> {
    /// The mails that the house sees, narrowed.
    async fn log(&self, query: &str) -> Vec<Value> {
        self.shop.reseller.list(&format!("mails{query}")).await
    }
}

// R-ALR-03: the log says to whom and about what, and nothing that a mail says.
#[test]
fn a_house_sees_what_became_of_its_mails() {
    each_house(async |house| {
        house.day(335).await;
        let mail = house.only_mail_since(0);
        let log = house.log("").await;
        assert_eq!(log.len(), 1, "{log:?}");
        let one = &log[0];
        assert_eq!(one["recipient"], CARLA);
        assert_eq!(one["kind"], "renewal");
        assert_eq!(one["state"], "sent");
        assert_eq!(one["tries"], 1);
        assert_eq!(one["node_id"], house.shop.customer.node_id.as_str());
        assert_eq!(one["about"][0], house.license.id.as_str());
        let link = super::links(&mail).remove(0);
        let secret = link.rsplit('/').next().unwrap().to_owned();
        assert!(!one.to_string().contains(&secret), "{one}");
        let written = one["created_at"].as_str().unwrap();
        let node = &house.shop.customer.node_id;
        for (query, found) in [
            ("?state=sent".to_owned(), 1),
            ("?state=failed".to_owned(), 0),
            ("?kind=renewal".to_owned(), 1),
            ("?kind=shop_keys".to_owned(), 0),
            ("?q=CARLA%40casa".to_owned(), 1),
            ("?q=carla_casa".to_owned(), 0),
            (format!("?node_id={node}"), 1),
            (format!("?node_id={}", house.shop.agent.node_id), 0),
            (format!("?from={written}"), 1),
            (format!("?until={written}"), 0),
        ] {
            assert_eq!(house.log(&query).await.len(), found, "{query}");
        }
        // Nobody else reads it.
        let path = format!("mails/{}", one["id"].as_str().unwrap());
        for who in [
            &house.shop.subcompany,
            &house.shop.agent,
            &house.shop.customer,
        ] {
            who.get("mails").await.refuse(403, "FORBIDDEN");
            who.get(&path).await.refuse(403, "FORBIDDEN");
        }
        let bella = house.app.reseller("bella").await.admin();
        bella.get(&path).await.refuse(404, "NOT_FOUND");
        assert!(bella.list("mails").await.is_empty());
        // On the pages of the house, and on the customer's.
        let admin = Browser::sign_in(&house.shop.reseller.admin()).await;
        let id = one["id"].as_str().unwrap();
        for page in ["/mails".to_owned(), format!("/customers/{node}")] {
            let said = admin.get(&page).await.expect(200).body();
            assert!(said.contains(&format!("/mails/{id}")), "{page}: {said}");
        }
        let page = admin.get(&format!("/mails/{id}")).await.expect(200).body();
        assert!(page.contains(CARLA), "{page}");
        assert!(
            page.contains(&format!("/licenses/{}", house.license.id)),
            "{page}"
        );
        assert!(!page.contains(&secret), "{page}");
        assert!(!page.contains(&format!("/mails/{id}/send")), "{page}");
        let settings = admin.get("/settings").await.expect(200).body();
        assert!(settings.contains("href=\"/mails\""), "{settings}");
    });
}

// R-ALR-03: what a mail server refused for good is sent again by who may, once.
#[test]
fn a_mail_that_was_given_up_is_sent_again() {
    each_house(async |house| {
        house.post.refuse("550 5.1.1 no such mailbox");
        house.day(335).await;
        assert_eq!(house.post.taken().len(), 0);
        let log = house.log("?state=failed").await;
        let id = log[0]["id"].as_str().unwrap().to_owned();
        let why = log[0]["last_error"].as_str().unwrap();
        assert!(why.contains("no such mailbox"), "{why}");
        let again = format!("mails/{id}/sending");
        for who in [&house.shop.subcompany, &house.shop.customer] {
            let refused = who.post(&again, &json!({})).await;
            refused.refuse(403, "FORBIDDEN");
        }
        let admin = Browser::sign_in(&house.shop.reseller.admin()).await;
        let send = format!("/mails/{id}/send");
        let page = admin.get(&format!("/mails/{id}")).await.expect(200).body();
        assert!(page.contains(&send), "{page}");
        let _ = admin.submit(&send, &[]).await.expect(303);
        house.app.run_jobs().await;
        let mail = house.only_mail_since(0);
        assert_eq!(mail.to, [CARLA]);
        assert!(
            mail.head.contains(&id),
            "the same Message-ID: {}",
            mail.head
        );
        let log = house.log("").await;
        assert_eq!(
            (&log[0]["state"], &log[0]["tries"]),
            (&json!("sent"), &json!(1))
        );
        assert_eq!(log[0]["last_error"], Value::Null);
        let refused = house.shop.reseller.post(&again, &json!({})).await;
        refused.refuse(409, "STATE_CONFLICT");
        house.app.run_jobs().await;
        assert_eq!(house.post.taken().len(), 1);
    });
}

// R-ALR-03 R-TEN-02: who looks after a part of the tree sees the mails of that part.
#[test]
fn a_part_of_the_tree_sees_its_own_mails() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let rules = json!([
            { "module": "audit", "action": "read", "scope": "tree", "effect": "allow" },
        ]);
        let role = json!({ "name": "watch", "rules": rules });
        let role = shop.reseller.post("roles", &role).await.expect(201).id();
        let inside = shop
            .reseller
            .recruit(&shop.subcompany.node_id, &role, "Ines");
        let inside = inside.await;
        let elsewhere = shop.reseller.node("subcompany", "Sul").await;
        let outside = shop.reseller.recruit(&elsewhere, &role, "Otto").await;
        let limit = json!({ "limit": { "amount_minor": 20_000, "currency": "BRL" }, "days": 28 });
        let home = &shop.customer.node_id;
        let _ = shop
            .subcompany
            .put(&format!("nodes/{home}/credit-limit"), &limit)
            .await
            .expect(200);
        let change = shop
            .agent
            .patch(&format!("customers/{home}"), &json!({ "email": CARLA }));
        let _ = change.header("if-match", "*").await.expect(200);
        let plan = json!({
            "policy_id": shop.policy_id, "code": "yearly", "name": "Yearly", "period": "P1Y",
            "price": { "amount_minor": 19_900, "currency": "BRL" },
        });
        let plan = shop.reseller.post("plans", &plan).await.expect(201).id();
        let wanted =
            json!({ "customer": home, "lines": [{ "plan_id": plan }], "terms": "deferred" });
        let _ = shop.agent.post("orders", &wanted).await.expect(201);
        let seen = inside.list("mails").await;
        assert_eq!(seen.len(), 1, "{seen:?}");
        assert_eq!(seen[0]["kind"], "deferred");
        let path = format!("mails/{}", seen[0]["id"].as_str().unwrap());
        let _ = inside.get(&path).await.expect(200);
        assert!(outside.list("mails").await.is_empty());
        outside.get(&path).await.refuse(404, "NOT_FOUND");
        // A mail of before its place was written down is seen by the whole house alone.
        let _ = app.database().sql("UPDATE mails SET node_id = NULL");
        inside.get(&path).await.refuse(404, "NOT_FOUND");
        let _ = shop.reseller.get(&path).await.expect(200);
    });
}
