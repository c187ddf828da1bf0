//! Hands the seat of a machine over to another one, which is still to come.

use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::MachineId;
use alvara_domain::machine::{Machine, MachineState};
use alvara_domain::notice::NoticeKind;
use alvara_domain::terms::Binding;
use alvara_domain::transfer::{Transfer, TransferKind};
use alvara_store::TenantTx;
use alvara_store::{machines, seat_pools, transfers};
use alvara_vault::Vault;
use serde_json::json;

use crate::error::{AppError, AppResult};
use crate::license::transfer::{held, record, within_limit};
use crate::machine::case::Case;
use crate::machine::deactivate::{DeactivatedBy, check_limit, note_leaving};
use crate::machine::reserve::{NamedMachine, keep_seat};
use crate::notice::tell;
use crate::seat::give_back;

/// Transfers. The old machine is deactivated and hears so at its next contact; its seat is kept for
/// the named one, which becomes active when it activates with that fingerprint; floating seats that
/// it held are free. Counts against the transfers that the terms allow and, where the customer does
/// it, against the deactivations too: a seat that goes on to the next machine is a seat given back.
///
/// # Errors
/// [`AppError::NotFound`] outside the scope; [`AppError::WrongState`] for a machine that is blocked
/// or holds no seat, and for a license that is pending or revoked; [`AppError::Taken`] and
/// [`AppError::Invalid`] for a machine that has a seat already; [`AppError::TransferLimit`] and
/// [`AppError::DeactivationLimit`].
pub fn transfer(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    id: MachineId,
    to: &NamedMachine,
    reason: Option<&str>,
) -> AppResult<(Machine, Transfer)> {
    let found = machines::find(tx, id)?.ok_or(AppError::NotFound("machine"))?;
    let license = held(tx, found.license_id)?;
    // Read again now that nobody else changes who holds a seat.
    let old = machines::find(tx, id)?.ok_or(AppError::NotFound("machine"))?;
    if old.fingerprint == to.fingerprint {
        return Err(AppError::field(
            "/fingerprint",
            FaultCode::Conflict,
            "this is the machine's own",
        ));
    }
    within_limit(tx, &license)?;
    let by = DeactivatedBy::member(tx.scope());
    if by.is_limited() {
        let case = Case::load(tx, license.id)?;
        check_limit(tx, &case)?;
    }
    if license.terms.binding == Binding::Floating {
        seat_pools::lock(tx, license.id)?;
    }
    let may = matches!(old.state, MachineState::Active | MachineState::Reserved);
    let told = reason.unwrap_or("its seat went to another machine");
    if !may || !machines::change_state(tx, id, MachineState::Deactivated, Some(told))? {
        return Err(AppError::WrongState {
            noun: "machine",
            state: old.state.as_str(),
            wanted: "transferred",
        });
    }
    give_back::all_of(tx, &old)?;
    note_leaving(tx, &old, by)?;
    let kept = keep_seat(tx, vault, &license, to)?;
    let done = Transfer {
        from_machine_id: Some(id),
        to_machine_id: Some(kept.id),
        machines_released: 1,
        reason: reason.map(str::to_owned),
        ..record(tx, &license, TransferKind::Machine)?
    };
    transfers::insert(tx, &done)?;
    let between = json!({
        "license_id": license.id,
        "from_machine_id": id,
        "to_machine_id": kept.id,
        "from_name": old.name,
        "to_name": kept.name,
        "reason": done.reason,
    });
    tell(
        tx,
        license.node_id,
        NoticeKind::MachineTransferred,
        id,
        between.clone(),
    )?;
    tx.audit(
        "machine.transferred",
        id,
        json!({ "state": old.state }),
        &between,
    )?;
    tx.emit(EventKind::MachineTransferred, id, between)?;
    Ok((kept, done))
}
