//! The places of a tenant's tree.
use crate::column::{MANY, Row, contains, normalised};
use crate::dialect::MultiBackend;
use crate::error::{StoreError, StoreResult};
use crate::page::{Deleted, Page, PageRequest};
use crate::place;
use crate::schema::nodes as n;
use crate::scope::cut;
use crate::steer::{Index, Steered};
use crate::tx::TenantTx;
use alvara_domain::id::NodeId;
use alvara_domain::node::{Node, NodeKind, NodePath, NodeState, PathError};
use alvara_domain::time::UtcTime;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};
use std::collections::HashMap;

mod numbered;

pub use numbered::{NumberedFilter, agents_of, list_numbered, members_at};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = n, treat_none_as_default_value = false)]
pub(crate) struct NodeRow {
    tenant_id: String,
    id: String,
    parent_id: Option<String>,
    kind: String,
    name: String,
    search_text: String,
    email: Option<String>,
    path: String,
    depth: i64,
    state: String,
    discount_ceiling_bp: Option<i64>,
    created_at: i64,
    updated_at: i64,
    deleted_at: Option<i64>,
    version: i64,
}

impl From<&Node> for NodeRow {
    fn from(node: &Node) -> Self {
        Self {
            tenant_id: node.tenant_id.to_string(),
            id: node.id.to_string(),
            parent_id: node.parent_id.map(|id| id.to_string()),
            kind: node.kind.to_string(),
            name: node.name.clone(),
            search_text: search_text(node),
            email: node.email.clone(),
            path: node.path.as_str().to_owned(),
            depth: depth(&node.path),
            state: node.state.to_string(),
            created_at: node.created_at.micros(),
            discount_ceiling_bp: node.discount_ceiling_bp,
            updated_at: node.updated_at.micros(),
            deleted_at: node.deleted_at.map(UtcTime::micros),
            version: node.version,
        }
    }
}

impl TryFrom<NodeRow> for Node {
    type Error = StoreError;

    fn try_from(row: NodeRow) -> StoreResult<Self> {
        let r = Row::of("nodes", &row.id);
        Ok(Self {
            tenant_id: r.text("tenant_id", &row.tenant_id)?,
            id: r.text("id", &row.id)?,
            parent_id: r.text_opt("parent_id", row.parent_id.as_deref())?,
            kind: r.text("kind", &row.kind)?,
            path: r.text("path", &row.path)?,
            state: r.text("state", &row.state)?,
            created_at: r.time("created_at", row.created_at)?,
            updated_at: r.time("updated_at", row.updated_at)?,
            deleted_at: r.time_opt("deleted_at", row.deleted_at)?,
            discount_ceiling_bp: row.discount_ceiling_bp,
            version: row.version,
            name: row.name,
            email: row.email,
        })
    }
}

fn search_text(node: &Node) -> String {
    cut(
        &normalised(&format!(
            "{} {}",
            node.name,
            node.email.as_deref().unwrap_or_default()
        )),
        400,
    )
}

fn depth(path: &NodePath) -> i64 {
    i64::try_from(path.depth()).unwrap_or(i64::MAX)
}

fn in_scope<'a>(tx: &TenantTx<'_>) -> n::BoxedQuery<'a, MultiBackend> {
    let scope = tx.scope();
    let query = n::table
        .filter(n::tenant_id.eq(scope.tenant().to_string()))
        .into_boxed();
    if scope.is_whole_tenant() {
        return query;
    }
    let (low, high) = place::range(scope);
    query.filter(n::path.ge(low)).filter(n::path.lt(high))
}

/// Makes the changes of a tenant's tree wait for each other: a path is read and then written, and
/// two moves at once could otherwise hang two branches below one another. Quotas are handed down
/// along it, so their changes wait here too.
///
/// # Errors
/// When the database fails.
pub fn lock_tree(tx: &mut TenantTx<'_>) -> StoreResult<()> {
    let root = tx.scope().path().ids().next().map(|id| id.to_string());
    if let Some(root) = root {
        diesel::update(n::table.find((tx.tenant().to_string(), root)))
            .set(n::depth.eq(n::depth))
            .execute(tx.conn)?;
    }
    Ok(())
}

