//! What holds for every page: who gets in, in which language, and what a foreign form is worth.

use alvara_tests::{Browser, one_app};

// R-TEN-07: nobody sees a page who is not signed in, and everybody comes to where they wanted.
#[test]
fn a_stranger_is_sent_to_the_sign_in_and_comes_back() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let stranger = Browser::visit(app, "acme");
        let sent = stranger.get("/customers?q=a").await.expect(303);
        assert_eq!(
            sent.header("location"),
            Some("/login?next=%2Fcustomers%3Fq%3Da")
        );
        let form = stranger.get("/login?next=%2Fcustomers%3Fq%3Da").await;
        assert!(form.body().contains("value=\"/customers?q=a\""));
        let entered = stranger
            .submit(
                "/login",
                &[
                    ("email", &acme.agent.email),
                    ("password", alvara_tests::PASSWORD),
                    ("next", "/customers?q=a"),
                ],
            )
            .await
            .expect(303);
        assert_eq!(entered.header("location"), Some("/customers?q=a"));
        let cookie = entered.headers("set-cookie").next().unwrap().to_owned();
        for part in ["__Host-", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        let _ = stranger.get("/customers").await.expect(200);
        let gone = stranger.submit("/logout", &[]).await.expect(303);
        assert_eq!(gone.header("location"), Some("/login?done=signed-out"));
        let _ = stranger.get("/customers").await.expect(303);
    });
}

// R-TEN-07: what was wrong is never said, and the password is not put back.
#[test]
fn a_refused_sign_in_says_so_on_the_form() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let browser = Browser::visit(app, "acme");
        let fields = [
            ("email", acme.agent.email.as_str()),
            ("password", "wrong one"),
        ];
        let page = browser.submit("/login", &fields).await.expect(422).body();
        assert!(page.contains(&acme.agent.email));
        assert!(page.contains("role=\"alert\""), "{page}");
        assert!(!page.contains("wrong one"));
    });
}

// R-TEN-07: a form of another site does nothing, nor does one without the session's token.
#[test]
fn a_form_must_be_ours() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let ana = Browser::sign_in(&acme.agent).await;
        let fields = [
            ("name", "Planted"),
            ("person", "company"),
            ("parent_id", &acme.agent.node_id),
        ];
        let refused = ana.send_from_elsewhere("/customers/new", &fields).await;
        assert!(matches!(refused.status, 303 | 403), "{refused:?}");
        let _ = ana.send("/customers/new", &fields).await.expect(403);
        let mut forged = fields.to_vec();
        forged.push((
            "_csrf",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ));
        let _ = ana.send("/customers/new", &forged).await.expect(403);
        assert!(!ana.get("/customers").await.body().contains("Planted"));
        let made = ana.submit("/customers/new", &fields).await.expect(303);
        let place = made.header("location").unwrap();
        assert!(place.starts_with("/customers/nod_"), "{place}");
        assert!(ana.get("/customers").await.body().contains("Planted"));
    });
}

// R-TEN-04: the language is the one chosen, else the tenant's; what a person typed is never markup.
#[test]
fn pages_speak_four_languages_and_escape_what_is_typed() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let ana = Browser::sign_in(&acme.agent).await;
        let evil = "<script>alert(1)</script>\"'";
        let fields = [
            ("name", evil),
            ("person", "company"),
            ("parent_id", &acme.agent.node_id),
        ];
        let _ = ana.submit("/customers/new", &fields).await.expect(303);
        for (tag, word) in [
            ("en", "Customers"),
            ("pt-BR", "Clientes"),
            ("it", "Clienti"),
            ("es", "Clientela"),
        ] {
            let fields = [("lang", tag), ("back", "/customers")];
            let back = ana.submit("/language", &fields).await.expect(303);
            assert_eq!(back.header("location"), Some("/customers"));
            let answer = ana.get("/customers").await.expect(200);
            assert_eq!(answer.header("content-language"), Some(tag));
            let page = answer.body();
            assert!(page.contains(&format!("<html lang=\"{tag}\">")), "{page}");
            assert!(page.contains(&format!("<h1>{word}")), "{tag}: {page}");
            assert!(!page.contains("<script>alert"), "{page}");
            assert!(page.contains("&lt;script&gt;alert(1)"), "{page}");
            let policy = answer.header("content-security-policy").unwrap();
            assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"));
        }
    });
}

