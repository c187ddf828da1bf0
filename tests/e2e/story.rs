//! The whole story on a fresh machine: one binary, no other service.

use alvara_tests::served::Place;
use alvara_tests::strangers::openssl_verifies;
use serde_json::json;

pub(crate) fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(work)
}

// R-OPS-01 R-TEN-02 R-LIC-05 R-LIC-07 R-LIC-09 R-LIC-11 R-TEN-08
#[test]
fn one_binary_on_a_fresh_machine() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::in_directory(folder.path());
    let mut served = place.serve();
    wait(async {
        let acme = served.reseller("acme").await;
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
        let version = json!({ "major": 1, "minor": 0, "name": "1.0" });
        let _ = acme
            .post(&format!("products/{product}/versions"), &version)
            .await
            .expect(201);
        let policy = acme
            .policy(&product, "hybrid", &json!({ "preset": "hybrid" }))
            .await;
        let customer = agent.node("customer", "Carla").await;
        let license = agent.issue(&policy, &customer).await;

        let mut program = served.program("acme.localhost", &license.key, "fp-1");
        let _ = program.activate().await.expect(201);
        let pem = served
            .nobody("acme.localhost")
            .get("/.well-known/alvara/writer/key.pem")
            .await
            .expect(200)
            .body();
        assert!(openssl_verifies(&program.computer_key, &pem));
        assert_eq!(program.contact().await, "VALID");
        let block = format!("machines/{}/block", program.machine_id);
        let _ = agent.post(&block, &json!({})).await.expect(200);
        assert_eq!(program.contact().await, "MACHINE_BLOCKED");
        let _ = agent.delete(&block).await.expect(200);
        let path = |verb: &str| format!("licenses/{}/{verb}", license.id);
        let _ = agent
            .post(&path("suspension"), &json!({}))
            .await
            .expect(200);
        assert_eq!(program.contact().await, "SUSPENDED");
        let _ = agent.delete(&path("suspension")).await.expect(200);
        let _ = agent.post(&path("renewals"), &json!({})).await.expect(200);
        assert_eq!(program.contact().await, "VALID");
        let _ = program.deactivate().await.expect(204);
        let _ = acme.post(&path("revocation"), &json!({})).await.expect(200);
        program.try_activate().await.refuse(403, "REVOKED");
        let bella = served.reseller("bella").await;
        bella
            .get(&format!("licenses/{}", license.id))
            .await
            .refuse(404, "NOT_FOUND");

        // A batch is issued by the process itself, in the background.
        let wanted = json!({ "policy_id": policy, "node_id": desk, "count": 300 });
        let batch = agent
            .post("license-batches", &wanted)
            .await
            .expect(202)
            .id();
        for _ in 0..200 {
            if agent
                .get(&format!("license-batches/{batch}"))
                .await
                .text("/state")
                == "done"
            {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        assert_eq!(
            agent
                .get(&format!("license-batches/{batch}"))
                .await
                .text("/state"),
            "done"
        );
    });
    // Told to stop, it ends well; what it did is all there, and the chain is whole.
    assert!(served.stop().success());
    let verified = place.run(&["audit", "verify", "--json"]);
    assert!(verified.status.success(), "{verified:?}");
    let doctor = place.run(&["doctor"]);
    assert!(doctor.status.success(), "{doctor:?}");

    // Somebody changes an entry by hand: the command says where, with an exit code of its own.
    let url = format!("sqlite://{}", place.directory.join("alvara.db").display());
    alvara_tests::database::tamper_with_audit(&url);
    let verified = place.run(&["audit", "verify"]);
    assert_eq!(verified.status.code(), Some(5), "{verified:?}");
    assert!(
        String::from_utf8_lossy(&verified.stdout).contains("BROKEN at entry 3"),
        "{verified:?}"
    );
}
