//! The call that tells a provider where to call.

use alvara_domain::fault::FaultCode;
use alvara_domain::id::PaymentAccountId;
use alvara_domain::payment::ask::Pair;
use alvara_domain::payment::{PluginFault, PluginFaultKind};
use alvara_store::{Scope, TenantTx, payment_accounts};
use serde_json::json;

use super::{judged, ready};
use crate::billing::webhook_url;
use crate::{AppError, AppResult, Platform};

/// What a provider was told.
#[derive(Debug, Clone)]
pub struct Registered {
    /// The address. A word in it that proves the provider is left out.
    pub url: String,
    /// What it was told for, and what it said to that, in the plugin's words.
    pub told: Vec<Pair>,
}

/// Tells the provider of an account where to call. It may be told again: the address is the same.
///
/// # Errors
/// [`AppError::ExceedsOwnRights`] below the tenant's root; [`AppError::NotFound`];
/// [`AppError::Invalid`] for a plugin that tells nobody, and for what the
/// provider refuses or does not answer; when the database fails.
pub async fn register_webhook(
    platform: &Platform,
    scope: &Scope,
    id: PaymentAccountId,
) -> AppResult<Registered> {
    let db = platform.db();
    let address = platform.address().clone();
    let read = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
        // What is done with the account's credentials is for those who may change them.
        if !tx.scope().is_whole_tenant() {
            return Err(AppError::ExceedsOwnRights);
        }
        let account = payment_accounts::find(tx, id)?;
        let account = account.ok_or(AppError::NotFound("payment account"))?;
        Ok((account, webhook_url(tx, &address, id)?))
    };
    let (account, url) = db.read(scope, read).await?;
    let which = (format!("{id}-webhook"), 1, db.clock().now());
    let bare = scope.without_claim();
    let answer = match ready(platform, &bare, &account, which).await? {
        Err(fault) => Err(fault),
        Ok(ready) => {
            let answered = ready.plugin.register_webhook(&ready.call, &url).await;
            judged(platform, &bare, &ready, answered).await?
        }
    };
    let told = answer.map_err(|fault| untold(&fault))?;
    let noted = json!({ "url": url });
    let note = move |tx: &mut TenantTx<'_>| -> AppResult<()> {
        tx.audit("payment_account.webhook_registered", id, (), &noted)?;
        Ok(())
    };
    db.write(scope, note).await?;
    Ok(Registered { url, told })
}

fn untold(fault: &PluginFault) -> AppError {
    use PluginFaultKind as Kind;
    let (pointer, what) = match fault.kind {
        Kind::Unsupported => (
            "/plugin",
            "the plugin tells its provider of no address; some providers are told with each payment, \
             others on their own pages",
        ),
        Kind::Unauthenticated | Kind::Permission => {
            ("/secrets", "the provider does not take the credentials")
        }
        _ => ("/config", "the provider did not take the address"),
    };
    AppError::field(pointer, FaultCode::Conflict, format!("{what} ({fault})"))
}
