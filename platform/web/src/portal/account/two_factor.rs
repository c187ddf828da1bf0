//! One-time codes: setting up an authenticator app, and doing without it again.

use actix_web::HttpResponse;
use actix_web::body::to_bytes;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::Platform;
use alvara_render::Qr;
use alvara_render::page::{Cell, DetailPage, Fact, FieldKind, FieldView, FormView, Link, Section};
use serde::Deserialize;

use super::super::desk::Desk;
use super::super::entry::Entry;
use super::super::tell::Tell;
use super::{Known, Which, interface, refused, same};
use crate::body::Json;
use crate::caller::SignedIn;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/account/codes").post(begin))
        .service(web::resource("/account/codes/confirmation").post(confirm))
        .service(web::resource("/account/codes/removal").post(remove));
}

/// What goes into the authenticator, as the interface answers it.
#[derive(Deserialize)]
struct Enrolment {
    secret: String,
    uri: String,
    ticket: String,
}

/// The form that begins or ends the use of codes. Both ask for the password.
pub(super) fn form(has_codes: bool, tell: &Tell) -> FormView {
    let password = FieldView::new(
        FieldKind::Password,
        "password",
        tell.word("account-password-current"),
    )
    .required()
    .autocomplete("current-password");
    let (place, key) = if has_codes {
        ("/account/codes/removal", "account-codes-remove")
    } else {
        ("/account/codes", "account-codes-begin")
    };
    FormView {
        danger: has_codes,
        ..FormView::new(place, tell.word(key), vec![password])
    }
}

pub(super) fn section(form: FormView, known: &Known, tell: &Tell) -> Section {
    let intro = if known.has_codes {
        "account-codes-on"
    } else {
        "account-codes-off"
    };
    Section {
        id: "codes",
        title: tell.word("account-codes"),
        intro: Some(tell.word(intro)),
        form: Some(form),
        ..Section::default()
    }
}

async fn begin(
    desk: Desk,
    caller: SignedIn,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let begun = match entry.read() {
        Ok(body) => interface::begin(same(&caller), Json(body), platform.clone()).await,
        Err(problem) => Err(problem),
    };
    let answer = match begun {
        Ok(answer) => answer,
        Err(problem) => {
            let said = (&entry, problem);
            return refused(&desk, (caller, &platform), said, Which::Codes).await;
        }
    };
    let unread = |error: &dyn std::fmt::Display| Problem::internal(format!("enrolment: {error}"));
    let bytes = to_bytes(answer.into_body())
        .await
        .map_err(|error| unread(&error))?;
    let enrolment: Enrolment = serde_json::from_slice(&bytes).map_err(|error| unread(&error))?;
    let confirmation = confirmation(&enrolment, &desk.tell());
    desk.show(&page(&enrolment, confirmation, &desk.tell())?)
}

/// The form that takes the first code. What the app was shown goes along, to be shown again when
/// the code is wrong: the server keeps it nowhere before it counts.
fn confirmation(enrolment: &Enrolment, tell: &Tell) -> FormView {
    let code = FieldView {
        inputmode: Some("numeric"),
        ..FieldView::text("code", tell.word("signin-code"))
            .required()
            .autocomplete("one-time-code")
    };
    let fields = vec![
        FieldView::hidden("ticket", &enrolment.ticket),
        FieldView::hidden("_secret", &enrolment.secret),
        FieldView::hidden("_uri", &enrolment.uri),
        code,
    ];
    FormView::new(
        "/account/codes/confirmation",
        tell.word("account-codes-confirm"),
        fields,
    )
    .cancel(Link::new("/account", tell.word("portal-cancel")))
}

fn page(enrolment: &Enrolment, form: FormView, tell: &Tell) -> Result<DetailPage, Problem> {
    let code = Qr::new(&enrolment.uri)
        .map_err(|error| Problem::internal(format!("the code of an enrolment: {error}")))?;
    let picture = code.data_uri();
    let secret = Cell::code(&enrolment.secret).copy(&enrolment.secret);
    Ok(DetailPage {
        title: tell.word("account-codes-begin"),
        back: Some(Link::new("/account", tell.word("portal-account"))),
        sections: vec![
            Section {
                id: "scan",
                title: tell.word("account-codes-scan"),
                intro: Some(tell.word("account-codes-scan-intro")),
                facts: vec![Fact::new(tell.word("account-codes-secret"), secret)],
                picture: Some(picture),
                picture_text: tell.word("account-codes-picture"),
                ..Section::default()
            },
            Section {
                id: "confirm",
                title: tell.word("account-codes-first"),
                intro: Some(tell.word("account-codes-first-intro")),
                form: Some(form),
                ..Section::default()
            },
        ],
        ..DetailPage::default()
    })
}

async fn confirm(
    desk: Desk,
    caller: SignedIn,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let confirmed = match entry.read() {
        Ok(body) => interface::confirm(caller, Json(body), platform).await,
        Err(problem) => Err(problem),
    };
    match confirmed {
        Ok(_) => Ok(desk.done("/account", "codes-on")),
        Err(problem) => {
            let enrolment = Enrolment {
                secret: entry.text("_secret").to_owned(),
                uri: entry.text("_uri").to_owned(),
                ticket: entry.text("ticket").to_owned(),
            };
            let tell = desk.tell();
            let mut form = confirmation(&enrolment, &tell);
            let status = desk.again(&mut form, &entry, problem)?;
            desk.answer(status, &page(&enrolment, form, &tell)?)
        }
    }
}

async fn remove(
    desk: Desk,
    caller: SignedIn,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let removed = match entry.read() {
        Ok(body) => interface::remove(same(&caller), Json(body), platform.clone()).await,
        Err(problem) => Err(problem),
    };
    match removed {
        Ok(_) => Ok(desk.done("/account", "codes-off")),
        Err(problem) => {
            let said = (&entry, problem);
            refused(&desk, (caller, &platform), said, Which::Codes).await
        }
    }
}
