//! What every call of a machine leaves behind: when it called, how busy it is, that it is back.

use alvara_domain::event::EventKind;
use alvara_domain::machine::{Machine, MachineState};
use alvara_domain::metrics::{Bucket, Resolution};
use alvara_store::TenantTx;
use alvara_store::machine_metrics;
use alvara_store::machines::{self, Call};
use serde_json::json;

use crate::error::AppResult;

/// Records a call. `machine` is as it was before it. One statement, one more for figures, and only
/// for a machine that was late a third.
///
/// # Errors
/// When the database fails.
pub(crate) fn called(tx: &mut TenantTx<'_>, machine: &Machine, call: &Call) -> AppResult<()> {
    let late = machine.state == MachineState::Active && tx.now() > machine.online_until;
    if late && machines::called_again(tx, machine.id, call.online_until)? {
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
    machines::touch(tx, machine.id, call)?;
    if let Some(bucket) = Bucket::of(&call.metrics, tx.now()) {
        machine_metrics::add(tx, machine, Resolution::FiveMinutes, &bucket)?;
    }
    Ok(())
}
