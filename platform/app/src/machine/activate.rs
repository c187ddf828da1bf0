//! Activates a machine: takes a seat of a license for it, once.

use alvara_domain::event::EventKind;
use alvara_domain::fingerprint::{Comparison, Components, Fingerprint, Identity};
use alvara_domain::id::{LicenseId, MachineId};
use alvara_domain::license::{License, LicenseState};
use alvara_domain::machine::{ArrivedBy, Machine, MachineState, Metrics};
use alvara_domain::product::Product;
use alvara_domain::terms::Terms;
use alvara_domain::verdict::{Asks, Because, Claimed, Counted, MachineFact, SeatAsk, Verdict};
use alvara_store::{TenantTx, licenses, machines};
use alvara_vault::token_hash;
use serde::Serialize;

pub(crate) use super::case::{Case, said_version, version_ask};

use super::again::again;
use super::drift::{self, SaidMachine};
use super::silent;
use crate::error::{AppError, AppResult};
use crate::keyring::KeyRing;
use crate::license::users;
use crate::machine::reserve;
use crate::machine::token::machine_token;
use crate::machine::trial;

/// What a program says of the machine it runs on.
#[derive(Debug, Clone)]
pub struct ActivationRequest {
    /// By which the machine is known again.
    pub fingerprint: Fingerprint,
    /// Parts of the machine, for tolerance.
    pub components: Components,
    /// For people; empty when not said.
    pub name: String,
    /// Operating system and architecture; empty when not said.
    pub platform: String,
    /// The program's version; empty when not said.
    pub app_version: String,
    /// Who uses it.
    pub user: Option<String>,
    /// Where it stands.
    pub site: Option<String>,
    /// Through which door it came.
    pub arrived_by: ArrivedBy,
}

impl ActivationRequest {
    /// The machine itself.
    pub(crate) fn machine(&self) -> SaidMachine {
        SaidMachine {
            fingerprint: self.fingerprint.clone(),
            components: self.components.clone(),
        }
    }
    /// By what the machine is known.
    pub(crate) fn identity(&self) -> Identity<'_> {
        Identity {
            fingerprint: &self.fingerprint,
            components: &self.components,
        }
    }
}

/// Whether the machine is new to the license.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Novelty {
    /// It took a seat just now.
    New,
    /// It had one already; nothing was taken.
    Again,
}

/// A machine with a seat.
#[derive(Debug, Clone)]
pub struct Activated {
    /// The license, as it is now.
    pub license: License,
    /// Its product.
    pub product: Product,
    /// The machine, bearing the number of the computer key to sign.
    pub machine: Machine,
    /// Whether it is new.
    pub novelty: Novelty,
    /// What was decided: valid, perhaps with a warning.
    pub verdict: Verdict,
}

/// Activates. The same fingerprint under the same license is the same machine, and so is one that
/// changed no more than the terms tolerate: it gets its seat once, however often and however
/// parallel it asks. Where the terms free the seats of machines that fell silent, those are freed
/// when no other is left.
///
/// # Errors
/// [`AppError::Refused`] with the verdict when the program may not run or no seat is free; nothing
/// has changed then. [`AppError::NotFound`] when the license is outside the scope.
pub fn activate(
    tx: &mut TenantTx<'_>,
    keys: &KeyRing,
    id: LicenseId,
    request: &ActivationRequest,
) -> AppResult<Activated> {
    let mut case = Case::load(tx, id)?;
    let known = drift::recognise(tx, &case, &request.machine())?;
    let seated = known
        .as_ref()
        .is_some_and(|machine| machine.state.holds_seat());
    if !seated && case.is_full() && silent::release(tx, &case.license)? > 0 {
        case = Case::load(tx, id)?;
    }
    let verdict = judge(tx, &case, known.as_ref(), request)?;
    match known {
        Some(machine) if machine.state == MachineState::Reserved => {
            occupy(tx, keys, case, machine, request, verdict)
        }
        Some(machine) if machine.state.holds_seat() => {
            again(tx, keys, case, machine, request, verdict)
        }
        known => take_seat(tx, keys, case, known, request, verdict),
    }
}

/// Remembers by which request, known by its nonce, a machine was given what it has. What it is given
/// by another one replaces what it had, and receipts about that prove nothing any more.
pub(crate) fn note_request(
    tx: &mut TenantTx<'_>,
    activated: &Activated,
    nonce: Option<&str>,
) -> AppResult<()> {
    let (machine, seq) = (activated.machine.id, activated.machine.computer_key_seq);
    match (activated.novelty, nonce) {
        (Novelty::Again, nonce) => machines::replace_key(tx, machine, seq, nonce)?,
        // Its first computer key over the network, and nothing noted before.
        (Novelty::New, None) if seq == 1 => {}
        (Novelty::New, nonce) => machines::note_request(tx, machine, nonce)?,
    }
    Ok(())
}

