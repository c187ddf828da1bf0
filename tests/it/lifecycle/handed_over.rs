//! What the new holder of a license gets to see of the former one, and what stays behind.

use alvara_tests::{Actor, License, Shop, TestApp, each_app};
use serde_json::{Value, json};

/// A license of A's with people and machines of A's on it, and how it went to `to`.
async fn sold(app: &TestApp, shop: &Shop, to: &str, machines: &str) -> License {
    let terms = json!({ "binding": "user", "user_limit": 2, "machine_limit": 5 });
    let license = shop.license_of(&terms).await;
    for (fingerprint, name) in [("fp-a", "ceo-laptop-of-a"), ("fp-b", "till-of-a")] {
        let asked = json!({
            "key": license.key, "user": "ceo@rival-a.test",
            "machine": { "fingerprint": fingerprint, "name": name },
        });
        let _ = app
            .nobody("acme.localhost")
            .post("activations", &asked)
            .await
            .expect(201);
    }
    let body = json!({ "node_id": to, "machines": machines, "reason": "sold" });
    let path = format!("licenses/{}/transfers", license.id);
    let _ = shop.reseller.post(&path, &body).await.expect(200);
    license
}

/// Everything that somebody may read of a license.
async fn reading(who: &Actor, license: &License) -> (Vec<Value>, String) {
    let history = who.list(&format!("licenses/{}/history", license.id)).await;
    let mut all = json!(history).to_string();
    for path in [
        format!("licenses/{}/users", license.id),
        format!("licenses/{}/transfers", license.id),
        format!("machines?license_id={}", license.id),
        "machines".to_owned(),
        format!("licenses/{}", license.id),
    ] {
        all += &who.get(&path).await.expect(200).body();
    }
    (history, all)
}

// R-LIC-09 R-TEN-01
#[test]
fn a_new_holder_reads_nothing_of_the_former_one() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let home = shop.agent.node("customer", "Dora").await;
        let dora = shop.subcompany.recruit(&home, "customer", "Dora").await;
        let sul = shop.reseller.node("subcompany", "Sul").await;
        let nadia = shop
            .reseller
            .recruit(&sul, "subcompany_admin", "Nadia")
            .await;
        for (who, to) in [(&dora, &home), (&nadia, &sul)] {
            let license = sold(app, &shop, to, "release").await;
            let (history, all) = reading(who, &license).await;
            for secret in ["rival-a", "of-a", "fp-a", "fp-b", &shop.customer.node_id] {
                assert!(!all.contains(secret), "{secret} in {all}");
            }
            let actions: Vec<&Value> = history.iter().map(|entry| &entry["action"]).collect();
            assert_eq!(actions, ["license.transferred"]);
            assert_eq!(history[0]["after"]["node_id"], json!(to));
            let path = format!("machines?license_id={}", license.id);
            let machines = shop.reseller.list(&path).await;
            assert_eq!(machines.len(), 2);
            for machine in machines {
                let machine = format!("machines/{}", machine["id"].as_str().unwrap());
                who.get(&machine).await.refuse(404, "NOT_FOUND");
                who.get(&format!("{machine}/dashboard"))
                    .await
                    .refuse(404, "NOT_FOUND");
            }
            // One that comes back is the new holder's.
            let asked = json!({
                "key": license.key, "user": "new@holder.test", "machine": { "fingerprint": "fp-a" },
            });
            let nobody = app.nobody("acme.localhost");
            let _ = nobody.post("activations", &asked).await.expect(201);
            assert_eq!(who.list(&path).await.len(), 1);
            // Who sees both places sees all that happened.
            let path = format!("licenses/{}/history", license.id);
            let whole = shop.reseller.list(&path).await;
            assert_eq!(whole.last().unwrap()["action"], "license.issued");
            assert!(json!(whole).to_string().contains(&shop.customer.node_id));
        }
        // Its agent saw it go from one of his customers to another.
        let license = sold(app, &shop, &home, "release").await;
        let (history, _) = reading(&shop.agent, &license).await;
        assert_eq!(history.last().unwrap()["action"], "license.issued");
    });
}

// R-LIC-09 R-LIC-04
#[test]
fn a_released_license_names_the_users_of_its_new_holder() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let home = shop.agent.node("customer", "Dora").await;
        let license = sold(app, &shop, &home, "release").await;
        let arrive = async |license: &License, user: &str, site: &str| {
            let asked = json!({
                "key": license.key, "user": user, "site": site, "machine": { "fingerprint": user },
            });
            let nobody = app.nobody("acme.localhost");
            nobody.post("activations", &asked).await
        };
        for user in ["one@dora.test", "two@dora.test"] {
            let _ = arrive(&license, user, "Sul").await.expect(201);
        }
        arrive(&license, "three@dora.test", "Sul")
            .await
            .refuse(409, "USER_LIMIT");
        alvara_tests::app::check_pools(app.database());
        // One that was issued for a certain user and site is for the next one's.
        let terms = json!({ "binding": "user", "machine_limit": 5 });
        let bound = shop.license_of(&terms).await;
        let path = format!("licenses/{}", bound.id);
        let binding = json!({ "user": "ceo@rival-a.test", "site": "Norte" });
        let _ = shop.agent.change(&path, &binding).await.expect(200);
        arrive(&bound, "one@dora.test", "Sul")
            .await
            .refuse(403, "USER_MISMATCH");
        let body = json!({ "node_id": home, "machines": "release" });
        let _ = shop
            .agent
            .post(&format!("{path}/transfers"), &body)
            .await
            .expect(200);
        let _ = arrive(&bound, "one@dora.test", "Sul").await.expect(201);
        // With its machines kept it stays whose it is.
        let kept = sold(app, &shop, &home, "keep").await;
        let path = format!("licenses/{}/users", kept.id);
        assert_eq!(shop.agent.list(&path).await.len(), 1);
    });
}

// R-LIC-09 R-TEN-09
#[test]
fn no_license_in_use_goes_to_a_customer_who_waits() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let asked = json!({ "nome": "Nuovo", "email": "n@x.test" });
        let nobody = app.nobody("acme.localhost");
        let path = "/api/clienti/registrazione";
        let _ = nobody.post(path, &asked).await.expect(201);
        let waiting = shop.reseller.list("customers?status=pending").await;
        let id = waiting[0]["id"].as_str().unwrap().to_owned();
        let path = format!("licenses/{}/transfers", license.id);
        let body = json!({ "node_id": id, "machines": "keep" });
        let refused = shop.reseller.post(&path, &body).await;
        let problem = refused.json();
        assert_eq!(
            (&problem["noun"], &problem["state"]),
            (&json!("customer"), &json!("pending"))
        );
        refused.refuse(409, "STATE_CONFLICT");
        let decide = format!("customers/{id}/validation");
        let _ = shop.reseller.post(&decide, &json!({})).await.expect(200);
        let _ = shop.reseller.post(&path, &body).await.expect(200);
    });
}
