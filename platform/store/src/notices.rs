//! What places of the tree are told.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::page::{Page, PageRequest};
use crate::place;
use crate::schema::{nodes as n, notices as c};
use crate::scope::cut;
use crate::tx::TenantTx;
use alvara_domain::id::NoticeId;
use alvara_domain::notice::Notice;
use alvara_domain::time::UtcTime;
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = c, treat_none_as_default_value = false)]
struct NoticeRow {
    tenant_id: String,
    id: String,
    node_id: String,
    kind: String,
    subject_id: String,
    payload: String,
    created_at: i64,
    read_at: Option<i64>,
    read_by: Option<String>,
}

impl TryFrom<NoticeRow> for Notice {
    type Error = StoreError;

    fn try_from(row: NoticeRow) -> StoreResult<Self> {
        let r = Row::of("notices", &row.id);
        Ok(Self {
            tenant_id: r.text("tenant_id", &row.tenant_id)?,
            id: r.text("id", &row.id)?,
            node_id: r.text("node_id", &row.node_id)?,
            kind: r.text("kind", &row.kind)?,
            payload: r.json("payload", &row.payload)?,
            created_at: r.time("created_at", row.created_at)?,
            read_at: r.time_opt("read_at", row.read_at)?,
            subject_id: row.subject_id,
            read_by: row.read_by,
        })
    }
}

/// Adds a notice.
///
/// # Errors
/// [`StoreError::OutOfReach`] when its place is not in the scope.
pub fn insert(tx: &mut TenantTx<'_>, notice: &Notice) -> StoreResult<()> {
    crate::members::require_place(tx, notice.node_id)?;
    let row = NoticeRow {
        tenant_id: tx.tenant().to_string(),
        id: notice.id.to_string(),
        node_id: notice.node_id.to_string(),
        kind: notice.kind.to_string(),
        subject_id: cut(&notice.subject_id, 64),
        payload: serde_json::to_string(&notice.payload)?,
        created_at: notice.created_at.micros(),
        read_at: notice.read_at.map(UtcTime::micros),
        read_by: notice.read_by.clone(),
    };
    diesel::insert_into(c::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// Finds a notice of a place of the scope.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, id: NoticeId) -> StoreResult<Option<Notice>> {
    let row: Option<NoticeRow> = c::table
        .filter(c::tenant_id.eq(tx.tenant().to_string()))
        .filter(c::id.eq(id.to_string()))
        .filter(c::node_id.eq_any(place::seen(tx.scope()).filter(n::id.eq(c::node_id))))
        .select(NoticeRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Notice::try_from).transpose()
}

/// Notes that somebody read a notice. Only the first reader is kept; `false` for any other.
///
/// # Errors
/// When the database fails.
pub fn mark_read(tx: &mut TenantTx<'_>, id: NoticeId) -> StoreResult<bool> {
    let reader = cut(&tx.scope().actor().to_string(), 40);
    let read = diesel::update(c::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(c::read_at.is_null())
        .filter(c::node_id.eq_any(place::seen(tx.scope()).filter(n::id.eq(c::node_id))))
        .set((c::read_at.eq(tx.now().micros()), c::read_by.eq(reader)))
        .execute(tx.conn)?;
    Ok(read == 1)
}

/// Which notices a list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NoticeFilter {
    /// All.
    #[default]
    All,
    /// Those that nobody read yet.
    Unread,
    /// Those that somebody read.
    Read,
}

/// Lists notices of the scope, the newest first.
///
/// # Errors
/// When the database fails.
pub fn list(
    tx: &mut TenantTx<'_>,
    filter: NoticeFilter,
    request: &PageRequest,
) -> StoreResult<Page<Notice>> {
    let mut query = c::table
        .filter(c::tenant_id.eq(tx.tenant().to_string()))
        .select(NoticeRow::as_select())
        .into_boxed();
    if !tx.scope().is_whole_tenant() {
        query = query.filter(c::node_id.eq_any(place::seen(tx.scope())));
    }
    query = match filter {
        NoticeFilter::All => query,
        NoticeFilter::Unread => query.filter(c::read_at.is_null()),
        NoticeFilter::Read => query.filter(c::read_at.is_not_null()),
    };
    if let Some(after) = request.after::<String>()? {
        query = query.filter(c::id.lt(after));
    }
    let rows = query
        .order(c::id.desc())
        .limit(request.fetch())
        .load(tx.conn)?;
    Page::of(request, rows, |row| row.id.clone(), Notice::try_from)
}
