//! The contacts of a page of customers.
use super::ContactRow;
use crate::error::StoreResult;
use crate::place;
use crate::schema::{contacts as t, nodes as n};
use crate::tx::TenantTx;
use alvara_domain::customer::Contact;
use alvara_domain::id::NodeId;
use diesel::prelude::*;
use std::collections::BTreeMap;

/// The contacts of each of these customers of the scope, in the order they were added. At most a
/// page of customers at once.
///
/// # Errors
/// When the database fails.
pub fn of_many(
    tx: &mut TenantTx<'_>,
    customers: &[NodeId],
) -> StoreResult<BTreeMap<NodeId, Vec<Contact>>> {
    let wanted: Vec<String> = customers.iter().map(ToString::to_string).collect();
    let rows: Vec<ContactRow> = t::table
        .filter(t::tenant_id.eq(tx.tenant().to_string()))
        .filter(t::node_id.eq_any(wanted))
        .filter(t::node_id.eq_any(place::seen(tx.scope()).filter(n::id.eq(t::node_id))))
        .order(t::id)
        .select(ContactRow::as_select())
        .load(tx.conn)?;
    let mut all: BTreeMap<NodeId, Vec<Contact>> = BTreeMap::new();
    for row in rows {
        let contact = Contact::try_from(row)?;
        all.entry(contact.node_id).or_default().push(contact);
    }
    Ok(all)
}
