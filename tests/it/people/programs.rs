//! Programs that register themselves on their first start.

use std::collections::BTreeSet;

use alvara_tests::{Answer, Shop, TestApp, each_app};
use serde_json::{Value, json};
use tokio::task::JoinSet;

async fn rule(shop: &Shop, rule: &Value) -> Answer {
    let path = format!("products/{}/registration-rule", shop.product_id);
    shop.reseller.put(&path, rule).header("if-match", "*").await
}

fn asked(fingerprint: &str) -> Value {
    json!({
        "product": "writer", "nonce": "n-1",
        "machine": { "fingerprint": fingerprint, "name": "Desk", "platform": "linux-x64", "app_version": "1.0" },
        "applicant": { "name": "Bia", "email": "bia@x.test", "message": "first start" },
    })
}

async fn ask(app: &TestApp, body: &Value) -> Answer {
    app.nobody("acme.localhost")
        .post("registrations", body)
        .await
}

async fn start(app: &TestApp, fingerprint: &str) -> Answer {
    ask(app, &asked(fingerprint)).await
}

/// The verdict of a heartbeat with the token that a registration answered.
async fn contact(app: &TestApp, token: &str) -> Value {
    let nobody = app.nobody("acme.localhost");
    nobody
        .post("heartbeats", &json!({}))
        .bearer(token)
        .await
        .expect(200)
        .json()
}

// R-LIC-10 R-LIC-08
#[test]
fn from_the_first_start_to_deletion_and_back() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let online = shop
            .reseller
            .policy(
                &shop.product_id,
                "online",
                &json!({ "preset": "always-online" }),
            )
            .await;
        // Until the tenant says so, nobody registers; and a product that is none answers alike.
        start(app, "fp-1").await.refuse(404, "NOT_FOUND");
        let _ = rule(&shop, &json!({ "mode": "approval", "policy_id": online }))
            .await
            .expect(200);
        let waiting = start(app, "fp-1").await.expect(202);
        let said = waiting.json();
        assert_eq!([&said["state"], &said["nonce"]], ["pending", "n-1"]);
        assert_eq!(
            (&said["retry_after"], waiting.header("retry-after")),
            (&json!(10), Some("10"))
        );
        assert!(waiting.header("signature").is_some());
        app.advance_seconds(10);
        assert_eq!(start(app, "fp-1").await.expect(202).id(), waiting.id());

        let tab = async |query: &str| shop.reseller.list(&format!("registrations?{query}")).await;
        let pending = tab("state=pending").await;
        assert_eq!(pending.len(), 1);
        assert_eq!(pending[0]["machine"]["name"], "Desk");
        assert_eq!(pending[0]["applicant"]["email"], "bia@x.test");
        let path = format!("registrations/{}", waiting.id());
        let holder = json!({ "node_id": shop.customer.node_id });
        let approved = shop
            .reseller
            .post(&format!("{path}/approval"), &holder)
            .await
            .expect(200)
            .json();
        assert_eq!(
            [&approved["state"], &approved["node_id"]],
            ["approved", shop.customer.node_id.as_str()]
        );
        assert!(tab("state=pending").await.is_empty());
        assert_eq!(tab("state=approved").await.len(), 1);
        // Now that it hangs on the customer's place, those who look after the customer see it.
        let _ = shop.agent.get(&path).await.expect(200);

        let running = start(app, "fp-1").await.expect(200);
        assert_eq!(running.text("/nonce"), "n-1");
        assert!(running.header("signature").is_some());
        let said = running.json();
        let (token, machine) = (running.text("/machine/token"), running.text("/machine/id"));
        assert_eq!(said["license"]["kind"], "subscription");
        assert!(said["computer_key"].is_string() && said["lease"].is_string());
        let again = start(app, "fp-1").await.expect(200);
        assert_eq!(again.text("/machine/id"), machine);
        assert_eq!(contact(app, &token).await["code"], "VALID");

        let _ = shop.reseller.delete(&path).await.expect(204);
        let told = contact(app, &token).await;
        assert_eq!(
            [&told["code"], &told["access"]],
            ["MACHINE_BLOCKED", "none"]
        );
        assert_eq!(told["commands"][0]["type"], "blocked");
        start(app, "fp-1").await.refuse(403, "REGISTRATION_REFUSED");
        assert!(tab("state=approved").await.is_empty());
        assert_eq!(tab("deleted=only").await.len(), 1);
        shop.reseller.delete(&path).await.refuse(404, "NOT_FOUND");
        // Deleting frees nothing.
        let license = approved["license_id"].as_str().unwrap();
        let seen = shop
            .agent
            .get(&format!("licenses/{license}"))
            .await
            .expect(200)
            .json();
        assert_eq!(seen["machines_used"], 1);

        let back = shop
            .reseller
            .post(&format!("{path}/restoration"), &json!({}))
            .await
            .expect(200)
            .json();
        for field in [
            "state",
            "license_id",
            "node_id",
            "decided_by",
            "decided_at",
            "applicant",
        ] {
            assert_eq!(back[field], approved[field], "{field}");
        }
        assert_eq!(contact(app, &token).await["code"], "VALID");
        assert_eq!(
            start(app, "fp-1").await.expect(200).text("/machine/id"),
            machine
        );
        // 300 s without an answer, and the program is to stop: its lease says so.
        app.advance_seconds(60);
        let lease = contact(app, &token).await["lease"]
            .as_str()
            .unwrap()
            .to_owned();
        let claims = alvara_tests::program::payload(&lease);
        assert_eq!(
            claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(),
            300
        );
    });
}

