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
        // Whoever decides is told beforehand that the reason is mailed.
        let page = admin.get(&format!("/customers/{home}")).await.expect(200);
        let page = page.body();
        assert!(
            page.contains("O motivo vai ao cliente por e-mail"),
            "{page}"
        );
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

/// A password that somebody chooses.
const CHOSEN: &str = "a password of one's own";

/// Somebody signs in by the form; whether they came in.
async fn comes_in(app: &TestApp, email: &str, password: &str) -> bool {
    let fields = [("email", email), ("password", password)];
    let answer = Browser::visit(app, "acme").submit("/login", &fields).await;
    answer.status == 303
}

/// The path that a mail leads to where a password is chosen.
fn password_path(mail: &Taken) -> String {
    let all = links(mail);
    assert_eq!(all.len(), 1, "{}", mail.text);
    let path = path_at(&all[0], "acme.localhost").to_owned();
    assert!(path.starts_with("/password/"), "{path}");
    path
}

// R-TEN-07 R-ALR-03 R-TEN-04: who is added without a password chooses one by a link, once.
#[test]
fn who_is_invited_chooses_a_password_by_a_link() {
    each_seller(async |app, post, shop| {
        let new = json!({
            "node_id": shop.subcompany.node_id, "email": "Iris@norte.test", "name": "Iris", "role": "agent",
        });
        let made = shop.subcompany.post("members", &new).await.expect(201);
        let mails = since(app, post, 0).await;
        assert_eq!(mails.len(), 1, "{mails:?}");
        let mail = &mails[0];
        assert_eq!(mail.to, ["iris@norte.test"]);
        assert_eq!(subject(mail), "acme: você já tem acesso");
        names_nobody_else(mail);
        let path = password_path(mail);
        let token = path.rsplit('/').next().unwrap();
        for kept in [
            "SELECT content FROM mails",
            "SELECT payload FROM jobs",
            "SELECT after_state FROM audit_entries",
        ] {
            let kept = app.database().sql(kept);
            assert!(!kept.contains(token), "{kept}");
        }
        let log = shop.reseller.list("mails").await;
        assert_eq!(log[0]["kind"], "invited");
        assert_eq!(log[0]["about"], json!([made.id()]));
        // It is the link of this tenant and of no other.
        let _ = app.reseller("bella").await;
        let elsewhere = Browser::visit(app, "bella").get(&path).await.expect(303);
        assert_eq!(
            elsewhere.header("location"),
            Some("/forgot?done=password-link-over")
        );
        let iris = Browser::visit(app, "acme");
        let page = iris.get(&path).await.expect(200).body();
        assert!(page.contains("iris@norte.test"), "{page}");
        let page = iris
            .submit(&path, &[("password", "short")])
            .await
            .expect(422)
            .body();
        assert!(page.contains("aria-invalid=\"true\""), "{page}");
        let chosen = iris
            .submit(&path, &[("password", CHOSEN)])
            .await
            .expect(303);
        assert_eq!(
            chosen.header("location"),
            Some("/login?done=password-chosen")
        );
        assert!(comes_in(app, "iris@norte.test", CHOSEN).await);
        // Used, it is good no more.
        let again = iris
            .submit(&path, &[("password", "another password")])
            .await;
        assert_eq!(
            again.expect(303).header("location"),
            Some("/forgot?done=password-link-over")
        );
        let body = json!({ "token": token, "password": "another password" });
        let nobody = app.nobody("acme.localhost");
        nobody
            .post("passwords", &body)
            .await
            .refuse(404, "NOT_FOUND");
        assert!(comes_in(app, "iris@norte.test", CHOSEN).await);
    });
}

// R-TEN-07: an invitation that waited is over once somebody gave a password, or after seven days.
#[test]
fn an_invitation_ends() {
    each_seller(async |app, post, shop| {
        let invite = async |email: &str| {
            let new = json!({
                "node_id": shop.subcompany.node_id, "email": email, "name": "Iris", "role": "agent",
            });
            shop.subcompany.post("members", &new).await.expect(201).id()
        };
        let first = invite("one@norte.test").await;
        let given = json!({ "password": CHOSEN });
        let path = format!("members/{first}/password");
        let _ = shop.subcompany.put(&path, &given).await.expect(204);
        let _ = since(app, post, 0).await;
        let invited =
            "SELECT COUNT(*) FROM mails WHERE state = 'dropped' AND content LIKE '%invited%'";
        assert_eq!(app.database().count(invited), 1);
        let before = post.taken().len();
        let _ = invite("two@norte.test").await;
        let mail = since(app, post, before).await.remove(0);
        app.advance(8);
        let path = password_path(&mail);
        let over = Browser::visit(app, "acme").get(&path).await.expect(303);
        assert_eq!(
            over.header("location"),
            Some("/forgot?done=password-link-over")
        );
    });
}

