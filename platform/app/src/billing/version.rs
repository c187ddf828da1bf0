//! By which version of a plugin a payment account charges, and a charge that is open goes on.
//!
//! An account is pinned to a version; upgrading and rolling back move the pin. A charge stays with
//! the version that it was made by: what that one told the provider, and how it names things there,
//! another version need not understand.

use alvara_domain::charge::record::PaymentAccount;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::ChargeId;
use alvara_store::{TenantTx, charge_attempts, plugins};

use crate::field::Fields;
use crate::{AppError, AppResult};

/// The account as a charge knows it: pinned to the version that the charge was made by, as long as
/// that one is installed and granted.
pub(super) fn as_made(
    tx: &mut TenantTx<'_>,
    charge: ChargeId,
    account: PaymentAccount,
) -> AppResult<PaymentAccount> {
    let first = charge_attempts::list(tx, charge)?.into_iter().next();
    let Some(made_by) = first.and_then(|attempt| attempt.plugin_version) else {
        return Ok(account);
    };
    if made_by == account.plugin_version {
        return Ok(account);
    }
    let there = plugins::find_version(tx, &account.plugin, &made_by)?;
    if there.is_none_or(|plugin| plugin.grants.is_none()) {
        return Ok(account);
    }
    Ok(PaymentAccount {
        plugin_version: made_by,
        ..account
    })
}

/// Refuses a pin that leads nowhere: the tenant may use the plugin, and the version is installed and
/// granted. The version cannot be removed before this transaction ends.
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
        let usable: Vec<String> = plugins::list_versions_offered(tx, plugin)?
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
    if found.grants.is_none() {
        let detail = format!("the operator has granted {plugin} {version} nothing yet");
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
