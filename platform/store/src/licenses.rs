//! Licenses.
use crate::column::Row;
use crate::dialect::{self, SumBig};
use crate::error::{StoreError, StoreResult};
use crate::page::{Page, PageRequest};
use crate::place;
use crate::schema::{
    licenses as l, machines as m, nodes as n, offers as o, products as p, tenants as t,
};
use crate::scope::cut;
use crate::tx::{PlatformTx, TenantTx};
use alvara_domain::id::{BatchId, LicenseId, NodeId, PolicyId, ProductId, TenantId};
use alvara_domain::license::{License, LicenseState, Term};
use alvara_domain::machine::MachineState;
use alvara_domain::node::{NodeKind, NodePath, TenantState};
use alvara_domain::terms::LicenseKind;
use alvara_domain::time::{UtcTime, ZoneName};
use alvara_domain::verdict::Standing;
use diesel::dsl::exists;
use diesel::prelude::*;

/// How many licenses go into one statement: with 30 columns each, below every database's limit.
const BULK: usize = 500;

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = l, treat_none_as_default_value = false)]
pub(crate) struct LicenseRow {
    tenant_id: String,
    id: String,
    product_id: String,
    policy_id: String,
    node_id: String,
    batch_id: Option<String>,
    key_lookup: String,
    key_sealed: String,
    key_hint: String,
    kind: String,
    state: String,
    state_reason: Option<String>,
    terms: String,
    bound_user: Option<String>,
    bound_site: Option<String>,
    machine_limit: Option<i64>,
    machines_used: i64,
    starts_at: i64,
    first_activated_at: Option<i64>,
    expires_at: Option<i64>,
    term_anchor: Option<i64>,
    term_period: Option<String>,
    term_periods: i64,
    maintenance_until: Option<i64>,
    note: String,
    issued_by: String,
    issued_at: i64,
    updated_at: i64,
    revision: i64,
    version: i64,
}

impl LicenseRow {
    fn of(license: &License) -> StoreResult<Self> {
        Ok(Self {
            tenant_id: license.tenant_id.to_string(),
            id: license.id.to_string(),
            product_id: license.product_id.to_string(),
            policy_id: license.policy_id.to_string(),
            node_id: license.node_id.to_string(),
            batch_id: license.batch_id.map(|id| id.to_string()),
            key_lookup: license.key_lookup.clone(),
            key_sealed: license.key_sealed.clone(),
            key_hint: license.key_hint.clone(),
            kind: license.kind.to_string(),
            state: license.state.to_string(),
            state_reason: license.state_reason.clone(),
            terms: serde_json::to_string(&license.terms)?,
            bound_user: license.bound_user.clone(),
            bound_site: license.bound_site.clone(),
            machine_limit: license.machine_limit,
            machines_used: license.machines_used,
            starts_at: license.term.starts_at.micros(),
            first_activated_at: license.first_activated_at.map(UtcTime::micros),
            expires_at: license.term.expires_at.map(UtcTime::micros),
            term_anchor: license.term.anchor.map(UtcTime::micros),
            term_period: license.term.period.map(|period| period.to_string()),
            term_periods: i64::from(license.term.periods),
            maintenance_until: license.term.maintenance_until.map(UtcTime::micros),
            note: license.note.clone(),
            issued_by: license.issued_by.clone(),
            issued_at: license.issued_at.micros(),
            updated_at: license.updated_at.micros(),
            revision: license.revision,
            version: license.version,
        })
    }
}

impl TryFrom<LicenseRow> for License {
    type Error = StoreError;

