//! The subtree of a scope, as a condition of a query.
use crate::schema::nodes as n;
use crate::scope::{Reach, Scope};
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

/// The ids of the nodes that a scope sees.
pub(crate) fn seen(scope: &Scope) -> between {
    let (low, high) = range(scope);
    between(scope.tenant().to_string(), low, high)
}
