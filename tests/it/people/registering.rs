//! Somebody registers as a customer, without an account.

use std::collections::BTreeSet;

use alvara_tests::{Actor, Answer, Shop, TestApp, each_app};
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// Lets people register for the shop's product, on terms, under a place.
async fn open(shop: &Shop, policy: &str, place: &str) {
    let rule = json!({ "mode": "approval", "policy_id": policy, "node_id": place });
    let path = format!("products/{}/registration-rule", shop.product_id);
    let _ = shop
        .reseller
        .put(&path, &rule)
        .header("if-match", "*")
        .await
        .expect(200);
}

async fn register(app: &TestApp, body: &Value) -> Answer {
    app.nobody("acme.localhost")
        .post("customers/registrations", body)
        .await
}

fn beatriz() -> Value {
    json!({
        "name": "Beatriz Lima", "email": "Beatriz@Aurora.test", "company": "Aurora", "product": "writer",
        "tax_id": "11.222.333/0001-81", "sites": [{ "name": "Matriz" }, { "name": "Filial", "address": "Rua 2" }],
    })
}

async fn pending(who: &Actor) -> Vec<Value> {
    who.list("customers?status=pending").await
}

// R-TEN-09
#[test]
fn who_registers_waits_and_so_do_their_licenses_until_somebody_validates_them() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        open(&shop, &shop.policy_id, &shop.agent.node_id).await;
        let told = register(app, &beatriz()).await.expect(201).json();
        assert_eq!(told["status"], "pending");
        assert_eq!(
            told["licenses_waiting"],
            json!([{ "product": "writer", "state": "pending" }])
        );
        // Those above see who waits and what waits; who is beside does not.
        let waiting = pending(&shop.agent).await;
        assert_eq!(waiting.len(), 1);
        let id = waiting[0]["id"].as_str().unwrap();
        assert_eq!(waiting[0]["registration"], told["id"]);
        assert_eq!(waiting[0]["registered_email"], "beatriz@aurora.test");
        assert_eq!(
            shop.agent
                .list(&format!("customers/{id}/sites"))
                .await
                .len(),
            2
        );
        for who in [&shop.agent, &shop.subcompany, &shop.reseller.admin()] {
            let licenses = who.list("licenses?state=pending").await;
            assert_eq!(licenses.len(), 1);
            assert_eq!(licenses[0]["node_id"], id);
        }
        let branch = shop.reseller.node("agent", "Branch").await;
        let beside = shop.reseller.recruit(&branch, "agent", "Bruno").await;
        assert!(pending(&beside).await.is_empty());
        assert!(beside.list("licenses?state=pending").await.is_empty());
        // Another product on terms that ask for an approval: it outlasts the validation.
        let careful = json!({ "terms": { "approval": "required" } });
        let careful = shop
            .reseller
            .policy(&shop.product_id, "careful", &careful)
            .await;
        let asks_more = shop.agent.issue(&careful, id).await;
        let license = shop.agent.list("licenses?state=pending").await[0]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let key = shop
            .agent
            .post(&format!("licenses/{license}/key"), &json!({}))
            .await
            .expect(200)
            .text("/key");
        let mut program = app.program("acme.localhost", &key, "fp-1");
        program
            .try_activate()
            .await
            .refuse(403, "PENDING_VALIDATION");
        // Approving a license does not stand for validating who holds it.
        for one in [&license, &asks_more.id] {
            let approved = shop
                .agent
                .post(&format!("licenses/{one}/approval"), &json!({}))
                .await;
            approved.refuse(409, "STATE_CONFLICT");
        }
        let path = format!("customers/{id}/validation");
        let seen = shop.agent.post(&path, &json!({})).await.expect(200);
        assert_eq!(seen.text("/status"), "validated");
        let _ = program.activate().await;
        let left = shop.agent.list("licenses?state=pending").await;
        assert_eq!(left.len(), 1);
        assert_eq!(left[0]["id"], asks_more.id.as_str());
        let _ = shop
            .agent
            .post(&format!("licenses/{}/approval", asks_more.id), &json!({}))
            .await
            .expect(200);
    });
}

/// The answer without what differs by nature.
fn bare(answer: &Answer) -> (u16, String) {
    (answer.status, answer.body())
}

