//! The settings' pages: the house itself, prices, registrations, and how money comes in.

use alvara_tests::{Browser, one_app};
use serde_json::json;

// R-TEN-04: the house is changed by who runs it; a fault comes back with what was typed.
#[test]
fn the_house_is_changed_by_who_runs_it() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let ana = Browser::sign_in(&acme.agent).await;
        let _ = ana.get("/settings").await.expect(403);
        let ada = Browser::sign_in(&acme.reseller.admin()).await;
        let hub = ada.get("/settings").await.expect(200).body();
        for place in [
            "/settings/general",
            "/prices",
            "/payment-accounts",
            "/roles",
        ] {
            assert!(hub.contains(&format!("href=\"{place}\"")), "{place}: {hub}");
        }
        let fields = [
            ("name", "Acme Software"),
            ("locale", "pt-BR"),
            ("currency", "R$"),
            ("time_zone", "America/Sao_Paulo"),
            ("default_product_id:null", ""),
            ("tax_id:null", "11.222.333/0001-81"),
            ("address.line1", "Rua A"),
            ("address.number", "10"),
            ("address.city", "São Paulo"),
            ("address.state", "SP"),
            ("address.postal_code", "01310-100"),
            ("address.country", "BR"),
        ];
        let page = ada
            .submit("/settings/general", &fields)
            .await
            .expect(422)
            .body();
        for part in ["value=\"Acme Software\"", "value=\"R$\"", "role=\"alert\""] {
            assert!(page.contains(part), "{part}: {page}");
        }
        let mut right = fields;
        right[2].1 = "BRL";
        let _ = ada.submit("/settings/general", &right).await.expect(303);
        let now = acme.reseller.get("settings").await.expect(200).json();
        assert_eq!(now["name"], "Acme Software");
        assert_eq!(now["address"]["city"], "São Paulo");
        // An address that was emptied is taken away.
        for field in &mut right[6..] {
            field.1 = "";
        }
        let _ = ada.submit("/settings/general", &right).await.expect(303);
        let now = acme.reseller.get("settings").await.expect(200).json();
        assert_eq!(now["address"], json!(null));
    });
}

// R-TEN-06: a price is set as people write it, shown in the reader's way, and taken away.
#[test]
fn a_price_is_set_and_taken_away() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let plan = json!({
            "policy_id": acme.policy_id, "code": "yearly", "name": "Yearly", "period": "P1Y",
            "price": { "amount_minor": 10_000, "currency": "BRL" },
        });
        let plan = acme.reseller.post("plans", &plan).await.expect(201).id();
        let nora = Browser::sign_in(&acme.subcompany).await;
        let own = nora.get("/prices").await.expect(303);
        let list = format!("/nodes/{}/prices", acme.subcompany.node_id);
        assert_eq!(own.header("location"), Some(list.as_str()));
        let place = format!("{list}/{plan}");
        let _ = nora.get(&place).await.expect(200);
        let price = |amount| {
            [
                ("price.amount_minor:money", amount),
                ("price.currency", "BRL"),
            ]
        };
        let page = nora.submit(&place, &price("dear")).await.expect(422).body();
        assert!(page.contains("value=\"dear\""), "{page}");
        let _ = nora.submit(&place, &price("1.234,50")).await.expect(303);
        let page = nora.get(&list).await.expect(200).body();
        assert!(page.contains("1.234,50"), "{page}");
        let ana = Browser::sign_in(&acme.agent).await;
        let _ = ana.submit(&place, &price("1")).await.expect(403);
        let _ = nora
            .submit(&format!("{place}/remove"), &[])
            .await
            .expect(303);
        let page = nora.get(&list).await.expect(200).body();
        assert!(!page.contains("1.234,50"), "{page}");
    });
}

