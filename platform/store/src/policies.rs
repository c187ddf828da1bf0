//! The terms that licenses are born with.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::page::{Page, PageRequest};
use crate::schema::policies as p;
use crate::tx::TenantTx;
use alvara_domain::id::{PolicyId, ProductId};
use alvara_domain::product::Policy;
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = p)]
struct PolicyRow {
    tenant_id: String,
    id: String,
    product_id: String,
    code: String,
    name: String,
    terms: String,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl TryFrom<PolicyRow> for Policy {
    type Error = StoreError;

    fn try_from(row: PolicyRow) -> StoreResult<Self> {
        let r = Row::of("policies", &row.id);
        Ok(Self {
            tenant_id: r.text("tenant_id", &row.tenant_id)?,
            id: r.text("id", &row.id)?,
            product_id: r.text("product_id", &row.product_id)?,
            terms: r.json("terms", &row.terms)?,
            created_at: r.time("created_at", row.created_at)?,
            updated_at: r.time("updated_at", row.updated_at)?,
            version: row.version,
            code: row.code,
            name: row.name,
        })
    }
}

/// Adds a policy for a product that the tenant owns or was offered.
///
/// # Errors
/// [`StoreError::Taken`] when the code is; [`StoreError::Referenced`] when the tenant does not sell the
/// product; [`StoreError::OutOfReach`] for a part of the tenant.
pub fn insert(tx: &mut TenantTx<'_>, policy: &Policy) -> StoreResult<()> {
    tx.require_whole_tenant()?;
    let row = PolicyRow {
        tenant_id: tx.tenant().to_string(),
        id: policy.id.to_string(),
        product_id: policy.product_id.to_string(),
        code: policy.code.clone(),
        name: policy.name.clone(),
        terms: serde_json::to_string(&policy.terms)?,
        created_at: policy.created_at.micros(),
        updated_at: policy.updated_at.micros(),
        version: policy.version,
    };
    diesel::insert_into(p::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// Finds a policy of the tenant.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, id: PolicyId) -> StoreResult<Option<Policy>> {
    let row: Option<PolicyRow> = p::table
        .find((tx.tenant().to_string(), id.to_string()))
        .select(PolicyRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Policy::try_from).transpose()
}

/// Lists the tenant's policies, those of one product if one is named.
///
/// # Errors
/// When the database fails.
pub fn list(
    tx: &mut TenantTx<'_>,
    product: Option<ProductId>,
    request: &PageRequest,
) -> StoreResult<Page<Policy>> {
    let mut query = p::table
        .filter(p::tenant_id.eq(tx.tenant().to_string()))
        .select(PolicyRow::as_select())
        .into_boxed();
    if let Some(product) = product {
        query = query.filter(p::product_id.eq(product.to_string()));
    }
    if let Some(after) = request.after::<String>()? {
        query = query.filter(p::id.gt(after));
    }
    let rows = query.order(p::id).limit(request.fetch()).load(tx.conn)?;
    Page::of(request, rows, |row| row.id.clone(), Policy::try_from)
}

/// Writes name and terms. `policy.version` must be the one that was read. Licenses that are issued
/// keep their terms.
///
/// # Errors
/// [`StoreError::Stale`] when it is not; [`StoreError::OutOfReach`] for a part of the tenant.
pub fn update(tx: &mut TenantTx<'_>, policy: &Policy) -> StoreResult<()> {
    tx.require_whole_tenant()?;
    let updated = diesel::update(p::table.find((tx.tenant().to_string(), policy.id.to_string())))
        .filter(p::version.eq(policy.version))
        .set((
            p::name.eq(&policy.name),
            p::terms.eq(serde_json::to_string(&policy.terms)?),
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
