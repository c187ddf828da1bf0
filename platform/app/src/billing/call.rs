//! The calls into payment plugins, between what prepares them and what applies their answers.
//!
//! No transaction is open while a plugin runs. Each of these may die at any point: what was prepared
//! is found by its job, what was dispatched is asked about under the same key.

mod completion;
mod confirmation;
mod mandate;
mod opening;
mod registration;
mod webhook;

use std::collections::BTreeMap;
use std::sync::Arc;

use alvara_domain::charge::attempt::Operation;
use alvara_domain::charge::record::PaymentAccount;
use alvara_domain::id::{ChargeId, PaymentAccountId, RefundId};
use alvara_domain::payment::{PluginFault, PluginFaultKind, PspRef};
use alvara_domain::time::UtcTime;
use alvara_gateway::{
    Account, Call, CallFault, ClientCertificate, Digest, Grants, LastCapture, Manifest, Parking,
    Plugin, Secrets,
};
use alvara_store::{
    Scope, TenantTx, charges, mandates, payment_accounts, plugins, refunds, renewals, tenants,
};
use zeroize::Zeroizing;

use super::answer::{Question, apply_answer, found, question, synced};
use super::charge::{Prepared, dispatch};
use super::house::House;
use super::version::{accuse, as_made};
use super::{AskJob, Outcome, account, refund};
use crate::plugin::may_be_used;
use crate::{AppError, AppResult, Platform};

pub use completion::{complete, complete_mandate};
pub use confirmation::confirm;
pub use mandate::{ask_mandate, collect, end_mandate, set_up};
pub use opening::{LookFirst, open};
pub use registration::{Registered, register_webhook};
pub use webhook::{Received, apply_webhook, receive};

/// Names of secrets that are a client certificate: `<name>.chain` and `<name>.key`, both PEM.
const CHAIN: &str = ".chain";
const KEY: &str = ".key";

/// A plugin that is ready, and the call to make of it.
pub(super) struct Ready {
    pub(super) plugin: Arc<Plugin>,
    pub(super) call: Call,
    account: PaymentAccountId,
    version: String,
}

fn fault(kind: PluginFaultKind, message: impl Into<String>) -> PluginFault {
    PluginFault {
        kind,
        message: message.into(),
        psp_code: None,
        http_status: None,
        retry_after_ms: None,
        violations: Vec::new(),
    }
}

/// Makes the plugin of an account ready for one call. The inner error is what the caller applies in
/// place of an answer: nothing was sent.
pub(super) async fn ready(
    platform: &Platform,
    scope: &Scope,
    account: &PaymentAccount,
    (key, attempt, now): (String, u32, UtcTime),
) -> AppResult<Result<Ready, PluginFault>> {
    let (name, version) = (account.plugin.clone(), account.plugin_version.clone());
    let read = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
        let zone = tenants::load_own(tx)?.time_zone;
        Ok((plugins::find_version(tx, &name, &version)?, zone))
    };
    let (installed, zone) = platform.db().read(scope, read).await?;
    let missing = |what: &str| {
        let message = format!("{} {} {what}", account.plugin, account.plugin_version);
        Ok(Err(fault(PluginFaultKind::InvalidConfig, message)))
    };
    let Some(installed) = installed else {
        return missing("is not installed");
    };
    let is_usable = may_be_used(&installed)?;
    let Some(grants) = installed.grants.as_ref().filter(|_| is_usable) else {
        return missing("is granted nothing");
    };
    let broken = |why: String| AppError::Inconsistent(format!("plugin {}: {why}", installed.id));
    let grants: Grants = serde_json::from_str(grants).map_err(|error| broken(error.to_string()))?;
    let manifest =
        Manifest::parse(&installed.manifest).map_err(|error| broken(error.to_string()))?;
    let digest: Digest = installed
        .digest
        .parse()
        .map_err(|_| broken("its digest is none".to_owned()))?;
    // Nothing was sent, so what cannot be started refuses the charge instead of leaving it unknown.
    let gateway = match platform.gateway() {
        Ok(gateway) => gateway,
        Err(error) => {
            tracing::error!(%error, "payment plugins cannot run here");
            return missing("cannot run here");
        }
    };
    let plugin = match gateway.loaded(digest) {
        Some(plugin) => plugin,
        None => {
            let id = installed.id;
            let component = platform
                .db()
                .read(scope, move |tx| plugins::component_for(tx, id))
                .await?
                .ok_or_else(|| broken("its component is gone".to_owned()))?;
            match gateway.load(digest, &manifest, move || component).await {
                Ok(plugin) => plugin,
                Err(error) => {
                    tracing::error!(plugin = %installed.id, %error, "an installed plugin cannot be loaded");
                    return missing("cannot be loaded");
                }
            }
        }
    };
    let (secrets, certs) = credentials(account::open(platform.vault(), account)?);
    let call = Call {
        account: Arc::new(Account {
            tenant: scope.tenant().to_string(),
            account: account.id.to_string(),
            environment: account.environment,
            config: account.config.clone(),
            grants,
            secrets,
            certs,
            time_zone: zone,
        }),
        services: Arc::new(House {
            db: platform.db().clone(),
            scope: scope.clone(),
            account: account.id,
        }),
        idempotency_key: key,
        attempt,
        now,
    };
    Ok(Ok(Ready {
        plugin,
        call,
        account: account.id,
        version: account.plugin_version.clone(),
    }))
}

