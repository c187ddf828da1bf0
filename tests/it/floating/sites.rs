//! Licenses that are bound to a site.

use alvara_tests::{License, each_app};
use serde_json::json;

use super::{DOOR, arrive};

// R-LIC-04
#[test]
fn a_license_of_one_site_is_activated_there_and_nowhere_else() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let terms = json!({ "terms": { "binding": "site", "machine_limit": null } });
        let policy = shop.reseller.policy(&shop.product_id, "site", &terms).await;
        let new = json!({
            "policy_id": policy, "node_id": shop.customer.node_id, "site": "Lisboa",
        });
        let issued = shop.agent.post("licenses", &new).await.expect(201);
        let license = License {
            id: issued.text("/license/id"),
            key: issued.text("/key"),
        };
        let none = json!({});
        arrive(app, &license, "fp-1", &none, &none)
            .await
            .refuse(403, "SITE_MISMATCH");
        let porto = json!({ "site": "Porto" });
        arrive(app, &license, "fp-1", &none, &porto)
            .await
            .refuse(403, "SITE_MISMATCH");
        let lisboa = json!({ "site": " lisboa" });
        let arrived = arrive(app, &license, "fp-1", &none, &lisboa)
            .await
            .expect(201);
        let mut program = app.program(DOOR, &license.key, "fp-1");
        program.token = arrived.text("/machine/token");
        // Later calls go by what is recorded.
        assert_eq!(program.contact().await, "VALID");
        assert_eq!(program.validate().await.expect(200).text("/code"), "VALID");
        let machine = shop
            .agent
            .get(&format!("machines/{}", arrived.text("/machine/id")))
            .await
            .expect(200);
        assert_eq!(machine.text("/site"), "lisboa");
        let asked = json!({ "key": license.key, "scope": { "site": "Porto" } });
        let verdict = app
            .nobody(DOOR)
            .post("validations", &asked)
            .await
            .expect(200);
        assert_eq!(verdict.text("/code"), "SITE_MISMATCH");
    });
}
