//! Counters of licenses.
use crate::column::Row;
use crate::error::StoreResult;
use crate::schema::meters as m;
use crate::tx::{TenantTx, inserted};
use alvara_domain::id::LicenseId;
use alvara_domain::time::UtcTime;
use diesel::prelude::*;

/// Where a counter stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeterCount {
    /// Its name.
    pub name: String,
    /// What was counted since [`MeterCount::window_start`].
    pub used: i64,
    /// Since when it counts.
    pub window_start: UtcTime,
}

type CountRow = (String, i64, i64);

fn read((name, used, start): CountRow) -> StoreResult<MeterCount> {
    let window_start = Row::of("meters", &name).time("window_start", start)?;
    Ok(MeterCount {
        name,
        used,
        window_start,
    })
}

/// The counters of a license that ever counted, by name. None outside the scope.
///
/// # Errors
/// When the database fails.
pub fn list(tx: &mut TenantTx<'_>, license: LicenseId) -> StoreResult<Vec<MeterCount>> {
    if crate::licenses::find(tx, license)?.is_none() {
        return Ok(Vec::new());
    }
    let rows: Vec<CountRow> = m::table
        .filter(m::tenant_id.eq(tx.tenant().to_string()))
        .filter(m::license_id.eq(license.to_string()))
        .order(m::name)
        .select((m::name, m::used, m::window_start))
        .load(tx.conn)?;
    rows.into_iter().map(read).collect()
}

/// One counter of a license; `None` when it never counted. The license must be one that
/// [`crate::licenses::find_view`] gave.
///
/// # Errors
/// When the database fails.
pub fn find(
    tx: &mut TenantTx<'_>,
    license: LicenseId,
    name: &str,
) -> StoreResult<Option<MeterCount>> {
    let row: Option<CountRow> = m::table
        .find((
            tx.tenant().to_string(),
            license.to_string(),
            name.to_owned(),
        ))
        .select((m::name, m::used, m::window_start))
        .get_result(tx.conn)
        .optional()?;
    row.map(read).transpose()
}

/// Raises a counter by `by`, never beyond `limit`, in the window that begins at `window`. Each step
/// is one conditional statement: count in the window that runs, or begin the next one, or begin the
/// first; so of many at once exactly as many are counted as fit, also while the window changes.
/// `false` when they do not fit; then nothing was counted.
///
/// # Errors
/// When the database fails.
pub fn increment(
    tx: &mut TenantTx<'_>,
    (license, name): (LicenseId, &str),
    (by, limit): (i64, i64),
    window: UtcTime,
) -> StoreResult<bool> {
    if by > limit {
        return Ok(false);
    }
    // Twice: another may begin the window between this one's first two steps.
    for _ in 0..2 {
        if count_on(tx, license, name, (by, limit), window)?
            || roll_over(tx, license, name, by, window)?
            || begin(tx, license, name, by, window)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A caller whose clock is a little behind counts in the window that others began already.
fn count_on(
    tx: &mut TenantTx<'_>,
    license: LicenseId,
    name: &str,
    (by, limit): (i64, i64),
    window: UtcTime,
) -> StoreResult<bool> {
    let key = (
        tx.tenant().to_string(),
        license.to_string(),
        name.to_owned(),
    );
    let counted = diesel::update(m::table.find(key))
        .filter(m::window_start.ge(window.micros()))
        .filter(m::used.le(limit - by))
        .set((
            m::used.eq(m::used + by),
            m::updated_at.eq(tx.now().micros()),
        ))
        .execute(tx.conn)?;
    Ok(counted == 1)
}

fn roll_over(
    tx: &mut TenantTx<'_>,
    license: LicenseId,
    name: &str,
    by: i64,
    window: UtcTime,
) -> StoreResult<bool> {
    let key = (
        tx.tenant().to_string(),
        license.to_string(),
        name.to_owned(),
    );
    let rolled = diesel::update(m::table.find(key))
        .filter(m::window_start.lt(window.micros()))
        .set((
            m::used.eq(by),
            m::window_start.eq(window.micros()),
            m::updated_at.eq(tx.now().micros()),
        ))
        .execute(tx.conn)?;
    Ok(rolled == 1)
}

fn begin(
    tx: &mut TenantTx<'_>,
    license: LicenseId,
    name: &str,
    by: i64,
    window: UtcTime,
) -> StoreResult<bool> {
    if find(tx, license, name)?.is_some() {
        return Ok(false);
    }
    let (tenant, now) = (tx.tenant().to_string(), tx.now());
    inserted(tx.conn, |conn| {
        diesel::insert_into(m::table)
            .values((
                m::tenant_id.eq(tenant),
                m::license_id.eq(license.to_string()),
                m::name.eq(name),
                m::used.eq(by),
                m::window_start.eq(window.micros()),
                m::updated_at.eq(now.micros()),
            ))
            .execute(conn)?;
        Ok(())
    })
}

/// Sets a counter back to zero. `false` when it never counted or its license is not in the scope.
///
/// # Errors
/// When the database fails.
pub fn reset(tx: &mut TenantTx<'_>, license: LicenseId, name: &str) -> StoreResult<bool> {
    if crate::licenses::find(tx, license)?.is_none() {
        return Ok(false);
    }
    let key = (
        tx.tenant().to_string(),
        license.to_string(),
        name.to_owned(),
    );
    let reset = diesel::update(m::table.find(key))
        .set((m::used.eq(0), m::updated_at.eq(tx.now().micros())))
        .execute(tx.conn)?;
    Ok(reset == 1)
}
