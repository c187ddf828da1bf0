//! A machine calls: heartbeat, validation, or a check in one of the dialects. All are one thing.

use alvara_domain::fingerprint::Comparison;
use alvara_domain::id::MachineId;
use alvara_domain::license::License;
use alvara_domain::machine::{Machine, MachineState, Metrics};
use alvara_domain::product::Product;
use alvara_domain::verdict::{Asks, MachineFact, Verdict};
use alvara_store::TenantTx;
use alvara_store::machines::{self, Call, Watch};

use crate::error::{AppError, AppResult};
use crate::keyring::KeyRing;
use crate::machine::activate::{Case, said_version};
use crate::machine::case::recorded_site;
use crate::machine::clones;
use crate::machine::drift::{self, SaidMachine};
use crate::machine::presence;

/// What a machine says when it calls.
#[derive(Debug, Clone, Default)]
pub struct ContactRequest {
    /// The program's version.
    pub app_version: Option<String>,
    /// How busy the machine is.
    pub metrics: Option<Metrics>,
    /// Number of the computer key it holds. When that is not the newest, it gets the newest again:
    /// the answer that brought it may have been lost.
    pub computer_key_seq: Option<i64>,
    /// The machine as it is now, if the program says; else it is taken for the one on record.
    pub machine: Option<SaidMachine>,
    /// What else it asks for.
    pub asks: ContactAsks,
    /// Whether the answer can bring a computer key.
    pub room: KeyRoom,
}

/// Whether the answer to a call has room for a computer key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum KeyRoom {
    /// Yes: one that is due goes with it, and counts as sent.
    #[default]
    There,
    /// No: what is due stays due until a call that can bring it.
    None,
}

/// What a calling program wants to know beyond whether it may run.
#[derive(Debug, Clone, Default)]
pub struct ContactAsks {
    /// Code of its product.
    pub product: Option<String>,
    /// Modules that must be unlocked.
    pub modules: Vec<String>,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Contact {
    /// The license.
    pub license: License,
    /// Its product.
    pub product: Product,
    /// The machine as it is now.
    pub machine: Machine,
    /// Whether it may run.
    pub verdict: Verdict,
    /// Whether the machine must be sent a computer key; `machine` bears its number.
    pub key: KeyDue,
}

/// Whether a machine is to be sent a computer key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyDue {
    /// It holds the newest.
    No,
    /// The license changed since, another key signs now, or the newest never arrived.
    Yes,
}

/// Records that a machine called and decides whether it may run. A machine that may not keeps the
/// lease it had: it does not run longer for having asked.
///
/// # Errors
/// [`AppError::NotFound`] when there is no such machine in the scope.
pub fn contact(
    tx: &mut TenantTx<'_>,
    keys: &KeyRing,
    id: MachineId,
    request: &ContactRequest,
) -> AppResult<Contact> {
    // Of a deleted license too: its program is told so by a verdict, which it can believe.
    let recorded = machines::find_even_deleted(tx, id)?.ok_or(AppError::NotFound("machine"))?;
    let mut machine = recorded.clone();
    let case = Case::load(tx, machine.license_id)?;
    let version = match &request.app_version {
        Some(said) => said_version(tx, &case.product, said)?,
        None => None,
    };
    let asks = Asks {
        product: request.asks.product.as_deref(),
        version,
        modules: &request.asks.modules,
        user: case.recorded_user(tx, &recorded)?,
        site: recorded_site(&recorded),
        ..Asks::default()
    };
    let said = request.machine.as_ref();
    let comparison = said.map_or(Comparison::Same, |said| case.compare(&recorded, said));
    let fact = MachineFact::Known {
        state: recorded.state,
        comparison: &comparison,
    };
    let now = tx.now();
    let verdict = case.decide(fact, asks, now);
    clones::examine(tx, &case.license.terms, &recorded, request.computer_key_seq)?;
    if verdict.valid
        && let (Some(said), Comparison::Drift { changed }) = (said, &comparison)
    {
        drift::absorb(tx, &case.license.terms, &mut machine, said, changed)?;
    }
    let kid = keys.signing_kid(tx, case.product.id)?;
    let behind =
        machine.license_revision != case.license.revision || machine.computer_key_kid != kid;
    let lost = request
        .computer_key_seq
        .is_some_and(|held| held != machine.computer_key_seq);
    let key = if verdict.valid && request.room == KeyRoom::There && (behind || lost) {
        KeyDue::Yes
    } else {
        KeyDue::No
    };
    if key == KeyDue::Yes {
        machine.computer_key_seq =
            machines::next_computer_key(tx, id, case.license.revision, &kid)?;
        machine.license_revision = case.license.revision;
        machine.computer_key_kid = kid;
    }
    let watch = match machine.state {
        MachineState::Active => Some(Watch::Yes),
        MachineState::Blocked => Some(Watch::No),
        MachineState::Deactivated | MachineState::Reserved => None,
    };
    if let Some(watch) = watch {
        machine.last_seen_at = now;
        if verdict.valid {
            machine.lease_until = case.license.terms.lease_until(now);
        }
        machine.online_until = case.license.terms.online_until(now);
        let call = call_of(&recorded, &machine, request, watch);
        if !presence::called(tx, &recorded, &call)? {
            // It was deactivated since it was read, which is then what it is told.
            return contact(tx, keys, id, request);
        }
    }
    let Case {
        license, product, ..
    } = case;
    Ok(Contact {
        license,
        product,
        machine,
        verdict,
        key,
    })
}

/// What is written of the call.
fn call_of(recorded: &Machine, machine: &Machine, request: &ContactRequest, watch: Watch) -> Call {
    // Only a number that was given out is one it can hold.
    let held = request.computer_key_seq.filter(|seq| {
        *seq <= recorded.computer_key_seq
            && recorded.computer_key_held.is_none_or(|held| *seq > held)
    });
    Call {
        app_version: request.app_version.clone(),
        metrics: request.metrics.unwrap_or_default(),
        lease_until: machine.lease_until,
        online_until: machine.online_until,
        computer_key_held: held,
        watch,
    }
}
