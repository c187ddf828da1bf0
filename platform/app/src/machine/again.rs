//! A machine that has its seat activates once more: it gets what it got before, and counts nothing.

use alvara_domain::fingerprint::Comparison;
use alvara_domain::machine::Machine;
use alvara_domain::verdict::Verdict;
use alvara_store::TenantTx;
use alvara_store::machines::{self, Again};

use super::activate::{Activated, ActivationRequest, Case, Novelty};
use super::{clones, drift, presence};
use crate::error::{AppError, AppResult};
use crate::keyring::KeyRing;
use crate::license::users;

/// Notes the call and counts a new computer key. What differs within what the terms tolerate
/// becomes the record, where they say so.
pub(super) fn again(
    tx: &mut TenantTx<'_>,
    keys: &KeyRing,
    case: Case,
    mut machine: Machine,
    request: &ActivationRequest,
    mut verdict: Verdict,
) -> AppResult<Activated> {
    let said = request.machine();
    if let Some(warning) = users::admit_said(tx, &case, request.user.as_deref())? {
        verdict = verdict.warned(warning);
    }
    // Without weights the terms go by the fingerprint alone; that the parts contradict is noted.
    let contradicts = machine.components.contradict(&said.components);
    match case.compare(&machine, &said) {
        Comparison::Drift { changed } => {
            drift::absorb(tx, &case.license.terms, &mut machine, &said, &changed)?
        }
        Comparison::Same if contradicts => clones::suspect(tx, &machine, clones::COMPONENTS)?,
        Comparison::Same | Comparison::Mismatch { .. } => {}
    }
    clones::examine(tx, &case.license.terms, &machine, None)?;
    let Case {
        license, product, ..
    } = case;
    let now = tx.now();
    let kid = keys.signing_kid(tx, product.id)?;
    let call = Again {
        app_version: Some(request.app_version.clone()).filter(|said| !said.is_empty()),
        user_name: request.user.clone(),
        site: request.site.clone(),
        arrived_by: request.arrived_by,
        lease_until: license.terms.lease_until(now),
        online_until: license.terms.online_until(now),
        license_revision: license.revision,
        kid: kid.clone(),
    };
    presence::welcome(tx, &machine, call.online_until)?;
    let number = machines::call_again(tx, machine.id, &call)?;
    machine.computer_key_seq = number.ok_or_else(AppError::contended)?;
    machine.computer_key_kid = kid;
    machine.license_revision = license.revision;
    machine.last_seen_at = now;
    machine.lease_until = call.lease_until;
    machine.online_until = call.online_until;
    machine.arrived_by = call.arrived_by;
    machine.user_name = call.user_name.or(machine.user_name);
    machine.site = call.site.or(machine.site);
    Ok(Activated {
        license,
        product,
        machine,
        novelty: Novelty::Again,
        verdict,
    })
}
