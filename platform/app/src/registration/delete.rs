use alvara_domain::event::EventKind;
use alvara_domain::id::RegistrationId;
use alvara_domain::machine::{Machine, MachineState};
use alvara_domain::registration::Registration;
use alvara_store::{TenantTx, machines, registrations};
use serde_json::json;

use super::load;
use crate::{AppError, AppResult};

/// What a machine is told, and those who look at it.
const REASON: &str = "its registration was deleted";

/// Puts a registration away: its program is refused, and its machine is blocked, which it hears at
/// its next contact. The license and the seat stay as they are.
///
/// # Errors
/// [`AppError::NotFound`] outside the scope, and when it is deleted already.
pub fn delete(tx: &mut TenantTx<'_>, id: RegistrationId) -> AppResult<()> {
    let mut one = load(tx, id)?;
    if !registrations::delete(tx, id)? {
        return Err(AppError::NotFound("registration"));
    }
    if let Some(machine) = machine_of(tx, &one)?
        && machines::change_state(tx, machine.id, MachineState::Blocked, Some(REASON))?
    {
        one.blocked_machine = true;
        registrations::mark_machine(tx, &one)?;
        let note = json!({ "state": MachineState::Blocked, "reason": REASON });
        tx.audit(
            "machine.blocked",
            machine.id,
            json!({ "state": machine.state }),
            &note,
        )?;
        tx.emit(EventKind::MachineBlocked, machine.id, &note)?;
    }
    let note = json!({ "deleted_at": tx.now(), "blocked_machine": one.blocked_machine });
    tx.audit("registration.deleted", id, (), &note)?;
    tx.emit(EventKind::RegistrationDeleted, id, &note)?;
    Ok(())
}

/// Brings a registration back exactly as it was: the machine runs again unless somebody else had
/// blocked it. One that is not deleted stays as it is.
///
/// # Errors
/// [`AppError::NotFound`] outside the scope.
pub fn restore(tx: &mut TenantTx<'_>, id: RegistrationId) -> AppResult<Registration> {
    let mut one = load(tx, id)?;
    if !registrations::restore(tx, id)? {
        return Ok(one);
    }
    if one.blocked_machine {
        if let Some(machine) = machine_of(tx, &one)?
            && machine.state == MachineState::Blocked
            && machines::change_state(tx, machine.id, MachineState::Active, None)?
        {
            let note = json!({ "state": MachineState::Active });
            tx.audit(
                "machine.unblocked",
                machine.id,
                json!({ "state": machine.state }),
                &note,
            )?;
            tx.emit(EventKind::MachineUnblocked, machine.id, &note)?;
        }
        one.blocked_machine = false;
        registrations::mark_machine(tx, &one)?;
    }
    let note = json!({ "deleted_at": one.deleted_at });
    tx.audit("registration.restored", id, note, ())?;
    tx.emit(EventKind::RegistrationRestored, id, ())?;
    load(tx, id)
}

fn machine_of(tx: &mut TenantTx<'_>, one: &Registration) -> AppResult<Option<Machine>> {
    match one.license_id {
        Some(license) => Ok(machines::find_by_fingerprint(
            tx,
            license,
            &one.fingerprint,
        )?),
        None => Ok(None),
    }
}
