//! How a member comes in: the link by which a password is chosen.

use alvara_domain::mail::{Door, Mail};
use alvara_render::Args;
use alvara_store::members::{Member, MemberState};
use alvara_store::{TenantTx, members};

use super::{Draft, Letter};
use crate::{AppResult, Platform};

/// For how many days an invitation is good, from when it leaves.
const INVITATION_DAYS: i64 = 7;

/// For how many hours a link for who forgot the password is good, from when it leaves.
const FORGOTTEN_HOURS: i64 = 2;

/// The member of a door whose credentials are still what they were.
fn at(tx: &mut TenantTx<'_>, door: &Door) -> AppResult<Option<Member>> {
    let found = members::find(tx, door.member)?;
    Ok(found.filter(|member| {
        member.state == MemberState::Active && member.credentials_epoch == door.epoch
    }))
}

/// Something to press that leads to where the member chooses a password.
fn link(
    draft: &mut Draft<'_>,
    tx: &TenantTx<'_>,
    platform: &Platform,
    (member, seconds): (&Member, i64),
) -> AppResult<()> {
    let until = tx.now().saturating_add_seconds(seconds);
    let gate = platform.gate();
    let token = gate.password_token(tx.tenant(), member, until)?;
    let label = draft.say.word("mail-password-choose");
    draft.page(label, &format!("/password/{token}"));
    Ok(())
}

/// Somebody was let in, and chooses the password.
pub(super) fn invited(
    tx: &mut TenantTx<'_>,
    platform: &Platform,
    mail: &Mail,
    door: &Door,
) -> AppResult<Option<Letter>> {
    let Some(member) = at(tx, door)? else {
        return Ok(None);
    };
    let mut draft = Draft::open(tx, platform, mail, (member.node_id, &member.name))?;
    let about = Args::new()
        .text("seller", draft.brand.trade_name.as_str())
        .text("email", member.email.as_str());
    draft.add("mail-invited-intro", &about);
    link(
        &mut draft,
        tx,
        platform,
        (&member, INVITATION_DAYS * 86_400),
    )?;
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
    let Some(member) = at(tx, door)? else {
        return Ok(None);
    };
    let mut draft = Draft::open(tx, platform, mail, (member.node_id, &member.name))?;
    let about = Args::new()
        .text("seller", draft.brand.trade_name.as_str())
        .text("email", member.email.as_str());
    draft.add("mail-forgotten-intro", &about);
    link(&mut draft, tx, platform, (&member, FORGOTTEN_HOURS * 3_600))?;
    let hours = Args::new().number("hours", FORGOTTEN_HOURS);
    draft.note = Some(draft.say.text("mail-forgotten-note", &hours));
    let subject = draft.say.word("mail-forgotten-subject");
    let why = draft.say.text("mail-forgotten-why", &about);
    Ok(Some(draft.end(subject, why)))
}
