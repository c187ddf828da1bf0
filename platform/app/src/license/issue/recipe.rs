//! What licenses of one request have in common, and how one is made of it.

use alvara_domain::customer::CustomerStatus;
use alvara_domain::fault::{FaultCode, FieldFault};
use alvara_domain::id::{BatchId, LicenseId, NodeId, PlanId};
use alvara_domain::key::ActivationKey;
use alvara_domain::license::{License, LicenseState, Term};
use alvara_domain::node::{Node, Tenant};
use alvara_domain::price::Sale;
use alvara_domain::product::{Plan, Policy, Product};
use alvara_domain::qlm::Features;
use alvara_domain::terms::{Approval, LicenseKind, Terms};
use alvara_domain::time::TimeError;
use alvara_store::TenantTx;
use alvara_store::{customers, modules, nodes, plans, policies, products, tenants};
use alvara_vault::{Purpose, Secret, Vault, random};

use super::check::faults;
use super::{IssueRequest, Issued, seal_context};
use crate::error::{AppError, AppResult};
use crate::price::{allow_discount, allow_machines, fitting_plan, quote_of};

/// Everything that licenses of one request have in common, read once.
pub(crate) struct Recipe {
    pub(crate) policy: Policy,
    pub(crate) product: Product,
    pub(crate) node: Node,
    tenant: Tenant,
    state: LicenseState,
    terms: Terms,
    plan: Option<Plan>,
    /// What was asked for, at the plan it is sold at.
    pub(crate) request: IssueRequest,
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
        let holder = held_status(tx, node.id)?;
        let mut terms = policy.terms.clone();
        let plan = match request.plan_id {
            Some(id) => Some(load_plan(tx, id, &policy)?),
            None => fitting_plan(tx, &policy)?,
        };
        if let Some(limit) = request.machine_limit {
            let own = policy.terms.machine_limit;
            allow_machines(tx, &policy, (own, Some(limit)))?;
        }
        if let Some(plan) = &plan {
            last_as_paid(&mut terms, plan);
        }
        if let Some(wanted) = wanted_modules(tx, &product, request)? {
            terms.modules = wanted
                .into_iter()
                .map(|code| {
                    let known = policy.terms.modules.iter().find(|own| own.code == code);
                    known.cloned().unwrap_or_else(|| code.into())
                })
                .collect();
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
            request: IssueRequest {
                plan_id: plan.as_ref().map(|plan| plan.id),
                ..request.clone()
            },
            plan,
        })
    }

    /// What each license is sold for now: the plan, and the modules that its policy does not bring
    /// along, at the prices of the place that holds it. Nothing is charged to any quota yet.
    pub(crate) fn sale(&self, tx: &mut TenantTx<'_>) -> AppResult<Sale> {
        let Some(plan) = &self.plan else {
            return Ok(Sale::default());
        };
        let codes: Vec<String> = self
            .terms
            .modules
            .iter()
            .map(|module| module.code.clone())
            .collect();
        let discount = self.request.discount;
        allow_discount(tx, discount)?;
        let quote = quote_of(tx, (plan, &self.policy), &codes, &self.node, discount)?;
        Ok(Sale {
            plan_id: Some(plan.id),
            price: Some(quote.price),
            discount,
            ..Sale::default()
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
        let term = Term::at_issue(&self.terms, now, &self.tenant.time_zone).map_err(too_long)?;
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
                .grants_at_issue(&term, &self.tenant.time_zone)
                .map_err(too_long)?,
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
            sale: Sale::default(),
            key: display,
        })
    }
}

fn too_long(error: TimeError) -> AppError {
    AppError::field("/policy_id", FaultCode::OutOfRange, error.to_string())
}

/// How the customer at a place stands. Of one who waits this is held until the commit: whoever
/// validates it meanwhile would not see a license that is about to wait for that.
fn held_status(tx: &mut TenantTx<'_>, id: NodeId) -> AppResult<Option<CustomerStatus>> {
    let status = customers::find_status(tx, id)?;
    if status != Some(CustomerStatus::Pending) {
        return Ok(status);
    }
    customers::hold(tx, id)?;
    Ok(customers::find_status(tx, id)?)
}

/// Finds a plan of a policy.
fn load_plan(tx: &mut TenantTx<'_>, id: PlanId, policy: &Policy) -> AppResult<Plan> {
    let plan = plans::find(tx, id)?.filter(|plan| plan.policy_id == policy.id);
    plan.ok_or_else(|| {
        AppError::field(
            "/plan_id",
            FaultCode::Unknown,
            "the policy has no such plan",
        )
    })
}

/// Who pays for a period gets that period, whatever the length of the policy is.
pub(crate) fn last_as_paid(terms: &mut Terms, plan: &Plan) {
    match terms.kind {
        LicenseKind::SemiPermanent => terms.maintenance = Some(plan.period),
        kind if kind.ends() => terms.duration = Some(plan.period),
        _ => {}
    }
}

/// The codes of the modules that were asked for; `None` when those of the policy are meant.
fn wanted_modules(
    tx: &mut TenantTx<'_>,
    product: &Product,
    request: &IssueRequest,
) -> AppResult<Option<Vec<String>>> {
    if let Some(text) = &request.features {
        let features = text.parse::<Features>().map_err(|error| {
            AppError::field("/features", FaultCode::Malformed, error.to_string())
        })?;
        let known = modules::list(tx, product.id)?;
        let code = |position: i64| {
            let module = known.iter().find(|module| module.position == position);
            module.map(|module| module.code.clone())
        };
        let codes: Option<Vec<String>> = features.positions().map(code).collect();
        let unknown = || {
            AppError::field(
                "/features",
                FaultCode::Unknown,
                "the product has no module at one of these places",
            )
        };
        return codes.map(Some).ok_or_else(unknown);
    }
    let Some(codes) = &request.modules else {
        return Ok(None);
    };
    let known = modules::list(tx, product.id)?;
    let faults: Vec<FieldFault> = codes
        .iter()
        .enumerate()
        .filter(|(_, code)| !known.iter().any(|module| module.code == **code))
        .map(|(index, _)| {
            FieldFault::new(
                format!("/modules/{index}"),
                FaultCode::Unknown,
                "the product has no such module",
            )
        })
        .collect();
    if faults.is_empty() {
        Ok(Some(codes.clone()))
    } else {
        Err(AppError::Invalid(faults))
    }
}
