//! Which reminders of the end of a license were taken up, and which are due.
use crate::error::StoreResult;
use crate::licenses::LicenseRow;
use crate::schema::{licenses as l, nodes as n, reminders as r};
use crate::tx::{TenantTx, inserted};
use alvara_domain::id::LicenseId;
use alvara_domain::license::{License, LicenseState};
use alvara_domain::node::NodeKind;
use alvara_domain::reminder::ReminderStep;
use alvara_domain::terms::LicenseKind;
use alvara_domain::time::UtcTime;
use diesel::dsl::{exists, not};
use diesel::prelude::*;

#[derive(Insertable)]
#[diesel(table_name = r, treat_none_as_default_value = false)]
struct ReminderRow {
    tenant_id: String,
    license_id: String,
    ends_at: i64,
    offset_days: i64,
    created_at: i64,
}

/// Notes that a step of the end of a license is taken up. `false` when it was before: of any number of
/// calls exactly one gets `true`.
///
/// # Errors
/// When the database fails.
pub fn take(
    tx: &mut TenantTx<'_>,
    (license, ends_at): (LicenseId, UtcTime),
    step: ReminderStep,
) -> StoreResult<bool> {
    let row = ReminderRow {
        tenant_id: tx.tenant().to_string(),
        license_id: license.to_string(),
        ends_at: ends_at.micros(),
        offset_days: i64::from(step.offset()),
        created_at: tx.now().micros(),
    };
    inserted(tx.conn, |conn| {
        diesel::insert_into(r::table).values(&row).execute(conn)?;
        Ok(())
    })
}

/// Whether a later step of the same end was taken up since.
///
/// # Errors
/// When the database fails.
pub fn is_overtaken(
    tx: &mut TenantTx<'_>,
    (license, ends_at): (LicenseId, UtcTime),
    step: ReminderStep,
) -> StoreResult<bool> {
    let later = r::table
        .filter(r::tenant_id.eq(tx.tenant().to_string()))
        .filter(r::license_id.eq(license.to_string()))
        .filter(r::ends_at.eq(ends_at.micros()))
        .filter(r::offset_days.gt(i64::from(step.offset())));
    Ok(diesel::select(exists(later)).get_result(tx.conn)?)
}

/// After which license, by end and id, a list goes on.
pub type Place = (UtcTime, LicenseId);

/// Active licenses of customers of the tenant that end within a span and are no trials, of whose end
/// neither this step nor a later one was taken up: the one that ends first at the head, at most `most`,
/// beginning after `after`.
///
/// # Errors
/// When the database fails; [`crate::StoreError::OutOfReach`] for a part of the tenant.
pub fn list_due(
    tx: &mut TenantTx<'_>,
    (from, until): (UtcTime, UtcTime),
    step: ReminderStep,
    (after, most): (Option<Place>, i64),
) -> StoreResult<Vec<License>> {
    tx.require_whole_tenant()?;
    let taken = r::table
        .filter(r::tenant_id.eq(l::tenant_id))
        .filter(r::license_id.eq(l::id))
        .filter(r::ends_at.nullable().eq(l::expires_at))
        .filter(r::offset_days.ge(i64::from(step.offset())));
    let customer = n::table
        .filter(n::tenant_id.eq(l::tenant_id))
        .filter(n::id.eq(l::node_id))
        .filter(n::kind.eq(NodeKind::Customer.as_str()));
    let tried = [LicenseKind::Trial.as_str(), LicenseKind::Demo.as_str()];
    let mut query = l::table
        .filter(l::tenant_id.eq(tx.tenant().to_string()))
        .filter(l::expires_at.ge(from.micros()))
        .filter(l::expires_at.lt(until.micros()))
        .filter(l::deleted_at.is_null())
        .filter(l::state.eq(LicenseState::Active.as_str()))
        .filter(l::kind.ne_all(tried))
        .filter(exists(customer))
        .filter(not(exists(taken)))
        .select(LicenseRow::as_select())
        .into_boxed();
    if let Some((at, id)) = after {
        let same = l::expires_at.eq(at.micros()).and(l::id.gt(id.to_string()));
        query = query.filter(l::expires_at.gt(at.micros()).or(same));
    }
    let rows: Vec<LicenseRow> = query
        .order((l::expires_at, l::id))
        .limit(most)
        .load(tx.conn)?;
    rows.into_iter().map(License::try_from).collect()
}
