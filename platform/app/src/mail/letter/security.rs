//! What happened to how a member signs in.

use alvara_domain::id::MemberId;
use alvara_domain::mail::{CredentialChange, Mail};
use alvara_domain::time::UtcTime;
use alvara_render::Args;
use alvara_store::members::MemberState;
use alvara_store::{TenantTx, members};

use super::{Draft, Letter};
use crate::{AppError, AppResult, Platform};

/// A mail to a member that is begun, with what all of them say. `None` for who may sign in no more.
fn begin<'a>(
    tx: &mut TenantTx<'_>,
    platform: &'a Platform,
    mail: &Mail,
    (member, at): (MemberId, i64),
) -> AppResult<Option<(Draft<'a>, Args)>> {
    let found = members::find(tx, member)?.filter(|one| one.state == MemberState::Active);
    let Some(member) = found else {
        return Ok(None);
    };
    let at = UtcTime::from_micros(at).map_err(|error| AppError::Inconsistent(error.to_string()))?;
    let draft = Draft::open(tx, platform, mail, (member.node_id, &member.name))?;
    let about = facts(&draft, &member.email, at);
    Ok(Some((draft, about)))
}

/// Who it happened to, and when.
pub(super) fn facts(draft: &Draft<'_>, email: &str, at: UtcTime) -> Args {
    Args::new()
        .text("seller", draft.brand.trade_name.as_str())
        .text("email", email)
        .text("day", draft.day(at))
        .text("time", at.clock_in(&draft.zone))
}

/// What is to be done by who did not do it, and why the mail came.
fn finish(mut draft: Draft<'_>, about: &Args, subject: String) -> Letter {
    draft.add("mail-access-not-you", &Args::new());
    let label = draft.say.word("mail-password-choose");
    draft.page(label, "/forgot");
    let why = draft.say.text("mail-access-why", about);
    draft.end(subject, why)
}

/// A member signed in in a browser that was not seen before.
pub(super) fn signed_in(
    tx: &mut TenantTx<'_>,
    platform: &Platform,
    mail: &Mail,
    who: (MemberId, i64),
    (browser, address): (&str, &str),
) -> AppResult<Option<Letter>> {
    let begun = begin(tx, platform, mail, who)?;
    Ok(begun.map(|(draft, about)| signed_in_letter(draft, &about, (browser, address))))
}

/// The letter over a browser that was not seen before, as far as it and its address are known.
pub(super) fn signed_in_letter(
    mut draft: Draft<'_>,
    about: &Args,
    (browser, address): (&str, &str),
) -> Letter {
    draft.add("mail-signed-in-intro", about);
    if !browser.is_empty() {
        draft.add(
            "mail-signed-in-browser",
            &Args::new().text("browser", browser),
        );
    }
    if !address.is_empty() {
        draft.add(
            "mail-signed-in-address",
            &Args::new().text("address", address),
        );
    }
    let subject = draft.say.text("mail-signed-in-subject", about);
    finish(draft, about, subject)
}

/// A member's password or one-time codes changed.
pub(super) fn changed(
    tx: &mut TenantTx<'_>,
    platform: &Platform,
    mail: &Mail,
    who: (MemberId, i64),
    change: CredentialChange,
) -> AppResult<Option<Letter>> {
    let begun = begin(tx, platform, mail, who)?;
    Ok(begun.map(|(draft, about)| changed_letter(draft, &about, change)))
}

/// The letter over a password or one-time codes that changed.
pub(super) fn changed_letter(
    mut draft: Draft<'_>,
    about: &Args,
    change: CredentialChange,
) -> Letter {
    draft.add(&format!("mail-changed-{change}"), about);
    let subject = draft.say.word(&format!("mail-changed-subject-{change}"));
    finish(draft, about, subject)
}
