//! One program lives through each kind of license, from its first start to its last. It speaks HTTP
//! like a program in the field, believes only what is signed, and the clock moves instead of waiting.

mod installed;

use alvara_domain::armour::{Armoured, Label};
use alvara_tests::{each_app, picture};
use installed::Installed;
use serde_json::{Value, json};

const DAY: i64 = 86_400;

// R-LIC-13 R-LIC-02
#[test]
fn a_trial_once_then_paid() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let trial = json!({
            "kind": "trial", "duration": "P14D", "starts": "first_activation",
            "revalidate_after_seconds": DAY, "offline_grace_seconds": DAY,
        });
        let first = shop.license_of(&trial).await;
        let mut program = Installed::new(app, "writer", json!({ "fingerprint": "pc-1" })).await;
        let _ = program.activate(&first.key).await.expect(201);
        assert!(program.runs_alone(app));
        app.advance(13);
        assert_eq!(program.beat().await["code"], "VALID");
        // Another trial key does not begin the two weeks anew, before or after the end.
        let second = shop.license_of(&trial).await;
        program
            .try_activate(&second.key)
            .await
            .refuse(403, "TRIAL_USED");
        app.advance(2);
        assert_eq!(program.beat().await["code"], "EXPIRED");
        assert!(!program.runs_alone(app));
        program
            .try_activate(&second.key)
            .await
            .refuse(403, "TRIAL_USED");
        // It is bought: same key, same machine, and the next call brings the paid computer key.
        let paid = json!({ "policy_id": shop.policy_id });
        let path = format!("licenses/{}/conversion", first.id);
        let _ = shop.agent.post(&path, &paid).await.expect(200);
        assert_eq!(program.beat().await["code"], "VALID");
        assert!(program.runs_alone(app));
        assert_eq!(
            program.key.as_ref().unwrap().knd.as_str(),
            "subscription",
            "the computer key says what was bought"
        );
        app.advance(300);
        assert_eq!(program.beat().await["code"], "VALID");
    });
}

// R-LIC-10 R-LIC-08
#[test]
fn registered_by_itself_and_approved() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let policy = shop
            .reseller
            .policy(
                &shop.product_id,
                "online",
                &json!({ "preset": "always-online" }),
            )
            .await;
        let rule =
            json!({ "mode": "approval", "policy_id": policy, "node_id": shop.agent.node_id });
        let path = format!("products/{}/registration-rule", shop.product_id);
        let _ = shop
            .reseller
            .put(&path, &rule)
            .header("if-match", "*")
            .await
            .expect(200);
        let mut program = Installed::new(app, "writer", json!({ "fingerprint": "pc-7" })).await;
        let ask = json!({
            "product": "writer", "machine": program.machine,
            "applicant": { "name": "Paulo", "email": "paulo@example.com" },
        });
        for _ in 0..2 {
            let answer = program.nobody.post("registrations", &ask).await;
            assert_eq!(answer.status, 202, "{answer:?}");
            assert!(!program.runs_alone(app));
            app.advance_seconds(60);
        }
        let waiting = shop.agent.list("registrations?state=pending").await;
        assert_eq!(waiting.len(), 1);
        let id = waiting[0]["id"].as_str().unwrap().to_owned();
        let path = format!("registrations/{id}/approval");
        let _ = shop.agent.post(&path, &json!({})).await.expect(200);
        let answer = program.nobody.post("registrations", &ask).await.expect(200);
        program.take(&answer.json());
        // 300 seconds without an answer, and it stops.
        assert!(program.runs_alone(app));
        app.advance_seconds(299);
        assert!(program.runs_alone(app));
        app.advance_seconds(2);
        assert!(!program.runs_alone(app));
        assert_eq!(program.beat().await["code"], "VALID");
        assert!(program.runs_alone(app));
        // Put away, it is told so; brought back, it runs again.
        let path = format!("registrations/{id}");
        let gone = shop.subcompany.delete(&path).await;
        assert!(matches!(gone.status, 200 | 204), "{gone:?}");
        let refused = program
            .nobody
            .post("heartbeats", &json!({}))
            .bearer(&program.token)
            .await;
        assert!(
            refused.status != 200 || refused.json()["valid"] == false,
            "{refused:?}"
        );
        app.advance_seconds(301);
        assert!(!program.runs_alone(app));
        let restored = shop
            .subcompany
            .post(&format!("{path}/restoration"), &json!({}))
            .await;
        assert_eq!(restored.status, 200, "{restored:?}");
        assert_eq!(program.beat().await["code"], "VALID");
        assert!(program.runs_alone(app));
    });
}

