//! Which tenants may use a plugin.

use alvara_domain::id::TenantId;
use alvara_domain::plugin::InstalledPlugin;
use alvara_store::page::PageRequest;
use alvara_store::{PlatformTx, TenantTx, plugins, tenants};

use super::may_be_used;
use crate::error::{AppError, AppResult};

/// Lets a tenant open payment accounts with a plugin, of whatever version is granted. Doing it again
/// changes nothing.
///
/// # Errors
/// [`AppError::NotFound`] for the tenant, or a plugin of which no version is installed.
pub fn offer(tx: &mut PlatformTx<'_>, tenant: TenantId, name: &str) -> AppResult<()> {
    tenants::find(tx, tenant)?.ok_or(AppError::NotFound("tenant"))?;
    let installed = plugins::list(tx, Some(name), &PageRequest::new(Some(1), None))?;
    if installed.items.is_empty() {
        return Err(AppError::NotFound("plugin"));
    }
    if plugins::offer(tx, tenant, name)? {
        tx.audit_in(tenant, "plugin.offered", name, (), ())?;
    }
    Ok(())
}

/// Takes a plugin back from a tenant: it creates no new charge with it. What is open goes on, so
/// that no customer pays into the void.
///
/// # Errors
/// [`AppError::NotFound`] when the tenant could not use it.
pub fn withdraw(tx: &mut PlatformTx<'_>, tenant: TenantId, name: &str) -> AppResult<()> {
    if !plugins::withdraw(tx, tenant, name)? {
        return Err(AppError::NotFound("offer"));
    }
    tx.audit_in(tenant, "plugin.withdrawn", name, (), ())?;
    Ok(())
}

/// The versions of a plugin that the own tenant may use and that may do something, the last one
/// installed first.
///
/// # Errors
/// [`AppError::Inconsistent`] for grants or a manifest that were readable once.
pub fn usable_versions(tx: &mut TenantTx<'_>, name: &str) -> AppResult<Vec<InstalledPlugin>> {
    let mut usable = Vec::new();
    for version in plugins::list_versions_offered(tx, name)? {
        if may_be_used(&version)? {
            usable.push(version);
        }
    }
    Ok(usable)
}

/// A plugin that a tenant may use.
#[derive(Debug, Clone)]
pub struct Usable {
    /// The plugin's own id.
    pub name: String,
    /// The versions that are granted, the last one installed first. Empty while none is.
    pub versions: Vec<InstalledPlugin>,
}

/// What the own tenant may open payment accounts with.
///
/// # Errors
/// [`AppError::Inconsistent`] for grants or a manifest that were readable once.
pub fn usable(tx: &mut TenantTx<'_>) -> AppResult<Vec<Usable>> {
    let mut all = Vec::new();
    for offer in plugins::list_offered(tx)? {
        all.push(Usable {
            versions: usable_versions(tx, &offer.name)?,
            name: offer.name,
        });
    }
    Ok(all)
}
