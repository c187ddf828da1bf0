//! Licenses that change hands.

use alvara_tests::{Answer, Shop, TestApp, each_app};
use serde_json::{Value, json};
use tokio::task::JoinSet;

async fn events(app: &TestApp, kind: &str) -> Vec<Value> {
    app.database()
        .sql(&format!(
            "SELECT data FROM events WHERE kind = '{kind}' ORDER BY id"
        ))
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

async fn go(shop: &Shop, license: &str, node: &str, machines: &str) -> Answer {
    let body = json!({ "node_id": node, "machines": machines, "reason": "company sold" });
    shop.agent
        .post(&format!("licenses/{license}/transfers"), &body)
        .await
}

// R-LIC-09
#[test]
fn a_license_goes_to_another_customer_and_both_are_told() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let path = format!("licenses/{}", license.id);
        let mut program = app.program("acme.localhost", &license.key, "fp-1");
        let _ = program.activate().await;
        let old_seq = program.claims()["seq"].as_i64().unwrap();
        let home = shop.agent.node("customer", "Dora").await;
        let dora = shop.subcompany.recruit(&home, "customer", "Dora").await;
        dora.get(&path).await.refuse(404, "NOT_FOUND");
        let before = shop.agent.get(&path).await.expect(200);
        let done = go(&shop, &license.id, &home, "keep").await.expect(200);
        assert_eq!(done.text("/node_id"), home);
        assert_eq!(done.json()["machines_used"], 1);
        assert_ne!(done.header("etag"), before.header("etag"));
        // The new one holds it, the old one does not even see it.
        let _ = dora.get(&path).await.expect(200);
        shop.customer.get(&path).await.refuse(404, "NOT_FOUND");
        shop.customer
            .get(&format!("{path}/transfers"))
            .await
            .refuse(404, "NOT_FOUND");
        let machine = format!("machines/{}", program.machine_id);
        shop.customer.get(&machine).await.refuse(404, "NOT_FOUND");
        let _ = dora.get(&machine).await.expect(200);
        // The machine runs on and gets a new computer key, once.
        assert_eq!(program.contact().await, "VALID");
        assert!(program.claims()["seq"].as_i64().unwrap() > old_seq);
        assert_eq!(program.heartbeat().await.json()["commands"], json!([]));
        // Both are told, and neither is told who the other is.
        let (left, came) = (
            shop.customer.list("notices?unread=true").await,
            dora.list("notices?unread=true").await,
        );
        assert_eq!((left.len(), came.len()), (1, 1));
        assert_eq!(left[0]["kind"], "license.left");
        assert_eq!(came[0]["kind"], "license.arrived");
        assert_eq!(left[0]["subject_id"], license.id.as_str());
        assert_eq!(left[0]["payload"]["reason"], "company sold");
        assert!(!left[0].to_string().contains(&home), "{left:?}");
        assert!(!came[0].to_string().contains(&shop.customer.node_id));
        // The one event names both.
        let told = events(app, "license.transferred").await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["from_node_id"], shop.customer.node_id.as_str());
        assert_eq!(told[0]["to_node_id"], home.as_str());
        let chain = shop
            .reseller
            .list(&format!("audit?target={}", license.id))
            .await;
        let entry = chain
            .iter()
            .find(|entry| entry["action"] == "license.transferred")
            .unwrap();
        assert!(entry["before"].to_string().contains(&shop.customer.node_id));
        assert!(entry["after"].to_string().contains(&home));
        // The history shows each only the places it sees.
        let history = shop.agent.list(&format!("{path}/transfers")).await;
        assert_eq!(history.len(), 1);
        assert_eq!(history[0]["from_node_id"], shop.customer.node_id.as_str());
        let hers = dora.list(&format!("{path}/transfers")).await;
        assert_eq!(hers[0]["from_node_id"], json!(null));
        assert_eq!(hers[0]["to_node_id"], home.as_str());
    });
}

