//! Deactivates a machine: it gives its seat back.

use alvara_domain::event::EventKind;
use alvara_domain::id::MachineId;
use alvara_domain::machine::MachineState;
use alvara_store::TenantTx;
use alvara_store::{licenses, machines};

use crate::error::{AppError, AppResult};
use crate::machine::activate::MachineNote;

/// Deactivates. Doing so twice is no error and frees one seat: the state's conditional update
/// decides who frees it.
///
/// # Errors
/// [`AppError::NotFound`] outside the scope; [`AppError::WrongState`] for a blocked machine, which
/// could otherwise shed its block by coming back.
pub fn deactivate(tx: &mut TenantTx<'_>, id: MachineId) -> AppResult<()> {
    let machine = machines::find(tx, id)?.ok_or(AppError::NotFound("machine"))?;
    if machine.state == MachineState::Deactivated {
        return Ok(());
    }
    if !machines::change_state(tx, id, MachineState::Deactivated, None)? {
        let machine = machines::find(tx, id)?.ok_or(AppError::NotFound("machine"))?;
        return match machine.state {
            MachineState::Deactivated => Ok(()),
            state => Err(AppError::WrongState {
                noun: "machine",
                state: state.as_str(),
                wanted: "deactivated",
            }),
        };
    }
    licenses::release_seat(tx, machine.license_id)?;
    tx.audit("machine.deactivated", id, MachineNote::of(&machine), ())?;
    tx.emit(EventKind::MachineDeactivated, id, MachineNote::of(&machine))?;
    Ok(())
}
