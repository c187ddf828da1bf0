use alvara_domain::fault::{FaultCode, FieldFault};
use alvara_domain::id::{NodeId, PlanId, ProductId};
use alvara_domain::money::{BasisPoints, Money};
use alvara_domain::node::Node;
use alvara_domain::price::{Quote, QuoteLine, Subject};
use alvara_domain::product::{Plan, Policy};
use alvara_store::{TenantTx, modules, nodes, plans, policies};

use super::allow_discount;
use super::effective::{Listed, Source, price_all};
use crate::{AppError, AppResult};

/// What somebody wants to know the price of.
#[derive(Debug, Clone)]
pub struct QuoteRequest {
    /// A plan.
    pub plan_id: PlanId,
    /// Codes of modules besides. Those that the plan's policy brings along cost nothing more.
    pub modules: Vec<String>,
    /// Who buys.
    pub node_id: NodeId,
    /// How much is taken off.
    pub discount: BasisPoints,
}

/// What it costs, and how much discount the caller might have given.
#[derive(Debug, Clone)]
pub struct Quoted {
    /// What it costs.
    pub quote: Quote,
    /// The most that the caller may take off.
    pub ceiling: BasisPoints,
}

/// Says what a license would cost. Nothing is written.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Invalid`] for modules that the product does not have,
/// [`AppError::DiscountAboveCeiling`], [`AppError::Money`] for prices in different currencies.
pub fn quote(tx: &mut TenantTx<'_>, request: &QuoteRequest) -> AppResult<Quoted> {
    let plan = plans::find(tx, request.plan_id)?.ok_or(AppError::NotFound("plan"))?;
    let policy = policies::find(tx, plan.policy_id)?.ok_or(AppError::NotFound("policy"))?;
    let node = nodes::find(tx, request.node_id)?.ok_or(AppError::NotFound("node"))?;
    let ceiling = allow_discount(tx, request.discount)?;
    let quote = quote_of(
        tx,
        (&plan, &policy),
        &request.modules,
        &node,
        request.discount,
    )?;
    Ok(Quoted { quote, ceiling })
}

/// What a plan and modules cost a place, less a discount that somebody allowed.
pub(crate) fn quote_of(
    tx: &mut TenantTx<'_>,
    (plan, policy): (&Plan, &Policy),
    codes: &[String],
    buyer: &Node,
    discount: BasisPoints,
) -> AppResult<Quote> {
    let mut listed = vec![Listed {
        subject: Subject::Plan(plan.id),
        code: plan.code.clone(),
        name: plan.name.clone(),
        price: plan.price,
    }];
    listed.extend(extra_modules(tx, policy, codes)?);
    let lines = price_all(tx, &buyer.path, listed)?
        .into_iter()
        .map(|one| QuoteLine {
            subject: one.subject,
            code: one.code,
            price: one.price,
            source: match one.source {
                Source::Place(id) => Some(id),
                Source::Catalogue | Source::Above => None,
            },
        })
        .collect();
    let nothing = Money::new(0, plan.price.currency);
    Ok(Quote::of(lines, discount)?.unwrap_or(Quote {
        lines: Vec::new(),
        price: nothing,
        discount,
        taken_off: nothing,
        total: nothing,
    }))
}

/// What modules of a product cost a place by themselves: for a license that has its plan already.
pub(crate) fn quote_modules(
    tx: &mut TenantTx<'_>,
    product: ProductId,
    codes: &[String],
    buyer: &Node,
) -> AppResult<Option<Quote>> {
    let listed = named_modules(tx, product, codes, &[])?;
    let lines = price_all(tx, &buyer.path, listed)?
        .into_iter()
        .map(|one| QuoteLine {
            subject: one.subject,
            code: one.code,
            price: one.price,
            source: None,
        })
        .collect();
    Ok(Quote::of(lines, BasisPoints::ZERO)?)
}

fn extra_modules(
    tx: &mut TenantTx<'_>,
    policy: &Policy,
    codes: &[String],
) -> AppResult<Vec<Listed>> {
    let brought: Vec<&str> = policy
        .terms
        .modules
        .iter()
        .map(|own| own.code.as_str())
        .collect();
    named_modules(tx, policy.product_id, codes, &brought)
}

/// The modules of some codes, but for those that cost nothing more.
fn named_modules(
    tx: &mut TenantTx<'_>,
    product: ProductId,
    codes: &[String],
    brought: &[&str],
) -> AppResult<Vec<Listed>> {
    let (mut listed, mut faults) = (Vec::new(), Vec::new());
    let known = modules::list(tx, product)?;
    for (index, code) in codes.iter().enumerate() {
        if codes[..index].contains(code) {
            faults.push(FieldFault::new(
                format!("/modules/{index}"),
                FaultCode::Duplicate,
                "each module is named once",
            ));
            continue;
        }
        if brought.contains(&code.as_str()) {
            continue;
        }
        match known.iter().find(|module| module.code == *code) {
            Some(module) => listed.push(Listed {
                subject: Subject::Module(module.id),
                code: module.code.clone(),
                name: module.name.clone(),
                price: module.price,
            }),
            None => faults.push(FieldFault::new(
                format!("/modules/{index}"),
                FaultCode::Unknown,
                "the product has no such module",
            )),
        }
    }
    if faults.is_empty() {
        Ok(listed)
    } else {
        Err(AppError::Invalid(faults))
    }
}
