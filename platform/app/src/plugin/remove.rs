//! Removes a version of a plugin.

use alvara_domain::id::PluginId;
use alvara_store::{PlatformTx, plugins};

use super::{load, operator};
use crate::error::AppResult;

/// Removes a version that no payment account is pinned to, and answers its digest, under which it
/// may be loaded.
///
/// # Errors
/// [`crate::AppError::NotFound`]; that of a broken reference while a payment account uses it.
pub fn remove(tx: &mut PlatformTx<'_>, id: PluginId) -> AppResult<String> {
    let plugin = load(tx, id)?;
    plugins::remove(tx, id)?;
    let operator = operator(tx)?;
    tx.audit_in(operator, "plugin.removed", id, &plugin.digest, ())?;
    Ok(plugin.digest)
}
