//! Credentials of a tenant's own programs. The secret itself is never here, only its SHA-256.
use crate::column::Row;
use crate::error::StoreResult;
use crate::page::{Page, PageRequest};
use crate::place;
use crate::schema::{api_keys as k, nodes as n};
use crate::tx::{PlatformTx, TenantTx};
use alvara_domain::id::{ApiKeyId, NodeId, TenantId};
use alvara_domain::node::NodePath;
use alvara_domain::time::UtcTime;
use diesel::prelude::*;

/// A program's credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// The tenant.
    pub tenant_id: TenantId,
    /// Its id.
    pub id: ApiKeyId,
    /// The place that it sees, with what is below it.
    pub node_id: NodeId,
    /// That place's path, as it is now; not written by [`insert`].
    pub node_path: NodePath,
    /// What somebody called it.
    pub name: String,
    /// A built-in role's name or a profile's id.
    pub role: String,
    /// The permissions of the role that it has; empty for all of them.
    pub permissions: Vec<String>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: UtcTime,
    /// When it ends by itself.
    pub expires_at: Option<UtcTime>,
    /// When it was ended.
    pub revoked_at: Option<UtcTime>,
    /// When it was used last, to the minute or so.
    pub last_used_at: Option<UtcTime>,
}

impl ApiKey {
    /// Whether it is good at an instant.
    #[must_use]
    pub fn is_live(&self, now: UtcTime) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = k, treat_none_as_default_value = false)]
struct KeyRow {
    tenant_id: String,
    id: String,
    node_id: String,
    name: String,
    role: String,
    permissions: String,
    secret_hash: String,
    created_by: String,
    created_at: i64,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
    last_used_at: Option<i64>,
}

fn read((row, path): (KeyRow, String)) -> StoreResult<ApiKey> {
    let r = Row::of("api_keys", &row.id);
    Ok(ApiKey {
        tenant_id: r.text("tenant_id", &row.tenant_id)?,
        id: r.text("id", &row.id)?,
        node_id: r.text("node_id", &row.node_id)?,
        node_path: Row::of("nodes", &row.node_id).text("path", &path)?,
        permissions: r.json("permissions", &row.permissions)?,
        created_at: r.time("created_at", row.created_at)?,
        expires_at: r.time_opt("expires_at", row.expires_at)?,
        revoked_at: r.time_opt("revoked_at", row.revoked_at)?,
        last_used_at: r.time_opt("last_used_at", row.last_used_at)?,
        name: row.name,
        role: row.role,
        created_by: row.created_by,
    })
}

/// Adds a credential; `secret_hash` is the SHA-256 of its secret in hex.
///
/// # Errors
/// [`crate::StoreError::OutOfReach`] when the place is not in the scope.
pub fn insert(tx: &mut TenantTx<'_>, key: &ApiKey, secret_hash: &str) -> StoreResult<()> {
    crate::members::require_place(tx, key.node_id)?;
    let row = KeyRow {
        tenant_id: tx.tenant().to_string(),
        id: key.id.to_string(),
        node_id: key.node_id.to_string(),
        name: key.name.clone(),
        role: key.role.clone(),
        permissions: serde_json::to_string(&key.permissions)?,
        secret_hash: secret_hash.to_owned(),
        created_by: key.created_by.clone(),
        created_at: key.created_at.micros(),
        expires_at: key.expires_at.map(UtcTime::micros),
        revoked_at: None,
        last_used_at: None,
    };
    diesel::insert_into(k::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// Finds the credential that a secret belongs to, of any tenant, ended or not.
///
/// # Errors
/// When the database fails.
pub fn find_by_secret(tx: &mut PlatformTx<'_>, secret_hash: &str) -> StoreResult<Option<ApiKey>> {
    let row: Option<(KeyRow, String)> = k::table
        .inner_join(n::table.on(n::tenant_id.eq(k::tenant_id).and(n::id.eq(k::node_id))))
        .filter(k::secret_hash.eq(secret_hash))
        .select((KeyRow::as_select(), n::path))
        .get_result(tx.conn)
        .optional()?;
    row.map(read).transpose()
}

/// Finds a credential of a place of the scope.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, id: ApiKeyId) -> StoreResult<Option<ApiKey>> {
    let (low, high) = place::range(tx.scope());
    let row: Option<(KeyRow, String)> = k::table
        .inner_join(n::table.on(n::tenant_id.eq(k::tenant_id).and(n::id.eq(k::node_id))))
        .filter(k::tenant_id.eq(tx.tenant().to_string()))
        .filter(k::id.eq(id.to_string()))
        .filter(n::path.ge(low))
        .filter(n::path.lt(high))
        .select((KeyRow::as_select(), n::path))
        .get_result(tx.conn)
        .optional()?;
    row.map(read).transpose()
}

/// Lists credentials in the order they were made.
///
/// # Errors
/// When the database fails.
pub fn list(tx: &mut TenantTx<'_>, request: &PageRequest) -> StoreResult<Page<ApiKey>> {
    let (low, high) = place::range(tx.scope());
    let rows: Vec<(KeyRow, String)> = k::table
        .inner_join(n::table.on(n::tenant_id.eq(k::tenant_id).and(n::id.eq(k::node_id))))
        .filter(k::tenant_id.eq(tx.tenant().to_string()))
        .filter(k::id.gt(request.after::<String>()?.unwrap_or_default()))
        .filter(n::path.ge(low))
        .filter(n::path.lt(high))
        .order(k::id)
        .limit(request.fetch())
        .select((KeyRow::as_select(), n::path))
        .load(tx.conn)?;
    Page::of(request, rows, |row| row.0.id.clone(), read)
}

/// Ends a credential. `false` when it is not in the scope or was ended before.
///
/// # Errors
/// When the database fails.
pub fn revoke(tx: &mut TenantTx<'_>, id: ApiKeyId) -> StoreResult<bool> {
    if find(tx, id)?.is_none() {
        return Ok(false);
    }
    let updated = diesel::update(k::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(k::revoked_at.is_null())
        .set(k::revoked_at.eq(tx.now().micros()))
        .execute(tx.conn)?;
    Ok(updated == 1)
}

/// Notes that a credential is in use. Call it about once a minute and not with every request.
///
/// # Errors
/// When the database fails.
pub fn touch(tx: &mut TenantTx<'_>, id: ApiKeyId) -> StoreResult<()> {
    diesel::update(k::table.find((tx.tenant().to_string(), id.to_string())))
        .set(k::last_used_at.eq(tx.now().micros()))
        .execute(tx.conn)?;
    Ok(())
}
