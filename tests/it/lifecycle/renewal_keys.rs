//! Renewal keys: good once, and not at all once withdrawn.

use alvara_tests::{Shop, each_app};
use serde_json::json;
use tokio::task::JoinSet;

async fn stock(shop: &Shop, count: u32) -> Vec<(String, String)> {
    let plan = json!({
        "policy_id": shop.policy_id, "code": "yearly", "name": "Yearly", "period": "P1Y",
        "price": { "amount_minor": 19_900, "currency": "BRL" },
    });
    let plan = shop.reseller.post("plans", &plan).await.expect(201).id();
    let wanted = json!({ "plan_id": plan, "node_id": shop.agent.node_id, "count": count });
    let made = shop.agent.post("renewal-keys", &wanted).await.expect(201);
    let items = made.json()["items"].as_array().unwrap().clone();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    items
        .iter()
        .map(|one| (text(&one["id"]), text(&one["key"])))
        .collect()
}

// R-LIC-09
#[test]
fn one_key_at_sixty_four_licenses_at_once_renews_one_of_them() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let (_, key) = stock(&shop, 1).await.remove(0);
        let mut licenses = Vec::new();
        for _ in 0..64 {
            licenses.push(shop.license().await);
        }
        let mut all = JoinSet::new();
        for license in &licenses {
            let path = format!("licenses/{}/renewals", license.id);
            let asking = shop.agent.post(&path, &json!({ "renewal_key": key }));
            all.spawn(async move { asking.await });
        }
        let answers = all.join_all().await;
        let renewed = answers.iter().filter(|one| one.status == 200).count();
        let spent = answers
            .iter()
            .filter(|one| one.code() == "RENEWAL_KEY_SPENT" && one.text("/state") == "used")
            .count();
        assert_eq!((renewed, spent), (1, 63), "{answers:?}");
        assert_eq!(
            app.database()
                .count("SELECT COUNT(*) FROM licenses WHERE term_periods = 2"),
            1
        );
    });
}

// R-LIC-09
#[test]
fn a_withdrawn_key_renews_nothing_and_a_used_one_cannot_be_withdrawn() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let keys = stock(&shop, 2).await;
        let renewals = format!("licenses/{}/renewals", license.id);
        let withdraw = |who: &alvara_tests::Actor, id: &str| {
            who.ask(
                reqwest::Method::POST,
                &format!("renewal-keys/{id}/revocation"),
            )
        };
        // An agent ends nothing for good.
        withdraw(&shop.agent, &keys[0].0)
            .await
            .refuse(403, "FORBIDDEN");
        for _ in 0..2 {
            let gone = withdraw(&shop.subcompany, &keys[0].0).await.expect(200);
            assert_eq!(gone.text("/state"), "revoked");
        }
        assert_eq!(
            app.database()
                .count("SELECT COUNT(*) FROM events WHERE kind = 'renewal_key.revoked'"),
            1
        );
        let body = json!({ "renewal_key": keys[0].1 });
        let refused = shop.agent.post(&renewals, &body).await;
        assert_eq!(refused.text("/state"), "revoked");
        refused.refuse(409, "RENEWAL_KEY_SPENT");
        let body = json!({ "renewal_key": keys[1].1 });
        let _ = shop.agent.post(&renewals, &body).await.expect(200);
        let refused = withdraw(&shop.subcompany, &keys[1].0).await;
        assert_eq!(refused.text("/state"), "used");
        refused.refuse(409, "RENEWAL_KEY_SPENT");
    });
}

// R-LIC-09
#[test]
fn a_key_used_and_withdrawn_at_once_is_one_or_the_other() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let keys = stock(&shop, 12).await;
        for (id, key) in keys {
            let license = shop.license().await;
            let path = format!("licenses/{}/renewals", license.id);
            let using = shop.agent.post(&path, &json!({ "renewal_key": key }));
            let path = format!("renewal-keys/{id}/revocation");
            let withdrawing = shop.subcompany.ask(reqwest::Method::POST, &path);
            let (used, gone) = tokio::join!(using.into_future(), withdrawing.into_future());
            let state = shop
                .agent
                .get(&format!("renewal-keys/{id}"))
                .await
                .text("/state");
            let expected = if state == "used" {
                (200, 409)
            } else {
                (409, 200)
            };
            assert_eq!((used.status, gone.status), expected, "{used:?} {gone:?}");
        }
    });
}

// R-LIC-09 R-LIC-01: nobody said which version they mean, so nobody is told that it is stale.
#[test]
fn sixty_four_keys_at_once_at_one_license_renew_it_as_often() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let price = json!({ "amount_minor": 990, "currency": "BRL" });
        let module = json!({ "code": "PRO", "name": "Pro", "price": price });
        let path = format!("products/{}/modules", shop.product_id);
        let _ = shop.reseller.post(&path, &module).await.expect(201);
        let license = shop.license().await;
        let mut program = app.program("acme.localhost", &license.key, "fp-1");
        let _ = program.activate().await;
        let path = format!("licenses/{}", license.id);
        let renewals = format!("{path}/renewals");
        let mut all = JoinSet::new();
        for (_, key) in stock(&shop, 64).await {
            let asking = shop
                .reseller
                .post(&renewals, &json!({ "renewal_key": key }));
            all.spawn(async move { asking.await });
        }
        for index in 0..16 {
            // What it unlocks changes meanwhile, which is as good on what it is then.
            let body = json!({ "value": index.to_string() });
            let asking = shop.reseller.put(&format!("{path}/modules/PRO"), &body);
            all.spawn(async move { asking.await });
        }
        let answers = all.join_all().await;
        let done = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(done, 80, "{answers:?}");
        let after = shop.agent.get(&path).await.expect(200);
        assert!(after.text("/expires_at").starts_with("2092-"), "{after:?}");
    });
}
