//! What payment plugins keep between calls, and which requests of theirs were about to leave.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::schema::{payment_accounts as a, plugin_memory as m, plugin_requests as r};
use crate::tx::TenantTx;
use alvara_domain::id::{PaymentAccountId, PluginRequestId};
use alvara_domain::time::UtcTime;
use data_encoding::BASE64;
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = m, treat_none_as_default_value = false)]
struct MemoryRow {
    tenant_id: String,
    account_id: String,
    name: String,
    value: String,
    expires_at: Option<i64>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = r)]
struct RequestRow {
    tenant_id: String,
    id: String,
    account_id: String,
    idempotency_key: String,
    method: String,
    host: String,
    path: String,
    at: i64,
}

/// A request that changes something at a provider and is about to leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginRequest {
    /// Under which account.
    pub account_id: PaymentAccountId,
    /// Its attempt's key.
    pub idempotency_key: String,
    /// HTTP method.
    pub method: String,
    /// Host, with a port where it is not 443.
    pub host: String,
    /// Path without its query.
    pub path: String,
    /// When.
    pub at: UtcTime,
}

/// What became of a value to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is there now.
    Yes,
    /// Another was there and was to be left.
    Present,
    /// The account has as many as it may.
    Full,
}

/// What becomes of a value that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// It gives way.
    Replace,
    /// It stays.
    Leave,
}

/// A value to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Its name, at most 128 bytes.
    pub name: String,
    /// At most 16 KiB.
    pub value: Vec<u8>,
    /// From when on it is as if it had never been there.
    pub expires_at: Option<UtcTime>,
}

fn key(tx: &TenantTx<'_>, account: PaymentAccountId, name: &str) -> (String, String, String) {
    (
        tx.tenant().to_string(),
        account.to_string(),
        name.to_owned(),
    )
}

/// What is kept under a name and has not expired.
///
/// # Errors
/// When the database fails.
pub fn get(
    tx: &mut TenantTx<'_>,
    account: PaymentAccountId,
    name: &str,
) -> StoreResult<Option<Vec<u8>>> {
    let row: Option<MemoryRow> = m::table
        .find(key(tx, account, name))
        .select(MemoryRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    let now = tx.now().micros();
    let Some(row) = row.filter(|row| row.expires_at.is_none_or(|end| end > now)) else {
        return Ok(None);
    };
    BASE64
        .decode(row.value.as_bytes())
        .map(Some)
        .map_err(|_| Row::of("plugin_memory", &row.name).corrupt("value"))
}

/// Keeps a value. One account's writes follow each other, so that the count is never passed.
///
/// # Errors
/// [`StoreError::OutOfReach`] when there is no such account; when the database fails.
pub fn put(
    tx: &mut TenantTx<'_>,
    account: PaymentAccountId,
    memory: &Memory,
    before: Before,
    most: i64,
) -> StoreResult<Kept> {
    lock(tx, account)?;
    let now = tx.now().micros();
    let (tenant, account_text) = (tx.tenant().to_string(), account.to_string());
    let mine = || {
        m::table
            .filter(m::tenant_id.eq(tenant.clone()))
            .filter(m::account_id.eq(account_text.clone()))
    };
    diesel::delete(mine().filter(m::expires_at.le(now))).execute(tx.conn)?;
    let names: Vec<String> = mine().select(m::name).load(tx.conn)?;
    let there = names.contains(&memory.name);
    if there && before == Before::Leave {
        return Ok(Kept::Present);
    }
    if !there && i64::try_from(names.len()).unwrap_or(i64::MAX) >= most {
        return Ok(Kept::Full);
    }
    let row = MemoryRow {
        tenant_id: tenant.clone(),
        account_id: account_text.clone(),
        name: memory.name.clone(),
        value: BASE64.encode(&memory.value),
        expires_at: memory.expires_at.map(UtcTime::micros),
    };
    if there {
        diesel::update(m::table.find(key(tx, account, &memory.name)))
            .set((m::value.eq(row.value), m::expires_at.eq(row.expires_at)))
            .execute(tx.conn)?;
    } else {
        diesel::insert_into(m::table)
            .values(&row)
            .execute(tx.conn)?;
    }
    Ok(Kept::Yes)
}

/// Locks the account's row until the transaction ends, by writing what is there.
fn lock(tx: &mut TenantTx<'_>, account: PaymentAccountId) -> StoreResult<()> {
    let locked = diesel::update(a::table.find((tx.tenant().to_string(), account.to_string())))
        .set(a::version.eq(a::version + 0))
        .execute(tx.conn)?;
    if locked == 1 {
        Ok(())
    } else {
        Err(StoreError::OutOfReach)
    }
}

/// Forgets a value.
///
/// # Errors
/// When the database fails.
pub fn delete(tx: &mut TenantTx<'_>, account: PaymentAccountId, name: &str) -> StoreResult<()> {
    diesel::delete(m::table.find(key(tx, account, name))).execute(tx.conn)?;
    Ok(())
}

/// Notes a request that is about to leave.
///
/// # Errors
/// When the database fails; then the request must not leave.
pub fn note_request(tx: &mut TenantTx<'_>, request: &PluginRequest) -> StoreResult<()> {
    let cut = |text: &str, most: usize| text.chars().take(most).collect::<String>();
    let row = RequestRow {
        tenant_id: tx.tenant().to_string(),
        id: tx.new_id::<PluginRequestId>()?.to_string(),
        account_id: request.account_id.to_string(),
        idempotency_key: cut(&request.idempotency_key, 60),
        method: cut(&request.method, 10),
        host: cut(&request.host, 260),
        path: cut(&request.path, 300),
        at: request.at.micros(),
    };
    diesel::insert_into(r::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// The requests that were about to leave under a key, the first one first.
///
/// # Errors
/// When the database fails.
pub fn list_requests(
    tx: &mut TenantTx<'_>,
    account: PaymentAccountId,
    idempotency_key: &str,
) -> StoreResult<Vec<PluginRequest>> {
    let rows: Vec<RequestRow> = r::table
        .filter(r::tenant_id.eq(tx.tenant().to_string()))
        .filter(r::account_id.eq(account.to_string()))
        .filter(r::idempotency_key.eq(idempotency_key.to_owned()))
        .order(r::id)
        .limit(200)
        .select(RequestRow::as_select())
        .load(tx.conn)?;
    rows.into_iter()
        .map(|row| {
            let read = Row::of("plugin_requests", &row.id);
            Ok(PluginRequest {
                account_id: read.text("account_id", &row.account_id)?,
                at: read.time("at", row.at)?,
                idempotency_key: row.idempotency_key,
                method: row.method,
                host: row.host,
                path: row.path,
            })
        })
        .collect()
}

/// Forgets requests of before an instant, and answers how many.
///
/// # Errors
/// When the database fails.
pub fn forget_requests(tx: &mut TenantTx<'_>, before: UtcTime) -> StoreResult<usize> {
    let forgotten = diesel::delete(
        r::table
            .filter(r::tenant_id.eq(tx.tenant().to_string()))
            .filter(r::at.lt(before.micros())),
    )
    .execute(tx.conn)?;
    Ok(forgotten)
}
