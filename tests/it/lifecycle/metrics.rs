//! The history of a machine's figures, against sums done by hand.

use std::collections::BTreeMap;

use alvara_tests::{Actor, Program, TestApp, each_app};
use serde_json::{Value, json};
use tokio::task::JoinSet;

const NAMES: [&str; 3] = ["cpu_percent", "memory_percent", "disk_percent"];

/// What was reported, and when, in seconds. Figures are in hundredths.
#[derive(Default)]
struct Oracle {
    reports: Vec<(i64, [Option<i64>; 3])>,
    seed: u64,
}

impl Oracle {
    /// The same numbers in every run.
    fn random(&mut self, below: u64) -> u64 {
        self.seed = self
            .seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.seed >> 33) % below
    }

    async fn report(&mut self, app: &TestApp, program: &mut Program) {
        // The clock goes on by itself: away from the edge of a bucket, so that both see the same.
        let past = app.now().seconds() % 300;
        if !(20..270).contains(&past) {
            app.advance_seconds(60);
        }
        let mut figures = [None; 3];
        for figure in &mut figures {
            if self.random(10) > 1 {
                *figure = Some(self.random(10_001) as i64);
            }
        }
        let named = NAMES.iter().zip(figures);
        let metrics: serde_json::Map<String, Value> = named
            .filter_map(|(name, value)| Some(((*name).to_owned(), json!(value? as f64 / 100.0))))
            .collect();
        let _ = program
            .beat(&json!({ "metrics": metrics }))
            .await
            .expect(200);
        if figures.iter().any(Option::is_some) {
            self.reports.push((app.now().seconds(), figures));
        }
    }

    /// What the points of a series must be.
    fn expect(&self, step: i64, from: i64) -> Vec<(i64, i64, Vec<Value>)> {
        let mut buckets = BTreeMap::<i64, Vec<[Option<i64>; 3]>>::new();
        for (at, figures) in &self.reports {
            let start = at - at % step;
            if start >= from - from % step {
                buckets.entry(start).or_default().push(*figures);
            }
        }
        buckets
            .into_iter()
            .map(|(start, reports)| {
                let spread = |index: usize| {
                    let all: Vec<i64> = reports.iter().filter_map(|one| one[index]).collect();
                    let percent = |value: i64| value as f64 / 100.0;
                    let mean = all.iter().sum::<i64>() as f64 / all.len() as f64 / 100.0;
                    match (all.iter().min(), all.iter().max()) {
                        (Some(min), Some(max)) => {
                            json!({ "mean": mean, "min": percent(*min), "max": percent(*max) })
                        }
                        _ => json!({ "mean": null, "min": null, "max": null }),
                    }
                };
                let spreads = (0..3).map(spread).collect();
                (start, i64::try_from(reports.len()).unwrap(), spreads)
            })
            .collect()
    }
}

fn seconds(value: &Value) -> i64 {
    let at: alvara_domain::time::UtcTime = value.as_str().unwrap().parse().unwrap();
    at.seconds()
}

fn points(series: &Value) -> Vec<(i64, i64, Vec<Value>)> {
    let all = series["points"].as_array().unwrap().iter();
    all.map(|point| {
        let spreads = NAMES.iter().map(|name| point[name].clone()).collect();
        (
            seconds(&point["at"]),
            point["samples"].as_i64().unwrap(),
            spreads,
        )
    })
    .collect()
}

async fn series(who: &Actor, machine: &str, resolution: &str, days: i64, app: &TestApp) -> Value {
    let from = app.now().saturating_add_seconds(-days * 86_400);
    who.get(&format!(
        "machines/{machine}/metrics?resolution={resolution}&from={from}"
    ))
    .await
    .expect(200)
    .json()
}

async fn active(app: &TestApp, shop: &alvara_tests::Shop) -> Program {
    let license = shop
        .license_of(&json!({ "heartbeat": { "interval_seconds": 300 } }))
        .await;
    let mut program = app.program("acme.localhost", &license.key, "fp-1");
    let _ = program.activate().await;
    program
}

