//! Notices when two machines seem to share one identity. Nobody is refused for it: somebody looks.

use alvara_domain::event::EventKind;
use alvara_domain::fingerprint::Comparison;
use alvara_domain::id::{LicenseId, MachineId};
use alvara_domain::machine::{Machine, MachineState};
use alvara_domain::terms::Terms;
use alvara_store::{TenantTx, machines};
use serde_json::json;

use super::activate::Case;
use super::drift::SaidMachine;
use crate::error::{AppError, AppResult};

/// It calls from two addresses in turn.
pub const ADDRESSES: &str = "alternating_addresses";
/// It shows an older computer key than it has shown before.
pub const OLDER_KEY: &str = "older_computer_key";
/// It activates under a known fingerprint with other components.
pub const COMPONENTS: &str = "contradicting_components";

/// How soon a return to the address before counts at most, in seconds. A laptop goes to the office
/// and comes back, but not within ten minutes.
const RETURN_SECONDS: i64 = 600;

/// Looks at what a call tells beside the machine's row as it was before. The usual call, from the
/// usual address, costs no statement.
pub(crate) fn examine(
    tx: &mut TenantTx<'_>,
    terms: &Terms,
    machine: &Machine,
    computer_key_seq: Option<i64>,
) -> AppResult<()> {
    if machine.state != MachineState::Active || machine.clone_suspected_at.is_some() {
        return Ok(());
    }
    let older = computer_key_seq
        .is_some_and(|seq| machine.computer_key_held.is_some_and(|held| seq < held));
    if older {
        return suspect(tx, machine, OLDER_KEY);
    }
    let address = tx.scope().origin().source_address().to_owned();
    if !moved(&machine.source_address, &address) {
        return Ok(());
    }
    let before = machines::address_change(tx, machine.id)?;
    machines::note_address(tx, machine.id, &machine.source_address)?;
    let now = tx.now();
    // Two that call in turn, each in its interval, come back within half of it at the latest every
    // other time; one that moves does not call before its interval is over.
    let interval = now.seconds_until(terms.next_check_at(now));
    let soon = (interval * 3 / 4).min(RETURN_SECONDS);
    match before {
        Some((previous, at)) if !moved(&previous, &address) && at.seconds_until(now) < soon => {
            suspect(tx, machine, ADDRESSES)
        }
        _ => Ok(()),
    }
}

/// Whether two addresses are two places. An IPv6 network gives one machine many addresses of its
/// 64 bits, and a machine may have an address of either kind, which says nothing.
fn moved(from: &str, to: &str) -> bool {
    use std::net::IpAddr;
    let (Ok(from), Ok(to)) = (from.parse::<IpAddr>(), to.parse::<IpAddr>()) else {
        return false;
    };
    match (from.to_canonical(), to.to_canonical()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => from != to,
        (IpAddr::V6(from), IpAddr::V6(to)) => from.segments()[..4] != to.segments()[..4],
        _ => false,
    }
}

/// Notes a suspicion, once until it is cleared.
pub(crate) fn suspect(tx: &mut TenantTx<'_>, machine: &Machine, reason: &str) -> AppResult<()> {
    if !machines::suspect(tx, machine.id, reason)? {
        return Ok(());
    }
    let note = json!({
        "license_id": machine.license_id,
        "reason": reason,
        "address": tx.scope().origin().source_address(),
        "previous_address": machine.source_address,
    });
    tx.audit("machine.clone_suspected", machine.id, (), &note)?;
    tx.emit(EventKind::MachineCloneSuspected, machine.id, note)?;
    Ok(())
}

/// Whether an activation that was refused came under a known fingerprint with other components,
/// and if so notes it. In a transaction of its own: the refusal undid everything in the other.
pub(crate) fn note_conflict(
    tx: &mut TenantTx<'_>,
    license: LicenseId,
    said: &SaidMachine,
) -> AppResult<()> {
    let case = Case::load(tx, license)?;
    let known = machines::find_by_fingerprint(tx, license, &said.fingerprint)?;
    let Some(machine) = known.filter(|machine| machine.state == MachineState::Active) else {
        return Ok(());
    };
    match case.compare(&machine, said) {
        Comparison::Mismatch { .. } => suspect(tx, &machine, COMPONENTS),
        Comparison::Same | Comparison::Drift { .. } => Ok(()),
    }
}

/// Clears the suspicion against a machine: somebody looked. Doing so twice is no error.
///
/// # Errors
/// [`AppError::NotFound`] outside the scope.
pub fn clear(tx: &mut TenantTx<'_>, id: MachineId) -> AppResult<Machine> {
    let before = machines::find(tx, id)?.ok_or(AppError::NotFound("machine"))?;
    if machines::clear_suspicion(tx, id)? {
        tx.audit(
            "machine.clone_cleared",
            id,
            json!({ "reason": before.clone_reason, "since": before.clone_suspected_at }),
            (),
        )?;
        tx.emit(
            EventKind::MachineCloneCleared,
            id,
            json!({ "license_id": before.license_id, "reason": before.clone_reason }),
        )?;
    }
    machines::find(tx, id)?.ok_or(AppError::NotFound("machine"))
}

#[cfg(test)]
mod tests {
    use super::moved;

    // R-ML-02
    #[test]
    fn a_place_is_an_address_or_a_network_of_ipv6() {
        assert!(moved("192.0.2.1", "192.0.2.2"));
        assert!(!moved("192.0.2.1", "::ffff:192.0.2.1"));
        assert!(!moved("2001:db8:0:1::a", "2001:db8:0:1:ffff::b"));
        assert!(moved("2001:db8:0:1::a", "2001:db8:0:2::a"));
        assert!(!moved("192.0.2.1", "2001:db8::1"));
        assert!(!moved("", "192.0.2.1"));
    }
}
