//! The subtree of a scope, as a condition of a query.
use crate::dialect::MultiBackend;
use crate::schema::nodes as n;
use crate::scope::{Reach, Scope};
use alvara_domain::id::TenantId;
use alvara_domain::node::NodePath;
use diesel::prelude::*;
use diesel::sql_types::Text;

/// A query for ids of nodes.
pub(crate) type Ids<'a> = n::BoxedQuery<'a, MultiBackend, Text>;

/// Every path below and including `path` lies from `path` up to, not including, this: a path ends
/// in a slash, and the character after the slash is the zero. A range uses the index on each of the
/// three databases; `LIKE` does not.
pub(crate) fn end(path: &NodePath) -> String {
    let mut end = path.as_str().to_owned();
    end.pop();
    end.push('0');
    end
}

/// The ids of the nodes in a subtree.
pub(crate) fn under(tenant: TenantId, path: &NodePath) -> Ids<'static> {
    n::table
        .filter(n::tenant_id.eq(tenant.to_string()))
        .filter(n::path.ge(path.as_str().to_owned()))
        .filter(n::path.lt(end(path)))
        .select(n::id)
        .into_boxed()
}

/// The ids of the nodes that a scope sees.
pub(crate) fn seen(scope: &Scope) -> Ids<'static> {
    match scope.reach() {
        Reach::Tree => under(scope.tenant(), scope.path()),
        Reach::Own => n::table
            .filter(n::tenant_id.eq(scope.tenant().to_string()))
            .filter(n::path.eq(scope.path().as_str().to_owned()))
            .select(n::id)
            .into_boxed(),
    }
}
