//! Premises of customers.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::page::{Page, PageRequest};
use crate::schema::sites as t;
use crate::tx::TenantTx;
use alvara_domain::customer::Site;
use alvara_domain::id::{NodeId, SiteId};
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = t, treat_none_as_default_value = false)]
struct SiteRow {
    tenant_id: String,
    id: String,
    node_id: String,
    name: String,
    address: String,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl From<&Site> for SiteRow {
    fn from(site: &Site) -> Self {
        Self {
            tenant_id: site.tenant_id.to_string(),
            id: site.id.to_string(),
            node_id: site.node_id.to_string(),
            name: site.name.clone(),
            address: site.address.clone(),
            created_at: site.created_at.micros(),
            updated_at: site.updated_at.micros(),
            version: site.version,
        }
    }
}

impl TryFrom<SiteRow> for Site {
    type Error = StoreError;

    fn try_from(row: SiteRow) -> StoreResult<Self> {
        let r = Row::of("sites", &row.id);
        Ok(Self {
            tenant_id: r.text("tenant_id", &row.tenant_id)?,
            id: r.text("id", &row.id)?,
            node_id: r.text("node_id", &row.node_id)?,
            created_at: r.time("created_at", row.created_at)?,
            updated_at: r.time("updated_at", row.updated_at)?,
            version: row.version,
            name: row.name,
            address: row.address,
        })
    }
}

/// Adds a site.
///
/// # Errors
/// [`StoreError::OutOfReach`] when the customer is not in the scope; [`StoreError::Taken`] when the customer has
/// one of that name.
pub fn insert(tx: &mut TenantTx<'_>, site: &Site) -> StoreResult<()> {
    if site.tenant_id != tx.tenant() {
        return Err(StoreError::OutOfReach);
    }
    crate::members::require_place(tx, site.node_id)?;
    diesel::insert_into(t::table)
        .values(&SiteRow::from(site))
        .execute(tx.conn)?;
    Ok(())
}

/// Finds a site of a customer of the scope.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, node: NodeId, id: SiteId) -> StoreResult<Option<Site>> {
    if crate::nodes::find(tx, node)?.is_none() {
        return Ok(None);
    }
    let row: Option<SiteRow> = t::table
        .filter(t::tenant_id.eq(tx.tenant().to_string()))
        .filter(t::id.eq(id.to_string()))
        .filter(t::node_id.eq(node.to_string()))
        .select(SiteRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Site::try_from).transpose()
}

/// Writes everything that can change. `site.version` must be the one that was read.
///
/// # Errors
/// [`StoreError::Stale`] when it is not; [`StoreError::Taken`] when the customer has
/// one of that name.
pub fn update(tx: &mut TenantTx<'_>, site: &Site) -> StoreResult<()> {
    if crate::nodes::find(tx, site.node_id)?.is_none() {
        return Err(StoreError::Stale);
    }
    let row = SiteRow::from(site);
    let updated = diesel::update(t::table.find((&row.tenant_id, &row.id)))
        .filter(t::version.eq(site.version))
        .set((
            t::name.eq(&row.name),
            t::address.eq(&row.address),
            t::updated_at.eq(tx.now().micros()),
            t::version.eq(t::version + 1),
        ))
        .execute(tx.conn)?;
    if updated == 1 {
        Ok(())
    } else {
        Err(StoreError::Stale)
    }
}

/// Removes a site of a customer of the scope. `false` when there is none.
///
/// # Errors
/// When the database fails.
pub fn delete(tx: &mut TenantTx<'_>, node: NodeId, id: SiteId) -> StoreResult<bool> {
    if crate::nodes::find(tx, node)?.is_none() {
        return Ok(false);
    }
    let deleted = diesel::delete(t::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(t::node_id.eq(node.to_string()))
        .execute(tx.conn)?;
    Ok(deleted == 1)
}

/// Lists those of a customer in the order they were added; `None` when the customer is not in the
/// scope.
///
/// # Errors
/// When the database fails.
pub fn list(
    tx: &mut TenantTx<'_>,
    node: NodeId,
    request: &PageRequest,
) -> StoreResult<Option<Page<Site>>> {
    if crate::customers::find(tx, node)?.is_none() {
        return Ok(None);
    }
    let mut query = t::table
        .filter(t::tenant_id.eq(tx.tenant().to_string()))
        .filter(t::node_id.eq(node.to_string()))
        .select(SiteRow::as_select())
        .into_boxed();
    if let Some(after) = request.after::<String>()? {
        query = query.filter(t::id.gt(after));
    }
    let rows = query.order(t::id).limit(request.fetch()).load(tx.conn)?;
    Page::of(request, rows, |row| row.id.clone(), Site::try_from).map(Some)
}
