//! Words of one's own by page: found, changed, refused with the interface's sentences, taken back, and
//! seen in mails.

use alvara_tests::{Browser, one_app};
use serde_json::{Value, json};

// R-TEN-04: a message is found by its text, worded anew in one language, and shown once published.
#[test]
fn a_message_is_worded_anew_and_taken_back() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let ada = Browser::sign_in(&acme.reseller.admin()).await;
        let home = format!("/nodes/{}/branding/wording", acme.reseller.node_id);
        let own = ada.get("/branding/wording").await.expect(303);
        assert_eq!(own.header("location"), Some(home.as_str()));
        let first = ada
            .get(&format!("{home}?language=it"))
            .await
            .expect(200)
            .body();
        let row = |key: &str| first.find(&format!("href=\"{home}/it/{key}"));
        assert!(row("mail-greeting\"").is_some(), "{first}");
        assert!(row("portal-").is_none(), "mails come first: {first}");
        assert!(first.contains("cursor=25"), "{first}");
        let found = |list: &str| list.matches("<tr>").count();
        let second = ada.get(&format!("{home}?language=it&cursor=25")).await;
        let second = second.expect(200).body();
        assert!(
            !second.contains("/mail-greeting\"") && found(&second) > 20,
            "{second}"
        );
        let place = format!("{home}/it/mail-greeting");
        let query = format!("{home}?language=it&group=mail&q=%7B%20%24name");
        let list = ada.get(&query).await.expect(200).body();
        assert!(
            list.contains(&place) && !list.contains("mail-pay"),
            "{list}"
        );

        let page = ada.get(&place).await.expect(200).body();
        assert!(
            page.contains("{ $name }") && page.contains("lang=\"it\""),
            "{page}"
        );
        let field = "wording.it.mail-greeting";
        let send = async |text: &str| ada.submit(&place, &[(field, text)]).await;
        let api = format!("nodes/{}/brand", acme.reseller.node_id);
        for wrong in ["Caro,", "Caro { $nome },", "{ $name", ""] {
            let again = send(wrong).await.expect(422).body();
            assert!(again.contains("role=\"alert\""), "{again}");
            assert!(
                again.contains("href=\"#f-wording-it-mail-greeting\""),
                "{again}"
            );
            assert!(again.contains(wrong), "{again}");
            // The interface refuses the same, at the same place.
            let body = json!({ "wording": { "it": { "mail-greeting": wrong } } });
            let put = acme.reseller.put(&api, &body).header("if-match", "*").await;
            let fault = put.expect(422).json()["errors"][0]["pointer"].clone();
            assert_eq!(fault, "/wording/it/mail-greeting");
        }
        let _ = send("Caro <b>{ $name }</b>,\r\ncome va?").await.expect(303);
        let draft =
            async || -> Value { acme.reseller.get(&api).await.expect(200).json()["draft"].clone() };
        assert_eq!(
            draft().await["wording"],
            json!({ "it": { "mail-greeting": "Caro <b>{ $name }</b>,\ncome va?" } })
        );
        let list = ada.get(&format!("{home}?language=it&whose=own")).await;
        assert_eq!(found(&list.expect(200).body()), 2);
        // Everything else of the draft stays, and who saw an older one changes nothing.
        let named = [("trade_name", "Acme")];
        let _ = ada
            .submit(
                &format!("/nodes/{}/branding", acme.reseller.node_id),
                &named,
            )
            .await
            .expect(303);
        let stale = [(field, "Ciao { $name }"), ("_version", "1")];
        let _ = ada.submit(&place, &stale).await.expect(412);
        assert_eq!(draft().await["trade_name"], "Acme");
        let _ = ada.submit(&format!("{place}/reset"), &[]).await.expect(303);
        let after = draft().await;
        assert_eq!(
            (&after["wording"], &after["trade_name"]),
            (&json!({}), &json!("Acme"))
        );
        for nothing in [
            "it/no-such",
            "xx/mail-greeting",
            "it/plugins-install",
            "it/verdict-ok",
        ] {
            let _ = ada.get(&format!("{home}/{nothing}")).await.expect(404);
        }
    });
}

