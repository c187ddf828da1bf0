//! What happened, told to whoever listens: webhooks, mails, reports.
use crate::column::Row;
use crate::dialect::DbConnection;
use crate::error::{StoreError, StoreResult};
use crate::page::{Page, PageRequest};
use crate::schema::events as e;
use crate::tx::TenantTx;
use alvara_domain::event::EventKind;
use alvara_domain::id::{EventId, TenantId};
use alvara_domain::time::UtcTime;
use diesel::prelude::*;

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its id; ids rise with time.
    pub id: EventId,
    /// What happened.
    pub kind: EventKind,
    /// To what: an id.
    pub subject: String,
    /// What there is to say about it.
    pub data: serde_json::Value,
    /// When.
    pub at: UtcTime,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = e)]
struct EventRow {
    tenant_id: String,
    id: String,
    kind: String,
    subject: String,
    data: String,
    at: i64,
}

impl TryFrom<EventRow> for Event {
    type Error = StoreError;

    fn try_from(row: EventRow) -> StoreResult<Self> {
        let r = Row::of("events", &row.id);
        Ok(Self {
            id: r.text("id", &row.id)?,
            kind: r.text("kind", &row.kind)?,
            data: r.json("data", &row.data)?,
            at: r.time("at", row.at)?,
            subject: row.subject,
        })
    }
}

pub(crate) fn insert(
    conn: &mut DbConnection,
    tenant: TenantId,
    id: EventId,
    kind: EventKind,
    subject: &str,
    data: &str,
    at: UtcTime,
) -> StoreResult<()> {
    let row = EventRow {
        tenant_id: tenant.to_string(),
        id: id.to_string(),
        kind: kind.to_string(),
        subject: crate::scope::cut(subject, 64),
        data: data.to_owned(),
        at: at.micros(),
    };
    diesel::insert_into(e::table).values(&row).execute(conn)?;
    Ok(())
}

/// Which events a list shows.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// Those about one thing.
    pub subject: Option<String>,
    /// Those of one kind.
    pub kind: Option<EventKind>,
}

/// Lists events, the newest first.
///
/// # Errors
/// [`StoreError::OutOfReach`] for a scope that is only part of the tenant.
pub fn list(
    tx: &mut TenantTx<'_>,
    filter: &EventFilter,
    request: &PageRequest,
) -> StoreResult<Page<Event>> {
    tx.require_whole_tenant()?;
    let mut query = e::table
        .filter(e::tenant_id.eq(tx.tenant().to_string()))
        .select(EventRow::as_select())
        .into_boxed();
    if let Some(subject) = &filter.subject {
        query = query.filter(e::subject.eq(subject));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(e::kind.eq(kind.to_string()));
    }
    if let Some(after) = request.after::<String>()? {
        query = query.filter(e::id.lt(after));
    }
    let rows = query
        .order(e::id.desc())
        .limit(request.fetch())
        .load(tx.conn)?;
    Page::of(request, rows, |row| row.id.clone(), Event::try_from)
}
