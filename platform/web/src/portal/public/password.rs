//! A member chooses a password by a link: one who was invited, or who forgot the old one.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::Platform;
use alvara_render::page::{FieldKind, FieldView, FormPage, FormView, Link};
use serde_json::json;

use super::super::desk::Desk;
use super::super::entry::Entry;
use crate::api::v1::password_links as interface;
use crate::body::{Json, Segments, json_from};
use crate::problem::{Kind, Problem};
use crate::visitor::Visitor;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/forgot").get(ask).post(send))
        .service(web::resource("/password/{token}").get(form).post(choose));
}

fn forgot_page(desk: &Desk) -> FormPage {
    let tell = desk.tell();
    let fields = vec![
        FieldView::new(FieldKind::Email, "email", tell.word("signin-email"))
            .required()
            .autocomplete("username"),
    ];
    FormPage {
        title: tell.word("password-forgotten"),
        intro: Some(tell.word("password-forgotten-intro")),
        form: FormView::new("/forgot", tell.word("password-forgotten-submit"), fields),
        links: vec![Link::new("/login", tell.word("portal-sign-in"))],
        ..FormPage::default()
    }
}

async fn ask(desk: Desk, _: Visitor, platform: Data<Platform>) -> Result<HttpResponse, Problem> {
    platform.mail().ok_or_else(Problem::not_found)?;
    desk.show(&forgot_page(&desk))
}

/// Mails a link. What is said afterwards is the same for an address that nobody has.
async fn send(
    desk: Desk,
    visitor: Visitor,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let request = desk.request().clone();
    let sent = match entry.read() {
        Ok(body) => interface::mail(request, visitor, Json(body), platform).await,
        Err(problem) => Err(problem),
    };
    match sent {
        Ok(_) => Ok(desk.done("/forgot", "password-link-sent")),
        Err(problem) => desk.retry(forgot_page(&desk), &entry, problem),
    }
}

fn choose_page(desk: &Desk, token: &str, email: &str) -> FormPage {
    let tell = desk.tell();
    let new = FieldView::new(FieldKind::Password, "password", tell.word("password-new"));
    let fields = vec![
        new.required()
            .autocomplete("new-password")
            .hint(tell.word("account-password-hint")),
    ];
    let place = format!("/password/{token}");
    FormPage {
        title: tell.word("password-choose"),
        intro: Some(email.to_owned()),
        form: FormView::new(place, tell.word("password-choose-submit"), fields),
        ..FormPage::default()
    }
}

/// The address of who a link is for.
async fn email_of(
    visitor: &Visitor,
    token: &str,
    platform: &Platform,
) -> Result<Option<String>, Problem> {
    let knock = &visitor.knock;
    let gate = platform.gate();
    Ok(gate
        .password_link(&knock.host, token, &knock.origin)
        .await?)
}

async fn form(
    desk: Desk,
    visitor: Visitor,
    Segments(token): Segments<String>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    match email_of(&visitor, &token, &platform).await? {
        Some(email) => desk.show(&choose_page(&desk, &token, &email)),
        None => Ok(desk.done("/forgot", "password-link-over")),
    }
}

async fn choose(
    desk: Desk,
    visitor: Visitor,
    Segments(token): Segments<String>,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let Some(email) = email_of(&visitor, &token, &platform).await? else {
        return Ok(desk.done("/forgot", "password-link-over"));
    };
    let typed = entry.typed("password").unwrap_or_default();
    let body = json!({ "token": token, "password": typed });
    let chosen = match json_from(body.to_string().as_bytes()) {
        Ok(body) => interface::choose(visitor, Json(body), platform).await,
        Err(problem) => Err(problem),
    };
    match chosen {
        Ok(_) => Ok(desk.done("/login", "password-chosen")),
        // Somebody else used the link in the meantime.
        Err(problem) if problem.kind() == Kind::NotFound => {
            Ok(desk.done("/forgot", "password-link-over"))
        }
        Err(problem) => desk.retry(choose_page(&desk, &token, &email), &entry, problem),
    }
}
