use alvara_domain::customer::{CustomerTier, PersonKind};
use alvara_domain::event::EventKind;
use alvara_domain::id::NodeId;
use alvara_domain::payment::ask::PostalAddress;
use alvara_store::customers::{self, Placed};
use alvara_store::{TenantTx, nodes};
use serde_json::json;

use super::address::read_address;
use super::{TypedTaxId, load, read_tax_id};
use crate::field::Fields;
use crate::{AppError, AppResult};

/// What to change of a customer; what is `None` stays. How it stands changes by decisions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomerChange {
    /// The node's name, at most 200 characters.
    pub name: Option<String>,
    /// The node's address; `Some(None)` takes it away.
    pub email: Option<Option<String>>,
    /// Person or company.
    pub person: Option<PersonKind>,
    /// At most 200 characters.
    pub legal_name: Option<String>,
    /// `Some(None)` takes it away.
    pub tax_id: Option<Option<TypedTaxId>>,
    /// At most 40 characters.
    pub phone: Option<String>,
    /// `Some(None)` takes it away.
    pub address: Option<Option<PostalAddress>>,
    /// What it is worth.
    pub tier: Option<CustomerTier>,
    /// Whether it works at several sites.
    pub multi_site: Option<bool>,
    /// Whether several of its people use what it has.
    pub multi_user: Option<bool>,
    /// At most 2 000 characters.
    pub notes: Option<String>,
}

/// Changes a customer. `expected` is the version that the caller read.
///
/// # Errors
/// [`AppError::Invalid`], [`AppError::NotFound`], [`AppError::Stale`].
pub fn update_customer(
    tx: &mut TenantTx<'_>,
    id: NodeId,
    expected: i64,
    change: &CustomerChange,
) -> AppResult<Placed> {
    let before = load(tx, id)?;
    if before.customer.version != expected {
        return Err(AppError::Stale);
    }
    let Placed {
        mut customer,
        mut node,
    } = before.clone();
    let mut fields = Fields::new();
    if let Some(name) = &change.name {
        node.name = fields.line("/name", name, 200);
    }
    if let Some(email) = &change.email {
        node.email = email.as_deref().map(|email| fields.email("/email", email));
    }
    if let Some(text) = &change.legal_name {
        customer.legal_name = fields.maybe_line("/legal_name", text, 200);
    }
    if let Some(text) = &change.phone {
        customer.phone = fields.maybe_line("/phone", text, 40);
    }
    if let Some(address) = &change.address {
        let read = address.as_ref();
        customer.postal_address = read.map(|address| read_address(&mut fields, address));
    }
    if let Some(text) = &change.notes {
        customer.notes = fields.paragraphs("/notes", text, 2000);
    }
    match &change.tax_id {
        Some(Some(typed)) => customer.tax_id = read_tax_id(tx, &mut fields, typed)?,
        Some(None) => customer.tax_id = None,
        None => {}
    }
    fields.finish()?;
    customer.person = change.person.unwrap_or(customer.person);
    customer.tier = change.tier.unwrap_or(customer.tier);
    customer.multi_site = change.multi_site.unwrap_or(customer.multi_site);
    customer.multi_user = change.multi_user.unwrap_or(customer.multi_user);
    customers::update(tx, &customer)?;
    if node != before.node {
        nodes::update(tx, &node)?;
        customers::follow_node(tx, &node)?;
    }
    let after = load(tx, id)?;
    tx.audit("customer.updated", id, note(&before), note(&after))?;
    tx.emit(EventKind::CustomerUpdated, id, note(&after))?;
    Ok(after)
}

/// What audit and event say of a customer.
fn note(placed: &Placed) -> serde_json::Value {
    json!({ "name": placed.node.name, "email": placed.node.email, "customer": placed.customer })
}
