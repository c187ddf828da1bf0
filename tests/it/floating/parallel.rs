//! When everybody comes at once.

use std::collections::BTreeSet;

use alvara_tests::{Answer, each_app};
use serde_json::json;
use tokio::task::JoinSet;

use super::{DOOR, activated, floating};

fn counted(answers: &[Answer], status: u16) -> usize {
    answers
        .iter()
        .filter(|answer| answer.status == status)
        .count()
}

fn told(answers: &[Answer], code: &str) -> usize {
    answers
        .iter()
        .filter(|answer| answer.code() == code)
        .count()
}

// R-LIC-04
#[test]
fn sixty_four_takers_of_five_seats_get_five_and_returning_frees_as_many() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = floating(&shop, 5, &json!({})).await;
        let mut machines = Vec::new();
        for index in 0..8 {
            machines.push(activated(app, &license, &format!("fp-{index}")).await);
        }
        for round in 0..2 {
            let mut all = JoinSet::new();
            for index in 0..64 {
                let token = machines[index % 8].token.clone();
                let body = json!({ "instance": format!("{round}-{index}") });
                let asking = app.nobody(DOOR).post("seats", &body).bearer(&token);
                all.spawn(async move { (token, asking.await) });
            }
            let answers = all.join_all().await;
            let taken: Vec<(String, String)> = answers
                .iter()
                .filter(|(_, answer)| answer.status == 201)
                .map(|(token, answer)| (token.clone(), answer.text("/seat/id")))
                .collect();
            let answers: Vec<Answer> = answers.into_iter().map(|(_, answer)| answer).collect();
            assert_eq!(
                (taken.len(), told(&answers, "SEAT_LIMIT")),
                (5, 59),
                "{answers:?}"
            );
            let held = shop
                .agent
                .list(&format!("licenses/{}/seats?state=held", license.id))
                .await;
            assert_eq!(held.len(), 5);
            // Each is given back eight times at once, and frees one.
            let mut all = JoinSet::new();
            for (token, seat) in taken.iter().cycle().take(40) {
                let asking = app
                    .nobody(DOOR)
                    .delete(&format!("seats/{seat}"))
                    .bearer(token);
                all.spawn(async move { asking.await });
            }
            assert_eq!(counted(&all.join_all().await, 204), 40);
            alvara_tests::app::check_pools(app.database());
            assert_eq!(
                app.database()
                    .count("SELECT SUM(seats_used) FROM seat_pools"),
                0
            );
        }
    });
}

// R-LIC-04
#[test]
fn one_program_that_asks_sixteen_times_at_once_holds_one_seat() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = floating(&shop, 5, &json!({})).await;
        let program = activated(app, &license, "fp-1").await;
        let mut all = JoinSet::new();
        for _ in 0..16 {
            let asking = app
                .nobody(DOOR)
                .post("seats", &json!({}))
                .bearer(&program.token);
            all.spawn(async move { asking.await });
        }
        let answers = all.join_all().await;
        let seats: BTreeSet<String> = answers.iter().map(|one| one.text("/seat/id")).collect();
        assert_eq!((seats.len(), counted(&answers, 201)), (1, 1), "{answers:?}");
    });
}

// R-LIC-04
#[test]
fn sixty_four_people_at_once_for_three_names_are_three() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let terms = json!({ "binding": "user", "user_limit": 3, "machine_limit": null });
        let license = shop.license_of(&terms).await;
        let mut all = JoinSet::new();
        for index in 0..64 {
            // Each of 32 people comes with two machines.
            let body = json!({
                "key": license.key, "user": format!("User{}@example.test", index / 2),
                "machine": { "fingerprint": format!("fp-{index}") },
            });
            let asking = app.nobody(DOOR).post("activations", &body);
            all.spawn(async move { asking.await });
        }
        let answers = all.join_all().await;
        let taken = counted(&answers, 201);
        assert_eq!(told(&answers, "USER_LIMIT"), 64 - taken, "{answers:?}");
        assert!((3..=6).contains(&taken), "{taken}");
        let users = shop
            .agent
            .list(&format!("licenses/{}/users", license.id))
            .await;
        assert_eq!(users.len(), 3);
    });
}

// R-LIC-09
#[test]
fn sixty_four_deactivations_at_once_of_two_allowed_are_two() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let terms =
            json!({ "machine_limit": null, "deactivations": { "limit": 2, "period": "P30D" } });
        let license = shop.license_of(&terms).await;
        let mut machines = Vec::new();
        for index in 0..16 {
            machines.push(activated(app, &license, &format!("fp-{index}")).await);
        }
        let mut all = JoinSet::new();
        for index in 0..64 {
            let program = machines[index % 16].clone();
            all.spawn(async move { (index % 16, program.deactivate().await) });
        }
        let answers = all.join_all().await;
        let gone: BTreeSet<usize> = answers
            .iter()
            .filter(|(_, answer)| answer.status == 204)
            .map(|(index, _)| *index)
            .collect();
        assert_eq!(gone.len(), 2, "{answers:?}");
        let refused = answers
            .iter()
            .filter(|(_, answer)| answer.code() == "DEACTIVATION_LIMIT");
        assert_eq!(refused.count(), 56);
        let active = shop
            .agent
            .list(&format!("machines?license_id={}&state=active", license.id))
            .await;
        assert_eq!(active.len(), 14);
    });
}

// R-LIC-04 R-LIC-05
#[test]
fn one_changed_machine_that_comes_sixteen_times_at_once_takes_no_second_seat() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license_of(&super::drift::weighted("absorb", 5)).await;
        let before = super::drift::parts("b", "d", "n");
        let first = super::arrive(app, &license, "fp-0", &before, &json!({}))
            .await
            .expect(201);
        // A new disk, and a fingerprint that follows from it: the same one, then sixteen others.
        for names in [vec!["fp-1".to_owned(); 16], (2..18).map(name).collect()] {
            let mut all = JoinSet::new();
            for fingerprint in names {
                let body = json!({
                    "key": license.key,
                    "machine": { "fingerprint": fingerprint, "components": super::drift::parts("b", "new", "n") },
                });
                let asking = app.nobody(DOOR).post("activations", &body);
                all.spawn(async move { asking.await });
            }
            let answers = all.join_all().await;
            assert_eq!(counted(&answers, 200), 16, "{answers:?}");
            let machines: BTreeSet<String> =
                answers.iter().map(|one| one.text("/machine/id")).collect();
            assert_eq!(machines, BTreeSet::from([first.text("/machine/id")]));
        }
        // As does one that nobody knew, whatever it calls itself.
        let mut all = JoinSet::new();
        for index in 20..36 {
            let body = json!({
                "key": license.key,
                "machine": { "fingerprint": name(index), "components": super::drift::parts("x", "y", "z") },
            });
            let asking = app.nobody(DOOR).post("activations", &body);
            all.spawn(async move { asking.await });
        }
        let answers = all.join_all().await;
        assert_eq!(
            (counted(&answers, 201), counted(&answers, 200)),
            (1, 15),
            "{answers:?}"
        );
    });
}

fn name(index: usize) -> String {
    format!("n{index}")
}
