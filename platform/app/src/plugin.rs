//! Payment plugins: installing a version, granting what it asks for, letting tenants use it, moving
//! payment accounts from one version to another, removing it.
//!
//! A plugin is looked at, compiled and asked what it is outside of any transaction; the row is
//! written when all of that went well. Nothing here needs a restart: a payment account names a
//! version, and a version is loaded when it is first called.

mod grant;
mod install;
mod offer;
mod publisher;
mod remove;

pub use grant::{Sheet, grant, manifest_of, may_be_used, sheet};
pub use install::{Installing, install};
pub use offer::{Usable, offer, usable, usable_versions, withdraw};
pub use publisher::{distrust, trust};
pub use remove::remove;

/// What an operator decides on, as the gateway knows it.
pub use alvara_gateway::{Grants, Limits, Manifest, Signing, Use};

use alvara_domain::id::{PluginId, TenantId};
use alvara_domain::plugin::InstalledPlugin;
use alvara_store::{PlatformTx, plugins, tenants};

use crate::error::{AppError, AppResult};

/// The operator's own tenant, in whose audit chain the installation's plugins are noted.
fn operator(tx: &mut PlatformTx<'_>) -> AppResult<TenantId> {
    let operator = tenants::find_operator(tx)?.ok_or(AppError::NotFound("tenant"))?;
    Ok(operator.id)
}

fn load(tx: &mut PlatformTx<'_>, id: PluginId) -> AppResult<InstalledPlugin> {
    plugins::find(tx, id)?.ok_or(AppError::NotFound("plugin"))
}