// R-LIC-06 R-LIC-09
#[test]
fn without_network_by_text_by_picture_and_renewed_by_file() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let terms = json!({
            "kind": "subscription", "duration": "P1Y", "machine_limit": 2,
            "revalidate_after_seconds": 30 * DAY, "offline_grace_seconds": 335 * DAY,
        });
        let license = shop.license_of(&terms).await;
        let mut held = Vec::new();
        for (fingerprint, by_picture) in [("cellar-1", false), ("cellar-2", true)] {
            let mut remote = app.remote("acme.localhost", &license.key, fingerprint);
            if by_picture {
                let carried = picture::read_png(&picture::show(&remote.request()));
                let answer = app
                    .nobody("acme.localhost")
                    .ask(reqwest::Method::POST, "offline/activations")
                    .header("accept", "image/png")
                    .bytes("text/plain", carried.into_bytes())
                    .await
                    .expect(201);
                remote.take(&picture::read_png(answer.bytes()));
            } else {
                let _ = remote.activate().await.expect(201);
            }
            let machine = json!({ "fingerprint": fingerprint });
            let mut program = Installed::new(app, "writer", machine).await;
            program.install(&remote.computer_key);
            program.renew_lease(&remote.lease);
            assert!(program.runs_alone(app));
            held.push((remote, program));
        }
        // A year passes and no machine ever calls. The license is renewed, and each is carried its key.
        app.advance(366);
        assert!(held.iter().all(|(_, program)| !program.runs_alone(app)));
        let renewals = format!("licenses/{}/renewals", license.id);
        let _ = shop.agent.post(&renewals, &json!({})).await.expect(200);
        let all = shop
            .agent
            .ask(
                reqwest::Method::POST,
                &format!("licenses/{}/computer-keys", license.id),
            )
            .await
            .expect(200)
            .json();
        for (remote, program) in &mut held {
            let of_it = |item: &&Value| item["machine_id"] == remote.machine_id.as_str();
            let item = all["items"].as_array().unwrap().iter().find(of_it).unwrap();
            let block = item["armour"].as_str().unwrap();
            let key = Armoured::read_as(Label::ComputerKey, block).unwrap();
            let lines = String::from_utf8(key).unwrap();
            let (key, lease) = lines.split_once('\n').unwrap();
            program.install(key);
            program.renew_lease(lease);
            assert!(program.runs_alone(app));
        }
        app.advance(300);
        assert!(held.iter().all(|(_, program)| program.runs_alone(app)));
        // One is taken out of service, and its receipt frees the seat for a third.
        let third = app.remote("acme.localhost", &license.key, "cellar-3");
        third
            .carry("offline/activations", &third.request())
            .await
            .refuse(409, "MACHINE_LIMIT");
        let _ = held[0].0.deactivate().await.expect(200);
        let _ = third
            .carry("offline/activations", &third.request())
            .await
            .expect(201);
    });
}

// R-LIC-04
#[test]
fn floating_borrowed_and_reclaimed_after_a_kill() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let terms = json!({
            "kind": "permanent", "binding": "floating", "machine_limit": null, "seat_limit": 2,
            "seat_lease_seconds": 300, "borrow_limit_seconds": 7 * DAY,
        });
        let license = shop.license_of(&terms).await;
        let mut programs = Vec::new();
        for fingerprint in ["desk-1", "desk-2", "desk-3"] {
            let machine = json!({ "fingerprint": fingerprint });
            let mut program = Installed::new(app, "writer", machine).await;
            let _ = program.activate(&license.key).await.expect(201);
            programs.push(program);
        }
        let take = async |program: &Installed, body: Value| {
            program
                .nobody
                .post("seats", &body)
                .bearer(&program.token)
                .await
        };
        let first = take(&programs[0], json!({})).await.expect(201);
        let borrowed = take(&programs[1], json!({ "borrow_for": 3 * DAY }))
            .await
            .expect(201);
        let full = take(&programs[2], json!({})).await;
        let wait: i64 = full.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=300).contains(&wait), "{wait}");
        full.refuse(409, "SEAT_LIMIT");
        // The first keeps its seat for a while, then is killed: nobody returns anything.
        let seat = first.text("/seat/id");
        app.advance_seconds(200);
        let kept = programs[0]
            .nobody
            .put(&format!("seats/{seat}"), &json!({}))
            .bearer(&programs[0].token)
            .await;
        let _ = kept.expect(200);
        app.advance_seconds(200);
        take(&programs[2], json!({}))
            .await
            .refuse(409, "SEAT_LIMIT");
        app.advance_seconds(101);
        let third = take(&programs[2], json!({})).await.expect(201);
        programs[2].renew_lease(&third.text("/lease"));
        // The one that borrowed still runs alone, until it promised to be back.
        let mut away = programs.remove(1);
        away.renew_lease(&borrowed.text("/lease"));
        app.advance(2);
        assert!(away.runs_alone(app));
        assert!(!programs[1].runs_alone(app));
        app.advance(2);
        assert!(!away.runs_alone(app));
        // Returned in order, a seat is free at once.
        let taken = take(&away, json!({})).await.expect(201);
        let again = take(&programs[0], json!({})).await.expect(201);
        take(&programs[1], json!({}))
            .await
            .refuse(409, "SEAT_LIMIT");
        for (program, seat) in [(&away, &taken), (&programs[0], &again)] {
            let path = format!("seats/{}", seat.text("/seat/id"));
            let back = program.nobody.delete(&path).bearer(&program.token).await;
            let _ = back.expect(204);
        }
        let _ = take(&programs[1], json!({})).await.expect(201);
    });
}

