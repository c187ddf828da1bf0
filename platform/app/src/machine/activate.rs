//! Activates a machine: takes a seat of a license for it, once.

use alvara_domain::event::EventKind;
use alvara_domain::fingerprint::{Comparison, Components, Fingerprint, Identity};
use alvara_domain::id::{LicenseId, MachineId};
use alvara_domain::license::License;
use alvara_domain::machine::{ArrivedBy, Machine, MachineState, Metrics};
use alvara_domain::product::{Product, Version};
use alvara_domain::time::{UtcTime, ZoneName};
use alvara_domain::verdict::{
    Asks, Claimed, Facts, Lookup, MachineFact, SeatAsk, Standing, Verdict, VersionAsk,
};
use alvara_store::TenantTx;
use alvara_store::machines::Call;
use alvara_store::{licenses, machines, products, versions};
use alvara_vault::token_hash;
use serde::Serialize;

use crate::error::{AppError, AppResult};
use crate::keyring::KeyRing;
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
    /// Through which door it came.
    pub arrived_by: ArrivedBy,
}

impl ActivationRequest {
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

/// Everything about a license that a decision needs, read in one place.
pub(crate) struct Case {
    pub(crate) license: License,
    pub(crate) product: Product,
    standing: Standing,
    zone: ZoneName,
}

impl Case {
    pub(crate) fn load(tx: &mut TenantTx<'_>, id: LicenseId) -> AppResult<Self> {
        let view = licenses::find_view(tx, id)?.ok_or(AppError::NotFound("license"))?;
        let product = products::find(tx, view.license.product_id)?
            .ok_or_else(|| AppError::Inconsistent(format!("{id} has no product")))?;
        Ok(Self {
            license: view.license,
            product,
            standing: view.standing,
            zone: view.zone,
        })
    }

    pub(crate) fn decide(&self, machine: MachineFact<'_>, asks: Asks<'_>, now: UtcTime) -> Verdict {
        // A deleted license is none, until somebody brings it back.
        let lookup = match self.license.deleted_at {
            Some(_) => Lookup::NotFound,
            None => Lookup::Found(self.license.grant(&self.product.code)),
        };
        let mut facts = Facts::of(lookup);
        facts.standing = self.standing;
        facts.machine = machine;
        facts.asks = asks;
        alvara_domain::verdict::decide(&facts, now)
    }
}

/// The version a program is, with its release date where the product's list has it.
pub(crate) fn version_ask(
    tx: &mut TenantTx<'_>,
    product: &Product,
    number: &Version,
) -> AppResult<VersionAsk> {
    let (major, minor) = (i64::from(number.major), i64::from(number.minor));
    let listed = versions::find_by_number(tx, product.id, major, minor)?;
    Ok(VersionAsk {
        number: number.clone(),
        released_at: listed.map(|version| version.released_at),
    })
}

/// The same from what a program said of itself. A text that is no version asks for nothing: old
/// programs send build names.
pub(crate) fn said_version(
    tx: &mut TenantTx<'_>,
    product: &Product,
    said: &str,
) -> AppResult<Option<VersionAsk>> {
    said.parse::<Version>()
        .ok()
        .map(|number| version_ask(tx, product, &number))
        .transpose()
}

/// Activates. The same fingerprint under the same license is the same machine: it gets its seat
/// once, however often and however parallel it asks.
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
    let case = Case::load(tx, id)?;
    let known = machines::find_by_fingerprint(tx, id, &request.fingerprint)?;
    let verdict = judge(tx, &case, known.as_ref(), request)?;
    match known {
        Some(machine) if machine.state.holds_seat() => {
            again(tx, keys, case, machine, request, verdict)
        }
        known => take_seat(tx, keys, case, known, request, verdict),
    }
}

/// Whether the program may have what it asks for: its seat again, or a new one.
fn judge(
    tx: &mut TenantTx<'_>,
    case: &Case,
    known: Option<&Machine>,
    request: &ActivationRequest,
) -> AppResult<Verdict> {
    let seated = known.filter(|machine| machine.state.holds_seat());
    let fact = match seated {
        Some(machine) => MachineFact::Known {
            state: machine.state,
            comparison: &Comparison::Same,
        },
        None => MachineFact::NotAsked,
    };
    let asks = Asks {
        version: said_version(tx, &case.product, &request.app_version)?,
        user: Claimed::from(request.user.as_deref()),
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
        Err(AppError::Refused(Box::new(verdict)))
    }
}

/// A machine that has its seat: it called, and gets what it got before.
fn again(
    tx: &mut TenantTx<'_>,
    keys: &KeyRing,
    case: Case,
    mut machine: Machine,
    request: &ActivationRequest,
    verdict: Verdict,
) -> AppResult<Activated> {
    let Case {
        license, product, ..
    } = case;
    machine.last_seen_at = tx.now();
    machine.lease_until = license.terms.lease_until(tx.now());
    machine.online_until = license.terms.next_check_at(tx.now());
    let app_version = Some(request.app_version.clone()).filter(|said| !said.is_empty());
    machines::touch(
        tx,
        machine.id,
        &Call {
            app_version,
            metrics: Metrics::default(),
            lease_until: machine.lease_until,
            online_until: machine.online_until,
        },
    )?;
    machine.computer_key_kid = keys.signing_kid(tx, product.id)?;
    machine.computer_key_seq =
        machines::next_computer_key(tx, machine.id, license.revision, &machine.computer_key_kid)?;
    machine.license_revision = license.revision;
    Ok(Activated {
        license,
        product,
        machine,
        novelty: Novelty::Again,
        verdict,
    })
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
        let case = Case::load(tx, id)?;
        let known = machines::find_by_fingerprint(tx, id, &request.fingerprint)?
            .filter(|machine| machine.state.holds_seat());
        let verdict = judge(tx, &case, known.as_ref(), request)?;
        let machine = known.ok_or(AppError::Store(alvara_store::StoreError::Contended))?;
        return again(tx, keys, case, machine, request, verdict);
    }
    let license = start_term(tx, &case)?;
    let machine = seat_of(tx, keys, &license, known.as_ref(), request)?;
    let stored = match &known {
        Some(before) => machines::activate_again(tx, &machine, before.state)?,
        None => machines::insert(tx, &machine)?,
    };
    if !stored {
        // The same machine asked twice at once and the other was first: it has the seat.
        licenses::release_seat(tx, id)?;
        let winner = machines::find_by_fingerprint(tx, id, &request.fingerprint)?;
        let winner = winner
            .filter(|machine| machine.state == MachineState::Active)
            .ok_or(AppError::Store(alvara_store::StoreError::Contended))?;
        return again(tx, keys, Case { license, ..case }, winner, request, verdict);
    }
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
    Ok(Activated {
        license,
        product: case.product,
        machine,
        novelty: Novelty::New,
        verdict,
    })
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
        return Err(AppError::Store(alvara_store::StoreError::Contended));
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
        site: None,
        state: MachineState::Active,
        state_reason: None,
        arrived_by: request.arrived_by,
        token_hash: token_hash(machine_token(keys.vault(), id, now)?.expose()),
        activated_at: now,
        deactivated_at: None,
        last_seen_at: now,
        lease_until: license.terms.lease_until(now),
        online_until: license.terms.next_check_at(now),
        // Numbers go on where an earlier life of the machine left them: a client refuses a lower one.
        computer_key_seq: known.map_or(0, |machine| machine.computer_key_seq) + 1,
        license_revision: license.revision,
        computer_key_kid: keys.signing_kid(tx, license.product_id)?,
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
