//! Licenses.
use crate::column::Row;
use crate::dialect;
use crate::error::{StoreError, StoreResult};
use crate::place;
use crate::products::ProductRow;
use crate::schema::{licenses as l, nodes as n, offers as o, products as p, tenants as t};
use crate::scope::cut;
use crate::tx::{PlatformTx, TenantTx};
use alvara_domain::id::{LicenseId, TenantId};
use alvara_domain::license::{License, LicenseState};
use alvara_domain::node::{NodeKind, NodePath, TenantState};
use alvara_domain::product::Product;
use alvara_domain::time::ZoneName;
use alvara_domain::verdict::Standing;
use diesel::dsl::exists;
use diesel::prelude::*;

mod away;
mod expiring;
mod list;
mod numbered;
mod relocate;
mod row;

pub use away::{delete, restore};
pub use expiring::{DueFilter, Span, count_all, list_due, list_ends};
pub use list::{Figures, LicenseFilter, figures, hints, list, list_miscounted};
pub use numbered::{Expiry, NumberedFilter, count, list_numbered};
pub use relocate::{hold, release_seats, relocate, unbind};
pub(crate) use row::LicenseRow;

/// How many licenses go into one statement: with 32 columns each, below every database's limit.
const BULK: usize = 500;

/// Whether the license's place lies in a range of paths. Correlated on purpose: the other form,
/// `node_id IN (…)`, makes two of the three databases list the whole subtree first.
#[diesel::dsl::auto_type]
fn in_reach(low: String, high: String) -> _ {
    exists(
        n::table
            .filter(n::tenant_id.eq(l::tenant_id))
            .filter(n::id.eq(l::node_id))
            .filter(n::path.ge(low))
            .filter(n::path.lt(high)),
    )
}

/// Adds a license.
///
/// # Errors
/// [`StoreError::OutOfReach`] when its place is not in the scope; [`StoreError::Taken`] when its key
/// exists; [`StoreError::Referenced`] when policy or offer do not.
pub fn insert(tx: &mut TenantTx<'_>, license: &License) -> StoreResult<()> {
    insert_many(tx, std::slice::from_ref(license))
}

/// Adds many licenses, 500 to a statement.
///
/// # Errors
/// As for [`insert`]; then none is added.
pub fn insert_many(tx: &mut TenantTx<'_>, licenses: &[License]) -> StoreResult<()> {
    let mut seen = None;
    for license in licenses {
        if license.tenant_id != tx.tenant() {
            return Err(StoreError::OutOfReach);
        }
        if seen != Some(license.node_id) {
            crate::members::require_place(tx, license.node_id)?;
            seen = Some(license.node_id);
        }
    }
    for some in licenses.chunks(BULK) {
        let rows: Vec<LicenseRow> = some
            .iter()
            .map(LicenseRow::of)
            .collect::<StoreResult<_>>()?;
        dialect::insert_licenses(tx.conn, &rows)?;
    }
    Ok(())
}

/// Finds a license of a place of the scope that is not deleted.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, id: LicenseId) -> StoreResult<Option<License>> {
    Ok(find_even_deleted(tx, id)?.filter(|license| license.deleted_at.is_none()))
}

/// Finds a license of a place of the scope, deleted or not.
///
/// # Errors
/// When the database fails.
pub fn find_even_deleted(tx: &mut TenantTx<'_>, id: LicenseId) -> StoreResult<Option<License>> {
    let (low, high) = place::range(tx.scope());
    let row: Option<LicenseRow> = l::table
        .filter(l::tenant_id.eq(tx.tenant().to_string()))
        .filter(l::id.eq(id.to_string()))
        .filter(in_reach(low, high))
        .select(LicenseRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(License::try_from).transpose()
}

/// Where a license is: enough to make a scope for the program that showed its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LicensePlace {
    /// The tenant.
    pub tenant: TenantId,
    /// The license.
    pub license: LicenseId,
    /// The path of its place.
    pub path: NodePath,
}

/// Finds the license of an activation key among all tenants, unless it is deleted; `key_lookup` is
/// the key's keyed hash.
///
/// # Errors
/// When the database fails.
pub fn find_by_key_lookup(
    tx: &mut PlatformTx<'_>,
    key_lookup: &str,
) -> StoreResult<Option<LicensePlace>> {
    let row: Option<(String, String, String)> = l::table
        .inner_join(n::table.on(n::tenant_id.eq(l::tenant_id).and(n::id.eq(l::node_id))))
        .filter(l::key_lookup.eq(key_lookup))
        .filter(l::deleted_at.is_null())
        .select((l::tenant_id, l::id, n::path))
        .get_result(tx.conn)
        .optional()?;
    row.map(|(tenant, id, path)| {
        let r = Row::of("licenses", &id);
        Ok(LicensePlace {
            tenant: r.text("tenant_id", &tenant)?,
            license: r.text("id", &id)?,
            path: r.text("path", &path)?,
        })
    })
    .transpose()
}

