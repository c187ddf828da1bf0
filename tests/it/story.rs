//! What a user can do, from the operator's first step to a revoked license, as one story.

use alvara_tests::each_app;
use alvara_tests::strangers::openssl_verifies;
use serde_json::json;

// R-TEN-01 R-TEN-02 R-LIC-01 R-LIC-02 R-LIC-05 R-LIC-07 R-LIC-09 R-LIC-11
#[test]
fn from_a_fresh_machine_to_a_revoked_license() {
    each_app(async |app| {
        // The operator opens a reseller; the reseller builds its tree and its catalogue.
        let acme = app.reseller("acme").await;
        let norte = acme.node("subcompany", "Norte").await;
        let desk = acme.node("agent", "Ana").await;
        let _ = acme
            .post(
                &format!("nodes/{desk}/moves"),
                &json!({ "parent_id": norte }),
            )
            .await
            .expect(200);
        let agent = acme.recruit(&desk, "agent", "Ana").await;
        let product = acme.product("writer").await;
        for (major, minor) in [(1, 0), (1, 1), (2, 0)] {
            let version =
                json!({ "major": major, "minor": minor, "name": format!("{major}.{minor}") });
            let _ = acme
                .post(&format!("products/{product}/versions"), &version)
                .await
                .expect(201);
        }
        for code in ["BASE", "REPORTS"] {
            let price = json!({ "amount_minor": 4_900, "currency": "BRL" });
            let module = json!({ "code": code, "name": code, "price": price });
            let _ = acme
                .post(&format!("products/{product}/modules"), &module)
                .await
                .expect(201);
        }
        let terms = json!({ "terms": {
            "kind": "subscription", "duration": "P1Y", "starts": "first_activation",
            "machine_limit": 2, "modules": ["BASE"],
        }});
        let policy = acme.policy(&product, "yearly", &terms).await;

        // The agent finds a customer and sells.
        let customer = agent.node("customer", "Carla").await;
        let license = agent.issue(&policy, &customer).await;

        // A program activates, and a stranger verifies what it was given.
        let mut program = app.program("acme.localhost", &license.key, "fp-1");
        let _ = program.activate().await.expect(201);
        let pem = app
            .nobody("acme.localhost")
            .get("/.well-known/alvara/writer/key.pem")
            .await
            .expect(200)
            .body();
        assert!(openssl_verifies(&program.computer_key, &pem));

        // It checks, beats, is blocked and let go again, and leaves.
        assert_eq!(program.validate().await.expect(200).json()["valid"], true);
        let report = json!({ "app_version": "2.0.1", "metrics": { "cpu_percent": 3.5 } });
        assert_eq!(
            program.beat(&report).await.expect(200).text("/code"),
            "VALID"
        );
        let block = format!("machines/{}/block", program.machine_id);
        let _ = agent
            .post(&block, &json!({ "reason": "reported stolen" }))
            .await
            .expect(200);
        assert_eq!(program.contact().await, "MACHINE_BLOCKED");
        let _ = agent.delete(&block).await.expect(200);
        assert_eq!(program.contact().await, "VALID");
        let _ = program.deactivate().await.expect(204);
        let _ = program.activate().await.expect(201);

        // Suspended, reinstated, renewed, revoked: the next contact says so.
        let path = |verb: &str| format!("licenses/{}/{verb}", license.id);
        let _ = agent
            .post(&path("suspension"), &json!({}))
            .await
            .expect(200);
        assert_eq!(program.contact().await, "SUSPENDED");
        let _ = agent.delete(&path("suspension")).await.expect(200);
        assert_eq!(program.contact().await, "VALID");
        app.advance(400);
        assert_eq!(program.contact().await, "EXPIRED");
        let _ = agent.post(&path("renewals"), &json!({})).await.expect(200);
        assert_eq!(program.contact().await, "VALID");
        assert!(openssl_verifies(&program.computer_key, &pem));
        let _ = acme
            .post(&path("revocation"), &json!({ "reason": "refunded" }))
            .await
            .expect(200);
        assert_eq!(program.contact().await, "REVOKED");

        // A second reseller on the same server sees nothing of it.
        let bella = app.reseller("bella").await;
        for noun in [
            "licenses",
            "machines",
            "products",
            "policies",
            "plans",
            "license-batches",
            "renewal-keys",
        ] {
            assert_eq!(bella.list(noun).await.len(), 0, "{noun}");
        }
        assert_eq!(bella.list("nodes").await.len(), 1);
        bella
            .get(&format!("licenses/{}", license.id))
            .await
            .refuse(404, "NOT_FOUND");
        let asked = json!({ "key": license.key });
        let verdict = app
            .nobody("bella.localhost")
            .post("validations", &asked)
            .await
            .expect(200);
        assert_eq!(verdict.text("/code"), "NOT_FOUND");
    });
}
