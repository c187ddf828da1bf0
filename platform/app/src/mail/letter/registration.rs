//! What became of somebody's registration as a customer.

use alvara_domain::customer::CustomerStatus;
use alvara_domain::id::NodeId;
use alvara_domain::mail::Mail;
use alvara_render::Args;
use alvara_store::members::MemberState;
use alvara_store::{TenantTx, customers, members};

use super::{Draft, Letter};
use crate::{AppResult, Platform};

/// It came, and somebody will look at it. Told while nobody has.
pub(super) fn received(
    tx: &mut TenantTx<'_>,
    platform: &Platform,
    mail: &Mail,
    place: NodeId,
) -> AppResult<Option<Letter>> {
    if stands(tx, place, CustomerStatus::Pending)?.is_none() {
        return Ok(None);
    }
    Ok(Some(received_letter(Draft::open(
        tx,
        platform,
        mail,
        (place, ""),
    )?)))
}

/// The letter to who registered.
pub(super) fn received_letter(mut draft: Draft<'_>) -> Letter {
    draft.add("mail-registered-intro", &Args::new());
    let seller = Args::new().text("seller", draft.brand.trade_name.as_str());
    let why = draft.say.text("mail-registered-why", &seller);
    let subject = draft.say.word("mail-registered-subject");
    draft.end(subject, why)
}

/// It was approved. Who signs in with the address is led there, anybody else to where keys are mailed.
pub(super) fn admitted(
    tx: &mut TenantTx<'_>,
    platform: &Platform,
    mail: &Mail,
    (name, place): (&str, NodeId),
) -> AppResult<Option<Letter>> {
    if stands(tx, place, CustomerStatus::Validated)?.is_none() {
        return Ok(None);
    }
    let member = members::find_by_email(tx, &mail.recipient)?
        .filter(|one| one.node_id == place && one.state == MemberState::Active);
    let draft = Draft::open(tx, platform, mail, (place, name))?;
    let door = match member {
        Some(_) => ("mail-sign-in", "/login"),
        None => ("mail-admitted-keys", "/my-keys"),
    };
    Ok(Some(admitted_letter(draft, name, door)))
}

/// The letter to who was approved, with what is pressed and where that leads.
pub(super) fn admitted_letter(
    mut draft: Draft<'_>,
    name: &str,
    (label, path): (&str, &str),
) -> Letter {
    draft.add("mail-admitted-intro", &Args::new());
    draft.page(draft.say.word(label), path);
    let subject = draft.say.word("mail-admitted-subject");
    draft.close(subject, name, &[])
}

/// It was not, with the reason where one was given.
pub(super) fn rejected(
    tx: &mut TenantTx<'_>,
    platform: &Platform,
    mail: &Mail,
    (name, place): (&str, NodeId),
) -> AppResult<Option<Letter>> {
    let Some(reason) = stands(tx, place, CustomerStatus::Cancelled)? else {
        return Ok(None);
    };
    let draft = Draft::open(tx, platform, mail, (place, name))?;
    Ok(Some(rejected_letter(draft, name, reason)))
}

/// The letter to who was not approved.
pub(super) fn rejected_letter(mut draft: Draft<'_>, name: &str, reason: Option<String>) -> Letter {
    draft.add("mail-rejected-intro", &Args::new());
    if let Some(reason) = reason {
        draft.add("mail-rejected-reason", &Args::new().text("reason", reason));
    }
    let subject = draft.say.word("mail-rejected-subject");
    draft.close(subject, name, &[])
}

/// The reason why a customer stands so; nothing where it stands otherwise by now.
fn stands(
    tx: &mut TenantTx<'_>,
    place: NodeId,
    status: CustomerStatus,
) -> AppResult<Option<Option<String>>> {
    let found = customers::find(tx, place)?.filter(|known| known.customer.status == status);
    Ok(found.map(|known| known.customer.status_reason))
}
