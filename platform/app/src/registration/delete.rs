use alvara_domain::event::EventKind;
use alvara_domain::id::RegistrationId;
use alvara_domain::machine::{Machine, MachineState};
use alvara_domain::registration::Registration;
use alvara_store::{TenantTx, machines, registrations};
use serde_json::json;

use super::load;
use crate::machine::change_state;
use crate::{AppError, AppResult};

/// What a machine is told, and those who look at it.
const REASON: &str = "its registration was deleted";

/// Puts a registration away: its program is refused, and its machine is blocked, which it hears at
/// its next contact or by the revocation list. The license and the seat stay as they are.
///
/// # Errors
/// [`AppError::NotFound`] outside the scope, and when it is deleted already.
pub fn delete(tx: &mut TenantTx<'_>, id: RegistrationId) -> AppResult<()> {
    let one = load(tx, id)?;
    let machine = held_machine(tx, &one)?;
    if !registrations::delete(tx, id)? {
        return Err(AppError::NotFound("registration"));
    }
    let active = machine.filter(|machine| machine.state == MachineState::Active);
    if let Some(machine) = &active {
        change_state::block_held(tx, machine, Some(REASON))?;
        registrations::mark_machine(tx, id, Some(machine.id))?;
    }
    let note = json!({ "deleted_at": tx.now(), "blocked_machine": active.is_some() });
    tx.audit("registration.deleted", id, (), &note)?;
    tx.emit(EventKind::RegistrationDeleted, id, &note)?;
    Ok(())
}

/// Brings a registration back exactly as it was: the machine runs again unless somebody else
/// blocked it, before or since. One that is not deleted stays as it is.
///
/// # Errors
/// [`AppError::NotFound`] outside the scope.
pub fn restore(tx: &mut TenantTx<'_>, id: RegistrationId) -> AppResult<Registration> {
    let one = load(tx, id)?;
    let machine = held_machine(tx, &one)?;
    if !registrations::restore(tx, id)? {
        return Ok(one);
    }
    // Read again now that the machine is held: somebody may have blocked it for another reason.
    if load(tx, id)?.blocked_machine {
        let blocked = machine.filter(|machine| machine.state == MachineState::Blocked);
        if let Some(machine) = blocked {
            change_state::unblock_held(tx, &machine)?;
        }
        registrations::mark_machine(tx, id, None)?;
    }
    let note = json!({ "deleted_at": one.deleted_at });
    tx.audit("registration.restored", id, note, ())?;
    tx.emit(EventKind::RegistrationRestored, id, ())?;
    load(tx, id)
}

/// The machine that the program runs on, held until the commit: the one it activated, or, where it
/// did not activate by registering, the one with its fingerprint.
fn held_machine(tx: &mut TenantTx<'_>, one: &Registration) -> AppResult<Option<Machine>> {
    let id = match (one.machine_id, one.license_id) {
        (Some(machine), _) => Some(machine),
        (None, Some(license)) => {
            let found = machines::find_by_fingerprint(tx, license, &one.fingerprint)?;
            found.map(|machine| machine.id)
        }
        (None, None) => None,
    };
    match id {
        Some(id) => Ok(machines::find_held_even_deleted(tx, id)?),
        None => Ok(None),
    }
}
