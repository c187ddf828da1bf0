//! What somebody else's things look like: like nothing at all.

use alvara_tests::{Actor, each_app};
use serde_json::json;

/// A well-formed id of the kind that nothing has.
fn missing(id: &str) -> String {
    format!("{}_01JABCDEFGHJKMNPQRSTVWXYZ0", &id[..3])
}

/// Asks for a foreign thing and for a missing one, and compares the answers byte by byte.
async fn looks_missing(stranger: &Actor, noun: &str, id: &str) {
    let foreign = stranger.get(&format!("{noun}/{id}")).await;
    let none = stranger.get(&format!("{noun}/{}", missing(id))).await;
    assert_eq!(foreign.status, 404, "{foreign:?}");
    assert_eq!(foreign.bytes(), none.bytes(), "{noun}");
    for header in [
        "content-type",
        "content-language",
        "cache-control",
        "etag",
        "content-length",
    ] {
        assert_eq!(
            foreign.header(header),
            none.header(header),
            "{noun}: {header}"
        );
    }
}

// R-TEN-01
#[test]
fn the_neighbours_things_are_missing_to_the_byte() {
    each_app(async |app| {
        let acme = app.shop("acme").await;
        let bella = app.shop("bella").await;
        let license = acme.license().await;
        let mut program = app.program("acme.localhost", &license.key, "fp-1");
        let _ = program.activate().await;
        for (noun, id) in [
            ("licenses", &license.id),
            ("machines", &program.machine_id),
            ("nodes", &acme.customer.node_id),
            ("products", &acme.product_id),
            ("policies", &acme.policy_id),
        ] {
            looks_missing(&bella.reseller, noun, id).await;
            let _ = acme.reseller.get(&format!("{noun}/{id}")).await.expect(200);
        }
        // A credential of one tenant is none at the other's door.
        let knocking = acme.reseller.at("bella.localhost").get("licenses");
        knocking
            .bearer(&acme.reseller.secret().await)
            .await
            .refuse(401, "UNAUTHENTICATED");
        // Writing is no different from reading.
        let suspension = format!("licenses/{}/suspension", license.id);
        bella
            .reseller
            .post(&suspension, &json!({}))
            .await
            .refuse(404, "NOT_FOUND");
        let issue = json!({ "policy_id": acme.policy_id, "node_id": bella.customer.node_id });
        bella
            .reseller
            .post("licenses", &issue)
            .await
            .refuse(404, "NOT_FOUND");
        let issue = json!({ "policy_id": bella.policy_id, "node_id": acme.customer.node_id });
        bella
            .reseller
            .post("licenses", &issue)
            .await
            .refuse(404, "NOT_FOUND");
        // Lists that filter by a foreign id are empty, as those by a missing one.
        for query in [
            format!("licenses?node_id={}", acme.customer.node_id),
            format!("machines?license_id={}", license.id),
        ] {
            assert_eq!(bella.reseller.list(&query).await.len(), 0, "{query}");
        }
        // The same codes and names are free in each tenant.
        let taken = acme.reseller.post("products", &json!({ "code": "writer", "name": "Writer", "algorithm": "EdDSA", "key_bits": 256 })).await;
        taken.refuse(409, "ALREADY_EXISTS");
    });
}

// R-TEN-01
#[test]
fn a_program_of_one_tenant_is_nobody_at_the_door_of_another() {
    each_app(async |app| {
        let acme = app.shop("acme").await;
        let _bella = app.shop("bella").await;
        let license = acme.license().await;
        let mut program = app.program("acme.localhost", &license.key, "fp-1");
        let _ = program.activate().await;
        let there = app.nobody("bella.localhost");
        app.program("bella.localhost", &license.key, "fp-1")
            .try_activate()
            .await
            .refuse(404, "NOT_FOUND");
        there
            .post("heartbeats", &json!({}))
            .bearer(&program.token)
            .await
            .refuse(401, "UNAUTHENTICATED");
        let path = format!("activations/{}", program.machine_id);
        there
            .delete(&path)
            .bearer(&program.token)
            .await
            .refuse(401, "UNAUTHENTICATED");
        let asked = json!({ "computer_key": program.computer_key });
        let verdict = there.post("validations", &asked).await.expect(200);
        assert_eq!(verdict.text("/code"), "NOT_FOUND");
        there
            .get("/.well-known/alvara/none/jwks.json")
            .await
            .refuse(404, "NOT_FOUND");
        // On the shared host the key says whose it is.
        let _ = app
            .program("localhost", &license.key, "fp-1")
            .activate()
            .await
            .expect(200);
        assert_eq!(program.contact().await, "VALID");
    });
}

// R-TEN-01 R-TEN-03
#[test]
fn a_sibling_place_sees_nothing_of_it() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let mut program = app.program("acme.localhost", &license.key, "fp-1");
        let _ = program.activate().await;
        let sul = shop.reseller.node("subcompany", "Sul").await;
        let sibling = shop
            .reseller
            .recruit(&sul, "subcompany_admin", "Silvio")
            .await;
        for (noun, id) in [
            ("licenses", &license.id),
            ("machines", &program.machine_id),
            ("nodes", &shop.customer.node_id),
        ] {
            looks_missing(&sibling, noun, id).await;
        }
        assert_eq!(sibling.list("licenses").await.len(), 0);
        assert_eq!(sibling.list("machines").await.len(), 0);
        assert_eq!(sibling.list("nodes").await.len(), 1);
        sibling
            .post(&format!("licenses/{}/revocation", license.id), &json!({}))
            .await
            .refuse(404, "NOT_FOUND");
        // Not even the place above itself, nor itself to judge.
        sibling
            .get(&format!("nodes/{}", shop.reseller.node_id))
            .await
            .refuse(404, "NOT_FOUND");
        let own = format!("nodes/{sul}/suspension");
        let refused = sibling.ask(reqwest::Method::POST, &own).await;
        assert_eq!(refused.status, 403, "{refused:?}");
        // The customer sees what is its own and no more.
        assert_eq!(shop.customer.list("licenses").await.len(), 1);
        let other = shop.agent.node("customer", "Caio").await;
        let theirs = shop.agent.issue(&shop.policy_id, &other).await;
        looks_missing(&shop.customer, "licenses", &theirs.id).await;
        assert_eq!(shop.agent.list("licenses").await.len(), 2);
    });
}