/// Takes certificates out of the secrets.
fn credentials(plain: BTreeMap<String, String>) -> (Secrets, BTreeMap<String, ClientCertificate>) {
    let mut certs = BTreeMap::new();
    for (name, chain) in &plain {
        let Some(base) = name.strip_suffix(CHAIN) else {
            continue;
        };
        if let Some(key) = plain.get(&format!("{base}{KEY}")) {
            let certificate = ClientCertificate {
                chain_pem: chain.clone().into_bytes(),
                key_pem: Zeroizing::new(key.clone().into_bytes()),
            };
            certs.insert(base.to_owned(), certificate);
        }
    }
    (plain.into_iter().collect(), certs)
}

/// What a failed call comes to for who applies it. A version that keeps failing by its own fault is
/// parked for the account that charges by it.
async fn blamed(
    platform: &Platform,
    scope: &Scope,
    ready: &Ready,
    failed: CallFault,
) -> AppResult<PluginFault> {
    if failed.counts_against_the_plugin() {
        let digest = ready.plugin.digest();
        let gateway = platform.gateway()?;
        let faults = gateway.faults().of(digest, &ready.account.to_string());
        if Parking::default().parks(&faults, ready.call.now) {
            let (id, version) = (ready.account, ready.version.clone());
            let park = move |tx: &mut TenantTx<'_>| accuse(tx, id, &version);
            if platform.db().write(scope, park).await? {
                gateway.faults().forgive(digest, &id.to_string());
            }
        }
    }
    tracing::warn!(
        account = %ready.account, blame = %failed.blame, happened = %failed.happened,
        fault = %failed.fault.kind, "a call of a payment plugin failed"
    );
    Ok(failed.fault)
}

/// What a call came to, as who applies it needs it.
pub(super) async fn judged<T>(
    platform: &Platform,
    scope: &Scope,
    ready: &Ready,
    answered: Result<T, CallFault>,
) -> AppResult<Result<T, PluginFault>> {
    Ok(match answered {
        Ok(report) => Ok(report),
        Err(failed) => Err(blamed(platform, scope, ready, failed).await?),
    })
}

pub(super) async fn load_account(
    platform: &Platform,
    scope: &Scope,
    id: PaymentAccountId,
) -> AppResult<PaymentAccount> {
    let found = platform
        .db()
        .read(scope, move |tx| payment_accounts::find(tx, id))
        .await?;
    found.ok_or(AppError::NotFound("payment account"))
}

/// Lets a prepared request leave, if it has not, and applies what is answered. Any number of these
/// send one request.
///
/// # Errors
/// [`AppError::NotFound`]; when the database fails. What the provider refuses is applied, not an
/// error.
pub async fn send(
    platform: &Platform,
    scope: &Scope,
    (charge_id, number): (ChargeId, i64),
) -> AppResult<Outcome> {
    let db = platform.db();
    let prepared = db
        .write(scope, move |tx| dispatch(tx, charge_id, number))
        .await?;
    let Some(prepared) = prepared else {
        return Ok(Outcome::Same);
    };
    let Prepared {
        charge,
        attempt,
        account,
    } = prepared;
    let which = (
        attempt.idempotency_key.clone(),
        attempt.tries,
        db.clock().now(),
    );
    let ready = ready(platform, scope, &account, which).await?;
    let vault = platform.vault().clone();
    let at = (charge_id, number);
    if let (Operation::Refund, Some(refund_id)) = (attempt.operation, attempt.refund_id) {
        let answer = match ready {
            Err(fault) => Err(fault),
            Ok(ready) => {
                let read = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
                    let refund =
                        refunds::find(tx, refund_id)?.ok_or(AppError::NotFound("refund"))?;
                    refund::ask_of(tx, &refund)
                };
                let ask = db.read(scope, read).await?;
                let answered = ready.plugin.refund(&ready.call, &ask).await;
                judged(platform, scope, &ready, answered).await?
            }
        };
        return db
            .write(scope, move |tx| {
                refund::apply_answer(tx, &vault, (refund_id, number), answer.as_ref())
            })
            .await;
    }
    let answer = match ready {
        Err(fault) => Err(fault),
        Ok(ready) => {
            let refs = db
                .read(scope, move |tx| refs_for(tx, charge_id, attempt.operation))
                .await?;
            let (plugin, call) = (&ready.plugin, &ready.call);
            let answered = match attempt.operation {
                Operation::Create => plugin.create(call, &charge.ask).await,
                Operation::Cancel => plugin.cancel(call, &refs).await,
                Operation::Collect => plugin.mandate_charge(call, &refs, &charge.ask).await,
                // It leaves with its mandate.
                Operation::Consent => return Ok(Outcome::Same),
                Operation::Capture | Operation::Refund => {
                    let amount = charge.ask.amount;
                    plugin.capture(call, &refs, amount, LastCapture::Yes).await
                }
            };
            judged(platform, scope, &ready, answered).await?
        }
    };
    db.write(scope, move |tx| {
        apply_answer(tx, &vault, at, answer.as_ref())
    })
    .await
}

