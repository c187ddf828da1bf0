//! API keys: a role at a place, cut down to what the program needs.

use alvara_tests::each_app;
use serde_json::json;

// R-TEN-07
#[test]
fn an_api_key_is_good_for_what_it_bears_and_where() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let new = json!({
            "node_id": shop.agent.node_id, "name": "shop", "role": "agent",
            "permissions": ["license.issue", "license.read"],
        });
        let made = shop.subcompany.post("api-keys", &new).await.expect(201);
        let (secret, id) = (made.text("/secret"), made.text("/api_key/id"));
        let key = app.bearing("acme.localhost", &secret);
        let _ = key
            .get(&format!("licenses/{}", license.id))
            .await
            .expect(200);
        let issue = json!({ "policy_id": shop.policy_id, "node_id": shop.customer.node_id });
        let _ = key.post("licenses", &issue).await.expect(201);
        // Not what its role may but it does not bear, nor outside of its place.
        key.get("machines").await.refuse(403, "FORBIDDEN");
        key.post(&format!("licenses/{}/suspension", license.id), &json!({}))
            .await
            .refuse(403, "FORBIDDEN");
        let sul = shop.reseller.node("subcompany", "Sul").await;
        let above = json!({ "policy_id": shop.policy_id, "node_id": sul });
        key.post("licenses", &above).await.refuse(404, "NOT_FOUND");
        // Its secret is shown once and kept as a hash.
        let shown = shop
            .subcompany
            .get(&format!("api-keys/{id}"))
            .await
            .expect(200);
        assert!(!shown.body().contains(&secret));
        assert!(
            !app.database()
                .sql("SELECT secret_hash FROM api_keys")
                .contains(&secret)
        );

        // As client credentials it gives an access token of the same rights.
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", &*id),
            ("client_secret", &*secret),
        ];
        let nobody = app.nobody("acme.localhost");
        let grant = nobody
            .ask(reqwest::Method::POST, "oauth/token")
            .form(&fields)
            .await
            .expect(200);
        let token = grant.text("/access_token");
        assert!(grant.json()["refresh_token"].is_null());
        let _ = nobody.get("licenses").bearer(&token).await.expect(200);
        nobody
            .get("machines")
            .bearer(&token)
            .await
            .refuse(403, "FORBIDDEN");

        // Revoked, it and its tokens are nobody's.
        let _ = shop
            .subcompany
            .delete(&format!("api-keys/{id}"))
            .await
            .expect(200);
        key.get("licenses").await.refuse(401, "UNAUTHENTICATED");
        nobody
            .get("licenses")
            .bearer(&token)
            .await
            .refuse(401, "UNAUTHENTICATED");
    });
}

// R-TEN-07
#[test]
fn an_api_key_ends_by_itself_and_cannot_exceed_its_maker() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let end = app.now().saturating_add_seconds(86_400);
        let new = json!({
            "node_id": shop.agent.node_id, "name": "for a day", "role": "agent", "permissions": [], "expires_at": end.to_string(),
        });
        let secret = shop
            .subcompany
            .post("api-keys", &new)
            .await
            .expect(201)
            .text("/secret");
        let key = app.bearing("acme.localhost", &secret);
        let _ = key.get("licenses").await.expect(200);
        app.advance(2);
        key.get("licenses").await.refuse(401, "UNAUTHENTICATED");

        let more = json!({ "node_id": shop.subcompany.node_id, "name": "more", "role": "reseller_admin", "permissions": [] });
        let refused = shop.subcompany.post("api-keys", &more).await;
        assert!(matches!(refused.status, 403 | 422), "{refused:?}");
        let superadmin = json!({ "node_id": shop.reseller.node_id, "name": "all", "role": "superadmin", "permissions": [] });
        let refused = shop.reseller.post("api-keys", &superadmin).await;
        assert!(matches!(refused.status, 403 | 422), "{refused:?}");
        let above = json!({ "node_id": shop.reseller.node_id, "name": "above", "role": "agent", "permissions": [] });
        shop.subcompany
            .post("api-keys", &above)
            .await
            .refuse(404, "NOT_FOUND");
        let unknown = json!({ "node_id": shop.agent.node_id, "name": "x", "role": "agent", "permissions": ["license.fly"] });
        shop.subcompany
            .post("api-keys", &unknown)
            .await
            .refuse(422, "INVALID_FIELDS");
    });
}
