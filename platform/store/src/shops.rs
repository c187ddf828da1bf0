//! Shops elsewhere that are listened to, and what their goods are here.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::page::{Page, PageRequest};
use crate::schema::{shop_accounts as c, shop_skus as k};
use crate::scope::cut;
use crate::tx::TenantTx;
use alvara_domain::ecommerce::{ShopAccount, ShopSku};
use alvara_domain::id::{PlanId, ShopAccountId};
use alvara_domain::money::Money;
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(primary_key(tenant_id, id))]
#[diesel(table_name = c, treat_none_as_default_value = false, treat_none_as_null = true)]
struct AccountRow {
    tenant_id: String,
    id: String,
    name: String,
    kind: String,
    node_id: String,
    state: String,
    webhook_id: String,
    certificate_host: String,
    secret_sealed: Option<String>,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl TryFrom<AccountRow> for ShopAccount {
    type Error = StoreError;

    fn try_from(row: AccountRow) -> StoreResult<Self> {
        let r = Row::of("shop_accounts", &row.id);
        Ok(Self {
            id: r.text("id", &row.id)?,
            kind: r.text("kind", &row.kind)?,
            node_id: r.text("node_id", &row.node_id)?,
            state: r.text("state", &row.state)?,
            created_at: r.time("created_at", row.created_at)?,
            updated_at: r.time("updated_at", row.updated_at)?,
            name: row.name,
            webhook_id: row.webhook_id,
            certificate_host: row.certificate_host,
            secret_sealed: row.secret_sealed,
            version: row.version,
        })
    }
}

impl AccountRow {
    fn of(tx: &TenantTx<'_>, one: &ShopAccount) -> Self {
        Self {
            tenant_id: tx.tenant().to_string(),
            id: one.id.to_string(),
            name: cut(&one.name, 100),
            kind: one.kind.to_string(),
            node_id: one.node_id.to_string(),
            state: one.state.to_string(),
            webhook_id: cut(&one.webhook_id, 100),
            certificate_host: cut(&one.certificate_host, 100),
            secret_sealed: one.secret_sealed.clone(),
            created_at: one.created_at.micros(),
            updated_at: one.updated_at.micros(),
            version: one.version,
        }
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = k, treat_none_as_default_value = false)]
struct SkuRow {
    tenant_id: String,
    account_id: String,
    sku: String,
    plan_id: String,
    least_minor: Option<i64>,
    currency: Option<String>,
    created_at: i64,
    updated_at: i64,
}

impl TryFrom<SkuRow> for ShopSku {
    type Error = StoreError;

