//! By which version of a plugin a payment account charges, and a charge that is open goes on.
//!
//! An account is pinned to a version; upgrading and rolling back move the pin. A charge stays with
//! the version that it was made by: what that one told the provider, and how it names things there,
//! another version need not understand.

use alvara_domain::charge::record::PaymentAccount;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::{ChargeId, PaymentAccountId};
use alvara_store::{TenantTx, charge_attempts, payment_accounts, plugins};

use super::{BillingJob, ParkJob, later};
use crate::field::Fields;
use crate::plugin::{may_be_used, usable_versions};
use crate::{AppError, AppResult};

/// The account as a charge knows it: pinned to the version that the charge was made by, as long as
/// that one is installed and granted something.
pub(super) fn as_made(
    tx: &mut TenantTx<'_>,
    charge: ChargeId,
    account: PaymentAccount,
) -> AppResult<PaymentAccount> {
    let first = charge_attempts::list(tx, charge)?.into_iter().next();
    let Some(made_by) = first.and_then(|attempt| attempt.plugin_version) else {
        return Ok(account);
    };
    by(tx, account, made_by)
}

/// The account pinned to a version, as long as that one is installed and granted something.
pub(super) fn by(
    tx: &mut TenantTx<'_>,
    account: PaymentAccount,
    made_by: String,
) -> AppResult<PaymentAccount> {
    if made_by == account.plugin_version {
        return Ok(account);
    }
    match plugins::find_version(tx, &account.plugin, &made_by)? {
        Some(there) if may_be_used(&there)? => Ok(PaymentAccount {
            plugin_version: made_by,
            ..account
        }),
        _ => Ok(account),
    }
}

/// Refuses a pin that leads nowhere: the tenant may use the plugin, and the version is installed and
/// granted something. The version cannot be removed before this transaction ends.
pub(super) fn pin(
    tx: &mut TenantTx<'_>,
    fields: &mut Fields,
    (plugin, version): (&str, &str),
) -> AppResult<()> {
    if !plugins::is_offered(tx, plugin)? {
        let detail = format!("the operator does not offer the plugin {plugin} to this tenant");
        fields.refuse("/plugin", FaultCode::Unknown, detail);
        return Ok(());
    }
    let Some(found) = plugins::hold_version(tx, plugin, version)? else {
        let usable: Vec<String> = usable_versions(tx, plugin)?
            .into_iter()
            .map(|known| known.plugin_version)
            .collect();
        let usable = if usable.is_empty() {
            "none of it can be used yet".to_owned()
        } else {
            format!("it can be used in {}", usable.join(", "))
        };
        let detail = format!("{plugin} {version} is not installed; {usable}");
        fields.refuse("/plugin_version", FaultCode::Unknown, detail);
        return Ok(());
    };
    if !may_be_used(&found)? {
        let detail = format!("the operator has granted {plugin} {version} nothing");
        fields.refuse("/plugin_version", FaultCode::Conflict, detail);
    }
    Ok(())
}

/// Refuses a new charge by an account whose plugin was taken back from the tenant. What is open goes
/// on.
pub(super) fn may_charge(tx: &mut TenantTx<'_>, account: &PaymentAccount) -> AppResult<()> {
    if plugins::is_offered(tx, &account.plugin)? {
        return Ok(());
    }
    let detail = format!(
        "the operator no longer offers the plugin {} to this tenant",
        account.plugin
    );
    Err(AppError::field(
        "/payment_account",
        FaultCode::Conflict,
        detail,
    ))
}

/// Has an account put aside by a job because a version of its plugin misbehaved; `false` when the
/// account no longer charges by that version, which only its open charges go by.
pub(super) fn accuse(
    tx: &mut TenantTx<'_>,
    account_id: PaymentAccountId,
    version: &str,
) -> AppResult<bool> {
    let account = payment_accounts::find(tx, account_id)?;
    if account.is_none_or(|account| account.plugin_version != version) {
        return Ok(false);
    }
    let now = tx.now();
    later(tx, BillingJob::Park, ParkJob { account_id }, now)?;
    Ok(true)
}
