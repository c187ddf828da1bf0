//! What happened to a place: the newest entries of the audit chain, in the reader's words.

use alvara_app::AppResult;
use alvara_domain::id::{MemberId, NodeId};
use alvara_domain::time::UtcTime;
use alvara_render::page::{Cell, Column, Row, Section, Table};
use alvara_store::audit::{self, AuditEntry};
use alvara_store::page::PageRequest;
use alvara_store::{TenantTx, members};

use super::super::tell::Tell;

/// Entries that a page shows.
const MOST: u32 = 30;

/// An entry, and how who did it is called.
pub(in crate::portal) struct Told {
    entry: AuditEntry,
    who: Option<String>,
}

/// What was done to a place of the scope, the newest first.
///
/// # Errors
/// When the database fails.
pub(in crate::portal) fn read(tx: &mut TenantTx<'_>, node: NodeId) -> AppResult<Vec<Told>> {
    let page = PageRequest::new(Some(MOST), None);
    let found = audit::list_of_node(tx, node, &page)?;
    let mut told = Vec::new();
    for entry in found.map_or_else(Vec::new, |page| page.items) {
        let who = match entry.actor.parse::<MemberId>() {
            Ok(id) => members::find(tx, id)?.map(|member| member.name),
            Err(_) => None,
        };
        told.push(Told { entry, who });
    }
    Ok(told)
}

/// The part of a page that shows it.
pub(in crate::portal) fn section(tell: &Tell, told: &[Told]) -> Section {
    let rows = told.iter().map(|Told { entry, who }| {
        let action = entry.action.replace('.', "-");
        let what = tell.words().has(&format!("history-{action}"));
        let what = if what {
            tell.word(&format!("history-{action}"))
        } else {
            entry.action.clone()
        };
        let who = who
            .clone()
            .unwrap_or_else(|| tell.value("history-by", &entry.actor));
        let at = UtcTime::from_micros(entry.at).ok();
        Row::new(vec![
            Cell::text(what),
            tell.maybe_instant(at),
            Cell::text(who),
        ])
    });
    let columns =
        ["what", "when", "who"].map(|column| Column::text(tell.word(&format!("history-{column}"))));
    let title = tell.word("history-title");
    Section {
        id: "history",
        table: Some(Table::new(title.clone(), columns.into(), rows.collect())),
        title,
        ..Section::default()
    }
}
