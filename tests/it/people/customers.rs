//! Customers: who they are, how they stand, and what that does to what they hold.

use alvara_tests::{Actor, each_app};
use serde_json::{Value, json};

async fn decide(who: &Actor, id: &str, what: &str) -> alvara_tests::Answer {
    who.post(&format!("customers/{id}/{what}"), &json!({}))
        .await
}

// R-TEN-09
#[test]
fn a_customer_is_kept_found_and_changed() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let new = json!({
            "parent_id": shop.agent.node_id, "name": "Padaria Aurora", "email": "Contato@Aurora.test",
            "legal_name": "Aurora Panificação Ltda", "tax_id": "12.abc.345/01de-35",
            "tier": "pro", "phone": "+55 11 99999-0000", "multi_site": true,
        });
        let made = shop.agent.post("customers", &new).await.expect(201);
        let (id, seen) = (made.id(), made.json());
        assert_eq!(
            [
                &seen["tax_id"],
                &seen["tax_id_kind"],
                &seen["email"],
                &seen["status"],
                &seen["person"]
            ],
            [
                "12ABC34501DE35",
                "cnpj",
                "contato@aurora.test",
                "validated",
                "company"
            ],
        );
        // Its place was made with it, and the two are one.
        let node = shop
            .agent
            .get(&format!("nodes/{id}"))
            .await
            .expect(200)
            .json();
        assert_eq!(
            [&node["kind"], &node["name"]],
            ["customer", "Padaria Aurora"]
        );
        for query in [
            "q=aurora",
            "q=panifica%C3%A7",
            "q=12abc345",
            "tax_id=12.ABC.345%2F01DE-35",
            "email=contato@aurora.test",
            "tier=pro",
            "status=validated&q=9999",
        ] {
            let found = shop.agent.list(&format!("customers?{query}")).await;
            assert!(
                found.iter().any(|one| one["id"] == id.as_str()),
                "{query}: {found:?}"
            );
        }
        assert!(shop.agent.list("customers?q=nobody").await.is_empty());
        assert!(
            shop.agent
                .list("customers?tier=enterprise")
                .await
                .is_empty()
        );

        let change =
            json!({ "name": "Aurora", "tax_id": null, "notes": "pays late", "tier": "basic" });
        let path = format!("customers/{id}");
        let seen = shop
            .agent
            .patch(&path, &change)
            .if_match(&made)
            .await
            .expect(200)
            .json();
        assert_eq!(
            [&seen["name"], &seen["tax_id_kind"], &seen["tier"]],
            ["Aurora", "none", "basic"]
        );
        assert!(seen["tax_id"].is_null());
        shop.agent
            .patch(&path, &change)
            .if_match(&made)
            .await
            .refuse(412, "STALE_VERSION");
        shop.agent
            .patch(&path, &change)
            .await
            .refuse(428, "PRECONDITION_REQUIRED");
        // What changes the place changes what the customer shows, so its version rises too.
        let before = shop.agent.get(&path).await.expect(200);
        let renamed = json!({ "name": "Aurora II" });
        let _ = shop
            .agent
            .patch(&format!("nodes/{id}"), &renamed)
            .header("if-match", "*")
            .await
            .expect(200);
        shop.agent
            .patch(&path, &change)
            .if_match(&before)
            .await
            .refuse(412, "STALE_VERSION");

        let history = shop.agent.list(&format!("customers/{id}/history")).await;
        let actions: Vec<&Value> = history.iter().map(|entry| &entry["action"]).collect();
        assert_eq!(
            actions,
            [
                "node.updated",
                "customer.updated",
                "customer.created",
                "node.created"
            ]
        );
    });
}

