//! One trial of a product for each machine, whatever key it comes with (R-LIC-13).
//!
//! The trial is written down where it begins, in the transaction that activates: who comes second
//! finds the row, or fails to write it, and is told so. A machine is the same by its fingerprint or,
//! where the policy weighs components, by those of them that reach its threshold. Rows stay when a
//! machine deactivates or its license is converted, deleted or revoked: the trial was had.
//!
//! What the terms say of e-mail domains counts here for keys that were issued, by the address of
//! whom they were issued to; who registers is asked for one at the registration.

use alvara_domain::fingerprint::Identity;
use alvara_domain::license::License;
use alvara_domain::node::NodeKind;
use alvara_domain::product::Product;
use alvara_domain::registration::email_domain;
use alvara_domain::verdict::TrialHistory;
use alvara_store::trials::{self, Trial, TrialPart};
use alvara_store::{TenantTx, nodes, registrations};
use alvara_vault::token_hash;

use crate::error::AppResult;

/// Takes the one trial that a machine has of a product, for a license. Asking again for the same
/// license takes nothing; a license that is no trial asks for none.
///
/// # Errors
/// When the database fails.
pub(crate) fn claim(
    tx: &mut TenantTx<'_>,
    license: &License,
    product: &Product,
    machine: Identity<'_>,
) -> AppResult<TrialHistory> {
    if !license.terms.is_tried_once() {
        return Ok(TrialHistory::Clean);
    }
    let registered = registrations::find_domain(tx, license.id, machine.fingerprint)?;
    let issued_to = match registered {
        Some(_) => None,
        None => holder_domain(tx, license)?,
    };
    let trial = Trial {
        product: product.id,
        fingerprint_digest: token_hash(machine.fingerprint.as_str()),
        license: license.id,
        email_domain: registered.or_else(|| issued_to.clone()),
        parts: parts_of(license, machine),
    };
    if !trial.parts.is_empty() {
        trials::lock(tx, product.id)?;
    }
    if let Some(before) = trials::find_license(tx, product.id, &trial.fingerprint_digest)? {
        return Ok(history(before == license.id));
    }
    if is_known_by_parts(tx, license, &trial)? {
        return Ok(TrialHistory::Used);
    }
    if let Some(domain) = issued_to
        && !has_place(tx, license, product, &domain)?
    {
        return Ok(TrialHistory::Used);
    }
    if trials::insert(tx, &trial)? {
        return Ok(TrialHistory::Clean);
    }
    // Somebody wrote it down since it was looked for; under which license, that row says.
    let first = trials::find_license(tx, product.id, &trial.fingerprint_digest)?;
    Ok(history(first == Some(license.id)))
}

/// The domain of whom a license was issued to: the user it is for, else the customer who holds it.
/// Whoever issues a key to a customer without an address knows whom they give it to.
fn holder_domain(tx: &mut TenantTx<'_>, license: &License) -> AppResult<Option<String>> {
    if let Some(domain) = license.bound_user.as_deref().and_then(email_domain) {
        return Ok(Some(domain));
    }
    let holder = nodes::find(tx, license.node_id)?;
    Ok(holder
        .filter(|node| node.kind == NodeKind::Customer)
        .and_then(|node| node.email)
        .and_then(|email| email_domain(&email)))
}

/// Whether a domain has a trial left for a license that nobody registered for, or this is one that
/// it has. Registrations and issued keys share the places.
fn has_place(
    tx: &mut TenantTx<'_>,
    license: &License,
    product: &Product,
    domain: &str,
) -> AppResult<bool> {
    let rule = &license.terms.trial_email;
    if rule.blocks(domain) {
        return Ok(false);
    }
    let Some(limit) = rule.per_domain else {
        return Ok(true);
    };
    trials::lock(tx, product.id)?;
    let issued = trials::list_issued_to(tx, product.id, domain)?;
    if issued.contains(&license.id) {
        return Ok(true);
    }
    let registered = registrations::count_domain_slots(tx, product.id, domain)?;
    let issued = i64::try_from(issued.len()).unwrap_or(i64::MAX);
    Ok(issued.saturating_add(registered) < i64::from(limit))
}

fn history(same: bool) -> TrialHistory {
    if same {
        TrialHistory::Clean
    } else {
        TrialHistory::Used
    }
}

/// The components that the policy weighs, hashed: what a machine is made of is nobody's business.
fn parts_of(license: &License, machine: Identity<'_>) -> Vec<TrialPart> {
    let weighed = &license.terms.fingerprint.components;
    machine
        .components
        .iter()
        .filter(|(name, _)| weighed.iter().any(|weight| weight.name == *name))
        .map(|(name, value)| TrialPart {
            name: name.to_owned(),
            digest: token_hash(&format!("{name}={value}")),
        })
        .collect()
}

/// Whether a machine that tried before shares components whose weights reach the threshold.
fn is_known_by_parts(tx: &mut TenantTx<'_>, license: &License, trial: &Trial) -> AppResult<bool> {
    let rule = &license.terms.fingerprint;
    if trial.parts.is_empty() || rule.threshold == 0 {
        return Ok(false);
    }
    let sharing = trials::list_sharing_parts(tx, trial)?;
    Ok(sharing.iter().any(|(_, names)| {
        let matched = rule
            .components
            .iter()
            .filter(|component| names.contains(&component.name))
            .fold(0_u32, |sum, component| sum.saturating_add(component.weight));
        matched >= rule.threshold
    }))
}
