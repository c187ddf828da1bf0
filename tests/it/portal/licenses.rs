//! The pages of licenses: whose they are, what becomes of one by a form, and many at once.

use alvara_tests::{Browser, one_app};

/// What stands after a text of a page up to a quotation mark.
fn after<'a>(page: &'a str, mark: &str) -> &'a str {
    let (_, rest) = page.split_once(mark).expect("the mark is on the page");
    rest.split(['"', '<']).next().unwrap_or_default()
}

// R-TEN-01: everybody finds their own licenses, by key or by customer, and no neighbour's.
#[test]
fn a_list_shows_own_licenses_alone() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let other = app.shop("bella").await;
        let own = acme.license().await;
        let foreign = other.license().await;
        let ana = Browser::sign_in(&acme.agent).await;
        let page = ana.get("/licenses").await.expect(200).body();
        assert!(
            page.contains(&own.id) && !page.contains(&foreign.id),
            "{page}"
        );
        // As it is printed, key and all.
        let by_key = format!("/licenses?q={}", own.key);
        assert!(ana.get(&by_key).await.expect(200).body().contains(&own.id));
        assert!(ana.get("/licenses?q=Carla").await.body().contains(&own.id));
        assert!(!ana.get("/licenses?q=Nobody").await.body().contains(&own.id));
        assert!(
            !ana.get("/licenses?status=revoked")
                .await
                .body()
                .contains(&own.id)
        );
        assert!(
            !ana.get("/licenses?expires=7")
                .await
                .body()
                .contains(&own.id)
        );
        let _ = ana
            .get(&format!("/licenses/{}", foreign.id))
            .await
            .expect(404);
        let file = ana.get("/licenses.csv").await.expect(200);
        assert!(file.body().contains(&own.key[own.key.len() - 5..]));
        assert!(!file.body().contains(&own.key));
    });
}

// R-LIC-03: the form says the price and what is wrong with it before it issues, and shows the key.
#[test]
fn a_license_is_issued_by_a_form() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let ana = Browser::sign_in(&acme.agent).await;
        let offers = ana.get("/licenses/new").await.expect(200).body();
        assert!(
            offers.contains(&format!("policy={}", acme.policy_id)),
            "{offers}"
        );
        let form = format!("/licenses/new?policy={}", acme.policy_id);
        let page = ana.get(&form).await.expect(200).body();
        assert!(page.contains(&acme.customer.node_id), "{page}");
        let fields = |seats: &'static str| {
            [
                ("policy_id", acme.policy_id.as_str()),
                ("node_id", acme.customer.node_id.as_str()),
                ("machine_limit:int", seats),
                ("note", "by the form"),
                ("_modules", ""),
            ]
        };
        let refused = ana
            .submit("/licenses/new", &fields("0"))
            .await
            .expect(422)
            .body();
        assert!(refused.contains("aria-invalid=\"true\""), "{refused}");
        assert!(refused.contains("by the form"), "{refused}");
        assert_eq!(app.database().count("SELECT COUNT(*) FROM licenses"), 0);
        let issued = ana.submit("/licenses/new", &fields("2")).await.expect(200);
        assert_eq!(issued.header("cache-control"), Some("no-store"));
        let page = issued.body();
        let key = after(&page, "data-copy=\"");
        let id = after(&page, "href=\"/licenses/lic_");
        let shown = ana
            .get(&format!("/licenses/lic_{id}"))
            .await
            .expect(200)
            .body();
        assert!(!shown.contains(key), "{shown}");
        let mut program = app.program("acme.localhost", key, "fp-1");
        let _ = program.activate().await.expect(201);
        let place = format!("/licenses/lic_{id}/key");
        assert!(
            ana.submit(&place, &[])
                .await
                .expect(200)
                .body()
                .contains(key)
        );
    });
}

// R-TEN-03: a customer sees what is theirs, and no form does what the role may not.
#[test]
fn a_customer_reads_and_decides_nothing() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let license = acme.license().await;
        let carla = Browser::sign_in(&acme.customer).await;
        let home = format!("/licenses/{}", license.id);
        let page = carla.get(&home).await.expect(200).body();
        assert!(!page.contains(&format!("{home}/suspend")), "{page}");
        assert!(!page.contains(&format!("{home}/revoke")), "{page}");
        for deed in ["suspend", "revoke", "delete", "renew"] {
            let _ = carla
                .submit(&format!("{home}/{deed}"), &[])
                .await
                .expect(403);
        }
        let _ = carla.get("/licenses/new").await.expect(403);
        let _ = carla.get("/renewals").await.expect(403);
    });
}

