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
/// [`AppError::Renewal`] when there is nothing to renew, [`AppError::Stale`] when others kept
/// changing the license at the same moment (nothing was renewed).
pub fn renew(tx: &mut TenantTx<'_>, id: LicenseId, by: RenewBy) -> AppResult<License> {
    let license = licenses::find(tx, id)?.ok_or(AppError::NotFound("license"))?;
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

/// Renews a license that was read in this transaction. The update is conditional on the version
/// that was read; when somebody changed the license since, the period is added to what it is now,
/// so that of two renewals at once none is lost.
pub(crate) fn apply(
    tx: &mut TenantTx<'_>,
    license: &License,
    period: &Period,
) -> AppResult<License> {
    match attempt(tx, license, period) {
        Err(AppError::Stale) => {
            let license = licenses::find(tx, license.id)?.ok_or(AppError::NotFound("license"))?;
            attempt(tx, &license, period)
        }
        done => done,
    }
}

fn attempt(tx: &mut TenantTx<'_>, license: &License, period: &Period) -> AppResult<License> {
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
