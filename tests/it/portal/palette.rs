//! The search over any page: what is in a page for it, and what its script is answered.

use alvara_tests::{Browser, one_app};

/// What stands between two texts of a page.
fn between<'a>(page: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = page.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

// R-TEN-04: it is there for who is signed in, in their language, by a script of ours that a browser
// keeps; without the script the field leads to the page of the search.
#[test]
fn the_search_over_a_page_is_for_who_is_signed_in() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let stranger = Browser::visit(app, "acme");
        let page = stranger.get("/login").await.expect(200).body();
        assert!(!page.contains("palette"), "{page}");
        let ana = Browser::sign_in(&acme.agent).await;
        for (tag, title) in [
            ("en", "Quick search"),
            ("pt-BR", "Busca rápida"),
            ("it", "Ricerca rapida"),
            ("es", "Búsqueda rápida"),
        ] {
            let fields = [("lang", tag), ("back", "/customers")];
            let _ = ana.submit("/language", &fields).await.expect(303);
            let answer = ana.get("/customers").await.expect(200);
            let policy = answer.header("content-security-policy").unwrap();
            assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"));
            let page = answer.body();
            let dialog = between(&page, "<dialog", "</dialog>").unwrap();
            assert!(
                dialog.contains(&format!("aria-label=\"{title}\"")),
                "{dialog}"
            );
            assert!(
                page.contains("<form class=\"find\" action=\"/search\""),
                "{page}"
            );
        }
        let page = ana.get("/").await.expect(200).body();
        let place = between(&page, "src=\"/assets/palette.js", "\"").unwrap();
        let script = ana
            .get(&format!("/assets/palette.js{place}"))
            .await
            .expect(200);
        assert_eq!(
            script.header("content-type"),
            Some("text/javascript; charset=utf-8")
        );
        assert!(
            script
                .header("cache-control")
                .unwrap()
                .contains("immutable")
        );
        // Where the script's answers stand: the first link of a row, the heading of its section.
        let found = ana.get("/search?q=Carla").await.expect(200).body();
        let section = between(&found, "<section", "</section>").unwrap();
        let link = format!("<a href=\"/customers/{}\">", acme.customer.node_id);
        assert!(
            section.contains("<h2") && section.contains(&link),
            "{section}"
        );
    });
}
