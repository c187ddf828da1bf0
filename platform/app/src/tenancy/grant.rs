//! Who hands out rights, and whether it may: nobody gives away more than it has.

use alvara_domain::fault::FaultCode;
use alvara_domain::node::TenantKind;
use alvara_store::{Actor, Scope, TenantTx, profiles, tenants};
use alvara_tenants::{BuiltInRole, Console, Gate, PermissionSet, Principal, Role};

use crate::{AppError, AppResult};

/// Who gives somebody a role, or changes somebody who has one. Both kinds come from the gate and
/// cannot be made up.
#[derive(Debug, Clone, Copy)]
pub enum Granter<'a> {
    /// Whoever signed in: its own rights are the limit.
    Principal(&'a Principal),
    /// The command line, which may everything.
    Console(&'a Console),
}

impl Granter<'_> {
    /// Refuses a role, cut down to `only`, that goes beyond the granter's own rights.
    pub(super) async fn check(
        self,
        gate: &Gate,
        scope: &Scope,
        role: Role,
        only: Option<PermissionSet>,
    ) -> AppResult<()> {
        match self {
            Self::Console(_) => Ok(()),
            Self::Principal(principal) if gate.may_grant(principal, scope, role, only).await? => {
                Ok(())
            }
            Self::Principal(_) => Err(AppError::ExceedsOwnRights),
        }
    }
}

/// Refuses a role that does not exist in the tenant: a profile of nobody's, or the operator's own
/// role in a reseller's tenant.
pub(super) fn check_role(tx: &mut TenantTx<'_>, role: Role) -> AppResult<()> {
    let unknown = || AppError::field("/role", FaultCode::Unknown, "there is no such role here");
    match role {
        Role::BuiltIn(BuiltInRole::Superadmin)
            if tenants::load_own(tx)?.kind != TenantKind::Operator =>
        {
            Err(unknown())
        }
        Role::BuiltIn(_) => Ok(()),
        Role::Profile(id) => profiles::find(tx, id)?.map(|_| ()).ok_or_else(unknown),
    }
}

/// Refuses to let somebody judge or promote themselves.
pub(super) fn check_not_oneself(scope: &Scope, id: alvara_domain::id::MemberId) -> AppResult<()> {
    if *scope.actor() == Actor::Member(id) {
        Err(AppError::ExceedsOwnRights)
    } else {
        Ok(())
    }
}
