//! Blocks and unblocks a machine; in force at its next contact.

use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::MachineId;
use alvara_domain::machine::{Machine, MachineState};
use alvara_domain::revocation::Subject;
use alvara_store::TenantTx;
use alvara_store::{licenses, machines, registrations};
use serde_json::json;

use crate::error::{AppError, AppResult};
use crate::revocation;

/// Blocks a machine. It keeps its seat, so that nobody slips into it. One that is blocked because
/// its registration was deleted stays blocked from now on, whatever becomes of the registration.
///
/// # Errors
/// [`AppError::NotFound`] outside the scope; [`AppError::WrongState`] for a deactivated machine;
/// [`AppError::Invalid`] for a reason over 300 characters.
pub fn block(tx: &mut TenantTx<'_>, id: MachineId, reason: Option<&str>) -> AppResult<Machine> {
    let reason = reason.map(str::trim).filter(|text| !text.is_empty());
    if reason.is_some_and(|text| text.chars().count() > 300) {
        return Err(AppError::field(
            "/reason",
            FaultCode::TooLong,
            "at most 300 characters",
        ));
    }
    let machine = machines::find_held(tx, id)?.ok_or(AppError::NotFound("machine"))?;
    let by_registration = registrations::forget_block(tx, id)?;
    if machine.state == MachineState::Blocked && by_registration {
        machines::explain(tx, id, reason)?;
        tx.audit(
            "machine.blocked",
            id,
            json!({ "state": machine.state, "reason": machine.state_reason }),
            json!({ "state": machine.state, "reason": reason }),
        )?;
        return machines::find(tx, id)?.ok_or(AppError::NotFound("machine"));
    }
    block_held(tx, &machine, reason)
}

/// Lifts a block.
///
/// # Errors
/// As for [`block`].
pub fn unblock(tx: &mut TenantTx<'_>, id: MachineId) -> AppResult<Machine> {
    let machine = machines::find_held(tx, id)?.ok_or(AppError::NotFound("machine"))?;
    registrations::forget_block(tx, id)?;
    unblock_held(tx, &machine)
}

/// Blocks a machine that is held, whether its license is deleted or not.
pub(crate) fn block_held(
    tx: &mut TenantTx<'_>,
    machine: &Machine,
    reason: Option<&str>,
) -> AppResult<Machine> {
    change(
        tx,
        machine,
        (MachineState::Active, MachineState::Blocked),
        reason,
        ("blocked", "machine.blocked", EventKind::MachineBlocked),
    )
}

/// Lifts the block of a machine that is held, whether its license is deleted or not.
pub(crate) fn unblock_held(tx: &mut TenantTx<'_>, machine: &Machine) -> AppResult<Machine> {
    change(
        tx,
        machine,
        (MachineState::Blocked, MachineState::Active),
        None,
        (
            "unblocked",
            "machine.unblocked",
            EventKind::MachineUnblocked,
        ),
    )
}

fn change(
    tx: &mut TenantTx<'_>,
    before: &Machine,
    (from, to): (MachineState, MachineState),
    reason: Option<&str>,
    (wanted, action, event): (&'static str, &'static str, EventKind),
) -> AppResult<Machine> {
    let id = before.id;
    if before.state == to {
        return Ok(before.clone());
    }
    // The store takes any state that may become `to`; a deactivated machine may become active, but
    // not by lifting a block it does not bear.
    let changed = before.state == from && machines::change_state(tx, id, to, reason)?;
    let after = machines::find_even_deleted(tx, id)?.ok_or(AppError::NotFound("machine"))?;
    if !changed {
        return Err(AppError::WrongState {
            noun: "machine",
            state: after.state.as_str(),
            wanted,
        });
    }
    tx.audit(
        action,
        id,
        json!({ "state": before.state }),
        json!({ "state": to, "reason": reason }),
    )?;
    tx.emit(
        event,
        id,
        json!({ "license_id": after.license_id, "reason": reason }),
    )?;
    let license =
        licenses::find_even_deleted(tx, after.license_id)?.ok_or(AppError::NotFound("license"))?;
    let change = match to {
        MachineState::Blocked => revocation::list,
        _ => revocation::unlist,
    };
    change(tx, license.product_id, Subject::Machine(id))?;
    Ok(after)
}
