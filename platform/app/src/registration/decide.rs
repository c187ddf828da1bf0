use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::{LicenseId, NodeId, PolicyId, RegistrationId};
use alvara_domain::license::{License, LicenseState};
use alvara_domain::registration::{Registration, RegistrationState};
use alvara_domain::terms::Approval;
use alvara_store::{TenantTx, licenses, policies, registration_rules, registrations};
use alvara_vault::Vault;
use serde_json::json;

use super::{load, trial_email};
use crate::customer::{NewCustomer, create_customer};
use crate::license::change_state::{self, Decision};
use crate::license::issue::{IssueRequest, issue};
use crate::{AppError, AppResult};

/// Who is to hold the license.
#[derive(Debug, Clone)]
pub enum Holder {
    /// A place that exists.
    Place(NodeId),
    /// A customer who is added for it.
    New(Box<NewCustomer>),
}

/// On what terms a registration is approved; what is `None` comes from the product's rule.
#[derive(Debug, Clone, Default)]
pub struct ApprovalRequest {
    /// The policy of the license that is issued.
    pub policy_id: Option<PolicyId>,
    /// Who holds it.
    pub holder: Option<Holder>,
    /// A license that exists, instead of a new one.
    pub license_id: Option<LicenseId>,
}

/// Approves a registration: its program may activate under a license that is issued for it, or
/// under one that exists. Of several who approve at once one is right, and one license is issued.
///
/// # Errors
/// [`AppError::NotFound`] for a registration, license or place outside the scope;
/// [`AppError::WrongState`] when it is approved already; [`AppError::Invalid`]; what issuing
/// refuses.
pub fn approve(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    id: RegistrationId,
    request: &ApprovalRequest,
) -> AppResult<Registration> {
    let one = present(tx, id)?;
    let license = give_license(tx, vault, &one, request)?;
    // Whoever approves the program approves the license it gets.
    if license.state == LicenseState::Pending && license.terms.approval == Approval::Required {
        change_state::decide(tx, license.id, Decision::Approve, None)?;
    }
    load(tx, id)
}

/// Refuses a registration. A refused one may be approved later.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::WrongState`] when it is approved;
/// [`AppError::Invalid`] for a reason over 300 characters.
pub fn refuse(
    tx: &mut TenantTx<'_>,
    id: RegistrationId,
    reason: Option<&str>,
) -> AppResult<Registration> {
    let reason = reason.map(str::trim).filter(|text| !text.is_empty());
    if reason.is_some_and(|text| text.chars().count() > 300) {
        let detail = "at most 300 characters";
        return Err(AppError::field("/reason", FaultCode::TooLong, detail));
    }
    let before = present(tx, id)?;
    if before.state == RegistrationState::Refused {
        return Ok(before);
    }
    change(tx, &before, RegistrationState::Refused, reason)?;
    let note = json!({ "state": RegistrationState::Refused, "reason": reason });
    tx.audit(
        "registration.refused",
        id,
        json!({ "state": before.state }),
        &note,
    )?;
    tx.emit(EventKind::RegistrationRefused, id, &note)?;
    load(tx, id)
}

/// A registration that is not put away.
fn present(tx: &mut TenantTx<'_>, id: RegistrationId) -> AppResult<Registration> {
    let one = load(tx, id)?;
    match one.deleted_at {
        None => Ok(one),
        Some(_) => Err(AppError::WrongState {
            noun: "registration",
            state: "deleted",
            wanted: "decided",
        }),
    }
}

fn change(
    tx: &mut TenantTx<'_>,
    before: &Registration,
    to: RegistrationState,
    reason: Option<&str>,
) -> AppResult<()> {
    if registrations::decide(tx, before.id, to, reason)? {
        return Ok(());
    }
    Err(AppError::WrongState {
        noun: "registration",
        state: load(tx, before.id)?.state.as_str(),
        wanted: to.as_str(),
    })
}

/// Decides that a registration is approved, first of all, so that whoever comes second issues
/// nothing; then finds or issues its license.
pub(super) fn give_license(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    one: &Registration,
    request: &ApprovalRequest,
) -> AppResult<License> {
    change(tx, one, RegistrationState::Approved, None)?;
    let license = match request.license_id {
        Some(license) => existing(tx, one, request, license)?,
        None => issued(tx, vault, one, request)?,
    };
    registrations::attach(tx, one.id, license.id, license.node_id)?;
    let note = json!({
        "state": RegistrationState::Approved, "license_id": license.id, "node_id": license.node_id,
    });
    tx.audit(
        "registration.approved",
        one.id,
        json!({ "state": one.state }),
        &note,
    )?;
    tx.emit(EventKind::RegistrationApproved, one.id, &note)?;
    Ok(license)
}

fn existing(
    tx: &mut TenantTx<'_>,
    one: &Registration,
    request: &ApprovalRequest,
    id: LicenseId,
) -> AppResult<License> {
    if request.policy_id.is_some() || request.holder.is_some() {
        let detail = "a license that exists has its policy and its holder";
        return Err(AppError::field("/license_id", FaultCode::Conflict, detail));
    }
    let license = licenses::find(tx, id)?.ok_or(AppError::NotFound("license"))?;
    if license.product_id != one.product_id {
        let detail = "the license is for another product";
        return Err(AppError::field("/license_id", FaultCode::Conflict, detail));
    }
    Ok(license)
}

fn issued(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    one: &Registration,
    request: &ApprovalRequest,
) -> AppResult<License> {
    let rule = registration_rules::find(tx, one.product_id)?;
    let policy = request
        .policy_id
        .or(rule.and_then(|rule| rule.policy_id))
        .ok_or_else(|| {
            let detail = "the product's rule names no policy";
            AppError::field("/policy_id", FaultCode::Required, detail)
        })?;
    let policy = policies::find(tx, policy)?.ok_or(AppError::NotFound("policy"))?;
    if policy.product_id != one.product_id {
        let detail = "the policy is of another product";
        return Err(AppError::field("/policy_id", FaultCode::Conflict, detail));
    }
    trial_email::claim(tx, one, &policy.terms)?;
    let holder = match &request.holder {
        Some(Holder::Place(place)) => *place,
        Some(Holder::New(customer)) => create_customer(tx, customer)?.node.id,
        None => one.node_id,
    };
    Ok(issue(tx, vault, &IssueRequest::of(policy.id, holder))?.license)
}
