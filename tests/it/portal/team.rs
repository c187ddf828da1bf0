//! The team's pages: the tree, the people, their roles, keys of programs, and what places are granted.

use alvara_tests::{Browser, PASSWORD, one_app};
use serde_json::json;

/// The text that a page shows to be taken away whole.
fn block(page: &str) -> &str {
    let (_, rest) = page.split_once("<textarea readonly").expect("a block");
    let (_, rest) = rest.split_once('>').expect("its text");
    rest.split('<').next().unwrap_or_default()
}

// R-TEN-02: everybody sees the tree from their own place down, and nothing beside.
#[test]
fn the_tree_is_shown_from_ones_own_place_down() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let bella = app.shop("bella").await;
        let nora = Browser::sign_in(&acme.subcompany).await;
        let page = nora.get("/team").await.expect(200).body();
        for id in [&acme.subcompany.node_id, &acme.agent.node_id] {
            assert!(page.contains(&format!("/nodes/{id}")), "{page}");
        }
        for id in [&acme.reseller.node_id, &bella.agent.node_id] {
            assert!(!page.contains(id.as_str()), "{page}");
        }
        let above = format!("/nodes/{}", acme.reseller.node_id);
        let _ = nora.get(&above).await.expect(404);
        let fields = [
            ("parent_id", acme.subcompany.node_id.as_str()),
            ("kind", "agent"),
            ("name", "Bruno"),
            ("email", ""),
        ];
        let made = nora.submit("/team/nodes/new", &fields).await.expect(303);
        let place = made.header("location").unwrap();
        let home = place.split('?').next().unwrap().to_owned();
        let page = nora.get(place).await.expect(200).body();
        assert!(page.contains("<h1>Bruno"), "{page}");
        // It may not hang where an agent cannot be.
        let wrong = [("parent_id", acme.agent.node_id.as_str())];
        let moved = nora.submit(&format!("{home}/move"), &wrong).await;
        assert!((400..500).contains(&moved.status), "{moved:?}");
        for (deed, shown) in [("suspend", "reinstate"), ("reinstate", "suspend")] {
            let _ = nora
                .submit(&format!("{home}/{deed}"), &[])
                .await
                .expect(303);
            let page = nora.get(&home).await.expect(200).body();
            assert!(page.contains(&format!("{home}/{shown}")), "{page}");
        }
        let _ = nora
            .submit(&format!("{home}/delete"), &[])
            .await
            .expect(303);
        let page = nora.get(&home).await.expect(200).body();
        assert!(page.contains(&format!("{home}/restore")), "{page}");
    });
}

// R-TEN-07: a password that is made is shown this once, and is the one to sign in with.
#[test]
fn a_person_is_added_with_a_password_that_is_shown_once() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let ana = Browser::sign_in(&acme.agent).await;
        let _ = ana.get("/members").await.expect(403);
        let nora = Browser::sign_in(&acme.subcompany).await;
        let fields = [
            ("name", "Bia"),
            ("email", "bia@acme.test"),
            ("node_id", acme.agent.node_id.as_str()),
            ("role", "agent"),
            ("locale:null", ""),
            ("_password", ""),
        ];
        let made = nora.submit("/members/new", &fields).await.expect(200);
        assert_eq!(made.header("cache-control"), Some("no-store"));
        let page = made.body();
        let secret = block(&page).to_owned();
        assert!(secret.len() > 20, "{page}");
        let bia = Browser::visit(app, "acme");
        let sign_in = [("email", "bia@acme.test"), ("password", secret.as_str())];
        let _ = bia.submit("/login", &sign_in).await.expect(303);
        let list = nora.get("/members?q=bia").await.expect(200).body();
        assert!(
            list.contains("bia@acme.test") && !list.contains(&secret),
            "{list}"
        );
        // The same address again is a fault of its field.
        let again = nora.submit("/members/new", &fields).await;
        assert!(matches!(again.status, 409 | 422), "{again:?}");
        assert!(again.body().contains("value=\"Bia\""));
        let id = acme.subcompany.list("members?q=bia").await[0]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let password = [("password", PASSWORD)];
        let done = nora
            .submit(&format!("/members/{id}/password"), &password)
            .await
            .expect(303);
        let place = format!("/members/{id}?done=password-set");
        assert_eq!(done.header("location"), Some(place.as_str()));
        let _ = bia.get("/customers").await.expect(303);
        let _ = nora
            .submit(&format!("/members/{id}/suspend"), &[])
            .await
            .expect(303);
        let sign_in = [("email", "bia@acme.test"), ("password", PASSWORD)];
        let later = Browser::visit(app, "acme");
        let _ = later.submit("/login", &sign_in).await.expect(422);
    });
}