/// Adds a place. Its path must be that of its parent and its own id.
///
/// # Errors
/// [`StoreError::OutOfReach`] when the path is outside the scope or not that of the parent.
pub fn insert(tx: &mut TenantTx<'_>, node: &Node) -> StoreResult<()> {
    lock_tree(tx)?;
    let above = match node.parent_id {
        Some(parent) => find(tx, parent)?.map(|parent| parent.path),
        None => None,
    };
    if node.tenant_id != tx.tenant()
        || node.path.parent() != above
        || node.path.id() != node.id
        || !tx.scope().sees(&node.path)
    {
        return Err(StoreError::OutOfReach);
    }
    diesel::insert_into(n::table)
        .values(&NodeRow::from(node))
        .execute(tx.conn)?;
    Ok(())
}

/// Finds a place of the scope that is not deleted.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, id: NodeId) -> StoreResult<Option<Node>> {
    Ok(find_even_deleted(tx, id)?.filter(|node| node.deleted_at.is_none()))
}

/// Finds a place of the scope, deleted or not.
///
/// # Errors
/// When the database fails.
pub fn find_even_deleted(tx: &mut TenantTx<'_>, id: NodeId) -> StoreResult<Option<Node>> {
    let row: Option<NodeRow> = in_scope(tx)
        .filter(n::id.eq(id.to_string()))
        .select(NodeRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Node::try_from).transpose()
}

/// Finds some places of the scope, but for deleted ones.
///
/// # Errors
/// When the database fails.
pub fn of_many(tx: &mut TenantTx<'_>, places: &[NodeId]) -> StoreResult<HashMap<NodeId, Node>> {
    let (low, high) = place::range(tx.scope());
    // The ids lead, not the subtree.
    let path = Steered(n::path, Index::Closed);
    let mut all = HashMap::new();
    for some in places.chunks(MANY) {
        let ids: Vec<String> = some.iter().map(NodeId::to_string).collect();
        let rows: Vec<NodeRow> = n::table
            .filter(n::tenant_id.eq(tx.tenant().to_string()))
            .filter(n::id.eq_any(ids))
            .filter(n::deleted_at.is_null())
            .filter(path.ge(low.clone()))
            .filter(path.lt(high.clone()))
            .select(NodeRow::as_select())
            .load(tx.conn)?;
        for row in rows {
            let node = Node::try_from(row)?;
            all.insert(node.id, node);
        }
    }
    Ok(all)
}

/// Writes a new name and e-mail address. `node.version` must be the one that was read.
///
/// # Errors
/// [`StoreError::Stale`] when it is not, or the place is not in the scope.
pub fn update(tx: &mut TenantTx<'_>, node: &Node) -> StoreResult<()> {
    if find(tx, node.id)?.is_none() {
        return Err(StoreError::Stale);
    }
    let updated = diesel::update(n::table.find((tx.tenant().to_string(), node.id.to_string())))
        .filter(n::version.eq(node.version))
        .set((
            n::name.eq(&node.name),
            n::email.eq(&node.email),
            n::search_text.eq(search_text(node)),
            n::updated_at.eq(tx.now().micros()),
            n::version.eq(n::version + 1),
        ))
        .execute(tx.conn)?;
    if updated == 1 {
        Ok(())
    } else {
        Err(StoreError::Stale)
    }
}

