//! A tenant's settings and credentials with payment plugins.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::page::{Page, PageRequest};
use crate::schema::{payment_accounts as c, plugin_offers as o, plugins as p};
use crate::scope::cut;
use crate::tx::TenantTx;
use alvara_domain::charge::record::{PaymentAccount, PaymentAccountState};
use alvara_domain::id::PaymentAccountId;
use alvara_domain::payment::report::Description;
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(primary_key(tenant_id, id))]
#[diesel(table_name = c, treat_none_as_default_value = false, treat_none_as_null = true)]
struct AccountRow {
    tenant_id: String,
    id: String,
    name: String,
    plugin: String,
    plugin_version: String,
    environment: String,
    config: String,
    secrets_sealed: Option<String>,
    secret_names: String,
    state: String,
    late_policy: String,
    created_at: i64,
    updated_at: i64,
    version: i64,
    first_title: Option<i64>,
}

impl TryFrom<AccountRow> for PaymentAccount {
    type Error = StoreError;

    fn try_from(row: AccountRow) -> StoreResult<Self> {
        let r = Row::of("payment_accounts", &row.id);
        Ok(Self {
            id: r.text("id", &row.id)?,
            environment: r.text("environment", &row.environment)?,
            config: r.json("config", &row.config)?,
            secret_names: r.json("secret_names", &row.secret_names)?,
            state: r.text("state", &row.state)?,
            late_policy: r.text("late_policy", &row.late_policy)?,
            created_at: r.time("created_at", row.created_at)?,
            updated_at: r.time("updated_at", row.updated_at)?,
            name: row.name,
            plugin: row.plugin,
            plugin_version: row.plugin_version,
            secrets_sealed: row.secrets_sealed,
            version: row.version,
            first_title: row.first_title,
        })
    }
}

impl AccountRow {
    fn of(tx: &TenantTx<'_>, one: &PaymentAccount) -> StoreResult<Self> {
        Ok(Self {
            tenant_id: tx.tenant().to_string(),
            id: one.id.to_string(),
            name: cut(&one.name, 100),
            plugin: cut(&one.plugin, 32),
            plugin_version: cut(&one.plugin_version, 40),
            environment: one.environment.to_string(),
            config: serde_json::to_string(&one.config)?,
            secrets_sealed: one.secrets_sealed.clone(),
            secret_names: serde_json::to_string(&one.secret_names)?,
            state: one.state.to_string(),
            late_policy: one.late_policy.to_string(),
            created_at: one.created_at.micros(),
            updated_at: one.updated_at.micros(),
            version: one.version,
            first_title: one.first_title,
        })
    }
}

/// Adds an account.
///
/// # Errors
/// [`StoreError::OutOfReach`] for a part of the tenant; [`StoreError::Taken`] for its name.
pub fn insert(tx: &mut TenantTx<'_>, account: &PaymentAccount) -> StoreResult<()> {
    tx.require_whole_tenant()?;
    let row = AccountRow::of(tx, account)?;
    diesel::insert_into(c::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// Finds an account of the tenant, from whichever place of it: who pays needs it too.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, id: PaymentAccountId) -> StoreResult<Option<PaymentAccount>> {
    let row: Option<AccountRow> = c::table
        .find((tx.tenant().to_string(), id.to_string()))
        .select(AccountRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(PaymentAccount::try_from).transpose()
}

/// The oldest active account whose plugin has a method and is offered to the tenant.
///
/// # Errors
/// When the database fails.
pub fn find_for_method(
    tx: &mut TenantTx<'_>,
    method: &str,
) -> StoreResult<Option<PaymentAccountId>> {
    let rows: Vec<(String, String)> = c::table
        .inner_join(
            p::table.on(p::name
                .eq(c::plugin)
                .and(p::plugin_version.eq(c::plugin_version))),
        )
        .inner_join(o::table.on(o::tenant_id.eq(c::tenant_id).and(o::name.eq(c::plugin))))
        .filter(c::tenant_id.eq(tx.tenant().to_string()))
        .filter(c::state.eq(PaymentAccountState::Active.as_str()))
        .order(c::id)
        .limit(200)
        .select((c::id, p::description))
        .load(tx.conn)?;
    for (id, description) in rows {
        let r = Row::of("plugins", &id);
        let described: Description = r.json("description", &description)?;
        if described.methods.iter().any(|known| known == method) {
            return r.text("id", &id).map(Some);
        }
    }
    Ok(None)
}

/// Lists the tenant's accounts in the order they were made.
///
/// # Errors
/// When the database fails.
pub fn list(tx: &mut TenantTx<'_>, request: &PageRequest) -> StoreResult<Page<PaymentAccount>> {
    let rows: Vec<AccountRow> = c::table
        .filter(c::tenant_id.eq(tx.tenant().to_string()))
        .filter(c::id.gt(request.after::<String>()?.unwrap_or_default()))
        .order(c::id)
        .limit(request.fetch())
        .select(AccountRow::as_select())
        .load(tx.conn)?;
    Page::of(
        request,
        rows,
        |row| row.id.clone(),
        PaymentAccount::try_from,
    )
}

/// Writes an account as it was changed since it was read.
///
/// # Errors
/// [`StoreError::Stale`], [`StoreError::Taken`] for its name, [`StoreError::OutOfReach`].
pub fn update(tx: &mut TenantTx<'_>, account: &PaymentAccount) -> StoreResult<()> {
    tx.require_whole_tenant()?;
    let mut row = AccountRow::of(tx, account)?;
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
