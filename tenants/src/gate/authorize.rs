//! From a principal and a permission to a scope.

use alvara_domain::node::{NodePath, TenantState};
use alvara_store::jobs::ClaimedJob;
use alvara_store::{Actor, Grant, Origin, PlatformScope, Reach, Scope, profiles};

use super::{Gate, HostTenant};
use crate::denied::{Denied, GateError};
use crate::permission::{Permission, PermissionKey, PermissionSet};
use crate::principal::Principal;
use crate::role::{BuiltInRole, Role};

impl Gate {
    /// The scope in which `principal` may use permission `P` at `host`.
    ///
    /// At its own tenant's host and at the shared one that is its place, alone or with all below,
    /// as its role says. The operator's superadmins may act at any tenant's host, on the whole of it.
    ///
    /// # Errors
    /// [`Denied::Unauthenticated`] where the principal is not known at all, [`Denied::Forbidden`]
    /// where it may not, or where `P` is a platform permission, which gives no scope in a tenant.
    pub fn authorize<P: Permission>(
        &self,
        principal: &Principal,
        host: &HostTenant,
        origin: &Origin,
    ) -> Result<Scope, Denied> {
        self.scope_for(P::KEY, principal, host, origin)
    }

    /// [`Gate::authorize`] for a permission that is only known as a value.
    ///
    /// # Errors
    /// As there.
    pub fn scope_for(
        &self,
        key: PermissionKey,
        principal: &Principal,
        host: &HostTenant,
        origin: &Origin,
    ) -> Result<Scope, Denied> {
        let (tenant, path, reach) = match host {
            HostTenant::Unknown => return Err(Denied::Unauthenticated),
            HostTenant::Tenant(tenant) if tenant.id != principal.tenant() => {
                if !acts_anywhere(principal) {
                    return Err(Denied::Unauthenticated);
                }
                (tenant.id, NodePath::root(tenant.root_node_id), Reach::Tree)
            }
            HostTenant::Tenant(_) | HostTenant::Shared => (
                principal.tenant(),
                principal.path().clone(),
                principal.reach(key).ok_or(Denied::Forbidden)?,
            ),
        };
        if key.is_platform() || principal.reach(key).is_none() {
            return Err(Denied::Forbidden);
        }
        Ok(self.mint().scope(Grant {
            tenant,
            path,
            reach,
            actor: principal.actor(),
            origin: origin.clone(),
        }))
    }

    /// Leave to work across tenants: for the operator's people with a platform permission.
    ///
    /// # Errors
    /// [`Denied::Forbidden`] for everybody else.
    pub fn platform<P: Permission>(
        &self,
        principal: &Principal,
        origin: &Origin,
    ) -> Result<PlatformScope, Denied> {
        if !P::KEY.is_platform() || !principal.is_operator() || principal.reach(P::KEY).is_none() {
            return Err(Denied::Forbidden);
        }
        Ok(self.mint().platform(principal.actor(), origin.clone()))
    }
}

impl Gate {
    /// Whether `principal` may make a member or an API key of this role in the tenant of `scope`:
    /// nobody gives away more than it has. `only` are the permissions an API key is cut down to.
    ///
    /// Superadmins are made in the operator's tenant only, and a profile must be one of the tenant's.
    ///
    /// # Errors
    /// When the database fails or the profile's row is no list of rules.
    pub async fn may_grant(
        &self,
        principal: &Principal,
        scope: &Scope,
        role: Role,
        only: Option<PermissionSet>,
    ) -> Result<bool, GateError> {
        let home = self
            .operator()
            .await?
            .is_some_and(|operator| operator.id == scope.tenant());
        let profile = match role {
            Role::BuiltIn(BuiltInRole::Superadmin) if !home => return Ok(false),
            Role::BuiltIn(_) => None,
            Role::Profile(id) => self
                .db()
                .read(scope, move |tx| profiles::find(tx, id))
                .await?
                .map(|found| (found.version, found.rules)),
        };
        let rules = self.rules_of(scope.tenant(), role, profile)?;
        Ok(rules.is_some_and(|rules| principal.may_grant(role, &rules, only)))
    }

    /// The scope of a job that this process has taken, over the whole of its tenant: taking it is
    /// the leave to do it.
    #[must_use]
    pub fn job(&self, job: &ClaimedJob) -> Scope {
        self.mint().scope(Grant {
            tenant: job.tenant(),
            path: job.root().clone(),
            reach: Reach::Tree,
            actor: Actor::Job(job.id()),
            origin: Origin::default(),
        })
    }
}

/// Whether the principal is one of the operator's superadmins, with the whole of the operator's tree.
pub(super) fn acts_anywhere(principal: &Principal) -> bool {
    principal.is_operator()
        && principal.role() == Role::BuiltIn(BuiltInRole::Superadmin)
        && principal.path().parent().is_none()
}

/// Whether a tenant's people may sign in.
pub(super) fn is_open(state: TenantState) -> bool {
    state == TenantState::Active
}
