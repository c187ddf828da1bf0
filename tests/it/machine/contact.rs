//! What a machine hears when it calls.

use alvara_tests::each_app;
use alvara_tests::program::payload;
use serde_json::json;

// R-LIC-11
#[test]
fn a_heartbeat_reports_and_is_remembered() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let mut program = app.program("acme.localhost", &license.key, "fp-1");
        let _ = program.activate().await;
        app.advance_seconds(3600);
        let report = json!({
            "app_version": "2.1.4", "nonce": "n-1",
            "metrics": { "cpu_percent": 12.5, "memory_percent": 80, "disk_percent": 99.99 },
        });
        let answer = program.beat(&report).await.expect(200);
        let said = answer.json();
        assert_eq!(said["valid"], true);
        assert_eq!(said["nonce"], "n-1");
        assert_eq!(said["commands"], json!([]));
        let lease = payload(&program.lease);
        assert_eq!(lease["nonce"], "n-1", "{lease}");
        let machine = shop
            .agent
            .get(&format!("machines/{}", program.machine_id))
            .await
            .expect(200)
            .json();
        assert_eq!(machine["metrics"]["cpu_percent"], 12.5);
        assert_eq!(machine["metrics"]["disk_percent"], 99.99);
        assert_eq!(machine["app_version"], "2.1.4");
        assert_eq!(machine["is_online"], true);
        // Nonsense is refused and changes nothing.
        let nonsense = json!({ "metrics": { "cpu_percent": 101 } });
        let refused = program.beat(&nonsense).await;
        assert_eq!(refused.pointers(), ["/metrics/cpu_percent"]);
        refused.refuse(422, "INVALID_FIELDS");
        // Silent for longer than its lease, it counts as offline.
        app.advance(38);
        let machine = shop
            .agent
            .get(&format!("machines/{}", program.machine_id))
            .await
            .expect(200)
            .json();
        assert_eq!(machine["is_online"], false);
    });
}

// R-LIC-11
#[test]
fn a_block_is_in_force_at_the_next_contact_and_so_is_its_end() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let mut program = app.program("acme.localhost", &license.key, "fp-1");
        let _ = program.activate().await;
        let block = format!("machines/{}/block", program.machine_id);
        let _ = shop
            .agent
            .post(&block, &json!({ "reason": "stolen" }))
            .await
            .expect(200);
        let told = program.heartbeat().await.expect(200);
        assert_eq!(told.text("/code"), "MACHINE_BLOCKED");
        assert_eq!(told.json()["commands"][0]["type"], "blocked");
        assert_eq!(told.json()["lease"], json!(null));
        program.try_activate().await.refuse(403, "MACHINE_BLOCKED");
        // It cannot shed the block by leaving and coming back.
        program.deactivate().await.refuse(409, "STATE_CONFLICT");
        let _ = shop.agent.delete(&block).await.expect(200);
        assert_eq!(program.contact().await, "VALID");
    });
}

// R-LIC-09 R-LIC-02
#[test]
fn what_is_decided_about_a_license_is_said_at_the_next_contact() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let path = |verb: &str| format!("licenses/{}/{verb}", license.id);
        let mut program = app.program("acme.localhost", &license.key, "fp-1");
        let _ = program.activate().await;

        let reason = json!({ "reason": "invoice unpaid" });
        let _ = shop
            .agent
            .post(&path("suspension"), &reason)
            .await
            .expect(200);
        assert_eq!(program.contact().await, "SUSPENDED");
        // Saying it twice changes nothing.
        let twice = shop
            .agent
            .post(&path("suspension"), &reason)
            .await
            .expect(200);
        assert_eq!(twice.text("/state"), "suspended");
        let _ = shop.agent.delete(&path("suspension")).await.expect(200);
        assert_eq!(program.contact().await, "VALID");

        let before = program.claims();
        let _ = shop
            .agent
            .post(&path("renewals"), &json!({ "period": "P1Y" }))
            .await
            .expect(200);
        assert_eq!(program.contact().await, "VALID");
        let after = program.claims();
        assert!(
            after["seq"].as_i64() > before["seq"].as_i64(),
            "{before} {after}"
        );
        let year = after["exp"].as_i64().unwrap() - before["exp"].as_i64().unwrap();
        assert!((365 * 86_400..=366 * 86_400).contains(&year), "{year}");
        // What was delivered once is not sent again.
        assert_eq!(
            program.heartbeat().await.expect(200).json()["commands"],
            json!([])
        );
        // Unless the answer that brought it was lost.
        let lost = program
            .beat(&json!({ "computer_key_seq": 1 }))
            .await
            .expect(200)
            .json();
        assert_eq!(lost["commands"][0]["type"], "computer_key");

        // An agent may not end a license for good.
        shop.agent
            .post(&path("revocation"), &json!({}))
            .await
            .refuse(403, "FORBIDDEN");
        let _ = shop
            .subcompany
            .post(&path("revocation"), &json!({}))
            .await
            .expect(200);
        assert_eq!(program.contact().await, "REVOKED");
        shop.agent
            .delete(&path("suspension"))
            .await
            .refuse(409, "STATE_CONFLICT");
    });
}

