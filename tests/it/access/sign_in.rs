//! People sign in, or do not.

use alvara_tests::{Answer, PASSWORD, TestApp, each_app};
use serde_json::json;

async fn sign_in(app: &TestApp, host: &str, email: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "password": password });
    app.nobody(host)
        .post("sessions", &body)
        .header("accept-language", "en")
        .await
}

/// What a browser sends back of a `Set-Cookie`.
pub(crate) fn cookie(answer: &Answer) -> String {
    let set = answer.header("set-cookie").expect("a cookie");
    for attribute in ["Secure", "HttpOnly", "SameSite=", "Path=/"] {
        assert!(set.contains(attribute), "{set}");
    }
    assert!(set.starts_with("__Host-"), "{set}");
    set.split(';').next().unwrap().to_owned()
}

// R-TEN-07
#[test]
fn a_session_opens_is_seen_and_ends() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let signed_in = sign_in(app, "acme.localhost", &shop.agent.email, PASSWORD)
            .await
            .expect(201);
        let cookie = cookie(&signed_in);
        let nobody = app.nobody("acme.localhost");
        let _ = nobody
            .get("licenses")
            .header("cookie", &cookie)
            .await
            .expect(200);
        // A browser sends the cookie along with what another site caused; that does not count.
        let new = json!({ "policy_id": shop.policy_id, "node_id": shop.customer.node_id });
        let write = |site: &str| {
            nobody
                .post("licenses", &new)
                .header("cookie", &cookie)
                .header("sec-fetch-site", site)
        };
        write("cross-site").await.refuse(401, "UNAUTHENTICATED");
        nobody
            .post("licenses", &new)
            .header("cookie", &cookie)
            .await
            .refuse(401, "UNAUTHENTICATED");
        let _ = write("same-origin").await.expect(201);
        // At the neighbour's door it is nobody's.
        let _ = app.reseller("bella").await;
        app.nobody("bella.localhost")
            .get("licenses")
            .header("cookie", &cookie)
            .await
            .refuse(401, "UNAUTHENTICATED");
        let list = nobody
            .get("sessions")
            .header("cookie", &cookie)
            .await
            .expect(200)
            .json();
        assert_eq!(list["items"][0]["is_current"], true);
        let out = nobody
            .delete("sessions/current")
            .header("cookie", &cookie)
            .header("sec-fetch-site", "same-origin");
        let _ = out.await.expect(204);
        nobody
            .get("licenses")
            .header("cookie", &cookie)
            .await
            .refuse(401, "UNAUTHENTICATED");
        // Left alone for half a day, a session is over.
        let again = sign_in(app, "acme.localhost", &shop.agent.email, PASSWORD)
            .await
            .expect(201);
        let cookie = self::cookie(&again);
        app.advance_seconds(13 * 3600);
        nobody
            .get("licenses")
            .header("cookie", &cookie)
            .await
            .refuse(401, "UNAUTHENTICATED");
        // No secret of it lies in the database.
        let secret = cookie.split_once('=').unwrap().1.to_owned();
        assert!(
            !app.database()
                .sql("SELECT id_hash FROM sessions")
                .contains(&secret)
        );
    });
}

// R-TEN-07 R-TEN-01
#[test]
fn a_wrong_password_and_an_unknown_member_are_told_apart_by_nobody() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let _bella = app.shop("bella").await;
        let wrong = sign_in(app, "acme.localhost", &shop.agent.email, "not the password").await;
        let unknown = sign_in(app, "acme.localhost", "nobody@acme.test", PASSWORD).await;
        let elsewhere = sign_in(app, "bella.localhost", &shop.agent.email, PASSWORD).await;
        let shape = |answer: &Answer| {
            let mut body = answer.json();
            body["instance"] = json!(null);
            body
        };
        assert_eq!(shape(&wrong), shape(&unknown));
        assert_eq!(shape(&wrong), shape(&elsewhere));
        wrong.refuse(401, "CREDENTIALS_REFUSED");
        // The failed attempt is on record.
        let seen = app.database().count("SELECT COUNT(*) FROM audit_entries WHERE action LIKE '%sign_in%' OR action LIKE '%session%'");
        assert!(seen > 0);
    });
}

