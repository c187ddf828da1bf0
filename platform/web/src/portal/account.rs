//! One's own account: who one is, language, password, one-time codes, and where one is signed in.

mod two_factor;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::Platform;
use alvara_render::page::{
    Action, Cell, Choice, Column, DetailPage, Fact, FieldKind, FieldView, FormView, Row, Section,
    Table, Tone,
};
use alvara_store::members;
use alvara_tenants::{HostTenant, PermissionKey, SessionView};

use super::desk::Desk;
use super::entry::Entry;
use super::nav;
use super::tell::Tell;
use crate::api::v1::{account as interface, sessions};
use crate::body::{Json, Segments};
use crate::caller::SignedIn;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/account").get(show))
        .service(web::resource("/account/password").post(change_password))
        .service(web::resource("/account/sessions/{handle}/end").post(end_session))
        .configure(two_factor::routes);
}

/// What the page is made of.
struct Known {
    name: String,
    email: String,
    role: String,
    has_codes: bool,
    sessions: Vec<SessionView>,
}

async fn read(caller: &SignedIn, platform: &Platform, tell: &Tell) -> Result<Known, Problem> {
    let gate = platform.gate();
    let who = &caller.principal;
    let found = match who.member() {
        Some(member) => {
            // One's own tenant, also for the operator's people at a tenant's host.
            let home = gate.scope_for(
                PermissionKey::AccountRead,
                who,
                &HostTenant::Shared,
                &caller.origin,
            )?;
            let id = member.id;
            platform
                .db()
                .read(&home, move |tx| members::find(tx, id))
                .await?
        }
        None => None,
    };
    let sessions = gate.list_sessions(who, &caller.origin).await?;
    Ok(Known {
        name: who
            .member()
            .map_or_else(|| "—".to_owned(), |member| member.name.clone()),
        email: who
            .member()
            .map_or_else(|| "—".to_owned(), |member| member.email.clone()),
        role: nav::role_name(who, tell),
        has_codes: found.is_some_and(|member| member.totp_sealed.is_some()),
        sessions,
    })
}

fn password_form(tell: &Tell) -> FormView {
    let fields = vec![
        FieldView::new(
            FieldKind::Password,
            "current",
            tell.word("account-password-current"),
        )
        .required()
        .autocomplete("current-password"),
        FieldView::new(
            FieldKind::Password,
            "next",
            tell.word("account-password-next"),
        )
        .required()
        .autocomplete("new-password")
        .hint(tell.word("account-password-hint")),
    ];
    FormView::new(
        "/account/password",
        tell.word("account-password-change"),
        fields,
    )
}

fn language(tell: &Tell) -> Section {
    let now = tell.locale().tag();
    let choices = ["en", "pt-BR", "it", "es"]
        .map(|tag| Choice::new(tag, tell.word(&format!("account-language-{tag}")), now));
    let fields = vec![
        FieldView::select("lang", tell.word("portal-language"), choices.into()).required(),
        FieldView::hidden("back", "/account?done=saved"),
    ];
    Section {
        id: "language",
        title: tell.word("portal-language"),
        intro: Some(tell.word("account-language-intro")),
        form: Some(FormView::new("/language", tell.word("portal-save"), fields)),
        ..Section::default()
    }
}

fn sessions_of(found: Vec<SessionView>, tell: &Tell) -> Section {
    let columns = ["browser", "from", "since", "last", "state"]
        .map(|column| Column::text(tell.word(&format!("account-session-{column}"))));
    let rows = found.into_iter().map(|session| {
        let browser = browser(&session.user_agent);
        let mut row = Row::new(vec![
            Cell::text(browser.clone()).note(session.user_agent),
            Cell::code(session.source_address),
            tell.instant_cell(session.created_at),
            tell.instant_cell(session.last_seen_at),
            Cell::text(if session.is_current {
                tell.word("account-session-current")
            } else {
                tell.word("account-session-other")
            }),
        ]);
        if !session.is_current {
            let place = format!("/account/sessions/{}/end", session.handle);
            let about = format!("{browser}, {}", tell.instant(session.created_at));
            row.actions = vec![
                Action::new(place, tell.word("account-session-end"))
                    .confirm(Tone::Bad, tell.word("account-session-end-ask"))
                    .about(about),
            ];
        }
        row
    });
    Section {
        id: "sessions",
        title: tell.word("account-sessions"),
        intro: Some(tell.word("account-sessions-intro")),
        table: Some(Table::new(
            tell.word("account-sessions"),
            columns.into(),
            rows.collect(),
        )),
        ..Section::default()
    }
}

