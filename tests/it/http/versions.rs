//! Two people change the same thing.

use alvara_tests::each_app;
use serde_json::json;

// R-API-01
#[test]
fn a_change_bears_the_version_it_was_based_on() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let path = format!("nodes/{}", shop.customer.node_id);
        let mine = shop.agent.get(&path).await.expect(200);
        let theirs = shop.subcompany.get(&path).await.expect(200);
        assert_eq!(mine.header("etag"), theirs.header("etag"));
        let done = shop
            .agent
            .patch(&path, &json!({ "name": "Carla e Filhos" }))
            .if_match(&mine)
            .await
            .expect(200);
        assert_ne!(done.header("etag"), mine.header("etag"));
        let late = json!({ "name": "Carla" });
        shop.subcompany
            .patch(&path, &late)
            .if_match(&theirs)
            .await
            .refuse(412, "STALE_VERSION");
        shop.subcompany
            .patch(&path, &late)
            .await
            .refuse(428, "PRECONDITION_REQUIRED");
        shop.subcompany
            .patch(&path, &late)
            .header("if-match", "7")
            .await
            .refuse(400, "INVALID_REQUEST");
        assert_eq!(shop.agent.get(&path).await.text("/name"), "Carla e Filhos");
        let _ = shop
            .subcompany
            .patch(&path, &late)
            .header("if-match", "*")
            .await
            .expect(200);
    });
}
