//! Keeps a seat for a machine that is named before it comes.

use alvara_domain::event::EventKind;
use alvara_domain::fingerprint::{Components, Fingerprint};
use alvara_domain::id::LicenseId;
use alvara_domain::license::License;
use alvara_domain::machine::{ArrivedBy, Machine, MachineState, Metrics};
use alvara_domain::verdict::{Because, Code, Verdict};
use alvara_store::TenantTx;
use alvara_store::machines;
use alvara_vault::{Vault, token_hash};
use serde::{Deserialize, Serialize};

use crate::error::{AppError, AppResult};
use crate::machine::activate::MachineNote;
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
        computer_key_held: None,
        metrics: Metrics::default(),
        source_address: String::new(),
        clone_suspected_at: None,
        clone_reason: None,
        version: known.map_or(1, |machine| machine.version + 1),
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
