use std::cmp::Reverse;

use alvara_domain::event::EventKind;
use alvara_domain::fingerprint::{Comparison, Identity};
use alvara_domain::id::{LicenseId, ProductId};
use alvara_domain::product::Product;
use alvara_domain::registration::{
    Applicant, Registration, RegistrationMode, RegistrationRule, RegistrationState,
};
use alvara_domain::terms::Terms;
use alvara_store::TenantTx;
use alvara_store::{nodes, policies, products, registration_rules, registrations, tenants};
use alvara_vault::Vault;
use serde_json::json;

use super::decide::{ApprovalRequest, give_license};
use super::{load, trial_email};
use crate::field::Fields;
use crate::machine::activate::ActivationRequest;
use crate::machine::drift::{COMPARED, SaidMachine};
use crate::{AppError, AppResult};

/// What a program says when it registers.
#[derive(Debug, Clone)]
pub struct RegistrationRequest {
    /// Code of its product.
    pub product: String,
    /// The machine it runs on and who uses it.
    pub machine: ActivationRequest,
    /// Where it stands, for people.
    pub site: Option<String>,
    /// Who sits before it.
    pub applicant: Applicant,
}

/// What a program is told.
#[derive(Debug, Clone)]
pub struct Received {
    /// The registration.
    pub registration: Registration,
    /// Its product.
    pub product: Product,
    /// The license under which it may activate; `None` while nobody approved.
    pub license: Option<LicenseId>,
    /// When to ask again, in seconds.
    pub retry_after: u32,
}

/// How long a program waits before it asks again, where no terms say so; in seconds.
const RETRY_SECONDS: u32 = 60;
/// The longest it waits.
const RETRY_MOST: u32 = 3600;

/// Takes a program's registration, or says what became of an earlier one: a product knows each
/// fingerprint once, however often it asks.
///
/// # Errors
/// [`AppError::NotFound`] for a product that is not sold here or takes no registrations, alike;
/// [`AppError::RegistrationRefused`]; [`AppError::Invalid`]; [`AppError::Refused`] for a trial that
/// its e-mail domain has had.
pub fn receive(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    request: &RegistrationRequest,
) -> AppResult<Received> {
    let product =
        products::find_by_code(tx, &request.product)?.ok_or(AppError::NotFound("product"))?;
    let rule = registration_rules::find(tx, product.id)?;
    let terms = match rule.as_ref().and_then(|rule| rule.policy_id) {
        Some(policy) => policies::find(tx, policy)?.map(|policy| policy.terms),
        None => None,
    };
    let known = known(tx, product.id, &request.machine.machine(), terms.as_ref())?;
    let registration = match (known, rule) {
        (Some(known), _) => again(tx, known)?,
        (None, Some(rule)) if rule.mode != RegistrationMode::Closed => {
            add(tx, vault, &rule, terms.as_ref(), request)?
        }
        (None, _) => return Err(AppError::NotFound("product")),
    };
    Ok(Received {
        license: (registration.state == RegistrationState::Approved)
            .then_some(registration.license_id)
            .flatten(),
        registration,
        product,
        retry_after: terms.map_or(RETRY_SECONDS, |terms| terms.retry_seconds.min(RETRY_MOST)),
    })
}

