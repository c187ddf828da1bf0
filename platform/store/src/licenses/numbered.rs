//! Licenses counted and in pages by number.
use super::row::LicenseRow;
use crate::column::contains;
use crate::dialect::MultiBackend;
use crate::error::StoreResult;
use crate::numbered::{Numbered, PageNumber};
use crate::place;
use crate::schema::{licenses as l, nodes as n};
use crate::tx::TenantTx;
use alvara_domain::id::NodeId;
use alvara_domain::license::{License, LicenseState};
use alvara_domain::node::NodePath;
use alvara_domain::terms::LicenseKind;
use alvara_domain::time::UtcTime;
use diesel::dsl::count_star;
use diesel::prelude::*;

/// On which side of its expiry a license is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// It expired at this instant or before.
    Past(UtcTime),
    /// It expires after this instant, or never.
    Ahead(UtcTime),
}

/// Which licenses are counted and listed. Those put away never are.
#[derive(Clone, Debug, Default)]
pub struct NumberedFilter {
    /// Those in one state.
    pub state: Option<LicenseState>,
    /// Those on one side of their expiry.
    pub expiry: Option<Expiry>,
    /// Those of one of these kinds; none at all when the list is there and empty.
    pub kinds: Option<Vec<LicenseKind>>,
    /// Those at one place.
    pub node: Option<NodeId>,
    /// Those at a place and below it.
    pub under: Option<NodePath>,
    /// Those whose key ends so, or whose holder has this text in name or e-mail address.
    pub search: Option<String>,
}

fn matching<'a>(tx: &TenantTx<'_>, filter: &NumberedFilter) -> l::BoxedQuery<'a, MultiBackend> {
    let tenant = tx.tenant().to_string();
    let mut query = l::table
        .filter(l::tenant_id.eq(tenant.clone()))
        .filter(l::deleted_at.is_null())
        .into_boxed();
    if !tx.scope().is_whole_tenant() {
        query = query.filter(l::node_id.eq_any(place::seen(tx.scope())));
    }
    if let Some(state) = filter.state {
        query = query.filter(l::state.eq(state.as_str()));
    }
    match filter.expiry {
        Some(Expiry::Past(now)) => query = query.filter(l::expires_at.le(now.micros())),
        Some(Expiry::Ahead(now)) => {
            query = query.filter(l::expires_at.is_null().or(l::expires_at.gt(now.micros())));
        }
        None => {}
    }
    if let Some(kinds) = &filter.kinds {
        let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
        query = query.filter(l::kind.eq_any(kinds));
    }
    if let Some(node) = filter.node {
        query = query.filter(l::node_id.eq(node.to_string()));
    }
    if let Some(path) = &filter.under {
        query = query.filter(l::node_id.eq_any(place::under(tx.tenant(), path)));
    }
    if let Some(search) = &filter.search {
        let holders = n::table
            .filter(n::tenant_id.eq(tenant))
            .filter(n::search_text.like(contains(search)).escape('\\'))
            .select(n::id);
        let hint = search.trim().to_uppercase();
        query = query.filter(l::key_hint.eq(hint).or(l::node_id.eq_any(holders)));
    }
    query
}

/// Counts licenses of the scope.
///
/// # Errors
/// When the database fails.
pub fn count(tx: &mut TenantTx<'_>, filter: &NumberedFilter) -> StoreResult<i64> {
    Ok(matching(tx, filter)
        .select(count_star())
        .get_result(tx.conn)?)
}

/// A page by number of the licenses of the scope, in the order they were issued, and their count.
///
/// # Errors
/// When the database fails.
pub fn list_numbered(
    tx: &mut TenantTx<'_>,
    filter: &NumberedFilter,
    page: PageNumber,
) -> StoreResult<Numbered<License>> {
    let total = count(tx, filter)?;
    let rows: Vec<LicenseRow> = matching(tx, filter)
        .select(LicenseRow::as_select())
        .order(l::id)
        .limit(page.limit())
        .offset(page.offset())
        .load(tx.conn)?;
    let items = rows
        .into_iter()
        .map(License::try_from)
        .collect::<StoreResult<_>>()?;
    Ok(Numbered { items, total })
}
