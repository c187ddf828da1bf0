//! Removes a version of a plugin.

use alvara_domain::id::PluginId;
use alvara_gateway::Digest;
use alvara_store::{PlatformScope, PlatformTx, plugins};
use serde_json::json;

use super::{load, operator};
use crate::error::{AppError, AppResult};
use crate::platform::Platform;

/// Removes a version that no payment account is pinned to and by which no charge is open and no refund
/// is on its way, from the database and from the memory of this process.
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
        // What it asked for and said of itself would be longer than a column holds.
        let before = json!({
            "name": plugin.name, "version": plugin.plugin_version, "digest": plugin.digest,
            "publisher": plugin.publisher,
        });
        tx.audit_in(operator, "plugin.removed", id, before, ())?;
        Ok(plugin.digest)
    };
    let digest = platform.db().platform_write(scope, work).await?;
    // Other instances keep it in memory until they end; nothing leads to it any more.
    if let (Ok(gateway), Ok(digest)) = (platform.gateway(), digest.parse::<Digest>()) {
        gateway.unload(digest);
    }
    Ok(())
}
