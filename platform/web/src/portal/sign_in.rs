//! Signing in and out, and choosing a language.

use actix_web::HttpResponse;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::StatusCode;
use actix_web::http::header::{LOCATION, USER_AGENT};
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::Platform;
use alvara_render::page::{FieldKind, FieldView, FormFault, FormPage, FormView, Link};
use alvara_tenants::SignIn;

use super::desk::{Desk, LANGUAGE_COOKIE};
use super::entry::Entry;
use crate::api::v1::sessions;
use crate::caller::SignedIn;
use crate::frame::Context;
use crate::problem::{Kind, Problem};
use crate::visitor::Visitor;

/// How long a chosen language is kept, in days.
const LANGUAGE_DAYS: i64 = 400;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/login").get(form).post(enter))
        .service(web::resource("/logout").post(leave))
        .service(web::resource("/language").post(language));
}

/// An address of this very site; anything else is the start page. `//host` and `/\host` would lead
/// away.
fn inside(place: &str) -> &str {
    let leads_away = place.starts_with("//") || place.contains('\\') || !place.starts_with('/');
    let clean = place.chars().all(|c| !c.is_control());
    if leads_away || !clean { "/" } else { place }
}

fn page(desk: &Desk, next: &str) -> FormPage {
    let tell = desk.tell();
    let fields = vec![
        FieldView::new(FieldKind::Email, "email", tell.word("signin-email"))
            .required()
            .autocomplete("username"),
        FieldView::new(
            FieldKind::Password,
            "password",
            tell.word("signin-password"),
        )
        .required()
        .autocomplete("current-password"),
        FieldView {
            inputmode: Some("numeric"),
            ..FieldView::text("totp", tell.word("signin-code"))
                .hint(tell.word("signin-code-hint"))
                .autocomplete("one-time-code")
        },
        FieldView::hidden("next", next),
    ];
    FormPage {
        title: tell.word("signin-title"),
        form: FormView::new("/login", tell.word("signin-submit"), fields),
        links: beside(desk),
        ..FormPage::default()
    }
}

/// What needs no account, at the host of somebody who sells; and where mails leave, a way in for who
/// forgot the password.
fn beside(desk: &Desk) -> Vec<Link> {
    let tell = desk.tell();
    let platform = desk.request().app_data::<Data<Platform>>();
    let mails = platform.is_some_and(|platform| platform.mail().is_some());
    let forgotten = mails.then(|| Link::new("/forgot", tell.word("password-forgotten")));
    let mut links: Vec<Link> = forgotten.into_iter().collect();
    if Context::of(desk.request()).tenant().is_none() {
        return links;
    }
    let more = [
        ("/signup", "signup-title"),
        ("/my-keys", "keys-title"),
        ("/activate", "offline-title"),
    ]
    .map(|(place, key)| Link::new(place, tell.word(key)));
    links.extend(more);
    links
}

async fn form(desk: Desk, visitor: Visitor) -> Result<HttpResponse, Problem> {
    let _ = visitor;
    let query = desk.request().query_string().to_owned();
    let next = form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "next")
        .map_or_else(|| "/".to_owned(), |(_, next)| next.into_owned());
    desk.show(&page(&desk, inside(&next)))
}

async fn enter(
    desk: Desk,
    visitor: Visitor,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let agent = desk
        .request()
        .headers()
        .get(USER_AGENT)
        .and_then(|value| value.to_str().ok());
    let code = entry.text("totp");
    let asked = SignIn {
        email: entry.text("email"),
        password: entry.typed("password").unwrap_or_default(),
        code: (!code.is_empty()).then_some(code),
        user_agent: agent.unwrap_or_default(),
    };
    let grant = platform
        .gate()
        .sign_in(&visitor.knock.host, asked, &visitor.knock.origin)
        .await;
    let next = inside(entry.text("next")).to_owned();
    let refused = match grant {
        Ok(grant) => {
            let mut answer = HttpResponse::SeeOther()
                .insert_header((LOCATION, next))
                .finish();
            answer
                .add_cookie(&sessions::cookie(grant.secret.expose(), None))
                .map_err(Problem::internal)?;
            return Ok(answer);
        }
        Err(refused) => Problem::sign_in(refused, platform.db().clock().now()),
    };
    if !matches!(
        refused.kind(),
        Kind::CredentialsRefused | Kind::SecondFactorNeeded | Kind::LockedOut
    ) {
        return Err(refused);
    }
    let mut page = page(&desk, &next);
    for field in &mut page.form.fields {
        field.refill(entry.typed(&field.name));
    }
    page.form.faults.push(FormFault {
        id: None,
        text: desk.sentence(&refused),
    });
    // Not 401: that would ask for a credential of HTTP's own kind, and a browser would open a box.
    let status = match refused.kind() {
        Kind::LockedOut => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    desk.answer(status, &page)
}

async fn leave(
    desk: Desk,
    caller: SignedIn,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let _ = entry;
    platform
        .gate()
        .sign_out(&caller.principal, &caller.origin)
        .await?;
    let mut answer = desk.done("/login", "signed-out");
    answer
        .add_cookie(&sessions::cookie("", Some(Duration::ZERO)))
        .map_err(Problem::internal)?;
    Ok(answer)
}

async fn language(desk: Desk, entry: Entry) -> Result<HttpResponse, Problem> {
    let tell = desk.tell();
    let mut answer = HttpResponse::SeeOther()
        .insert_header((LOCATION, inside(entry.text("back")).to_owned()))
        .finish();
    if let Some(locale) = tell.words().locale(entry.text("lang")) {
        let mut cookie = Cookie::build(LANGUAGE_COOKIE, locale.tag().to_owned())
            .path("/")
            .secure(true)
            .http_only(true)
            .same_site(SameSite::Lax)
            .finish();
        cookie.set_max_age(Duration::days(LANGUAGE_DAYS));
        answer.add_cookie(&cookie).map_err(Problem::internal)?;
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-TEN-07: nobody is sent elsewhere by a link to the sign-in.
    #[test]
    fn only_our_own_addresses_are_gone_to() {
        assert_eq!(inside("/licenses?q=1"), "/licenses?q=1");
        for place in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "",
            "/a\nb",
        ] {
            assert_eq!(inside(place), "/");
        }
    }
}