/// A license with what a decision on it needs, read in two statements.
#[derive(Clone, Debug)]
pub struct LicenseView {
    /// The license.
    pub license: License,
    /// Its product.
    pub product: Product,
    /// The path of its place.
    pub path: NodePath,
    /// How tenant, holder and the places between them stand. That a payment is due is not known here.
    pub standing: Standing,
    /// In which the tenant counts days and months.
    pub zone: ZoneName,
    /// The tenant's language.
    pub locale: String,
}

/// Reads a license of the scope, deleted or not, with what a decision on it needs.
///
/// # Errors
/// When the database fails.
pub fn find_view(tx: &mut TenantTx<'_>, id: LicenseId) -> StoreResult<Option<LicenseView>> {
    type Found = (LicenseRow, ProductRow, String, (String, String, String));
    let (low, high) = place::range(tx.scope());
    let found: Option<Found> = l::table
        .inner_join(n::table.on(n::tenant_id.eq(l::tenant_id).and(n::id.eq(l::node_id))))
        .inner_join(
            o::table.on(o::tenant_id
                .eq(l::tenant_id)
                .and(o::product_id.eq(l::product_id))),
        )
        .inner_join(
            p::table.on(p::tenant_id
                .eq(o::owner_tenant_id)
                .and(p::id.eq(o::product_id))),
        )
        .inner_join(t::table.on(t::id.eq(l::tenant_id)))
        .filter(l::tenant_id.eq(tx.tenant().to_string()))
        .filter(l::id.eq(id.to_string()))
        .filter(n::path.ge(low))
        .filter(n::path.lt(high))
        .select((
            LicenseRow::as_select(),
            ProductRow::as_select(),
            n::path,
            (t::state, t::time_zone, t::locale),
        ))
        .get_result(tx.conn)
        .optional()?;
    let Some((row, product, path, (state, zone, locale))) = found else {
        return Ok(None);
    };
    let path: NodePath = Row::of("nodes", &row.node_id).text("path", &path)?;
    let r = Row::of("tenants", &row.tenant_id);
    let tenant_state: TenantState = r.text("state", &state)?;
    let zone = r.text("time_zone", &zone)?;
    let license = License::try_from(row)?;
    let suspended = crate::nodes::list_suspended_above(tx, &path)?;
    let holder = suspended
        .iter()
        .any(|node| node.id == license.node_id && node.kind == NodeKind::Customer);
    let standing = match tenant_state {
        _ if holder => Standing::CustomerSuspended,
        TenantState::Active if suspended.is_empty() => Standing::Good,
        TenantState::Active | TenantState::Suspended => Standing::TenantSuspended,
    };
    Ok(Some(LicenseView {
        license,
        product: Product::try_from(product)?,
        path,
        standing,
        zone,
        locale,
    }))
}

