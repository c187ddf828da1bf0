//! A registered program is known by its machine, and what blocks that machine is known too.

use alvara_domain::certificate::Compact;
use alvara_domain::revocation::{RevocationList, Subject};
use alvara_tests::{Answer, Shop, TestApp, each_app};
use serde_json::{Value, json};

/// A shop where programs register and get a license at once, on terms that tolerate a new disk.
async fn open(app: &TestApp, drift: &str) -> Shop {
    let shop = app.shop("acme").await;
    let terms = json!({ "terms": {
        "kind": "permanent", "machine_limit": 1,
        "fingerprint": {
            "threshold": 60, "drift": drift,
            "components": [
                { "name": "board", "weight": 50 }, { "name": "disk", "weight": 30 },
                { "name": "nic", "weight": 20 },
            ],
        },
    } });
    let policy = shop
        .reseller
        .policy(&shop.product_id, "automatic", &terms)
        .await;
    let rule = json!({
        "mode": "automatic", "policy_id": policy, "node_id": shop.agent.node_id,
    });
    let path = format!("products/{}/registration-rule", shop.product_id);
    let put = shop.reseller.put(&path, &rule).header("if-match", "*");
    let _ = put.await.expect(200);
    shop
}

fn machine(fingerprint: &str, disk: &str) -> Value {
    json!({ "fingerprint": fingerprint, "components": { "board": "B", "disk": disk, "nic": "N" } })
}

async fn register(app: &TestApp, machine: &Value) -> Answer {
    let asked = json!({ "product": "writer", "machine": machine });
    let nobody = app.nobody("acme.localhost");
    nobody.post("registrations", &asked).await
}

async fn contact(app: &TestApp, token: &str, body: &Value) -> String {
    let nobody = app.nobody("acme.localhost");
    let beat = nobody.post("heartbeats", body).bearer(token).await;
    beat.expect(200).text("/code")
}

async fn only(shop: &Shop) -> String {
    let all = shop.reseller.list("registrations?deleted=with").await;
    assert_eq!(all.len(), 1, "{all:?}");
    format!("registrations/{}", all[0]["id"].as_str().unwrap())
}

async fn is_listed(app: &TestApp, machine: &str) -> bool {
    let path = "/.well-known/alvara/writer/revocations.jws";
    let jws = app.nobody("acme.localhost").get(path).await.expect(200);
    let list = RevocationList::read(&Compact::parse(&jws.body()).unwrap()).unwrap();
    list.contains(Subject::Machine(machine.parse().unwrap()))
}

// R-LIC-10 R-LIC-04
#[test]
fn a_machine_that_drifted_is_the_one_that_registered() {
    each_app(async |app| {
        let shop = open(app, "absorb").await;
        let first = register(app, &machine("f-1", "D1")).await;
        let token = first.text("/machine/token");
        let moved = json!({ "machine": machine("f-2", "D2") });
        assert_eq!(contact(app, &token, &moved).await, "VALID");
        let path = only(&shop).await;
        let _ = shop.reseller.delete(&path).await.expect(204);
        assert_eq!(contact(app, &token, &json!({})).await, "MACHINE_BLOCKED");
        // Not under its new name either, and not under the next one.
        for (fingerprint, disk) in [("f-1", "D1"), ("f-2", "D2"), ("f-3", "D3")] {
            let again = register(app, &machine(fingerprint, disk)).await;
            assert_eq!(again.status, 403, "{again:?}");
        }
        assert_eq!(shop.reseller.list("licenses").await.len(), 1);
        let _ = only(&shop).await;
    });
}

// R-LIC-10 R-LIC-04: before any call told of the change, and where the record stays as it was.
#[test]
fn a_machine_that_registers_under_a_new_name_gets_no_second_license() {
    each_app(async |app| {
        let shop = open(app, "keep").await;
        let first = register(app, &machine("f-1", "D1")).await;
        let again = register(app, &machine("f-2", "D2")).await.expect(200);
        assert_eq!(again.text("/machine/id"), first.text("/machine/id"));
        assert_eq!(shop.reseller.list("licenses").await.len(), 1);
        let other = json!({ "fingerprint": "g", "components": { "board": "X", "disk": "Y" } });
        let other = register(app, &other).await;
        assert_ne!(other.text("/machine/id"), first.text("/machine/id"));
        assert_eq!(shop.reseller.list("licenses").await.len(), 2);
    });
}