// R-LIC-10: what becomes of those who register is said per product.
#[test]
fn registrations_are_opened_by_a_form() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let ada = Browser::sign_in(&acme.reseller.admin()).await;
        let list = ada.get("/settings/registrations").await.expect(200).body();
        let place = format!("/settings/registrations/{}", acme.product_id);
        assert!(list.contains(&place), "{list}");
        let lacking = [("mode", "automatic"), ("policy_id", ""), ("node_id", "")];
        let page = ada.submit(&place, &lacking).await.expect(422).body();
        assert!(page.contains("role=\"alert\""), "{page}");
        let right = [
            ("mode", "automatic"),
            ("policy_id", acme.policy_id.as_str()),
            ("node_id", acme.agent.node_id.as_str()),
        ];
        let _ = ada.submit(&place, &right).await.expect(303);
        let path = format!("products/{}/registration-rule", acme.product_id);
        let rule = acme.reseller.get(&path).await.expect(200).json();
        assert_eq!(rule["mode"], "automatic");
        let nora = Browser::sign_in(&acme.subcompany).await;
        let _ = nora.submit(&place, &right).await.expect(403);
    });
}

// R-PAY-01, R-PAY-03: an account is asked for by what its plugin wants, and no page shows a secret.
#[test]
fn a_payment_account_shows_no_secret() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let ada = Browser::sign_in(&acme.reseller.admin()).await;
        let _ = ada.get("/payment-accounts/new").await.expect(200);
        app.install_plugin("pix", "acme", "127.0.0.1:1").await;
        let choose = ada.get("/payment-accounts/new").await.expect(200).body();
        assert!(choose.contains("plugin&#x3D;pix") || choose.contains("plugin=pix"));
        let form = ada
            .get("/payment-accounts/new?plugin=pix")
            .await
            .expect(200)
            .body();
        for name in ["config.chave", "secrets.client_secret", "plugin_version"] {
            assert!(form.contains(&format!("name=\"{name}\"")), "{name}: {form}");
        }
        // The plugins that come along speak the reader's language: labels, choices, secrets.
        for word in [
            "Chave PIX",
            "Códigos estáticos",
            "Certificado do cliente e sua chave",
        ] {
            assert!(form.contains(word), "{word}: {form}");
        }
        let new = json!({
            "name": "Pix", "plugin": "pix", "plugin_version": "1.0.0", "environment": "sandbox",
            "config": { "chave": "a@b.test", "host": "127.0.0.1:1", "path": "/pix", "token_url": "https://127.0.0.1:1/token" }, "secrets": { "client_secret": "hunter2hunter2" },
        });
        let made = acme
            .reseller
            .post("payment-accounts?check=skip", &new)
            .await
            .expect(201);
        let home = format!("/payment-accounts/{}", made.id());
        for place in [home.clone(), format!("{home}/edit")] {
            let page = ada.get(&place).await.expect(200).body();
            assert!(page.contains("a@b.test"), "{page}");
            assert!(!page.contains("hunter2"), "{page}");
        }
        // A secret that is left empty stays; a setting that is changed is changed.
        let change = [
            ("name", "Pix 2"),
            ("plugin_version", "1.0.0"),
            ("config.chave", "c@d.test"),
            ("secrets.client_secret", ""),
            ("late_policy", "refund"),
        ];
        let _ = ada
            .submit(&format!("{home}/edit"), &change)
            .await
            .expect(303);
        let _ = ada
            .submit(&format!("{home}/disable"), &[])
            .await
            .expect(303);
        let path = format!("payment-accounts/{}", made.id());
        let now = acme.reseller.get(&path).await.expect(200).json();
        assert_eq!(now["config"]["chave"], "c@d.test");
        assert_eq!(now["secret_names"], json!(["client_secret"]));
        assert_eq!(now["state"], "disabled");
        let ana = Browser::sign_in(&acme.agent).await;
        let page = ana.get(&home).await.expect(200).body();
        assert!(!page.contains(&format!("{home}/disable")), "{page}");
        let _ = ana.submit(&format!("{home}/enable"), &[]).await.expect(403);
    });
}
