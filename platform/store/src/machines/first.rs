//! The first machine of a product, for who waits for it.
use super::row::MachineRow;
use super::{in_reach, of_present_license};
use crate::error::StoreResult;
use crate::place;
use crate::schema::{licenses as l, machines as m};
use crate::tx::TenantTx;
use alvara_domain::id::ProductId;
use alvara_domain::machine::{Machine, MachineState};
use diesel::prelude::*;

/// The machine of the scope that activated a product first, but for those of deleted licenses and
/// those that are still to come.
///
/// # Errors
/// When the database fails.
pub fn first_of_product(tx: &mut TenantTx<'_>, product: ProductId) -> StoreResult<Option<Machine>> {
    let (low, high) = place::range(tx.scope());
    let licenses = l::table
        .filter(l::tenant_id.eq(tx.tenant().to_string()))
        .filter(l::product_id.eq(product.to_string()))
        .select(l::id);
    let mut query = m::table
        .filter(m::tenant_id.eq(tx.tenant().to_string()))
        .filter(m::license_id.eq_any(licenses))
        .filter(m::state.ne(MachineState::Reserved.as_str()))
        .filter(of_present_license())
        .select(MachineRow::as_select())
        .into_boxed();
    if !tx.scope().is_whole_tenant() {
        query = query.filter(in_reach(low, high));
    }
    let row: Option<MachineRow> = query.order(m::activated_at).first(tx.conn).optional()?;
    row.map(Machine::try_from).transpose()
}
