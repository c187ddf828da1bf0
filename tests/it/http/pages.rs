//! Lists in pages.

use std::collections::BTreeSet;

use alvara_tests::each_app;
use serde_json::json;

// R-API-01
#[test]
fn pages_follow_one_another_without_gap_or_repetition() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let mut issued = BTreeSet::new();
        for _ in 0..7 {
            issued.insert(shop.license().await.id);
        }
        let mut seen = Vec::new();
        let mut next = String::from("licenses?limit=3");
        loop {
            let page = shop.agent.get(&next).await.expect(200).json();
            let items = page["items"].as_array().unwrap().clone();
            assert!(items.len() <= 3);
            seen.extend(
                items
                    .iter()
                    .map(|item| item["id"].as_str().unwrap().to_owned()),
            );
            // What is added meanwhile disturbs nobody.
            if seen.len() == 3 {
                issued.insert(shop.license().await.id);
            }
            match page["next_cursor"].as_str() {
                Some(cursor) => next = format!("licenses?limit=3&cursor={cursor}"),
                None => break,
            }
        }
        let distinct: BTreeSet<String> = seen.iter().cloned().collect();
        assert_eq!(distinct.len(), seen.len(), "{seen:?}");
        assert!(distinct.is_subset(&issued));
        assert!(distinct.len() >= 7, "{distinct:?}");
    });
}

// R-API-01
#[test]
fn a_page_that_cannot_be_is_refused() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        for (query, pointer) in [
            ("limit=0", "/query/limit"),
            ("limit=201", "/query/limit"),
            ("cursor=nonsense", "/query/cursor"),
            ("cursor=", "/query/cursor"),
            ("colour=red", "/query/colour"),
            ("state=expired", "/query/state"),
        ] {
            let refused = shop.agent.get(&format!("licenses?{query}")).await;
            assert_eq!(refused.pointers(), [pointer], "{query}");
            refused.refuse(422, "INVALID_FIELDS");
        }
        let none = shop
            .agent
            .get("licenses?key_hint=ZZZZZ")
            .await
            .expect(200)
            .json();
        assert_eq!(none, json!({ "items": [], "next_cursor": null }));
    });
}
