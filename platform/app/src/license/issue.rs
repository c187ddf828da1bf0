//! Issues a license: a key that was never seen before, on the terms of a policy.

use alvara_domain::customer::CustomerStatus;
use alvara_domain::event::EventKind;
use alvara_domain::fault::{FaultCode, FieldFault};
use alvara_domain::id::{BatchId, LicenseId, NodeId, PolicyId, ProductId};
use alvara_domain::key::ActivationKey;
use alvara_domain::license::{License, LicenseState, Term};
use alvara_domain::module::ModuleGrant;
use alvara_domain::node::{Node, Tenant};
use alvara_domain::product::{OfferState, Policy, Product};
use alvara_domain::terms::{Approval, Terms};
use alvara_store::TenantTx;
use alvara_store::{customers, licenses, modules, nodes, offers, policies, products, tenants};
use alvara_vault::{Purpose, Secret, Vault, random};
use serde::{Deserialize, Serialize};

use crate::error::{AppError, AppResult};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueRequest {
    /// The policy whose terms the license is born with.
    pub policy_id: PolicyId,
    /// Who holds it: a customer, or the place that has it in stock.
    pub node_id: NodeId,
    /// Modules instead of those of the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modules: Option<Vec<String>>,
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
}

impl IssueRequest {
    /// A license of a policy for a place, nothing else said.
    #[must_use]
    pub fn of(policy_id: PolicyId, node_id: NodeId) -> Self {
        Self {
            policy_id,
            node_id,
            modules: None,
            machine_limit: None,
            user: None,
            site: None,
            note: String::new(),
        }
    }
}

/// A license and its key, which is shown now and, after this, only to who may reveal it.
#[derive(Debug)]
pub struct Issued {
    /// The license.
    pub license: License,
    /// The activation key as people read it.
    pub key: Secret,
}

