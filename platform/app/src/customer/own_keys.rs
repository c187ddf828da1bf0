//! Somebody lost their activation keys: they are mailed to the address that the house has of them.
//!
//! Nothing tells whether an address is known. A mail goes to a customer's own address alone, never to
//! one that a stranger typed when registering, and to one address once an hour.

use alvara_domain::customer::CustomerStatus;
use alvara_domain::license::LicenseState;
use alvara_domain::mail::{MailContent, MailKind};
use alvara_store::licenses::LicenseFilter;
use alvara_store::page::PageRequest;
use alvara_store::{Actor, TenantTx, customers, licenses, mails};
use serde_json::json;

use crate::field::Fields;
use crate::mail::{NewMail, post};
use crate::platform::Platform;
use crate::program::Knock;
use crate::{AppError, AppResult};

/// The most keys of one mail.
const MOST: u32 = 100;
/// Mails with keys.
const KINDS: [MailKind; 2] = [MailKind::OwnKeys, MailKind::ShopKeys];
/// For how many seconds no second mail with keys goes to one address.
const REST: i64 = 3600;

impl Platform {
    /// Mails the activation keys of the customer with an address, if there is one. `locale` is a BCP 47
    /// tag.
    ///
    /// # Errors
    /// [`AppError::NotFound`] at a host that is no tenant's own, or of one that is suspended;
    /// [`AppError::Invalid`] for what is no address.
    pub async fn mail_own_keys(&self, knock: &Knock, email: &str, locale: &str) -> AppResult<()> {
        let scope = self
            .gate()
            .registrar(&knock.host, Actor::Visitor, &knock.origin)
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
    let known = customers::find_known(tx, &email, "", None)?.filter(|known| {
        let own = known.node.email.as_deref().map(str::to_lowercase);
        own.as_deref() == Some(email.to_lowercase().as_str())
            && known.customer.status == CustomerStatus::Validated
            && known.node.deleted_at.is_none()
    });
    let Some(known) = known else {
        return Ok(());
    };
    let since = tx.now().saturating_add_seconds(-REST);
    if mails::is_written_since(tx, &email, &KINDS, since)? {
        return Ok(());
    }
    let filter = LicenseFilter {
        node: Some(known.node.id),
        ..LicenseFilter::default()
    };
    let found = licenses::list(tx, &filter, &PageRequest::new(Some(MOST), None))?;
    let ids: Vec<_> = found
        .items
        .into_iter()
        .filter(|license| license.state != LicenseState::Revoked)
        .map(|license| license.id)
        .collect();
    if ids.is_empty() {
        return Ok(());
    }
    let what = json!({ "licenses": ids });
    let mail = NewMail {
        place: known.node.id,
        recipient: email,
        locale: locale.to_owned(),
        content: MailContent::OwnKeys {
            name: known.node.name,
            licenses: ids,
        },
    };
    post(tx, mail)?;
    tx.audit("customer.keys_mailed", known.node.id, (), &what)?;
    Ok(())
}
