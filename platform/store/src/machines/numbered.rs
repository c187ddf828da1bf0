//! Machines counted and in pages by number.
use super::row::MachineRow;
use super::{former, in_reach};
use crate::dialect::MultiBackend;
use crate::error::StoreResult;
use crate::numbered::{Numbered, PageNumber};
use crate::place;
use crate::schema::machines as m;
use crate::tx::TenantTx;
use alvara_domain::machine::{Machine, MachineState};
use diesel::dsl::count_star;
use diesel::prelude::*;

fn matching<'a>(tx: &TenantTx<'_>, state: Option<MachineState>) -> m::BoxedQuery<'a, MultiBackend> {
    let mut query = m::table
        .filter(m::tenant_id.eq(tx.tenant().to_string()))
        .into_boxed();
    if !tx.scope().is_whole_tenant() {
        let (low, high) = place::range(tx.scope());
        let (from, to) = former::readers(tx.scope());
        query = query
            .filter(in_reach(low, high))
            .filter(former::shown(from, to));
    }
    if let Some(state) = state {
        query = query.filter(m::state.eq(state.as_str()));
    }
    query
}

/// A page by number of the machines of the scope, in the order they were first activated, and their
/// count; those in one state if one is named.
///
/// # Errors
/// When the database fails.
pub fn list_numbered(
    tx: &mut TenantTx<'_>,
    state: Option<MachineState>,
    page: PageNumber,
) -> StoreResult<Numbered<Machine>> {
    let total = matching(tx, state)
        .select(count_star())
        .get_result(tx.conn)?;
    let rows: Vec<MachineRow> = matching(tx, state)
        .select(MachineRow::as_select())
        .order(m::id)
        .limit(page.limit())
        .offset(page.offset())
        .load(tx.conn)?;
    let items = rows
        .into_iter()
        .map(Machine::try_from)
        .collect::<StoreResult<_>>()?;
    Ok(Numbered { items, total })
}
