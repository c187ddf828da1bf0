//! Mails that are to be sent: written in the transaction of what they tell.
use crate::column::{Row, contains};
use crate::error::{StoreError, StoreResult};
use crate::page::{Page, PageRequest};
use crate::place;
use crate::schema::{mails as c, nodes as n};
use crate::scope::cut;
use crate::tx::{PlatformTx, TenantTx};
use alvara_domain::id::{MailId, NodeId, TenantId, Ulid};
use alvara_domain::mail::{Mail, MailContent, MailJob, MailKind, MailState, SendMailJob};
use alvara_domain::time::UtcTime;
use diesel::dsl::exists;
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = c, treat_none_as_default_value = false)]
struct MailRow {
    tenant_id: String,
    id: String,
    recipient: String,
    locale: String,
    content: String,
    state: String,
    tries: i64,
    last_error: Option<String>,
    created_at: i64,
    sent_at: Option<i64>,
    node_id: Option<String>,
}

impl TryFrom<MailRow> for Mail {
    type Error = StoreError;

    fn try_from(row: MailRow) -> StoreResult<Self> {
        let r = Row::of("mails", &row.id);
        Ok(Self {
            id: r.text("id", &row.id)?,
            content: r.json("content", &row.content)?,
            state: r.text("state", &row.state)?,
            created_at: r.time("created_at", row.created_at)?,
            sent_at: r.time_opt("sent_at", row.sent_at)?,
            node_id: row
                .node_id
                .as_deref()
                .map(|id| r.text("node_id", id))
                .transpose()?,
            recipient: row.recipient,
            locale: row.locale,
            tries: row.tries,
            last_error: row.last_error,
        })
    }
}

/// A mail to write down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMail {
    /// The place that the reader is at.
    pub place: NodeId,
    /// Whom it goes to.
    pub recipient: String,
    /// The reader's language as far as it is known; empty when it is not.
    pub locale: String,
    /// What it says.
    pub content: MailContent,
}

/// Writes a mail down in the transaction of what it tells, and the job that sends it.
///
/// # Errors
/// When the database fails.
pub fn post(tx: &mut TenantTx<'_>, new: NewMail) -> StoreResult<MailId> {
    let id: MailId = tx.new_id()?;
    let mail = Mail {
        id,
        node_id: Some(new.place),
        recipient: new.recipient,
        locale: new.locale,
        content: new.content,
        state: MailState::Queued,
        tries: 0,
        last_error: None,
        created_at: tx.now(),
        sent_at: None,
    };
    insert(tx, &mail)?;
    let (job, now) = (SendMailJob { mail_id: id }, tx.now());
    tx.enqueue(MailJob::Send.as_str(), job, now)?;
    Ok(id)
}

/// Adds a mail.
///
/// # Errors
/// When the database fails.
pub fn insert(tx: &mut TenantTx<'_>, mail: &Mail) -> StoreResult<()> {
    let row = MailRow {
        tenant_id: tx.tenant().to_string(),
        id: mail.id.to_string(),
        recipient: mail.recipient.clone(),
        locale: cut(&mail.locale, 10),
        content: serde_json::to_string(&mail.content)?,
        state: mail.state.to_string(),
        tries: mail.tries,
        last_error: mail.last_error.clone(),
        created_at: mail.created_at.micros(),
        sent_at: mail.sent_at.map(UtcTime::micros),
        node_id: mail.node_id.map(|id| id.to_string()),
    };
    diesel::insert_into(c::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// Finds a mail of the tenant, wherever its reader is: for what sends it.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, id: MailId) -> StoreResult<Option<Mail>> {
    let row: Option<MailRow> = c::table
        .find((tx.tenant().to_string(), id.to_string()))
        .select(MailRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Mail::try_from).transpose()
}

/// Finds a mail that the scope sees: one whose reader is at a place of it, or any of a whole tenant.
///
/// # Errors
/// When the database fails.
pub fn find_seen(tx: &mut TenantTx<'_>, id: MailId) -> StoreResult<Option<Mail>> {
    let mut query = c::table
        .filter(c::tenant_id.eq(tx.tenant().to_string()))
        .filter(c::id.eq(id.to_string()))
        .select(MailRow::as_select())
        .into_boxed();
    if !tx.scope().is_whole_tenant() {
        let here = place::seen(tx.scope()).filter(n::id.nullable().eq(c::node_id));
        query = query.filter(c::node_id.eq_any(here.nullable()));
    }
    let row: Option<MailRow> = query.get_result(tx.conn).optional()?;
    row.map(Mail::try_from).transpose()
}

/// Which mails a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailFilter {
    /// Those in one state.
    pub state: Option<MailState>,
    /// Those of one kind.
    pub kind: Option<MailKind>,
    /// Those to readers at one place.
    pub node: Option<NodeId>,
    /// Those with this text in the address they went to.
    pub search: Option<String>,
    /// Those written down at this instant or later.
    pub from: Option<UtcTime>,
    /// Those written down before this instant.
    pub until: Option<UtcTime>,
}

