//! Takes a floating seat for a program on a machine.

use alvara_domain::event::EventKind;
use alvara_domain::id::{MachineId, SeatId};
use alvara_domain::seat::{Seat, SeatState};
use alvara_domain::terms::Terms;
use alvara_domain::verdict::{Asks, Because, Counted, MachineFact, SeatAsk};
use alvara_store::{TenantTx, seat_pools, seats};
use serde_json::json;

use super::{HeldSeat, Sitter, check_borrowing, reclaim};
use crate::error::{AppError, AppResult};
use crate::license::users::tell_overage;
use crate::machine::activate::Novelty;

/// Which seat a program wants.
#[derive(Debug, Clone, Default)]
pub struct TakeRequest {
    /// Which of the programs on the machine it is, at most 64 characters; empty when there is but
    /// one.
    pub instance: String,
    /// For how many seconds to borrow it: so long it needs no sign of life.
    pub borrow_for: Option<u32>,
}

/// Takes a seat. A program that holds one gets it again, however often and however parallel it
/// asks; that counts as a sign of life. Seats that nobody kept are taken back first.
///
/// # Errors
/// [`AppError::NotFound`] outside the scope; [`AppError::Refused`] when the machine may not run;
/// [`AppError::NotFloating`]; [`AppError::Invalid`] for borrowing that the terms do not allow;
/// [`AppError::SeatsTaken`] when no seat is free.
pub fn take(tx: &mut TenantTx<'_>, id: MachineId, request: &TakeRequest) -> AppResult<HeldSeat> {
    let mut sitter = Sitter::admit(tx, id)?;
    check_borrowing(&sitter.case.license.terms, request.borrow_for)?;
    let license = sitter.case.license.id;
    seat_pools::lock(tx, license)?;
    reclaim::dead(tx, license)?;
    sitter.touch(tx)?;
    if let Some(held) = seats::find_held(tx, id, &request.instance)? {
        let seat = held.kept(&sitter.case.license.terms, request.borrow_for, tx.now());
        if !seats::keep(tx, &seat)? {
            return Err(AppError::contended());
        }
        return Ok(sitter.holding(seat, Novelty::Again));
    }
    count(tx, &mut sitter)?;
    let seat = seat_of(tx, &sitter, request)?;
    if !seats::insert(tx, &seat)? {
        return Err(AppError::contended());
    }
    seat_pools::sweep_by(tx, license, seat.lease_until)?;
    let note = json!({
        "seat_id": seat.id, "machine_id": id, "instance": seat.instance,
        "borrowed_until": seat.borrowed_until,
    });
    tx.audit("seat.taken", license, (), &note)?;
    tx.emit(EventKind::SeatTaken, license, note)?;
    Ok(sitter.holding(seat, Novelty::New))
}

/// Counts one more seat, by one conditional update, or says when the next becomes free.
fn count(tx: &mut TenantTx<'_>, sitter: &mut Sitter) -> AppResult<()> {
    let (license, terms) = (sitter.case.license.id, &sitter.case.license.terms);
    let ceiling = terms
        .seat_limit
        .map(|limit| i64::from(terms.ceiling(limit)));
    let before = seat_pools::find(tx, license)?.seats_used;
    if !seat_pools::take_seat(tx, license, ceiling)? {
        let asks = Asks {
            seat: SeatAsk::Floating { used: before },
            ..Asks::default()
        };
        let verdict = sitter.case.decide(MachineFact::NotAsked, asks, tx.now());
        let next = seats::first_lease_end(tx, license)?;
        return Err(AppError::SeatsTaken {
            verdict: Box::new(verdict),
            next,
            now: tx.now(),
        });
    }
    let (of, used) = (Counted::Seats, before + 1);
    if let Some(limit) = Terms::overrun(terms.seat_limit, used) {
        tell_overage(tx, license, (of, used, limit))?;
        let warning = Because::Limit { of, used, limit };
        sitter.verdict = sitter.verdict.clone().warned(warning);
    }
    Ok(())
}

fn seat_of(tx: &mut TenantTx<'_>, sitter: &Sitter, request: &TakeRequest) -> AppResult<Seat> {
    let (now, id) = (tx.now(), tx.new_id::<SeatId>()?);
    let seat = Seat {
        tenant_id: tx.tenant(),
        id,
        license_id: sitter.case.license.id,
        machine_id: sitter.machine.id,
        instance: request.instance.clone(),
        user_name: sitter.machine.user_name.clone(),
        state: SeatState::Held,
        taken_at: now,
        kept_at: now,
        lease_until: now,
        borrowed_until: None,
        ended_at: None,
    };
    Ok(seat.kept(&sitter.case.license.terms, request.borrow_for, now))
}
