//! Machines that an earlier holder of a license used up to when it went to somebody else.
use crate::place;
use crate::schema::{machines as m, nodes as n, transfers as t};
use crate::scope::{Actor, Scope};
use diesel::dsl::{exists, not};
use diesel::prelude::*;

/// Whether the machine is no earlier holder's, or of one whose place lies in a range of paths. An
/// earlier holder's is one that had left the license before it was transferred from there, and that
/// did not come back since.
#[diesel::dsl::auto_type]
pub(super) fn shown(low: String, high: String) -> _ {
    let transferred = t::table
        .inner_join(
            n::table.on(n::tenant_id
                .eq(t::tenant_id)
                .and(n::id.nullable().eq(t::from_node_id))),
        )
        .filter(t::tenant_id.eq(m::tenant_id))
        .filter(t::license_id.eq(m::license_id))
        .filter(t::made_at.nullable().ge(m::deactivated_at))
        .filter(n::path.lt(low).or(n::path.ge(high)));
    // One that runs has no such instant, which then compares with nothing.
    not(exists(transferred))
}

/// From which path up to, not including, which other earlier holders' machines are shown. People see
/// those of places they see; the program on such a machine is told how it stands, and jobs see all.
pub(super) fn readers(scope: &Scope) -> (String, String) {
    match scope.actor() {
        Actor::Member(_) | Actor::ApiKey(_) => place::range(scope),
        Actor::Machine(_)
        | Actor::Program
        | Actor::Visitor
        | Actor::Provider
        | Actor::Payer
        | Actor::Job(_)
        | Actor::Console
        | Actor::Platform => ("/".to_owned(), "0".to_owned()),
    }
}
