//! Renewals that customers of the demonstration have paid, and some that they are paying: so that
//! payments, documents and commissions have something to show.
//!
//! They are ordered and charged by the use cases that the page to pay on calls, and paid at the
//! simulated providers. These live in the present, so it happens on the day of the demonstration's
//! first start.

use alvara_app::billing::charge::{ChargeRequest, prepare};
use alvara_app::billing::{AskJob, call, offer, webhook_url};
use alvara_app::{AppError, AppResult};
use alvara_domain::id::{ChargeId, OrderId, PaymentAccountId};
use alvara_domain::license::LicenseState;
use alvara_domain::payment::ask::{CaptureMode, Source};
use alvara_domain::terms::LicenseKind;
use alvara_simulator::Providers;
use alvara_store::licenses::{self, LicenseFilter};
use alvara_store::orders::{self, OrderFilter};
use alvara_store::page::PageRequest;
use alvara_store::{Scope, TenantTx};

use super::document::Keys;
use crate::exit::Outcome;
use crate::installation::Installation;

/// How many are paid.
const PAID: usize = 8;
/// How many more wait for their money.
const BEGUN: usize = 2;

/// By which account a method collects.
pub(super) type Till = (&'static str, PaymentAccountId);

/// Lets customers renew what the document does not promise to be unused. Does nothing where something
/// was ordered before.
pub(super) async fn renew_some(
    installation: &Installation,
    scope: &Scope,
    (bank, tills): (&Providers, &[Till]),
    promised: &Keys,
) -> Outcome {
    let orders = due(installation, scope, promised).await?;
    let (paid, begun) = orders.split_at(PAID.min(orders.len()));
    let mut charges = Vec::new();
    for (order, till) in paid.iter().zip(tills.iter().cycle()) {
        charges.push(charge(installation, scope, (*order, *till)).await?);
    }
    bank.pay_all();
    for id in charges {
        call::ask(&installation.platform, scope, AskJob::now(id)).await?;
    }
    for (order, till) in begun.iter().zip(tills.iter().cycle()) {
        charge(installation, scope, (*order, *till)).await?;
    }
    Ok(())
}

/// Orders over the next period of licenses; none where anything was ordered before.
async fn due(installation: &Installation, scope: &Scope, promised: &Keys) -> Outcome<Vec<OrderId>> {
    let (vault, promised) = (installation.platform.vault().clone(), promised.clone());
    let work = move |tx: &mut TenantTx<'_>| -> AppResult<Vec<OrderId>> {
        let one = PageRequest::new(Some(1), None);
        if !orders::list(tx, &OrderFilter::default(), &one)?
            .items
            .is_empty()
        {
            return Ok(Vec::new());
        }
        let sold = LicenseFilter {
            kind: Some(LicenseKind::Subscription),
            state: Some(LicenseState::Active),
            ..LicenseFilter::default()
        };
        let found = licenses::list(tx, &sold, &PageRequest::new(Some(200), None))?;
        let free = found
            .items
            .iter()
            .filter(|one| !promised.hold(&one.key_hint));
        let mut made = Vec::new();
        for id in free.map(|license| license.id) {
            if made.len() == PAID + BEGUN {
                break;
            }
            match tx.attempt(|tx| offer::renewal_of(tx, &vault, id)) {
                Ok(order) => made.push(order),
                // Some were sold at no plan.
                Err(AppError::Invalid(_) | AppError::WrongState { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(made)
    };
    Ok(installation.db().write(scope, work).await?)
}

async fn charge(
    installation: &Installation,
    scope: &Scope,
    (order_id, (method, account_id)): (OrderId, Till),
) -> Outcome<ChargeId> {
    let back = installation.platform.address().base_url();
    let mut wanted = ChargeRequest {
        order_id,
        account_id,
        method: method.to_owned(),
        source: Source::None,
        due: None,
        card: None,
        capture: CaptureMode::Automatic,
        expires_at: None,
        return_url: Some(back.clone()),
        cancel_url: Some(back),
        webhook_url: None,
    };
    let address = installation.platform.address().clone();
    let work = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
        wanted.webhook_url = Some(webhook_url(tx, &address, account_id)?);
        prepare(tx, &wanted)
    };
    let prepared = installation.db().write(scope, work).await?;
    let which = (prepared.charge.id, prepared.attempt.number);
    call::send(&installation.platform, scope, which).await?;
    Ok(prepared.charge.id)
}