// R-TEN-04: a page of the portal says what was worded, and a place below inherits it.
#[test]
fn what_is_worded_above_is_shown_below() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let ada = Browser::sign_in(&acme.reseller.admin()).await;
        let home = format!("/nodes/{}/branding", acme.reseller.node_id);
        let place = format!("{home}/wording/pt-BR/nav-products");
        let _ = ada
            .submit(
                &place,
                &[("wording.pt-BR.nav-products", "Nossos programas")],
            )
            .await
            .expect(303);
        assert!(
            !ada.get("/products")
                .await
                .body()
                .contains("Nossos programas")
        );
        let _ = ada
            .submit(&format!("{home}/publish"), &[])
            .await
            .expect(303);
        assert!(
            ada.get("/products")
                .await
                .body()
                .contains("Nossos programas")
        );
        let nora = Browser::sign_in(&acme.subcompany).await;
        let below = format!(
            "/nodes/{}/branding/wording/pt-BR/nav-products",
            acme.subcompany.node_id
        );
        let page = nora.get(&below).await.expect(200).body();
        assert!(
            page.contains("id=\"above\"") && page.contains("Nossos programas"),
            "{page}"
        );
        // Nobody words the messages of a place that is not theirs.
        let _ = nora.get(&place).await.expect(404);
        let field = [("wording.pt-BR.nav-products", "Meus")];
        let _ = nora.submit(&place, &field).await.expect(404);
        let carla = Browser::sign_in(&acme.customer).await;
        let _ = carla.get("/branding/wording").await.expect(403);
    });
}

// R-TEN-04: each mail is seen under the draft in each language, its mark-up where it can do nothing.
#[test]
fn mails_are_looked_at_before_anybody_gets_them() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let ada = Browser::sign_in(&acme.reseller.admin()).await;
        let home = format!("/nodes/{}/branding", acme.reseller.node_id);
        let brand = [
            ("trade_name", "Acme <b>Licenças"),
            ("sender_name", "Acme Vendas"),
            ("primary", "#ffd400"),
        ];
        let _ = ada.submit(&home, &brand).await.expect(303);
        let place = format!("{home}/wording/es/mail-greeting");
        let _ = ada
            .submit(
                &place,
                &[("wording.es.mail-greeting", "Estimada { $name }:")],
            )
            .await
            .expect(303);
        let asked = "mail=renewal_tomorrow&language=es";
        let page = ada.get(&format!("{home}/mails?{asked}")).await.expect(200);
        let policy = page.header("content-security-policy").unwrap().to_owned();
        assert!(
            policy.contains("frame-src 'self'") && !policy.contains("unsafe"),
            "{policy}"
        );
        let page = page.body();
        for part in [
            "Estimada Ana Souza:",
            "Acme Vendas",
            "Acme &lt;b&gt;Licenças",
            "<iframe class=\"mail\" sandbox src=",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        let frame = ada
            .get(&format!("{home}/mails/letter?{asked}"))
            .await
            .expect(200);
        let policy = frame.header("content-security-policy").unwrap().to_owned();
        for part in ["default-src 'none'", "frame-ancestors 'self'", "sandbox"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(
            !policy.contains("script") && !policy.contains("allow-"),
            "{policy}"
        );
        let html = frame.body();
        assert!(
            html.contains("Estimada Ana Souza:") && html.contains("#ffd400"),
            "{html}"
        );
        assert!(
            html.contains("Acme &lt;b&gt;Licenças") && !html.contains("<b>"),
            "{html}"
        );
        // Keys are mailed as text alone.
        let keys = ada
            .get(&format!("{home}/mails?mail=own_keys&language=it"))
            .await;
        assert!(!keys.expect(200).body().contains("<iframe"));
        let _ = ada
            .get(&format!("{home}/mails/letter?mail=own_keys"))
            .await
            .expect(404);
        let nora = Browser::sign_in(&acme.subcompany).await;
        let _ = nora.get(&format!("{home}/mails")).await.expect(404);
        let _ = nora
            .get(&format!("{home}/mails/letter?{asked}"))
            .await
            .expect(404);
    });
}
