//! Roles that a tenant makes for itself.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::schema::{api_keys as k, members as m, profiles as p};
use crate::tx::TenantTx;
use alvara_domain::id::{ProfileId, TenantId};
use alvara_domain::time::UtcTime;
use diesel::prelude::*;
use serde_json::Value;

/// A role of a tenant's own.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// The tenant.
    pub tenant_id: TenantId,
    /// Its id, which is the name of the role.
    pub id: ProfileId,
    /// What people call it; unique in the tenant.
    pub name: String,
    /// What it may; the form is that of whoever decides.
    pub rules: Value,
    /// When it was made.
    pub created_at: UtcTime,
    /// When it changed last.
    pub updated_at: UtcTime,
    /// Rises with every change; the ETag.
    pub version: i64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = p)]
struct ProfileRow {
    tenant_id: String,
    id: String,
    name: String,
    rules: String,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl TryFrom<ProfileRow> for Profile {
    type Error = StoreError;

    fn try_from(row: ProfileRow) -> StoreResult<Self> {
        let r = Row::of("profiles", &row.id);
        Ok(Self {
            tenant_id: r.text("tenant_id", &row.tenant_id)?,
            id: r.text("id", &row.id)?,
            rules: r.json("rules", &row.rules)?,
            created_at: r.time("created_at", row.created_at)?,
            updated_at: r.time("updated_at", row.updated_at)?,
            version: row.version,
            name: row.name,
        })
    }
}

/// Adds a profile.
///
/// # Errors
/// [`StoreError::Taken`] when the name is; [`StoreError::OutOfReach`] for a part of the tenant.
pub fn insert(tx: &mut TenantTx<'_>, profile: &Profile) -> StoreResult<()> {
    tx.require_whole_tenant()?;
    let row = ProfileRow {
        tenant_id: tx.tenant().to_string(),
        id: profile.id.to_string(),
        name: profile.name.clone(),
        rules: profile.rules.to_string(),
        created_at: profile.created_at.micros(),
        updated_at: profile.updated_at.micros(),
        version: profile.version,
    };
    diesel::insert_into(p::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// Finds a profile of the tenant.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, id: ProfileId) -> StoreResult<Option<Profile>> {
    let row: Option<ProfileRow> = p::table
        .find((tx.tenant().to_string(), id.to_string()))
        .select(ProfileRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Profile::try_from).transpose()
}

/// All profiles of the tenant, by name.
///
/// # Errors
/// When the database fails.
pub fn list(tx: &mut TenantTx<'_>) -> StoreResult<Vec<Profile>> {
    let rows: Vec<ProfileRow> = p::table
        .filter(p::tenant_id.eq(tx.tenant().to_string()))
        .order(p::name)
        .select(ProfileRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(Profile::try_from).collect()
}

/// Removes a profile that nobody has. `false` when there is none.
///
/// # Errors
/// [`StoreError::Referenced`] while a member, or an API key that was not revoked, has it;
/// [`StoreError::OutOfReach`] for a part of the tenant.
pub fn remove(tx: &mut TenantTx<'_>, id: ProfileId) -> StoreResult<bool> {
    tx.require_whole_tenant()?;
    let (tenant, role) = (tx.tenant().to_string(), id.to_string());
    let members: i64 = m::table
        .filter(m::tenant_id.eq(&tenant))
        .filter(m::role.eq(&role))
        .count()
        .get_result(tx.conn)?;
    let keys: i64 = k::table
        .filter(k::tenant_id.eq(&tenant))
        .filter(k::role.eq(&role))
        .filter(k::revoked_at.is_null())
        .count()
        .get_result(tx.conn)?;
    if members + keys > 0 {
        return Err(StoreError::Referenced);
    }
    let removed = diesel::delete(p::table.find((tenant, role))).execute(tx.conn)?;
    Ok(removed == 1)
}

/// What changes when any profile of the tenant does: how many there are and the sum of their
/// versions. Cheap, for caches to ask before they trust themselves.
///
/// # Errors
/// When the database fails.
pub fn stamp(tx: &mut TenantTx<'_>) -> StoreResult<(i64, i64)> {
    use crate::dialect::SumBig;
    Ok(p::table
        .filter(p::tenant_id.eq(tx.tenant().to_string()))
        .select((diesel::dsl::count_star(), SumBig(p::version)))
        .get_result(tx.conn)?)
}

/// Writes name and rules. `profile.version` must be the one that was read.
///
/// # Errors
/// [`StoreError::Stale`] when it is not; [`StoreError::OutOfReach`] for a part of the tenant.
pub fn update(tx: &mut TenantTx<'_>, profile: &Profile) -> StoreResult<()> {
    tx.require_whole_tenant()?;
    let updated = diesel::update(p::table.find((tx.tenant().to_string(), profile.id.to_string())))
        .filter(p::version.eq(profile.version))
        .set((
            p::name.eq(&profile.name),
            p::rules.eq(profile.rules.to_string()),
            p::updated_at.eq(tx.now().micros()),
            p::version.eq(p::version + 1),
        ))
        .execute(tx.conn)?;
    if updated == 1 {
        Ok(())
    } else {
        Err(StoreError::Stale)
    }
}
