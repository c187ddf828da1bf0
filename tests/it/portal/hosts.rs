//! Host names on pages, and how the installation does.

use alvara_tests::{Browser, one_app};
use serde_json::json;

// R-TEN-04: a tenant's people see which names lead to them, which one is in mails, and what to set.
#[test]
fn names_are_shown_with_what_their_dns_has_to_say() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let ada = Browser::sign_in(&acme.reseller.admin()).await;
        let place = "/settings/hosts";
        let hub = ada.get("/settings").await.expect(200).body();
        assert!(hub.contains(&format!("href=\"{place}\"")), "{hub}");
        let before = ada.get(place).await.expect(200).body();
        assert!(before.contains("acme.localhost"), "{before}");
        assert!(!before.contains(" CNAME "), "{before}");
        let tenant = &acme.reseller.tenant_id;
        let operator = app.operator();
        for host in ["licenses.acme.test", "later.acme.test"] {
            let path = format!("tenants/{tenant}/hosts");
            let _ = operator
                .post(&path, &json!({ "host": host }))
                .await
                .expect(201);
        }
        let after = ada.get(place).await.expect(200).body();
        let record = "licenses.acme.test. CNAME acme.localhost.";
        assert!(after.contains(record), "{after}");
        assert!(
            after.contains(&format!("data-copy=\"{record}\"")),
            "{after}"
        );
        // The oldest of one's own names is in mails, and no other.
        let rows: Vec<&str> = after.split("<tr>").collect();
        let marked: Vec<&&str> = rows.iter().filter(|row| row.contains("badge ok")).collect();
        assert!(
            marked.len() == 1 && marked[0].contains("licenses.acme.test"),
            "{after}"
        );
        let opal = Browser::sign_in(&operator).await;
        let page = opal
            .get(&format!("/tenants/{tenant}"))
            .await
            .expect(200)
            .body();
        assert!(page.contains(record), "{page}");
        let ana = Browser::sign_in(&acme.agent).await;
        let _ = ana.get(place).await.expect(403);
        // Another tenant sees nothing of it.
        let bella = app.shop("bella").await;
        let bea = Browser::sign_in(&bella.reseller.admin()).await;
        assert!(!bea.get(place).await.expect(200).body().contains("acme"));
    });
}

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