/// Suspends or reinstates a place. `false` when it is not in the scope or in no state for it.
///
/// # Errors
/// When the database fails.
pub fn change_state(tx: &mut TenantTx<'_>, id: NodeId, to: NodeState) -> StoreResult<bool> {
    if find(tx, id)?.is_none() {
        return Ok(false);
    }
    let from: Vec<&str> = NodeState::ALL
        .iter()
        .filter(|from| from.can_become(to))
        .map(|from| from.as_str())
        .collect();
    let updated = diesel::update(n::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(n::state.eq_any(from))
        .set((
            n::state.eq(to.as_str()),
            n::updated_at.eq(tx.now().micros()),
            n::version.eq(n::version + 1),
        ))
        .execute(tx.conn)?;
    Ok(updated == 1)
}

/// Whether anything that is not deleted hangs directly under a place.
///
/// # Errors
/// When the database fails.
pub fn has_children(tx: &mut TenantTx<'_>, id: NodeId) -> StoreResult<bool> {
    let children: i64 = n::table
        .filter(n::tenant_id.eq(tx.tenant().to_string()))
        .filter(n::parent_id.eq(Some(id.to_string())))
        .filter(n::deleted_at.is_null())
        .count()
        .get_result(tx.conn)?;
    Ok(children > 0)
}

/// Puts a place away. `false` when it is put away already or not in the scope. Whether anything
/// hangs under it is the caller's to ask afterwards: from here on, changes of the tree wait for
/// this one.
///
/// # Errors
/// When the database fails.
pub fn delete(tx: &mut TenantTx<'_>, id: NodeId) -> StoreResult<bool> {
    lock_tree(tx)?;
    let at = Some(tx.now().micros());
    if find(tx, id)?.is_none() {
        return Ok(false);
    }
    set_deleted(tx, id, at)
}

/// Brings a deleted place back. `false` when it is not deleted or not in the scope.
///
/// # Errors
/// When the database fails.
pub fn restore(tx: &mut TenantTx<'_>, id: NodeId) -> StoreResult<bool> {
    lock_tree(tx)?;
    let deleted = find_even_deleted(tx, id)?.is_some_and(|node| node.deleted_at.is_some());
    if !deleted {
        return Ok(false);
    }
    set_deleted(tx, id, None)
}

fn set_deleted(tx: &mut TenantTx<'_>, id: NodeId, at: Option<i64>) -> StoreResult<bool> {
    let updated = diesel::update(n::table.find((tx.tenant().to_string(), id.to_string())))
        .set((
            n::deleted_at.eq(at),
            n::updated_at.eq(tx.now().micros()),
            n::version.eq(n::version + 1),
        ))
        .execute(tx.conn)?;
    Ok(updated == 1)
}

/// What became of a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// So many places, the moved one included, have new paths.
    Moved {
        /// How many.
        places: usize,
    },
    /// The place, or the new parent, is not in the scope; or the place is the scope's own.
    NotFound,
    /// The new parent is the place itself or below it.
    UnderItself,
    /// The tree would grow too deep.
    TooDeep,
}

diesel::define_sql_function! {
    /// The rest of a text from a place on, counted from 1.
    fn substr(text: Text, from: Integer) -> Text;
}

/// Hangs a place and everything below it under another parent. Whether that parent may hold it is
/// the caller's to check. Nothing is changed unless the answer is [`Move::Moved`].
///
/// # Errors
/// When the database fails.
pub fn move_subtree(tx: &mut TenantTx<'_>, id: NodeId, parent: NodeId) -> StoreResult<Move> {
    lock_tree(tx)?;
    let (Some(node), Some(parent)) = (find(tx, id)?, find(tx, parent)?) else {
        return Ok(Move::NotFound);
    };
    if node.path == *tx.scope().path() {
        return Ok(Move::NotFound);
    }
    let to = match parent.path.child(id) {
        _ if node.path.contains(&parent.path) => return Ok(Move::UnderItself),
        Ok(to) => to,
        Err(PathError::TooDeep) => return Ok(Move::TooDeep),
        Err(PathError::Malformed) => return Ok(Move::UnderItself),
    };
    let tenant = tx.tenant().to_string();
    let subtree = || {
        n::table
            .filter(n::tenant_id.eq(tenant.clone()))
            .filter(n::path.ge(node.path.as_str().to_owned()))
            .filter(n::path.lt(place::end(&node.path)))
    };
    let deepest: Option<String> = subtree()
        .order(n::depth.desc())
        .select(n::path)
        .first(tx.conn)
        .optional()?;
    let grown = deepest
        .and_then(|path| path.parse::<NodePath>().ok())
        .map(|path| path.moved(&node.path, &to));
    if let Some(Err(_)) = grown {
        return Ok(Move::TooDeep);
    }
    let rest_from = i32::try_from(node.path.as_str().len() + 1).unwrap_or(i32::MAX);
    let places = diesel::update(subtree())
        .set((
            n::path.eq(to
                .as_str()
                .to_owned()
                .into_sql::<Text>()
                .concat(substr(n::path, rest_from))),
            n::depth.eq(n::depth + (depth(&to) - depth(&node.path))),
            n::updated_at.eq(tx.now().micros()),
            n::version.eq(n::version + 1),
        ))
        .execute(tx.conn)?;
    diesel::update(n::table.find((&tenant, id.to_string())))
        .set(n::parent_id.eq(parent.id.to_string()))
        .execute(tx.conn)?;
    Ok(Move::Moved { places })
}