// R-TEN-01: the neighbour's customer is a page that is not there.
#[test]
fn what_is_not_there_is_a_page_too() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let ana = Browser::sign_in(&acme.agent).await;
        let page = ana.get("/nowhere").await.expect(404);
        assert!(page.body().contains("<h1>"), "{page:?}");
        // A program is told in its own way at the same address.
        let program = app.nobody("acme.localhost").get("/nowhere").await;
        assert_eq!(
            program.header("content-type"),
            Some("application/problem+json")
        );
        let carla = Browser::sign_in(&acme.customer).await;
        let _ = carla.get("/customers/new").await.expect(403);
    });
}

// R-TEN-04 R-TEN-07: a page that is not there bears the house's face, and what is for anybody keeps the
// menu of who is signed in.
#[test]
fn who_is_signed_in_keeps_the_menu_on_every_page() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let stranger = Browser::visit(app, "acme");
        let missing = stranger.get("/no/such/page").await.expect(404).body();
        assert!(missing.contains("href=\"/brand.css"), "{missing}");
        assert!(missing.contains("· acme</title>"), "{missing}");
        assert!(!missing.contains("<nav class=\"main\""), "{missing}");
        let carla = Browser::sign_in(&acme.customer).await;
        for (place, status) in [
            ("/activate", 200),
            ("/release", 200),
            ("/no/such/page", 404),
        ] {
            let page = carla.get(place).await.expect(status).body();
            assert!(page.contains("href=\"/machines\""), "{place}: {page}");
            let page = stranger.get(place).await.expect(status).body();
            assert!(!page.contains("href=\"/machines\""), "{place}: {page}");
        }
        // A session that is over is nobody's, and no reason to be sent away.
        let _ = carla.submit("/logout", &[]).await.expect(303);
        let _ = carla.get("/activate").await.expect(200);
        // The door to what is known of oneself.
        let carla = Browser::sign_in(&acme.customer).await;
        assert!(carla.get("/").await.body().contains("href=\"/company\""));
        let own = carla.get("/company").await.expect(303);
        let place = format!("/customers/{}", acme.customer.node_id);
        assert_eq!(own.header("location"), Some(place.as_str()));
        let _ = carla.get(&place).await.expect(200);
        let ana = Browser::sign_in(&acme.agent).await;
        let list = ana.get("/company").await.expect(303);
        assert_eq!(list.header("location"), Some("/customers"));
        let admin = Browser::sign_in(&acme.reseller.admin()).await;
        // The menu is short; what belongs together leads to each other.
        for (place, beside) in [
            ("/licenses", &["/machines", "/approvals", "/notices"][..]),
            ("/machines", &["/licenses"]),
            ("/payments", &["/payments/charges", "/commissions"]),
            ("/commissions", &["/payments"]),
        ] {
            let page = admin.get(place).await.expect(200).body();
            for path in beside {
                let door = format!("href=\"{path}\"");
                assert!(page.contains(&door), "{place} to {path}: {page}");
                let _ = admin.get(path).await.expect(200);
            }
        }
    });
}

// R-TEN-07: an address that leads nowhere is told under the face of the host, and the reference of the
// interface names nobody.
#[test]
fn an_unknown_address_bears_the_face_of_its_host() {
    one_app(async |app| {
        let _ = app.shop("acme").await;
        let stranger = Browser::visit(app, "acme");
        for path in ["/no-such-page", "/privacy"] {
            let page = stranger.get(path).await.expect(404).body();
            assert!(page.contains("href=\"/brand.css\""), "{path}: {page}");
        }
        let reference = stranger.get("/api/v1/docs").await.expect(200).body();
        assert!(!reference.contains("Alvar"), "{reference}");
    });
}
