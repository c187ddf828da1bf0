//! Files of banks that say what became of titles: whole, once each, and line by line.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::page::{Page, PageRequest};
use crate::parts;
use crate::schema::{return_file_parts as p, return_files as c, return_lines as l};
use crate::scope::cut;
use crate::tx::{TenantTx, inserted};
use alvara_domain::id::{ChargeId, PaymentAccountId, ReturnFileId};
use alvara_domain::payment::report::PaymentEvent;
use alvara_domain::payment::returned::{LineOutcome, ReturnFile, ReturnLine, Tally};
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = c, treat_none_as_default_value = false)]
struct FileRow {
    tenant_id: String,
    id: String,
    account_id: String,
    digest: String,
    size_bytes: i64,
    plugin_version: String,
    received_by: String,
    received_at: i64,
}

impl TryFrom<FileRow> for ReturnFile {
    type Error = StoreError;

    fn try_from(row: FileRow) -> StoreResult<Self> {
        let r = Row::of("return_files", &row.id);
        Ok(Self {
            id: r.text("id", &row.id)?,
            account_id: r.text("account_id", &row.account_id)?,
            received_at: r.time("received_at", row.received_at)?,
            digest: row.digest,
            size_bytes: row.size_bytes,
            plugin_version: row.plugin_version,
            received_by: row.received_by,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = p, treat_none_as_default_value = false)]
struct PartRow {
    tenant_id: String,
    file_id: String,
    part: i64,
    content: String,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = l, treat_none_as_default_value = false)]
struct LineRow {
    tenant_id: String,
    file_id: String,
    position: i64,
    event: String,
    outcome: String,
    charge_id: Option<String>,
    at: i64,
}

impl TryFrom<LineRow> for ReturnLine {
    type Error = StoreError;

