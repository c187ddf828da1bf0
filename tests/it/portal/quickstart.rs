//! A product's programs to copy, and who waits for the first machine. That they run as they stand is a
//! test of the libraries.

use alvara_tests::{Browser, one_app};

// R-SDK-01: each program bears the product's code, its keys and the address it calls, and nothing secret.
#[test]
fn a_products_page_has_a_program_in_each_language() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let ada = Browser::sign_in(&acme.reseller.admin()).await;
        let home = format!("/products/{}", acme.product_id);
        let place = format!("{home}/quickstart");
        assert!(
            ada.get(&home)
                .await
                .expect(200)
                .body()
                .contains(&format!("href=\"{place}\""))
        );
        let keys = app
            .nobody("acme.localhost")
            .get("/.well-known/alvara/writer/jwks.json")
            .await;
        let key = keys.expect(200).json()["keys"][0]["x"]
            .as_str()
            .unwrap()
            .to_owned();
        for language in ["rust", "python", "javascript", "c", "cpp", "dotnet"] {
            let page = ada
                .get(&format!("{place}?language={language}"))
                .await
                .expect(200)
                .body();
            for part in [key.as_str(), "writer", "http://acme.localhost"] {
                assert!(page.contains(part), "{language} {part}: {page}");
            }
            for part in [
                "KEY-SET",
                "PRODUCT-CODE",
                "licenses.example.com",
                "PRIVATE",
                "&quot;d&quot;",
            ] {
                assert!(!page.contains(part), "{language} {part}: {page}");
            }
            let current = format!("quickstart?language={language}\" aria-current=\"page\"");
            assert!(page.contains(&current), "{page}");
        }
        let waits = ada.get(&place).await.expect(200).body();
        assert!(
            waits.contains("badge info") && !waits.contains("href=\"/machines/"),
            "{waits}"
        );
        let license = acme.license().await;
        let mut machine = app.program("acme.localhost", &license.key, "fp-1");
        let _ = machine.activate().await;
        let came = ada.get(&place).await.expect(200).body();
        assert!(
            came.contains("badge ok") && came.contains("href=\"/machines/"),
            "{came}"
        );

        let bella = app.shop("bella").await;
        let bea = Browser::sign_in(&bella.reseller.admin()).await;
        let _ = bea.get(&place).await.expect(404);
        let carla = Browser::sign_in(&acme.customer).await;
        let _ = carla.get(&place).await.expect(403);
    });
}
