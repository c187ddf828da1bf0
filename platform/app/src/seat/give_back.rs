//! Gives floating seats back: by the program, with the machine that leaves, or by a member.

use alvara_domain::event::EventKind;
use alvara_domain::id::{LicenseId, MachineId, SeatId};
use alvara_domain::machine::Machine;
use alvara_domain::seat::{Seat, SeatState};
use alvara_store::{TenantTx, licenses, seat_pools, seats};
use serde_json::json;

use super::require_floating;
use crate::error::{AppError, AppResult};

/// A program gives its seat back. Doing so twice is no error and frees one seat. Whatever became of
/// the license or the machine, giving back is always possible.
///
/// # Errors
/// [`AppError::NotFound`] when it is not this machine's.
pub fn give_back(tx: &mut TenantTx<'_>, machine: MachineId, id: SeatId) -> AppResult<()> {
    let seat = seats::find(tx, id)?.filter(|seat| seat.machine_id == machine);
    let seat = seat.ok_or(AppError::NotFound("seat"))?;
    end(tx, &seat, SeatState::Returned)
}

/// A member takes a seat back, borrowed or not. The program is told when it next keeps it; one
/// that borrowed it may run on, unconnected, until its lease ends.
///
/// # Errors
/// [`AppError::NotFound`] outside the scope; [`AppError::NotFloating`] for a license without seats.
pub fn release(tx: &mut TenantTx<'_>, license: LicenseId, id: SeatId) -> AppResult<()> {
    let found = licenses::find(tx, license)?.ok_or(AppError::NotFound("license"))?;
    require_floating(&found)?;
    let seat = seats::find(tx, id)?.filter(|seat| seat.license_id == license);
    let seat = seat.ok_or(AppError::NotFound("seat"))?;
    end(tx, &seat, SeatState::Released)
}

fn end(tx: &mut TenantTx<'_>, seat: &Seat, to: SeatState) -> AppResult<()> {
    if seat.state != SeatState::Held {
        return Ok(());
    }
    seat_pools::lock(tx, seat.license_id)?;
    if !seats::end(tx, seat.id, to)? {
        return Ok(());
    }
    seat_pools::release_seats(tx, seat.license_id, 1)?;
    tell(tx, seat.license_id, seat.id, to)
}

/// Ends every seat that a machine holds. The pool is locked.
pub(crate) fn all_of(tx: &mut TenantTx<'_>, machine: &Machine) -> AppResult<()> {
    for id in seats::list_of_machine(tx, machine.id)? {
        if seats::end(tx, id, SeatState::Returned)? {
            seat_pools::release_seats(tx, machine.license_id, 1)?;
            tell(tx, machine.license_id, id, SeatState::Returned)?;
        }
    }
    Ok(())
}

/// Says in audit and events that a seat ended.
pub(super) fn tell(
    tx: &mut TenantTx<'_>,
    license: LicenseId,
    id: SeatId,
    to: SeatState,
) -> AppResult<()> {
    let (action, event) = match to {
        SeatState::Reclaimed => ("seat.reclaimed", EventKind::SeatReclaimed),
        SeatState::Released => ("seat.released", EventKind::SeatReturned),
        SeatState::Returned | SeatState::Held => ("seat.returned", EventKind::SeatReturned),
    };
    let note = json!({ "seat_id": id, "state": to });
    tx.audit(action, license, &note, ())?;
    tx.emit(event, license, note)?;
    Ok(())
}
