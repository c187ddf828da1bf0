//! Every kind of license over its whole life, as a program sees it.

use alvara_domain::time::UtcTime;
use alvara_tests::{License, Shop, TestApp, each_app};
use serde_json::{Value, json};

/// What a program of a version hears about its key.
async fn ask(app: &TestApp, license: &License, version: Option<&str>) -> Value {
    let mut asked = json!({ "key": license.key });
    if let Some(version) = version {
        asked["scope"] = json!({ "version": version });
    }
    app.nobody("acme.localhost")
        .post("validations", &asked)
        .await
        .expect(200)
        .json()
}

/// Code and access.
async fn said(app: &TestApp, license: &License) -> (String, String) {
    let answer = ask(app, license, None).await;
    let text = |name: &str| answer[name].as_str().unwrap().to_owned();
    (text("code"), text("access"))
}

fn is(code: &str, access: &str) -> (String, String) {
    (code.to_owned(), access.to_owned())
}

/// Each license has a machine of its own: what is tried out is tried once on a machine.
async fn activated(app: &TestApp, license: &License) {
    let fingerprint = format!("fp-{}", license.id);
    let mut program = app.program("acme.localhost", &license.key, &fingerprint);
    let _ = program.activate().await;
}

/// The clock goes on while a story is told, so instants are compared by the day.
fn day(instant: &Value) -> &str {
    &instant.as_str().unwrap()[..10]
}

async fn expiry(shop: &Shop, license: &License) -> Value {
    let path = format!("licenses/{}", license.id);
    shop.agent.get(&path).await.expect(200).json()["expires_at"].clone()
}

// R-LIC-02: what ends, ends at its minute; what does not, does not.
#[test]
fn each_kind_lasts_as_long_as_its_kind() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let permanent = shop.license_of(&json!({ "kind": "permanent" })).await;
        let mut ending = Vec::new();
        for kind in ["trial", "demo", "subscription", "temporary"] {
            let license = shop
                .license_of(&json!({ "kind": kind, "duration": "P30D" }))
                .await;
            activated(app, &license).await;
            let answer = ask(app, &license, None).await;
            assert_eq!(
                (&answer["license"]["kind"], &answer["days_left"]),
                (&json!(kind), &json!(30))
            );
            ending.push(license);
        }
        activated(app, &permanent).await;
        assert_eq!(ask(app, &permanent, None).await["days_left"], Value::Null);
        app.advance(29);
        for license in &ending {
            assert_eq!(said(app, license).await, is("VALID", "full"));
        }
        app.advance_seconds(86_400);
        for license in &ending {
            assert_eq!(said(app, license).await, is("EXPIRED", "none"));
        }
        app.advance(3650);
        assert_eq!(said(app, &permanent).await, is("VALID", "full"));
        let nothing = format!("licenses/{}/renewals", permanent.id);
        shop.agent
            .post(&nothing, &json!({ "period": "P1Y" }))
            .await
            .refuse(409, "RENEWAL_NOT_POSSIBLE");
    });
}

// R-LIC-02: a term starts when it is issued, when it is first used, or on its day.
#[test]
fn a_term_starts_where_its_terms_say() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let terms =
            |starts: &str| json!({ "kind": "temporary", "duration": "P1M", "starts": starts });
        let issued = shop.license_of(&terms("issue")).await;
        let first = shop.license_of(&terms("first_activation")).await;
        let mut fixed = terms("fixed_date");
        // Midnight where the tenant is: months are counted in its calendar.
        fixed["starts_on"] = json!("2027-03-01T03:00:00Z");
        let fixed = shop.license_of(&fixed).await;
        assert_eq!(day(&expiry(&shop, &issued).await), "2027-02-15");
        assert_eq!(expiry(&shop, &first).await, Value::Null);
        assert_eq!(expiry(&shop, &fixed).await, "2027-04-01T03:00:00.000Z");
        app.advance(20);
        activated(app, &first).await;
        assert_eq!(day(&expiry(&shop, &first).await), "2027-03-04");
        let answer = ask(app, &fixed, None).await;
        assert_eq!(
            (&answer["code"], &answer["because"]["starts_at"]),
            (
                &json!("NOT_YET_EFFECTIVE"),
                &json!("2027-03-01T03:00:00.000Z")
            )
        );
        app.program("acme.localhost", &fixed.key, "fp-2")
            .try_activate()
            .await
            .refuse(403, "NOT_YET_EFFECTIVE");
        app.advance(30);
        assert_eq!(said(app, &fixed).await, is("VALID", "full"));
    });
}

// R-LIC-02 R-LIC-09: from the old end, from now, or from whichever is later.
#[test]
fn a_renewal_counts_from_where_its_basis_says() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        // Issued on 15 January for a month; renewed late, on 25 February, and again at once.
        for (basis, late, early) in [
            ("from_expiry", "2027-03-15", "2027-04-15"),
            ("from_now", "2027-03-25", "2027-03-25"),
            ("from_now_if_expired", "2027-03-25", "2027-04-25"),
        ] {
            let license = shop
                .license_of(&json!({
                    "kind": "subscription", "duration": "P1M", "renewal_basis": basis,
                    "starts": "fixed_date", "starts_on": "2027-01-15T12:00:00Z",
                }))
                .await;
            let then: UtcTime = "2027-02-25T12:00:00Z".parse().unwrap();
            if app.now() < then {
                app.advance_seconds(then.seconds() - app.now().seconds());
            }
            let path = format!("licenses/{}/renewals", license.id);
            for expected in [late, early] {
                let renewed = shop.agent.post(&path, &json!({})).await.expect(200);
                let end = renewed.text("/expires_at");
                assert!(end.starts_with(expected), "{basis}: {end}");
            }
        }
    });
}

