//! Knows a machine again of which something was exchanged.

use std::cmp::Reverse;

use alvara_domain::event::EventKind;
use alvara_domain::fingerprint::{Comparison, Components, DriftRule, Fingerprint, Identity};
use alvara_domain::license::LicenseState;
use alvara_domain::machine::{Machine, MachineState};
use alvara_domain::terms::Terms;
use alvara_store::{TenantTx, licenses, machines};
use serde_json::json;

use super::activate::Case;
use crate::error::AppResult;

/// With how many machines of a license one is compared whose fingerprint nobody knows: those that
/// were activated last.
pub const COMPARED: i64 = 1000;

/// A machine as its program presents it.
#[derive(Debug, Clone)]
pub struct SaidMachine {
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
    /// Its components; may be empty.
    pub components: Components,
}

impl SaidMachine {
    pub(crate) fn identity(&self) -> Identity<'_> {
        Identity {
            fingerprint: &self.fingerprint,
            components: &self.components,
        }
    }
}

/// The machine of the license that this is: the one with the fingerprint if it holds a seat, else
/// the one that resembles it enough, else one with the fingerprint that gave its seat back.
pub(crate) fn recognise(
    tx: &mut TenantTx<'_>,
    case: &Case,
    said: &SaidMachine,
) -> AppResult<Option<Machine>> {
    let exact = machines::find_by_fingerprint(tx, case.license.id, &said.fingerprint)?;
    if exact
        .as_ref()
        .is_some_and(|machine| machine.state.holds_seat())
    {
        return Ok(exact);
    }
    let tolerated = |(_, comparison): &(Machine, Comparison)| {
        matches!(comparison, Comparison::Drift { .. } | Comparison::Same)
    };
    let near = nearest(tx, case, said)?.filter(tolerated);
    Ok(near.map(|(machine, _)| machine).or(exact))
}

/// The machine of the license that resembles this one most, tolerated or not; the one activated
/// first where several do equally. `None` where the terms weigh nothing or nothing agrees.
pub(crate) fn nearest(
    tx: &mut TenantTx<'_>,
    case: &Case,
    said: &SaidMachine,
) -> AppResult<Option<(Machine, Comparison)>> {
    let rule = &case.license.terms.fingerprint;
    if rule.components.is_empty() || said.components.is_empty() {
        return Ok(None);
    }
    let best = machines::list_candidates(tx, case.license.id, COMPARED)?
        .into_iter()
        .map(|one| {
            let recorded = Identity {
                fingerprint: &one.fingerprint,
                components: &one.components,
            };
            let tolerated = matches!(
                rule.compare(recorded, said.identity()),
                Comparison::Drift { .. } | Comparison::Same
            );
            let agreement = rule.agreement(&one.components, &said.components);
            (tolerated, agreement, Reverse(one.id))
        })
        .filter(|(_, agreement, _)| *agreement > 0)
        .max();
    let Some((_, _, Reverse(id))) = best else {
        return Ok(None);
    };
    let machine = machines::find(tx, id)?;
    Ok(machine.map(|machine| {
        let comparison = case.compare(&machine, said);
        (machine, comparison)
    }))
}

/// Makes what a machine presents its record, where the terms say so. Its next computer key is due
/// then, since that shows by what the machine is known.
pub(super) fn absorb(
    tx: &mut TenantTx<'_>,
    terms: &Terms,
    machine: &mut Machine,
    said: &SaidMachine,
    changed: &[String],
) -> AppResult<()> {
    if terms.fingerprint.drift == DriftRule::Keep || machine.state != MachineState::Active {
        return Ok(());
    }
    // Calls of one machine under many fingerprints would otherwise wait for each other's places in
    // the index of fingerprints, in a circle.
    licenses::lock(tx, machine.license_id, LicenseState::ALL)?;
    let presented = (&said.fingerprint, &said.components);
    if !machines::absorb(tx, machine.id, &machine.fingerprint, presented)? {
        // Another call of the same machine was quicker; or a machine that left the license bears
        // the new fingerprint, and this one goes on under its old record.
        if let Some(now) = machines::find(tx, machine.id)? {
            *machine = now;
        }
        return Ok(());
    }
    tx.audit(
        "machine.drifted",
        machine.id,
        json!({ "fingerprint": machine.fingerprint }),
        json!({ "fingerprint": said.fingerprint, "changed": changed }),
    )?;
    tx.emit(
        EventKind::MachineDrifted,
        machine.id,
        json!({ "license_id": machine.license_id, "changed": changed }),
    )?;
    machine.fingerprint = said.fingerprint.clone();
    machine.components = said.components.clone();
    machine.license_revision = 0;
    machine.version += 1;
    Ok(())
}
