//! Mails: written down with what they tell, sent by a job.
//!
//! A mail that is written down is sent at least once: whoever dies between the mail server's yes and
//! our note of it leaves a job that sends it again, under the same `Message-ID`. Nothing else sends a
//! mail twice. No transaction is open while a mail server is spoken to.

mod letter;
mod recipient;
mod smtp;

use alvara_domain::event::EventKind;
use alvara_domain::id::MailId;
use alvara_domain::mail::{Mail, MailState, wait_after};
use alvara_domain::notice::NoticeKind;
use alvara_store::{Scope, TenantTx, mails, tenants};
use serde_json::json;

use crate::notice::tell;
use crate::{AppError, AppResult, Platform};

pub use alvara_domain::mail::{MailJob, SendMailJob};
pub(crate) use alvara_store::mails::{NewMail, post};
pub(crate) use recipient::recipient;
pub use smtp::{MailConfig, MailTls};

pub use letter::{SampleLetter, SampleMail, SampleScene, sample_letter};

use letter::Letter;
use smtp::Undelivered;

/// How long a mail waits while no mail server is set, in seconds.
const NO_SERVER: i64 = 3_600;

/// How long a mail server that said nothing is left alone, in seconds: each wait for it holds up all
/// other work.
const REST: i64 = 60;

fn later(tx: &mut TenantTx<'_>, mail_id: MailId, seconds: i64) -> AppResult<()> {
    let at = tx.now().saturating_add_seconds(seconds);
    tx.enqueue(MailJob::Send.as_str(), SendMailJob { mail_id }, at)?;
    Ok(())
}

/// Tries a mail again that was given up, from the first try on. What it says is what is so when it
/// leaves, and it leaves under the same `Message-ID`.
///
/// # Errors
/// [`AppError::NotFound`] outside the scope; [`AppError::WrongState`] for one that was not given up.
pub fn resend(tx: &mut TenantTx<'_>, id: MailId) -> AppResult<Mail> {
    let before = mails::find_seen(tx, id)?.ok_or(AppError::NotFound("mail"))?;
    if !mails::requeue(tx, id)? {
        return Err(AppError::WrongState {
            noun: "mail",
            state: before.state.as_str(),
            wanted: "sent again",
        });
    }
    later(tx, id, 0)?;
    let told = json!({ "state": before.state, "error": before.last_error });
    tx.audit(
        "mail.requeued",
        id,
        told,
        json!({ "state": MailState::Queued }),
    )?;
    mails::find_seen(tx, id)?.ok_or(AppError::NotFound("mail"))
}

/// Sends a mail that waits. What a mail server does not take now is tried again later, with rising
/// waits; what it refuses for good is given up.
///
/// # Errors
/// [`AppError::NotFound`] for a mail that is none.
pub async fn send(platform: &Platform, scope: &Scope, id: MailId) -> AppResult<()> {
    let Some(config) = platform.mail() else {
        let work = move |tx: &mut TenantTx<'_>| wait(tx, id);
        return platform.db().write(scope, work).await;
    };
    let parts = platform.clone();
    let write = move |tx: &mut TenantTx<'_>| compose(tx, &parts, id);
    let Some((mail, letter)) = platform.db().read(scope, write).await? else {
        return Ok(());
    };
    let clock = platform.db().clock();
    let done = match letter {
        Some(_) if platform.mail_rests(clock.now()) => Err(Undelivered::Later(
            "the mail server said nothing just before".to_owned(),
        )),
        Some(letter) => config.deliver(id, &mail.recipient, letter).await,
        None if mail.content.is_passing() => Err(Undelivered::Over("what it tells is over")),
        None => Err(Undelivered::Never(
            "what it tells was taken back".to_owned(),
        )),
    };
    if matches!(done, Err(Undelivered::Silent(_))) {
        platform.rest_mail(clock.now().saturating_add_seconds(REST));
    }
    let work = move |tx: &mut TenantTx<'_>| note(tx, &mail, &done);
    platform.db().write(scope, work).await
}

/// Without a mail server: what is of use later too waits for one.
fn wait(tx: &mut TenantTx<'_>, id: MailId) -> AppResult<()> {
    let mail = mails::find(tx, id)?.ok_or(AppError::NotFound("mail"))?;
    if mail.content.is_passing() {
        return note(tx, &mail, &Err(Undelivered::Over("no mail server is set")));
    }
    tracing::warn!(mail = %id, "no mail server is set ([mail] host); the mail waits");
    later(tx, id, NO_SERVER)
}

/// Writes a mail that still waits; without a letter when there is nothing left to tell.
fn compose(
    tx: &mut TenantTx<'_>,
    platform: &Platform,
    id: MailId,
) -> AppResult<Option<(Mail, Option<Letter>)>> {
    let mail = mails::find(tx, id)?.ok_or(AppError::NotFound("mail"))?;
    if mail.state != MailState::Queued {
        return Ok(None);
    }
    let letter = letter::write(tx, platform, &mail)?;
    Ok(Some((mail, letter)))
}

fn note(tx: &mut TenantTx<'_>, mail: &Mail, done: &Result<(), Undelivered>) -> AppResult<()> {
    let wait = wait_after(mail.tries + 1);
    let (state, error) = match done {
        Ok(()) => (MailState::Sent, None),
        Err(Undelivered::Over(why)) => (MailState::Dropped, Some(*why)),
        Err(Undelivered::Later(why) | Undelivered::Silent(why)) if wait.is_some() => {
            (MailState::Queued, Some(why.as_str()))
        }
        Err(Undelivered::Later(why) | Undelivered::Silent(why) | Undelivered::Never(why)) => {
            (MailState::Failed, Some(why.as_str()))
        }
    };
    if !mails::tried(tx, mail, state, error)? {
        return Ok(());
    }
    let what = json!({ "state": state, "content": mail.content, "error": error });
    match (state, wait) {
        (MailState::Queued, Some(wait)) => later(tx, mail.id, wait)?,
        (MailState::Dropped, _) => tx.audit("mail.dropped", mail.id, (), &what)?,
        (MailState::Sent, _) => {
            tx.audit("mail.sent", mail.id, (), &what)?;
            tx.emit(EventKind::MailSent, mail.id, &what)?;
        }
        _ => {
            tx.audit("mail.failed", mail.id, (), &what)?;
            tx.emit(EventKind::MailFailed, mail.id, &what)?;
            let root = tenants::load_own(tx)?.root_node_id;
            tell(tx, root, NoticeKind::MailFailed, mail.id, what)?;
        }
    }
    Ok(())
}
