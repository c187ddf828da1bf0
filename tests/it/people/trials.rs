//! One trial for each machine, and as many for a domain as the terms say.

use alvara_tests::{Shop, each_app};
use serde_json::{Value, json};
use tokio::task::JoinSet;

fn trial(more: &Value) -> Value {
    let mut terms = json!({ "kind": "trial", "duration": "P30D", "machine_limit": 5 });
    alvara_tests::world::merge(&mut terms, more);
    terms
}

async fn activate(
    shop: &Shop,
    app: &alvara_tests::TestApp,
    key: &str,
    machine: &Value,
) -> alvara_tests::Answer {
    let body = json!({ "key": key, "machine": machine });
    app.nobody(shop.reseller.host())
        .post("activations", &body)
        .await
}

// R-LIC-13
#[test]
fn a_demonstration_is_tried_once_as_well() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let demo = trial(&json!({ "kind": "demo" }));
        let (first, second) = (shop.license_of(&demo).await, shop.license_of(&demo).await);
        let here = json!({ "fingerprint": "fp-1" });
        let _ = activate(&shop, app, &first.key, &here).await.expect(201);
        activate(&shop, app, &second.key, &here)
            .await
            .refuse(403, "TRIAL_USED");
        let often = trial(&json!({ "kind": "demo", "trial": "unlimited" }));
        let third = shop.license_of(&often).await;
        let _ = activate(&shop, app, &third.key, &here).await.expect(201);
    });
}

// R-LIC-13
#[test]
fn a_machine_tries_a_product_once_whatever_key_it_comes_with() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let terms = trial(&json!({}));
        let (first, second) = (shop.license_of(&terms).await, shop.license_of(&terms).await);
        let here = json!({ "fingerprint": "fp-1" });
        let machine = activate(&shop, app, &first.key, &here).await.expect(201);
        activate(&shop, app, &second.key, &here)
            .await
            .refuse(403, "TRIAL_USED");
        // The same license is the same trial, also after the machine gave its seat back.
        let _ = activate(&shop, app, &first.key, &here).await.expect(200);
        let path = format!("machines/{}", machine.text("/machine/id"));
        let _ = shop.agent.delete(&path).await;
        activate(&shop, app, &second.key, &here)
            .await
            .refuse(403, "TRIAL_USED");
        assert!(matches!(
            activate(&shop, app, &first.key, &here).await.status,
            200 | 201
        ));
        // What was refused took nothing; another machine may try, and a license that is no trial runs.
        let seen = shop
            .agent
            .get(&format!("licenses/{}", second.id))
            .await
            .expect(200)
            .json();
        assert_eq!(
            (&seen["machines_used"], &seen["first_activated_at"]),
            (&json!(0), &json!(null))
        );
        let _ = activate(&shop, app, &second.key, &json!({ "fingerprint": "fp-2" }))
            .await
            .expect(201);
        let paid = shop.license().await;
        let _ = activate(&shop, app, &paid.key, &here).await.expect(201);
        // Where the terms do not mind, nobody counts.
        let unlimited = trial(&json!({ "trial": "unlimited" }));
        let free = shop.license_of(&unlimited).await;
        let _ = activate(&shop, app, &free.key, &here).await.expect(201);
    });
}

// R-LIC-13
#[test]
fn a_new_fingerprint_on_the_same_parts_is_the_same_machine() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let terms = trial(&json!({ "fingerprint": {
            "components": [{ "name": "board", "weight": 3 }, { "name": "disk", "weight": 1 }, { "name": "mac", "weight": 1 }],
            "threshold": 4,
        } }));
        let (first, second, third) = (
            shop.license_of(&terms).await,
            shop.license_of(&terms).await,
            shop.license_of(&terms).await,
        );
        let machine = |fingerprint: &str, board: &str, disk: &str| json!({ "fingerprint": fingerprint, "components": { "board": board, "disk": disk, "mac": "00:01" } });
        let _ = activate(&shop, app, &first.key, &machine("fp-1", "b1", "d1"))
            .await
            .expect(201);
        // Board and address still weigh 4, with another disk and another fingerprint.
        activate(&shop, app, &second.key, &machine("fp-2", "b1", "d2"))
            .await
            .refuse(403, "TRIAL_USED");
        // With another board it is another machine.
        let _ = activate(&shop, app, &third.key, &machine("fp-3", "b3", "d1"))
            .await
            .expect(201);
    });
}

// R-LIC-13
#[test]
fn sixteen_keys_at_once_on_one_machine_are_one_trial() {
    each_app(async |app| {
        for parts in [false, true] {
            let shop = app.shop(if parts { "bella" } else { "acme" }).await;
            let rule = if parts {
                json!({ "fingerprint": { "components": [{ "name": "board", "weight": 1 }], "threshold": 1 } })
            } else {
                json!({})
            };
            let code = json!({ "terms": trial(&rule) });
            let policy = shop.reseller.policy(&shop.product_id, "try", &code).await;
            let mut all = JoinSet::new();
            for index in 0..16 {
                let key = shop.agent.issue(&policy, &shop.customer.node_id).await.key;
                let nobody = app.nobody(shop.reseller.host());
                let machine = if parts {
                    json!({ "fingerprint": format!("fp-{index}"), "components": { "board": "b1" } })
                } else {
                    json!({ "fingerprint": "fp-1" })
                };
                let body = json!({ "key": key, "machine": machine });
                all.spawn(async move { nobody.post("activations", &body).await });
            }
            let answers = all.join_all().await;
            let activated = answers.iter().filter(|answer| answer.status == 201).count();
            let told = answers
                .iter()
                .filter(|answer| answer.code() == "TRIAL_USED")
                .count();
            assert_eq!((activated, told), (1, 15), "{answers:?}");
        }
    });
}

