//! Transfers a license to another place of the tree, such as from one customer to another.

use alvara_domain::customer::CustomerStatus;
use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::{LicenseId, NodeId};
use alvara_domain::license::{License, LicenseState};
use alvara_domain::node::Node;
use alvara_domain::notice::NoticeKind;
use alvara_domain::terms::Binding;
use alvara_domain::transfer::{MachinesThen, Transfer, TransferKind};
use alvara_store::TenantTx;
use alvara_store::{
    customers, licenses, machines, nodes, registrations, seat_pools, tenants, transfers,
};
use serde_json::json;

use crate::error::{AppError, AppResult};
use crate::license::expect::expect_version;
use crate::license::users;
use crate::machine::activate::MachineNote;
use crate::notice::tell;
use crate::quota;
use crate::seat::give_back;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct TransferRequest {
    /// Who holds it from now on.
    pub node_id: NodeId,
    /// What becomes of its machines.
    pub machines: MachinesThen,
    /// Why, at most 300 characters.
    pub reason: Option<String>,
}

/// Transfers. Both places must be in the scope; `expected` is the version that the caller read, if
/// it said so. The license is held from the first line, so the limit of its terms is counted and
/// the transfer made as one: of any number of callers at once, as many win as the limit leaves.
///
/// # Errors
/// [`AppError::NotFound`] for a license or place outside the scope, [`AppError::Stale`],
/// [`AppError::WrongState`] for a license that is pending or revoked, for a suspended place and for a
/// customer who waits for validation,
/// [`AppError::Invalid`] for the place that holds it already, [`AppError::TransferLimit`],
/// [`AppError::QuotaExhausted`] for the quota of the new place.
pub fn transfer(
    tx: &mut TenantTx<'_>,
    id: LicenseId,
    expected: Option<i64>,
    request: &TransferRequest,
) -> AppResult<(License, Transfer)> {
    let before = held(tx, id)?;
    expect_version(tx, id, expected)?;
    let to = able_to_hold(tx, request.node_id)?;
    if to.id == before.node_id {
        return Err(AppError::field(
            "/node_id",
            FaultCode::Conflict,
            "the license is held there already",
        ));
    }
    within_limit(tx, &before)?;
    let released = match request.machines {
        MachinesThen::Keep => 0,
        MachinesThen::Release => release(tx, &before)?,
    };
    hand_over(tx, &before, &to, request.machines)?;
    let done = Transfer {
        from_node_id: Some(before.node_id),
        to_node_id: Some(to.id),
        machines_released: released,
        reason: request.reason.clone(),
        ..record(tx, &before, TransferKind::License)?
    };
    transfers::insert(tx, &done)?;
    inform(tx, &before, &done)?;
    let after = licenses::find(tx, id)?.ok_or(AppError::NotFound("license"))?;
    Ok((after, done))
}

/// The license, held still until the commit, if it may change hands at all.
pub(crate) fn held(tx: &mut TenantTx<'_>, id: LicenseId) -> AppResult<License> {
    if !licenses::hold(tx, id)? {
        return Err(AppError::NotFound("license"));
    }
    let license = licenses::find(tx, id)?
        .filter(|license| license.deleted_at.is_none())
        .ok_or(AppError::NotFound("license"))?;
    match license.state {
        LicenseState::Active | LicenseState::Suspended => Ok(license),
        state @ (LicenseState::Pending | LicenseState::Revoked) => Err(AppError::WrongState {
            noun: "license",
            state: state.as_str(),
            wanted: "transferred",
        }),
    }
}

fn able_to_hold(tx: &mut TenantTx<'_>, id: NodeId) -> AppResult<Node> {
    let node = nodes::find(tx, id)?
        .filter(|node| node.deleted_at.is_none())
        .ok_or(AppError::NotFound("node"))?;
    if !nodes::list_suspended_above(tx, &node.path)?.is_empty() {
        return Err(AppError::WrongState {
            noun: "node",
            state: "suspended",
            wanted: "given a license",
        });
    }
    // A license is born waiting at a customer who waits; one that is in use cannot wait.
    if customers::find_status(tx, node.id)? == Some(CustomerStatus::Pending) {
        return Err(AppError::WrongState {
            noun: "customer",
            state: CustomerStatus::Pending.as_str(),
            wanted: "given a license that is in use",
        });
    }
    Ok(node)
}

