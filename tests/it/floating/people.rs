//! Licenses that name their users.

use alvara_tests::each_app;
use serde_json::json;

use super::{DOOR, arrive, events};

// R-LIC-04
#[test]
fn a_license_names_so_many_people_and_each_once() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let terms = json!({ "binding": "user", "user_limit": 2, "machine_limit": null });
        let license = shop.license_of(&terms).await;
        let none = json!({});
        // Somebody must be said.
        arrive(app, &license, "fp-0", &none, &none)
            .await
            .refuse(403, "USER_MISMATCH");
        let ana = json!({ "user": "Ana@Example.test" });
        let _ = arrive(app, &license, "fp-1", &none, &ana).await.expect(201);
        let same = json!({ "user": " ana@example.TEST " });
        let _ = arrive(app, &license, "fp-2", &none, &same)
            .await
            .expect(201);
        // A validation names too, and only a machine's contact asks for nobody new.
        let asked = json!({ "key": license.key, "scope": { "user": "rui@example.test" } });
        let valid = app
            .nobody(DOOR)
            .post("validations", &asked)
            .await
            .expect(200);
        assert_eq!(valid.text("/code"), "VALID");
        let path = format!("licenses/{}/users", license.id);
        let users = shop.customer.list(&path).await;
        let names: Vec<&str> = users
            .iter()
            .map(|user| user["user"].as_str().unwrap())
            .collect();
        assert_eq!(names, ["Ana@Example.test", "rui@example.test"]);
        // Nobody else, with the count.
        let zoe = json!({ "user": "zoe@example.test" });
        let refused = arrive(app, &license, "fp-3", &none, &zoe).await;
        assert_eq!(
            refused.json()["verdict"]["because"],
            json!({ "kind": "limit", "of": "users", "used": 2, "limit": 2 })
        );
        refused.refuse(409, "USER_LIMIT");
        let asked = json!({ "key": license.key, "scope": { "user": "zoe@example.test" } });
        let verdict = app
            .nobody(DOOR)
            .post("validations", &asked)
            .await
            .expect(200);
        assert_eq!(verdict.text("/code"), "USER_LIMIT");
        assert_eq!(events(app, "license.user_added"), 2);
        let seen = shop
            .agent
            .get(&format!("licenses/{}", license.id))
            .await
            .expect(200)
            .json();
        assert_eq!(
            seen["machines_used"], 2,
            "who is refused takes no machine either"
        );
    });
}

// R-LIC-04 R-TEN-03
#[test]
fn members_name_people_and_strike_them_off() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let terms = json!({ "binding": "user", "user_limit": 1, "machine_limit": null });
        let license = shop.license_of(&terms).await;
        let path = format!("licenses/{}/users", license.id);
        let ana = json!({ "user": "ana@example.test" });
        shop.customer
            .post(&path, &ana)
            .await
            .refuse(403, "FORBIDDEN");
        let _ = shop.agent.post(&path, &ana).await.expect(201);
        let twice = shop
            .agent
            .post(&path, &json!({ "user": "ANA@example.test" }))
            .await;
        twice.refuse(409, "ALREADY_EXISTS");
        let rui = json!({ "user": "rui@example.test" });
        shop.agent.post(&path, &rui).await.refuse(409, "USER_LIMIT");
        let mut program = app.program(DOOR, &license.key, "fp-1");
        let arrived = arrive(app, &license, "fp-1", &json!({}), &ana)
            .await
            .expect(201);
        program.token = arrived.text("/machine/token");
        assert_eq!(program.contact().await, "VALID");
        let struck = format!("{path}/ana%40example.test");
        let _ = shop.agent.delete(&struck).await.expect(204);
        shop.agent.delete(&struck).await.refuse(404, "NOT_FOUND");
        // Her machine is told; there is room for another.
        assert_eq!(program.contact().await, "USER_MISMATCH");
        let _ = shop.agent.post(&path, &rui).await.expect(201);
        arrive(app, &license, "fp-1", &json!({}), &ana)
            .await
            .refuse(409, "USER_LIMIT");
        let _ = arrive(app, &license, "fp-1", &json!({}), &rui)
            .await
            .expect(200);
        assert_eq!(program.contact().await, "VALID");
        // A license of another kind names nobody.
        let plain = shop.license().await;
        let path = format!("licenses/{}/users", plain.id);
        shop.agent
            .post(&path, &ana)
            .await
            .refuse(409, "STATE_CONFLICT");
    });
}
