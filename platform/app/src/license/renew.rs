//! Renews a license by a period.

use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::{LicenseId, PlanId};
use alvara_domain::license::{License, RenewError};
use alvara_domain::money::{BasisPoints, Money};
use alvara_domain::product::{Plan, Policy};
use alvara_domain::time::{Period, UtcTime};
use alvara_store::TenantTx;
use alvara_store::{licenses, modules, nodes, plans, policies, tenants};
use serde::Serialize;

use crate::error::{AppError, AppResult};
use crate::price::{binding_plans, plan_of_length, quote_of};

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
    #[serde(flatten)]
    sold: Option<Sold>,
}

/// At which plan a renewal was sold, and for how much.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Sold {
    plan_id: PlanId,
    price: Money,
}

impl TermNote {
    fn of(license: &License) -> Self {
        Self {
            expires_at: license.term.expires_at,
            maintenance_until: license.term.maintenance_until,
            revision: license.revision,
            sold: None,
        }
    }
}

/// Renews. The key stays; every machine gets a new computer key at its next contact.
///
/// # Errors
/// [`AppError::NotFound`] for a license or plan outside the scope or of another policy,
/// [`AppError::Renewal`] when there is nothing to renew, [`AppError::PlanNeeded`] for a caller who sells
/// at plans.
pub fn renew(tx: &mut TenantTx<'_>, id: LicenseId, by: RenewBy) -> AppResult<License> {
    let license = held(tx, id)?;
    let policy = policies::find(tx, license.policy_id)?.ok_or(AppError::NotFound("policy"))?;
    let (period, plan) = match by {
        RenewBy::Period(period) => {
            let bound = binding_plans(tx, &policy)?;
            if !bound.is_empty() {
                let plans = bound.into_iter().map(|plan| (plan.id, plan.code));
                return Err(AppError::PlanNeeded {
                    plans: plans.collect(),
                });
            }
            (period, None)
        }
        RenewBy::OwnPeriod => {
            let own = license.term.period;
            let own = own.ok_or(AppError::Renewal(RenewError::Permanent))?;
            let plan = plan_of_length(tx, (&license, &policy), own)?;
            (own, plan)
        }
        RenewBy::Plan(plan) => {
            let plan = plans::find(tx, plan)?.filter(|plan| plan.policy_id == policy.id);
            let plan = plan.ok_or_else(|| {
                AppError::field(
                    "/plan_id",
                    FaultCode::Unknown,
                    "the license's policy has no such plan",
                )
            })?;
            (plan.period, Some(plan))
        }
    };
    let sold = match plan {
        Some(plan) => Some(sold_at(tx, &license, (&plan, &policy))?),
        None => None,
    };
    apply(tx, &license, &period, sold)
}

/// What one more period of a license costs its holder: the plan, and its modules that the policy does
/// not bring along.
fn sold_at(
    tx: &mut TenantTx<'_>,
    license: &License,
    (plan, policy): (&Plan, &Policy),
) -> AppResult<Sold> {
    let buyer = nodes::find(tx, license.node_id)?.ok_or(AppError::NotFound("node"))?;
    let known = modules::list(tx, license.product_id)?;
    let now = tx.now();
    let live = license.modules.iter().filter(|module| module.is_live(now));
    let codes: Vec<String> = live
        .map(|module| module.code.clone())
        .filter(|code| known.iter().any(|module| module.code == *code))
        .collect();
    let quote = quote_of(tx, (plan, policy), &codes, &buyer, BasisPoints::ZERO)?;
    Ok(Sold {
        plan_id: plan.id,
        price: quote.price,
    })
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
    sold: Option<Sold>,
) -> AppResult<License> {
    let zone = tenants::load_own(tx)?.time_zone;
    let renewed = license.renewed(period, tx.now(), &zone)?;
    licenses::update(tx, &renewed)?;
    let after = TermNote {
        sold,
        ..TermNote::of(&renewed)
    };
    tx.audit("license.renewed", license.id, TermNote::of(license), &after)?;
    tx.emit(EventKind::LicenseRenewed, license.id, &after)?;
    Ok(License {
        version: license.version + 1,
        ..renewed
    })
}