// R-LIC-04
#[test]
fn a_changed_disk_within_and_beyond_tolerance() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let terms = json!({
            "kind": "subscription", "duration": "P1Y",
            "fingerprint": {
                "components": [
                    { "name": "board", "weight": 40 }, { "name": "disk", "weight": 35 },
                    { "name": "nic", "weight": 25 },
                ],
                "threshold": 60,
            },
        });
        let license = shop.license_of(&terms).await;
        let parts = |board: &str, disk: &str, nic: &str| json!({ "board": board, "disk": disk, "nic": nic });
        let machine = json!({ "fingerprint": "f-1", "components": parts("B1", "D1", "N1") });
        let mut program = Installed::new(app, "writer", machine).await;
        let _ = program.activate(&license.key).await.expect(201);
        let id = program.machine_id.clone();
        // A new disk: 65 of 100 still agree. The program's own fingerprint changed with it.
        program.machine = json!({ "fingerprint": "f-2", "components": parts("B1", "D2", "N1") });
        let ask = async |program: &Installed| {
            let body = json!({ "key": license.key, "machine": program.machine });
            program
                .nobody
                .post("validations", &body)
                .await
                .expect(200)
                .json()
        };
        let verdict = ask(&program).await;
        assert_eq!(verdict["code"], "VALID", "{verdict}");
        let changed = verdict["because"]["changed"].to_string();
        assert!(
            changed.contains("disk") && !changed.contains("board"),
            "{verdict}"
        );
        let again = program.activate(&license.key).await.expect(200);
        assert_eq!(again.text("/machine/id"), id, "no second seat");
        assert!(program.runs_alone(app));
        // Board and network card too: that is another machine, and it is said what differs.
        program.machine = json!({ "fingerprint": "f-3", "components": parts("B2", "D2", "N2") });
        let verdict = ask(&program).await;
        assert_eq!(verdict["valid"], false, "{verdict}");
        program
            .try_activate(&license.key)
            .await
            .refuse(409, "MACHINE_LIMIT");
    });
}

// R-LIC-02 R-LIC-07
#[test]
fn down_the_ladder_and_up_again() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let terms = json!({
            "kind": "subscription", "duration": "P30D",
            "grace": { "warn_days": 7, "full_days": 5, "read_only_days": 10 },
            "revalidate_after_seconds": DAY, "offline_grace_seconds": 3 * DAY,
        });
        let license = shop.license_of(&terms).await;
        let mut program = Installed::new(app, "writer", json!({ "fingerprint": "pc-1" })).await;
        let _ = program.activate(&license.key).await.expect(201);
        let steps = [
            (0, "VALID", "full", false),
            (24, "VALID", "full", true),
            (31, "EXPIRED_GRACE", "full", true),
            (36, "EXPIRED_GRACE", "read_only", true),
            (46, "EXPIRED", "none", true),
        ];
        let mut passed = 0;
        for (day, code, access, explained) in steps {
            app.advance(day - passed);
            passed = day;
            let verdict = program.beat().await;
            assert_eq!(verdict["code"], code, "day {day}: {verdict}");
            assert_eq!(verdict["access"], access, "day {day}");
            assert_eq!(
                verdict["because"].is_object(),
                explained,
                "day {day}: {verdict}"
            );
        }
        let renewals = format!("licenses/{}/renewals", license.id);
        let _ = shop.agent.post(&renewals, &json!({})).await.expect(200);
        let verdict = program.beat().await;
        assert_eq!(
            (&verdict["code"], &verdict["access"]),
            (&json!("VALID"), &json!("full"))
        );
        assert!(program.runs_alone(app));
    });
}
