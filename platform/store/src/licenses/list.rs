//! Lists and counts of licenses.
use super::row::LicenseRow;
use crate::column::{MANY, Row};
use crate::dialect::SumBig;
use crate::error::StoreResult;
use crate::page::{Deleted, Page, PageRequest};
use crate::place::{self, Breadth};
use crate::schema::{licenses as l, machines as m, nodes as n};
use crate::steer::{Index, Steered};
use crate::tx::{PlatformTx, TenantTx};
use alvara_domain::id::{BatchId, LicenseId, NodeId, PolicyId, ProductId, TenantId};
use alvara_domain::license::{License, LicenseState};
use alvara_domain::machine::MachineState;
use alvara_domain::node::NodePath;
use alvara_domain::terms::LicenseKind;
use alvara_domain::time::UtcTime;
use diesel::prelude::*;
use std::collections::HashMap;

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
    /// Whether deleted ones count.
    pub deleted: Deleted,
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
    let breadth = match &filter.under {
        Some(path) => place::breadth_at(tx, path)?,
        None => place::breadth(tx)?,
    };
    // A place, a batch or the end of a key leads to fewer rows than a state does.
    let leads = filter.node.is_some() || filter.batch.is_some() || filter.hint.is_some();
    let by_state = if leads {
        Index::Closed
    } else {
        breadth.index()
    };
    let mut query = l::table
        .filter(l::tenant_id.eq(tx.tenant().to_string()))
        .into_boxed();
    if !tx.scope().is_whole_tenant() {
        query = if breadth == Breadth::Narrow && filter.under.is_none() {
            query.filter(l::node_id.eq_any(place::seen(tx.scope())))
        } else {
            let (low, high) = place::range(tx.scope());
            // No path is the end of a range, so it does not matter that this includes it.
            query.filter(path_of_place().between(low, high))
        };
    }
    query = match filter.deleted {
        Deleted::Without => query.filter(l::deleted_at.is_null()),
        Deleted::Only => query.filter(l::deleted_at.is_not_null()),
        Deleted::With => query,
    };
    if let Some(path) = &filter.under {
        query = query.filter(l::node_id.eq_any(place::under(tx.tenant(), path)));
    }
    if let Some(node) = filter.node {
        query = query.filter(l::node_id.eq(node.to_string()));
    }
    if let Some(state) = filter.state {
        query = query.filter(Steered(l::state, by_state).eq(state.as_str()));
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
    let end = Steered(l::expires_at, by_state);
    if let Some(instant) = filter.expires_before {
        query = query.filter(end.lt(instant.micros()));
    }
    if let Some(instant) = filter.expires_from {
        // Those that never expire are left out already where there is a last instant too.
        query = match filter.expires_before {
            Some(_) => query.filter(end.ge(instant.micros())),
            None => query.filter(end.is_null().or(end.ge(instant.micros()))),
        };
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
    let query = query
        .order(Steered(l::id, breadth.index()))
        .limit(request.fetch());
    let rows = if filter.expires_before.is_some() && breadth != Breadth::Narrow {
        // Of all that ends in a time the first by id: found in the index over ends, and only those
        // that are shown are read.
        let ids: Vec<String> = query.select(l::id).load(tx.conn)?;
        by_ids(tx, ids)?
    } else {
        query.select(LicenseRow::as_select()).load(tx.conn)?
    };
    Page::of(request, rows, |row| row.id.clone(), License::try_from)
}

/// The path of a license's place, asked of each row by itself: no index over paths leads here.
#[diesel::dsl::auto_type]
fn path_of_place() -> _ {
    n::table
        .filter(n::tenant_id.eq(l::tenant_id))
        .filter(n::id.eq(l::node_id))
        .select(n::path)
        .single_value()
        .assume_not_null()
}

fn by_ids(tx: &mut TenantTx<'_>, ids: Vec<String>) -> StoreResult<Vec<LicenseRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(l::table
        .filter(l::tenant_id.eq(tx.tenant().to_string()))
        .filter(l::id.eq_any(ids))
        .order(l::id)
        .select(LicenseRow::as_select())
        .load(tx.conn)?)
}

/// The ends of the keys of some licenses of the scope, but for deleted ones.
///
/// # Errors
/// When the database fails.
pub fn hints(
    tx: &mut TenantTx<'_>,
    licenses: &[LicenseId],
) -> StoreResult<HashMap<LicenseId, String>> {
    let (low, high) = place::range(tx.scope());
    let mut all = HashMap::new();
    for some in licenses.chunks(MANY) {
        let ids: Vec<String> = some.iter().map(LicenseId::to_string).collect();
        let rows: Vec<(String, String)> = l::table
            .filter(l::tenant_id.eq(tx.tenant().to_string()))
            .filter(l::id.eq_any(ids))
            .filter(l::deleted_at.is_null())
            .filter(path_of_place().between(low.clone(), high.clone()))
            .select((l::id, l::key_hint))
            .load(tx.conn)?;
        for (id, hint) in rows {
            all.insert(Row::of("licenses", &id).text("id", &id)?, hint);
        }
    }
    Ok(all)
}

/// Counts of the scope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Licenses in any state, deleted ones too: they keep what they took.
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