// R-LIC-08
#[test]
fn the_windows_of_the_two_presets() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let online = json!({ "preset": "always-online" });
        let policy = shop
            .reseller
            .policy(&shop.product_id, "online", &online)
            .await;
        let online = shop.agent.issue(&policy, &shop.customer.node_id).await;
        let hybrid = shop.license().await;
        for (key, window) in [(online.key, 300), (hybrid.key, 37 * 86_400)] {
            let mut program = app.program("acme.localhost", &key, "fp-1");
            let _ = program.activate().await;
            let lease = payload(&program.lease);
            assert_eq!(
                lease["exp"].as_i64().unwrap() - lease["iat"].as_i64().unwrap(),
                window
            );
        }
    });
}

// R-LIC-07 R-LIC-02
#[test]
fn expiry_is_computed_and_a_renewal_lifts_it() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let mut program = app.program("acme.localhost", &license.key, "fp-1");
        let _ = program.activate().await;
        app.advance(364);
        let near = program.validate().await.expect(200).json();
        assert_eq!(
            (&near["valid"], &near["days_left"]),
            (&json!(true), &json!(1))
        );
        app.advance(2);
        let verdict = program.heartbeat().await.expect(200).json();
        assert_eq!(
            (&verdict["valid"], &verdict["code"]),
            (&json!(false), &json!("EXPIRED"))
        );
        assert_eq!(verdict["lease"], json!(null));
        let seen = shop
            .agent
            .get(&format!("licenses/{}", license.id))
            .await
            .expect(200)
            .json();
        assert_eq!(
            (&seen["state"], &seen["is_expired"]),
            (&json!("active"), &json!(true))
        );
        let renewals = format!("licenses/{}/renewals", license.id);
        let _ = shop.agent.post(&renewals, &json!({})).await.expect(200);
        assert_eq!(program.contact().await, "VALID");
    });
}

// R-LIC-07
#[test]
fn a_validation_explains_itself_in_the_language_of_the_reader() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let mut program = app.program("acme.localhost", &license.key, "fp-1");
        let _ = program.activate().await;
        let asked = json!({ "key": license.key, "scope": { "product": "other" }, "nonce": "n-2" });
        let mut said = Vec::new();
        for language in ["en", "pt-BR", "it", "es"] {
            let asking = app.nobody("acme.localhost").post("validations", &asked);
            let answer = asking.header("accept-language", language).await.expect(200);
            assert_eq!(answer.text("/code"), "PRODUCT_MISMATCH");
            assert_eq!(answer.text("/nonce"), "n-2");
            assert!(
                answer.header("signature").is_some(),
                "without a lease the answer itself is signed"
            );
            said.push(answer.text("/detail"));
        }
        said.sort();
        said.dedup();
        assert_eq!(said.len(), 4, "{said:?}");
        // By the computer key it is the same license.
        let by_key = json!({ "computer_key": program.computer_key });
        let answer = app
            .nobody("acme.localhost")
            .post("validations", &by_key)
            .await
            .expect(200);
        assert_eq!(answer.text("/license/id"), license.id);
        // Tampered with, it is nobody's.
        let forged = format!(
            "{}A",
            &program.computer_key[..program.computer_key.len() - 1]
        );
        let forged = if forged == program.computer_key {
            format!("{forged}A")
        } else {
            forged
        };
        let answer = app
            .nobody("acme.localhost")
            .post("validations", &json!({ "computer_key": forged }))
            .await;
        assert_eq!(answer.expect(200).json()["valid"], false);
    });
}
