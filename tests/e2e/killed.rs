//! Killed in the middle of it: whatever was acknowledged is there.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use alvara_tests::app::check_seats;
use alvara_tests::served::{Place, Served};
use alvara_tests::{Backend, Shop, TestDatabase, each_bare_database};
use serde_json::json;
use tokio::task::JoinSet;

/// How many activations are acknowledged before the end comes.
const ENOUGH: u32 = 60;

fn place_of(database: &TestDatabase) -> Place {
    let directory = database.folder().join("data");
    std::fs::create_dir_all(&directory).unwrap();
    Place {
        directory,
        database: Some(database.url().to_owned()),
    }
}

/// Programs that activate, one machine after another, until nobody answers. What comes back are
/// the machines that were acknowledged.
fn crowd(served: &Served, key: &str, acknowledged: &Arc<AtomicU32>) -> JoinSet<BTreeSet<String>> {
    let mut crowd = JoinSet::new();
    for one in 0..8 {
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(20))
            .build()
            .unwrap();
        let url = format!("{}/api/v1/activations", served.base_url());
        let (key, count) = (key.to_owned(), Arc::clone(acknowledged));
        crowd.spawn(async move {
            let mut machines = BTreeSet::new();
            for turn in 0.. {
                let body =
                    json!({ "key": key, "machine": { "fingerprint": format!("fp-{one}-{turn}") } });
                let asked = client
                    .post(&url)
                    .header("host", "acme.localhost")
                    .json(&body)
                    .send()
                    .await;
                let Ok(answer) = asked else { break };
                let status = answer.status().as_u16();
                let Ok(said) = answer.json::<serde_json::Value>().await else {
                    break;
                };
                if status == 503 {
                    break;
                }
                assert_eq!(status, 201, "{said}");
                machines.insert(said["machine"]["id"].as_str().unwrap().to_owned());
                count.fetch_add(1, Ordering::Relaxed);
            }
            machines
        });
    }
    crowd
}

async fn until_enough(acknowledged: &AtomicU32) {
    for _ in 0..3000 {
        if acknowledged.load(Ordering::Relaxed) >= ENOUGH {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!(
        "only {} activations in half a minute",
        acknowledged.load(Ordering::Relaxed)
    );
}

async fn all_are_there(shop: &Shop, license_id: &str, machines: &BTreeSet<String>) {
    let listed = shop
        .reseller
        .list(&format!("machines?license_id={license_id}"))
        .await;
    let there: BTreeSet<String> = listed
        .iter()
        .map(|one| one["id"].as_str().unwrap().to_owned())
        .collect();
    let lost: Vec<&String> = machines.difference(&there).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    let license = shop
        .reseller
        .get(&format!("licenses/{license_id}"))
        .await
        .expect(200)
        .json();
    assert_eq!(license["machines_used"], there.len(), "seats and machines");
}

// R-LIC-05 R-OPS-01
#[test]
fn killed_under_load_nothing_acknowledged_is_lost() {
    each_bare_database(async |database| {
        let place = place_of(&database);
        let mut served = place.serve();
        let shop = served.shop("acme").await;
        let license = shop.license_of(&json!({ "machine_limit": null })).await;
        let acknowledged = Arc::new(AtomicU32::new(0));
        let crowd = crowd(&served, &license.key, &acknowledged);
        until_enough(&acknowledged).await;
        served.kill();
        let machines: BTreeSet<String> = crowd.join_all().await.into_iter().flatten().collect();
        assert!(machines.len() >= ENOUGH as usize);

        let again = place.serve();
        let shop = shop.at(&again);
        all_are_there(&shop, &license.id, &machines).await;
        check_seats(&database);
        let verified = place.run(&["audit", "verify"]);
        assert!(verified.status.success(), "{verified:?}");
        if database.backend() == Backend::Sqlite {
            assert_eq!(database.sql("PRAGMA integrity_check"), "ok");
        }
        // And it goes on as before.
        let _ = again
            .program("acme.localhost", &license.key, "fp-after")
            .activate()
            .await
            .expect(201);
    });
}

// R-OPS-03
#[test]
fn told_to_stop_it_answers_what_it_took_in() {
    each_bare_database(async |database| {
        let place = place_of(&database);
        let mut served = place.serve();
        let shop = served.shop("acme").await;
        let license = shop.license_of(&json!({ "machine_limit": null })).await;
        let acknowledged = Arc::new(AtomicU32::new(0));
        let crowd = crowd(&served, &license.key, &acknowledged);
        until_enough(&acknowledged).await;
        let ended = tokio::task::spawn_blocking(move || served.stop())
            .await
            .unwrap();
        assert!(ended.success(), "{ended:?}");
        let machines: BTreeSet<String> = crowd.join_all().await.into_iter().flatten().collect();
        let again = place.serve();
        let shop = shop.at(&again);
        all_are_there(&shop, &license.id, &machines).await;
        check_seats(&database);
    });
}
