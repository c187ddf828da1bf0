use alvara_domain::customer::Site;
use alvara_domain::event::EventKind;
use alvara_domain::id::{NodeId, SiteId};
use alvara_store::{TenantTx, sites};

use super::load;
use crate::field::Fields;
use crate::{AppError, AppResult};

/// Premises to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSite {
    /// At most 100 characters; unique at the customer.
    pub name: String,
    /// At most 500 characters; empty when not said.
    pub address: String,
}

/// What to change; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct SiteChange {
    /// At most 100 characters.
    pub name: Option<String>,
    /// At most 500 characters.
    pub address: Option<String>,
}

/// Adds a site to a customer.
///
/// # Errors
/// [`AppError::Invalid`]; [`AppError::NotFound`] for a customer outside the scope;
/// [`AppError::Taken`] when it has one of that name.
pub fn add_site(tx: &mut TenantTx<'_>, node: NodeId, new: &NewSite) -> AppResult<Site> {
    load(tx, node)?;
    let mut fields = Fields::new();
    let site = Site {
        tenant_id: tx.tenant(),
        id: tx.new_id()?,
        node_id: node,
        name: fields.line("/name", &new.name, 100),
        address: fields.paragraphs("/address", &new.address, 500),
        created_at: tx.now(),
        updated_at: tx.now(),
        version: 1,
    };
    fields.finish()?;
    sites::insert(tx, &site).map_err(AppError::taken("/name"))?;
    // On the customer, whose history it is.
    tx.audit("customer.site_added", node, (), &site)?;
    tx.emit(EventKind::CustomerUpdated, node, &site)?;
    Ok(site)
}

/// Changes a site. `expected` is the version that the caller read.
///
/// # Errors
/// [`AppError::Invalid`], [`AppError::NotFound`], [`AppError::Stale`];
/// [`AppError::Taken`] when it has one of that name.
pub fn update_site(
    tx: &mut TenantTx<'_>,
    node: NodeId,
    id: SiteId,
    expected: i64,
    change: &SiteChange,
) -> AppResult<Site> {
    let before = sites::find(tx, node, id)?.ok_or(AppError::NotFound("site"))?;
    if before.version != expected {
        return Err(AppError::Stale);
    }
    let mut site = before.clone();
    let mut fields = Fields::new();
    if let Some(name) = &change.name {
        site.name = fields.line("/name", name, 100);
    }
    if let Some(address) = &change.address {
        site.address = fields.paragraphs("/address", address, 500);
    }
    fields.finish()?;
    sites::update(tx, &site).map_err(AppError::taken("/name"))?;
    site.version += 1;
    site.updated_at = tx.now();
    tx.audit("customer.site_updated", node, &before, &site)?;
    tx.emit(EventKind::CustomerUpdated, node, &site)?;
    Ok(site)
}

/// Removes a site.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn remove_site(tx: &mut TenantTx<'_>, node: NodeId, id: SiteId) -> AppResult<()> {
    let before = sites::find(tx, node, id)?.ok_or(AppError::NotFound("site"))?;
    if !sites::delete(tx, node, id)? {
        return Err(AppError::NotFound("site"));
    }
    tx.audit("customer.site_removed", node, &before, ())?;
    tx.emit(EventKind::CustomerUpdated, node, &before)?;
    Ok(())
}