// R-LIC-09
#[test]
fn released_machines_hear_it_and_blocked_ones_stay_blocked() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license_of(&json!({ "machine_limit": 3 })).await;
        let mut one = app.program("acme.localhost", &license.key, "fp-1");
        let mut blocked = app.program("acme.localhost", &license.key, "fp-2");
        let _ = (one.activate().await, blocked.activate().await);
        let block = format!("machines/{}/block", blocked.machine_id);
        let _ = shop.agent.post(&block, &json!({})).await.expect(200);
        let home = shop.agent.node("customer", "Dora").await;
        let done = go(&shop, &license.id, &home, "release").await.expect(200);
        assert_eq!(done.json()["machines_used"], 1);
        app.check_seats();
        let told = one.heartbeat().await.expect(200);
        assert_eq!(told.text("/code"), "MACHINE_UNKNOWN");
        assert_eq!(told.json()["because"]["state"], "deactivated");
        assert_eq!(told.json()["commands"], json!([{ "type": "deactivated" }]));
        assert_eq!(blocked.contact().await, "MACHINE_BLOCKED");
        let history = shop
            .agent
            .list(&format!("licenses/{}/transfers", license.id))
            .await;
        assert_eq!(history[0]["machines_released"], 1);
        assert_eq!(events(app, "machine.deactivated").await.len(), 1);
    });
}

// R-LIC-09 R-TEN-01
#[test]
fn only_between_places_of_ones_own_that_may_hold_it() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let here = &shop.customer.node_id;
        let same = go(&shop, &license.id, here, "keep").await;
        assert_eq!(same.pointers(), ["/node_id"]);
        // Above the caller, and in another tenant.
        let bella = app.shop("bella").await;
        for foreign in [&shop.subcompany.node_id, &bella.customer.node_id] {
            go(&shop, &license.id, foreign, "keep")
                .await
                .refuse(404, "NOT_FOUND");
        }
        let home = shop.agent.node("customer", "Dora").await;
        let path = format!("nodes/{home}/suspension");
        let _ = shop
            .subcompany
            .ask(reqwest::Method::POST, &path)
            .await
            .expect(200);
        go(&shop, &license.id, &home, "keep")
            .await
            .refuse(409, "STATE_CONFLICT");
        let _ = shop.subcompany.delete(&path).await.expect(200);
        // Based on a version that is past.
        let path = format!("licenses/{}", license.id);
        let read = shop.agent.get(&path).await;
        let _ = shop.agent.change(&path, &json!({ "note": "x" })).await;
        let body = json!({ "node_id": home, "machines": "keep" });
        shop.agent
            .post(&format!("{path}/transfers"), &body)
            .if_match(&read)
            .await
            .refuse(412, "STALE_VERSION");
        // A license that ended, or waits, goes nowhere.
        let waiting = shop.license_of(&json!({ "approval": "required" })).await;
        go(&shop, &waiting.id, &home, "keep")
            .await
            .refuse(409, "STATE_CONFLICT");
        let _ = shop
            .subcompany
            .post(&format!("{path}/revocation"), &json!({}))
            .await
            .expect(200);
        go(&shop, &license.id, &home, "keep")
            .await
            .refuse(409, "STATE_CONFLICT");
        assert_eq!(app.database().count("SELECT COUNT(*) FROM transfers"), 0);
        assert_eq!(app.database().count("SELECT COUNT(*) FROM notices"), 0);
    });
}

// R-LIC-09
#[test]
fn sixty_four_at_once_to_as_many_customers_are_one() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let terms = json!({ "transfers": { "limit": 1, "period": "P30D" } });
        let license = shop.license_of(&terms).await;
        let mut homes = Vec::new();
        for index in 0..64 {
            homes.push(shop.agent.node("customer", &format!("C{index}")).await);
        }
        let path = format!("licenses/{}/transfers", license.id);
        let mut all = JoinSet::new();
        for home in &homes {
            let body = json!({ "node_id": home, "machines": "keep" });
            let asking = shop.agent.post(&path, &body);
            all.spawn(async move { asking.await });
        }
        let answers = all.join_all().await;
        let done = answers.iter().filter(|answer| answer.status == 200).count();
        let told = answers
            .iter()
            .filter(|answer| answer.code() == "LIMIT_REACHED")
            .count();
        assert_eq!((done, told), (1, 63), "{answers:?}");
        assert_eq!(shop.agent.list(&path).await.len(), 1);
        assert_eq!(app.database().count("SELECT COUNT(*) FROM notices"), 2);
        // It says from when there is room again, and then there is.
        let refused = go(&shop, &license.id, &shop.customer.node_id, "keep").await;
        assert!(refused.text("/free_at").starts_with("2027-02-14"));
        app.advance(30);
        let _ = go(&shop, &license.id, &shop.customer.node_id, "keep")
            .await
            .expect(200);
    });
}

