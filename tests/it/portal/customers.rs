//! A customer's pages: what is shown of it to whom, the forms, and what is decided about it.

use alvara_tests::{Browser, one_app};
use serde_json::json;

// R-TEN-09, R-TEN-01: the list and the page show one's own customers, and nobody else's.
#[test]
fn customers_are_shown_to_whose_they_are() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let bella = app.shop("bella").await;
        let license = acme.license().await;
        let ana = Browser::sign_in(&acme.agent).await;
        let list = ana.get("/customers").await.expect(200).body();
        let own = format!("/customers/{}", acme.customer.node_id);
        assert!(list.contains(&own), "{list}");
        assert!(!list.contains(&bella.customer.node_id), "{list}");
        let page = ana.get(&own).await.expect(200).body();
        assert!(page.contains("<h1>Carla"), "{page}");
        assert!(
            page.contains(&format!("/licenses/{}", license.id)),
            "{page}"
        );
        // The key itself is nothing that a page repeats.
        assert!(!page.contains(&license.key), "{page}");
        let foreign = format!("/customers/{}", bella.customer.node_id);
        let _ = ana.get(&foreign).await.expect(404);
        let _ = ana.get(&format!("{foreign}/edit")).await.expect(404);
    });
}

// R-TEN-09: a form with a fault keeps what was typed and says why; a stale one overwrites nothing.
#[test]
fn a_form_with_a_fault_comes_back_as_it_was_sent() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let ana = Browser::sign_in(&acme.agent).await;
        let wrong = [
            ("parent_id", acme.agent.node_id.as_str()),
            ("name", "Padaria Aurora"),
            ("person", "company"),
            ("tax_id", "11.222.333/0001-00"),
        ];
        let page = ana
            .submit("/customers/new", &wrong)
            .await
            .expect(422)
            .body();
        for part in [
            "value=\"Padaria Aurora\"",
            "value=\"11.222.333/0001-00\"",
            "role=\"alert\"",
            "href=\"#f-tax-id\"",
            "Os dígitos verificadores deste CNPJ não conferem",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        let mut right = wrong;
        right[3].1 = "11.222.333/0001-81";
        let made = ana.submit("/customers/new", &right).await.expect(303);
        let place = made.header("location").unwrap();
        let home = place.split('?').next().unwrap().to_owned();
        let page = ana.get(place).await.expect(200).body();
        assert!(page.contains("11.222.333/0001-81"), "{page}");
        let edit = format!("{home}/edit");
        let change = |version| {
            [
                ("_version", version),
                ("name", "Aurora"),
                ("person", "company"),
                ("tax_id:null", "11.222.333/0001-81"),
                ("email:null", ""),
                ("phone", "+55 11 5555"),
                ("tier", "pro"),
                ("multi_site:no", "false"),
                ("multi_site:bool", "true"),
                ("multi_user:no", "false"),
                ("notes", ""),
            ]
        };
        let page = ana.submit(&edit, &change("77")).await.expect(412).body();
        assert!(page.contains("value=\"+55 11 5555\""), "{page}");
        let _ = ana.submit(&edit, &change("1")).await.expect(303);
        let id = home.rsplit('/').next().unwrap();
        let answer = acme.agent.get(&format!("customers/{id}")).await;
        let version = answer.header("etag").unwrap().trim_matches('"').to_owned();
        let now = answer.json();
        assert_eq!(now["name"], "Aurora");
        assert_eq!(now["tier"], "pro");
        assert_eq!(
            (&now["multi_site"], &now["multi_user"]),
            (&json!(true), &json!(false))
        );
        // What was emptied is empty: not as it was.
        let mut emptied = change(&version);
        emptied[5].1 = "";
        emptied[3].1 = "";
        let _ = ana.submit(&edit, &emptied).await.expect(303);
        let now = acme.agent.get(&format!("customers/{id}")).await.json();
        assert_eq!((&now["phone"], &now["tax_id"]), (&json!(""), &json!(null)));
    });
}

// R-TEN-09: who may suspend a customer does so with a reason; who may not is not asked, and refused.
#[test]
fn a_customer_is_suspended_by_who_may() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let home = format!("/customers/{}", acme.customer.node_id);
        let suspend = format!("{home}/suspend");
        let ana = Browser::sign_in(&acme.agent).await;
        let page = ana.get(&home).await.expect(200).body();
        assert!(!page.contains(&suspend), "{page}");
        let reason = [("reason", "fatura em aberto")];
        let _ = ana.submit(&suspend, &reason).await.expect(403);
        let nora = Browser::sign_in(&acme.subcompany).await;
        let page = nora.get(&home).await.expect(200).body();
        assert!(page.contains(&suspend), "{page}");
        let done = nora.submit(&suspend, &reason).await.expect(303);
        let page = nora.get(done.header("location").unwrap()).await.body();
        assert!(page.contains("fatura em aberto"), "{page}");
        assert!(page.contains("role=\"status\""), "{page}");
        assert!(page.contains(&format!("{home}/reinstate")), "{page}");
        let _ = nora
            .submit(&format!("{home}/reinstate"), &[])
            .await
            .expect(303);
        let now = nora.get(&home).await.body();
        assert!(now.contains(&suspend), "{now}");
    });
}

