//! Accounts. Their rows are of the whole installation, so most of this needs a [`PlatformTx`].
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::page::{Page, PageRequest};
use crate::schema::tenants as t;
use crate::tx::{PlatformTx, TenantTx};
use alvara_domain::id::TenantId;
use alvara_domain::node::{Tenant, TenantKind, TenantState};
use alvara_domain::tax_id::{TaxId, TaxIdKind};
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = t, treat_none_as_default_value = false)]
pub(crate) struct TenantRow {
    id: String,
    slug: String,
    name: String,
    kind: String,
    state: String,
    root_node_id: String,
    locale: String,
    currency: String,
    time_zone: String,
    default_product_id: Option<String>,
    tax_id_kind: Option<String>,
    tax_id: Option<String>,
    postal_address: Option<String>,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl TryFrom<&Tenant> for TenantRow {
    type Error = StoreError;

    fn try_from(tenant: &Tenant) -> StoreResult<Self> {
        let tax_id = tenant.tax_id.as_ref();
        Ok(Self {
            id: tenant.id.to_string(),
            slug: tenant.slug.clone(),
            name: tenant.name.clone(),
            kind: tenant.kind.to_string(),
            state: tenant.state.to_string(),
            root_node_id: tenant.root_node_id.to_string(),
            locale: tenant.locale.clone(),
            currency: tenant.currency.to_string(),
            time_zone: tenant.time_zone.to_string(),
            default_product_id: tenant.default_product_id.map(|id| id.to_string()),
            tax_id_kind: tax_id.map(|id| id.kind().to_string()),
            tax_id: tax_id.map(|id| id.as_str().to_owned()),
            postal_address: written(tenant)?,
            created_at: tenant.created_at.micros(),
            updated_at: tenant.updated_at.micros(),
            version: tenant.version,
        })
    }
}

/// The address as it is kept, as JSON.
fn written(tenant: &Tenant) -> StoreResult<Option<String>> {
    let address = tenant.postal_address.as_ref();
    Ok(address.map(serde_json::to_string).transpose()?)
}

impl TryFrom<TenantRow> for Tenant {
    type Error = StoreError;

    fn try_from(row: TenantRow) -> StoreResult<Self> {
        let r = Row::of("tenants", &row.id);
        let tax_id = match (&row.tax_id_kind, &row.tax_id) {
            (Some(kind), Some(number)) => {
                let kind: TaxIdKind = r.text("tax_id_kind", kind)?;
                Some(TaxId::parse(kind, number).map_err(|_| r.corrupt("tax_id"))?)
            }
            _ => None,
        };
        Ok(Self {
            id: r.text("id", &row.id)?,
            kind: r.text("kind", &row.kind)?,
            state: r.text("state", &row.state)?,
            root_node_id: r.text("root_node_id", &row.root_node_id)?,
            currency: r.text("currency", &row.currency)?,
            time_zone: r.text("time_zone", &row.time_zone)?,
            default_product_id: r
                .text_opt("default_product_id", row.default_product_id.as_deref())?,
            tax_id,
            postal_address: row
                .postal_address
                .as_deref()
                .map(|text| r.json("postal_address", text))
                .transpose()?,
            created_at: r.time("created_at", row.created_at)?,
            updated_at: r.time("updated_at", row.updated_at)?,
            version: row.version,
            slug: row.slug,
            name: row.name,
            locale: row.locale,
        })
    }
}

/// Adds a tenant. Its root node is inserted afterwards, within [`PlatformTx::enter`].
///
/// # Errors
/// [`StoreError::Taken`] when the slug is in use.
pub fn insert(tx: &mut PlatformTx<'_>, tenant: &Tenant) -> StoreResult<()> {
    diesel::insert_into(t::table)
        .values(&TenantRow::try_from(tenant)?)
        .execute(tx.conn)?;
    Ok(())
}

/// Finds any tenant.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut PlatformTx<'_>, id: TenantId) -> StoreResult<Option<Tenant>> {
    let row: Option<TenantRow> = t::table
        .find(id.to_string())
        .select(TenantRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Tenant::try_from).transpose()
}

