//! A payment account is looked at by its plugin before it is made.

use std::sync::Arc;

use alvara_domain::charge::record::PaymentAccount;
use alvara_domain::fault::{FaultCode, FieldFault};
use alvara_domain::payment::{PluginFault, PluginFaultKind, Violation};
use alvara_domain::time::UtcTime;
use alvara_gateway::{
    Account, Answer, JournalEntry, KvPut, KvWritten, Limits, MemoryServices, Place, Services,
};
use alvara_store::Scope;

use super::{Ready, judged, ready};
use crate::billing::account::{self, NewAccount};
use crate::{AppError, AppResult, Platform};

/// How long either of the two questions may take at most, milliseconds: whoever makes the account
/// waits for both, and a request that is to be answered once holds its name for a minute.
const PATIENCE_MS: u32 = 20_000;

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
    let mut ready = match ready(platform, scope, draft, which).await? {
        Ok(ready) => ready,
        Err(fault) => return Err(unwell(&fault)),
    };
    // No row of an account that is not there yet can be written.
    ready.call.services = Arc::new(Passing::default());
    let mut hurried = Account::clone(&ready.call.account);
    hurried.grants.limits = soon(hurried.grants.limits);
    ready.call.account = Arc::new(hurried);
    let looked = look(platform, scope, &ready).await;
    if let Ok(gateway) = platform.gateway() {
        // Nobody is parked for them, and the next draft has another id.
        let digest = ready.plugin.digest();
        gateway.faults().forgive(digest, &draft.id.to_string());
    }
    looked
}

/// The limits of a call that somebody waits for.
fn soon(limits: Limits) -> Limits {
    Limits {
        wall_ms: limits.wall_ms.min(PATIENCE_MS),
        ..limits
    }
}

async fn look(platform: &Platform, scope: &Scope, ready: &Ready) -> AppResult<()> {
    let answered = ready.plugin.validate_config(&ready.call).await;
    let refused = match judged(platform, scope, ready, answered).await? {
        Ok(refused) => refused,
        Err(fault) => return Err(unwell(&fault)),
    };
    if !refused.is_empty() {
        return Err(AppError::Invalid(refused.iter().map(setting).collect()));
    }
    let answered = ready.plugin.health_check(&ready.call).await;
    match judged(platform, scope, ready, answered).await? {
        Ok(()) => Ok(()),
        // A provider that can only be asked about charges.
        Err(fault) if fault.kind == PluginFaultKind::Unsupported => Ok(()),
        Err(fault) => Err(unwell(&fault)),
    }
}

/// What a plugin keeps while it looks at an account that is not there yet: until it has looked.
#[derive(Default)]
struct Passing(MemoryServices);

impl Services for Passing {
    fn kv_get<'a>(
        &'a self,
        place: &'a Place,
        key: &'a str,
        now: UtcTime,
    ) -> Answer<'a, Option<Vec<u8>>> {
        self.0.kv_get(place, key, now)
    }

    fn kv_put<'a>(&'a self, place: &'a Place, put: KvPut) -> Answer<'a, KvWritten> {
        self.0.kv_put(place, put)
    }

    fn kv_delete<'a>(&'a self, place: &'a Place, key: &'a str) -> Answer<'a, ()> {
        self.0.kv_delete(place, key)
    }

    /// Nothing is charged yet that somebody would have to find again after a crash.
    fn journal<'a>(&'a self, entry: JournalEntry) -> Answer<'a, ()> {
        tracing::info!(
            account = %entry.place.account, method = %entry.method, host = %entry.host,
            path = %entry.path, "a plugin changes something while it looks at a new account"
        );
        self.0.journal(entry)
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

#[cfg(test)]
mod tests {
    use super::*;

    // R-PAY-03
    #[test]
    fn whoever_makes_an_account_never_waits_for_a_minute() {
        assert!(2 * soon(Limits::HOUSE).wall_ms < 60_000);
        let less = Limits {
            wall_ms: 2_000,
            ..Limits::HOUSE
        };
        assert_eq!(soon(less), less);
    }
}
