use alvara_domain::customer::{Customer, CustomerStatus, CustomerTier, PersonKind};
use alvara_domain::event::EventKind;
use alvara_domain::id::NodeId;
use alvara_domain::node::{Node, NodeKind};
use alvara_domain::payment::ask::PostalAddress;
use alvara_store::customers::{self, Placed};
use alvara_store::{StoreError, TenantTx};

use super::address::read_address;
use super::{TypedTaxId, load, read_tax_id};
use crate::field::Fields;
use crate::tenancy::{NewNode, hang_node};
use crate::{AppError, AppResult};

/// What may be said of a customer beyond name and address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomerDetails {
    /// A company when not said.
    pub person: Option<PersonKind>,
    /// At most 200 characters; empty when it is the name.
    pub legal_name: String,
    /// Checked, and kept in one form.
    pub tax_id: Option<TypedTaxId>,
    /// At most 40 characters; empty when there is none.
    pub phone: String,
    /// Checked, and kept in one form.
    pub address: Option<PostalAddress>,
    /// Free when not said.
    pub tier: Option<CustomerTier>,
    /// Whether it works at several sites.
    pub multi_site: bool,
    /// Whether several of its people use what it has.
    pub multi_user: bool,
    /// At most 2 000 characters.
    pub notes: String,
}

/// A customer to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCustomer {
    /// The place it comes under; it must lie in the caller's scope.
    pub parent_id: NodeId,
    /// At most 200 characters.
    pub name: String,
    /// Where to write to.
    pub email: Option<String>,
    /// Everything else.
    pub details: CustomerDetails,
}

/// Adds a customer with its place in the tree. Whoever may do so vouches for it: it is validated.
///
/// # Errors
/// [`AppError::Invalid`]; [`AppError::NotFound`] for a parent outside the scope;
/// [`AppError::Tree`] where the parent holds no customers.
pub fn create_customer(tx: &mut TenantTx<'_>, new: &NewCustomer) -> AppResult<Placed> {
    let customer = check(tx, &new.details, CustomerStatus::Validated)?;
    let node = hang_node(
        tx,
        &NewNode {
            parent_id: new.parent_id,
            kind: NodeKind::Customer,
            name: new.name.clone(),
            email: new.email.clone(),
        },
    )?;
    let customer = Customer {
        node_id: node.id,
        ..customer
    };
    insert(tx, &customer)?;
    load(tx, node.id)
}

/// The row of a customer whose place was added as any other place is.
pub(crate) fn insert_plain(tx: &mut TenantTx<'_>, node: &Node) -> AppResult<()> {
    let customer = check(tx, &CustomerDetails::default(), CustomerStatus::Validated)?;
    let customer = Customer {
        node_id: node.id,
        ..customer
    };
    insert(tx, &customer)
}

/// Stores a customer whose node exists and tells of it.
///
/// # Errors
/// [`AppError::Taken`] when somebody with the same address registered at the same moment.
pub(super) fn insert(tx: &mut TenantTx<'_>, customer: &Customer) -> AppResult<()> {
    if !customers::insert(tx, customer)? {
        return Err(AppError::taken("/email")(StoreError::Taken));
    }
    tx.audit("customer.created", customer.node_id, (), customer)?;
    tx.emit(EventKind::CustomerCreated, customer.node_id, customer)?;
    Ok(())
}

/// Reads the details of a customer that comes to be; its node is filled in by the caller.
pub(super) fn check(
    tx: &mut TenantTx<'_>,
    details: &CustomerDetails,
    status: CustomerStatus,
) -> AppResult<Customer> {
    let mut fields = Fields::new();
    let tax_id = match &details.tax_id {
        Some(typed) => read_tax_id(tx, &mut fields, typed)?,
        None => None,
    };
    let customer = Customer {
        tenant_id: tx.tenant(),
        node_id: tx.new_id()?,
        person: details.person.unwrap_or(PersonKind::Company),
        legal_name: fields.maybe_line("/legal_name", &details.legal_name, 200),
        tax_id,
        phone: fields.maybe_line("/phone", &details.phone, 40),
        postal_address: details
            .address
            .as_ref()
            .map(|address| read_address(&mut fields, address)),
        status,
        status_reason: None,
        tier: details.tier.unwrap_or(CustomerTier::Free),
        multi_site: details.multi_site,
        multi_user: details.multi_user,
        notes: fields.paragraphs("/notes", &details.notes, 2000),
        registered_email: None,
        registration_ref: None,
        validated_at: (status == CustomerStatus::Validated).then(|| tx.now()),
        created_at: tx.now(),
        updated_at: tx.now(),
        version: 1,
    };
    fields.finish()?;
    Ok(customer)
}
