//! Turns a trial into what was paid for: the key, the license and its machines stay.

use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::{LicenseId, PlanId, PolicyId};
use alvara_domain::license::{License, LicenseState};
use alvara_domain::money::BasisPoints;
use alvara_domain::node::Node;
use alvara_domain::price::Sale;
use alvara_domain::product::{Plan, Policy};
use alvara_domain::terms::LicenseKind;
use alvara_store::{TenantTx, licenses, nodes, plans, policies, sales, tenants};
use serde_json::json;

use crate::license::issue::last_as_paid;
use crate::price::{allow_discount, fitting_plan, quote_of};
use crate::{AppError, AppResult};

/// On which terms it goes on: those of a policy, sold at no plan, or those of a plan's policy at the
/// plan's price less a discount. One of the two.
#[derive(Debug, Clone, Copy)]
pub struct ConversionRequest {
    /// A policy.
    pub policy_id: Option<PolicyId>,
    /// A plan.
    pub plan_id: Option<PlanId>,
    /// How much is taken off the plan's price.
    pub discount: BasisPoints,
}

/// What became of it.
#[derive(Debug)]
pub struct Converted {
    /// The license.
    pub license: License,
    /// What it was sold for.
    pub sale: Sale,
}

/// Converts a trial or a demonstration. The new term starts now; every machine gets a new computer
/// key at its next contact. It counts against the offer and the quota that it counted against.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::NotATrial`], [`AppError::WrongState`] for a revoked license,
/// [`AppError::Invalid`] for terms of another product or of a trial, [`AppError::TooManyMachines`]
/// when more machines run than the new terms allow, [`AppError::DiscountAboveCeiling`],
/// [`AppError::Stale`] when the license changed at the same moment.
pub fn convert(
    tx: &mut TenantTx<'_>,
    id: LicenseId,
    to: &ConversionRequest,
) -> AppResult<Converted> {
    let license = licenses::find(tx, id)?.ok_or(AppError::NotFound("license"))?;
    let target = Target::load(tx, to)?;
    check(&license, &target)?;
    let node = nodes::find(tx, license.node_id)?.ok_or(AppError::NotFound("node"))?;
    let mut terms = target.policy.terms.clone();
    if let Some(plan) = &target.plan {
        last_as_paid(&mut terms, plan);
    }
    let before = sales::find(tx, id)?.unwrap_or_default();
    let sale = Sale {
        converted_from: Some(license.kind),
        converted_at: Some(tx.now()),
        quota_node_id: before.quota_node_id,
        ..target.sale(tx, &node)?
    };
    let zone = tenants::load_own(tx)?.time_zone;
    let converted = license
        .converted(target.policy.id, &terms, tx.now(), &zone)
        .map_err(|error| {
            AppError::field(target.pointer(), FaultCode::OutOfRange, error.to_string())
        })?;
    if !licenses::rebase(tx, &converted)? {
        let now = licenses::find(tx, id)?.ok_or(AppError::NotFound("license"))?;
        return Err(AppError::TooManyMachines {
            used: now.machines_used,
            limit: converted.machine_limit.unwrap_or(i64::MAX),
        });
    }
    licenses::update(tx, &converted)?;
    sales::put(tx, id, &sale)?;
    let license_after = licenses::find(tx, id)?.ok_or(AppError::NotFound("license"))?;
    tx.audit("license.converted", id, &license, &license_after)?;
    tx.emit(
        EventKind::LicenseConverted,
        id,
        json!({
            "from": license.kind, "to": license_after.kind, "policy_id": license_after.policy_id,
            "plan_id": sale.plan_id, "expires_at": license_after.term.expires_at,
        }),
    )?;
    Ok(Converted {
        license: license_after,
        sale,
    })
}

/// On what it goes on, read.
struct Target {
    policy: Policy,
    plan: Option<Plan>,
    discount: BasisPoints,
}

impl Target {
    fn load(tx: &mut TenantTx<'_>, to: &ConversionRequest) -> AppResult<Self> {
        let (policy, plan) = match (to.policy_id, to.plan_id) {
            (Some(policy), None) => (policy, None),
            (None, Some(plan)) => {
                let plan = plans::find(tx, plan)?.ok_or(AppError::NotFound("plan"))?;
                (plan.policy_id, Some(plan))
            }
            _ => {
                let detail = "give one of policy_id and plan_id";
                return Err(AppError::field("", FaultCode::Conflict, detail));
            }
        };
        if plan.is_none() && to.discount != BasisPoints::ZERO {
            let detail = "a discount is taken off the price of a plan";
            return Err(AppError::field(
                "/discount_percent",
                FaultCode::Conflict,
                detail,
            ));
        }
        let policy = policies::find(tx, policy)?.ok_or(AppError::NotFound("policy"))?;
        let plan = match plan {
            Some(plan) => Some(plan),
            None => fitting_plan(tx, &policy)?,
        };
        Ok(Self {
            policy,
            plan,
            discount: to.discount,
        })
    }

    fn pointer(&self) -> &'static str {
        if self.plan.is_some() {
            "/plan_id"
        } else {
            "/policy_id"
        }
    }

    fn sale(&self, tx: &mut TenantTx<'_>, buyer: &Node) -> AppResult<Sale> {
        let Some(plan) = &self.plan else {
            return Ok(Sale::default());
        };
        allow_discount(tx, self.discount)?;
        let quote = quote_of(tx, (plan, &self.policy), &[], buyer, self.discount)?;
        Ok(Sale {
            plan_id: Some(plan.id),
            price: Some(quote.price),
            discount: self.discount,
            ..Sale::default()
        })
    }
}

const fn is_tried(kind: LicenseKind) -> bool {
    matches!(kind, LicenseKind::Trial | LicenseKind::Demo)
}

fn check(license: &License, target: &Target) -> AppResult<()> {
    if license.state == LicenseState::Revoked {
        return Err(AppError::WrongState {
            noun: "license",
            state: license.state.as_str(),
            wanted: "converted",
        });
    }
    if !is_tried(license.kind) {
        return Err(AppError::NotATrial {
            kind: license.kind.as_str(),
        });
    }
    if target.policy.product_id != license.product_id {
        return Err(AppError::field(
            target.pointer(),
            FaultCode::Conflict,
            "these terms are of another product",
        ));
    }
    if is_tried(target.policy.terms.kind) {
        return Err(AppError::field(
            target.pointer(),
            FaultCode::Conflict,
            "these terms are those of a trial",
        ));
    }
    Ok(())
}
