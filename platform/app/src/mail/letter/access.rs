//! How a member comes in: the link by which a password is chosen.

use alvara_domain::mail::{Door, Mail};
use alvara_render::Args;
use alvara_store::members::MemberState;
use alvara_store::{TenantTx, members};

use super::{Draft, Letter};
use crate::{AppResult, Platform};

/// For how many days an invitation is good, from when it leaves.
const INVITATION_DAYS: i64 = 7;

/// For how many hours a link for who forgot the password is good, from when it leaves.
const FORGOTTEN_HOURS: i64 = 2;

/// A mail to the member of a door that is begun, the member's address, and the path to where a password
/// is chosen for so many seconds. `None` where the credentials are no more what they were.
fn begin<'a>(
    tx: &mut TenantTx<'_>,
    platform: &'a Platform,
    mail: &Mail,
    (door, seconds): (&Door, i64),
) -> AppResult<Option<(Draft<'a>, String, String)>> {
    let found = members::find(tx, door.member)?.filter(|member| {
        member.state == MemberState::Active && member.credentials_epoch == door.epoch
    });
    let Some(member) = found else {
        return Ok(None);
    };
    let draft = Draft::open(tx, platform, mail, (member.node_id, &member.name))?;
    let until = tx.now().saturating_add_seconds(seconds);
    let gate = platform.gate();
    let token = gate.password_token(tx.tenant(), &member, until)?;
    Ok(Some((draft, member.email, format!("/password/{token}"))))
}

/// Says in a mail why it comes, and where a password is chosen.
fn ask(draft: &mut Draft<'_>, intro: &str, email: &str, path: &str) -> Args {
    let about = Args::new()
        .text("seller", draft.brand.trade_name.as_str())
        .text("email", email);
    draft.add(intro, &about);
    let label = draft.say.word("mail-password-choose");
    draft.page(label, path);
    about
}

/// Somebody was let in, and chooses the password.
pub(super) fn invited(
    tx: &mut TenantTx<'_>,
    platform: &Platform,
    mail: &Mail,
    door: &Door,
) -> AppResult<Option<Letter>> {
    let begun = begin(tx, platform, mail, (door, INVITATION_DAYS * 86_400))?;
    Ok(begun.map(|(draft, email, path)| invited_letter(draft, &email, &path)))
}

/// The letter to who was let in, with the path to where the password is chosen.
pub(super) fn invited_letter(mut draft: Draft<'_>, email: &str, path: &str) -> Letter {
    let about = ask(&mut draft, "mail-invited-intro", email, path);
    let days = Args::new().number("days", INVITATION_DAYS);
    draft.note = Some(draft.say.text("mail-invited-note", &days));
    let subject = draft.say.text("mail-invited-subject", &about);
    let why = draft.say.text("mail-invited-why", &about);
    draft.end(subject, why)
}

/// A member forgot the password, or somebody says so.
pub(super) fn forgotten(
    tx: &mut TenantTx<'_>,
    platform: &Platform,
    mail: &Mail,
    door: &Door,
) -> AppResult<Option<Letter>> {
    let begun = begin(tx, platform, mail, (door, FORGOTTEN_HOURS * 3_600))?;
    Ok(begun.map(|(draft, email, path)| forgotten_letter(draft, &email, &path)))
}

/// The letter to who forgot the password, with the path to where another is chosen.
pub(super) fn forgotten_letter(mut draft: Draft<'_>, email: &str, path: &str) -> Letter {
    let about = ask(&mut draft, "mail-forgotten-intro", email, path);
    let hours = Args::new().number("hours", FORGOTTEN_HOURS);
    draft.note = Some(draft.say.text("mail-forgotten-note", &hours));
    let subject = draft.say.word("mail-forgotten-subject");
    let why = draft.say.text("mail-forgotten-why", &about);
    draft.end(subject, why)
}
