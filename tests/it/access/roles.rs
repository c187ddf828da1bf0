//! Custom roles: permissions by module and action, enforced with the next request.

use alvara_tests::each_app;
use serde_json::{Value, json};

fn rule(module: &str, action: &str, scope: &str, effect: &str) -> Value {
    json!({ "module": module, "action": action, "scope": scope, "effect": effect })
}

// R-TEN-03
#[test]
fn a_custom_role_counts_with_the_next_request() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let role =
            json!({ "name": "support", "rules": [rule("license", "read", "tree", "allow")] });
        let made = shop.reseller.post("roles", &role).await.expect(201);
        let path = format!("roles/{}", made.id());
        let support = shop
            .reseller
            .recruit(&shop.subcompany.node_id, &made.id(), "Sofia")
            .await;
        let _ = support
            .get(&format!("licenses/{}", license.id))
            .await
            .expect(200);
        support.get("machines").await.refuse(403, "FORBIDDEN");
        let suspension = format!("licenses/{}/suspension", license.id);
        support
            .post(&suspension, &json!({}))
            .await
            .refuse(403, "FORBIDDEN");

        // One deny outweighs any number of allows.
        let wider = json!({ "name": "support", "rules": [
            rule("license", "*", "tree", "allow"), rule("machine", "read", "tree", "allow"),
            rule("license", "revoke", "tree", "deny"),
        ]});
        let _ = shop.reseller.change(&path, &wider).await.expect(200);
        let _ = support.get("machines").await.expect(200);
        let _ = support.post(&suspension, &json!({})).await.expect(200);
        support
            .post(&format!("licenses/{}/revocation", license.id), &json!({}))
            .await
            .refuse(403, "FORBIDDEN");

        // "own" is the place alone: the license hangs two places below.
        let own = json!({ "name": "support", "rules": [rule("license", "read", "own", "allow")] });
        let _ = shop.reseller.change(&path, &own).await.expect(200);
        support
            .get(&format!("licenses/{}", license.id))
            .await
            .refuse(404, "NOT_FOUND");
        assert_eq!(support.list("licenses").await.len(), 0);
    });
}

// R-TEN-03 R-TEN-01
#[test]
fn nobody_gives_away_more_than_they_have() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let bella = app.reseller("bella").await;
        // Not the platform's permissions.
        for module in ["tenant", "host", "token_key"] {
            let role = json!({ "name": "root", "rules": [rule(module, "*", "tree", "allow")] });
            let refused = shop.reseller.post("roles", &role).await;
            assert!(matches!(refused.status, 403 | 422), "{module}: {refused:?}");
        }
        let all = json!({ "name": "all", "rules": [rule("*", "*", "tree", "allow")] });
        let made = shop.reseller.post("roles", &all).await;
        if made.status == 201 {
            let member = shop
                .reseller
                .recruit(&shop.reseller.node_id, &made.id(), "Root")
                .await;
            member.get("tenants").await.refuse(403, "FORBIDDEN");
            // A neighbour's role is no role here.
            let new = json!({
                "node_id": bella.node_id, "email": "x@bella.test", "name": "X", "role": made.id(), "password": alvara_tests::PASSWORD,
            });
            let refused = bella.post("members", &new).await;
            assert!(matches!(refused.status, 403 | 404 | 422), "{refused:?}");
        }
        let recruit = |node: &str, role: &str| {
            let new = json!({
                "node_id": node, "email": format!("{role}@acme.test"), "name": role, "role": role, "password": alvara_tests::PASSWORD,
            });
            shop.subcompany.post("members", &new)
        };
        recruit(&shop.subcompany.node_id, "reseller_admin")
            .await
            .refuse(403, "EXCEEDS_OWN_RIGHTS");
        let refused = recruit(&shop.subcompany.node_id, "superadmin").await;
        assert!(matches!(refused.status, 403 | 422), "{refused:?}");
        recruit(&shop.reseller.node_id, "agent")
            .await
            .refuse(404, "NOT_FOUND");
        // An agent may let nobody in at all.
        let new = json!({
            "node_id": shop.customer.node_id, "email": "y@acme.test", "name": "Y", "role": "customer", "password": alvara_tests::PASSWORD,
        });
        shop.agent
            .post("members", &new)
            .await
            .refuse(403, "FORBIDDEN");
    });
}

// R-TEN-03
#[test]
fn the_operator_acts_in_any_tenant_and_nobody_else_does() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let operator = app.operator();
        let there = operator.get("tenants").await.expect(200);
        assert!(there.body().contains(&shop.reseller.tenant_id));
        shop.reseller.get("tenants").await.refuse(403, "FORBIDDEN");
        // At a tenant's door the operator's people see that tenant.
        let token = operator.secret().await;
        let at_acme = app.bearing("acme.localhost", &token);
        let _ = at_acme
            .get(&format!("licenses/{}", license.id))
            .await
            .expect(200);
        // A suspended tenant is shut to its own people and its programs, not to the operator.
        let mut program = app.program("acme.localhost", &license.key, "fp-1");
        let _ = program.activate().await;
        let suspension = format!("tenants/{}/suspension", shop.reseller.tenant_id);
        let _ = operator
            .ask(reqwest::Method::POST, &suspension)
            .await
            .expect(200);
        shop.reseller
            .get("licenses")
            .bearer("alv_none")
            .await
            .refuse(401, "UNAUTHENTICATED");
        assert_eq!(program.contact().await, "TENANT_SUSPENDED");
        let _ = at_acme
            .get(&format!("licenses/{}", license.id))
            .await
            .expect(200);
        let _ = operator.delete(&suspension).await.expect(200);
        assert_eq!(program.contact().await, "VALID");
    });
}
