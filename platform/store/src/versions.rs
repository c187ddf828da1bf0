//! Versions of products.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::offers;
use crate::schema::product_versions as v;
use crate::tx::TenantTx;
use alvara_domain::id::ProductId;
use alvara_domain::product::ProductVersion;
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = v)]
struct VersionRow {
    tenant_id: String,
    product_id: String,
    id: String,
    major: i64,
    minor: i64,
    name: String,
    released_at: i64,
    created_at: i64,
}

impl TryFrom<VersionRow> for ProductVersion {
    type Error = StoreError;

    fn try_from(row: VersionRow) -> StoreResult<Self> {
        let r = Row::of("product_versions", &row.id);
        Ok(Self {
            tenant_id: r.text("tenant_id", &row.tenant_id)?,
            product_id: r.text("product_id", &row.product_id)?,
            id: r.text("id", &row.id)?,
            major: row.major,
            minor: row.minor,
            released_at: r.time("released_at", row.released_at)?,
            created_at: r.time("created_at", row.created_at)?,
            name: row.name,
        })
    }
}

/// Adds a version to an own product.
///
/// # Errors
/// [`StoreError::Taken`] when the number is; [`StoreError::Referenced`] when the product is not the
/// tenant's own; [`StoreError::OutOfReach`] for a part of the tenant.
pub fn insert(tx: &mut TenantTx<'_>, version: &ProductVersion) -> StoreResult<()> {
    tx.require_whole_tenant()?;
    let row = VersionRow {
        tenant_id: tx.tenant().to_string(),
        product_id: version.product_id.to_string(),
        id: version.id.to_string(),
        major: version.major,
        minor: version.minor,
        name: version.name.clone(),
        released_at: version.released_at.micros(),
        created_at: version.created_at.micros(),
    };
    diesel::insert_into(v::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// Finds a version of an owned or offered product by its number.
///
/// # Errors
/// When the database fails.
pub fn find_by_number(
    tx: &mut TenantTx<'_>,
    product: ProductId,
    major: i64,
    minor: i64,
) -> StoreResult<Option<ProductVersion>> {
    let row: Option<VersionRow> = v::table
        .filter(v::tenant_id.eq_any(offers::owners(tx.tenant().to_string(), product.to_string())))
        .filter(v::product_id.eq(product.to_string()))
        .filter(v::major.eq(major))
        .filter(v::minor.eq(minor))
        .select(VersionRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(ProductVersion::try_from).transpose()
}

/// All versions of an owned or offered product, the oldest first.
///
/// # Errors
/// When the database fails.
pub fn list(tx: &mut TenantTx<'_>, product: ProductId) -> StoreResult<Vec<ProductVersion>> {
    let rows: Vec<VersionRow> = v::table
        .filter(v::tenant_id.eq_any(offers::owners(tx.tenant().to_string(), product.to_string())))
        .filter(v::product_id.eq(product.to_string()))
        .order((v::major, v::minor))
        .select(VersionRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(ProductVersion::try_from).collect()
}
