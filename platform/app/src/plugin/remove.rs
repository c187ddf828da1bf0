//! Removes a version of a plugin.

use alvara_domain::id::PluginId;
use alvara_gateway::Digest;
use alvara_store::{PlatformScope, PlatformTx, plugins};

use super::{load, operator};
use crate::error::{AppError, AppResult};
use crate::platform::Platform;

/// Removes a version that no payment account is pinned to and by which no charge is open, from the
/// database and from the memory of this process.
///
/// # Errors
/// [`crate::AppError::NotFound`]; [`alvara_store::StoreError::Referenced`] while it is in use.
pub async fn remove(platform: &Platform, scope: &PlatformScope, id: PluginId) -> AppResult<()> {
    let work = move |tx: &mut PlatformTx<'_>| -> AppResult<String> {
        let plugin = load(tx, id)?;
        if !plugins::remove(tx, id)? {
            return Err(AppError::NotFound("plugin"));
        }
        let operator = operator(tx)?;
        tx.audit_in(operator, "plugin.removed", id, &plugin, ())?;
        Ok(plugin.digest)
    };
    let digest = platform.db().platform_write(scope, work).await?;
    // Other instances keep it in memory until they end; nothing leads to it any more.
    if let (Ok(gateway), Ok(digest)) = (platform.gateway(), digest.parse::<Digest>()) {
        gateway.unload(digest);
    }
    Ok(())
}