    fn try_from(row: LicenseRow) -> StoreResult<Self> {
        let r = Row::of("licenses", &row.id);
        Ok(Self {
            tenant_id: r.text("tenant_id", &row.tenant_id)?,
            id: r.text("id", &row.id)?,
            product_id: r.text("product_id", &row.product_id)?,
            policy_id: r.text("policy_id", &row.policy_id)?,
            node_id: r.text("node_id", &row.node_id)?,
            batch_id: r.text_opt("batch_id", row.batch_id.as_deref())?,
            kind: r.text("kind", &row.kind)?,
            state: r.text("state", &row.state)?,
            terms: r.json("terms", &row.terms)?,
            machine_limit: row.machine_limit,
            machines_used: row.machines_used,
            first_activated_at: r.time_opt("first_activated_at", row.first_activated_at)?,
            term: Term {
                starts_at: r.time("starts_at", row.starts_at)?,
                expires_at: r.time_opt("expires_at", row.expires_at)?,
                anchor: r.time_opt("term_anchor", row.term_anchor)?,
                period: r.text_opt("term_period", row.term_period.as_deref())?,
                periods: r.number("term_periods", row.term_periods)?,
                maintenance_until: r.time_opt("maintenance_until", row.maintenance_until)?,
            },
            issued_at: r.time("issued_at", row.issued_at)?,
            updated_at: r.time("updated_at", row.updated_at)?,
            revision: row.revision,
            version: row.version,
            key_lookup: row.key_lookup,
            key_sealed: row.key_sealed,
            key_hint: row.key_hint,
            state_reason: row.state_reason,
            bound_user: row.bound_user,
            bound_site: row.bound_site,
            note: row.note,
            issued_by: row.issued_by,
        })
    }
}

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

/// Finds a license of a place of the scope.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, id: LicenseId) -> StoreResult<Option<License>> {
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

/// Finds the license of an activation key among all tenants; `key_lookup` is the key's keyed hash.
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
    /// Its product's code.
    pub product_code: String,
    /// The path of its place.
    pub path: NodePath,
    /// How tenant, holder and the places between them stand. That a payment is due is not known here.
    pub standing: Standing,
    /// In which the tenant counts days and months.
    pub zone: ZoneName,
    /// The tenant's language.
    pub locale: String,
}

/// Reads a license of the scope with what a decision on it needs.
///
/// # Errors
/// When the database fails.
pub fn find_view(tx: &mut TenantTx<'_>, id: LicenseId) -> StoreResult<Option<LicenseView>> {
    type Found = (LicenseRow, (String, String), (String, String, String));
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
            (n::path, p::code),
            (t::state, t::time_zone, t::locale),
        ))
        .get_result(tx.conn)
        .optional()?;
    let Some((row, (path, product_code), (state, zone, locale))) = found else {
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
        product_code,
        path,
        standing,
        zone,
        locale,
    }))
}

/// Which licenses a list shows.
#[derive(Clone, Debug, Default)]
pub struct LicenseFilter {
    /// Those at one place.
    pub node: Option<NodeId>,
    /// Those at a place and below it.
    pub under: Option<NodePath>,
    /// Those in one state.
    pub state: Option<LicenseState>,
    /// Those of one kind.
    pub kind: Option<LicenseKind>,
    /// Those of one product.
    pub product: Option<ProductId>,
    /// Those born of one policy.
    pub policy: Option<PolicyId>,
    /// Those of one batch.
    pub batch: Option<BatchId>,
    /// Those that expire before this instant; those that never do are left out.
    pub expires_before: Option<UtcTime>,
    /// Those that expire at this instant or later, or never.
    pub expires_from: Option<UtcTime>,
    /// Those whose key ends so; upper case.
    pub hint: Option<String>,
    /// The one with this keyed hash.
    pub key_lookup: Option<String>,
}