/// Takes one seat of an active license if one is free. Conditions and count are one statement, so
/// two callers cannot both take the last seat, and none is taken once the license is ended.
///
/// # Errors
/// When the database fails.
pub fn take_seat(tx: &mut TenantTx<'_>, id: LicenseId) -> StoreResult<bool> {
    let (low, high) = place::range(tx.scope());
    let taken = diesel::update(l::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(l::state.eq(LicenseState::Active.as_str()))
        .filter(l::deleted_at.is_null())
        .filter(
            l::machine_limit
                .is_null()
                .or(l::machines_used.nullable().lt(l::machine_limit)),
        )
        .filter(in_reach(low, high))
        .set(l::machines_used.eq(l::machines_used + 1))
        .execute(tx.conn)?;
    Ok(taken == 1)
}

/// Locks a license in one of some states until the commit, as counting a seat does. `false` when it is in another
/// state or not in the scope; then nothing is locked.
///
/// # Errors
/// When the database fails.
pub fn lock(tx: &mut TenantTx<'_>, id: LicenseId, states: &[LicenseState]) -> StoreResult<bool> {
    let (low, high) = place::range(tx.scope());
    let states: Vec<&str> = states.iter().map(|state| state.as_str()).collect();
    let locked = diesel::update(l::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(l::state.eq_any(states))
        .filter(in_reach(low, high))
        .set(l::machines_used.eq(l::machines_used))
        .execute(tx.conn)?;
    Ok(locked == 1)
}

/// Gives a seat back. `false` when none was taken.
///
/// # Errors
/// When the database fails.
pub fn release_seat(tx: &mut TenantTx<'_>, id: LicenseId) -> StoreResult<bool> {
    let (low, high) = place::range(tx.scope());
    let released = diesel::update(l::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(l::machines_used.gt(0))
        .filter(in_reach(low, high))
        .set(l::machines_used.eq(l::machines_used - 1))
        .execute(tx.conn)?;
    Ok(released == 1)
}

/// Changes a license's state. `false` when it is in none that may become so, or not in the scope.
///
/// # Errors
/// When the database fails.
pub fn change_state(
    tx: &mut TenantTx<'_>,
    id: LicenseId,
    to: LicenseState,
    reason: Option<&str>,
) -> StoreResult<bool> {
    let (low, high) = place::range(tx.scope());
    let from: Vec<&str> = LicenseState::ALL
        .iter()
        .filter(|from| from.can_become(to))
        .map(|from| from.as_str())
        .collect();
    let updated = diesel::update(l::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(l::state.eq_any(from))
        .filter(l::deleted_at.is_null())
        .filter(in_reach(low, high))
        .set((
            l::state.eq(to.as_str()),
            l::state_reason.eq(reason.map(|reason| cut(reason, 300))),
            l::updated_at.eq(tx.now().micros()),
            l::version.eq(l::version + 1),
        ))
        .execute(tx.conn)?;
    Ok(updated == 1)
}

/// Writes what a renewal or an edit changes: term, terms, limits, bindings, note, revision.
/// `license.version` must be the one that was read; state, place and seats are left alone.
///
/// # Errors
/// [`StoreError::Stale`] when it is not, or the license is not in the scope.
pub fn update(tx: &mut TenantTx<'_>, license: &License) -> StoreResult<()> {
    let (low, high) = place::range(tx.scope());
    let row = LicenseRow::of(license)?;
    let updated = diesel::update(l::table.find((tx.tenant().to_string(), license.id.to_string())))
        .filter(l::version.eq(license.version))
        .filter(l::deleted_at.is_null())
        .filter(in_reach(low, high))
        .set((
            (
                l::terms.eq(row.terms),
                l::kind.eq(row.kind),
                l::bound_user.eq(row.bound_user),
                l::bound_site.eq(row.bound_site),
                l::machine_limit.eq(row.machine_limit),
                l::note.eq(row.note),
                l::modules.eq(row.modules),
            ),
            (
                l::starts_at.eq(row.starts_at),
                l::expires_at.eq(row.expires_at),
                l::term_anchor.eq(row.term_anchor),
                l::term_period.eq(row.term_period),
                l::term_periods.eq(row.term_periods),
                l::maintenance_until.eq(row.maintenance_until),
            ),
            l::revision.eq(row.revision),
            l::updated_at.eq(tx.now().micros()),
            l::version.eq(l::version + 1),
        ))
        .execute(tx.conn)?;
    if updated == 1 {
        Ok(())
    } else {
        Err(StoreError::Stale)
    }
}

/// Writes the first activation and the term it starts. `false` when another machine was first, or
/// the license changed meanwhile: read it again.
///
/// # Errors
/// When the database fails.
pub fn record_first_activation(tx: &mut TenantTx<'_>, license: &License) -> StoreResult<bool> {
    let (low, high) = place::range(tx.scope());
    let row = LicenseRow::of(license)?;
    let updated = diesel::update(l::table.find((tx.tenant().to_string(), license.id.to_string())))
        .filter(l::first_activated_at.is_null())
        .filter(l::version.eq(license.version))
        .filter(in_reach(low, high))
        .set((
            l::first_activated_at.eq(row.first_activated_at),
            l::starts_at.eq(row.starts_at),
            l::expires_at.eq(row.expires_at),
            l::term_anchor.eq(row.term_anchor),
            l::maintenance_until.eq(row.maintenance_until),
            l::modules.eq(row.modules),
            l::revision.eq(row.revision),
            l::updated_at.eq(tx.now().micros()),
            l::version.eq(l::version + 1),
        ))
        .execute(tx.conn)?;
    Ok(updated == 1)
}

/// Puts a license on another policy with another limit of machines, if those that it has fit;
/// condition and change are one statement. The row stays locked until the commit, and the rest is
/// then [`update`]'s. `false` when they do not fit.
///
/// # Errors
/// [`StoreError::Stale`] when the license changed since it was read.
pub fn rebase(tx: &mut TenantTx<'_>, license: &License) -> StoreResult<bool> {
    let (low, high) = place::range(tx.scope());
    let limit = license.machine_limit;
    let key = (tx.tenant().to_string(), license.id.to_string());
    let updated = diesel::update(l::table.find(key))
        .filter(l::version.eq(license.version))
        .filter(l::machines_used.le(limit.unwrap_or(i64::MAX)))
        .filter(in_reach(low, high))
        .set((
            l::policy_id.eq(license.policy_id.to_string()),
            l::machine_limit.eq(limit),
        ))
        .execute(tx.conn)?;
    if updated == 1 {
        return Ok(true);
    }
    let found = find(tx, license.id)?;
    match found {
        Some(now) if now.version == license.version => Ok(false),
        _ => Err(StoreError::Stale),
    }
}
