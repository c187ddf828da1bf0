//! One trial of a product for each machine, whatever key it comes with (R-LIC-13).
//!
//! The trial is written down where it begins, in the transaction that activates: who comes second
//! finds the row, or fails to write it, and is told so. A machine is the same by its fingerprint or,
//! where the policy weighs components, by those of them that reach its threshold. Rows stay when a
//! machine deactivates or its license is converted, deleted or revoked: the trial was had.

use alvara_domain::fingerprint::Identity;
use alvara_domain::license::License;
use alvara_domain::product::Product;
use alvara_domain::verdict::TrialHistory;
use alvara_store::trials::{self, Trial, TrialPart};
use alvara_store::{TenantTx, registrations};
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
    let trial = Trial {
        product: product.id,
        fingerprint_digest: token_hash(machine.fingerprint.as_str()),
        license: license.id,
        email_domain: registrations::find_domain(tx, license.id, machine.fingerprint)?,
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
    if trials::insert(tx, &trial)? {
        return Ok(TrialHistory::Clean);
    }
    // Somebody wrote it down since it was looked for; under which license, that row says.
    let first = trials::find_license(tx, product.id, &trial.fingerprint_digest)?;
    Ok(history(first == Some(license.id)))
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