// R-TEN-07: who forgot the password has a link mailed, and nobody learns whether an address is known.
#[test]
fn who_forgot_the_password_chooses_another() {
    each_seller(async |app, post, shop| {
        let signed_in = Browser::sign_in(&shop.agent).await;
        let stranger = Browser::visit(app, "acme");
        let page = stranger.get("/login").await.expect(200).body();
        assert!(page.contains("href=\"/forgot\""), "{page}");
        let mut answers = Vec::new();
        for email in ["nobody@acme.test", &shop.agent.email, &shop.agent.email] {
            let sent = stranger.submit("/forgot", &[("email", email)]).await;
            answers.push(sent.expect(303).header("location").map(str::to_owned));
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:?}");
        let mails = since(app, post, 0).await;
        assert_eq!(mails.len(), 1, "one in a quarter of an hour: {mails:?}");
        assert_eq!(mails[0].to, [shop.agent.email.as_str()]);
        assert_eq!(subject(&mails[0]), "Escolha uma nova senha");
        names_nobody_else(&mails[0]);
        // Until one is chosen the old one stays.
        let _ = Browser::sign_in(&shop.agent).await;
        let token = password_path(&mails[0]);
        let token = token.rsplit('/').next().unwrap();
        let nobody = app.nobody("acme.localhost");
        let weak = json!({ "token": token, "password": "aaaaaaaaaaaa" });
        let _ = nobody.post("passwords", &weak).await.expect(422);
        let body = json!({ "token": token, "password": CHOSEN });
        let _ = nobody.post("passwords", &body).await.expect(204);
        nobody
            .post("passwords", &body)
            .await
            .refuse(404, "NOT_FOUND");
        // Whoever was signed in is not any more.
        let away = signed_in.get("/licenses").await.expect(303);
        assert!(
            away.header("location").unwrap().starts_with("/login"),
            "{away:?}"
        );
        assert!(comes_in(app, &shop.agent.email, CHOSEN).await);
        assert!(!comes_in(app, &shop.agent.email, alvara_tests::PASSWORD).await);
    });
}

// R-TEN-07: two hours, and not for who may not sign in.
#[test]
fn a_link_for_who_forgot_ends() {
    each_seller(async |app, post, shop| {
        let stranger = Browser::visit(app, "acme");
        let ask = async |email: &str| {
            let _ = stranger
                .submit("/forgot", &[("email", email)])
                .await
                .expect(303);
        };
        ask(&shop.agent.email).await;
        let mail = since(app, post, 0).await.remove(0);
        app.advance_seconds(2 * 3_600 + 1);
        let path = password_path(&mail);
        let over = stranger.get(&path).await.expect(303);
        assert_eq!(
            over.header("location"),
            Some("/forgot?done=password-link-over")
        );
        ask(&shop.agent.email).await;
        let mail = since(app, post, 1).await.remove(0);
        let path = password_path(&mail);
        let _ = stranger.get(&path).await.expect(200);
        let members = shop.subcompany.list("members?q=ana").await;
        let suspend = format!("members/{}/suspension", members[0]["id"].as_str().unwrap());
        let _ = shop.subcompany.post(&suspend, &json!({})).await.expect(200);
        let over = stranger.get(&path).await.expect(303);
        assert_eq!(
            over.header("location"),
            Some("/forgot?done=password-link-over")
        );
        app.advance_seconds(3_600);
        ask(&shop.agent.email).await;
        assert_eq!(since(app, post, 2).await.len(), 0);
    });
}

// R-TEN-07: without a mail server all is as it was.
#[test]
fn without_a_mail_server_nobody_is_invited() {
    each_database(async |database| {
        let app = TestApp::start_with(database, Setting::default()).await;
        let shop = app.shop("acme").await;
        let new = json!({
            "node_id": shop.subcompany.node_id, "email": "iris@norte.test", "name": "Iris", "role": "agent",
        });
        let _ = shop.subcompany.post("members", &new).await.expect(422);
        let stranger = Browser::visit(&app, "acme");
        let _ = stranger.get("/forgot").await.expect(404);
        let page = stranger.get("/login").await.expect(200).body();
        assert!(!page.contains("/forgot"), "{page}");
        let email = json!({ "email": shop.agent.email });
        let nobody = app.nobody("acme.localhost");
        nobody
            .post("password-links", &email)
            .await
            .refuse(404, "NOT_FOUND");
        app.finish().await;
    });
}