    fn try_from(row: LineRow) -> StoreResult<Self> {
        let r = Row::of("return_lines", &row.file_id);
        Ok(Self {
            event: r.json("event", &row.event)?,
            outcome: r.text("outcome", &row.outcome)?,
            charge_id: r.text_opt("charge_id", row.charge_id.as_deref())?,
            position: row.position,
        })
    }
}

/// Stores a file with what its lines say; `false` when the same is stored already.
///
/// # Errors
/// [`StoreError::OutOfReach`] for a part of the tenant.
pub fn store(
    tx: &mut TenantTx<'_>,
    file: &ReturnFile,
    content: &[u8],
    events: &[PaymentEvent],
) -> StoreResult<bool> {
    tx.require_whole_tenant()?;
    let tenant = tx.tenant().to_string();
    let row = FileRow {
        tenant_id: tenant.clone(),
        id: file.id.to_string(),
        account_id: file.account_id.to_string(),
        digest: file.digest.clone(),
        size_bytes: file.size_bytes,
        plugin_version: cut(&file.plugin_version, 40),
        received_by: cut(&file.received_by, 40),
        received_at: file.received_at.micros(),
    };
    let new = inserted(tx.conn, |conn| {
        diesel::insert_into(c::table).values(&row).execute(conn)?;
        Ok(())
    })?;
    if !new {
        return Ok(false);
    }
    for (part, content) in parts::split(content) {
        let row = PartRow {
            tenant_id: tenant.clone(),
            file_id: file.id.to_string(),
            part,
            content,
        };
        diesel::insert_into(p::table)
            .values(&row)
            .execute(tx.conn)?;
    }
    let now = tx.now().micros();
    for (position, event) in (1_i64..).zip(events) {
        let row = LineRow {
            tenant_id: tenant.clone(),
            file_id: file.id.to_string(),
            position,
            event: serde_json::to_string(event)?,
            outcome: LineOutcome::Waiting.to_string(),
            charge_id: None,
            at: now,
        };
        diesel::insert_into(l::table)
            .values(&row)
            .execute(tx.conn)?;
    }
    Ok(true)
}

/// Finds a file of the tenant. Whoever sees only a part of the tenant finds none.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, id: ReturnFileId) -> StoreResult<Option<ReturnFile>> {
    if !tx.scope().is_whole_tenant() {
        return Ok(None);
    }
    let row: Option<FileRow> = c::table
        .find((tx.tenant().to_string(), id.to_string()))
        .select(FileRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(ReturnFile::try_from).transpose()
}

/// Finds the file of an account with these bytes.
///
/// # Errors
/// When the database fails.
pub fn find_by_digest(
    tx: &mut TenantTx<'_>,
    account: PaymentAccountId,
    digest: &str,
) -> StoreResult<Option<ReturnFile>> {
    let row: Option<FileRow> = c::table
        .filter(c::tenant_id.eq(tx.tenant().to_string()))
        .filter(c::account_id.eq(account.to_string()))
        .filter(c::digest.eq(digest.to_owned()))
        .select(FileRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(ReturnFile::try_from).transpose()
}

/// Lists the files of an account, the last one received first. Whoever sees only a part of the tenant
/// sees none.
///
/// # Errors
/// When the database fails.
pub fn list(
    tx: &mut TenantTx<'_>,
    account: PaymentAccountId,
    request: &PageRequest,
) -> StoreResult<Page<ReturnFile>> {
    let mut query = c::table
        .filter(c::tenant_id.eq(tx.tenant().to_string()))
        .filter(c::account_id.eq(account.to_string()))
        .select(FileRow::as_select())
        .into_boxed();
    if let Some(after) = request.after::<String>()? {
        query = query.filter(c::id.lt(after));
    }
    let rows: Vec<FileRow> = if tx.scope().is_whole_tenant() {
        query
            .order(c::id.desc())
            .limit(request.fetch())
            .load(tx.conn)?
    } else {
        Vec::new()
    };
    Page::of(request, rows, |row| row.id.clone(), ReturnFile::try_from)
}

/// The bytes of a file, as they came.
///
/// # Errors
/// When the database fails.
pub fn content(tx: &mut TenantTx<'_>, id: ReturnFileId) -> StoreResult<Vec<u8>> {
    let content: Vec<String> = p::table
        .filter(p::tenant_id.eq(tx.tenant().to_string()))
        .filter(p::file_id.eq(id.to_string()))
        .order(p::part)
        .select(p::content)
        .load(tx.conn)?;
    parts::join(&content, Row::of("return_file_parts", &id.to_string()))
}

/// The lines of a file in its order.
///
/// # Errors
/// When the database fails.
pub fn lines(tx: &mut TenantTx<'_>, id: ReturnFileId) -> StoreResult<Vec<ReturnLine>> {
    let rows: Vec<LineRow> = l::table
        .filter(l::tenant_id.eq(tx.tenant().to_string()))
        .filter(l::file_id.eq(id.to_string()))
        .order(l::position)
        .select(LineRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(ReturnLine::try_from).collect()
}

/// A line of a file.
///
/// # Errors
/// When the database fails.
pub fn line(
    tx: &mut TenantTx<'_>,
    (id, position): (ReturnFileId, i64),
) -> StoreResult<Option<ReturnLine>> {
    let row: Option<LineRow> = l::table
        .find((tx.tenant().to_string(), id.to_string(), position))
        .select(LineRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(ReturnLine::try_from).transpose()
}

/// The positions of the lines of a file that are still to be looked at, or again.
///
/// # Errors
/// When the database fails.
pub fn open_lines(tx: &mut TenantTx<'_>, id: ReturnFileId) -> StoreResult<Vec<i64>> {
    Ok(l::table
        .filter(l::tenant_id.eq(tx.tenant().to_string()))
        .filter(l::file_id.eq(id.to_string()))
        .filter(l::outcome.eq_any(open()))
        .order(l::position)
        .select(l::position)
        .load(tx.conn)?)
}

fn open() -> Vec<&'static str> {
    let open = LineOutcome::ALL.iter().filter(|outcome| outcome.is_open());
    open.map(|outcome| outcome.as_str()).collect()
}

/// Notes what was made of a line. What was made of it before stays: of several who look at the same
/// line at once the first is noted.
///
/// # Errors
/// When the database fails.
pub fn settle(
    tx: &mut TenantTx<'_>,
    (id, position): (ReturnFileId, i64),
    outcome: LineOutcome,
    charge: Option<ChargeId>,
) -> StoreResult<()> {
    let now = tx.now().micros();
    let key = (tx.tenant().to_string(), id.to_string(), position);
    diesel::update(l::table.find(key))
        .filter(l::outcome.eq_any(open()))
        .set((
            l::outcome.eq(outcome.as_str()),
            l::charge_id.eq(charge.map(|id| id.to_string())),
            l::at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// How many lines of a file came to what.
///
/// # Errors
/// When the database fails.
pub fn tally(tx: &mut TenantTx<'_>, id: ReturnFileId) -> StoreResult<Tally> {
    let outcomes: Vec<String> = l::table
        .filter(l::tenant_id.eq(tx.tenant().to_string()))
        .filter(l::file_id.eq(id.to_string()))
        .select(l::outcome)
        .load(tx.conn)?;
    let name = id.to_string();
    let r = Row::of("return_lines", &name);
    let mut known = Vec::new();
    for outcome in outcomes {
        known.push((r.text("outcome", &outcome)?, 1));
    }
    Ok(Tally::of(known))
}