// R-TEN-09
#[test]
fn the_answer_does_not_tell_who_is_known() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        open(&shop, &shop.policy_id, &shop.agent.node_id).await;
        let known = json!({
            "parent_id": shop.agent.node_id, "name": "Known", "email": "known@x.test", "tax_id": "529.982.247-25",
        });
        let known_id = shop.agent.post("customers", &known).await.expect(201).id();
        let count = async || shop.reseller.list("customers").await.len();
        let before = count().await;
        let ask = |email: &str, tax_id: Option<&str>| {
            let mut body = json!({ "name": "Somebody", "email": email, "product": "writer" });
            if let Some(tax_id) = tax_id {
                body["tax_id"] = json!(tax_id);
            }
            body
        };
        // Known by address, known by number, and quite unknown: alike but for the reference.
        let by_address = register(app, &ask("KNOWN@x.test", None)).await.expect(201);
        let by_number = register(app, &ask("other@x.test", Some("52998224725")))
            .await
            .expect(201);
        assert_eq!(count().await, before, "a second customer");
        let unknown = register(app, &ask("new@x.test", Some("11144477735")))
            .await
            .expect(201);
        assert_eq!(count().await, before + 1);
        let mut shapes = BTreeSet::new();
        let mut references = BTreeSet::new();
        for answer in [&by_address, &by_number, &unknown] {
            let mut body = answer.json();
            let reference = body["id"].take();
            let reference = reference.as_str().unwrap().to_owned();
            assert_eq!(reference.len(), 20);
            references.insert(reference);
            shapes.insert(body.to_string());
        }
        assert_eq!((shapes.len(), references.len()), (1, 3));
        // Asking again is answered to the byte as the first time, whoever is known.
        for (email, first) in [("known@x.test", &by_address), ("New@x.test", &unknown)] {
            let tax_id = (email == "New@x.test").then_some("11144477735");
            let again = register(app, &ask(email, tax_id)).await;
            assert_eq!(bare(&again), bare(first), "{email}");
        }
        assert_eq!(count().await, before + 1);
        // What is wrong is wrong for everybody.
        for email in ["known@x.test", "quite@new.test"] {
            let mut wrong = ask(email, None);
            wrong["sites"] = json!([{ "name": "A" }, { "name": "A" }]);
            assert_eq!(
                register(app, &wrong).await.expect(422).pointers(),
                ["/sites/1/name"]
            );
        }
        // Those above are told.
        let history = shop
            .agent
            .list(&format!("customers/{known_id}/history"))
            .await;
        let again = history
            .iter()
            .filter(|entry| entry["action"] == "customer.registered_again");
        assert_eq!(again.count(), 3);
        assert_eq!(history[0]["actor"], "visitor");
    });
}

// R-TEN-09
#[test]
fn one_address_is_one_customer_however_many_register_it_at_once() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        open(&shop, &shop.policy_id, &shop.agent.node_id).await;
        let mut all = JoinSet::new();
        for _ in 0..16 {
            let nobody = app.nobody("acme.localhost");
            let body = json!({ "name": "Bia", "email": "bia@x.test", "product": "writer" });
            all.spawn(async move { nobody.post("customers/registrations", &body).await });
        }
        let answers = all.join_all().await;
        let said: BTreeSet<(u16, String)> = answers.iter().map(bare).collect();
        assert_eq!(said.len(), 1, "{said:?}");
        assert_eq!(pending(&shop.reseller).await.len(), 1);
        assert_eq!(shop.reseller.list("licenses?state=pending").await.len(), 1);
    });
}

// R-TEN-09 R-TEN-01
#[test]
fn people_register_with_a_tenant_and_nowhere_else() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let body = json!({ "name": "Bia", "email": "bia@x.test" });
        app.nobody("localhost")
            .post("customers/registrations", &body)
            .await
            .refuse(404, "NOT_FOUND");
        // Without a product they come under the root, and nothing waits.
        let told = register(app, &body).await.expect(201).json();
        assert_eq!(told["licenses_waiting"], json!([]));
        let waiting = pending(&shop.reseller).await;
        assert_eq!(waiting[0]["parent_id"], shop.reseller.node_id.as_str());
        assert_eq!(waiting[0]["person"], "person");
        let unknown = json!({ "name": "Bia", "email": "bia@x.test", "product": "nothing" });
        assert_eq!(
            register(app, &unknown).await.expect(422).pointers(),
            ["/product"]
        );
        // A tenant that is suspended takes nobody.
        let path = format!("tenants/{}/suspension", shop.reseller.tenant_id);
        let _ = app.operator().post(&path, &json!({})).await.expect(200);
        register(app, &body).await.refuse(404, "NOT_FOUND");
    });
}
