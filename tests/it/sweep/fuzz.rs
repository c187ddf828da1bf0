//! A stranger reads the OpenAPI document and throws at the API whatever the document allows, and
//! what it does not allow.

use std::process::Command;

use alvara_tests::one_app;
use alvara_tests::strangers::python;
use serde_json::json;

// R-API-01
#[test]
fn schemathesis_finds_no_server_error_and_no_breach_of_the_schema() {
    one_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let mut program = app.program("acme.localhost", &license.key, "fp-1");
        let _ = program.activate().await;
        let key = json!({ "node_id": shop.reseller.node_id, "name": "fuzz", "role": "reseller_admin", "permissions": [] });
        let secret = shop
            .reseller
            .post("api-keys", &key)
            .await
            .expect(201)
            .text("/secret");
        let base = app.base_url().to_owned();
        let folder = app.database().folder().to_owned();
        let output = tokio::task::spawn_blocking(move || {
            Command::new(python())
                .args(["-m", "schemathesis.cli", "run", &format!("{base}/api/v1/openapi.json")])
                .args(["--header", &format!("Authorization: Bearer {secret}"), "--header", "Host: acme.localhost"])
                .args(["--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance"])
                // Ending the key that it asks with would end the run. One worker: CPython 3.11 may fail
                // when two threads parse at once.
                .args(["--exclude-operation-id", "revoke_api_key"])
                // It makes no WebAssembly; what is no plugin is refused in payments/plugins.rs.
                .args(["--exclude-operation-id", "install_plugin"])
                .args(["--phases", "examples,coverage,fuzzing", "--max-time", "75", "--seed", "20270115"])
                .args(["--max-examples", "15", "--workers", "1", "--no-color", "--generation-database", "none"])
                .args(["--suppress-health-check", "all", "--warnings", "off", "--continue-on-failure"])
                .current_dir(folder)
                .output()
                .expect("schemathesis")
        })
        .await
        .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success(),
            "{said}\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(
            said.contains("Tested:") || said.contains("passed"),
            "{said}"
        );
    });
}
