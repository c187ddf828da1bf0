//! Lists and counts of licenses.
use super::row::LicenseRow;
use crate::column::Row;
use crate::dialect::SumBig;
use crate::error::StoreResult;
use crate::page::{Deleted, Page, PageRequest};
use crate::place;
use crate::schema::{licenses as l, machines as m};
use crate::tx::{PlatformTx, TenantTx};
use alvara_domain::id::{BatchId, LicenseId, NodeId, PolicyId, ProductId, TenantId};
use alvara_domain::license::{License, LicenseState};
use alvara_domain::machine::MachineState;
use alvara_domain::node::NodePath;
use alvara_domain::terms::LicenseKind;
use alvara_domain::time::UtcTime;
use diesel::prelude::*;

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
    let mut query = l::table
        .filter(l::tenant_id.eq(tx.tenant().to_string()))
        .select(LicenseRow::as_select())
        .into_boxed();
    if !tx.scope().is_whole_tenant() {
        query = query.filter(l::node_id.eq_any(place::seen(tx.scope())));
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
