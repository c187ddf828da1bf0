//! Every problem has a page in every language.

use std::collections::BTreeSet;

use alvara_tests::one_app;
use alvara_web::problem::Kind;

// R-API-01
#[test]
fn every_problem_is_documented_and_translated() {
    one_app(async |app| {
        let nobody = app.nobody("localhost");
        let list = nobody.get("/problems").await.expect(200).body();
        let mut slugs = BTreeSet::new();
        for kind in Kind::ALL {
            let (slug, code) = (kind.slug(), kind.code());
            assert!(slugs.insert(slug.clone()), "{slug} stands for two problems");
            assert!(
                list.contains(&format!("/problems/{slug}")),
                "{slug} is not in the list"
            );
            let mut pages = BTreeSet::new();
            for language in ["en", "pt-BR", "it", "es"] {
                let page = nobody
                    .get(&format!("/problems/{slug}"))
                    .header("accept-language", language)
                    .await;
                let page = page.expect(200);
                assert_eq!(page.header("content-language"), Some(language), "{slug}");
                assert!(
                    page.body().contains(code),
                    "{slug} in {language} does not name {code}"
                );
                pages.insert(page.body());
            }
            assert_eq!(
                pages.len(),
                4,
                "{slug} is not translated into every language"
            );
        }
        let _ = nobody.get("/problems/no-such-problem").await.expect(404);
    });
}

// R-API-01
#[test]
fn the_document_names_every_code_there_is() {
    one_app(async |app| {
        let document = app
            .nobody("localhost")
            .get("/api/v1/openapi.json")
            .await
            .expect(200)
            .json();
        let codes = document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]
            .as_array()
            .unwrap();
        assert_eq!(codes.len(), Kind::ALL.len());
        let page = app
            .nobody("localhost")
            .get("/api/v1/docs")
            .await
            .expect(200);
        assert!(
            page.header("content-type")
                .unwrap()
                .starts_with("text/html")
        );
        for path in document["paths"].as_object().unwrap().keys() {
            assert!(
                page.body().contains(&format!("<code>{path}</code>")),
                "{path} is not on the page"
            );
        }
    });
}
