//! Places counted and in pages by number, and who looks after them.
use super::{NodeRow, in_scope};
use crate::column::{Row, contains};
use crate::dialect::MultiBackend;
use crate::error::StoreResult;
use crate::numbered::{Numbered, PageNumber};
use crate::place;
use crate::schema::{members, nodes as n};
use crate::tx::TenantTx;
use alvara_domain::id::{MemberId, NodeId};
use alvara_domain::node::{Node, NodeKind, NodePath, NodeState};
use diesel::dsl::count_star;
use diesel::prelude::*;
use std::collections::BTreeMap;

/// Which places are counted and listed. Those put away never are.
#[derive(Clone, Debug)]
pub struct NumberedFilter {
    /// Those of one kind.
    pub kind: NodeKind,
    /// Those in one state of their own.
    pub state: Option<NodeState>,
    /// The place itself and those below it.
    pub under: Option<NodePath>,
    /// Those with this text in name or e-mail address.
    pub search: Option<String>,
}

fn matching<'a>(tx: &TenantTx<'_>, filter: &NumberedFilter) -> n::BoxedQuery<'a, MultiBackend> {
    let mut query = in_scope(tx)
        .filter(n::deleted_at.is_null())
        .filter(n::kind.eq(filter.kind.as_str()));
    if let Some(state) = filter.state {
        query = query.filter(n::state.eq(state.as_str()));
    }
    if let Some(path) = &filter.under {
        query = query
            .filter(n::path.ge(path.as_str().to_owned()))
            .filter(n::path.lt(place::end(path)));
    }
    if let Some(search) = &filter.search {
        query = query.filter(n::search_text.like(contains(search)).escape('\\'));
    }
    query
}

/// A page by number of the places of the scope, in the order they were made, and their count.
///
/// # Errors
/// When the database fails.
pub fn list_numbered(
    tx: &mut TenantTx<'_>,
    filter: &NumberedFilter,
    page: PageNumber,
) -> StoreResult<Numbered<Node>> {
    let total = matching(tx, filter)
        .select(count_star())
        .get_result(tx.conn)?;
    let rows: Vec<NodeRow> = matching(tx, filter)
        .select(NodeRow::as_select())
        .order(n::id)
        .limit(page.limit())
        .offset(page.offset())
        .load(tx.conn)?;
    let items = rows
        .into_iter()
        .map(Node::try_from)
        .collect::<StoreResult<_>>()?;
    Ok(Numbered { items, total })
}

/// The nearest agent at or above each of these places, where there is one within the scope. At most
/// a page of places at once.
///
/// # Errors
/// When the database fails.
pub fn agents_of(
    tx: &mut TenantTx<'_>,
    places: &[NodeId],
) -> StoreResult<BTreeMap<NodeId, NodeId>> {
    let wanted: Vec<String> = places.iter().map(ToString::to_string).collect();
    let found: Vec<(String, String)> = in_scope(tx)
        .filter(n::id.eq_any(wanted))
        .select((n::id, n::path))
        .load(tx.conn)?;
    let mut paths = Vec::with_capacity(found.len());
    for (id, path) in found {
        let r = Row::of("nodes", &id);
        let (id, path): (NodeId, NodePath) = (r.text("id", &id)?, r.text("path", &path)?);
        paths.push((id, path));
    }
    let mut above: Vec<String> = paths
        .iter()
        .flat_map(|(_, path)| path.ids().map(|id| id.to_string()))
        .collect();
    above.sort_unstable();
    above.dedup();
    let agents: Vec<String> = in_scope(tx)
        .filter(n::id.eq_any(above))
        .filter(n::kind.eq(NodeKind::Agent.as_str()))
        .select(n::id)
        .load(tx.conn)?;
    Ok(paths
        .into_iter()
        .filter_map(|(id, path)| {
            let agent = path
                .ids()
                .rev()
                .find(|above| agents.contains(&above.to_string()))?;
            Some((id, agent))
        })
        .collect())
}

/// The members at each of these places, in the order they were added. At most a page of places at
/// once.
///
/// # Errors
/// When the database fails.
pub fn members_at(
    tx: &mut TenantTx<'_>,
    places: &[NodeId],
) -> StoreResult<BTreeMap<NodeId, Vec<MemberId>>> {
    let wanted: Vec<String> = places.iter().map(ToString::to_string).collect();
    let rows: Vec<(String, String)> = members::table
        .filter(members::tenant_id.eq(tx.tenant().to_string()))
        .filter(members::node_id.eq_any(wanted))
        .filter(members::node_id.eq_any(place::seen(tx.scope()).filter(n::id.eq(members::node_id))))
        .order(members::id)
        .select((members::node_id, members::id))
        .load(tx.conn)?;
    let mut all: BTreeMap<NodeId, Vec<MemberId>> = BTreeMap::new();
    for (node, id) in rows {
        let r = Row::of("members", &id);
        all.entry(r.text("node_id", &node)?)
            .or_default()
            .push(r.text("id", &id)?);
    }
    Ok(all)
}
