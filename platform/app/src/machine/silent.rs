//! Machines that fell silent beyond their lease give their seats to others, where the terms say so.

use alvara_domain::license::{License, LicenseState};
use alvara_domain::terms::{Binding, DeadMachine};
use alvara_domain::time::UtcTime;
use alvara_store::{TenantTx, licenses, machines, seat_pools};

use super::deactivate::{DeactivatedBy, leave};
use crate::error::{AppError, AppResult};

/// How many silent machines one look takes off a license.
const AT_ONCE: i64 = 100;

/// Whether the license's terms free the seats of silent machines.
pub(crate) fn frees(license: &License) -> bool {
    license.terms.heartbeat.dead_machine == DeadMachine::ReleaseSeat
}

/// Takes silent machines off the license and answers how many. One that calls at the same moment
/// keeps its seat: the conditional update decides.
pub(crate) fn release(tx: &mut TenantTx<'_>, license: &License) -> AppResult<usize> {
    if !frees(license) {
        return Ok(0);
    }
    let silent = machines::list_silent(tx, license.id, AT_ONCE)?;
    if silent.is_empty() {
        return Ok(0);
    }
    // The order of locks everywhere: license, pool, machine, seats.
    licenses::lock(tx, license.id, LicenseState::ALL)?;
    if license.terms.binding == Binding::Floating {
        seat_pools::lock(tx, license.id)?;
    }
    let mut released = 0;
    for id in silent {
        if !machines::deactivate_silent(tx, id)? {
            continue;
        }
        let machine = machines::find(tx, id)?.ok_or(AppError::NotFound("machine"))?;
        leave(tx, &machine, DeactivatedBy::Silence)?;
        released += 1;
    }
    Ok(released)
}

/// Has housekeeping look at the license when a machine's lease ends, where that matters. The
/// license must be locked.
pub(crate) fn watch(
    tx: &mut TenantTx<'_>,
    license: &License,
    lease_until: UtcTime,
) -> AppResult<()> {
    if frees(license) && !seat_pools::sweep_by(tx, license.id, lease_until)? {
        seat_pools::lock(tx, license.id)?;
        seat_pools::sweep_by(tx, license.id, lease_until)?;
    }
    Ok(())
}
