use alvara_domain::id::PlanId;
use alvara_domain::license::License;
use alvara_domain::module::ModuleGrant;
use alvara_domain::money::Money;
use alvara_domain::price::Subject;
use alvara_domain::product::{Plan, Policy};
use alvara_domain::time::{Period, UtcTime};
use alvara_store::page::PageRequest;
use alvara_store::{TenantTx, modules, nodes, plans, policies, sales};

use super::effective::{Listed, price_all};
use crate::{AppError, AppResult};

/// The plans that bind the caller where licenses of a policy are sold: all that the policy has, for
/// whoever is below the tenant's root. None bind whoever runs the tenant, and where a policy has no
/// plan nobody is bound.
pub(crate) fn binding_plans(tx: &mut TenantTx<'_>, policy: &Policy) -> AppResult<Vec<Plan>> {
    let mut all = Vec::new();
    if tx.scope().path().depth() == 1 {
        return Ok(all);
    }
    let mut next = PageRequest::new(Some(200), None);
    loop {
        let page = plans::list(tx, Some(policy.id), &next)?;
        all.extend(page.items);
        match page.next {
            Some(cursor) => next = PageRequest::new(Some(200), Some(cursor)),
            None => return Ok(all),
        }
    }
}

/// The plan at which somebody sells who names none: the policy's only one, or the only one of its
/// length. `None` for who is bound to no plan.
///
/// # Errors
/// [`AppError::PlanNeeded`] where several would do, or none.
pub(crate) fn fitting_plan(tx: &mut TenantTx<'_>, policy: &Policy) -> AppResult<Option<Plan>> {
    let all = binding_plans(tx, policy)?;
    match all.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(only.clone())),
        several => of_length(several, policy.terms.duration, None).map(Some),
    }
}

/// The plan at which a license is renewed by its own length once more.
///
/// # Errors
/// As for [`fitting_plan`].
pub(crate) fn plan_of_length(
    tx: &mut TenantTx<'_>,
    (license, policy): (&License, &Policy),
    length: Period,
) -> AppResult<Option<Plan>> {
    let all = binding_plans(tx, policy)?;
    if all.is_empty() {
        return Ok(None);
    }
    let sold_at = sales::find(tx, license.id)?.and_then(|sale| sale.plan_id);
    of_length(&all, Some(length), sold_at).map(Some)
}

fn of_length(all: &[Plan], length: Option<Period>, sold_at: Option<PlanId>) -> AppResult<Plan> {
    let fits = |plan: &&Plan| Some(plan.period) == length;
    let mut fitting = all.iter().filter(fits);
    let same = all.iter().find(|plan| Some(plan.id) == sold_at);
    match (same.filter(fits), fitting.next(), fitting.next()) {
        (Some(plan), ..) | (None, Some(plan), None) => Ok(plan.clone()),
        _ => Err(AppError::PlanNeeded {
            plans: all
                .iter()
                .map(|plan| (plan.id, plan.code.clone()))
                .collect(),
        }),
    }
}

/// Refuses more machines than the policy gives, or than the license has already, to who is bound to
/// plans: no price list says what another one costs.
///
/// # Errors
/// [`AppError::BeyondPlan`].
pub(crate) fn allow_machines(
    tx: &mut TenantTx<'_>,
    policy: &Policy,
    (has, wanted): (Option<u32>, Option<u32>),
) -> AppResult<()> {
    let most = |limit: Option<u32>| limit.unwrap_or(u32::MAX);
    let limit = most(policy.terms.machine_limit).max(most(has));
    if most(wanted) <= limit || binding_plans(tx, policy)?.is_empty() {
        Ok(())
    } else {
        Err(AppError::BeyondPlan { limit })
    }
}

/// Adds the price of a module to what a license was sold for, where the caller is bound to plans and
/// the module is more than the license has and its policy gives. Answers the price.
///
/// # Errors
/// [`AppError::Money`] for a price in another currency.
pub(crate) fn charge_module(
    tx: &mut TenantTx<'_>,
    license: &License,
    grant: &ModuleGrant,
) -> AppResult<Option<Money>> {
    let policy = policies::find(tx, license.policy_id)?.ok_or(AppError::NotFound("policy"))?;
    let mut own = policy.terms.modules.iter();
    let given = own.any(|own| own.code == grant.code && own.duration.is_none());
    let mut has = license.modules.iter();
    let covered = has.any(|one| covers(one, grant, tx.now()));
    if given || covered || binding_plans(tx, &policy)?.is_empty() {
        return Ok(None);
    }
    let known = modules::list(tx, license.product_id)?;
    let module = known.into_iter().find(|module| module.code == grant.code);
    let module = module.ok_or(AppError::NotFound("module"))?;
    let buyer = nodes::find(tx, license.node_id)?.ok_or(AppError::NotFound("node"))?;
    let listed = Listed {
        subject: Subject::Module(module.id),
        code: module.code,
        name: module.name,
        price: module.price,
    };
    let priced = price_all(tx, &buyer.path, vec![listed])?;
    let Some(price) = priced.first().map(|one| one.price) else {
        return Ok(None);
    };
    let mut sale = sales::find(tx, license.id)?.unwrap_or_default();
    sale.price = Some(match sale.price {
        Some(before) => before.checked_add(price)?,
        None => price,
    });
    sales::put(tx, license.id, &sale)?;
    Ok(Some(price))
}

/// Whether what there is lasts as long as what is wanted.
fn covers(one: &ModuleGrant, wanted: &ModuleGrant, now: UtcTime) -> bool {
    let end = |grant: &ModuleGrant| grant.expires_at.map_or(i64::MAX, UtcTime::micros);
    let waits = one.duration.is_some() && one.expires_at.is_none();
    one.code == wanted.code && !waits && one.is_live(now) && end(one) >= end(wanted)
}
