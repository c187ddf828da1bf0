//! Changing a license, and deciding about it on the version that was read.

use alvara_tests::each_app;
use serde_json::json;
use tokio::task::JoinSet;

// R-API-01 R-LIC-09
#[test]
fn a_license_is_changed_and_its_machines_hear_what_concerns_them() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop
            .license_of(&json!({ "machine_limit": 3, "overage_percent": 100 }))
            .await;
        let path = format!("licenses/{}", license.id);
        let mut programs = Vec::new();
        for index in 0..3 {
            let mut program = app.program("acme.localhost", &license.key, &format!("fp-{index}"));
            let _ = program.activate().await;
            programs.push(program);
        }
        shop.agent
            .patch(&path, &json!({ "note": "x" }))
            .await
            .refuse(428, "PRECONDITION_REQUIRED");
        let noted = shop
            .agent
            .change(&path, &json!({ "note": "moved desks" }))
            .await;
        assert_eq!(noted.expect(200).text("/note"), "moved desks");
        // A note is nobody's business but people's.
        assert_eq!(programs[0].heartbeat().await.json()["commands"], json!([]));
        let changed = json!({ "user": "Ana", "site": "Norte", "machine_limit": 5 });
        let changed = shop.agent.change(&path, &changed).await.expect(200).json();
        assert_eq!(
            (&changed["user"], &changed["site"]),
            (&json!("Ana"), &json!("Norte"))
        );
        assert_eq!(changed["machine_limit"], 10, "with its overage");
        assert_eq!(programs[0].contact().await, "VALID");
        assert_eq!(programs[0].claims()["usr"], "Ana");
        // Down to what is used, and no further: one machine with as much overage makes two.
        let refused = shop
            .agent
            .change(&path, &json!({ "machine_limit": 1 }))
            .await;
        assert_eq!(refused.pointers(), ["/machine_limit"]);
        let lowered = shop
            .agent
            .change(&path, &json!({ "machine_limit": 2 }))
            .await
            .expect(200);
        assert_eq!(lowered.json()["machine_limit"], 4);
        let open = json!({ "machine_limit": null, "user": null, "site": null });
        let open = shop.agent.change(&path, &open).await.expect(200).json();
        assert_eq!(open["machine_limit"], json!(null));
        assert_eq!(open["user"], json!(null));
        // The same again changes nothing, not even the version.
        let read = shop.agent.get(&path).await;
        let same = shop
            .agent
            .change(&path, &json!({ "note": "moved desks" }))
            .await;
        assert_eq!(same.header("etag"), read.header("etag"));
        shop.customer
            .patch(&path, &json!({ "note": "x" }))
            .if_match(&read)
            .await
            .refuse(403, "FORBIDDEN");
        let _ = shop
            .subcompany
            .post(&format!("{path}/revocation"), &json!({}))
            .await
            .expect(200);
        let late = shop.agent.change(&path, &json!({ "note": "x" })).await;
        late.refuse(409, "STATE_CONFLICT");
    });
}

// R-API-01 R-LIC-09
#[test]
fn a_decision_may_name_the_version_it_is_based_on() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let path = format!("licenses/{}", license.id);
        let old = shop.subcompany.get(&path).await.expect(200);
        let _ = shop
            .agent
            .change(&path, &json!({ "note": "x" }))
            .await
            .expect(200);
        for (what, body) in [
            ("suspension", json!({})),
            ("renewals", json!({})),
            ("revocation", json!({})),
        ] {
            shop.subcompany
                .post(&format!("{path}/{what}"), &body)
                .if_match(&old)
                .await
                .refuse(412, "STALE_VERSION");
        }
        let suspension = format!("{path}/suspension");
        shop.subcompany
            .post(&suspension, &json!({}))
            .header("if-match", "7")
            .await
            .refuse(400, "INVALID_REQUEST");
        let now = shop.subcompany.get(&path).await;
        let done = shop
            .subcompany
            .post(&suspension, &json!({}))
            .if_match(&now)
            .await;
        let done = done.expect(200);
        shop.subcompany
            .delete(&suspension)
            .if_match(&now)
            .await
            .refuse(412, "STALE_VERSION");
        let _ = shop
            .subcompany
            .delete(&suspension)
            .if_match(&done)
            .await
            .expect(200);
        // Who says nothing decides about whatever is there.
        let _ = shop
            .subcompany
            .post(&suspension, &json!({}))
            .await
            .expect(200);
        let any = shop
            .subcompany
            .delete(&suspension)
            .header("if-match", "*")
            .await;
        assert_eq!(any.expect(200).text("/state"), "active");
    });
}

// R-API-01 R-LIC-09
#[test]
fn of_many_decisions_on_one_version_one_is_made() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let path = format!("licenses/{}", license.id);
        let read = shop.agent.get(&path).await;
        let tag = read.header("etag").unwrap().to_owned();
        let mut all = JoinSet::new();
        for _ in 0..64 {
            let renewing = shop.agent.post(&format!("{path}/renewals"), &json!({}));
            let renewing = renewing.header("if-match", &tag);
            all.spawn(async move { renewing.await });
        }
        let answers = all.join_all().await;
        let of = |status: u16| answers.iter().filter(|one| one.status == status).count();
        assert_eq!((of(200), of(412)), (1, 63), "{answers:?}");
        assert_eq!(
            app.database()
                .count("SELECT SUM(term_periods) FROM licenses"),
            2
        );
    });
}