// R-TEN-07
#[test]
fn five_wrong_passwords_lock_the_door_for_a_while() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let attempt =
            |password: &'static str| sign_in(app, "acme.localhost", &shop.agent.email, password);
        for _ in 0..5 {
            let answer = attempt("not the password").await;
            assert!(matches!(answer.status, 401 | 429), "{answer:?}");
        }
        // Even the right one does not help now.
        let locked = attempt(PASSWORD).await;
        let wait: i64 = locked.header("retry-after").unwrap().parse().unwrap();
        assert!((600..=900).contains(&wait), "{wait}");
        locked.refuse(429, "LOCKED_OUT");
        // Whoever is in already stays in.
        app.advance_seconds(wait + 1);
        let _ = attempt(PASSWORD).await.expect(201);
        // An admin may lift it at once.
        for _ in 0..5 {
            let _ = attempt("not the password").await;
        }
        attempt(PASSWORD).await.refuse(429, "LOCKED_OUT");
        let members = shop.subcompany.list("members?q=ana").await;
        let id = members[0]["id"].as_str().unwrap();
        assert!(members[0]["locked_until"].is_string(), "{}", members[0]);
        let _ = shop
            .subcompany
            .delete(&format!("members/{id}/lock"))
            .await
            .expect(204);
        let _ = attempt(PASSWORD).await.expect(201);
    });
}

// R-TEN-07
#[test]
fn twenty_wrong_passwords_at_once_are_counted_too() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let mut all = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let body = json!({ "email": shop.agent.email, "password": "not the password" });
            let asking = app.nobody("acme.localhost").post("sessions", &body);
            all.spawn(async move { asking.await.status });
        }
        let answers = all.join_all().await;
        let tried = answers.iter().filter(|status| **status == 401).count();
        let held = answers.iter().filter(|status| **status == 429).count();
        assert_eq!((tried, held), (5, 15), "five tries together, not five each");
        let locked = sign_in(app, "acme.localhost", &shop.agent.email, PASSWORD).await;
        locked.refuse(429, "LOCKED_OUT");
    });
}

// R-TEN-07 R-TEN-03
#[test]
fn a_suspended_member_is_out_at_once() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let _ = shop.agent.get("licenses").await.expect(200);
        let id = shop.subcompany.list("members?q=ana").await[0]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let path = format!("members/{id}/suspension");
        let _ = shop
            .subcompany
            .ask(reqwest::Method::POST, &path)
            .await
            .expect(200);
        let token = shop.agent.secret().await;
        app.nobody("acme.localhost")
            .get("licenses")
            .bearer(&token)
            .await
            .refuse(401, "UNAUTHENTICATED");
        sign_in(app, "acme.localhost", &shop.agent.email, PASSWORD)
            .await
            .refuse(401, "CREDENTIALS_REFUSED");
        let _ = shop.subcompany.delete(&path).await.expect(200);
        let _ = sign_in(app, "acme.localhost", &shop.agent.email, PASSWORD)
            .await
            .expect(201);
    });
}

// R-TEN-07
#[test]
fn no_session_of_an_old_password_outlives_its_change() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let signed_in = sign_in(app, "acme.localhost", &shop.agent.email, PASSWORD)
            .await
            .expect(201);
        let own = cookie(&signed_in);
        let mut all = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let body = json!({ "email": shop.agent.email, "password": PASSWORD });
            let asking = app.nobody("acme.localhost").post("sessions", &body);
            all.spawn(asking.into_future());
        }
        let change = json!({ "current": PASSWORD, "next": "another good password" });
        let changing = app
            .nobody("acme.localhost")
            .put("account/password", &change)
            .header("cookie", &own)
            .header("sec-fetch-site", "same-origin");
        let (changed, answers) = tokio::join!(changing.into_future(), all.join_all());
        let _ = changed.expect(204);
        for answer in answers {
            match answer.status {
                201 => {}
                // The old password counts as a wrong one as soon as it is
                // changed, and enough wrong ones lock the account.
                429 => {
                    answer.refuse(429, "LOCKED_OUT");
                    continue;
                }
                _ => {
                    answer.refuse(401, "CREDENTIALS_REFUSED");
                    continue;
                }
            }
            app.nobody("acme.localhost")
                .get("licenses")
                .header("cookie", &cookie(&answer))
                .await
                .refuse(401, "UNAUTHENTICATED");
        }
        let _ = app
            .nobody("acme.localhost")
            .get("licenses")
            .header("cookie", &own)
            .await
            .expect(200);
    });
}
