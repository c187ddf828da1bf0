//! Host names that lead to a tenant.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::schema::{hosts as h, tenants as t};
use crate::tenants::TenantRow;
use crate::tx::{PlatformTx, TenantTx};
use alvara_domain::id::TenantId;
use alvara_domain::node::Tenant;
use alvara_domain::time::UtcTime;
use diesel::prelude::*;

/// A host name of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Lower case, without port or final dot.
    pub host: String,
    /// Whose it is.
    pub tenant: TenantId,
    /// Since when.
    pub created_at: UtcTime,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = h)]
struct HostRow {
    host: String,
    tenant_id: String,
    created_at: i64,
}

impl TryFrom<HostRow> for Host {
    type Error = StoreError;

    fn try_from(row: HostRow) -> StoreResult<Self> {
        let r = Row::of("hosts", &row.host);
        Ok(Self {
            tenant: r.text("tenant_id", &row.tenant_id)?,
            created_at: r.time("created_at", row.created_at)?,
            host: row.host,
        })
    }
}

/// Gives the scope's tenant a host name, in lower case and without port or final dot.
///
/// # Errors
/// [`StoreError::Taken`] when it leads somewhere already; [`StoreError::OutOfReach`] for a part of the tenant.
pub fn insert(tx: &mut TenantTx<'_>, host: &str) -> StoreResult<()> {
    tx.require_whole_tenant()?;
    let row = HostRow {
        host: host.to_owned(),
        tenant_id: tx.tenant().to_string(),
        created_at: tx.now().micros(),
    };
    diesel::insert_into(h::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// Takes a host name away. `false` when it was not the tenant's.
///
/// # Errors
/// [`StoreError::OutOfReach`] for a part of the tenant.
pub fn remove(tx: &mut TenantTx<'_>, host: &str) -> StoreResult<bool> {
    tx.require_whole_tenant()?;
    let tenant = tx.tenant().to_string();
    Ok(diesel::delete(h::table.find(host).filter(h::tenant_id.eq(tenant))).execute(tx.conn)? == 1)
}

/// The tenant's host names.
///
/// # Errors
/// When the database fails.
pub fn list(tx: &mut TenantTx<'_>) -> StoreResult<Vec<Host>> {
    let rows: Vec<HostRow> = h::table
        .filter(h::tenant_id.eq(tx.tenant().to_string()))
        .order(h::host)
        .select(HostRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(Host::try_from).collect()
}

/// The tenant that a host name leads to.
///
/// # Errors
/// When the database fails.
pub fn find_tenant(tx: &mut PlatformTx<'_>, host: &str) -> StoreResult<Option<Tenant>> {
    let row: Option<TenantRow> = h::table
        .inner_join(t::table.on(t::id.eq(h::tenant_id)))
        .filter(h::host.eq(host))
        .select(TenantRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Tenant::try_from).transpose()
}
