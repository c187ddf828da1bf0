//! Mails: to whom they went, what they are about, and what became of them.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_domain::id::{MailId, NodeId};
use alvara_domain::mail::{Mail, MailKind, MailState};
use alvara_render::page::{
    Action, Badge, Cell, Column, DetailPage, Empty, Fact, Link, Row, Section, Table, Tone,
};
use alvara_store::mails::{self, MailFilter};
use alvara_store::page::PageRequest;
use alvara_store::{Db, TenantTx, nodes};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::{AuditRead, SettingsUpdate};

use super::super::desk::Desk;
use super::super::entry::Entry;
use super::super::listing::Query;
use super::super::tell::Tell;
use super::notices::subject;
use crate::api::v1::mails as interface;
use crate::body::Segments;
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/mails").get(list))
        .service(web::resource("/mails/{id}").get(show))
        .service(web::resource("/mails/{id}/send").post(send));
}

/// How many mails a place's own page shows.
const LATEST: u32 = 5;

/// How a mail stands, in colour. One that was tried in vain and waits for another try needs a look.
pub(super) fn badge(mail: &Mail, tell: &Tell) -> Badge {
    let tone = match mail.state {
        MailState::Sent => Tone::Ok,
        MailState::Queued if mail.last_error.is_some() => Tone::Warn,
        MailState::Queued | MailState::Dropped => Tone::Neutral,
        MailState::Failed => Tone::Bad,
    };
    Badge {
        tone,
        text: tell.value("mail-state", &mail.state),
    }
}

fn columns(tell: &Tell) -> Vec<Column> {
    ["what", "to", "state", "written", "sent"]
        .map(|column| Column::text(tell.word(&format!("mails-{column}"))))
        .into()
}

fn row(mail: &Mail, tell: &Tell) -> Row {
    let kind = tell.value("mail-kind", &mail.content.kind());
    Row::new(vec![
        Cell::text(kind).link(format!("/mails/{}", mail.id)),
        Cell::text(&mail.recipient),
        Cell::badge(badge(mail, tell)),
        tell.instant_cell(mail.created_at),
        tell.maybe_instant(mail.sent_at),
    ])
}

async fn list(
    desk: Desk,
    caller: Caller<AuditRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&desk);
    let filter = MailFilter {
        state: query.value("state"),
        kind: query.value("kind"),
        node: query.value("node_id"),
        search: query.get("q").map(str::to_owned),
        ..MailFilter::default()
    };
    let page = query.page();
    let found = db
        .read(&caller.scope, move |tx| mails::list(tx, &filter, &page))
        .await?;
    let tell = desk.tell();
    let rows = found.items.iter().map(|mail| row(mail, &tell)).collect();
    let title = tell.word("mails-title");
    let table = Table::new(title.clone(), columns(&tell), rows);
    let empty = Empty {
        text: tell.word("mails-none"),
        action: None,
    };
    let hint = Some(tell.word("mails-search"));
    let mut page = query.list(title, table, found.next.as_ref(), hint, empty);
    page.filters = vec![
        query.filter(
            "state",
            tell.word("mails-state"),
            tell.word("portal-all"),
            MailState::ALL
                .iter()
                .map(|state| (state.to_string(), tell.value("mail-state", state))),
        ),
        query.filter(
            "kind",
            tell.word("mails-what"),
            tell.word("portal-all"),
            MailKind::ALL
                .iter()
                .map(|kind| (kind.to_string(), tell.value("mail-kind", kind))),
        ),
    ];
    page.intro = Some(tell.word("mails-intro"));
    desk.show(&page)
}

/// A mail, and what the place of its reader is called where that is seen.
fn read(tx: &mut TenantTx<'_>, id: MailId) -> alvara_store::StoreResult<Option<(Mail, String)>> {
    let Some(mail) = mails::find_seen(tx, id)? else {
        return Ok(None);
    };
    let place = match mail.node_id {
        Some(node) => nodes::find(tx, node)?.map(|node| node.name),
        None => None,
    };
    Ok(Some((mail, place.unwrap_or_default())))
}