/// The suspended and the deleted places on a path, from the root down. They count for everything
/// below them, so this looks above the scope too.
///
/// # Errors
/// When the database fails.
pub fn list_suspended_above(tx: &mut TenantTx<'_>, path: &NodePath) -> StoreResult<Vec<Node>> {
    let ids: Vec<String> = path.ids().map(|id| id.to_string()).collect();
    let mut found = Vec::new();
    for some in ids.chunks(STEPS) {
        let nth = |place: usize| some.get(place).or_else(|| some.last()).cloned();
        let rows: Vec<NodeRow> = n::table
            .filter(n::tenant_id.eq(tx.tenant().to_string()))
            .filter(is_one_of(
                nth(0).unwrap_or_default(),
                nth(1).unwrap_or_default(),
                nth(2).unwrap_or_default(),
                nth(3).unwrap_or_default(),
            ))
            .filter(
                n::state
                    .eq(NodeState::Suspended.as_str())
                    .or(n::deleted_at.is_not_null()),
            )
            .order(n::depth)
            .select(NodeRow::as_select())
            .load(tx.conn)?;
        for row in rows {
            found.push(Node::try_from(row)?);
        }
    }
    Ok(found)
}

/// Steps of a path that one statement asks about: most trees are no deeper.
const STEPS: usize = 4;

/// Always the same number of values, so that the statement stays compiled: `eq_any`, whose text
/// depends on how many there are, is compiled again each time, and every call of a program asks this.
#[diesel::dsl::auto_type]
fn is_one_of(one: String, two: String, three: String, four: String) -> _ {
    n::id
        .eq(one)
        .or(n::id.eq(two))
        .or(n::id.eq(three))
        .or(n::id.eq(four))
}

/// The deleted places on a path, from the root down.
///
/// # Errors
/// When the database fails.
pub fn list_deleted_above(tx: &mut TenantTx<'_>, path: &NodePath) -> StoreResult<Vec<Node>> {
    let mut places = list_suspended_above(tx, path)?;
    places.retain(|place| place.deleted_at.is_some());
    Ok(places)
}

/// Which places a list shows.
#[derive(Clone, Debug, Default)]
pub struct NodeFilter {
    /// Those directly below one.
    pub parent: Option<NodeId>,
    /// Those below one at any depth, itself included.
    pub under: Option<NodePath>,
    /// Those of one kind.
    pub kind: Option<NodeKind>,
    /// Those in one state of their own.
    pub state: Option<NodeState>,
    /// Those with this text in name or e-mail address.
    pub search: Option<String>,
    /// Whether deleted ones count.
    pub deleted: Deleted,
}

/// Lists places of the scope in the order they were made.
///
/// # Errors
/// When the database fails.
pub fn list(
    tx: &mut TenantTx<'_>,
    filter: &NodeFilter,
    request: &PageRequest,
) -> StoreResult<Page<Node>> {
    let mut query = in_scope(tx).select(NodeRow::as_select());
    query = match filter.deleted {
        Deleted::Without => query.filter(n::deleted_at.is_null()),
        Deleted::Only => query.filter(n::deleted_at.is_not_null()),
        Deleted::With => query,
    };
    if let Some(parent) = filter.parent {
        query = query.filter(n::parent_id.eq(parent.to_string()));
    }
    if let Some(path) = &filter.under {
        query = query
            .filter(n::path.ge(path.as_str().to_owned()))
            .filter(n::path.lt(place::end(path)));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(n::kind.eq(kind.as_str()));
    }
    if let Some(state) = filter.state {
        query = query.filter(n::state.eq(state.as_str()));
    }
    if let Some(search) = &filter.search {
        query = query.filter(n::search_text.like(contains(search)).escape('\\'));
    }
    if let Some(after) = request.after::<String>()? {
        query = query.filter(n::id.gt(after));
    }
    let rows = query.order(n::id).limit(request.fetch()).load(tx.conn)?;
    Page::of(request, rows, |row| row.id.clone(), Node::try_from)
}