// R-LIC-09: what cannot be undone asks for the end of the key.
#[test]
fn revoking_asks_for_the_key() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let license = acme.license().await;
        let house = Browser::sign_in(&acme.reseller).await;
        let home = format!("/licenses/{}", license.id);
        let place = format!("{home}/revoke");
        let _ = house
            .submit(&place, &[("_typed", "XXXXX")])
            .await
            .expect(422);
        let path = format!("licenses/{}", license.id);
        let still = acme.reseller.get(&path).await.expect(200);
        assert_eq!(still.text("/state"), "active");
        let hint = &license.key[license.key.len() - 5..];
        let fields = [("_typed", hint), ("reason", "returned")];
        let done = house.submit(&place, &fields).await.expect(303);
        let place = done.header("location").unwrap();
        assert_eq!(place, format!("{home}?done=license-revoked"));
        assert!(house.get(place).await.body().contains("returned"));
        let ended = acme.reseller.get(&path).await.expect(200);
        assert_eq!(ended.text("/state"), "revoked");
    });
}

// R-LIC-09: what is done with many is shown first, and what does not fit is passed over.
#[test]
fn many_are_suspended_after_a_look() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let (one, two) = (acme.license().await, acme.license().await);
        let house = Browser::sign_in(&acme.reseller).await;
        let place = format!("/licenses/{}/suspend", two.id);
        let _ = house
            .submit(&place, &[("reason", "unpaid")])
            .await
            .expect(303);
        let state = async |id: &str| {
            let path = format!("licenses/{id}");
            acme.reseller.get(&path).await.expect(200).text("/state")
        };
        let picks = [("pick[]", one.id.as_str()), ("pick[]", two.id.as_str())];
        let look = house
            .submit("/licenses/chosen/suspend", &picks)
            .await
            .expect(200)
            .body();
        assert!(
            look.contains("id=\"skipped\"") && look.contains("name=\"_sure\""),
            "{look}"
        );
        assert_eq!(state(&one.id).await, "active");
        let mut sure = picks.to_vec();
        sure.push(("_sure", "yes"));
        let _ = house
            .submit("/licenses/chosen/suspend", &sure)
            .await
            .expect(200);
        assert_eq!(state(&one.id).await, "suspended");
        let _ = house
            .submit("/licenses/chosen/reinstate", &sure)
            .await
            .expect(200);
        assert_eq!(state(&one.id).await, "active");
        assert_eq!(state(&two.id).await, "active");
        let carla = Browser::sign_in(&acme.customer).await;
        let _ = carla
            .submit("/licenses/chosen/suspend", &sure)
            .await
            .expect(403);
        assert_eq!(state(&one.id).await, "active");
    });
}

// R-LIC-09: what is due stands on the board of its days, and is renewed from there.
#[test]
fn what_is_due_is_renewed_from_the_board() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let terms = serde_json::json!({ "kind": "subscription", "duration": "P20D" });
        let license = acme.license_of(&terms).await;
        let house = Browser::sign_in(&acme.reseller).await;
        let due = house.get("/renewals").await.expect(200).body();
        assert!(due.contains(&license.id), "{due}");
        assert!(
            !house
                .get("/renewals?due=7")
                .await
                .body()
                .contains(&license.id)
        );
        let place = format!("/licenses/{}/renew", license.id);
        let fields = [("period", "P1Y"), ("_from", "renewals")];
        let done = house.submit(&place, &fields).await.expect(303);
        assert_eq!(
            done.header("location"),
            Some("/renewals?done=license-renewed")
        );
        assert!(!house.get("/renewals").await.body().contains(&license.id));
    });
}

// R-LIC-03: a bulk issue is asked for by a form, watched on its page, and its keys are a file.
#[test]
fn a_bulk_issue_has_a_page() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let house = Browser::sign_in(&acme.reseller).await;
        let fields = [
            ("policy_id", acme.policy_id.as_str()),
            ("node_id", acme.customer.node_id.as_str()),
            ("count:int", "3"),
            ("_modules", ""),
        ];
        let taken = house.submit("/licenses/bulk", &fields).await.expect(303);
        let place = taken
            .header("location")
            .unwrap()
            .replace("?done=batch-taken", "");
        assert!(place.starts_with("/batches/"), "{place}");
        let _ = house.get(&place).await.expect(200);
        while app.run_jobs().await > 0 {}
        let page = house.get(&place).await.expect(200).body();
        assert!(page.contains("3 / 3"), "{page}");
        let keys = house
            .submit(&format!("{place}/keys.csv"), &[])
            .await
            .expect(200)
            .body();
        assert_eq!(keys.lines().count(), 4, "{keys}");
    });
}
