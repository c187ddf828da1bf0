//! Keeps a seat for a machine that is named before it comes, and gives it that seat when it does.

use alvara_domain::event::EventKind;
use alvara_domain::fingerprint::{Components, Fingerprint};
use alvara_domain::id::LicenseId;
use alvara_domain::license::License;
use alvara_domain::machine::{ArrivedBy, Machine, MachineState, Metrics};
use alvara_domain::verdict::{Because, Code, Verdict};
use alvara_store::TenantTx;
use alvara_store::{licenses, machines};
use alvara_vault::{Vault, token_hash};
use serde::{Deserialize, Serialize};

use crate::error::{AppError, AppResult};
use crate::keyring::KeyRing;
use crate::machine::activate::{
    Activated, ActivationRequest, Case, MachineNote, Novelty, activate, judge, seat_of, start_term,
};
use crate::machine::token::machine_token;

/// A machine that somebody names before it comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedMachine {
    /// By which it will be known.
    pub fingerprint: Fingerprint,
    /// Parts of it, for tolerance.
    #[serde(default)]
    pub components: Components,
    /// For people (at most 200 characters); empty when not said.
    #[serde(default)]
    pub name: String,
}

/// Whether a seat is kept for a machine.
pub(crate) fn is_awaited(machine: Option<&Machine>) -> bool {
    machine.is_some_and(|machine| machine.state == MachineState::Reserved)
}

/// Notes a machine for which a seat is kept. The seat must have been counted, in the same
/// transaction, and the license be held or new.
///
/// # Errors
/// [`AppError::Taken`] when the license has a machine of this fingerprint with a seat.
pub(crate) fn keep_seat(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    license: &License,
    named: &NamedMachine,
) -> AppResult<Machine> {
    let known = machines::find_by_fingerprint(tx, license.id, &named.fingerprint)?;
    let taken = AppError::Taken {
        pointer: "/fingerprint",
    };
    if known.as_ref().is_some_and(|known| known.state.holds_seat()) {
        return Err(taken);
    }
    let machine = awaited(tx, vault, license, (named, known.as_ref()))?;
    let noted = match &known {
        Some(before) => machines::activate_again(tx, &machine, before.state)?,
        None => machines::insert(tx, &machine)?,
    };
    if !noted {
        return Err(taken);
    }
    let note = MachineNote::of(&machine);
    tx.audit("machine.reserved", machine.id, (), &note)?;
    tx.emit(EventKind::MachineReserved, machine.id, &note)?;
    Ok(machine)
}

fn awaited(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    license: &License,
    (named, known): (&NamedMachine, Option<&Machine>),
) -> AppResult<Machine> {
    let now = tx.now();
    let id = match known {
        Some(machine) => machine.id,
        None => tx.new_id()?,
    };
    Ok(Machine {
        tenant_id: tx.tenant(),
        id,
        license_id: license.id,
        fingerprint: named.fingerprint.clone(),
        components: named.components.clone(),
        name: named.name.clone(),
        platform: String::new(),
        app_version: String::new(),
        user_name: None,
        site: None,
        state: MachineState::Reserved,
        state_reason: None,
        // Overwritten by the door it comes through.
        arrived_by: ArrivedBy::TenantHost,
        // Nobody is given this token; it only keeps the column unique.
        token_hash: token_hash(machine_token(vault, id, now)?.expose()),
        activated_at: now,
        deactivated_at: None,
        last_seen_at: now,
        lease_until: now,
        online_until: now,
        computer_key_seq: known.map_or(0, |machine| machine.computer_key_seq),
        license_revision: license.revision,
        computer_key_kid: String::new(),
        metrics: Metrics::default(),
        source_address: String::new(),
        clone_suspected_at: None,
        clone_reason: None,
        version: known.map_or(1, |machine| machine.version + 1),
    })
}

/// Activates a machine for which a seat is kept: it takes no other.
///
/// # Errors
/// As for [`activate`].
pub(crate) fn claim(
    tx: &mut TenantTx<'_>,
    keys: &KeyRing,
    id: LicenseId,
    request: &ActivationRequest,
) -> AppResult<Activated> {
    // Held, so that the license is not ended nor the seat taken back between judging and claiming.
    licenses::hold(tx, id)?;
    let case = Case::load(tx, id)?;
    let known = machines::find_by_fingerprint(tx, id, &request.fingerprint)?;
    let Some(awaited) = known.filter(|machine| machine.state == MachineState::Reserved) else {
        // The same machine asked twice at once, or its seat was just taken back.
        return activate(tx, keys, id, request);
    };
    let verdict = judge(tx, &case, Some(&awaited), request)?;
    let license = start_term(tx, &case)?;
    let machine = seat_of(tx, keys, &license, Some(&awaited), request)?;
    if !machines::activate_again(tx, &machine, MachineState::Reserved)? {
        return Err(AppError::Store(alvara_store::StoreError::Contended));
    }
    let (before, after) = (MachineNote::of(&awaited), MachineNote::of(&machine));
    tx.audit("machine.activated", machine.id, before, &after)?;
    tx.emit(EventKind::MachineActivated, machine.id, &after)?;
    Ok(Activated {
        license,
        product: case.product,
        machine,
        novelty: Novelty::New,
        verdict,
    })
}

/// The verdict with what a stranger to the license cannot guess: that seats are free of machines
/// and yet not free, because they are kept for others.
pub(crate) fn explained(
    tx: &mut TenantTx<'_>,
    license: LicenseId,
    verdict: Verdict,
) -> AppResult<Verdict> {
    let Some(Because::Limit { used, limit, .. }) = verdict.because else {
        return Ok(verdict);
    };
    if verdict.code != Code::MachineLimit {
        return Ok(verdict);
    }
    let reserved = machines::count_reserved(tx, license)?;
    if reserved == 0 {
        return Ok(verdict);
    }
    Ok(Verdict {
        because: Some(Because::Reserved {
            reserved,
            used,
            limit,
        }),
        ..verdict
    })
}