/// Whether the program may have what it asks for: its seat again, or a new one.
fn judge(
    tx: &mut TenantTx<'_>,
    case: &Case,
    known: Option<&Machine>,
    request: &ActivationRequest,
) -> AppResult<Verdict> {
    let seated = known.filter(|machine| machine.state.holds_seat());
    let said = request.machine();
    let comparison = seated.map_or(Comparison::Same, |machine| case.compare(machine, &said));
    let fact = match seated {
        // One whose seat is kept for it is only about to be activated.
        Some(machine) if machine.state != MachineState::Reserved => MachineFact::Known {
            state: machine.state,
            comparison: &comparison,
        },
        _ => MachineFact::NotAsked,
    };
    let asks = Asks {
        version: said_version(tx, &case.product, &request.app_version)?,
        user: Claimed::from(request.user.as_deref()),
        site: Claimed::from(request.site.as_deref()),
        seat: if seated.is_some() {
            SeatAsk::None
        } else {
            SeatAsk::Machine
        },
        trial: trial::claim(tx, &case.license, &case.product, request.identity())?,
        ..Asks::default()
    };
    let verdict = case.decide(fact, asks, tx.now());
    if verdict.valid {
        Ok(verdict)
    } else {
        let verdict = reserve::explained(tx, case.license.id, verdict)?;
        Err(AppError::Refused(Box::new(verdict)))
    }
}

fn take_seat(
    tx: &mut TenantTx<'_>,
    keys: &KeyRing,
    case: Case,
    known: Option<Machine>,
    request: &ActivationRequest,
    verdict: Verdict,
) -> AppResult<Activated> {
    let id = case.license.id;
    if !licenses::take_seat(tx, id)? {
        // Since it was read, somebody took the last seat or ended the license; or this very
        // machine, which asked twice at once, has its seat by now.
        return seated_meanwhile(tx, keys, id, request);
    }
    // Counting the seat locked the license, so whoever is found now stays. The same machine may
    // have come twice at once under two fingerprints.
    if !case.license.terms.fingerprint.components.is_empty()
        && drift::recognise(tx, &case, &request.machine())?
            .is_some_and(|machine| machine.state.holds_seat())
    {
        licenses::release_seat(tx, id)?;
        return seated_meanwhile(tx, keys, id, request);
    }
    settle(tx, keys, case, known, request, verdict)
}

/// The machine has its seat by now, or it is refused.
fn seated_meanwhile(
    tx: &mut TenantTx<'_>,
    keys: &KeyRing,
    id: LicenseId,
    request: &ActivationRequest,
) -> AppResult<Activated> {
    let case = Case::load(tx, id)?;
    let known = drift::recognise(tx, &case, &request.machine())?
        .filter(|machine| machine.state.holds_seat());
    if known.is_none() && case.is_full() && silent::release(tx, &case.license)? > 0 {
        return activate(tx, keys, id, request);
    }
    let verdict = judge(tx, &case, known.as_ref(), request)?;
    let machine = known.ok_or_else(AppError::contended)?;
    again(tx, keys, case, machine, request, verdict)
}

/// A machine whose seat was kept for it takes it: nothing is counted.
fn occupy(
    tx: &mut TenantTx<'_>,
    keys: &KeyRing,
    case: Case,
    machine: Machine,
    request: &ActivationRequest,
    verdict: Verdict,
) -> AppResult<Activated> {
    if !licenses::lock(tx, case.license.id, &[LicenseState::Active])? {
        return Err(AppError::contended());
    }
    settle(tx, keys, case, Some(machine), request, verdict)
}

/// Writes a machine whose seat is counted. The license is locked.
fn settle(
    tx: &mut TenantTx<'_>,
    keys: &KeyRing,
    case: Case,
    known: Option<Machine>,
    request: &ActivationRequest,
    mut verdict: Verdict,
) -> AppResult<Activated> {
    let id = case.license.id;
    let license = start_term(tx, &case)?;
    let case = Case { license, ..case };
    if let Some(warning) = users::admit_said(tx, &case, request.user.as_deref())? {
        verdict = verdict.warned(warning);
    }
    let machine = seat_of(tx, keys, &case.license, known.as_ref(), request)?;
    let stored = match &known {
        Some(before) => machines::activate_again(tx, &machine, before.state)?,
        None => machines::insert(tx, &machine)?,
    };
    if !stored {
        // The same machine asked twice at once and the other was first: it has the seat.
        if known
            .as_ref()
            .is_none_or(|before| !before.state.holds_seat())
        {
            licenses::release_seat(tx, id)?;
        }
        let winner = machines::find_by_fingerprint(tx, id, &request.fingerprint)?;
        let winner = winner
            .filter(|machine| machine.state == MachineState::Active)
            .ok_or_else(AppError::contended)?;
        return again(tx, keys, case, winner, request, verdict);
    }
    silent::watch(tx, &case.license, machine.lease_until)?;
    tx.audit(
        "machine.activated",
        machine.id,
        (),
        MachineNote::of(&machine),
    )?;
    tx.emit(
        EventKind::MachineActivated,
        machine.id,
        MachineNote::of(&machine),
    )?;
    let counted = known.is_none_or(|before| !before.state.holds_seat());
    if counted && let Some(warning) = overrun(tx, &case.license)? {
        verdict = verdict.warned(warning);
    }
    Ok(Activated {
        license: case.license,
        product: case.product,
        machine,
        novelty: Novelty::New,
        verdict,
    })
}

