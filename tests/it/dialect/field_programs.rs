//! Programs of their own, in Python and Node.js, that live through the dialects P and I. They share
//! no line with the platform.

use alvara_tests::strangers::{node, python_client};
use alvara_tests::{PASSWORD, TestApp, each_app};
use serde_json::{Value, json};

async fn run(
    app: &TestApp,
    program: impl FnOnce(&[&str]) -> Value + Send + 'static,
    user: &str,
) -> Value {
    let mut arguments = Vec::new();
    for (flag, value) in [
        ("--base", app.base_url().to_owned()),
        ("--host", "acme.localhost".to_owned()),
        ("--user", user.to_owned()),
        ("--password", PASSWORD.to_owned()),
    ] {
        arguments.extend([flag.to_owned(), value]);
    }
    // The platform answers on threads of its own while this one waits for the program.
    tokio::task::spawn_blocking(move || {
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        program(&words)
    })
    .await
    .unwrap()
}

// R-API-02 R-LIC-09 R-LIC-11 R-TEN-09
#[test]
fn a_panel_in_python_lives_through_dialect_p() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let told = run(
            app,
            |words| python_client("portuguese_panel.py", words),
            &shop.subcompany.email,
        )
        .await;
        assert_eq!(
            told,
            json!({
                "customer": ["ativo", "pro", "11222333000181"], "customers": 2,
                "license": ["ativa", "assinatura"], "before": true, "activated": ["ativa", 365],
                "verified": [true, true], "heartbeat": ["ativa", false], "second": [409, "MACHINE_LIMIT"],
                "dashboard": { "cpu": 7.5, "memoria": 50.0, "disco": 33.3 },
                "machine_blocked": ["bloqueada", true], "customer_blocked": "bloqueado",
                "heartbeat_of_blocked": ["bloqueada", false], "verified_of_blocked": false,
                "customer_active": "ativo", "renewed": ["ativa", 731],
                "heartbeat_at_last": ["ativa", false], "nobody": [401, "UNAUTHENTICATED"],
            })
        );
    });
}

// R-API-02 R-LIC-09 R-TEN-09
#[test]
fn a_shop_in_node_lives_through_dialect_i() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let told = run(
            app,
            |words| node("italian_server.mjs", words),
            &shop.reseller.email,
        )
        .await;
        assert_eq!(
            told,
            json!({
                "registered": ["in_attesa", []], "waiting": [1, "Aurora S.r.l.", true],
                "license": ["in_attesa_convalida", 1], "tooEarly": [403, "PENDING_VALIDATION"],
                "validated": "convalidato", "activated": ["ok", "attiva", 1],
                "second": [409, "MACHINE_LIMIT"], "checked": [true, "attiva", 365],
                "suspended": "sospesa", "checkedSuspended": [false, "sospesa", 365],
                "checkedBlocked": [false, "sospesa", 365], "checkedAgain": [true, "attiva", 365],
                "found": 1, "checkedDeleted": [false, null, null], "foundDeleted": 0,
                "nobody": [401, "UNAUTHENTICATED"],
            })
        );
    });
}
