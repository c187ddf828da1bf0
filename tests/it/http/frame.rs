//! What surrounds every answer.

use alvara_tests::{each_app, one_app};

// R-OPS-03
#[test]
fn alive_and_ready() {
    each_app(async |app| {
        let nobody = app.nobody("localhost");
        assert_eq!(
            nobody.get("/healthz").await.expect(200).text("/status"),
            "ok"
        );
        assert_eq!(
            nobody
                .get("/readyz")
                .await
                .expect(200)
                .text("/checks/database"),
            "ok"
        );
    });
}

// R-API-01
#[test]
fn answers_bear_the_headers_of_a_careful_server() {
    one_app(async |app| {
        for path in [
            "/healthz",
            "/api/v1/openapi.json",
            "/api/v1/docs",
            "/problems",
            "licenses",
            "/nowhere",
        ] {
            let answer = app.nobody("localhost").get(path).await;
            assert_eq!(
                answer.header("x-content-type-options"),
                Some("nosniff"),
                "{path}"
            );
            let policy = answer.header("content-security-policy").unwrap();
            assert!(
                policy.contains("default-src 'none'") && !policy.contains("unsafe"),
                "{path}: {policy}"
            );
            assert!(answer.header("cache-control").is_some(), "{path}");
        }
        let unknown = app
            .nobody("nobody.example")
            .get("/api/v1/openapi.json")
            .await;
        assert!(matches!(unknown.status, 200 | 404), "{unknown:?}");
        app.nobody("nobody.example")
            .get("licenses")
            .await
            .refuse(404, "UNKNOWN_HOST");
        let wrong = app.nobody("localhost").delete("products").await;
        assert!(
            wrong
                .header("allow")
                .is_some_and(|allowed| allowed.contains("POST")),
            "{wrong:?}"
        );
        wrong.refuse(405, "METHOD_NOT_ALLOWED");
    });
}