// R-TEN-09: contacts and sites come and go.
#[test]
fn contacts_and_sites_are_added_and_removed() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let ana = Browser::sign_in(&acme.agent).await;
        let home = format!("/customers/{}", acme.customer.node_id);
        let contact = [("name", "Beatriz Lima"), ("email", "not an address")];
        let new = format!("{home}/contacts/new");
        let page = ana.submit(&new, &contact).await.expect(422).body();
        assert!(page.contains("value=\"Beatriz Lima\""), "{page}");
        let _ = ana
            .submit(&new, &[("name", "Beatriz Lima"), ("purpose", "billing")])
            .await
            .expect(303);
        let site = [("name", "Matriz"), ("address", "Rua A, 1")];
        let _ = ana
            .submit(&format!("{home}/sites/new"), &site)
            .await
            .expect(303);
        let page = ana.get(&home).await.expect(200).body();
        assert!(
            page.contains("Beatriz Lima") && page.contains("Matriz"),
            "{page}"
        );
        let id = &acme.customer.node_id;
        for kind in ["contacts", "sites"] {
            let all = acme.agent.list(&format!("customers/{id}/{kind}")).await;
            let one = all[0]["id"].as_str().unwrap();
            let _ = ana
                .submit(&format!("{home}/{kind}/{one}/remove"), &[])
                .await
                .expect(303);
            let left = acme.agent.list(&format!("customers/{id}/{kind}")).await;
            assert!(left.is_empty(), "{left:?}");
        }
    });
}

// R-TEN-09, R-TEN-03: a customer lets its own people in and out, at its own place, and gives nobody
// more than it may itself.
#[test]
fn a_customer_looks_after_its_own_people() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let home = acme.customer.node_id.as_str();
        let carla = Browser::sign_in(&acme.customer).await;
        let page = carla
            .get(&format!("/customers/{home}"))
            .await
            .expect(200)
            .body();
        assert!(
            page.contains(&format!("/members/new?node_id={home}")),
            "{page}"
        );
        let form = carla.get("/members/new").await.expect(200).body();
        assert!(form.contains("value=\"customer\""), "{form}");
        for role in ["agent", "subcompany_admin", "reseller_admin", "superadmin"] {
            assert!(
                !form.contains(&format!("value=\"{role}\"")),
                "{role}: {form}"
            );
        }
        let mut caio = [
            ("name", "Caio"),
            ("email", "caio@aurora.example"),
            ("node_id", home),
            ("role", "customer"),
            ("_password", "caio's first password"),
        ];
        let made = carla.submit("/members/new", &caio).await.expect(303);
        let there = made
            .header("location")
            .unwrap()
            .split('?')
            .next()
            .unwrap()
            .to_owned();
        let people = carla.get("/members").await.expect(200).body();
        assert!(
            people.contains("Caio") && !people.contains("Nora"),
            "{people}"
        );
        let _ = carla
            .submit(&format!("{there}/suspend"), &[])
            .await
            .expect(303);
        let _ = carla
            .submit(&format!("{there}/password"), &[])
            .await
            .expect(403);
        let _ = carla.get(&format!("{there}/edit")).await.expect(403);
        let _ = carla.get("/team").await.expect(403);

        // Nobody above, nobody elsewhere, and no more than one is.
        caio[1].1 = "cora@aurora.example";
        for (field, value) in [
            (3, "agent"),
            (3, "reseller_admin"),
            (2, acme.agent.node_id.as_str()),
        ] {
            let mut wrong = caio;
            wrong[field].1 = value;
            let refused = carla.submit("/members/new", &wrong).await;
            assert!(matches!(refused.status, 403 | 404 | 422), "{refused:?}");
        }
        let nora = acme.reseller.list("members").await;
        let nora = nora.iter().find(|one| one["name"] == "Nora").unwrap();
        let nora = format!("/members/{}/suspend", nora["id"].as_str().unwrap());
        let _ = carla.submit(&nora, &[]).await.expect(404);
    });
}