/// Finds a tenant by its slug.
///
/// # Errors
/// When the database fails.
pub fn find_by_slug(tx: &mut PlatformTx<'_>, slug: &str) -> StoreResult<Option<Tenant>> {
    let row: Option<TenantRow> = t::table
        .filter(t::slug.eq(slug))
        .select(TenantRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Tenant::try_from).transpose()
}

/// Finds the operator's own tenant; `None` before the first set-up.
///
/// # Errors
/// When the database fails.
pub fn find_operator(tx: &mut PlatformTx<'_>) -> StoreResult<Option<Tenant>> {
    let row: Option<TenantRow> = t::table
        .filter(t::kind.eq(TenantKind::Operator.as_str()))
        .order(t::id)
        .select(TenantRow::as_select())
        .first(tx.conn)
        .optional()?;
    row.map(Tenant::try_from).transpose()
}

/// How many tenants there are, the operator's own among them.
///
/// # Errors
/// When the database fails.
pub fn count(tx: &mut PlatformTx<'_>) -> StoreResult<i64> {
    Ok(t::table.count().get_result(tx.conn)?)
}

/// Lists all tenants in the order they were made.
///
/// # Errors
/// When the database fails.
pub fn list(
    tx: &mut PlatformTx<'_>,
    state: Option<TenantState>,
    request: &PageRequest,
) -> StoreResult<Page<Tenant>> {
    let mut query = t::table.select(TenantRow::as_select()).into_boxed();
    if let Some(state) = state {
        query = query.filter(t::state.eq(state.as_str()));
    }
    if let Some(after) = request.after::<String>()? {
        query = query.filter(t::id.gt(after));
    }
    let rows = query.order(t::id).limit(request.fetch()).load(tx.conn)?;
    Page::of(request, rows, |row| row.id.clone(), Tenant::try_from)
}

/// Reads the scope's own tenant.
///
/// # Errors
/// [`StoreError::Missing`] when the scope outlived it.
pub fn load_own(tx: &mut TenantTx<'_>) -> StoreResult<Tenant> {
    let id = tx.tenant().to_string();
    let row: Option<TenantRow> = t::table
        .find(&id)
        .select(TenantRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.ok_or(StoreError::Missing {
        table: "tenants",
        id,
    })?
    .try_into()
}

/// Writes what a tenant may change of itself: name, locale, currency, time zone, default product,
/// tax number and address.
/// `tenant.version` must be the one that was read.
///
/// # Errors
/// [`StoreError::Stale`] when it is not; [`StoreError::OutOfReach`] for a part of the tenant.
pub fn update_own(tx: &mut TenantTx<'_>, tenant: &Tenant) -> StoreResult<()> {
    tx.require_whole_tenant()?;
    let tax_id = tenant.tax_id.as_ref();
    let updated = diesel::update(t::table.find(tx.tenant().to_string()))
        .filter(t::version.eq(tenant.version))
        .set((
            t::name.eq(&tenant.name),
            t::locale.eq(&tenant.locale),
            t::currency.eq(tenant.currency.to_string()),
            t::time_zone.eq(tenant.time_zone.to_string()),
            t::default_product_id.eq(tenant.default_product_id.map(|id| id.to_string())),
            t::tax_id_kind.eq(tax_id.map(|id| id.kind().to_string())),
            t::tax_id.eq(tax_id.map(|id| id.as_str().to_owned())),
            t::postal_address.eq(written(tenant)?),
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

/// Suspends or reinstates a tenant. `false` when it is not in a state that may become so.
///
/// # Errors
/// When the database fails.
pub fn change_state(tx: &mut PlatformTx<'_>, id: TenantId, to: TenantState) -> StoreResult<bool> {
    let from: Vec<&str> = TenantState::ALL
        .iter()
        .filter(|from| from.can_become(to))
        .map(|from| from.as_str())
        .collect();
    let updated = diesel::update(t::table.find(id.to_string()))
        .filter(t::state.eq_any(from))
        .set((
            t::state.eq(to.as_str()),
            t::updated_at.eq(tx.now().micros()),
            t::version.eq(t::version + 1),
        ))
        .execute(tx.conn)?;
    Ok(updated == 1)
}