/// Issues one license.
///
/// # Errors
/// [`AppError::NotFound`] for a policy or place outside the scope, [`AppError::Invalid`] for fields,
/// [`AppError::OfferWithdrawn`] and [`AppError::OfferExhausted`] for the tenant's leave to sell.
pub fn issue(tx: &mut TenantTx<'_>, vault: &Vault, request: &IssueRequest) -> AppResult<Issued> {
    let recipe = Recipe::of(tx, request)?;
    reserve(tx, recipe.product.id, 1)?;
    let issued = recipe.make(tx, vault, None)?;
    licenses::insert(tx, &issued.license)?;
    let license = &issued.license;
    tx.audit("license.issued", license.id, (), license)?;
    tx.emit(
        EventKind::LicenseIssued,
        license.id,
        IssuedEvent::of(license),
    )?;
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

/// Everything that licenses of one request have in common, read once.
pub(crate) struct Recipe {
    pub(crate) policy: Policy,
    pub(crate) product: Product,
    pub(crate) node: Node,
    tenant: Tenant,
    state: LicenseState,
    terms: Terms,
    request: IssueRequest,
}

/// A license waits where its terms ask for an approval, or its holder for validation.
fn birth_state(terms: &Terms, holder: Option<CustomerStatus>) -> LicenseState {
    match (terms.approval, holder) {
        (Approval::Required, _) | (_, Some(CustomerStatus::Pending)) => LicenseState::Pending,
        (Approval::Automatic, _) => LicenseState::Active,
    }
}

impl Recipe {
    /// Reads and checks what a request names.
    pub(crate) fn of(tx: &mut TenantTx<'_>, request: &IssueRequest) -> AppResult<Self> {
        let faults = faults(request);
        if !faults.is_empty() {
            return Err(AppError::Invalid(faults));
        }
        let policy = policies::find(tx, request.policy_id)?.ok_or(AppError::NotFound("policy"))?;
        let node = nodes::find(tx, request.node_id)?.ok_or(AppError::NotFound("node"))?;
        let product =
            products::find(tx, policy.product_id)?.ok_or(AppError::NotFound("product"))?;
        if !nodes::list_suspended_above(tx, &node.path)?.is_empty() {
            return Err(AppError::WrongState {
                noun: "node",
                state: "suspended",
                wanted: "given a license",
            });
        }
        let holder = customers::find_status(tx, node.id)?;
        let mut terms = policy.terms.clone();
        if let Some(codes) = &request.modules {
            let known = modules::list(tx, product.id)?;
            let unknown = codes
                .iter()
                .enumerate()
                .filter(|(_, code)| !known.iter().any(|module| module.code == **code));
            let faults: Vec<FieldFault> = unknown
                .map(|(index, _)| {
                    FieldFault::new(
                        format!("/modules/{index}"),
                        FaultCode::Unknown,
                        "the product has no such module",
                    )
                })
                .collect();
            if !faults.is_empty() {
                return Err(AppError::Invalid(faults));
            }
            terms.modules.clone_from(codes);
        }
        if let Some(limit) = request.machine_limit {
            terms.machine_limit = Some(limit);
        }
        let faults = terms.check();
        if !faults.is_empty() {
            return Err(AppError::Invalid(faults));
        }
        Ok(Self {
            policy,
            product,
            node,
            tenant: tenants::load_own(tx)?,
            state: birth_state(&terms, holder),
            terms,
            request: request.clone(),
        })
    }

    /// Makes one license; storing it is the caller's.
    pub(crate) fn make(
        &self,
        tx: &mut TenantTx<'_>,
        vault: &Vault,
        batch: Option<BatchId>,
    ) -> AppResult<Issued> {
        let now = tx.now();
        let id: LicenseId = tx.new_id()?;
        let key = ActivationKey::generate(&self.product.key_prefix, &random::<15>()?);
        let term = Term::at_issue(&self.terms, now, &self.tenant.time_zone).map_err(|error| {
            AppError::field("/policy_id", FaultCode::OutOfRange, error.to_string())
        })?;
        let display = Secret::new(key.display());
        let license = License {
            tenant_id: tx.tenant(),
            id,
            product_id: self.product.id,
            policy_id: self.policy.id,
            node_id: self.node.id,
            batch_id: batch,
            key_lookup: vault.lookup(&key.canonical())?,
            key_sealed: vault.seal(
                Purpose::ActivationKey,
                &seal_context(id),
                display.expose().as_bytes(),
            )?,
            key_hint: key.hint(),
            kind: self.terms.kind,
            state: self.state,
            state_reason: None,
            machine_limit: self.terms.machine_ceiling().map(i64::from),
            modules: self
                .terms
                .modules
                .iter()
                .map(|code| ModuleGrant::plain(code))
                .collect(),
            terms: self.terms.clone(),
            bound_user: self.request.user.clone(),
            bound_site: self.request.site.clone(),
            machines_used: 0,
            first_activated_at: None,
            term,
            note: self.request.note.clone(),
            issued_by: tx.scope().actor().to_string(),
            issued_at: now,
            updated_at: now,
            deleted_at: None,
            revision: 1,
            version: 1,
        };
        Ok(Issued {
            license,
            key: display,
        })
    }
}

/// Binds a sealed key to its license, so that it does not open in another row.
pub(crate) fn seal_context(id: LicenseId) -> String {
    format!("{id}/key")
}

fn faults(request: &IssueRequest) -> Vec<FieldFault> {
    let mut faults = Vec::new();
    let texts = [
        ("/user", request.user.as_deref(), 254),
        ("/site", request.site.as_deref(), 100),
        ("/note", Some(request.note.as_str()), 500),
    ];
    for (pointer, text, longest) in texts {
        let Some(text) = text else { continue };
        if text.chars().count() > longest {
            faults.push(FieldFault::new(
                pointer,
                FaultCode::TooLong,
                format!("at most {longest} characters"),
            ));
        } else if text.chars().any(|c| c.is_control() && c != '\n') {
            faults.push(FieldFault::new(
                pointer,
                FaultCode::Malformed,
                "control characters are not allowed",
            ));
        }
    }
    for (pointer, text) in [("/user", &request.user), ("/site", &request.site)] {
        if text.as_ref().is_some_and(|text| text.trim().is_empty()) {
            faults.push(FieldFault::new(
                pointer,
                FaultCode::Required,
                "leave it out rather than blank",
            ));
        }
    }
    if request
        .machine_limit
        .is_some_and(|limit| !(1..=1_000_000).contains(&limit))
    {
        faults.push(FieldFault::new(
            "/machine_limit",
            FaultCode::OutOfRange,
            "1 to 1 000 000",
        ));
    }
    faults
}
