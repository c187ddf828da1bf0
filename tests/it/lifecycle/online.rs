//! Who is online, and who is told that somebody is not.

use alvara_tests::{Actor, TestApp, each_app};
use serde_json::{Value, json};
use tokio::task::JoinSet;

fn told(app: &TestApp, kind: &str) -> i64 {
    app.database().count(&format!(
        "SELECT COUNT(*) FROM events WHERE kind = '{kind}'"
    ))
}

async fn figures(who: &Actor) -> Value {
    who.get("machines/figures").await.expect(200).json()
}

/// The clock of a test goes on by itself; an interval this long leaves it time.
fn every_ten_minutes() -> Value {
    json!({ "machine_limit": 20, "heartbeat": { "interval_seconds": 600 } })
}

// R-LIC-11
#[test]
fn a_silent_machine_is_offline_a_tenth_of_an_interval_after_its_call_was_due() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license_of(&every_ten_minutes()).await;
        let mut machines = Vec::new();
        for index in 0..3 {
            let mut one = app.program("acme.localhost", &license.key, &format!("fp-{index}"));
            let _ = one.activate().await;
            machines.push(one);
        }
        let block = format!("machines/{}/block", machines[2].machine_id);
        let _ = shop.agent.post(&block, &json!({})).await.expect(200);
        app.advance_seconds(600);
        let _ = machines[0].heartbeat().await;
        app.advance_seconds(30);
        assert_eq!(
            figures(&shop.agent).await,
            json!({ "online": 2, "offline": 0, "blocked": 1, "reserved": 0, "deactivated": 0 })
        );
        app.advance_seconds(31);
        let now = figures(&shop.agent).await;
        assert_eq!((&now["online"], &now["offline"]), (&json!(1), &json!(1)));
        let online = shop.agent.list("machines?online=true").await;
        assert_eq!(online.len(), 1);
        assert_eq!(online[0]["id"], machines[0].machine_id.as_str());
        assert_eq!(online[0]["is_online"], true);
        let offline = shop.agent.list("machines?online=false").await;
        assert_eq!(offline.len(), 1);
        assert_eq!(offline[0]["id"], machines[1].machine_id.as_str());
        // A blocked one that calls on is not online, and is nobody's silence.
        assert_eq!(machines[2].contact().await, "MACHINE_BLOCKED");
        assert_eq!(figures(&shop.agent).await["online"], 1);
        // Each sees its own part.
        let home = shop.agent.node("customer", "Dora").await;
        let dora = shop.subcompany.recruit(&home, "customer", "Dora").await;
        assert_eq!(figures(&dora).await["online"], 0);
        assert_eq!(figures(&shop.customer).await["blocked"], 1);
        assert_eq!(figures(&shop.reseller).await["offline"], 1);
        let _ = shop.agent.delete(&block).await.expect(200);
        assert_eq!(figures(&shop.agent).await["online"], 2);
    });
}

// R-LIC-11
#[test]
fn silence_and_return_are_told_once_each() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license_of(&every_ten_minutes()).await;
        let mut machines = Vec::new();
        for index in 0..5 {
            let mut one = app.program("acme.localhost", &license.key, &format!("fp-{index}"));
            let _ = one.activate().await;
            machines.push(one);
        }
        let _ = machines[4].deactivate().await.expect(204);
        app.tend_machines().await;
        assert_eq!(told(app, "machine.offline"), 0);
        app.advance_seconds(610);
        let _ = machines[0].heartbeat().await;
        app.advance_seconds(90);
        // Several instances at once, and one that looks again within the minute.
        tokio::join!(
            app.tend_machines(),
            app.tend_machines(),
            app.tend_machines()
        );
        assert_eq!(told(app, "machine.offline"), 3);
        app.tend_machines().await;
        app.advance_seconds(300);
        let _ = machines[0].heartbeat().await;
        app.advance_seconds(300);
        app.tend_machines().await;
        assert_eq!(told(app, "machine.offline"), 3);
        assert_eq!(told(app, "machine.online"), 0);
        // It returns by sixteen calls at once, and is told once.
        let mut all = JoinSet::new();
        for _ in 0..16 {
            let mut one = machines[1].clone();
            all.spawn(async move { one.heartbeat().await });
        }
        assert!(all.join_all().await.iter().all(|one| one.status == 200));
        assert_eq!(told(app, "machine.online"), 1);
        // Activating again is a return, too; calling in time is none.
        let _ = machines[2].activate().await.expect(200);
        let _ = machines[1].heartbeat().await;
        assert_eq!(told(app, "machine.online"), 2);
        let data = app
            .database()
            .sql("SELECT data FROM events WHERE kind = 'machine.online'");
        assert!(data.contains("silent_since"), "{data}");
        // And so on: the next silence is news again, also of those told before.
        app.advance_seconds(3600);
        app.tend_machines().await;
        assert_eq!(told(app, "machine.offline"), 6);
    });
}

// R-LIC-11
#[test]
fn many_silent_machines_are_told_in_small_steps() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let terms = json!({ "machine_limit": 450, "heartbeat": { "interval_seconds": 60 } });
        let license = shop.license_of(&terms).await;
        let mut all = JoinSet::new();
        for index in 0..450 {
            let one = app.program("acme.localhost", &license.key, &format!("fp-{index}"));
            all.spawn(async move { one.try_activate().await });
        }
        assert!(all.join_all().await.iter().all(|one| one.status == 201));
        app.advance_seconds(600);
        app.tend_machines().await;
        assert_eq!(told(app, "machine.offline"), 450);
        assert_eq!(
            app.database()
                .count("SELECT COUNT(DISTINCT subject) FROM events WHERE kind = 'machine.offline'"),
            450
        );
    });
}