// R-TEN-03: a profile is made of boxes, bears the codes of the interface, and holds.
#[test]
fn a_profile_is_made_of_boxes() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let ada = Browser::sign_in(&acme.reseller.admin()).await;
        let page = ada.get("/roles/new").await.expect(200).body();
        assert!(page.contains("name=\"_may.license.issue\""), "{page}");
        assert!(!page.contains("_may.tenant.read"), "{page}");
        let fields = [
            ("name", "Suporte"),
            ("_scope", "tree"),
            ("_may.customer.read", "true"),
            ("_may.account.read", "true"),
            ("_may.account.update", "true"),
        ];
        let _ = ada.submit("/roles/new", &fields).await.expect(303);
        let roles = acme.reseller.get("roles").await.expect(200).json();
        let role = roles["items"][0]["id"].as_str().unwrap().to_owned();
        let rules = roles["items"][0]["rules"].as_array().unwrap();
        assert!(
            rules.iter().any(|rule| *rule
                == json!({ "module": "account", "action": "*", "scope": "tree", "effect": "allow" })),
            "{rules:?}"
        );
        let page = ada.get(&format!("/roles/{role}")).await.expect(200).body();
        let (_, after) = page.split_once("name=\"_may.customer.read\"").unwrap();
        let tag = after.split('>').next().unwrap();
        assert!(tag.contains("checked"), "{tag}");
        let sofia = acme
            .reseller
            .recruit(&acme.subcompany.node_id, &role, "Sofia")
            .await;
        let sofia = Browser::sign_in(&sofia).await;
        let _ = sofia.get("/customers").await.expect(200);
        let _ = sofia.get("/customers/new").await.expect(403);
        let nora = Browser::sign_in(&acme.subcompany).await;
        let _ = nora.submit("/roles/new", &fields).await.expect(403);
        let kept = ada.submit(&format!("/roles/{role}/delete"), &[]).await;
        assert!((400..500).contains(&kept.status), "{kept:?}");
    });
}

// R-TEN-07: the secret of a key is shown once; a revoked one is nobody's.
#[test]
fn the_secret_of_a_key_is_shown_once() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let nora = Browser::sign_in(&acme.subcompany).await;
        let fields = [
            ("name", "shop"),
            ("node_id", acme.subcompany.node_id.as_str()),
            ("role", "subcompany_admin"),
            ("expires_at:night", "tomorrow"),
            ("_may.license.read", "true"),
        ];
        let page = nora
            .submit("/api-keys/new", &fields)
            .await
            .expect(422)
            .body();
        let (_, after) = page.split_once("name=\"_may.license.read\"").unwrap();
        assert!(after.split('>').next().unwrap().contains("checked"));
        let mut right = fields;
        right[3].1 = "";
        let page = nora
            .submit("/api-keys/new", &right)
            .await
            .expect(200)
            .body();
        let secret = block(&page).to_owned();
        let program = app.bearing(acme.agent.host(), &secret);
        let _ = program.get("licenses").await.expect(200);
        let _ = program.get("customers").await.expect(403);
        let list = nora.get("/api-keys").await.expect(200).body();
        assert!(
            list.contains("license.read") && !list.contains(&secret),
            "{list}"
        );
        let id = acme.subcompany.list("api-keys").await[0]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let _ = nora
            .submit(&format!("/api-keys/{id}/revoke"), &[])
            .await
            .expect(303);
        let _ = program.get("licenses").await.expect(401);
    });
}

// R-TEN-05, R-TEN-06, R-PAY-08: quotas, commissions and credit limits are set below, with faults at
// their fields.
#[test]
fn a_place_is_granted_what_it_may_do() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let ada = Browser::sign_in(&acme.reseller.admin()).await;
        let id = &acme.subcompany.node_id;
        let quotas = format!("/nodes/{id}/quotas");
        let wrong = [
            ("_product", acme.product_id.as_str()),
            ("total:int", "many"),
        ];
        let page = ada.submit(&quotas, &wrong).await.expect(422).body();
        assert!(page.contains("value=\"many\""), "{page}");
        let right = [("_product", acme.product_id.as_str()), ("total:int", "40")];
        let _ = ada.submit(&quotas, &right).await.expect(303);
        let page = ada.get(&format!("/nodes/{id}")).await.expect(200).body();
        assert!(page.contains("0/40"), "{page}");
        let terms = format!("/nodes/{id}/terms");
        let share = [("percent:percent", "12,5")];
        let _ = ada
            .submit(&format!("{terms}/commission"), &share)
            .await
            .expect(303);
        let rule = acme.reseller.get(&format!("commission-rules/{id}")).await;
        assert_eq!(rule.json()["percent"], 12.5);
        let limit = [
            ("limit.amount_minor:money", "1.500,00"),
            ("limit.currency", "BRL"),
            ("days:int", "400"),
        ];
        let credit = format!("{terms}/credit");
        let page = ada.submit(&credit, &limit).await.expect(422).body();
        assert!(page.contains("value=\"1.500,00\""), "{page}");
        let mut right = limit;
        right[2].1 = "28";
        let _ = ada.submit(&credit, &right).await.expect(303);
        let now = acme.reseller.get(&format!("nodes/{id}/credit-limit")).await;
        assert_eq!(now.json()["limit"]["amount_minor"], 150_000);
        // Nobody grants themselves.
        let nora = Browser::sign_in(&acme.subcompany).await;
        let own = nora.submit(&quotas, &right_quota(&acme.product_id)).await;
        assert!((400..500).contains(&own.status), "{own:?}");
    });
}

fn right_quota(product: &str) -> [(&str, &str); 2] {
    [("_product", product), ("total:int", "4000")]
}
