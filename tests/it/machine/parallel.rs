//! What happens when everybody comes at once.

use std::collections::BTreeSet;

use alvara_tests::{Answer, each_app};
use serde_json::json;
use tokio::task::JoinSet;

// R-LIC-05
#[test]
fn sixty_four_at_once_for_five_seats_are_five() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license_of(&json!({ "machine_limit": 5 })).await;
        let mut all = JoinSet::new();
        for index in 0..64 {
            let program = app.program("acme.localhost", &license.key, &format!("fp-{index}"));
            all.spawn(async move { program.try_activate().await });
        }
        let answers = all.join_all().await;
        let of = |status: u16| {
            answers
                .iter()
                .filter(|answer| answer.status == status)
                .count()
        };
        let told = answers
            .iter()
            .filter(|answer| answer.code() == "MACHINE_LIMIT")
            .count();
        assert_eq!((of(201), told), (5, 59), "{:?}", codes(&answers));
        let seen = shop
            .agent
            .get(&format!("licenses/{}", license.id))
            .await
            .expect(200)
            .json();
        assert_eq!(seen["machines_used"], 5);
        let machines = shop
            .agent
            .list(&format!("machines?license_id={}", license.id))
            .await;
        assert_eq!(machines.len(), 5);
    });
}

// R-LIC-05
#[test]
fn one_machine_that_asks_sixteen_times_at_once_takes_one_seat() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license_of(&json!({ "machine_limit": 5 })).await;
        let mut all = JoinSet::new();
        for _ in 0..16 {
            let program = app.program("acme.localhost", &license.key, "the-same");
            all.spawn(async move { program.try_activate().await });
        }
        let answers = all.join_all().await;
        let machines: BTreeSet<String> = answers
            .iter()
            .map(|answer| answer.text("/machine/id"))
            .collect();
        let tokens: BTreeSet<String> = answers
            .iter()
            .map(|answer| answer.text("/machine/token"))
            .collect();
        assert_eq!((machines.len(), tokens.len()), (1, 1));
        assert_eq!(
            answers.iter().filter(|answer| answer.status == 201).count(),
            1
        );
        let seen = shop
            .agent
            .get(&format!("licenses/{}", license.id))
            .await
            .expect(200)
            .json();
        assert_eq!(seen["machines_used"], 1);
    });
}

// R-LIC-09
#[test]
fn one_renewal_key_renews_once_however_often_it_is_sent() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let mut program = app.program("acme.localhost", &license.key, "fp-1");
        let _ = program.activate().await;
        let plan = json!({
            "policy_id": shop.policy_id, "code": "yearly", "name": "Yearly", "period": "P1Y",
            "price": { "amount_minor": 19_900, "currency": "BRL" },
        });
        let plan = shop.reseller.post("plans", &plan).await.expect(201).id();
        let wanted = json!({ "plan_id": plan, "node_id": shop.customer.node_id });
        let key = shop
            .agent
            .post("renewal-keys", &wanted)
            .await
            .expect(201)
            .text("/items/0/key");
        let path = format!("licenses/{}/renewals", license.id);
        let mut all = JoinSet::new();
        for _ in 0..16 {
            let asking = shop.agent.post(&path, &json!({ "renewal_key": key }));
            all.spawn(async move { asking.await });
        }
        let answers = all.join_all().await;
        let renewed = answers.iter().filter(|answer| answer.status == 200).count();
        let spent = answers
            .iter()
            .filter(|answer| answer.code() == "RENEWAL_KEY_SPENT")
            .count();
        assert_eq!((renewed, spent), (1, 15), "{:?}", codes(&answers));
        let seen = shop
            .agent
            .get(&format!("licenses/{}", license.id))
            .await
            .expect(200)
            .json();
        let expiry = seen["expires_at"].as_str().unwrap();
        assert!(expiry.starts_with("2029-01-15T"), "{expiry}");
    });
}

fn codes(answers: &[Answer]) -> Vec<(u16, String)> {
    answers
        .iter()
        .map(|answer| (answer.status, answer.code()))
        .collect()
}