/// The name of a browser, out of what it says of itself. Each names those before it too.
fn browser(agent: &str) -> String {
    let known = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    known
        .iter()
        .find(|(sign, _)| agent.contains(sign))
        .map_or_else(
            || {
                agent
                    .split(['/', ' '])
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            },
            |(_, name)| (*name).to_owned(),
        )
}

/// The page, with the form for the password and the part about one-time codes as they are given.
fn page(known: Known, password: FormView, codes: Section, tell: &Tell) -> DetailPage {
    DetailPage {
        title: tell.word("portal-account"),
        facts: vec![
            Fact::new(tell.word("account-name"), Cell::text(known.name)),
            Fact::new(tell.word("signin-email"), Cell::text(known.email)),
            Fact::new(tell.word("account-role"), Cell::text(known.role)),
            Fact::new(
                tell.word("account-codes"),
                Cell::text(tell.yes(known.has_codes)),
            ),
        ],
        sections: vec![
            language(tell),
            Section {
                id: "password",
                title: tell.word("signin-password"),
                intro: Some(tell.word("account-password-intro")),
                form: Some(password),
                ..Section::default()
            },
            codes,
            sessions_of(known.sessions, tell),
        ],
        ..DetailPage::default()
    }
}

async fn show(
    desk: Desk,
    caller: SignedIn,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let tell = desk.tell();
    let known = read(&caller, &platform, &tell).await?;
    let codes = two_factor::section(two_factor::form(known.has_codes, &tell), &known, &tell);
    desk.show(&page(known, password_form(&tell), codes, &tell))
}

/// The page again after a form of it was refused: its fields say why.
async fn refused(
    desk: &Desk,
    (caller, platform): (SignedIn, &Platform),
    (entry, problem): (&Entry, Problem),
    which: Which,
) -> Result<HttpResponse, Problem> {
    let tell = desk.tell();
    let known = read(&caller, platform, &tell).await?;
    let mut password = password_form(&tell);
    let mut codes = two_factor::form(known.has_codes, &tell);
    let form = match which {
        Which::Password => &mut password,
        Which::Codes => &mut codes,
    };
    let status: StatusCode = desk.again(form, entry, problem)?;
    let codes = two_factor::section(codes, &known, &tell);
    desk.answer(status, &page(known, password, codes, &tell))
}

/// Which form of the page.
#[derive(Clone, Copy)]
enum Which {
    Password,
    Codes,
}

/// Who asks, once more: an operation takes its caller, and the page wants it too.
fn same(caller: &SignedIn) -> SignedIn {
    SignedIn {
        principal: caller.principal.clone(),
        origin: caller.origin.clone(),
    }
}

async fn change_password(
    desk: Desk,
    caller: SignedIn,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let changed = match entry.read() {
        Ok(body) => interface::change_password(same(&caller), Json(body), platform.clone()).await,
        Err(problem) => Err(problem),
    };
    match changed {
        Ok(_) => Ok(desk.done("/account", "password-changed")),
        Err(problem) => {
            let said = (&entry, problem);
            refused(&desk, (caller, &platform), said, Which::Password).await
        }
    }
}

async fn end_session(
    desk: Desk,
    caller: SignedIn,
    handle: Segments<String>,
    _entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    sessions::end(caller, handle, platform).await?;
    Ok(desk.done("/account", "session-ended"))
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-TEN-07: people recognise where they are signed in.
    #[test]
    fn browsers_are_called_by_their_names() {
        for (agent, name) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0 Safari/537.36",
                "Chrome",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0 Safari/537.36 Edg/150.0",
                "Edge",
            ),
            (
                "Mozilla/5.0 (Macintosh) AppleWebKit/605.1 (KHTML, like Gecko) Version/18 Safari/605.1",
                "Safari",
            ),
            ("curl/8.1", "curl"),
        ] {
            assert_eq!(browser(agent), name);
        }
    }
}
