//! What a trial asks of the address that somebody registers with.

use alvara_domain::fault::FaultCode;
use alvara_domain::registration::{Registration, email_domain};
use alvara_domain::terms::{LicenseKind, Terms};
use alvara_domain::verdict::{Access, Because, Code, Verdict};
use alvara_store::{TenantTx, registrations, trials};

use crate::{AppError, AppResult};

const FIELD: &str = "/applicant/email";

/// Checks the address of a registration that is to become a trial, and takes its place among those
/// of its domain. A rule that limits or blocks domains needs an address to look at.
///
/// # Errors
/// [`AppError::Invalid`] for a missing address or a blocked domain; [`AppError::Refused`] with
/// `TRIAL_USED` when the domain has had its trials.
pub(super) fn claim(tx: &mut TenantTx<'_>, one: &Registration, terms: &Terms) -> AppResult<()> {
    if !matches!(terms.kind, LicenseKind::Trial | LicenseKind::Demo) {
        return Ok(());
    }
    let rule = &terms.trial_email;
    let Some(domain) = one.applicant.email.as_deref().and_then(email_domain) else {
        let needed = rule.required || rule.per_domain.is_some() || !rule.blocked_domains.is_empty();
        return if needed {
            let detail = "a trial of this product needs an e-mail address";
            Err(AppError::field(FIELD, FaultCode::Required, detail))
        } else {
            Ok(())
        };
    };
    if rule.blocks(&domain) {
        let detail = "there are no trials for addresses of this domain";
        return Err(AppError::field(FIELD, FaultCode::Conflict, detail));
    }
    let Some(limit) = rule.per_domain else {
        return Ok(registrations::write_domain(tx, one, &domain)?);
    };
    // Keys that were issued count too, and are counted under this lock.
    trials::lock(tx, one.product_id)?;
    let issued = trials::list_issued_to(tx, one.product_id, &domain)?.len();
    let issued = i64::try_from(issued).unwrap_or(i64::MAX);
    if registrations::take_domain_slot(tx, one, &domain, (limit, issued))? {
        return Ok(());
    }
    Err(AppError::Refused(Box::new(Verdict {
        valid: false,
        code: Code::TrialUsed,
        access: Access::None,
        because: Some(Because::Trial),
        days_left: None,
    })))
}
