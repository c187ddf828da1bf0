//! The pages of a brand: a draft by form, pictures by upload, a page that wears it, and who may.

use alvara_tests::{Browser, one_app};
use serde_json::json;

const DRAWING: &[u8] =
    b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 10 10' onload='alert(1)'>\
    <script>alert(2)</script><path fill='#1d4ed8' d='M0 0h10v10z'/></svg>";

// R-TEN-04: a draft is written by a form, seen in the preview, and by the world once published.
#[test]
fn a_draft_is_written_looked_at_and_published() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let ada = Browser::sign_in(&acme.reseller.admin()).await;
        let own = ada.get("/branding").await.expect(303);
        let place = format!("/nodes/{}/branding", acme.reseller.node_id);
        assert_eq!(own.header("location"), Some(place.as_str()));
        let page = ada.get(&place).await.expect(200).body();
        assert!(
            page.contains("name=\"trade_name\"") && page.contains("acme"),
            "{page}"
        );
        // Words that only the interface writes outlive the form.
        let api = format!("nodes/{}/brand", acme.reseller.node_id);
        let words = json!({ "wording": { "it": { "mail-greeting": "Caro { $name }," } } });
        let put = acme.reseller.put(&api, &words).header("if-match", "*");
        let _ = put.await.expect(200);
        let mut fields = vec![
            ("trade_name", "Acme <b>Licenças</b>"),
            ("primary", "#ffd400"),
            ("accent", "#123456"),
            ("_inherit-accent", "true"),
            ("radius:int", "99"),
            ("scheme", "dark"),
            ("address:lines", "Rua A\r\n\r\nSão Paulo"),
        ];
        let faulty = ada.submit(&place, &fields).await.expect(422).body();
        for part in [
            "Acme &lt;b&gt;",
            "value=\"99\"",
            "role=\"alert\"",
            "href=\"#f-radius-int\"",
        ] {
            assert!(faulty.contains(part), "{part}: {faulty}");
        }
        fields[4].1 = "3";
        let _ = ada.submit(&place, &fields).await.expect(303);
        let draft = acme.reseller.get(&api).await.expect(200).json()["draft"].clone();
        assert_eq!(draft["primary"], "#ffd400");
        assert_eq!(draft["accent"], json!(null));
        assert_eq!(draft["address"], json!(["Rua A", "São Paulo"]));
        assert_eq!(draft["wording"], words["wording"]);
        let preview = ada.get(&format!("{place}/preview?scheme=light")).await;
        assert!(preview.expect(200).body().contains("Acme &lt;b&gt;"));
        let style = ada
            .get(&format!("{place}/preview.css?scheme=light"))
            .await
            .expect(200);
        assert_eq!(
            style.header("content-type"),
            Some("text/css; charset=utf-8")
        );
        assert!(style.body().contains("#ffd400") && style.body().contains("--radius:3px"));
        assert!(
            style.body().ends_with(":root{color-scheme:light}\n"),
            "{style:?}"
        );
        let world = async || {
            app.nobody("acme.localhost")
                .get("/brand.css")
                .await
                .expect(200)
                .body()
        };
        assert!(!world().await.contains("#ffd400"));
        // Who saw an older draft publishes nothing.
        let publish = format!("{place}/publish");
        let _ = ada.submit(&publish, &[("_version", "0")]).await.expect(412);
        assert!(!world().await.contains("#ffd400"));
        let _ = ada.submit(&publish, &[]).await.expect(303);
        assert!(world().await.contains("#ffd400"));
        let _ = ada
            .submit(&place, &[("trade_name", "Other")])
            .await
            .expect(303);
        let _ = ada
            .submit(&format!("{place}/revert"), &[])
            .await
            .expect(303);
        let draft = acme.reseller.get(&api).await.expect(200).json()["draft"].clone();
        assert_eq!(draft["trade_name"], "Acme <b>Licenças</b>");
    });
}

// R-TEN-04: a picture comes by upload, written anew; what is none comes back to its own form.
#[test]
fn a_picture_is_uploaded_shown_and_taken_out() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let ada = Browser::sign_in(&acme.reseller.admin()).await;
        let place = format!("/nodes/{}/branding", acme.reseller.node_id);
        let logo = format!("{place}/pictures/logo");
        let _ = ada.get(&logo).await.expect(404);
        let none = ada
            .upload(&logo, &[], ("picture", "a.png", b"no picture"))
            .await
            .expect(422);
        assert!(none.body().contains("href=\"#f-logo\""), "{none:?}");
        let empty = ada
            .upload(&logo, &[], ("picture", "", b""))
            .await
            .expect(422);
        assert!(empty.body().contains("href=\"#f-logo\""), "{empty:?}");
        let put = ada
            .upload(&logo, &[], ("picture", "a.svg", DRAWING))
            .await
            .expect(303);
        let back = format!("{place}?done=picture-put#picture-logo");
        assert_eq!(put.header("location"), Some(back.as_str()));
        let shown = ada.get(&logo).await.expect(200);
        assert_eq!(shown.header("content-type"), Some("image/svg+xml"));
        assert!(!shown.body().contains("alert") && shown.body().contains("#1d4ed8"));
        let page = ada.get(&place).await.expect(200).body();
        assert!(page.contains(&format!("<image href=\"{logo}?v=")), "{page}");
        // A form without the token of the session is nobody's.
        let forged = [("_csrf", "AAAA")];
        let _ = ada
            .upload(&logo, &forged, ("picture", "a.svg", DRAWING))
            .await
            .expect(403);
        let _ = ada.submit(&format!("{logo}/remove"), &[]).await.expect(303);
        let _ = ada.get(&logo).await.expect(404);
    });
}

// R-TEN-01, R-TEN-03: nobody sees or changes the brand of a place that is not theirs.
#[test]
fn a_brand_is_changed_by_its_own_people() {
    one_app(async |app| {
        let (acme, bella) = (app.shop("acme").await, app.shop("bella").await);
        let place = format!("/nodes/{}/branding", acme.reseller.node_id);
        let logo = format!("{place}/pictures/logo");
        let bea = Browser::sign_in(&bella.reseller.admin()).await;
        let nora = Browser::sign_in(&acme.subcompany).await;
        for stranger in [&bea, &nora] {
            let _ = stranger.get(&place).await.expect(404);
            let _ = stranger
                .get(&format!("{place}/preview.css"))
                .await
                .expect(404);
            let fields = [("trade_name", "Mine")];
            let _ = stranger.submit(&place, &fields).await.expect(404);
            let _ = stranger
                .upload(&logo, &[], ("picture", "a.svg", DRAWING))
                .await
                .expect(404);
        }
        // The sub-company has its own, and inherits what it does not say.
        let below = format!("/nodes/{}/branding", acme.subcompany.node_id);
        let _ = nora
            .submit(&below, &[("radius:int", "0")])
            .await
            .expect(303);
        let ada = Browser::sign_in(&acme.reseller.admin()).await;
        assert!(
            ada.get(&below)
                .await
                .expect(200)
                .body()
                .contains("value=\"0\"")
        );
        let carla = Browser::sign_in(&acme.customer).await;
        let _ = carla.get("/branding").await.expect(403);
    });
}
