//! Issues a license: a key that was never seen before, on the terms of a policy.

mod check;
mod recipe;

use alvara_domain::event::EventKind;
use alvara_domain::id::{LicenseId, NodeId, PlanId, PolicyId, ProductId};
use alvara_domain::license::License;
use alvara_domain::money::BasisPoints;
use alvara_domain::price::Sale;
use alvara_domain::product::OfferState;
use alvara_store::TenantTx;
use alvara_store::{licenses, offers, sales};
use alvara_vault::{Secret, Vault};
use serde::{Deserialize, Serialize};

pub(crate) use recipe::{Recipe, last_as_paid};

use crate::error::{AppError, AppResult};
use crate::machine::reserve::{NamedMachine, keep_seat};
use crate::quota::charge;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueRequest {
    /// The policy whose terms the license is born with.
    pub policy_id: PolicyId,
    /// Who holds it: a customer, or the place that has it in stock.
    pub node_id: NodeId,
    /// At which plan of the policy it is sold; the license then lasts the plan's period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_id: Option<PlanId>,
    /// How much is taken off the plan's price.
    #[serde(default)]
    pub discount: BasisPoints,
    /// Modules instead of those of the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modules: Option<Vec<String>>,
    /// The same as QLM writes it, `0:3;1:1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<String>,
    /// How many machines instead of the policy's limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine_limit: Option<u32>,
    /// The one user it is for (at most 254 characters).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The one site it is for (at most 100 characters).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// For people (at most 500 characters).
    #[serde(default)]
    pub note: String,
    /// The machine it is for, with a seat kept until it comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<NamedMachine>,
}

impl IssueRequest {
    /// A license of a policy for a place, nothing else said.
    #[must_use]
    pub fn of(policy_id: PolicyId, node_id: NodeId) -> Self {
        Self {
            policy_id,
            node_id,
            plan_id: None,
            discount: BasisPoints::ZERO,
            modules: None,
            features: None,
            machine_limit: None,
            user: None,
            site: None,
            note: String::new(),
            machine: None,
        }
    }
}

/// A license and its key, which is shown now and, after this, only to who may reveal it.
#[derive(Debug)]
pub struct Issued {
    /// The license.
    pub license: License,
    /// What it was sold for, and whose quota it counts against.
    pub sale: Sale,
    /// The activation key as people read it.
    pub key: Secret,
}

/// Issues one license.
///
/// # Errors
/// [`AppError::NotFound`] for a policy or place outside the scope, [`AppError::Invalid`] for fields,
/// [`AppError::OfferWithdrawn`] and [`AppError::OfferExhausted`] for the tenant's leave to sell,
/// [`AppError::QuotaExhausted`] for the place's, [`AppError::DiscountAboveCeiling`];
/// [`AppError::PlanNeeded`] and [`AppError::BeyondPlan`] for a caller who sells at plans.
pub fn issue(tx: &mut TenantTx<'_>, vault: &Vault, request: &IssueRequest) -> AppResult<Issued> {
    let recipe = Recipe::of(tx, request)?;
    let sale = recipe.sale(tx)?;
    make(tx, vault, (&recipe, request), sale)
}

/// Issues one license at a price that was agreed before, as in an order: price lists and ceilings
/// may have changed since.
///
/// # Errors
/// As for [`issue`], but for the price.
pub(crate) fn issue_sold(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    request: &IssueRequest,
    sale: Sale,
) -> AppResult<Issued> {
    let recipe = Recipe::of(tx, request)?;
    make(tx, vault, (&recipe, request), sale)
}

fn make(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    (recipe, request): (&Recipe, &IssueRequest),
    mut sale: Sale,
) -> AppResult<Issued> {
    reserve(tx, recipe.product.id, 1)?;
    sale.quota_node_id = charge(tx, recipe.node.id, recipe.product.id, 1)?;
    let mut issued = Issued {
        sale,
        ..recipe.make(tx, vault, None)?
    };
    issued.license.machines_used = i64::from(request.machine.is_some());
    licenses::insert(tx, &issued.license)?;
    sales::insert_many(tx, &[(issued.license.id, sale)])?;
    let license = &issued.license;
    tx.audit("license.issued", license.id, (), license)?;
    tx.emit(
        EventKind::LicenseIssued,
        license.id,
        IssuedEvent::of(license),
    )?;
    if let Some(named) = &request.machine {
        keep_seat(tx, vault, license, named)?;
    }
    Ok(issued)
}

/// What the event says; never the key.
#[derive(Debug, Serialize)]
struct IssuedEvent<'a> {
    product_id: ProductId,
    policy_id: PolicyId,
    node_id: NodeId,
    kind: &'a str,
}

impl<'a> IssuedEvent<'a> {
    fn of(license: &'a License) -> Self {
        Self {
            product_id: license.product_id,
            policy_id: license.policy_id,
            node_id: license.node_id,
            kind: license.kind.as_str(),
        }
    }
}

/// Counts licenses against the offer. The condition and the count are one statement, so that two
/// who issue at once cannot both have the last one.
pub(crate) fn reserve(tx: &mut TenantTx<'_>, product: ProductId, count: i64) -> AppResult<()> {
    if offers::take_licenses(tx, product, count)? {
        return Ok(());
    }
    let offer = offers::find(tx, product)?.ok_or(AppError::NotFound("product"))?;
    match (offer.state, offer.license_limit) {
        (OfferState::Active, Some(limit)) => Err(AppError::OfferExhausted {
            limit,
            issued: offer.licenses_issued,
        }),
        _ => Err(AppError::OfferWithdrawn),
    }
}

/// Binds a sealed key to its license, so that it does not open in another row.
pub(crate) fn seal_context(id: LicenseId) -> String {
    format!("{id}/key")
}