// R-LIC-09
#[test]
fn a_seat_goes_to_a_machine_that_is_still_to_come() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let terms = json!({ "machine_limit": 1, "transfers": { "limit": 1 } });
        let license = shop.license_of(&terms).await;
        let mut old = app.program("acme.localhost", &license.key, "old");
        let _ = old.activate().await;
        let path = format!("machines/{}/transfers", old.machine_id);
        let own = shop
            .agent
            .post(&path, &json!({ "fingerprint": "old" }))
            .await;
        assert_eq!(own.pointers(), ["/fingerprint"]);
        let body = json!({ "fingerprint": "new", "name": "New desk", "reason": "broken" });
        let kept = shop.customer.post(&path, &body).await.expect(201);
        assert_eq!(kept.text("/state"), "reserved");
        assert_eq!(kept.json()["is_online"], false);
        app.check_seats();
        // The old machine is told, and cannot slip back in.
        let told = old.heartbeat().await.expect(200);
        assert_eq!(told.text("/code"), "MACHINE_UNKNOWN");
        assert_eq!(told.json()["commands"][0]["type"], "deactivated");
        let refused = old.try_activate().await;
        assert_eq!(refused.json()["verdict"]["because"]["kind"], "reserved");
        refused.refuse(409, "MACHINE_LIMIT");
        let mut new = app.program("acme.localhost", &license.key, "new");
        let came = new.activate().await.expect(201);
        assert_eq!(came.text("/machine/id"), kept.id());
        assert_eq!(came.json()["license"]["machines_used"], 1);
        assert_eq!(new.contact().await, "VALID");
        let notices = shop.customer.list("notices").await;
        assert_eq!(notices[0]["kind"], "machine.transferred");
        // The terms allow one in a year, whichever kind.
        let back = format!("machines/{}/transfers", new.machine_id);
        shop.agent
            .post(&back, &json!({ "fingerprint": "third" }))
            .await
            .refuse(409, "LIMIT_REACHED");
        let home = shop.agent.node("customer", "Dora").await;
        go(&shop, &license.id, &home, "keep")
            .await
            .refuse(409, "LIMIT_REACHED");
        app.advance(366);
        let history = format!("licenses/{}/transfers", license.id);
        assert_eq!(shop.agent.list(&history).await[0]["kind"], "machine");
        // A machine with a seat is no target, and a blocked one no source.
        let _ = shop
            .agent
            .post(&format!("machines/{}/block", new.machine_id), &json!({}))
            .await
            .expect(200);
        shop.agent
            .post(&back, &json!({ "fingerprint": "third" }))
            .await
            .refuse(409, "STATE_CONFLICT");
        let _ = shop
            .agent
            .delete(&format!("machines/{}/block", new.machine_id))
            .await;
        // Back to the old one: it is the same machine again.
        let again = shop
            .agent
            .post(&back, &json!({ "fingerprint": "old" }))
            .await
            .expect(201);
        assert_eq!(again.id(), old.machine_id);
        let _ = old.activate().await.expect(201);
        assert_eq!(old.contact().await, "VALID");
    });
}

// R-LIC-09
#[test]
fn a_notice_is_read_once_and_only_where_it_is_seen() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let home = shop.agent.node("customer", "Dora").await;
        let dora = shop.subcompany.recruit(&home, "customer", "Dora").await;
        let _ = go(&shop, &license.id, &home, "keep").await.expect(200);
        let mine = shop.customer.list("notices").await[0]["id"].clone();
        let path = format!("notices/{}/reading", mine.as_str().unwrap());
        let reading = |who: &alvara_tests::Actor| who.ask(reqwest::Method::POST, &path);
        reading(&dora).await.refuse(404, "NOT_FOUND");
        let first = reading(&shop.customer).await.expect(200);
        let reader = first.text("/read_by");
        app.advance_seconds(60);
        let again = reading(&shop.agent).await.expect(200);
        assert_eq!(again.text("/read_by"), reader);
        assert_eq!(again.text("/read_at"), first.text("/read_at"));
        assert_eq!(shop.customer.list("notices?unread=true").await.len(), 0);
        assert_eq!(shop.customer.list("notices?unread=false").await.len(), 1);
        // Who stands above sees those of all below, page by page.
        assert_eq!(shop.agent.list("notices").await.len(), 2);
        let page = shop.agent.get("notices?limit=1").await.expect(200);
        let rest = format!("notices?limit=1&cursor={}", page.text("/next_cursor"));
        let last = shop.agent.get(&rest).await.expect(200);
        assert_ne!(last.text("/items/0/id"), page.text("/items/0/id"));
        assert_eq!(last.json()["next_cursor"], json!(null));
    });
}