/// Lists licenses of the scope in the order they were issued.
///
/// # Errors
/// When the database fails.
pub fn list(
    tx: &mut TenantTx<'_>,
    filter: &LicenseFilter,
    request: &PageRequest,
) -> StoreResult<Page<License>> {
    let mut query = l::table
        .filter(l::tenant_id.eq(tx.tenant().to_string()))
        .select(LicenseRow::as_select())
        .into_boxed();
    if !tx.scope().is_whole_tenant() {
        query = query.filter(l::node_id.eq_any(place::seen(tx.scope())));
    }
    if let Some(path) = &filter.under {
        query = query.filter(l::node_id.eq_any(place::under(tx.tenant(), path)));
    }
    if let Some(node) = filter.node {
        query = query.filter(l::node_id.eq(node.to_string()));
    }
    if let Some(state) = filter.state {
        query = query.filter(l::state.eq(state.as_str()));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(l::kind.eq(kind.to_string()));
    }
    if let Some(product) = filter.product {
        query = query.filter(l::product_id.eq(product.to_string()));
    }
    if let Some(policy) = filter.policy {
        query = query.filter(l::policy_id.eq(policy.to_string()));
    }
    if let Some(batch) = filter.batch {
        query = query.filter(l::batch_id.eq(batch.to_string()));
    }
    if let Some(instant) = filter.expires_before {
        query = query.filter(l::expires_at.lt(instant.micros()));
    }
    if let Some(instant) = filter.expires_from {
        query = query.filter(
            l::expires_at
                .is_null()
                .or(l::expires_at.ge(instant.micros())),
        );
    }
    if let Some(hint) = &filter.hint {
        query = query.filter(l::key_hint.eq(hint));
    }
    if let Some(lookup) = &filter.key_lookup {
        query = query.filter(l::key_lookup.eq(lookup));
    }
    if let Some(after) = request.after::<String>()? {
        query = query.filter(l::id.gt(after));
    }
    let rows = query.order(l::id).limit(request.fetch()).load(tx.conn)?;
    Page::of(request, rows, |row| row.id.clone(), License::try_from)
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
        .filter(in_reach(low, high))
        .set((
            (
                l::terms.eq(row.terms),
                l::kind.eq(row.kind),
                l::bound_user.eq(row.bound_user),
                l::bound_site.eq(row.bound_site),
                l::machine_limit.eq(row.machine_limit),
                l::note.eq(row.note),
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
            l::revision.eq(row.revision),
            l::updated_at.eq(tx.now().micros()),
            l::version.eq(l::version + 1),
        ))
        .execute(tx.conn)?;
    Ok(updated == 1)
}

/// Counts of the scope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Licenses in any state.
    pub licenses: i64,
    /// Seats taken by machines.
    pub machines_used: i64,
}

/// Counts licenses and seats of the scope.
///
/// # Errors
/// When the database fails.
pub fn figures(tx: &mut TenantTx<'_>) -> StoreResult<Figures> {
    let mut query = l::table
        .filter(l::tenant_id.eq(tx.tenant().to_string()))
        .select((diesel::dsl::count_star(), SumBig(l::machines_used)))
        .into_boxed();
    if !tx.scope().is_whole_tenant() {
        query = query.filter(l::node_id.eq_any(place::seen(tx.scope())));
    }
    let (licenses, machines_used) = query.get_result(tx.conn)?;
    Ok(Figures {
        licenses,
        machines_used,
    })
}

/// The licenses of any tenant whose count of seats differs from their machines that hold one: the
/// tenant, the license, the count. Empty unless somebody wrote around the platform.
///
/// # Errors
/// When the database fails.
pub fn list_miscounted(tx: &mut PlatformTx<'_>) -> StoreResult<Vec<(TenantId, LicenseId, i64)>> {
    let holding: Vec<&str> = MachineState::ALL
        .iter()
        .filter(|state| state.holds_seat())
        .map(|state| state.as_str())
        .collect();
    let machines = m::table
        .filter(m::tenant_id.eq(l::tenant_id))
        .filter(m::license_id.eq(l::id))
        .filter(m::state.eq_any(holding))
        .count()
        .single_value()
        .assume_not_null();
    let rows: Vec<(String, String, i64)> = l::table
        .filter(l::machines_used.ne(machines))
        .order((l::tenant_id, l::id))
        .select((l::tenant_id, l::id, l::machines_used))
        .load(tx.conn)?;
    rows.into_iter()
        .map(|(tenant, id, used)| {
            let r = Row::of("licenses", &id);
            Ok((r.text("tenant_id", &tenant)?, r.text("id", &id)?, used))
        })
        .collect()
}
