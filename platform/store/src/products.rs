//! What is sold.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::offers;
use crate::page::{Page, PageRequest};
use crate::schema::{offers as o, products as p};
use crate::tx::TenantTx;
use alvara_domain::id::ProductId;
use alvara_domain::money::{Currency, Money};
use alvara_domain::product::{Offer, OfferState, Product, ProductState};
use diesel::prelude::*;
use std::collections::HashMap;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = p)]
pub(crate) struct ProductRow {
    tenant_id: String,
    id: String,
    code: String,
    name: String,
    key_prefix: String,
    algorithm: String,
    key_bits: i64,
    state: String,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl From<&Product> for ProductRow {
    fn from(product: &Product) -> Self {
        Self {
            tenant_id: product.tenant_id.to_string(),
            id: product.id.to_string(),
            code: product.code.clone(),
            name: product.name.clone(),
            key_prefix: product.key_prefix.as_str().to_owned(),
            algorithm: product.algorithm.to_string(),
            key_bits: product.key_bits,
            state: product.state.to_string(),
            created_at: product.created_at.micros(),
            updated_at: product.updated_at.micros(),
            version: product.version,
        }
    }
}

impl TryFrom<ProductRow> for Product {
    type Error = StoreError;

    fn try_from(row: ProductRow) -> StoreResult<Self> {
        let r = Row::of("products", &row.id);
        Ok(Self {
            tenant_id: r.text("tenant_id", &row.tenant_id)?,
            id: r.text("id", &row.id)?,
            key_prefix: r.text("key_prefix", &row.key_prefix)?,
            algorithm: r.text("algorithm", &row.algorithm)?,
            key_bits: row.key_bits,
            state: r.text("state", &row.state)?,
            created_at: r.time("created_at", row.created_at)?,
            updated_at: r.time("updated_at", row.updated_at)?,
            version: row.version,
            code: row.code,
            name: row.name,
        })
    }
}

/// Adds a product of the tenant's own, and the offer through which the tenant itself sells it.
///
/// # Errors
/// [`StoreError::Taken`] when the code is; [`StoreError::OutOfReach`] for a part of the tenant.
pub fn insert(tx: &mut TenantTx<'_>, product: &Product, currency: Currency) -> StoreResult<()> {
    tx.require_whole_tenant()?;
    let tenant = tx.tenant();
    diesel::insert_into(p::table)
        .values(&ProductRow {
            tenant_id: tenant.to_string(),
            ..ProductRow::from(product)
        })
        .execute(tx.conn)?;
    let own = Offer {
        tenant_id: tenant,
        product_id: product.id,
        owner_tenant_id: tenant,
        state: OfferState::Active,
        wholesale: Money::new(0, currency),
        license_limit: None,
        licenses_issued: 0,
        created_at: product.created_at,
        updated_at: product.updated_at,
        version: product.version,
    };
    offers::add(tx.conn, &own)
}

/// Finds a product that the tenant owns or was offered.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, id: ProductId) -> StoreResult<Option<Product>> {
    let row: Option<ProductRow> = p::table
        .inner_join(
            o::table.on(o::owner_tenant_id
                .eq(p::tenant_id)
                .and(o::product_id.eq(p::id))),
        )
        .filter(o::tenant_id.eq(tx.tenant().to_string()))
        .filter(o::product_id.eq(id.to_string()))
        .select(ProductRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Product::try_from).transpose()
}

/// What some products that the tenant owns or was offered are called: as many as a page speaks of.
///
/// # Errors
/// When the database fails.
pub fn names(
    tx: &mut TenantTx<'_>,
    products: &[ProductId],
) -> StoreResult<HashMap<ProductId, String>> {
    if products.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<String> = products.iter().map(ProductId::to_string).collect();
    let rows: Vec<(String, String)> = p::table
        .inner_join(
            o::table.on(o::owner_tenant_id
                .eq(p::tenant_id)
                .and(o::product_id.eq(p::id))),
        )
        .filter(o::tenant_id.eq(tx.tenant().to_string()))
        .filter(o::product_id.eq_any(ids))
        .select((p::id, p::name))
        .load(tx.conn)?;
    rows.into_iter()
        .map(|(id, name)| Ok((Row::of("products", &id).text("id", &id)?, name)))
        .collect()
}

/// Finds a product that the tenant owns or was offered by its code. Should both be there, its own wins.
///
/// # Errors
/// When the database fails.
pub fn find_by_code(tx: &mut TenantTx<'_>, code: &str) -> StoreResult<Option<Product>> {
    let tenant = tx.tenant().to_string();
    let rows: Vec<ProductRow> = p::table
        .inner_join(
            o::table.on(o::owner_tenant_id
                .eq(p::tenant_id)
                .and(o::product_id.eq(p::id))),
        )
        .filter(o::tenant_id.eq(&tenant))
        .filter(p::code.eq(code))
        .order(p::id)
        .select(ProductRow::as_select())
        .load(tx.conn)?;
    let own = rows
        .iter()
        .position(|row| row.tenant_id == tenant)
        .unwrap_or(0);
    rows.into_iter().nth(own).map(Product::try_from).transpose()
}

/// Lists the products that the tenant owns or was offered.
///
/// # Errors
/// When the database fails.
pub fn list(tx: &mut TenantTx<'_>, request: &PageRequest) -> StoreResult<Page<Product>> {
    let rows: Vec<ProductRow> = p::table
        .inner_join(
            o::table.on(o::owner_tenant_id
                .eq(p::tenant_id)
                .and(o::product_id.eq(p::id))),
        )
        .filter(o::tenant_id.eq(tx.tenant().to_string()))
        .filter(p::id.gt(request.after::<String>()?.unwrap_or_default()))
        .order(p::id)
        .limit(request.fetch())
        .select(ProductRow::as_select())
        .load(tx.conn)?;
    Page::of(request, rows, |row| row.id.clone(), Product::try_from)
}

/// Writes name, key prefix, algorithm and key size of an own product. `product.version` must be
/// the one that was read.
///
/// # Errors
/// [`StoreError::Stale`] when it is not or the product is another's; [`StoreError::OutOfReach`] for a
/// part of the tenant.
pub fn update(tx: &mut TenantTx<'_>, product: &Product) -> StoreResult<()> {
    tx.require_whole_tenant()?;
    let updated = diesel::update(p::table.find((tx.tenant().to_string(), product.id.to_string())))
        .filter(p::version.eq(product.version))
        .set((
            p::name.eq(&product.name),
            p::key_prefix.eq(product.key_prefix.as_str()),
            p::algorithm.eq(product.algorithm.as_str()),
            p::key_bits.eq(product.key_bits),
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

/// Retires an own product or puts it back on sale. `false` when it is in no state for it or not the tenant's own.
///
/// # Errors
/// [`StoreError::OutOfReach`] for a part of the tenant.
pub fn change_state(tx: &mut TenantTx<'_>, id: ProductId, to: ProductState) -> StoreResult<bool> {
    tx.require_whole_tenant()?;
    let from: Vec<&str> = ProductState::ALL
        .iter()
        .filter(|from| from.can_become(to))
        .map(|from| from.as_str())
        .collect();
    let updated = diesel::update(p::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(p::state.eq_any(from))
        .set((
            p::state.eq(to.as_str()),
            p::updated_at.eq(tx.now().micros()),
            p::version.eq(p::version + 1),
        ))
        .execute(tx.conn)?;
    Ok(updated == 1)
}