// R-TEN-09
#[test]
fn a_wrong_tax_number_is_refused_and_eleven_digits_are_read_by_the_tenants_language() {
    each_app(async |app| {
        let (acme, bella) = (app.shop("acme").await, app.shop("bella").await);
        let add = async |shop: &alvara_tests::Shop, tax_id: &str| {
            let new = json!({ "parent_id": shop.agent.node_id, "name": "New", "tax_id": tax_id });
            shop.agent.post("customers", &new).await
        };
        for wrong in [
            "529.982.247-26",
            "12.ABC.345/01DE-36",
            "123",
            "IT07643520568",
        ] {
            let refused = add(&acme, wrong).await;
            assert_eq!(
                (refused.status, refused.pointers()),
                (422, vec!["/tax_id".to_owned()]),
                "{wrong}"
            );
        }
        // Both sums hold of this number.
        assert_eq!(
            add(&acme, "10000000108")
                .await
                .expect(201)
                .text("/tax_id_kind"),
            "cpf"
        );
        assert_eq!(
            add(&bella, "10000000108")
                .await
                .expect(201)
                .text("/tax_id_kind"),
            "piva"
        );
        assert_eq!(
            add(&acme, "07643520567")
                .await
                .expect(201)
                .text("/tax_id_kind"),
            "piva"
        );
        assert_eq!(
            add(&bella, "529.982.247-25")
                .await
                .expect(201)
                .text("/tax_id_kind"),
            "cpf"
        );
    });
}

// R-TEN-09
#[test]
fn a_place_for_a_customer_is_a_customer_however_it_is_added() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let id = shop.agent.node("customer", "Plain").await;
        let seen = shop
            .agent
            .get(&format!("customers/{id}"))
            .await
            .expect(200)
            .json();
        assert_eq!(
            [
                &seen["status"],
                &seen["person"],
                &seen["tax_id_kind"],
                &seen["name"]
            ],
            ["validated", "company", "none", "Plain"],
        );
        // Other places are no customers.
        shop.reseller
            .get(&format!("customers/{}", shop.agent.node_id))
            .await
            .refuse(404, "NOT_FOUND");
        let new = json!({ "parent_id": id, "name": "Below" });
        shop.agent
            .post("customers", &new)
            .await
            .refuse(409, "TREE_RULE");
        // A customer sees itself and nobody else.
        let own = shop.customer.list("customers").await;
        assert_eq!(own.len(), 1);
        assert_eq!(own[0]["id"], shop.customer.node_id.as_str());
        shop.customer
            .get(&format!("customers/{id}"))
            .await
            .refuse(404, "NOT_FOUND");
    });
}

// R-TEN-09
#[test]
fn how_a_customer_stands_is_how_its_place_and_its_licenses_stand() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let (id, admin) = (shop.customer.node_id.clone(), &shop.subcompany);
        let license = shop.license().await;
        let mut program = app.program("acme.localhost", &license.key, "fp-1");
        let _ = program.activate().await;
        decide(&shop.customer, &id, "validation")
            .await
            .refuse(403, "FORBIDDEN");
        let state = async |noun: &str, field: &str| {
            let seen = admin.get(&format!("{noun}/{id}")).await.expect(200);
            seen.text(&format!("/{field}"))
        };
        for (stop, status) in [("suspension", "suspended"), ("block", "blocked")] {
            let stopped = decide(admin, &id, stop).await.expect(200);
            assert_eq!(stopped.text("/status"), status);
            assert_eq!(state("nodes", "state").await, "suspended");
            assert_eq!(program.contact().await, "CUSTOMER_SUSPENDED");
            // Doing it twice is no error.
            let _ = decide(admin, &id, stop).await.expect(200);
            let lifted = admin
                .delete(&format!("customers/{id}/{stop}"))
                .await
                .expect(200);
            assert_eq!(lifted.text("/status"), "validated");
            assert_eq!(state("nodes", "state").await, "active");
            assert_eq!(program.contact().await, "VALID");
        }
        // Through the place it is the same.
        let _ = admin
            .post(&format!("nodes/{id}/suspension"), &json!({}))
            .await
            .expect(200);
        assert_eq!(state("customers", "status").await, "suspended");
        let _ = admin
            .delete(&format!("nodes/{id}/suspension"))
            .await
            .expect(200);
        assert_eq!(state("customers", "status").await, "validated");
        // A blocked one does not get around that by its place.
        let _ = decide(admin, &id, "block").await.expect(200);
        admin
            .delete(&format!("nodes/{id}/suspension"))
            .await
            .refuse(409, "STATE_CONFLICT");
        admin
            .delete(&format!("customers/{id}/suspension"))
            .await
            .refuse(409, "STATE_CONFLICT");
        assert_eq!(state("nodes", "state").await, "suspended");
        let cancelled = decide(admin, &id, "cancellation").await.expect(200);
        assert_eq!(cancelled.text("/status"), "cancelled");
        admin
            .delete(&format!("customers/{id}/block"))
            .await
            .refuse(409, "STATE_CONFLICT");
        decide(admin, &id, "validation")
            .await
            .refuse(409, "STATE_CONFLICT");
        assert_eq!(program.contact().await, "CUSTOMER_SUSPENDED");
        // Who looks after customers does not judge them.
        decide(&shop.agent, &id, "block")
            .await
            .refuse(403, "FORBIDDEN");
    });
}