// R-LIC-10
#[test]
fn restoring_brings_back_a_block_that_was_somebody_elses() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let automatic = json!({ "mode": "automatic", "policy_id": shop.policy_id, "node_id": shop.agent.node_id });
        let _ = rule(&shop, &automatic).await.expect(200);
        let running = start(app, "fp-1").await.expect(200);
        let (token, machine) = (running.text("/machine/token"), running.text("/machine/id"));
        let _ = shop
            .agent
            .post(&format!("machines/{machine}/block"), &json!({}))
            .await
            .expect(200);
        let id = shop.subcompany.list("registrations").await[0]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let _ = shop
            .subcompany
            .delete(&format!("registrations/{id}"))
            .await
            .expect(204);
        let _ = shop
            .subcompany
            .post(&format!("registrations/{id}/restoration"), &json!({}))
            .await
            .expect(200);
        assert_eq!(contact(app, &token).await["code"], "MACHINE_BLOCKED");
    });
}

// R-LIC-10
#[test]
fn sixteen_who_approve_at_once_issue_one_license() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let _ = rule(
            &shop,
            &json!({ "mode": "approval", "policy_id": shop.policy_id }),
        )
        .await
        .expect(200);
        let id = start(app, "fp-1").await.expect(202).id();
        let mut all = JoinSet::new();
        for index in 0..16 {
            let (admin, path) = (
                shop.reseller.admin(),
                format!("registrations/{id}/approval"),
            );
            // Half of them add a customer for it, and none of those may be left over.
            let body = if index % 2 == 0 {
                json!({ "node_id": shop.customer.node_id })
            } else {
                json!({ "customer": { "parent_id": shop.agent.node_id, "name": "Of the registration" } })
            };
            all.spawn(async move { admin.post(&path, &body).await });
        }
        let answers = all.join_all().await;
        let of = |status: u16| {
            answers
                .iter()
                .filter(|answer| answer.status == status)
                .count()
        };
        assert_eq!((of(200), of(409)), (1, 15), "{answers:?}");
        assert_eq!(shop.reseller.list("licenses").await.len(), 1);
        let added = shop
            .reseller
            .list("customers?q=of the registration")
            .await
            .len();
        let by_customer = answers
            .iter()
            .position(|answer| answer.status == 200)
            .unwrap();
        let holder = answers[by_customer].text("/node_id");
        assert_eq!(added, usize::from(holder != shop.customer.node_id));
        let approvals = app
            .database()
            .count("SELECT COUNT(*) FROM audit_entries WHERE action = 'registration.approved'");
        assert_eq!(approvals, 1);
    });
}

// R-LIC-10
#[test]
fn a_machine_that_registers_sixteen_times_at_once_is_one_registration() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let _ = rule(
            &shop,
            &json!({ "mode": "automatic", "policy_id": shop.policy_id }),
        )
        .await
        .expect(200);
        let mut all = JoinSet::new();
        for _ in 0..16 {
            let nobody = app.nobody("acme.localhost");
            all.spawn(async move { nobody.post("registrations", &asked("the-same")).await });
        }
        let answers = all.join_all().await;
        let machines: BTreeSet<String> = answers
            .iter()
            .map(|answer| answer.text("/machine/id"))
            .collect();
        assert_eq!(machines.len(), 1);
        assert_eq!(shop.reseller.list("registrations").await.len(), 1);
        let licenses = shop.reseller.list("licenses").await;
        assert_eq!(licenses.len(), 1);
        assert_eq!(licenses[0]["machines_used"], 1);
    });
}

