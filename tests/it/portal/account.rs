//! One's own account: password, one-time codes, sessions.

use alvara_tests::picture::read_svg;
use alvara_tests::{Browser, PASSWORD, one_app};

// R-TEN-07: a wrong current password is a fault of its field; the right one changes it.
#[test]
fn the_password_is_changed_by_who_knows_it() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let ana = Browser::sign_in(&acme.agent).await;
        let page = ana.get("/account").await.expect(200).body();
        assert!(page.contains(&acme.agent.email), "{page}");
        let next = "a much longer secret";
        let wrong = [("current", "not the one"), ("next", next)];
        let page = ana
            .submit("/account/password", &wrong)
            .await
            .expect(422)
            .body();
        assert!(page.contains("role=\"alert\""), "{page}");
        assert!(
            !page.contains("not the one") && !page.contains(next),
            "{page}"
        );
        let right = [("current", PASSWORD), ("next", next)];
        let done = ana.submit("/account/password", &right).await.expect(303);
        assert_eq!(
            done.header("location"),
            Some("/account?done=password-changed")
        );
        let again = Browser::visit(app, "acme");
        let fields = [("email", acme.agent.email.as_str()), ("password", next)];
        let _ = again.submit("/login", &fields).await.expect(303);
    });
}

// R-TEN-07: setting up an authenticator shows its secret as text and picture; a wrong first code
// changes nothing and shows both again.
#[test]
fn an_authenticator_is_set_up_by_its_first_code() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let ana = Browser::sign_in(&acme.agent).await;
        let refused = ana
            .submit("/account/codes", &[("password", "not the one")])
            .await
            .expect(422)
            .body();
        assert!(!refused.contains("otpauth"), "{refused}");
        let page = ana
            .submit("/account/codes", &[("password", PASSWORD)])
            .await
            .expect(200)
            .body();
        let (_, drawn) = page
            .split_once("src=\"data:image/svg+xml,")
            .expect("a picture");
        let drawn = percent_decoded(drawn.split('"').next().unwrap());
        let hidden = |name: &str| {
            let sign = format!("name=\"{name}\" value=\"");
            let (_, rest) = page.split_once(&sign).expect("a hidden field");
            let value = rest.split('"').next().unwrap();
            value.replace("&amp;", "&").replace("&#x3D;", "=")
        };
        let (ticket, secret, uri) = (hidden("ticket"), hidden("_secret"), hidden("_uri"));
        assert_eq!(read_svg(&drawn), uri);
        let fields = [
            ("ticket", ticket.as_str()),
            ("_secret", secret.as_str()),
            ("_uri", uri.as_str()),
            ("code", "000000"),
        ];
        let again = ana
            .submit("/account/codes/confirmation", &fields)
            .await
            .expect(422)
            .body();
        assert!(again.contains(&secret), "{again}");
        // Nothing was asked of who signs in now.
        Browser::sign_in(&acme.agent).await;
    });
}

// R-TEN-07: a session that is ended elsewhere sees nothing any more.
#[test]
fn another_session_is_ended() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let here = Browser::sign_in(&acme.agent).await;
        let there = Browser::sign_in(&acme.agent).await;
        let page = here.get("/account").await.expect(200).body();
        let (_, rest) = page
            .split_once("action=\"/account/sessions/")
            .expect("another session");
        let handle = rest.split('/').next().unwrap().to_owned();
        let _ = there.get("/account").await.expect(200);
        let place = format!("/account/sessions/{handle}/end");
        let _ = here.submit(&place, &[]).await.expect(303);
        let _ = there.get("/account").await.expect(303);
        let _ = here.get("/account").await.expect(200);
    });
}

/// Text of which signs are written `%3C`.
fn percent_decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_at(2);
        plain.push(char::from(u8::from_str_radix(code, 16).unwrap()));
        plain.push_str(rest);
    }
    plain
}
