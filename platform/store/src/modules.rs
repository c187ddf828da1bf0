//! Capabilities of products that are sold one by one.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::offers;
use crate::page::{Page, PageRequest};
use crate::schema::{modules as m, offers as o};
use crate::tx::TenantTx;
use alvara_domain::id::{ModuleId, ProductId};
use alvara_domain::product::Module;
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = m)]
struct ModuleRow {
    tenant_id: String,
    product_id: String,
    id: String,
    code: String,
    name: String,
    position: i64,
    price_minor: i64,
    currency: String,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl TryFrom<ModuleRow> for Module {
    type Error = StoreError;

    fn try_from(row: ModuleRow) -> StoreResult<Self> {
        let r = Row::of("modules", &row.id);
        Ok(Self {
            tenant_id: r.text("tenant_id", &row.tenant_id)?,
            product_id: r.text("product_id", &row.product_id)?,
            id: r.text("id", &row.id)?,
            position: row.position,
            price: r.money("currency", row.price_minor, &row.currency)?,
            created_at: r.time("created_at", row.created_at)?,
            updated_at: r.time("updated_at", row.updated_at)?,
            version: row.version,
            code: row.code,
            name: row.name,
        })
    }
}

/// Adds a module to an own product.
///
/// # Errors
/// [`StoreError::Taken`] when code or position is; [`StoreError::Referenced`] when the product is not
/// the tenant's own; [`StoreError::OutOfReach`] for a part of the tenant.
pub fn insert(tx: &mut TenantTx<'_>, module: &Module) -> StoreResult<()> {
    tx.require_whole_tenant()?;
    let row = ModuleRow {
        tenant_id: tx.tenant().to_string(),
        product_id: module.product_id.to_string(),
        id: module.id.to_string(),
        code: module.code.clone(),
        name: module.name.clone(),
        position: module.position,
        price_minor: module.price.amount_minor,
        currency: module.price.currency.to_string(),
        created_at: module.created_at.micros(),
        updated_at: module.updated_at.micros(),
        version: module.version,
    };
    diesel::insert_into(m::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// Finds an own module.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, id: ModuleId) -> StoreResult<Option<Module>> {
    let row: Option<ModuleRow> = m::table
        .find((tx.tenant().to_string(), id.to_string()))
        .select(ModuleRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Module::try_from).transpose()
}

/// All modules of an owned or offered product by position.
///
/// # Errors
/// When the database fails.
pub fn list(tx: &mut TenantTx<'_>, product: ProductId) -> StoreResult<Vec<Module>> {
    let rows: Vec<ModuleRow> = m::table
        .filter(m::tenant_id.eq_any(offers::owners(tx.tenant().to_string(), product.to_string())))
        .filter(m::product_id.eq(product.to_string()))
        .order(m::position)
        .select(ModuleRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(Module::try_from).collect()
}

/// Finds a module of any product that the tenant sells.
///
/// # Errors
/// When the database fails.
pub fn find_sold(tx: &mut TenantTx<'_>, id: ModuleId) -> StoreResult<Option<Module>> {
    let row: Option<ModuleRow> = m::table
        .inner_join(
            o::table.on(o::owner_tenant_id
                .eq(m::tenant_id)
                .and(o::product_id.eq(m::product_id))),
        )
        .filter(o::tenant_id.eq(tx.tenant().to_string()))
        .filter(m::id.eq(id.to_string()))
        .select(ModuleRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Module::try_from).transpose()
}

/// Lists the modules of all products that the tenant sells, in the order they were made.
///
/// # Errors
/// When the database fails.
pub fn list_sold(tx: &mut TenantTx<'_>, request: &PageRequest) -> StoreResult<Page<Module>> {
    let rows: Vec<ModuleRow> = m::table
        .inner_join(
            o::table.on(o::owner_tenant_id
                .eq(m::tenant_id)
                .and(o::product_id.eq(m::product_id))),
        )
        .filter(o::tenant_id.eq(tx.tenant().to_string()))
        .filter(m::id.gt(request.after::<String>()?.unwrap_or_default()))
        .order(m::id)
        .limit(request.fetch())
        .select(ModuleRow::as_select())
        .load(tx.conn)?;
    Page::of(request, rows, |row| row.id.clone(), Module::try_from)
}

/// Writes name and price of an own module. `module.version` must be the one that was read.
///
/// # Errors
/// [`StoreError::Stale`] when it is not or the module is another's; [`StoreError::OutOfReach`] for a
/// part of the tenant.
pub fn update(tx: &mut TenantTx<'_>, module: &Module) -> StoreResult<()> {
    tx.require_whole_tenant()?;
    let updated = diesel::update(m::table.find((tx.tenant().to_string(), module.id.to_string())))
        .filter(m::version.eq(module.version))
        .set((
            m::name.eq(&module.name),
            m::price_minor.eq(module.price.amount_minor),
            m::currency.eq(module.price.currency.to_string()),
            m::updated_at.eq(tx.now().micros()),
            m::version.eq(m::version + 1),
        ))
        .execute(tx.conn)?;
    if updated == 1 {
        Ok(())
    } else {
        Err(StoreError::Stale)
    }
}