// R-TEN-09
#[test]
fn contacts_and_sites_belong_to_their_customer() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let home = format!("customers/{}", shop.customer.node_id);
        let other = format!("customers/{}", shop.agent.node("customer", "Other").await);
        for (noun, first, change) in [
            (
                "contacts",
                json!({ "name": "Bia", "email": "B@x.test", "purpose": "billing" }),
                json!({ "email": null }),
            ),
            (
                "sites",
                json!({ "name": "Matriz", "address": "Rua 1\nSão Paulo" }),
                json!({ "address": "Rua 2" }),
            ),
        ] {
            let made = shop
                .agent
                .post(&format!("{home}/{noun}"), &first)
                .await
                .expect(201);
            let path = format!("{home}/{noun}/{}", made.id());
            let changed = shop
                .agent
                .patch(&path, &change)
                .if_match(&made)
                .await
                .expect(200)
                .json();
            for (name, value) in change.as_object().unwrap() {
                assert_eq!(&changed[name], value);
            }
            shop.agent
                .patch(&path, &change)
                .if_match(&made)
                .await
                .refuse(412, "STALE_VERSION");
            // Under another customer there is no such thing.
            let astray = format!("{other}/{noun}/{}", made.id());
            shop.agent.delete(&astray).await.refuse(404, "NOT_FOUND");
            assert_eq!(shop.customer.list(&format!("{home}/{noun}")).await.len(), 1);
            shop.customer
                .post(&format!("{home}/{noun}"), &first)
                .await
                .refuse(403, "FORBIDDEN");
            let _ = shop.agent.delete(&path).await.expect(204);
            assert!(shop.agent.list(&format!("{home}/{noun}")).await.is_empty());
        }
        let site = json!({ "name": "Filial" });
        let _ = shop
            .agent
            .post(&format!("{home}/sites"), &site)
            .await
            .expect(201);
        shop.agent
            .post(&format!("{home}/sites"), &site)
            .await
            .refuse(409, "ALREADY_EXISTS");
        let _ = shop
            .agent
            .post(&format!("{other}/sites"), &site)
            .await
            .expect(201);
    });
}

// R-TEN-09 R-LIC-02: a license that is issued while its customer is validated waits for nothing.
#[test]
fn nothing_waits_for_a_validation_that_is_past() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let asked = json!({ "nome": "Nuovo", "email": "n@x.test" });
        let nobody = app.nobody("acme.localhost");
        let path = "/api/clienti/registrazione";
        let _ = nobody.post(path, &asked).await.expect(201);
        let waiting = shop.reseller.list("customers?status=pending").await;
        let id = waiting[0]["id"].as_str().unwrap().to_owned();
        // Issuing has looked at the customer, and stands before the count of the offer.
        let held = app
            .database()
            .hold("UPDATE offers SET licenses_issued = licenses_issued");
        let new = json!({ "policy_id": shop.policy_id, "node_id": id });
        let issuing = shop.reseller.post("licenses", &new);
        let issuing = alvara_tests::database::begin(async move { issuing.await });
        alvara_tests::database::awhile().await;
        let path = format!("customers/{id}/validation");
        let validating = shop.reseller.post(&path, &json!({}));
        let validating = alvara_tests::database::begin(async move { validating.await });
        alvara_tests::database::awhile().await;
        held.release();
        let license = issuing.end().await.expect(201).text("/license/id");
        let _ = validating.end().await.expect(200);
        let seen = shop.reseller.get(&format!("licenses/{license}")).await;
        assert_eq!(seen.expect(200).text("/state"), "active");
    });
}
