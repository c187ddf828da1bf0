//! A payment account is looked at by its plugin before it is made.

use std::sync::Arc;

use alvara_domain::charge::record::PaymentAccount;
use alvara_domain::fault::{FaultCode, FieldFault};
use alvara_domain::payment::{PluginFault, PluginFaultKind, Violation};
use alvara_store::Scope;

use super::{judged, ready};
use crate::billing::account::{self, NewAccount};
use crate::{AppError, AppResult, Platform};

/// Whether an account's plugin looks at it before it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookFirst {
    /// The plugin judges the settings, and asks the provider whether it takes the credentials.
    Yes,
    /// Nobody is asked: the provider is down, or not there yet.
    No,
}

/// Makes an account. When its plugin refuses the settings, or its provider the credentials, there is
/// no account and nothing is kept of the secrets.
///
/// # Errors
/// Those of [`account::create`]; [`AppError::Invalid`] with what the plugin or the provider says.
pub async fn open(
    platform: &Platform,
    scope: &Scope,
    new: NewAccount,
    look_first: LookFirst,
) -> AppResult<PaymentAccount> {
    let (db, new) = (platform.db(), Arc::new(new));
    if look_first == LookFirst::Yes {
        let (vault, wanted) = (platform.vault().clone(), Arc::clone(&new));
        let draft = db
            .read(scope, move |tx| account::draft(tx, &vault, &wanted))
            .await?;
        if let Some(draft) = draft {
            well(platform, scope, &draft).await?;
        }
    }
    let vault = platform.vault().clone();
    db.write(scope, move |tx| account::create(tx, &vault, &new))
        .await
}

/// Refuses an account whose settings its plugin does not take, or that its provider does not serve.
async fn well(platform: &Platform, scope: &Scope, draft: &PaymentAccount) -> AppResult<()> {
    let which = (draft.id.to_string(), 1, platform.db().clock().now());
    let ready = match ready(platform, scope, draft, which).await? {
        Ok(ready) => ready,
        Err(fault) => return Err(unwell(&fault)),
    };
    let answered = ready.plugin.validate_config(&ready.call).await;
    let refused = match judged(platform, scope, &ready, answered).await? {
        Ok(refused) => refused,
        Err(fault) => return Err(unwell(&fault)),
    };
    if !refused.is_empty() {
        return Err(AppError::Invalid(refused.iter().map(setting).collect()));
    }
    let answered = ready.plugin.health_check(&ready.call).await;
    match judged(platform, scope, &ready, answered).await? {
        Ok(()) => Ok(()),
        // A provider that can only be asked about charges.
        Err(fault) if fault.kind == PluginFaultKind::Unsupported => Ok(()),
        Err(fault) => Err(unwell(&fault)),
    }
}

fn setting(refused: &Violation) -> FieldFault {
    // RFC 6901 §3.
    let key = refused.property.replace('~', "~0").replace('/', "~1");
    FieldFault::new(
        format!("/config/{key}"),
        FaultCode::Malformed,
        refused.reason.clone(),
    )
}

fn unwell(fault: &PluginFault) -> AppError {
    use PluginFaultKind as Kind;
    let (pointer, what) = match fault.kind {
        Kind::Unauthenticated | Kind::Permission => {
            ("/secrets", "the provider does not take the credentials")
        }
        Kind::InvalidConfig | Kind::InvalidRequest | Kind::NotFound => (
            "/config",
            "the provider cannot be asked with these settings",
        ),
        _ => ("/config", "the provider does not answer as it should"),
    };
    let detail = format!("{what} ({fault}); with ?check=skip nobody is asked");
    AppError::field(pointer, FaultCode::Conflict, detail)
}
