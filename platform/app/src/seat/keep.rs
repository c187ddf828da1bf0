//! Keeps a floating seat: a sign of life before its lease ends.

use alvara_domain::id::{MachineId, SeatId};
use alvara_domain::seat::SeatState;
use alvara_store::{TenantTx, seats};

use super::{HeldSeat, Sitter, check_borrowing};
use crate::error::{AppError, AppResult};
use crate::machine::activate::Novelty;

/// Keeps the seat, and borrows it anew with `borrow_for` (seconds). What is borrowed stays so.
///
/// # Errors
/// [`AppError::NotFound`] when it is not this machine's; [`AppError::SeatLost`] when it is over:
/// take another; [`AppError::Refused`] when the machine may not run any more, in which case the
/// seat falls back by itself when its lease ends; else those of [`super::take::take`].
pub fn keep(
    tx: &mut TenantTx<'_>,
    machine: MachineId,
    id: SeatId,
    borrow_for: Option<u32>,
) -> AppResult<HeldSeat> {
    let mut sitter = Sitter::admit(tx, machine)?;
    let seat = seats::find(tx, id)?.filter(|seat| seat.machine_id == machine);
    let seat = seat.ok_or(AppError::NotFound("seat"))?;
    check_borrowing(&sitter.case.license.terms, borrow_for)?;
    let now = tx.now();
    let lost = |state: SeatState| {
        Err(AppError::SeatLost {
            state: match state {
                SeatState::Held => "expired",
                ended => ended.as_str(),
            },
        })
    };
    if !seat.is_live(now) {
        return lost(seat.state);
    }
    sitter.touch(tx)?;
    let seat = seat.kept(&sitter.case.license.terms, borrow_for, now);
    if !seats::keep(tx, &seat)? {
        let found = seats::find(tx, id)?.ok_or(AppError::NotFound("seat"))?;
        return lost(found.state);
    }
    Ok(sitter.holding(seat, Novelty::Again))
}