/// Says so where the license now has more machines than its plain limit. Where somebody set
/// another limit for this license than its terms give, that one is the limit and has no overage.
fn overrun(tx: &mut TenantTx<'_>, license: &License) -> AppResult<Option<Because>> {
    if license.machine_limit != license.terms.machine_ceiling().map(i64::from) {
        return Ok(None);
    }
    let used = license.machines_used;
    let Some(limit) = Terms::overrun(license.terms.machine_limit, used) else {
        return Ok(None);
    };
    let of = Counted::Machines;
    users::tell_overage(tx, license.id, (of, used, limit))?;
    Ok(Some(Because::Limit { of, used, limit }))
}

/// Starts the term where the terms say that the first activation does.
fn start_term(tx: &mut TenantTx<'_>, case: &Case) -> AppResult<License> {
    let id = case.license.id;
    // Read again: it may have been renewed, or activated by another machine, since. Counting the
    // seat locked it, so what is read now stays so until the commit.
    let license = licenses::find(tx, id)?.ok_or(AppError::NotFound("license"))?;
    let started = license
        .first_activation(tx.now(), &case.zone)
        .map_err(|error| {
            AppError::Inconsistent(format!("the term of {id} cannot start: {error}"))
        })?;
    let Some(started) = started else {
        return Ok(license);
    };
    if !licenses::record_first_activation(tx, &started)? {
        return Err(AppError::contended());
    }
    let note =
        |term: &alvara_domain::license::Term| serde_json::json!({ "expires_at": term.expires_at });
    tx.audit(
        "license.activated",
        id,
        note(&license.term),
        note(&started.term),
    )?;
    tx.emit(EventKind::LicenseActivated, id, note(&started.term))?;
    licenses::find(tx, id)?.ok_or(AppError::NotFound("license"))
}

fn seat_of(
    tx: &mut TenantTx<'_>,
    keys: &KeyRing,
    license: &License,
    known: Option<&Machine>,
    request: &ActivationRequest,
) -> AppResult<Machine> {
    let now = tx.now();
    let id: MachineId = match known {
        Some(machine) => machine.id,
        None => tx.new_id()?,
    };
    Ok(Machine {
        tenant_id: tx.tenant(),
        id,
        license_id: license.id,
        fingerprint: request.fingerprint.clone(),
        components: request.components.clone(),
        name: request.name.clone(),
        platform: request.platform.clone(),
        app_version: request.app_version.clone(),
        user_name: request.user.clone(),
        site: request.site.clone(),
        state: MachineState::Active,
        state_reason: None,
        arrived_by: request.arrived_by,
        token_hash: token_hash(machine_token(keys.vault(), id, now)?.expose()),
        activated_at: now,
        deactivated_at: None,
        last_seen_at: now,
        lease_until: license.terms.lease_until(now),
        online_until: license.terms.online_until(now),
        // Numbers go on where an earlier life of the machine left them: a client refuses a lower one.
        computer_key_seq: known.map_or(0, |machine| machine.computer_key_seq) + 1,
        license_revision: license.revision,
        computer_key_kid: keys.signing_kid(tx, license.product_id)?,
        computer_key_held: None,
        metrics: Metrics::default(),
        source_address: tx.scope().origin().source_address().to_owned(),
        clone_suspected_at: None,
        clone_reason: None,
        version: known.map_or(1, |machine| machine.version + 1),
    })
}

/// What audit and event say of a machine.
#[derive(Debug, Serialize)]
pub(crate) struct MachineNote<'a> {
    license_id: LicenseId,
    name: &'a str,
    platform: &'a str,
    state: MachineState,
}

impl<'a> MachineNote<'a> {
    pub(crate) fn of(machine: &'a Machine) -> Self {
        Self {
            license_id: machine.license_id,
            name: &machine.name,
            platform: &machine.platform,
            state: machine.state,
        }
    }
}

#[cfg(test)]
mod tests;
