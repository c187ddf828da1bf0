//! Products, resellers, plugins and operations, as the pages show and change them.

use alvara_tests::{Browser, one_app};
use serde_json::json;

// R-TEN-01, R-TEN-03: an own product is listed and changed; the neighbour's is a page that is not
// there, and who only holds licenses has no page of products' keys at all.
#[test]
fn products_are_their_owners() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let bella = app.shop("bella").await;
        let ada = Browser::sign_in(&acme.reseller.admin()).await;
        let list = ada.get("/products").await.expect(200).body();
        assert!(list.contains(&acme.product_id), "{list}");
        assert!(!list.contains(&bella.product_id), "{list}");
        let own = format!("/products/{}", acme.product_id);
        let page = ada.get(&own).await.expect(200).body();
        assert!(page.contains("BEGIN PUBLIC KEY"), "{page}");
        assert!(!page.contains("PRIVATE KEY"), "{page}");
        assert!(
            page.contains(&format!("/policies/{}/edit", acme.policy_id)),
            "{page}"
        );
        let _ = ada
            .get(&format!("/products/{}", bella.product_id))
            .await
            .expect(404);
        let carla = Browser::sign_in(&acme.customer).await;
        let refused = carla
            .submit(&format!("{own}/keys/rotate"), &[("reason", "planned")])
            .await;
        assert!(matches!(refused.status, 403 | 404), "{refused:?}");
    });
}

// R-TEN-04: a form with a fault says why and keeps what was typed; without it, it does what the
// interface does.
#[test]
fn modules_policies_and_plans_are_made_by_forms() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let admin = acme.reseller.admin();
        let ada = Browser::sign_in(&admin).await;
        let own = format!("/products/{}", acme.product_id);
        let new = format!("{own}/modules/new");
        let module = |price| {
            [
                ("name", "Relatórios"),
                ("code", "REPORTS"),
                ("price.amount_minor:money", price),
                ("price.currency", "BRL"),
            ]
        };
        let again = ada.submit(&new, &module("caro")).await.expect(422).body();
        assert!(again.contains("value=\"Relatórios\"") && again.contains("role=\"alert\""));
        let _ = ada.submit(&new, &module("149,90")).await.expect(303);
        let modules = admin
            .list(&format!("products/{}/modules", acme.product_id))
            .await;
        assert_eq!(
            modules[0]["price"],
            json!({ "amount_minor": 14990, "currency": "BRL" })
        );

        let new = format!("{own}/policies/new");
        let form = ada
            .get(&format!("{new}?preset=floating"))
            .await
            .expect(200)
            .body();
        assert!(form.contains("name=\"_module.REPORTS\""), "{form}");
        let mut fields = vec![
            ("product_id", acme.product_id.as_str()),
            ("_preset", "floating"),
            ("name", "Flutuante"),
            ("code", "floating"),
            ("terms.kind", "subscription"),
            ("terms.duration", "6"),
            ("_unit.terms.duration", "M"),
            ("terms.binding", "floating"),
            ("terms.machine_limit:int", ""),
            ("terms.seat_limit:int", "3"),
            ("_module.REPORTS", "true"),
        ];
        let _ = ada.submit(&new, &fields).await.expect(303);
        let policies = admin.list("policies").await;
        let made = policies
            .iter()
            .find(|policy| policy["code"] == "floating")
            .unwrap();
        assert_eq!(made["terms"]["duration"], "P6M");
        assert_eq!(made["terms"]["seat_limit"], 3);
        assert!(made["terms"]["machine_limit"].is_null());
        assert_eq!(made["terms"]["modules"], json!(["REPORTS"]));
        // A subscription without an end is none.
        fields[3] = ("code", "endless");
        fields[5] = ("terms.duration", "");
        let _ = ada.submit(&new, &fields).await.expect(422);

        let policy = made["id"].as_str().unwrap();
        let plan = [
            ("policy_id", policy),
            ("name", "Semestral"),
            ("code", "half"),
            ("price.amount_minor:money", "600"),
            ("price.currency", "BRL"),
            ("period", "6"),
            ("_unit.period", "M"),
        ];
        let _ = ada
            .submit(&format!("{own}/plans/new"), &plan)
            .await
            .expect(303);
        assert_eq!(admin.list("plans").await[0]["period"], "P6M");
        assert!(ada.get(&own).await.body().contains("Semestral"));
    });
}