// R-LIC-13 R-LIC-10
#[test]
fn a_domain_has_as_many_trials_as_the_terms_say() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let terms = json!({ "terms": trial(&json!({
            "trial_email": { "per_domain": 3, "blocked_domains": ["throwaway.test"] },
        })) });
        let policy = shop.reseller.policy(&shop.product_id, "try", &terms).await;
        let rule =
            json!({ "mode": "automatic", "policy_id": policy, "node_id": shop.agent.node_id });
        let path = format!("products/{}/registration-rule", shop.product_id);
        let _ = shop
            .reseller
            .put(&path, &rule)
            .header("if-match", "*")
            .await
            .expect(200);
        let body = |fingerprint: &str, email: Option<&str>| {
            let mut body =
                json!({ "product": "writer", "machine": { "fingerprint": fingerprint } });
            if let Some(email) = email {
                body["applicant"] = json!({ "email": email });
            }
            body
        };
        let ask = async |fingerprint: &str, email: Option<&str>| {
            app.nobody("acme.localhost")
                .post("registrations", &body(fingerprint, email))
                .await
        };
        for email in [None, Some("a@throwaway.test"), Some("a@eu.Throwaway.test")] {
            assert_eq!(
                ask("fp-x", email).await.expect(422).pointers(),
                ["/applicant/email"],
                "{email:?}"
            );
        }
        let _ = ask("fp-y", Some("a@notthrowaway.test")).await.expect(200);
        let mut all = JoinSet::new();
        for index in 0..16 {
            let nobody = app.nobody("acme.localhost");
            let body = body(&format!("fp-{index}"), Some(&format!("p{index}@firm.test")));
            all.spawn(async move { nobody.post("registrations", &body).await });
        }
        let answers = all.join_all().await;
        let approved = answers.iter().filter(|answer| answer.status == 200).count();
        let told = answers
            .iter()
            .filter(|answer| answer.code() == "TRIAL_USED")
            .count();
        assert_eq!((approved, told), (3, 13), "{answers:?}");
        // Who was turned away left nothing behind, and who was taken is taken again.
        assert_eq!(shop.agent.list("registrations").await.len(), 4);
        assert_eq!(shop.agent.list("licenses").await.len(), 4);
        let machines = app
            .database()
            .count("SELECT COUNT(*) FROM trials WHERE email_domain = 'firm.test'");
        assert_eq!(machines, 3);
    });
}

// R-LIC-13
#[test]
fn issued_keys_count_for_their_holders_domain() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let terms = json!({ "terms": trial(&json!({
            "trial_email": { "per_domain": 3, "blocked_domains": ["throwaway.test"] },
        })) });
        let policy = shop.reseller.policy(&shop.product_id, "try", &terms).await;
        let rule =
            json!({ "mode": "automatic", "policy_id": policy, "node_id": shop.agent.node_id });
        let path = format!("products/{}/registration-rule", shop.product_id);
        let _ = shop
            .reseller
            .put(&path, &rule)
            .header("if-match", "*")
            .await
            .expect(200);
        let key_of = async |email: Option<&str>| {
            let new = json!({ "parent_id": shop.agent.node_id, "name": "Holder", "email": email });
            let customer = shop.agent.post("customers", &new).await.expect(201).id();
            shop.agent.issue(&policy, &customer).await.key
        };
        let on = |fingerprint: &str| json!({ "fingerprint": fingerprint });
        let register = async |fingerprint: &str, email: &str| {
            let body = json!({
                "product": "writer", "machine": on(fingerprint), "applicant": { "email": email },
            });
            app.nobody("acme.localhost")
                .post("registrations", &body)
                .await
        };
        // A key that nobody activates is no trial; the same key on two machines is one.
        let mut keys = Vec::new();
        for number in 0..8 {
            keys.push(key_of(Some(&format!("p{number}@Firm.test"))).await);
        }
        let _ = register("fp-r", "r@firm.test").await.expect(200);
        for fingerprint in ["fp-a", "fp-b"] {
            let _ = activate(&shop, app, &keys[0], &on(fingerprint))
                .await
                .expect(201);
        }
        // One place is left, whoever asks for it at once.
        let mut all = JoinSet::new();
        for (number, key) in keys.iter().enumerate().skip(1) {
            let nobody = app.nobody(shop.reseller.host());
            let body = json!({ "key": key, "machine": on(&format!("fp-{number}")) });
            all.spawn(async move { nobody.post("activations", &body).await });
        }
        let answers = all.join_all().await;
        let activated = answers.iter().filter(|answer| answer.status == 201).count();
        let told = answers
            .iter()
            .filter(|answer| answer.code() == "TRIAL_USED")
            .count();
        assert_eq!((activated, told), (1, 6), "{answers:?}");
        let late = register("fp-s", "s@firm.test").await;
        assert_eq!(late.code(), "TRIAL_USED", "{late:?}");
        // Who has a trial keeps it, and more of its machines may come.
        let _ = activate(&shop, app, &keys[0], &on("fp-c"))
            .await
            .expect(201);

        let blocked = key_of(Some("a@eu.throwaway.test")).await;
        activate(&shop, app, &blocked, &on("fp-d"))
            .await
            .refuse(403, "TRIAL_USED");
        let known = key_of(None).await;
        let _ = activate(&shop, app, &known, &on("fp-e")).await.expect(201);
    });
}
