//! A member forgot the password: a link to choose another goes to the address, if a member has it.

use alvara_domain::mail::{Door, MailContent, MailKind};
use alvara_store::members::MemberState;
use alvara_store::{TenantTx, mails, members};

use crate::field::Fields;
use crate::mail::{NewMail, post};
use crate::platform::Platform;
use crate::program::Knock;
use crate::{AppError, AppResult};

/// For how many seconds no second link goes to one address.
const REST: i64 = 900;

impl Platform {
    /// Mails a link to choose a password by to the member with an address, if there is one who may
    /// sign in. Nothing tells whether there is. `locale` is a BCP 47 tag.
    ///
    /// # Errors
    /// [`AppError::NotFound`] at a host of nobody's, of a tenant that is suspended, and without a mail
    /// server; [`AppError::Invalid`] for what is no address.
    pub async fn mail_password_link(
        &self,
        knock: &Knock,
        email: &str,
        locale: &str,
    ) -> AppResult<()> {
        let lobby = self.gate().lobby(&knock.host, &knock.origin).await?;
        let scope = lobby
            .filter(|_| self.mail().is_some())
            .ok_or(AppError::NotFound("tenant"))?;
        let (email, locale) = (email.to_owned(), locale.to_owned());
        let work = move |tx: &mut TenantTx<'_>| write_down(tx, &email, &locale);
        self.db().write(&scope, work).await
    }
}

fn write_down(tx: &mut TenantTx<'_>, email: &str, locale: &str) -> AppResult<()> {
    let mut fields = Fields::new();
    let email = fields.email("/email", email);
    fields.finish()?;
    let found = members::find_by_email(tx, &email)?;
    let Some(member) = found.filter(|member| member.state == MemberState::Active) else {
        return Ok(());
    };
    let since = tx.now().saturating_add_seconds(-REST);
    if mails::is_written_since(tx, &member.email, &[MailKind::Forgotten], since)? {
        return Ok(());
    }
    let mail = NewMail {
        place: member.node_id,
        recipient: member.email.clone(),
        locale: member.locale.unwrap_or_else(|| locale.to_owned()),
        content: MailContent::Forgotten(Door {
            member: member.id,
            epoch: member.credentials_epoch,
        }),
    };
    post(tx, mail)?;
    tx.audit("member.password_link_mailed", member.id, (), ())?;
    Ok(())
}
