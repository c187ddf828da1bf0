//! Tells members by mail what happened to how they sign in, in the transaction in which it does.

use alvara_domain::browser::{browser_name, network};
use alvara_domain::id::MemberId;
use alvara_domain::mail::{CredentialChange, MailContent};
use alvara_store::known_browsers::{self, Met};
use alvara_store::mails::{self, NewMail};
use alvara_store::members::{self, Member};
use alvara_store::{StoreResult, TenantTx};
use alvara_vault::{Vault, VaultError};

/// Writes down that a member's password or one-time codes changed. Also for what changes them beside
/// the gate.
///
/// # Errors
/// When the database fails.
pub fn tell_of_change(
    tx: &mut TenantTx<'_>,
    id: MemberId,
    change: CredentialChange,
) -> StoreResult<()> {
    let at = tx.now().micros();
    let content = MailContent::CredentialsChanged {
        member: id,
        change,
        at,
    };
    match members::find(tx, id)? {
        Some(member) => write_down(tx, &member, content),
        None => Ok(()),
    }
}

/// What names a browser of a member's in the database: nobody learns from it what browser it is, nor
/// where.
///
/// # Errors
/// When the vault fails.
pub(super) fn mark_of(
    vault: &Vault,
    member: MemberId,
    (user_agent, address): (&str, &str),
) -> Result<String, VaultError> {
    let (browser, network) = (browser_name(user_agent), network(address));
    vault.lookup(&format!("browser:{member}:{browser}:{network}"))
}

/// Notes in which browser a member signs in, and writes it down where it was not seen before.
///
/// # Errors
/// When the database fails.
pub(super) fn tell_of_sign_in(
    tx: &mut TenantTx<'_>,
    id: MemberId,
    mark: &str,
    (user_agent, address): (&str, &str),
) -> StoreResult<()> {
    if known_browsers::meet(tx, id, mark)? != Met::New {
        return Ok(());
    }
    let content = MailContent::SignedIn {
        member: id,
        browser: browser_name(user_agent),
        address: address.to_owned(),
        at: tx.now().micros(),
    };
    match members::find(tx, id)? {
        Some(member) => write_down(tx, &member, content),
        None => Ok(()),
    }
}

fn write_down(tx: &mut TenantTx<'_>, member: &Member, content: MailContent) -> StoreResult<()> {
    let mail = NewMail {
        place: member.node_id,
        recipient: member.email.clone(),
        locale: member.locale.clone().unwrap_or_default(),
        content,
    };
    mails::post(tx, mail)?;
    Ok(())
}
