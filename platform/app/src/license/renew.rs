//! Renews a license by a period.

use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::{LicenseId, PlanId};
use alvara_domain::license::License;
use alvara_domain::time::{Period, UtcTime};
use alvara_store::TenantTx;
use alvara_store::{licenses, plans, tenants};
use serde::Serialize;

use crate::error::{AppError, AppResult};

/// By what a license is renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RenewBy {
    /// One more period of its own length.
    OwnPeriod,
    /// The period of a plan of its policy.
    Plan(PlanId),
    /// A period somebody chose.
    Period(Period),
}

#[derive(Serialize)]
struct TermNote {
    expires_at: Option<UtcTime>,
    maintenance_until: Option<UtcTime>,
    revision: i64,
}

impl TermNote {
    fn of(license: &License) -> Self {
        Self {
            expires_at: license.term.expires_at,
            maintenance_until: license.term.maintenance_until,
            revision: license.revision,
        }
    }
}

/// Renews. The key stays; every machine gets a new computer key at its next contact.
///
/// # Errors
/// [`AppError::NotFound`] for a license or plan outside the scope or of another policy,
/// [`AppError::Renewal`] when there is nothing to renew.
pub fn renew(tx: &mut TenantTx<'_>, id: LicenseId, by: RenewBy) -> AppResult<License> {
    let license = held(tx, id)?;
    let period = match by {
        RenewBy::Period(period) => period,
        RenewBy::OwnPeriod => match license.term.period {
            Some(period) => period,
            None => {
                return Err(AppError::Renewal(
                    alvara_domain::license::RenewError::Permanent,
                ));
            }
        },
        RenewBy::Plan(plan) => {
            let plan = plans::find(tx, plan)?.filter(|plan| plan.policy_id == license.policy_id);
            plan.ok_or_else(|| {
                AppError::field(
                    "/plan_id",
                    FaultCode::Unknown,
                    "the license's policy has no such plan",
                )
            })?
            .period
        }
    };
    apply(tx, &license, &period)
}

/// The license, held still until the commit: of any number of changes at once each is made to what
/// the one before left, and none is lost or refused.
pub(crate) fn held(tx: &mut TenantTx<'_>, id: LicenseId) -> AppResult<License> {
    if !licenses::hold(tx, id)? {
        return Err(AppError::NotFound("license"));
    }
    licenses::find(tx, id)?.ok_or(AppError::NotFound("license"))
}

/// Renews a license that is [`held`].
pub(crate) fn apply(
    tx: &mut TenantTx<'_>,
    license: &License,
    period: &Period,
) -> AppResult<License> {
    let zone = tenants::load_own(tx)?.time_zone;
    let renewed = license.renewed(period, tx.now(), &zone)?;
    licenses::update(tx, &renewed)?;
    tx.audit(
        "license.renewed",
        license.id,
        TermNote::of(license),
        TermNote::of(&renewed),
    )?;
    tx.emit(
        EventKind::LicenseRenewed,
        license.id,
        TermNote::of(&renewed),
    )?;
    Ok(License {
        version: license.version + 1,
        ..renewed
    })
}
