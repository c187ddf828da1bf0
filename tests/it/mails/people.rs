//! Mails about registering as a customer and about signing in.

use alvara_tests::post::{Post, Taken};
use alvara_tests::{Browser, Setting, Shop, TestApp, each_database};
use serde_json::json;

use super::{links, path_at, subject};

/// Runs a scenario with a seller and a mail server on every database.
fn each_seller(scenario: impl AsyncFn(&TestApp, &Post, &Shop)) {
    each_database(async |database| {
        let post = Post::open();
        let setting = Setting {
            mail: Some(post.settings()),
            ..Setting::default()
        };
        let app = TestApp::start_with(database, setting).await;
        let shop = app.shop("acme").await;
        app.run_jobs().await;
        assert_eq!(post.taken().len(), 0, "nobody was invited");
        scenario(&app, &post, &shop).await;
        app.finish().await;
    });
}

/// The mails that came since there were so many.
async fn since(app: &TestApp, post: &Post, before: usize) -> Vec<Taken> {
    app.run_jobs().await;
    post.taken().split_off(before)
}

/// Nothing in a mail names the platform: not its words, not its look, not its headers.
fn names_nobody_else(mail: &Taken) {
    let html = mail.html.as_deref().expect("an HTML part");
    for said in [&mail.text, &subject(mail), html, &mail.head] {
        assert!(!said.to_lowercase().contains("alvar"), "{said}");
    }
}

// R-TEN-09 R-ALR-03 R-TEN-04: who registers is told that it came, and what was decided.
#[test]
fn who_registers_is_told_what_becomes_of_it() {
    each_seller(async |app, post, shop| {
        let sign_up = async |name: &str, email: &str| {
            let stranger = Browser::visit(app, "acme");
            let fields = [("name", name), ("email", email)];
            // Whoever comes again is known: no second mail.
            for _ in 0..2 {
                let _ = stranger.submit("/signup", &fields).await.expect(303);
            }
        };
        sign_up("Visit spam.example", "beatriz@aurora.test").await;
        let mails = since(app, post, 0).await;
        assert_eq!(mails.len(), 1, "{mails:?}");
        assert_eq!(mails[0].to, ["beatriz@aurora.test"]);
        assert_eq!(subject(&mails[0]), "Recebemos o seu cadastro");
        // The address may be somebody else's: nothing that a stranger typed goes there.
        assert!(!mails[0].text.contains("spam"), "{}", mails[0].text);
        assert_eq!(links(&mails[0]).len(), 0);
        names_nobody_else(&mails[0]);
        let pending = shop.reseller.list("customers?status=pending").await;
        let home = pending[0]["id"].as_str().unwrap().to_owned();
        let rename = json!({ "name": "Beatriz" });
        let renamed = shop.reseller.patch(&format!("customers/{home}"), &rename);
        let _ = renamed.header("if-match", "*").await.expect(200);
        let validate = format!("customers/{home}/validation");
        let _ = shop.reseller.post(&validate, &json!({})).await.expect(200);
        let mails = since(app, post, 1).await;
        assert_eq!(mails.len(), 1, "{mails:?}");
        assert_eq!(subject(&mails[0]), "Seu cadastro foi aprovado");
        assert!(mails[0].text.contains("Olá Beatriz,"), "{}", mails[0].text);
        names_nobody_else(&mails[0]);
        // Nobody signs in with the address, so it leads to where keys are mailed.
        let link = links(&mails[0]).remove(0);
        let path = path_at(&link, "acme.localhost");
        assert_eq!(path, "/my-keys");
        let _ = Browser::visit(app, "acme").get(path).await.expect(200);

        sign_up("Caio", "caio@aurora.test").await;
        let pending = shop.reseller.list("customers?status=pending").await;
        let home = pending[0]["id"].as_str().unwrap();
        let admin = Browser::sign_in(&shop.reseller.admin()).await;
        let refuse = format!("/approvals/customers/{home}/refuse");
        let why = [("reason", "Fora da nossa área")];
        let _ = admin.submit(&refuse, &why).await.expect(303);
        let mails = since(app, post, 2).await;
        assert_eq!(mails.len(), 1, "what came is overtaken: {mails:?}");
        assert_eq!(subject(&mails[0]), "Seu cadastro não foi aprovado");
        assert!(
            mails[0].text.contains("O motivo: Fora da nossa área"),
            "{}",
            mails[0].text
        );
        names_nobody_else(&mails[0]);
        // A customer whom somebody added was never waiting: nobody is told anything.
        let path = format!("customers/{}/cancellation", shop.customer.node_id);
        let _ = shop.reseller.post(&path, &json!({})).await.expect(200);
        assert_eq!(since(app, post, 3).await.len(), 0);
    });
}
