//! Customers counted and in pages by number.
use super::{CustomerRow, Placed, placed};
use crate::column::contains;
use crate::error::StoreResult;
use crate::nodes::NodeRow;
use crate::numbered::{Numbered, PageNumber};
use crate::place;
use crate::schema::{customers as c, nodes as n};
use crate::tx::TenantTx;
use alvara_domain::customer::CustomerStatus;
use alvara_domain::id::NodeId;
use alvara_domain::node::NodePath;
use diesel::dsl::count_star;
use diesel::prelude::*;

/// Which customers are counted and listed. Those put away never are.
#[derive(Clone, Debug, Default)]
pub struct NumberedFilter {
    /// Those with one status.
    pub status: Option<CustomerStatus>,
    /// That one alone.
    pub node: Option<NodeId>,
    /// Those at a place and below it.
    pub under: Option<NodePath>,
    /// Those with this text in name, legal name, address, tax number or phone.
    pub search: Option<String>,
}

/// A page by number of the customers of the scope, in the order they were made, and their count.
///
/// # Errors
/// When the database fails.
pub fn list_numbered(
    tx: &mut TenantTx<'_>,
    filter: &NumberedFilter,
    page: PageNumber,
) -> StoreResult<Numbered<Placed>> {
    let tenant = tx.tenant().to_string();
    let (low, high) = place::range(tx.scope());
    let matching = || {
        let mut query = c::table
            .inner_join(n::table.on(n::tenant_id.eq(c::tenant_id).and(n::id.eq(c::node_id))))
            .filter(c::tenant_id.eq(tenant.clone()))
            .filter(n::deleted_at.is_null())
            .filter(n::path.ge(low.clone()))
            .filter(n::path.lt(high.clone()))
            .into_boxed();
        if let Some(status) = filter.status {
            query = query.filter(c::status.eq(status.as_str()));
        }
        if let Some(node) = filter.node {
            query = query.filter(c::node_id.eq(node.to_string()));
        }
        if let Some(path) = &filter.under {
            query = query
                .filter(n::path.ge(path.as_str().to_owned()))
                .filter(n::path.lt(place::end(path)));
        }
        if let Some(search) = &filter.search {
            let pattern = contains(search);
            let named = n::search_text.like(pattern.clone()).escape('\\');
            query = query.filter(named.or(c::search_text.like(pattern).escape('\\')));
        }
        query
    };
    let total = matching().select(count_star()).get_result(tx.conn)?;
    let rows: Vec<(CustomerRow, NodeRow)> = matching()
        .select((CustomerRow::as_select(), NodeRow::as_select()))
        .order(c::node_id)
        .limit(page.limit())
        .offset(page.offset())
        .load(tx.conn)?;
    let items = rows.into_iter().map(placed).collect::<StoreResult<_>>()?;
    Ok(Numbered { items, total })
}
