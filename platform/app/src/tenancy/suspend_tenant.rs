use alvara_domain::event::EventKind;
use alvara_domain::id::TenantId;
use alvara_domain::node::{NodePath, Tenant, TenantKind, TenantState};
use alvara_store::{PlatformTx, tenants};

use crate::{AppError, AppResult};

/// Suspends a tenant: its people are shut out and its programs are told so at their next contact.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::WrongState`] when it is suspended already;
/// [`AppError::ExceedsOwnRights`] for the operator's own tenant, which nobody could reinstate.
pub fn suspend_tenant(tx: &mut PlatformTx<'_>, id: TenantId) -> AppResult<Tenant> {
    change_state(tx, id, TenantState::Suspended)
}

/// Lifts a tenant's suspension.
///
/// # Errors
/// As for [`suspend_tenant`], with [`AppError::WrongState`] when it is not suspended.
pub fn reinstate_tenant(tx: &mut PlatformTx<'_>, id: TenantId) -> AppResult<Tenant> {
    change_state(tx, id, TenantState::Active)
}

fn change_state(tx: &mut PlatformTx<'_>, id: TenantId, to: TenantState) -> AppResult<Tenant> {
    let before = load_tenant(tx, id)?;
    if before.kind == TenantKind::Operator {
        return Err(AppError::ExceedsOwnRights);
    }
    let (wanted, kind) = match to {
        TenantState::Suspended => ("suspended", EventKind::TenantSuspended),
        TenantState::Active => ("reinstated", EventKind::TenantReinstated),
    };
    if !tenants::change_state(tx, id, to)? {
        return Err(AppError::WrongState {
            noun: "tenant",
            state: before.state.as_str(),
            wanted,
        });
    }
    let tenant = load_tenant(tx, id)?;
    tx.enter(id, &NodePath::root(tenant.root_node_id), |tx| {
        tx.audit(kind.as_str(), id, &before, &tenant)?;
        tx.emit(kind, id, &tenant)
    })?;
    Ok(tenant)
}

pub(super) fn load_tenant(tx: &mut PlatformTx<'_>, id: TenantId) -> AppResult<Tenant> {
    tenants::find(tx, id)?.ok_or(AppError::NotFound("tenant"))
}