// R-LIC-10
#[test]
fn an_approval_names_a_new_customer_or_an_existing_license_and_a_refusal_can_be_undone() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let _ = rule(
            &shop,
            &json!({ "mode": "approval", "node_id": shop.agent.node_id }),
        )
        .await
        .expect(200);
        let approve = async |id: &str, body: &Value| {
            shop.agent
                .post(&format!("registrations/{id}/approval"), body)
                .await
        };
        let first = start(app, "fp-1").await.expect(202).id();
        // Neither rule nor approval names a policy.
        assert_eq!(
            approve(&first, &json!({})).await.expect(422).pointers(),
            ["/policy_id"]
        );
        let new = json!({
            "policy_id": shop.policy_id,
            "customer": { "parent_id": shop.agent.node_id, "name": "Of the program", "tax_id": "11144477735" },
        });
        let seen = approve(&first, &new).await.expect(200).json();
        let holder = seen["node_id"].as_str().unwrap();
        let customer = shop
            .agent
            .get(&format!("customers/{holder}"))
            .await
            .expect(200)
            .json();
        assert_eq!(
            [&customer["name"], &customer["tax_id_kind"]],
            ["Of the program", "cpf"]
        );
        let _ = start(app, "fp-1").await.expect(200);
        approve(&first, &new).await.refuse(409, "STATE_CONFLICT");

        let license = shop.license().await;
        let second = start(app, "fp-2").await.expect(202).id();
        let path = format!("registrations/{second}/refusal");
        let _ = shop
            .agent
            .post(&path, &json!({ "reason": "who is this" }))
            .await
            .expect(200);
        let told = start(app, "fp-2").await;
        assert_eq!(told.json()["reason"], "who is this");
        told.refuse(403, "REGISTRATION_REFUSED");
        let both = json!({ "license_id": license.id, "policy_id": shop.policy_id });
        assert_eq!(
            approve(&second, &both).await.expect(422).pointers(),
            ["/license_id"]
        );
        let seen = approve(&second, &json!({ "license_id": license.id }))
            .await
            .expect(200)
            .json();
        assert_eq!(seen["license_id"], license.id.as_str());
        assert_eq!(
            start(app, "fp-2").await.expect(200).text("/license/id"),
            license.id
        );
        // Its one seat is taken now, and a registration is no way around that.
        let third = start(app, "fp-3").await.expect(202).id();
        let _ = approve(&third, &json!({ "license_id": license.id }))
            .await
            .expect(200);
        start(app, "fp-3").await.refuse(409, "MACHINE_LIMIT");
        let other = shop.reseller.quick_product("other").await;
        let policy = shop
            .reseller
            .policy(&other, "o", &json!({ "preset": "hybrid" }))
            .await;
        let fourth = start(app, "fp-4").await.expect(202).id();
        assert_eq!(
            approve(&fourth, &json!({ "policy_id": policy }))
                .await
                .expect(422)
                .pointers(),
            ["/policy_id"]
        );
    });
}

// R-LIC-10 R-TEN-01
#[test]
fn a_rule_is_the_tenants_own_also_for_an_offered_product() {
    each_app(async |app| {
        let (acme, bella) = (app.shop("acme").await, app.shop("bella").await);
        let offered = app.operator().quick_product("offered").await;
        let offer =
            json!({ "product_id": offered, "wholesale": { "amount_minor": 1, "currency": "EUR" } });
        for tenant in [&acme, &bella] {
            let path = format!("tenants/{}/offers", tenant.reseller.tenant_id);
            let _ = app.operator().post(&path, &offer).await.expect(201);
        }
        let path = format!("products/{offered}/registration-rule");
        let unwritten = acme.reseller.get(&path).await.expect(200);
        assert_eq!(unwritten.text("/mode"), "closed");
        let automatic = json!({ "mode": "automatic" });
        let put = acme
            .reseller
            .put(&path, &automatic)
            .if_match(&unwritten)
            .await;
        assert_eq!(put.expect(422).pointers(), ["/policy_id"]);
        // A policy of another product will not do.
        let foreign = json!({ "mode": "approval", "policy_id": acme.policy_id });
        let put = acme
            .reseller
            .put(&path, &foreign)
            .if_match(&unwritten)
            .await;
        assert_eq!(put.expect(422).pointers(), ["/policy_id"]);
        let policy = acme
            .reseller
            .policy(&offered, "o", &json!({ "preset": "hybrid" }))
            .await;
        let approval = json!({ "mode": "automatic", "policy_id": policy });
        let _ = acme
            .reseller
            .put(&path, &approval)
            .if_match(&unwritten)
            .await
            .expect(200);
        acme.reseller
            .put(&path, &approval)
            .if_match(&unwritten)
            .await
            .refuse(412, "STALE_VERSION");
        let body = json!({ "product": "offered", "machine": { "fingerprint": "fp-1" } });
        let _ = app
            .nobody("acme.localhost")
            .post("registrations", &body)
            .await
            .expect(200);
        // The other tenant has said nothing, and the shared host is nobody's.
        for host in ["bella.localhost", "localhost"] {
            app.nobody(host)
                .post("registrations", &body)
                .await
                .refuse(404, "NOT_FOUND");
        }
        assert!(bella.reseller.list("registrations").await.is_empty());
    });
}
