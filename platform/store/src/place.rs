//! The subtree of a scope, as a condition of a query.
use crate::error::StoreResult;
use crate::schema::nodes as n;
use crate::scope::{Reach, Scope};
use crate::steer::Index;
use crate::tx::TenantTx;
use alvara_domain::id::TenantId;
use alvara_domain::node::NodePath;
use diesel::prelude::*;

/// Every path below and including `path` lies from `path` up to, not including, this: a path ends
/// in a slash, and the character after the slash is the zero. A range uses the index on each of the
/// three databases; `LIKE` does not.
pub(crate) fn end(path: &NodePath) -> String {
    let mut end = path.as_str().to_owned();
    end.pop();
    end.push('0');
    end
}

/// The ids of the nodes whose paths lie in a range.
#[diesel::dsl::auto_type]
pub(crate) fn between(tenant: String, low: String, high: String) -> _ {
    n::table
        .filter(n::tenant_id.eq(tenant))
        .filter(n::path.ge(low))
        .filter(n::path.lt(high))
        .select(n::id)
}

/// The ids of the nodes in a subtree.
pub(crate) fn under(tenant: TenantId, path: &NodePath) -> between {
    between(tenant.to_string(), path.as_str().to_owned(), end(path))
}

/// From which path up to, not including, which other a scope sees. Nothing sorts between a path and
/// the same with an exclamation mark, so the place alone is a range too.
pub(crate) fn range(scope: &Scope) -> (String, String) {
    let low = scope.path().as_str().to_owned();
    let high = match scope.reach() {
        Reach::Tree => end(scope.path()),
        Reach::Own => format!("{low}!"),
    };
    (low, high)
}

/// The ids of the nodes that a scope sees. Whoever reads few rows says of which node each is
/// (`.filter(n::id.eq(o::node_id))`): without that SQLite gathers all of them first, which takes
/// milliseconds where there are tens of thousands.
pub(crate) fn seen(scope: &Scope) -> between {
    let (low, high) = range(scope);
    between(scope.tenant().to_string(), low, high)
}

/// How much of a tenant a list is about, by which it is decided which way it goes through a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Breadth {
    /// Everything: no condition, and the order in which it is shown leads.
    Whole,
    /// Many places: the order leads, and each row is asked whether its place is one of them.
    Wide,
    /// Few places: they lead, and what they hold is put in order.
    Narrow,
}

impl Breadth {
    /// For the order of a list and for every condition that has an index: closed where the places lead.
    pub(crate) fn index(self) -> Index {
        match self {
            Self::Whole | Self::Wide => Index::Open,
            Self::Narrow => Index::Closed,
        }
    }
}

/// Places up to which a subtree is narrow. What they hold is read in whole and sorted, so it should
/// be about as little as a walk along the order reads before a page is full.
const NARROW: i64 = 256;

/// How much of its tenant a scope sees.
pub(crate) fn breadth(tx: &mut TenantTx<'_>) -> StoreResult<Breadth> {
    let scope = tx.scope();
    if scope.is_whole_tenant() {
        return Ok(Breadth::Whole);
    }
    if scope.reach() == Reach::Own {
        return Ok(Breadth::Narrow);
    }
    breadth_at(tx, scope.path())
}

/// How large the subtree of a place is: looks at no more places than make it wide.
pub(crate) fn breadth_at(tx: &mut TenantTx<'_>, path: &NodePath) -> StoreResult<Breadth> {
    let beyond: Option<String> = n::table
        .filter(n::tenant_id.eq(tx.tenant().to_string()))
        .filter(n::path.ge(path.as_str().to_owned()))
        .filter(n::path.lt(end(path)))
        .select(n::path)
        .order(n::path)
        .offset(NARROW)
        .limit(1)
        .get_result(tx.conn)
        .optional()?;
    Ok(beyond.map_or(Breadth::Narrow, |_| Breadth::Wide))
}
