//! The first page of each kind of desk, and the search over everything.

use alvara_tests::{Browser, one_app};
use serde_json::json;

// R-TEN-03 R-TEN-04: each comes to a page of its own, with what is theirs.
#[test]
fn each_desk_has_its_own_first_page() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let license = acme.license().await;
        let carla = Browser::sign_in(&acme.customer).await;
        let page = carla.get("/").await.expect(200).body();
        assert!(
            page.contains(&format!("/licenses/{}", license.id)),
            "{page}"
        );
        let end = license.key.get(license.key.len() - 5..).unwrap();
        assert!(page.contains(end), "{page}");
        assert!(
            !page.contains(&license.key),
            "the whole key is not on a first page"
        );
        let ana = Browser::sign_in(&acme.agent).await;
        let page = ana.get("/").await.expect(200).body();
        assert!(page.contains("/commissions?period"), "{page}");
        let rita = Browser::sign_in(&acme.reseller.admin()).await;
        let page = rita.get("/").await.expect(200).body();
        assert!(page.contains("/approvals?tab"), "{page}");
        // What is there is ticked, and the rest leads on.
        assert!(page.contains("class=\"tasks\""), "{page}");
        let opal = Browser::sign_in(&app.operator()).await;
        let page = opal.get("/").await.expect(200).body();
        assert!(page.contains("href=\"/tenants\""), "{page}");
    });
}

// R-TEN-01: the search finds what is one's own and nothing of a neighbour's.
#[test]
fn the_search_finds_only_what_one_sees() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let license = acme.license().await;
        let mut program = app.program("acme.localhost", &license.key, "fp-found");
        program.activate().await;
        let end = license.key.get(license.key.len() - 5..).unwrap();
        let ana = Browser::sign_in(&acme.agent).await;
        let by_key = ana
            .get(&format!("/search?q={end}"))
            .await
            .expect(200)
            .body();
        assert!(
            by_key.contains(&format!("/licenses/{}", license.id)),
            "{by_key}"
        );
        let by_print = ana.get("/search?q=fp-found").await.expect(200).body();
        assert!(by_print.contains(&program.machine_id), "{by_print}");
        let by_id = ana
            .get(&format!("/search?q={}", program.machine_id))
            .await
            .expect(200)
            .body();
        assert!(by_id.contains("Desk"), "{by_id}");
        let _ = ana.get("/search").await.expect(200);
        let other = app.shop("bravo").await;
        let bob = Browser::sign_in(&other.reseller.admin()).await;
        for q in [end, "fp-found", &program.machine_id] {
            let page = bob.get(&format!("/search?q={q}")).await.expect(200).body();
            assert!(!page.contains(&license.id), "{page}");
            assert!(
                !page.contains(&format!("/machines/{}", program.machine_id)),
                "{page}"
            );
        }
    });
}

// R-LIC-09: what ends soon is named on the first page of who renews it and of who has it, with the
// way to pay; a neighbour hears nothing of it.
#[test]
fn what_ends_soon_is_on_the_first_page() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        // Sold before there was a plan: what a further year costs is for somebody to say.
        let unpriced = acme.license().await;
        let mut program = app.program("acme.localhost", &unpriced.key, "fp-unpriced");
        program.activate().await;
        let plan = json!({
            "policy_id": acme.policy_id, "code": "yearly", "name": "Yearly", "period": "P1Y",
            "price": { "amount_minor": 19_900, "currency": "BRL" },
        });
        let _ = acme.reseller.post("plans", &plan).await.expect(201);
        let license = acme.license().await;
        let carla = Browser::sign_in(&acme.customer).await;
        let page = carla.get("/").await.expect(200).body();
        assert!(!page.contains("Does not end"), "{page}");
        let mut program = app.program("acme.localhost", &license.key, "fp-soon");
        program.activate().await;
        let other = app.shop("bravo").await;
        let link = format!("/licenses/{}/renewal-link", license.id);
        let ana = Browser::sign_in(&acme.agent).await;
        let page = ana.get("/").await.expect(200).body();
        assert!(!page.contains(&link), "{page}");
        // Fifteen days before the year is over.
        app.advance(350);
        let ana = Browser::sign_in(&acme.agent).await;
        let page = ana.get("/").await.expect(200).body();
        assert!(page.contains(&link), "{page}");
        let carla = Browser::sign_in(&acme.customer).await;
        let page = carla.get("/").await.expect(200).body();
        assert!(
            page.contains(&format!("/licenses/{}/renewal\"", license.id)),
            "{page}"
        );
        assert!(page.contains("class=\"badge warn\""), "{page}");
        assert!(page.contains(&format!("/licenses/{}\"", unpriced.id)));
        assert!(
            !page.contains(&format!("/licenses/{}/renewal", unpriced.id)),
            "{page}"
        );
        let bob = Browser::sign_in(&other.agent).await;
        let page = bob.get("/").await.expect(200).body();
        assert!(!page.contains(&license.id), "{page}");
    });
}
