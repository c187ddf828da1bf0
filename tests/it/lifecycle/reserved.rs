//! Machines that are named before they come.

use alvara_tests::each_app;
use serde_json::json;
use tokio::task::JoinSet;

// R-LIC-03
#[test]
fn a_key_is_made_for_one_machine_and_no_other_gets_in() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let named =
            json!({ "fingerprint": "the-one", "name": "Till 1", "components": { "disk": "d-1" } });
        let new = json!({ "policy_id": shop.policy_id, "node_id": shop.customer.node_id, "machine": named });
        let issued = shop.agent.post("licenses", &new).await.expect(201);
        assert_eq!(issued.json()["license"]["machines_used"], 1);
        app.check_seats();
        let (id, key) = (issued.text("/license/id"), issued.text("/key"));
        let waiting = shop.agent.list("machines?state=reserved").await;
        assert_eq!(waiting.len(), 1);
        assert_eq!(waiting[0]["name"], "Till 1");
        let other = app.program("acme.localhost", &key, "another");
        let refused = other.try_activate().await;
        assert_eq!(
            refused.json()["verdict"]["because"],
            json!({ "kind": "reserved", "reserved": 1, "used": 1, "limit": 1 })
        );
        refused.refuse(409, "MACHINE_LIMIT");
        // Naming itself by its fingerprint alone does not make it come.
        let mut one = app.program("acme.localhost", &key, "the-one");
        assert_eq!(one.validate().await.text("/code"), "MACHINE_UNKNOWN");
        let came = one.activate().await.expect(201);
        assert_eq!(came.text("/machine/id"), waiting[0]["id"].as_str().unwrap());
        let _ = one.activate().await.expect(200);
        assert_eq!(one.contact().await, "VALID");
        let license = shop.agent.get(&format!("licenses/{id}")).await.json();
        assert_eq!(license["machines_used"], 1);
        assert!(license["expires_at"].is_string(), "its term has started");
        assert_eq!(
            app.database()
                .count("SELECT COUNT(*) FROM events WHERE kind = 'machine.reserved'"),
            1
        );
    });
}

// R-LIC-03
#[test]
fn a_kept_seat_can_be_taken_back_and_is_claimed_once() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let new = json!({
            "policy_id": shop.policy_id, "node_id": shop.customer.node_id,
            "machine": { "fingerprint": "the-one" },
        });
        let issued = shop.agent.post("licenses", &new).await.expect(201);
        let key = issued.text("/key");
        let mut all = JoinSet::new();
        for _ in 0..16 {
            let program = app.program("acme.localhost", &key, "the-one");
            all.spawn(async move { program.try_activate().await });
        }
        let answers = all.join_all().await;
        let of = |status: u16| answers.iter().filter(|one| one.status == status).count();
        assert_eq!((of(201), of(200)), (1, 15), "{answers:?}");
        app.check_seats();
        // Taken back before it comes, the seat is anybody's, also its own.
        let issued = shop.agent.post("licenses", &new).await.expect(201);
        let (id, key) = (issued.text("/license/id"), issued.text("/key"));
        let waiting = shop.agent.list(&format!("machines?license_id={id}")).await;
        let path = format!("machines/{}", waiting[0]["id"].as_str().unwrap());
        shop.agent
            .post(&format!("{path}/block"), &json!({}))
            .await
            .refuse(409, "STATE_CONFLICT");
        let _ = shop.agent.delete(&path).await.expect(204);
        let mut other = app.program("acme.localhost", &key, "another");
        let _ = other.activate().await.expect(201);
        app.program("acme.localhost", &key, "the-one")
            .try_activate()
            .await
            .refuse(409, "MACHINE_LIMIT");
    });
}

// R-LIC-03
#[test]
fn what_ends_the_license_ends_the_wait() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let new = json!({
            "policy_id": shop.policy_id, "node_id": shop.customer.node_id,
            "machine": { "fingerprint": "the-one" },
        });
        let issued = shop.agent.post("licenses", &new).await.expect(201);
        let path = format!("licenses/{}/suspension", issued.text("/license/id"));
        let _ = shop.agent.post(&path, &json!({})).await.expect(200);
        let program = app.program("acme.localhost", &issued.text("/key"), "the-one");
        program.try_activate().await.refuse(403, "SUSPENDED");
        let _ = shop.agent.delete(&path).await.expect(200);
        let _ = program.try_activate().await.expect(201);
        // Faults of a named machine point into it.
        let bad = json!({
            "policy_id": shop.policy_id, "node_id": shop.customer.node_id,
            "machine": { "fingerprint": " " },
        });
        let refused = shop.agent.post("licenses", &bad).await;
        assert_eq!(refused.pointers(), ["/machine/fingerprint"]);
    });
}

// R-LIC-03
#[test]
fn a_batch_is_made_for_a_list_of_machines() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let machines: Vec<_> = (0..300)
            .map(|index| json!({ "fingerprint": format!("till-{index}"), "name": format!("Till {index}") }))
            .collect();
        let mut batch = json!({
            "policy_id": shop.policy_id, "node_id": shop.customer.node_id, "count": 299, "machines": machines,
        });
        let refused = shop.agent.post("license-batches", &batch).await;
        assert_eq!(refused.pointers(), ["/machines"]);
        batch["count"] = json!(300);
        let made = shop.agent.post("license-batches", &batch).await.expect(202);
        let _ = app.run_jobs().await;
        let batch = shop
            .agent
            .get(&format!("license-batches/{}", made.id()))
            .await;
        assert_eq!(batch.text("/state"), "done");
        let waiting = shop.agent.list("machines?state=reserved").await;
        assert_eq!(waiting.len(), 300);
        app.check_seats();
        // Each license waits for the machine that was named in its place.
        let csv = format!("license-batches/{}/keys.csv", made.id());
        let keys = shop.agent.get(&csv).await.expect(200).body();
        for index in [0, 249, 250, 299] {
            let line = keys.lines().nth(index + 1).unwrap();
            let key = line.split(',').nth(1).unwrap();
            let wrong = app.program("acme.localhost", key, "another");
            wrong.try_activate().await.refuse(409, "MACHINE_LIMIT");
            let right = app.program("acme.localhost", key, &format!("till-{index}"));
            let _ = right.try_activate().await.expect(201);
        }
    });
}