// R-LIC-11
#[test]
fn history_at_every_resolution_is_what_was_reported() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let mut program = active(app, &shop).await;
        let id = program.machine_id.clone();
        let mut oracle = Oracle::default();
        // Four days at uneven steps; the job comes by now and then.
        for round in 0..240 {
            oracle.report(app, &mut program).await;
            let step = oracle.random(2880);
            app.advance_seconds(i64::try_from(step).unwrap());
            if round % 40 == 39 {
                app.tend_machines().await;
            }
        }
        app.advance_seconds(150 - app.now().seconds() % 300 + 300);
        let now = app.now().seconds();
        for (resolution, step, days) in [("m5", 300, 1), ("h", 3600, 30), ("d", 86_400, 365)] {
            let shown = series(&shop.customer, &id, resolution, days, app).await;
            assert_eq!(
                points(&shown),
                oracle.expect(step, now - days * 86_400),
                "{resolution}"
            );
        }
        // Fine ones of more than two days ago are gone, into hours.
        let old = app.database().count(&format!(
            "SELECT COUNT(*) FROM machine_metrics WHERE resolution = 'm5' AND bucket_at < {}",
            (now - 50 * 3600) * 1_000_000
        ));
        assert_eq!(old, 0);
        assert!(
            app.database()
                .count("SELECT COUNT(*) FROM machine_metrics WHERE resolution = 'h'")
                > 10
        );
        // Months later hours are days, and nothing was lost or counted twice.
        for _ in 0..4 {
            app.advance(30);
            tokio::join!(app.tend_machines(), app.tend_machines());
            oracle.report(app, &mut program).await;
        }
        app.advance_seconds(700);
        app.tend_machines().await;
        let now = app.now().seconds();
        let shown = series(&shop.agent, &id, "d", 365, app).await;
        assert_eq!(points(&shown), oracle.expect(86_400, now - 365 * 86_400));
        let all = app
            .database()
            .count("SELECT SUM(samples) FROM machine_metrics");
        assert_eq!(all, i64::try_from(oracle.reports.len()).unwrap());
        assert!(
            app.database()
                .count("SELECT COUNT(*) FROM machine_metrics WHERE resolution = 'd'")
                >= 4
        );
        // After two years and a day a day is forgotten.
        app.advance(735);
        app.tend_machines().await;
        let left = series(&shop.agent, &id, "d", 900, app).await;
        assert_eq!(points(&left).len(), 0, "{left}");
    });
}

// R-LIC-11
#[test]
fn reports_at_once_are_all_counted() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let mut program = active(app, &shop).await;
        let _ = program.heartbeat().await;
        assert_eq!(
            app.database().count("SELECT COUNT(*) FROM machine_metrics"),
            0,
            "without figures nothing is kept"
        );
        let mut all = JoinSet::new();
        for index in 0..64_i64 {
            let mut one = program.clone();
            let body = json!({ "metrics": { "cpu_percent": index } });
            all.spawn(async move { one.beat(&body).await });
        }
        assert!(all.join_all().await.iter().all(|one| one.status == 200));
        let path = format!("machines/{}/metrics", program.machine_id);
        let shown = shop.agent.get(&path).await.expect(200).json();
        assert_eq!(shown["points"].as_array().unwrap().len(), 1, "{shown}");
        let point = &shown["points"][0];
        assert_eq!(point["samples"], 64);
        assert_eq!(
            point["cpu_percent"],
            json!({ "mean": 31.5, "min": 0.0, "max": 63.0 })
        );
        assert_eq!(point["disk_percent"]["mean"], json!(null));
        // Nonsense is refused.
        for query in [
            "from=2027-01-16T00:00:00Z&to=2027-01-15T00:00:00Z",
            "from=2020-01-01T00:00:00Z&resolution=m5",
        ] {
            let refused = shop.agent.get(&format!("{path}?{query}")).await;
            assert_eq!(refused.pointers(), ["/query/from"]);
        }
    });
}

// R-LIC-11
#[test]
fn a_dashboard_says_how_a_machine_is_in_one_answer() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let mut program = active(app, &shop).await;
        let begun = app.now().seconds();
        let path = format!("machines/{}/dashboard", program.machine_id);
        app.advance_seconds(300);
        let report = json!({ "metrics": { "cpu_percent": 12.5, "memory_percent": 40 } });
        let _ = program.beat(&report).await.expect(200);
        let shown = shop.customer.get(&path).await.expect(200).json();
        assert_eq!(shown["machine"]["is_online"], true);
        assert!((seconds(&shown["since"]) - begun).abs() < 60, "{shown}");
        assert!(seconds(&shown["last_contact"]) >= begun + 300);
        assert_eq!(shown["machine"]["metrics"]["cpu_percent"], 12.5);
        assert_eq!(shown["license"]["product"], "writer");
        assert_eq!(shown["license"]["machines_used"], 1);
        assert_eq!(shown["series"]["resolution"], "m5");
        assert_eq!(shown["series"]["points"][0]["cpu_percent"]["max"], 12.5);
        for (range, resolution) in [("month", "h"), ("year", "d")] {
            let longer = shop.agent.get(&format!("{path}?range={range}")).await;
            assert_eq!(longer.text("/series/resolution"), resolution);
            assert_eq!(longer.json()["series"]["points"][0]["samples"], 1);
        }
        // Silent: since the moment its next call, with its tolerance, was over.
        let until = shown["machine"]["online_until"].clone();
        app.advance_seconds(1000);
        app.tend_machines().await;
        let shown = shop.customer.get(&path).await.expect(200).json();
        assert_eq!(shown["machine"]["is_online"], false);
        assert_eq!(shown["since"], until);
        let _ = program.heartbeat().await;
        let back = shop.customer.get(&path).await.expect(200).json();
        assert!(seconds(&back["since"]) >= begun + 1300, "{back}");
        // One that is still to come has had no contact.
        let moved = format!("machines/{}/transfers", program.machine_id);
        let kept = shop
            .agent
            .post(&moved, &json!({ "fingerprint": "fp-2" }))
            .await
            .expect(201);
        let path = format!("machines/{}/dashboard", kept.id());
        let shown = shop.agent.get(&path).await.expect(200).json();
        assert_eq!(shown["last_contact"], json!(null));
        assert_eq!(shown["series"]["points"], json!([]));
    });
}