/// The provider's names that a request about a charge goes by: those of the charge, or, where it is
/// collected by a mandate, the mandate's.
fn refs_for(
    tx: &mut TenantTx<'_>,
    charge: ChargeId,
    operation: Operation,
) -> AppResult<Vec<PspRef>> {
    if operation != Operation::Collect {
        return Ok(charges::refs(tx, &charge)?);
    }
    let of = renewals::of_charge(tx, charge)?;
    let (mandate, _) = of.ok_or(AppError::NotFound("mandate"))?;
    Ok(mandates::refs(tx, mandate)?)
}

/// Asks the provider about a charge what its state calls for, and applies what is answered.
///
/// # Errors
/// [`AppError::NotFound`]; when the database fails.
pub async fn ask(platform: &Platform, scope: &Scope, job: AskJob) -> AppResult<Outcome> {
    let db = platform.db();
    let id = job.charge_id;
    let read = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
        let question = question(tx, &job)?;
        let charge = charges::find(tx, id)?.ok_or(AppError::NotFound("charge"))?;
        let account = payment_accounts::find(tx, charge.account_id)?;
        let account = account.ok_or(AppError::NotFound("payment account"))?;
        Ok((question, as_made(tx, id, account)?))
    };
    let (question, account) = db.read(scope, read).await?;
    let now = db.clock().now();
    let vault = platform.vault().clone();
    match question {
        Question::Nothing => Ok(Outcome::Same),
        Question::Find { charge, attempt } => {
            let which = (attempt.idempotency_key.clone(), attempt.tries, now);
            let answer = match ready(platform, scope, &account, which).await? {
                Err(fault) => Err(fault),
                Ok(ready) => {
                    let answered = ready.plugin.find_by_key(&ready.call, &charge.ask).await;
                    judged(platform, scope, &ready, answered).await?
                }
            };
            let number = attempt.number;
            db.write(scope, move |tx| {
                let answer = answer.as_ref().map(Option::as_ref);
                found(tx, &vault, (id, number), answer)
            })
            .await
        }
        Question::Sync { refs, .. } => {
            let which = (id.to_string(), 1, now);
            let answer = match ready(platform, scope, &account, which).await? {
                Err(fault) => Err(fault),
                Ok(ready) => {
                    let answered = ready.plugin.sync(&ready.call, &refs).await;
                    judged(platform, scope, &ready, answered).await?
                }
            };
            db.write(scope, move |tx| synced(tx, &vault, id, answer.as_ref()))
                .await
        }
    }
}

/// Asks the provider how a refund stands. One without a name of its own there is known by its
/// charge.
///
/// # Errors
/// [`AppError::NotFound`]; when the database fails.
pub async fn ask_refund(platform: &Platform, scope: &Scope, id: RefundId) -> AppResult<Outcome> {
    let db = platform.db();
    let read = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
        let refund = refunds::find(tx, id)?.ok_or(AppError::NotFound("refund"))?;
        let charge = charges::find(tx, refund.charge_id)?.ok_or(AppError::NotFound("charge"))?;
        let account = payment_accounts::find(tx, charge.account_id)?;
        let account = account.ok_or(AppError::NotFound("payment account"))?;
        let account = as_made(tx, charge.id, account)?;
        let mut refs = refund::refs(tx, id)?;
        if !refs.is_empty() {
            refs.extend(charges::refs(tx, &refund.charge_id)?);
        }
        Ok((refund, account, refs))
    };
    let (refund, account, refs) = db.read(scope, read).await?;
    if refs.is_empty() {
        return ask(platform, scope, AskJob::now(refund.charge_id)).await;
    }
    let which = (id.to_string(), 1, db.clock().now());
    let answer = match ready(platform, scope, &account, which).await? {
        Err(fault) => Err(fault),
        Ok(ready) => {
            let answered = ready.plugin.sync_refund(&ready.call, &refs).await;
            judged(platform, scope, &ready, answered).await?
        }
    };
    let vault = platform.vault().clone();
    db.write(scope, move |tx| {
        refund::synced(tx, &vault, id, answer.as_ref())
    })
    .await
}
