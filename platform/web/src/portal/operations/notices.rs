//! Notices: what the people at a place ought to know.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_domain::id::NoticeId;
use alvara_domain::notice::Notice;
use alvara_render::page::{Action, Badge, Cell, Column, Empty, Row, Table, Tone};
use alvara_store::Db;
use alvara_store::notices::{self, NoticeFilter};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::{NoticeRead, NoticeUpdate};

use super::super::desk::Desk;
use super::super::entry::Entry;
use super::super::listing::Query;
use crate::api::v1::notices as interface;
use crate::body::Segments;
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/notices").get(list))
        .service(web::resource("/notices/{id}/read").post(read));
}

/// What a notice is about, with its page where there is one.
pub(super) fn subject(desk: &Desk, id: &str) -> Cell {
    let cell = Cell::code(id);
    let (page, key) = match id.split_once('_').map(|(kind, _)| kind) {
        Some("lic") => ("licenses", PermissionKey::LicenseRead),
        Some("ord") => ("orders", PermissionKey::OrderRead),
        Some("mac") => ("machines", PermissionKey::MachineRead),
        Some("mem") => ("members", PermissionKey::MemberRead),
        Some("nod") => ("nodes", PermissionKey::NodeRead),
        _ => return cell,
    };
    if desk.may(key) {
        cell.link(format!("/{page}/{id}"))
    } else {
        cell
    }
}

async fn list(
    desk: Desk,
    caller: Caller<NoticeRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&desk);
    let filter = match query.get("state") {
        Some("unread") => NoticeFilter::Unread,
        Some("read") => NoticeFilter::Read,
        _ => NoticeFilter::All,
    };
    let page = query.page();
    let found = db
        .read(&caller.scope, move |tx| notices::list(tx, filter, &page))
        .await?;
    let tell = desk.tell();
    let marks = desk.may(PermissionKey::NoticeUpdate);
    let row = |notice: &Notice| {
        // A message cannot have a dot in its key.
        let kind = notice.kind.as_str().replace('.', "-");
        let what = tell.value("notice", &kind);
        let badge = match notice.read_at {
            None => (Tone::Warn, "operations-unread"),
            Some(_) => (Tone::Neutral, "operations-read"),
        };
        let mut row = Row::new(vec![
            Cell::text(&what),
            subject(&desk, &notice.subject_id),
            Cell::badge(Badge {
                tone: badge.0,
                text: tell.word(badge.1),
            }),
            tell.instant_cell(notice.created_at),
        ]);
        if marks && notice.read_at.is_none() {
            let place = format!("/notices/{}/read", notice.id);
            row.actions
                .push(Action::new(place, tell.word("operations-mark-read")).about(what));
        }
        row
    };
    let columns = ["what", "about", "state", "when"]
        .map(|column| Column::text(tell.word(&format!("operations-{column}"))));
    let title = tell.word("operations-notices");
    let rows = found.items.iter().map(row).collect();
    let table = Table::new(title.clone(), columns.into(), rows);
    let empty = Empty {
        text: tell.word("operations-no-notices"),
        action: None,
    };
    let mut page = query.list(title, table, found.next.as_ref(), None, empty);
    page.tabs = super::super::licenses::tabs(&desk, "/notices");
    page.filters = vec![
        query.filter(
            "state",
            tell.word("operations-state"),
            tell.word("portal-all"),
            ["unread", "read"]
                .map(|state| (state.to_owned(), tell.word(&format!("operations-{state}")))),
        ),
    ];
    desk.show(&page)
}

async fn read(
    desk: Desk,
    caller: Caller<NoticeUpdate>,
    Segments(id): Segments<NoticeId>,
    _: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::read(caller, Segments(id), db).await?;
    Ok(desk.done("/notices", "notice-read"))
}
