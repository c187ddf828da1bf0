use alvara_domain::customer::Contact;
use alvara_domain::event::EventKind;
use alvara_domain::id::{ContactId, NodeId};
use alvara_store::{TenantTx, contacts};

use super::load;
use crate::field::Fields;
use crate::{AppError, AppResult};

/// Somebody to call or write to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewContact {
    /// At most 200 characters.
    pub name: String,
    /// Where to write to.
    pub email: Option<String>,
    /// At most 40 characters; empty when there is none.
    pub phone: String,
    /// For what one asks them, at most 100 characters.
    pub purpose: String,
}

/// What to change; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct ContactChange {
    /// At most 200 characters.
    pub name: Option<String>,
    /// `Some(None)` takes the address away.
    pub email: Option<Option<String>>,
    /// At most 40 characters.
    pub phone: Option<String>,
    /// At most 100 characters.
    pub purpose: Option<String>,
}

/// Adds a contact to a customer.
///
/// # Errors
/// [`AppError::Invalid`]; [`AppError::NotFound`] for a customer outside the scope.
pub fn add_contact(tx: &mut TenantTx<'_>, node: NodeId, new: &NewContact) -> AppResult<Contact> {
    load(tx, node)?;
    let mut fields = Fields::new();
    let contact = Contact {
        tenant_id: tx.tenant(),
        id: tx.new_id()?,
        node_id: node,
        name: fields.line("/name", &new.name, 200),
        email: new
            .email
            .as_deref()
            .map(|email| fields.email("/email", email)),
        phone: fields.maybe_line("/phone", &new.phone, 40),
        purpose: fields.maybe_line("/purpose", &new.purpose, 100),
        created_at: tx.now(),
        updated_at: tx.now(),
        version: 1,
    };
    fields.finish()?;
    contacts::insert(tx, &contact)?;
    // On the customer, whose history it is.
    tx.audit("customer.contact_added", node, (), &contact)?;
    tx.emit(EventKind::CustomerUpdated, node, &contact)?;
    Ok(contact)
}

/// Changes a contact. `expected` is the version that the caller read.
///
/// # Errors
/// [`AppError::Invalid`], [`AppError::NotFound`], [`AppError::Stale`].
pub fn update_contact(
    tx: &mut TenantTx<'_>,
    node: NodeId,
    id: ContactId,
    expected: i64,
    change: &ContactChange,
) -> AppResult<Contact> {
    let before = contacts::find(tx, node, id)?.ok_or(AppError::NotFound("contact"))?;
    if before.version != expected {
        return Err(AppError::Stale);
    }
    let mut contact = before.clone();
    let mut fields = Fields::new();
    if let Some(name) = &change.name {
        contact.name = fields.line("/name", name, 200);
    }
    if let Some(email) = &change.email {
        contact.email = email.as_deref().map(|email| fields.email("/email", email));
    }
    if let Some(phone) = &change.phone {
        contact.phone = fields.maybe_line("/phone", phone, 40);
    }
    if let Some(purpose) = &change.purpose {
        contact.purpose = fields.maybe_line("/purpose", purpose, 100);
    }
    fields.finish()?;
    contacts::update(tx, &contact)?;
    contact.version += 1;
    contact.updated_at = tx.now();
    tx.audit("customer.contact_updated", node, &before, &contact)?;
    tx.emit(EventKind::CustomerUpdated, node, &contact)?;
    Ok(contact)
}

/// Removes a contact.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn remove_contact(tx: &mut TenantTx<'_>, node: NodeId, id: ContactId) -> AppResult<()> {
    let before = contacts::find(tx, node, id)?.ok_or(AppError::NotFound("contact"))?;
    if !contacts::delete(tx, node, id)? {
        return Err(AppError::NotFound("contact"));
    }
    tx.audit("customer.contact_removed", node, &before, ())?;
    tx.emit(EventKind::CustomerUpdated, node, &before)?;
    Ok(())
}