/// Lists the mails that the scope sees, the newest first.
///
/// # Errors
/// When the database fails, or [`StoreError::BadCursor`].
pub fn list(
    tx: &mut TenantTx<'_>,
    filter: &MailFilter,
    request: &PageRequest,
) -> StoreResult<Page<Mail>> {
    let mut query = c::table
        .filter(c::tenant_id.eq(tx.tenant().to_string()))
        .select(MailRow::as_select())
        .into_boxed();
    if !tx.scope().is_whole_tenant() {
        query = query.filter(c::node_id.eq_any(place::seen(tx.scope()).nullable()));
    }
    if let Some(state) = filter.state {
        query = query.filter(c::state.eq(state.as_str()));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(c::content.like(begins(kind)).escape('\\'));
    }
    if let Some(node) = filter.node {
        query = query.filter(c::node_id.eq(node.to_string()));
    }
    if let Some(search) = &filter.search {
        query = query.filter(c::recipient.like(contains(search)).escape('\\'));
    }
    if let Some(from) = filter.from {
        query = query.filter(c::id.ge(first_at(from)));
    }
    if let Some(until) = filter.until {
        query = query.filter(c::id.lt(first_at(until)));
    }
    if let Some(after) = request.after::<String>()? {
        query = query.filter(c::id.lt(after));
    }
    let rows = query
        .order(c::id.desc())
        .limit(request.fetch())
        .load(tx.conn)?;
    Page::of(request, rows, |row| row.id.clone(), Mail::try_from)
}

/// Lists the mails of all tenants or of one of them, the newest first, each with whose it is. Of
/// the filter only state, kind and times count: whom a tenant writes to is not searched from outside.
///
/// # Errors
/// When the database fails, or [`StoreError::BadCursor`].
pub fn list_all(
    tx: &mut PlatformTx<'_>,
    tenant: Option<TenantId>,
    filter: &MailFilter,
    request: &PageRequest,
) -> StoreResult<Page<(TenantId, Mail)>> {
    let mut query = c::table.select(MailRow::as_select()).into_boxed();
    if let Some(tenant) = tenant {
        query = query.filter(c::tenant_id.eq(tenant.to_string()));
    }
    if let Some(state) = filter.state {
        query = query.filter(c::state.eq(state.as_str()));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(c::content.like(begins(kind)).escape('\\'));
    }
    if let Some(from) = filter.from {
        query = query.filter(c::id.ge(first_at(from)));
    }
    if let Some(until) = filter.until {
        query = query.filter(c::id.lt(first_at(until)));
    }
    if let Some(after) = request.after::<String>()? {
        query = query.filter(c::id.lt(after));
    }
    let rows = query
        .order(c::id.desc())
        .limit(request.fetch())
        .load(tx.conn)?;
    let read = |row: MailRow| {
        let tenant = Row::of("mails", &row.id).text("tenant_id", &row.tenant_id)?;
        Ok((tenant, Mail::try_from(row)?))
    };
    Page::of(request, rows, |row| row.id.clone(), read)
}

/// Lets a mail wait again that was given up, as if it had not been tried; `false` where it was not.
///
/// # Errors
/// When the database fails.
pub fn requeue(tx: &mut TenantTx<'_>, id: MailId) -> StoreResult<bool> {
    let written = diesel::update(c::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(c::state.eq(MailState::Failed.as_str()))
        .set((c::state.eq(MailState::Queued.as_str()), c::tries.eq(0)))
        .execute(tx.conn)?;
    Ok(written == 1)
}

/// The first id that a mail of an instant may have. Ids begin with their instant, so mails of a time
/// are found by the primary key alone.
fn first_at(instant: UtcTime) -> String {
    let milliseconds = u64::try_from(instant.millis()).unwrap_or(0);
    MailId::from_ulid(Ulid::from_parts(milliseconds, 0)).to_string()
}

/// How the content of a mail of a kind begins, as a pattern.
fn begins(kind: MailKind) -> String {
    let kind = kind.as_str().replace('_', "\\_");
    format!("{{\"kind\":\"{kind}\"%")
}

/// Whether a mail of one of some kinds to an address was written down at an instant or later.
///
/// # Errors
/// When the database fails.
pub fn is_written_since(
    tx: &mut TenantTx<'_>,
    recipient: &str,
    kinds: &[MailKind],
    since: UtcTime,
) -> StoreResult<bool> {
    for kind in kinds {
        let newer = c::table
            .filter(c::tenant_id.eq(tx.tenant().to_string()))
            .filter(c::id.ge(first_at(since)))
            .filter(c::recipient.eq(recipient))
            .filter(c::content.like(begins(*kind)).escape('\\'));
        if diesel::select(exists(newer)).get_result(tx.conn)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Notes what became of a try. Only a mail that waits changes, and only if nobody else noted a try
/// meanwhile; `false` otherwise.
///
/// # Errors
/// When the database fails.
pub fn tried(
    tx: &mut TenantTx<'_>,
    mail: &Mail,
    state: MailState,
    error: Option<&str>,
) -> StoreResult<bool> {
    let now = tx.now().micros();
    let written = diesel::update(c::table.find((tx.tenant().to_string(), mail.id.to_string())))
        .filter(c::state.eq(MailState::Queued.as_str()))
        .filter(c::tries.eq(mail.tries))
        .set((
            c::state.eq(state.as_str()),
            c::tries.eq(mail.tries + 1),
            c::last_error.eq(error.map(|error| cut(error, 300))),
            c::sent_at.eq((state == MailState::Sent).then_some(now)),
        ))
        .execute(tx.conn)?;
    Ok(written == 1)
}