    fn try_from(row: SkuRow) -> StoreResult<Self> {
        let r = Row::of("shop_skus", &row.account_id);
        let least = match (row.least_minor, row.currency.as_deref()) {
            (Some(minor), Some(currency)) => Some(r.money("currency", minor, currency)?),
            _ => None,
        };
        Ok(Self {
            account_id: r.text("account_id", &row.account_id)?,
            plan_id: r.text("plan_id", &row.plan_id)?,
            least,
            created_at: r.time("created_at", row.created_at)?,
            updated_at: r.time("updated_at", row.updated_at)?,
            sku: row.sku,
        })
    }
}

/// Adds a shop.
///
/// # Errors
/// [`StoreError::OutOfReach`] for a part of the tenant; [`StoreError::Taken`] for its name.
pub fn insert(tx: &mut TenantTx<'_>, account: &ShopAccount) -> StoreResult<()> {
    tx.require_whole_tenant()?;
    let row = AccountRow::of(tx, account);
    diesel::insert_into(c::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// Finds a shop of the tenant.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, id: ShopAccountId) -> StoreResult<Option<ShopAccount>> {
    let row: Option<AccountRow> = c::table
        .find((tx.tenant().to_string(), id.to_string()))
        .select(AccountRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(ShopAccount::try_from).transpose()
}

/// Keeps everybody else from applying what this shop told until the commit.
///
/// # Errors
/// When the database fails.
pub fn hold(tx: &mut TenantTx<'_>, id: ShopAccountId) -> StoreResult<()> {
    diesel::update(c::table.find((tx.tenant().to_string(), id.to_string())))
        .set(c::state.eq(c::state))
        .execute(tx.conn)?;
    Ok(())
}

/// Lists the tenant's shops in the order they were made.
///
/// # Errors
/// When the database fails.
pub fn list(tx: &mut TenantTx<'_>, request: &PageRequest) -> StoreResult<Page<ShopAccount>> {
    let rows: Vec<AccountRow> = c::table
        .filter(c::tenant_id.eq(tx.tenant().to_string()))
        .filter(c::id.gt(request.after::<String>()?.unwrap_or_default()))
        .order(c::id)
        .limit(request.fetch())
        .select(AccountRow::as_select())
        .load(tx.conn)?;
    Page::of(request, rows, |row| row.id.clone(), ShopAccount::try_from)
}

/// Writes a shop as it was changed since it was read.
///
/// # Errors
/// [`StoreError::Stale`], [`StoreError::Taken`] for its name, [`StoreError::OutOfReach`].
pub fn update(tx: &mut TenantTx<'_>, account: &ShopAccount) -> StoreResult<()> {
    tx.require_whole_tenant()?;
    let mut row = AccountRow::of(tx, account);
    row.version += 1;
    row.updated_at = tx.now().micros();
    let key = (row.tenant_id.clone(), row.id.clone());
    let written = diesel::update(c::table.find(key))
        .filter(c::version.eq(account.version))
        .set(&row)
        .execute(tx.conn)?;
    if written == 1 {
        Ok(())
    } else {
        Err(StoreError::Stale)
    }
}

/// Says what a good of a shop is here and the least that one of it costs there, or that it is
/// something else from now on.
///
/// # Errors
/// [`StoreError::OutOfReach`] for a part of the tenant; [`StoreError::Referenced`] when there is no
/// such shop or plan.
pub fn put_sku(
    tx: &mut TenantTx<'_>,
    account: ShopAccountId,
    sku: &str,
    (plan, least): (PlanId, Option<Money>),
) -> StoreResult<()> {
    tx.require_whole_tenant()?;
    let now = tx.now().micros();
    let tenant = tx.tenant().to_string();
    let key = (tenant.clone(), account.to_string(), sku.to_owned());
    let least_minor = least.map(|least| least.amount_minor);
    let currency = least.map(|least| least.currency.to_string());
    let known = diesel::update(k::table.find(key))
        .set((
            k::plan_id.eq(plan.to_string()),
            k::least_minor.eq(least_minor),
            k::currency.eq(&currency),
            k::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    if known == 1 {
        return Ok(());
    }
    let row = SkuRow {
        tenant_id: tenant,
        account_id: account.to_string(),
        sku: sku.to_owned(),
        plan_id: plan.to_string(),
        least_minor,
        currency,
        created_at: now,
        updated_at: now,
    };
    diesel::insert_into(k::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// Forgets what a good of a shop is here. `false` when that was not known.
///
/// # Errors
/// [`StoreError::OutOfReach`] for a part of the tenant.
pub fn remove_sku(tx: &mut TenantTx<'_>, account: ShopAccountId, sku: &str) -> StoreResult<bool> {
    tx.require_whole_tenant()?;
    let key = (tx.tenant().to_string(), account.to_string(), sku.to_owned());
    Ok(diesel::delete(k::table.find(key)).execute(tx.conn)? == 1)
}

/// What a good of a shop is here.
///
/// # Errors
/// When the database fails.
pub fn find_sku(
    tx: &mut TenantTx<'_>,
    account: ShopAccountId,
    sku: &str,
) -> StoreResult<Option<ShopSku>> {
    let key = (tx.tenant().to_string(), account.to_string(), sku.to_owned());
    let row: Option<SkuRow> = k::table
        .find(key)
        .select(SkuRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(ShopSku::try_from).transpose()
}

/// Lists the goods of a shop by their names.
///
/// # Errors
/// When the database fails.
pub fn list_skus(
    tx: &mut TenantTx<'_>,
    account: ShopAccountId,
    request: &PageRequest,
) -> StoreResult<Page<ShopSku>> {
    let rows: Vec<SkuRow> = k::table
        .filter(k::tenant_id.eq(tx.tenant().to_string()))
        .filter(k::account_id.eq(account.to_string()))
        .filter(k::sku.gt(request.after::<String>()?.unwrap_or_default()))
        .order(k::sku)
        .limit(request.fetch())
        .select(SkuRow::as_select())
        .load(tx.conn)?;
    Page::of(request, rows, |row| row.sku.clone(), ShopSku::try_from)
}
