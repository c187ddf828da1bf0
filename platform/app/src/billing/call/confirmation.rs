//! The call before somebody's word counts: can nobody else say whether a charge was paid?

use alvara_domain::fault::FaultCode;
use alvara_domain::payment::PluginFaultKind;
use alvara_store::{Scope, TenantTx, charges, payment_accounts};

use super::{judged, ready};
use crate::billing::Outcome;
use crate::billing::answer::synced;
use crate::billing::confirm::{Confirming, confirm as book, look};
use crate::billing::version::as_made;
use crate::{AppError, AppResult, Platform};

/// Books money that somebody has seen, where the charge's plugin cannot ask anybody. Where it can, its
/// answer is applied instead, and that is all when the charge is paid by it.
///
/// # Errors
/// Those of [`crate::billing::confirm::confirm`]; [`AppError::WrongState`] where the provider answers
/// questions and knows of no money; [`AppError::Invalid`] where it cannot be asked now.
pub async fn confirm(platform: &Platform, scope: &Scope, wanted: Confirming) -> AppResult<Outcome> {
    let db = platform.db();
    let id = wanted.charge;
    let asked = wanted.clone();
    let read = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
        let charge = look(tx, &asked)?;
        let account = payment_accounts::find(tx, charge.account_id)?;
        let account = account.ok_or(AppError::NotFound("payment account"))?;
        let refs = charges::refs(tx, &id)?;
        Ok((charge.state, as_made(tx, id, account)?, refs))
    };
    let (state, account, refs) = db.read(scope, read).await?;
    let which = (id.to_string(), 1, db.clock().now());
    let bare = scope.without_claim();
    let answer = match ready(platform, &bare, &account, which).await? {
        Err(fault) => Err(fault),
        Ok(ready) => {
            let answered = ready.plugin.sync(&ready.call, &refs).await;
            judged(platform, &bare, &ready, answered).await?
        }
    };
    let vault = platform.vault().clone();
    match answer {
        Err(fault) if fault.kind == PluginFaultKind::Unsupported => {
            db.write(scope, move |tx| book(tx, &vault, &wanted)).await
        }
        Ok(report) if report.captured.amount_minor > 0 => {
            db.write(scope, move |tx| synced(tx, &vault, id, Ok(&report)))
                .await
        }
        Err(fault) => {
            let detail = format!("the provider could not be asked ({fault}); try again");
            Err(AppError::field("/amount", FaultCode::Conflict, detail))
        }
        Ok(_) => Err(AppError::WrongState {
            noun: "charge",
            state: state.as_str(),
            wanted: "confirmed by hand, since its provider answers questions",
        }),
    }
}
