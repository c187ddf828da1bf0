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

/// A mail to the member of a door that is begun: what it says first, and what leads to where a password
/// is chosen for so many seconds. `None` where the credentials are no more what they were.
fn begin<'a>(
    tx: &mut TenantTx<'_>,
    platform: &'a Platform,
    mail: &Mail,
    (door, intro, seconds): (&Door, &str, i64),
) -> AppResult<Option<(Draft<'a>, Args)>> {
    let found = members::find(tx, door.member)?.filter(|member| {
        member.state == MemberState::Active && member.credentials_epoch == door.epoch
    });
    let Some(member) = found else {
        return Ok(None);
    };
    let mut draft = Draft::open(tx, platform, mail, (member.node_id, &member.name))?;
    let about = Args::new()
        .text("seller", draft.brand.trade_name.as_str())
        .text("email", member.email.as_str());
    draft.add(intro, &about);
    let until = tx.now().saturating_add_seconds(seconds);
    let gate = platform.gate();
    let token = gate.password_token(tx.tenant(), &member, until)?;
    let label = draft.say.word("mail-password-choose");
    draft.page(label, &format!("/password/{token}"));
    Ok(Some((draft, about)))
}

/// Somebody was let in, and chooses the password.
pub(super) fn invited(
    tx: &mut TenantTx<'_>,
    platform: &Platform,
    mail: &Mail,
    door: &Door,
) -> AppResult<Option<Letter>> {
    let what = (door, "mail-invited-intro", INVITATION_DAYS * 86_400);
    let Some((mut draft, about)) = begin(tx, platform, mail, what)? else {
        return Ok(None);
    };
    let days = Args::new().number("days", INVITATION_DAYS);
    draft.note = Some(draft.say.text("mail-invited-note", &days));
    let subject = draft.say.text("mail-invited-subject", &about);
    let why = draft.say.text("mail-invited-why", &about);
    Ok(Some(draft.end(subject, why)))
}

/// A member forgot the password, or somebody says so.
pub(super) fn forgotten(
    tx: &mut TenantTx<'_>,
    platform: &Platform,
    mail: &Mail,
    door: &Door,
) -> AppResult<Option<Letter>> {
    let what = (door, "mail-forgotten-intro", FORGOTTEN_HOURS * 3_600);
    let Some((mut draft, about)) = begin(tx, platform, mail, what)? else {
        return Ok(None);
    };
    let hours = Args::new().number("hours", FORGOTTEN_HOURS);
    draft.note = Some(draft.say.text("mail-forgotten-note", &hours));
    let subject = draft.say.word("mail-forgotten-subject");
    let why = draft.say.text("mail-forgotten-why", &about);
    Ok(Some(draft.end(subject, why)))
}
