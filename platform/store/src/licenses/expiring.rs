//! What expires when: by the index over the ends, so that it costs as much as is looked at, however
//! many licenses there are.
use super::row::LicenseRow;
use crate::error::StoreResult;
use crate::place;
use crate::schema::licenses as l;
use crate::tx::{PlatformTx, TenantTx};
use alvara_domain::license::{License, LicenseState};
use alvara_domain::time::UtcTime;
use diesel::prelude::*;

/// From when up to, not including, when something expires; without a beginning since ever.
pub type Span = (Option<UtcTime>, UtcTime);

/// The active licenses of the scope that expire within a span, but for deleted ones, the one that
/// expires first at the head, at most `most`.
///
/// # Errors
/// When the database fails.
pub fn list_expiring(
    tx: &mut TenantTx<'_>,
    (from, until): Span,
    most: i64,
) -> StoreResult<Vec<License>> {
    let mut query = l::table
        .filter(l::tenant_id.eq(tx.tenant().to_string()))
        .filter(l::expires_at.lt(until.micros()))
        .filter(l::deleted_at.is_null())
        .filter(l::state.eq(LicenseState::Active.as_str()))
        .select(LicenseRow::as_select())
        .into_boxed();
    if !tx.scope().is_whole_tenant() {
        query = query.filter(l::node_id.eq_any(place::seen(tx.scope())));
    }
    if let Some(from) = from {
        query = query.filter(l::expires_at.ge(from.micros()));
    }
    let rows: Vec<LicenseRow> = query
        .order((l::expires_at, l::id))
        .limit(most)
        .load(tx.conn)?;
    rows.into_iter().map(License::try_from).collect()
}

/// How many active licenses of the scope expire within a span, but for deleted ones; counts up to
/// `most`.
///
/// # Errors
/// When the database fails.
pub fn count_expiring(tx: &mut TenantTx<'_>, (from, until): Span, most: i64) -> StoreResult<i64> {
    let mut query = l::table
        .filter(l::tenant_id.eq(tx.tenant().to_string()))
        .filter(l::expires_at.lt(until.micros()))
        .filter(l::deleted_at.is_null())
        .filter(l::state.eq(LicenseState::Active.as_str()))
        .select(l::expires_at)
        .into_boxed();
    if !tx.scope().is_whole_tenant() {
        query = query.filter(l::node_id.eq_any(place::seen(tx.scope())));
    }
    if let Some(from) = from {
        query = query.filter(l::expires_at.ge(from.micros()));
    }
    let found: Vec<Option<i64>> = query.limit(most).load(tx.conn)?;
    Ok(i64::try_from(found.len()).unwrap_or(most))
}

/// How many licenses the installation has, deleted ones too.
///
/// # Errors
/// When the database fails.
pub fn count_all(tx: &mut PlatformTx<'_>) -> StoreResult<i64> {
    Ok(l::table.count().get_result(tx.conn)?)
}