async fn show(
    desk: Desk,
    caller: Caller<AuditRead>,
    Segments(id): Segments<MailId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db.read(&caller.scope, move |tx| read(tx, id)).await?;
    let (mail, place) = found.ok_or_else(Problem::not_found)?;
    let tell = desk.tell();
    let mut actions = Vec::new();
    if mail.state == MailState::Failed && desk.may(PermissionKey::SettingsUpdate) {
        let place = format!("/mails/{id}/send");
        actions.push(Action::new(place, tell.word("mails-send")));
    }
    desk.show(&DetailPage {
        title: tell.value("mail-kind", &mail.content.kind()),
        badge: Some(badge(&mail, &tell)),
        intro: Some(tell.word("mails-not-shown")),
        back: Some(Link::new("/mails", tell.word("mails-title"))),
        actions,
        facts: facts(&desk, &mail, &place),
        sections: vec![about(&desk, &mail)],
        ..DetailPage::default()
    })
}

fn facts(desk: &Desk, mail: &Mail, place: &str) -> Vec<Fact> {
    let tell = desk.tell();
    let fact = |key: &str, cell: Cell| Fact::new(tell.word(&format!("mails-{key}")), cell);
    let mut facts = vec![fact("to", Cell::text(&mail.recipient))];
    if let Some(node) = mail.node_id.filter(|_| !place.is_empty()) {
        let cell = Cell::text(place);
        facts.push(fact(
            "place",
            if desk.may(PermissionKey::NodeRead) {
                cell.link(format!("/nodes/{node}"))
            } else {
                cell
            },
        ));
    }
    if !mail.locale.is_empty() {
        facts.push(fact("language", Cell::text(&mail.locale)));
    }
    facts.push(fact("written", tell.instant_cell(mail.created_at)));
    facts.push(fact("sent", tell.maybe_instant(mail.sent_at)));
    facts.push(fact("tries", Cell::text(tell.number(mail.tries))));
    if let Some(error) = &mail.last_error {
        facts.push(fact("error", Cell::text(error)));
    }
    facts
}

/// What the mail tells of, each with its page where there is one.
fn about(desk: &Desk, mail: &Mail) -> Section {
    let tell = desk.tell();
    let things = mail.content.about();
    let rows = things.iter().map(|id| Row::new(vec![subject(desk, id)]));
    let title = tell.word("mails-about");
    let column = Column::text(tell.word("mails-id"));
    Section {
        id: "about",
        table: Some(Table::new(title.clone(), vec![column], rows.collect())),
        empty: Some(tell.word("mails-about-nothing")),
        title,
        ..Section::default()
    }
}

/// The latest mails to the readers of a place.
///
/// # Errors
/// When the database fails.
pub(in super::super) async fn section(
    desk: &Desk,
    node: NodeId,
    db: &Db,
) -> Result<Section, Problem> {
    let scope = desk.scope(PermissionKey::AuditRead)?;
    let filter = MailFilter {
        node: Some(node),
        ..MailFilter::default()
    };
    let page = PageRequest::new(Some(LATEST), None);
    let found = db
        .read(&scope, move |tx| mails::list(tx, &filter, &page))
        .await?;
    let tell = desk.tell();
    let rows = found.items.iter().map(|mail| row(mail, &tell)).collect();
    let title = tell.word("mails-latest");
    let all = format!("/mails?node_id={node}");
    Ok(Section {
        id: "mails",
        table: Some(Table::new(title.clone(), columns(&tell), rows)),
        empty: Some(tell.word("mails-none")),
        links: if found.next.is_some() {
            vec![Link::new(all, tell.word("mails-all"))]
        } else {
            Vec::new()
        },
        title,
        ..Section::default()
    })
}

async fn send(
    desk: Desk,
    caller: Caller<SettingsUpdate>,
    Segments(id): Segments<MailId>,
    _: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::send(caller, Segments(id), db).await?;
    Ok(desk.done(&format!("/mails/{id}"), "mail-sent"))
}