// R-LIC-10 R-LIC-11 R-LIC-12
#[test]
fn a_block_of_somebody_elses_outlives_the_deletion() {
    each_app(async |app| {
        let shop = open(app, "absorb").await;
        let first = register(app, &machine("f-1", "D1")).await;
        let (token, id) = (first.text("/machine/token"), first.text("/machine/id"));
        let path = only(&shop).await;
        let restore = async || {
            let path = format!("{path}/restoration");
            let _ = shop.reseller.post(&path, &json!({})).await.expect(200);
        };
        // Machines that never call learn of it by the list.
        let _ = shop.reseller.delete(&path).await.expect(204);
        assert!(is_listed(app, &id).await);
        restore().await;
        assert!(!is_listed(app, &id).await);
        assert_eq!(contact(app, &token, &json!({})).await, "VALID");
        // Deleted, and then reported stolen.
        let _ = shop.reseller.delete(&path).await.expect(204);
        let block = format!("machines/{id}/block");
        let stolen = json!({ "reason": "stolen" });
        let blocked = shop.agent.post(&block, &stolen).await.expect(200);
        assert_eq!(blocked.text("/state_reason"), "stolen");
        restore().await;
        assert_eq!(contact(app, &token, &json!({})).await, "MACHINE_BLOCKED");
        assert!(is_listed(app, &id).await);
        // Deleted, let go, and then reported stolen.
        let _ = shop.agent.delete(&block).await.expect(200);
        let _ = shop.reseller.delete(&path).await.expect(204);
        let _ = shop.agent.delete(&block).await.expect(200);
        let _ = shop.agent.post(&block, &stolen).await.expect(200);
        restore().await;
        assert_eq!(contact(app, &token, &json!({})).await, "MACHINE_BLOCKED");
        // Reported stolen, and then deleted.
        let _ = shop.reseller.delete(&path).await.expect(204);
        restore().await;
        assert_eq!(contact(app, &token, &json!({})).await, "MACHINE_BLOCKED");
        let _ = shop.agent.delete(&block).await.expect(200);
        assert_eq!(contact(app, &token, &json!({})).await, "VALID");
    });
}

// R-LIC-10 R-LIC-09
#[test]
fn a_registration_goes_with_the_license_and_its_machine() {
    each_app(async |app| {
        let shop = open(app, "absorb").await;
        let first = register(app, &machine("f-1", "D1")).await;
        let path = only(&shop).await;
        let home = shop.agent.node("customer", "Dora").await;
        let sul = shop.reseller.node("subcompany", "Sul").await;
        let nadia = shop
            .reseller
            .recruit(&sul, "subcompany_admin", "Nadia")
            .await;
        let license = first.text("/license/id");
        let go = async |to: &str, machines: &str| {
            let body = json!({ "node_id": to, "machines": machines });
            let path = format!("licenses/{license}/transfers");
            let _ = shop.reseller.post(&path, &body).await.expect(200);
        };
        go(&sul, "keep").await;
        let seen = nadia.get(&path).await.expect(200);
        assert_eq!(seen.text("/node_id"), sul);
        shop.agent.get(&path).await.refuse(404, "NOT_FOUND");
        // Without its machine the license goes alone, and the program waits where it is.
        go(&home, "release").await;
        let seen = nadia.get(&path).await.expect(200).json();
        assert_eq!(
            (&seen["state"], &seen["license_id"]),
            (&json!("pending"), &Value::Null)
        );
        assert_eq!(register(app, &machine("f-1", "D1")).await.status, 202);
        let _ = nadia.delete(&path).await.expect(204);
        let mut program = app.program("acme.localhost", &key_of(&shop, &license).await, "f-9");
        let _ = program.activate().await;
        assert_eq!(program.contact().await, "VALID");
    });
}

async fn key_of(shop: &Shop, license: &str) -> String {
    let path = format!("licenses/{license}/key");
    let key = shop.reseller.post(&path, &json!({})).await;
    key.expect(200).text("/key")
}
