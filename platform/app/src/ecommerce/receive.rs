//! Takes in what a shop sends: it is verified, stored as it came, and answered; a job looks at it.

use alvara_domain::ecommerce::{ShopAccountState, ShopKind};
use alvara_domain::id::{ShopAccountId, ShopWebhookId};
use alvara_store::{Scope, TenantTx, shop_webhooks};
use data_encoding::BASE64;

use super::account::load;
use super::verify::{Verdict, verify};
use super::{ApplyJob, ShopJob};
use crate::{AppError, AppResult, Platform};

pub use super::verify::Headers;

/// What came.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Headers by their names in small letters.
    pub headers: Headers,
    /// The bytes as they came.
    pub body: Vec<u8>,
}

/// What is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// It is stored, now or by an earlier delivery.
    Kept,
    /// It is not the shop's own.
    Forged,
    /// It may be; the shop is to come again.
    Later,
}

/// Verifies and stores what a shop sent.
///
/// # Errors
/// [`AppError::NotFound`] for a shop that is none of this kind.
pub async fn receive(
    platform: &Platform,
    scope: &Scope,
    (kind, id): (ShopKind, ShopAccountId),
    sent: Sent,
) -> AppResult<Heard> {
    let read = move |tx: &mut TenantTx<'_>| load(tx, id);
    let account = platform.db().read(scope, read).await?;
    if account.kind != kind {
        return Err(AppError::NotFound("shop"));
    }
    if account.state == ShopAccountState::Disabled {
        return Ok(Heard::Later);
    }
    match verify(platform, &account, &sent.headers, &sent.body).await? {
        Verdict::Genuine => {}
        Verdict::Forged => return Ok(Heard::Forged),
        Verdict::Unknown => return Ok(Heard::Later),
    }
    let work = move |tx: &mut TenantTx<'_>| store(tx, id, &sent.body);
    platform.db().write(scope, work).await?;
    Ok(Heard::Kept)
}

/// Stores a body once, and the job that looks at it. One that came before and was not applied is
/// looked at again.
fn store(tx: &mut TenantTx<'_>, account_id: ShopAccountId, body: &[u8]) -> AppResult<()> {
    let webhook_id: ShopWebhookId = tx.new_id()?;
    let digest = alvara_vault::token_hash(&BASE64.encode(body));
    if let Some(webhook_id) = shop_webhooks::store(tx, (account_id, webhook_id), &digest, body)? {
        let job = ApplyJob {
            account_id,
            webhook_id,
        };
        let now = tx.now();
        tx.enqueue(ShopJob::Apply.as_str(), job, now)?;
    }
    Ok(())
}