// R-TEN-07 R-ALR-03: a sign-in in a browser that was not seen before is told of, once.
#[test]
fn a_sign_in_in_another_browser_is_told_of() {
    each_seller(async |app, post, shop| {
        let (email, password) = (&shop.agent.email, alvara_tests::PASSWORD);
        let sign_in = async |agent: &str| {
            let body = json!({ "email": email, "password": password });
            let nobody = app.nobody("acme.localhost");
            let ask = nobody.post("sessions", &body).header("user-agent", agent);
            let _ = ask.await.expect(201);
        };
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
        let newer = "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0";
        let chrome = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";
        // The first one is nothing to compare with, and a new version is no other browser.
        sign_in(firefox).await;
        sign_in(newer).await;
        assert_eq!(since(app, post, 0).await.len(), 0);
        let wrong = json!({ "email": email, "password": "not the password" });
        let nobody = app.nobody("acme.localhost");
        let refused = nobody.post("sessions", &wrong).header("user-agent", chrome);
        let _ = refused.await.expect(401);
        assert_eq!(since(app, post, 0).await.len(), 0, "nobody came in");
        sign_in(chrome).await;
        let mails = since(app, post, 0).await;
        assert_eq!(mails.len(), 1, "{mails:?}");
        assert_eq!(mails[0].to, [email.as_str()]);
        assert_eq!(subject(&mails[0]), "Novo acesso à sua conta");
        for said in ["Navegador: Chrome, Windows", "Endereço: 127.0.0.1"] {
            assert!(mails[0].text.contains(said), "{said}: {}", mails[0].text);
        }
        names_nobody_else(&mails[0]);
        let link = links(&mails[0]).remove(0);
        let _ = Browser::visit(app, "acme")
            .get(path_at(&link, "acme.localhost"))
            .await
            .expect(200);
        sign_in(chrome).await;
        sign_in(firefox).await;
        assert_eq!(since(app, post, 1).await.len(), 0, "both are known");
        let kept = app.database().sql("SELECT mark FROM known_browsers");
        assert!(
            !kept.contains("Chrome") && !kept.contains("127.0"),
            "{kept}"
        );
        // After 400 days it is as if it had never been there; the others went with it.
        app.advance(401);
        sign_in(chrome).await;
        assert_eq!(
            since(app, post, 1).await.len(),
            0,
            "nothing to compare with"
        );
        sign_in(firefox).await;
        assert_eq!(since(app, post, 1).await.len(), 1);
    });
}

// R-TEN-07 R-ALR-03: whoever changes a password or the codes, their member is told.
#[test]
fn changed_credentials_are_told_of() {
    each_seller(async |app, post, shop| {
        let change = json!({ "current": alvara_tests::PASSWORD, "next": CHOSEN });
        let _ = shop
            .agent
            .put("account/password", &change)
            .await
            .expect(204);
        let mails = since(app, post, 0).await;
        assert_eq!(mails.len(), 1, "{mails:?}");
        assert_eq!(mails[0].to, [shop.agent.email.as_str()]);
        assert_eq!(subject(&mails[0]), "Sua senha foi alterada");
        assert!(!mails[0].text.contains(CHOSEN), "{}", mails[0].text);
        names_nobody_else(&mails[0]);
        // Somebody above does the same.
        let members = shop.subcompany.list("members?q=ana").await;
        let member = format!("members/{}", members[0]["id"].as_str().unwrap());
        let given = json!({ "password": alvara_tests::PASSWORD });
        let password = format!("{member}/password");
        let _ = shop.subcompany.put(&password, &given).await.expect(204);
        let mails = since(app, post, 1).await;
        assert_eq!(mails.len(), 1, "{mails:?}");
        assert_eq!(subject(&mails[0]), "Sua senha foi alterada");
        let _ = shop
            .subcompany
            .delete(&format!("{member}/totp"))
            .await
            .expect(204);
        let mails = since(app, post, 2).await;
        assert_eq!(mails.len(), 1, "{mails:?}");
        assert_eq!(
            subject(&mails[0]),
            "Os códigos de uso único foram desativados"
        );
        names_nobody_else(&mails[0]);
        let kinds = shop.reseller.list("mails?kind=credentials_changed").await;
        assert_eq!(kinds.len(), 3, "{kinds:?}");
    });
}