/// Whether the terms leave a transfer, of whatever kind. The license must be held.
pub(crate) fn within_limit(tx: &mut TenantTx<'_>, license: &License) -> AppResult<()> {
    let rule = license.terms.transfers;
    let Some(limit) = rule.limit else {
        return Ok(());
    };
    // The one that must have left the period before there is room again; with no transfer allowed
    // at all there never is.
    let blocking = match limit {
        0 => Some(tx.now()),
        limit => transfers::nth_newest(tx, license.id, limit)?,
    };
    let Some(made_at) = blocking else {
        return Ok(());
    };
    let zone = tenants::load_own(tx)?.time_zone;
    let free_at = rule
        .period
        .add_to(made_at, &zone, 1)
        .map_err(|error| AppError::Inconsistent(error.to_string()))?;
    if limit > 0 && free_at <= tx.now() {
        return Ok(());
    }
    Err(AppError::TransferLimit {
        limit: i64::from(limit),
        free_at: (limit > 0).then_some(free_at),
    })
}

/// Everything that hangs on the place of a license goes to the new one: the license itself, whatever
/// is counted against its place, such as a quota that its sale was charged to, and, where its machines
/// stay on it, the registrations of their programs.
fn hand_over(
    tx: &mut TenantTx<'_>,
    license: &License,
    to: &Node,
    then: MachinesThen,
) -> AppResult<()> {
    match then {
        MachinesThen::Keep => registrations::relocate(tx, license.id, to.id)?,
        MachinesThen::Release => registrations::part(tx, license.id)?,
    }
    if !licenses::relocate(tx, license.id, license.node_id, to.id)? {
        return Err(AppError::Stale);
    }
    quota::carry(tx, license, to.id)
}

/// Takes everything off the license that was its holder's: machines, floating seats, named users, and
/// whom and where it was bound to.
fn release(tx: &mut TenantTx<'_>, license: &License) -> AppResult<i64> {
    let released = release_machines(tx, license)?;
    if license.terms.binding == Binding::User {
        users::forget_all(tx, license.id)?;
    }
    licenses::unbind(tx, license.id)?;
    Ok(released)
}

fn release_machines(tx: &mut TenantTx<'_>, license: &License) -> AppResult<i64> {
    if license.terms.binding == Binding::Floating {
        seat_pools::lock(tx, license.id)?;
    }
    let holding = machines::list_holding(tx, license.id)?;
    let released = machines::release_all(tx, license.id, Some("the license was transferred"))?;
    if usize::try_from(released).ok() != Some(holding.len())
        || !licenses::release_seats(tx, license.id, released)?
    {
        // A program gave its seat back in between; the whole is tried again.
        return Err(AppError::contended());
    }
    for machine in &holding {
        give_back::all_of(tx, machine)?;
        tx.emit(
            EventKind::MachineDeactivated,
            machine.id,
            MachineNote::of(machine),
        )?;
    }
    Ok(released)
}

/// A transfer of a license as of now, between nothing yet.
pub(crate) fn record(
    tx: &mut TenantTx<'_>,
    license: &License,
    kind: TransferKind,
) -> AppResult<Transfer> {
    Ok(Transfer {
        tenant_id: tx.tenant(),
        id: tx.new_id()?,
        license_id: license.id,
        kind,
        from_node_id: None,
        to_node_id: None,
        from_machine_id: None,
        to_machine_id: None,
        machines_released: 0,
        reason: None,
        made_by: tx.scope().actor().to_string(),
        made_at: tx.now(),
    })
}

/// Both sides hear of it, and neither is told who the other is.
fn inform(tx: &mut TenantTx<'_>, license: &License, done: &Transfer) -> AppResult<()> {
    let payload = json!({
        "key_hint": license.key_hint,
        "product_id": license.product_id,
        "machines_released": done.machines_released,
        "reason": done.reason,
    });
    for (node, kind) in [
        (done.from_node_id, NoticeKind::LicenseLeft),
        (done.to_node_id, NoticeKind::LicenseArrived),
    ] {
        if let Some(node) = node {
            tell(tx, node, kind, license.id, payload.clone())?;
        }
    }
    tx.audit(
        "license.transferred",
        license.id,
        json!({ "node_id": done.from_node_id, "machines_used": license.machines_used }),
        json!({
            "node_id": done.to_node_id,
            "machines_used": license.machines_used - done.machines_released,
            "reason": done.reason,
        }),
    )?;
    tx.emit(
        EventKind::LicenseTransferred,
        license.id,
        json!({
            "transfer_id": done.id,
            "from_node_id": done.from_node_id,
            "to_node_id": done.to_node_id,
            "machines_released": done.machines_released,
        }),
    )?;
    Ok(())
}
