//! What every call of a machine leaves behind: when it called, how busy it is, that it is back.

use alvara_domain::event::EventKind;
use alvara_domain::machine::{Machine, MachineState};
use alvara_domain::metrics::{Bucket, Resolution};
use alvara_domain::time::UtcTime;
use alvara_store::TenantTx;
use alvara_store::machine_metrics;
use alvara_store::machines::{self, Call};
use serde_json::json;

use crate::error::AppResult;

/// Records a call. `machine` is as it was before it. One statement, one more for figures, and only
/// for a machine that was late a third. `false` when the machine was deactivated meanwhile.
///
/// # Errors
/// When the database fails.
pub(crate) fn called(tx: &mut TenantTx<'_>, machine: &Machine, call: &Call) -> AppResult<bool> {
    welcome(tx, machine, call.online_until)?;
    if !machines::touch(tx, machine.id, call)? {
        return Ok(false);
    }
    if let Some(bucket) = Bucket::of(&call.metrics, tx.now()) {
        machine_metrics::add(tx, machine, Resolution::FiveMinutes, &bucket)?;
    }
    Ok(true)
}

/// Tells that a machine is back of which it was told that it fell silent.
///
/// # Errors
/// When the database fails.
pub(crate) fn welcome(
    tx: &mut TenantTx<'_>,
    machine: &Machine,
    online_until: UtcTime,
) -> AppResult<()> {
    let late = machine.state == MachineState::Active && tx.now() > machine.online_until;
    if late && machines::called_again(tx, machine.id, online_until)? {
        tx.emit(
            EventKind::MachineOnline,
            machine.id,
            json!({
                "license_id": machine.license_id,
                "name": machine.name,
                "silent_since": machine.online_until,
            }),
        )?;
    }
    Ok(())
}
