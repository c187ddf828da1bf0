//! How the installation does, on a page.

use alvara_tests::{Browser, one_app};

// R-OPS-03: the operator sees what runs, since when, and whether it is ready; no secret is shown.
#[test]
fn the_operator_sees_how_the_installation_does() {
    one_app(async |app| {
        let opal = Browser::sign_in(&app.operator()).await;
        let page = opal.get("/operations").await.expect(200).body();
        for part in [
            "id=\"process\"",
            "id=\"parts\"",
            "badge ok",
            env!("CARGO_PKG_VERSION"),
            "http://localhost",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        let kinds = ["SQLite", "PostgreSQL", "MariaDB"];
        assert_eq!(
            kinds.iter().filter(|kind| page.contains(**kind)).count(),
            1,
            "{page}"
        );
        for secret in ["postgres://", "mysql://", "sqlite:"] {
            assert!(!page.contains(secret), "{page}");
        }
    });
}