// R-TEN-01, R-TEN-03: the operator opens, offers and suspends; nobody else sees these pages.
#[test]
fn the_operator_looks_after_resellers() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let operator = app.operator();
        let product = operator.quick_product("suite").await;
        let opal = Browser::sign_in(&operator).await;
        let list = opal.get("/tenants").await.expect(200).body();
        assert!(list.contains(&acme.reseller.tenant_id), "{list}");

        let nova = [
            ("name", "Nova"),
            ("slug", "nova"),
            ("locale", "it"),
            ("currency", "EUR"),
            ("time_zone", "Europe/Rome"),
            ("admin_name", "Nina"),
            ("admin_email", "nina@nova.test"),
            ("admin_password", "short"),
        ];
        let again = opal.submit("/tenants/new", &nova).await.expect(422).body();
        assert!(again.contains("value=\"nina@nova.test\"") && !again.contains("value=\"short\""));
        let mut nova = nova.to_vec();
        nova[7].1 = "a long first password";
        let made = opal.submit("/tenants/new", &nova).await.expect(303);
        assert!(
            made.header("location")
                .unwrap()
                .starts_with("/tenants/ten_"),
            "{made:?}"
        );

        let home = format!("/tenants/{}", acme.reseller.tenant_id);
        let offer = [
            ("product_id", product.as_str()),
            ("wholesale.amount_minor:money", "10"),
            ("wholesale.currency", "BRL"),
            ("license_limit:int", "5"),
        ];
        let _ = opal
            .submit(&format!("{home}/offers/new"), &offer)
            .await
            .expect(303);
        let ada = Browser::sign_in(&acme.reseller.admin()).await;
        assert!(ada.get("/products").await.body().contains(&product));
        assert!(
            opal.get(&format!("/products/{product}"))
                .await
                .body()
                .contains(&home)
        );
        let _ = opal
            .submit(&format!("{home}/offers/{product}/withdraw"), &[])
            .await
            .expect(303);

        for page in ["/tenants", home.as_str(), "/plugins", "/operations"] {
            let _ = opal.get(page).await.expect(200);
            let _ = ada.get(page).await.expect(403);
        }
        let _ = opal
            .submit(&format!("{home}/suspend"), &[])
            .await
            .expect(303);
        assert_ne!(ada.get("/products").await.status, 200);
    });
}

// R-TEN-08: the chain is shown to who may read it, as a file too, and found whole.
#[test]
fn the_audit_chain_is_read_and_verified() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let ada = Browser::sign_in(&acme.reseller.admin()).await;
        let place = format!("/audit?q={}", acme.product_id);
        let found = ada.get(&place).await.expect(200).body();
        assert!(
            found.contains(&acme.product_id) && found.contains("<table"),
            "{found}"
        );
        let none = ada.get("/audit?q=prd_nothing").await.expect(200).body();
        assert!(!none.contains("<table"), "{none}");
        let file = ada.get("/audit.csv?by=actor").await.expect(200);
        assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
        assert!(file.body().lines().count() > 5);
        let said = ada.get("/audit/chain").await.expect(200).body();
        assert!(said.contains("Íntegra"), "{said}");
        let carla = Browser::sign_in(&acme.customer).await;
        let _ = carla.get("/audit").await.expect(403);
        let _ = carla.get("/audit/chain").await.expect(403);
    });
}

// R-TEN-03: whom the operator trusts is said on a page; a key that is none stays in the form.
#[test]
fn publishers_are_trusted_and_no_longer() {
    one_app(async |app| {
        let opal = Browser::sign_in(&app.operator()).await;
        let place = "/plugins/publishers";
        let new = "/plugins/publishers/new";
        let bad = [("name", "ACME Payments"), ("public_key", "nonsense")];
        let again = opal.submit(new, &bad).await.expect(422).body();
        assert!(again.contains("value=\"ACME Payments\""), "{again}");
        let key = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
        let good = [("name", "ACME Payments"), ("public_key", key)];
        let _ = opal.submit(new, &good).await.expect(303);
        let list = opal.get(place).await.expect(200).body();
        let (_, rest) = list.split_once("/plugins/publishers/").unwrap();
        let print = rest
            .split("/plugins/publishers/")
            .chain([rest])
            .filter_map(|part| part.split_once("/distrust"))
            .map(|(print, _)| print)
            .find(|print| print.len() == 64)
            .unwrap()
            .to_owned();
        let _ = opal
            .submit(&format!("{place}/{print}/distrust"), &[])
            .await
            .expect(303);
        assert!(!opal.get(place).await.body().contains("ACME Payments"));
    });
}