/// What became of the machine before: under this fingerprint, or under another one that it had when
/// it registered. Where the terms weigh components, a machine that changed no more than they tolerate
/// is the same; it is compared with those that registered last.
fn known(
    tx: &mut TenantTx<'_>,
    product: ProductId,
    said: &SaidMachine,
    terms: Option<&Terms>,
) -> AppResult<Option<Registration>> {
    let exact = match registrations::find_by_fingerprint(tx, product, &said.fingerprint)? {
        Some(one) => Some(one),
        None => registrations::find_by_machine(tx, product, &said.fingerprint)?,
    };
    let rule = terms.map(|terms| &terms.fingerprint);
    let Some(rule) = rule.filter(|rule| !rule.components.is_empty()) else {
        return Ok(exact);
    };
    if exact.is_some() || said.components.is_empty() {
        return Ok(exact);
    }
    let best = registrations::list_registered(tx, product, COMPARED)?
        .into_iter()
        .filter(|one| {
            let recorded = Identity {
                fingerprint: &one.fingerprint,
                components: &one.components,
            };
            matches!(
                rule.compare(recorded, said.identity()),
                Comparison::Drift { .. } | Comparison::Same
            )
        })
        .max_by_key(|one| {
            let agreement = rule.agreement(&one.components, &said.components);
            (agreement, Reverse(one.id))
        });
    match best {
        Some(one) => load(tx, one.id).map(Some),
        None => Ok(None),
    }
}

/// A program that asked before. A deleted registration is answered as a refused one.
fn again(tx: &mut TenantTx<'_>, known: Registration) -> AppResult<Registration> {
    if known.deleted_at.is_some() {
        return Err(AppError::RegistrationRefused { reason: None });
    }
    if known.state == RegistrationState::Refused {
        return Err(AppError::RegistrationRefused {
            reason: known.state_reason,
        });
    }
    registrations::touch(tx, known.id)?;
    load(tx, known.id)
}

fn add(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    rule: &RegistrationRule,
    terms: Option<&Terms>,
    request: &RegistrationRequest,
) -> AppResult<Registration> {
    let one = compose(tx, rule, request)?;
    if !registrations::insert(tx, &one)? {
        // The same machine asked twice at once and the other was first.
        let machine = &request.machine;
        let first = registrations::find_by_fingerprint(tx, rule.product_id, &machine.fingerprint)?;
        return again(tx, first.ok_or_else(AppError::contended)?);
    }
    if let Some(terms) = terms {
        trial_email::claim(tx, &one, terms)?;
    }
    let note =
        json!({ "product_id": one.product_id, "name": one.name, "applicant": one.applicant });
    tx.audit("registration.received", one.id, (), &note)?;
    tx.emit(EventKind::RegistrationReceived, one.id, &note)?;
    if rule.mode == RegistrationMode::Automatic {
        give_license(tx, vault, &one, &ApprovalRequest::default())?;
    }
    load(tx, one.id)
}

fn compose(
    tx: &mut TenantTx<'_>,
    rule: &RegistrationRule,
    request: &RegistrationRequest,
) -> AppResult<Registration> {
    let mut fields = Fields::new();
    let said = &request.applicant;
    let applicant = Applicant {
        name: fields.maybe_line("/applicant/name", &said.name, 200),
        email: said
            .email
            .as_deref()
            .map(|email| fields.email("/applicant/email", email)),
        company: fields.maybe_line("/applicant/company", &said.company, 200),
        message: fields.paragraphs("/applicant/message", &said.message, 1000),
    };
    fields.finish()?;
    let node_id = match rule.node_id {
        // A place that was deleted since is nobody's to look at.
        Some(place) if nodes::find(tx, place)?.is_some() => place,
        _ => tenants::load_own(tx)?.root_node_id,
    };
    let machine = &request.machine;
    Ok(Registration {
        tenant_id: tx.tenant(),
        id: tx.new_id()?,
        product_id: rule.product_id,
        fingerprint: machine.fingerprint.clone(),
        components: machine.components.clone(),
        name: machine.name.clone(),
        platform: machine.platform.clone(),
        app_version: machine.app_version.clone(),
        site: request.site.clone(),
        user_name: machine.user.clone(),
        applicant,
        node_id,
        state: RegistrationState::Pending,
        state_reason: None,
        license_id: None,
        decided_by: None,
        decided_at: None,
        source_address: tx.scope().origin().source_address().to_owned(),
        created_at: tx.now(),
        last_seen_at: tx.now(),
        deleted_at: None,
        blocked_machine: false,
        machine_id: None,
        version: 1,
    })
}