// R-LIC-02: warned, then full, then reading only, then nothing: each step says until when.
#[test]
fn the_ladder_goes_down_step_by_step() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop
            .license_of(&json!({
                "kind": "subscription", "duration": "P30D",
                "grace": { "warn_days": 7, "full_days": 5, "read_only_days": 10 },
            }))
            .await;
        activated(app, &license).await;
        let end = app.now().saturating_add_seconds(30 * 86_400);
        let after = |days: i64| json!(end.saturating_add_seconds(days * 86_400));
        let same_day = |one: &Value, other: &Value| assert_eq!(day(one), day(other));
        assert_eq!(ask(app, &license, None).await["because"], Value::Null);
        app.advance(24);
        let warned = ask(app, &license, None).await;
        assert_eq!(warned["code"], "VALID");
        same_day(&warned["because"]["expires_at"], &after(0));
        app.advance(6);
        let grace = ask(app, &license, None).await;
        assert_eq!(said(app, &license).await, is("EXPIRED_GRACE", "full"));
        assert_eq!(grace["valid"], true);
        same_day(&grace["because"]["until"], &after(5));
        app.advance(5);
        let reading = ask(app, &license, None).await;
        assert_eq!(said(app, &license).await, is("EXPIRED_GRACE", "read_only"));
        same_day(&reading["because"]["until"], &after(15));
        app.advance(10);
        let over = ask(app, &license, None).await;
        assert_eq!(said(app, &license).await, is("EXPIRED", "none"));
        assert_eq!(over["valid"], false);
        same_day(&over["because"]["expires_at"], &after(0));
        let path = format!("licenses/{}/renewals", license.id);
        let _ = shop.agent.post(&path, &json!({})).await.expect(200);
        assert_eq!(said(app, &license).await, is("VALID", "full"));
    });
}

/// Versions of the shop's product with the days they came out.
async fn versions(shop: &Shop) {
    for (major, minor, released) in [
        (1, 0, "2026-06-01T00:00:00Z"),
        (2, 0, "2027-02-01T00:00:00Z"),
        (3, 0, "2028-06-01T00:00:00Z"),
    ] {
        let version = json!({
            "major": major, "minor": minor, "name": format!("{major}.{minor}"), "released_at": released,
        });
        let path = format!("products/{}/versions", shop.product_id);
        let _ = shop.reseller.post(&path, &version).await.expect(201);
    }
}

// R-LIC-14 R-LIC-02: a semi-permanent license runs for ever what came out while it was maintained.
#[test]
fn maintenance_decides_which_versions_run() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        versions(&shop).await;
        let license = shop
            .license_of(
                &json!({ "kind": "semi_permanent", "maintenance": "P1Y", "versions": "2.0-" }),
            )
            .await;
        app.advance(600);
        assert_eq!(ask(app, &license, Some("2.0.7")).await["code"], "VALID");
        let too_new = ask(app, &license, Some("3.0")).await;
        assert_eq!(too_new["code"], "MAINTENANCE_ENDED");
        assert_eq!(day(&too_new["because"]["entitled_until"]), "2028-01-15");
        let too_old = ask(app, &license, Some("1.0")).await;
        assert_eq!(
            (&too_old["code"], &too_old["because"]["allowed"]),
            (&json!("VERSION_NOT_ENTITLED"), &json!("2.0-"))
        );
        let path = format!("licenses/{}/entitlements", license.id);
        let listed = shop.customer.get(&path).await.expect(200).json();
        assert_eq!(listed["versions"], "2.0-");
        assert_eq!(day(&listed["released_until"]), "2028-01-15");
        let codes: Vec<&str> = listed["listed"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["code"].as_str().unwrap())
            .collect();
        assert_eq!(
            codes,
            ["VERSION_NOT_ENTITLED", "VALID", "MAINTENANCE_ENDED"]
        );
        // Renewed, its maintenance goes on, and the new version with it.
        let renew = format!("licenses/{}/renewals", license.id);
        let _ = shop.agent.post(&renew, &json!({})).await.expect(200);
        assert_eq!(ask(app, &license, Some("3.0")).await["code"], "VALID");
    });
}

// R-LIC-02 R-LIC-14: after the end nothing, what there was, or everything.
#[test]
fn what_remains_after_the_end_is_a_matter_of_strategy() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        versions(&shop).await;
        let terms = |strategy: &str| json!({ "kind": "subscription", "duration": "P1Y", "expiry_strategy": strategy });
        let restrict = shop.license_of(&terms("restrict")).await;
        let maintain = shop.license_of(&terms("maintain")).await;
        let allow = shop.license_of(&terms("allow")).await;
        app.advance(600);
        assert_eq!(said(app, &restrict).await, is("EXPIRED", "none"));
        assert_eq!(said(app, &allow).await, is("EXPIRED", "full"));
        assert_eq!(ask(app, &allow, Some("3.0")).await["valid"], true);
        let kept = ask(app, &maintain, Some("2.0")).await;
        assert_eq!(
            (&kept["valid"], &kept["code"], &kept["access"]),
            (&json!(true), &json!("EXPIRED"), &json!("full"))
        );
        assert_eq!(
            ask(app, &maintain, Some("3.0")).await["code"],
            "VERSION_NOT_ENTITLED"
        );
        let path = format!("licenses/{}/entitlements", maintain.id);
        let listed = shop.agent.get(&path).await.expect(200).json();
        assert_eq!(listed["released_until"], expiry(&shop, &maintain).await);
        assert_eq!(listed["listed"][2]["entitled"], false);
    });
}
