//! Where anybody who holds a receipt or a credit note sees that it is genuine, and what became of the
//! money since.

use alvara_domain::id::InvoiceId;
use alvara_domain::invoice::{Invoice, InvoiceKind};
use alvara_domain::money::Money;
use alvara_domain::node::Tenant;
use alvara_store::{TenantTx, hosts, invoices, tenants};

use crate::{AppError, AppResult, Platform};

/// Where a document of a tenant is verified; each call makes another address of the same page.
///
/// # Errors
/// When the database or the vault fails.
pub fn verify_url(
    tx: &mut TenantTx<'_>,
    platform: &Platform,
    (tenant, paper): (&Tenant, InvoiceId),
) -> AppResult<String> {
    let mut names = hosts::list(tx)?;
    names.sort_by_key(|host| host.created_at);
    let names = names.iter().map(|host| host.host.as_str());
    let pages = platform.address().pages_url(tenant, names);
    let token = platform.gate().paper_token(tenant.id, paper)?;
    Ok(format!("{pages}/verify/{token}"))
}

/// A document that was written, as who holds it may compare it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The document.
    pub paper: Invoice,
    /// Who wrote it.
    pub tenant: Tenant,
    /// What of the money of a receipt went back since; nothing or less for none, and for a credit note.
    pub given_back: Option<Money>,
}

/// A document with what became of its money; `None` where there is none of that id.
///
/// # Errors
/// When the database fails, or what it holds cannot be added up.
pub fn verified(tx: &mut TenantTx<'_>, id: InvoiceId) -> AppResult<Option<Verified>> {
    let Some(paper) = invoices::find(tx, id)? else {
        return Ok(None);
    };
    let given_back = match paper.kind {
        InvoiceKind::Receipt => Some(given_back(tx, &paper)?),
        InvoiceKind::CreditNote => None,
    };
    Ok(Some(Verified {
        given_back: given_back.filter(|amount| amount.amount_minor > 0),
        tenant: tenants::load_own(tx)?,
        paper,
    }))
}

/// What went back after a receipt was written, less what of that did not after all.
fn given_back(tx: &mut TenantTx<'_>, receipt: &Invoice) -> AppResult<Money> {
    let currency = receipt.content.total.currency;
    let all = invoices::list_of_charge(tx, receipt.charge_id)?;
    let since = all
        .iter()
        .filter(|one| one.id != receipt.id && one.issued_at >= receipt.issued_at);
    since
        .into_iter()
        .try_fold(Money::new(0, currency), |sum, one| {
            let amount = one.content.total.amount_minor;
            let amount = match one.kind {
                InvoiceKind::CreditNote => amount,
                InvoiceKind::Receipt => -amount,
            };
            let sum = sum.amount_minor.checked_add(amount);
            sum.map(|minor| Money::new(minor, currency))
                .ok_or_else(|| AppError::Inconsistent("more went back than there is".to_owned()))
        })
}
