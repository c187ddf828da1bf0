//! Single-use keys that renew a license.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::page::{Page, PageRequest};
use crate::place;
use crate::schema::renewal_keys as k;
use crate::tx::TenantTx;
use alvara_domain::id::{LicenseId, RenewalKeyId};
use alvara_domain::license::{IssuedRenewalKey, RenewalKeyState};
use alvara_domain::time::UtcTime;
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = k, treat_none_as_default_value = false)]
struct KeyRow {
    tenant_id: String,
    id: String,
    product_id: String,
    plan_id: Option<String>,
    node_id: String,
    key_lookup: String,
    key_sealed: String,
    key_hint: String,
    period: String,
    state: String,
    used_by_license_id: Option<String>,
    used_at: Option<i64>,
    created_by: String,
    created_at: i64,
}

impl TryFrom<KeyRow> for IssuedRenewalKey {
    type Error = StoreError;

    fn try_from(row: KeyRow) -> StoreResult<Self> {
        let r = Row::of("renewal_keys", &row.id);
        Ok(Self {
            tenant_id: r.text("tenant_id", &row.tenant_id)?,
            id: r.text("id", &row.id)?,
            product_id: r.text("product_id", &row.product_id)?,
            plan_id: r.text_opt("plan_id", row.plan_id.as_deref())?,
            node_id: r.text("node_id", &row.node_id)?,
            period: r.text("period", &row.period)?,
            state: r.text("state", &row.state)?,
            used_by_license_id: r
                .text_opt("used_by_license_id", row.used_by_license_id.as_deref())?,
            used_at: r.time_opt("used_at", row.used_at)?,
            created_at: r.time("created_at", row.created_at)?,
            key_lookup: row.key_lookup,
            key_sealed: row.key_sealed,
            key_hint: row.key_hint,
            created_by: row.created_by,
        })
    }
}

/// Adds a renewal key.
///
/// # Errors
/// [`StoreError::OutOfReach`] when its place is not in the scope; [`StoreError::Referenced`] when the
/// tenant does not sell the product.
pub fn insert(tx: &mut TenantTx<'_>, key: &IssuedRenewalKey) -> StoreResult<()> {
    crate::members::require_place(tx, key.node_id)?;
    let row = KeyRow {
        tenant_id: tx.tenant().to_string(),
        id: key.id.to_string(),
        product_id: key.product_id.to_string(),
        plan_id: key.plan_id.map(|id| id.to_string()),
        node_id: key.node_id.to_string(),
        key_lookup: key.key_lookup.clone(),
        key_sealed: key.key_sealed.clone(),
        key_hint: key.key_hint.clone(),
        period: key.period.to_string(),
        state: key.state.to_string(),
        used_by_license_id: key.used_by_license_id.map(|id| id.to_string()),
        used_at: key.used_at.map(UtcTime::micros),
        created_by: key.created_by.clone(),
        created_at: key.created_at.micros(),
    };
    diesel::insert_into(k::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// Finds a key by its keyed hash in the whole tenant: whoever has the key may use it, and the
/// customer who does sits elsewhere in the tree than who sold it.
///
/// # Errors
/// When the database fails.
pub fn find_by_lookup(
    tx: &mut TenantTx<'_>,
    key_lookup: &str,
) -> StoreResult<Option<IssuedRenewalKey>> {
    let row: Option<KeyRow> = k::table
        .filter(k::tenant_id.eq(tx.tenant().to_string()))
        .filter(k::key_lookup.eq(key_lookup))
        .select(KeyRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(IssuedRenewalKey::try_from).transpose()
}

/// Uses a key up for a license. Of any number of calls exactly one gets `true`.
///
/// # Errors
/// When the database fails.
pub fn consume(tx: &mut TenantTx<'_>, id: RenewalKeyId, license: LicenseId) -> StoreResult<bool> {
    let used = diesel::update(k::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(k::state.eq(RenewalKeyState::Unused.as_str()))
        .set((
            k::state.eq(RenewalKeyState::Used.as_str()),
            k::used_by_license_id.eq(license.to_string()),
            k::used_at.eq(tx.now().micros()),
        ))
        .execute(tx.conn)?;
    Ok(used == 1)
}

/// Finds a key of a place of the scope.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, id: RenewalKeyId) -> StoreResult<Option<IssuedRenewalKey>> {
    let row: Option<KeyRow> = k::table
        .filter(k::tenant_id.eq(tx.tenant().to_string()))
        .filter(k::id.eq(id.to_string()))
        .select(KeyRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    let key = IssuedRenewalKey::try_from(row)?;
    Ok(crate::nodes::find(tx, key.node_id)?
        .is_some()
        .then_some(key))
}

/// Withdraws a key that was not used. `false` when it was, or is not in the scope.
///
/// # Errors
/// When the database fails.
pub fn revoke(tx: &mut TenantTx<'_>, id: RenewalKeyId) -> StoreResult<bool> {
    if find(tx, id)?.is_none() {
        return Ok(false);
    }
    let revoked = diesel::update(k::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(k::state.eq(RenewalKeyState::Unused.as_str()))
        .set(k::state.eq(RenewalKeyState::Revoked.as_str()))
        .execute(tx.conn)?;
    Ok(revoked == 1)
}

/// Lists keys of the scope in the order they were made.
///
/// # Errors
/// When the database fails.
pub fn list(
    tx: &mut TenantTx<'_>,
    state: Option<RenewalKeyState>,
    request: &PageRequest,
) -> StoreResult<Page<IssuedRenewalKey>> {
    let mut query = k::table
        .filter(k::tenant_id.eq(tx.tenant().to_string()))
        .select(KeyRow::as_select())
        .into_boxed();
    if !tx.scope().is_whole_tenant() {
        query = query.filter(k::node_id.eq_any(place::seen(tx.scope())));
    }
    if let Some(state) = state {
        query = query.filter(k::state.eq(state.as_str()));
    }
    if let Some(after) = request.after::<String>()? {
        query = query.filter(k::id.gt(after));
    }
    let rows = query.order(k::id).limit(request.fetch()).load(tx.conn)?;
    Page::of(
        request,
        rows,
        |row| row.id.clone(),
        IssuedRenewalKey::try_from,
    )
}
