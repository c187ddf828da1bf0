//! Scopes of licensed programs: no sign-in, but a key, a token or a machine they name.
//!
//! The scope is the one place that holds the license, nothing above, beside or below. What is
//! found of another tenant than the host's is not found.

use std::sync::Arc;

use alvara_domain::fingerprint::Fingerprint;
use alvara_domain::id::{LicenseId, MachineId, NodeId, TenantId, Ulid};
use alvara_domain::key::ActivationKey;
use alvara_domain::node::{NodePath, TenantState};
use alvara_store::licenses::{self, LicensePlace};
use alvara_store::machines::{self, Among, MachinePlace};
use alvara_store::{Actor, Grant, Origin, PlatformTx, Reach, Scope, StoreError, TenantTx};
use alvara_vault::token_hash;

use super::{Gate, HostTenant};
use crate::denied::GateError;

/// A program that named a license, and the scope in which it is answered.
#[derive(Debug, Clone)]
pub struct ProgramAccess {
    /// The place of the license.
    pub scope: Scope,
    /// The license.
    pub license: LicenseId,
    /// The machine, when that is what it named.
    pub machine: Option<MachineId>,
}

impl Gate {
    /// The license of an activation key; `None` when there is none, or none of the host's tenant.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn program_by_key(
        &self,
        host: &HostTenant,
        key: &ActivationKey,
        origin: &Origin,
    ) -> Result<Option<ProgramAccess>, GateError> {
        let lookup = self.vault().lookup(&key.canonical())?;
        let scope = self.insight(origin);
        let place: Option<LicensePlace> = self
            .db()
            .platform_read(&scope, move |tx| licenses::find_by_key_lookup(tx, &lookup))
            .await?;
        Ok(place
            .filter(|place| counts(host, place.tenant))
            .map(|place| self.program(place.tenant, place.path, place.license, None, origin)))
    }

    /// The license of an activation key and what `work` reads of it, in one transaction; `None` as
    /// for [`Gate::program_by_key`].
    ///
    /// # Errors
    /// Those of `work`, and when the database fails.
    pub async fn read_by_key<T, E>(
        &self,
        host: &HostTenant,
        key: &ActivationKey,
        origin: &Origin,
        mut work: impl FnMut(&mut TenantTx<'_>, LicenseId) -> Result<T, E> + Send + 'static,
    ) -> Result<Option<(ProgramAccess, T)>, E>
    where
        T: Send + 'static,
        E: From<StoreError> + From<GateError> + Send + 'static,
    {
        let lookup = self
            .vault()
            .lookup(&key.canonical())
            .map_err(GateError::from)?;
        let scope = self.insight(origin);
        let (gate, host, origin) = (self.clone(), host.clone(), origin.clone());
        let read = move |tx: &mut PlatformTx<'_>| {
            let place = licenses::find_by_key_lookup(tx, &lookup)?;
            let Some(place) = place.filter(|place| counts(&host, place.tenant)) else {
                return Ok(None);
            };
            let access = gate.program(place.tenant, place.path, place.license, None, &origin);
            let found = tx.go_on_in(&access.scope, |tx| work(tx, access.license))?;
            Ok(Some((access, found)))
        };
        self.db().platform_read(&scope, read).await
    }

    /// The machine of a machine token.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn program_by_token(
        &self,
        host: &HostTenant,
        token: &str,
        origin: &Origin,
    ) -> Result<Option<ProgramAccess>, GateError> {
        let hash = token_hash(token);
        let scope = self.insight(origin);
        let place: Option<MachinePlace> = self
            .db()
            .platform_read(&scope, move |tx| machines::find_by_token(tx, &hash))
            .await?;
        Ok(place
            .filter(|place| counts(host, place.tenant))
            .map(|place| self.machine(place, origin)))
    }

    /// The machines that have nothing to show but a fingerprint, the one seen last first, at most
    /// 20: at a tenant's host among that tenant's, at the shared host among those of any tenant
    /// that were activated there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn programs_by_fingerprint(
        &self,
        host: &HostTenant,
        fingerprint: &Fingerprint,
        origin: &Origin,
    ) -> Result<Vec<ProgramAccess>, GateError> {
        let among = match host {
            HostTenant::Unknown => return Ok(Vec::new()),
            HostTenant::Shared => Among::SharedHost,
            HostTenant::Tenant(tenant) => Among::Tenant(tenant.id),
        };
        let fingerprint = fingerprint.clone();
        let scope = self.insight(origin);
        let places = self
            .db()
            .platform_read(&scope, move |tx| {
                machines::list_by_fingerprint(tx, among, &fingerprint)
            })
            .await?;
        Ok(places
            .into_iter()
            .map(|place| self.machine(place, origin))
            .collect())
    }

    /// The license that a computer key names, at a tenant's host; at the shared host resolve the
    /// host of the key's issuer first. Believe nothing of the computer key before its signature
    /// was checked with the product's keys, for which this scope is good.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn program_by_license(
        &self,
        host: &HostTenant,
        license: LicenseId,
        origin: &Origin,
    ) -> Result<Option<ProgramAccess>, GateError> {
        let HostTenant::Tenant(tenant) = host else {
            return Ok(None);
        };
        let root = NodePath::root(tenant.root_node_id);
        let scope = self.inside(tenant.id, &root, Actor::Program, origin);
        let view = self
            .db()
            .read(&scope, move |tx| licenses::find_view(tx, license))
            .await?;
        Ok(view
            .filter(|view| view.license.deleted_at.is_none())
            .map(|view| self.program(tenant.id, view.path, license, None, origin)))
    }

    /// The machine of an id, at a tenant's host; at the shared host resolve the host of an issuer
    /// first. An id is no secret: believe nothing before the machine has proven itself, for which
    /// this scope is good.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn program_by_machine(
        &self,
        host: &HostTenant,
        machine: MachineId,
        origin: &Origin,
    ) -> Result<Option<ProgramAccess>, GateError> {
        let HostTenant::Tenant(tenant) = host else {
            return Ok(None);
        };
        let root = NodePath::root(tenant.root_node_id);
        let scope = self.inside(tenant.id, &root, Actor::Program, origin);
        let read = move |tx: &mut alvara_store::TenantTx<'_>| {
            Ok::<_, alvara_store::StoreError>(match machines::find(tx, machine)? {
                Some(machine) => licenses::find_view(tx, machine.license_id)?,
                None => None,
            })
        };
        let view = self.db().read(&scope, read).await?;
        Ok(view
            .map(|view| self.program(tenant.id, view.path, view.license.id, Some(machine), origin)))
    }

    /// A scope for what anybody may read: key sets, releases, revocation lists. At a tenant's host that is the
    /// tenant's, at the shared one the operator's own; `None` where there is nobody.
    ///
    /// Nobody is authorized here, so it sees the tenant's catalogue and no place of its tree: no
    /// license, machine or member can be read through it, and nothing written.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn public(
        &self,
        host: &HostTenant,
        origin: &Origin,
    ) -> Result<Option<Scope>, GateError> {
        let tenant = match host {
            HostTenant::Unknown => None,
            HostTenant::Shared => self.operator().await?,
            HostTenant::Tenant(tenant) => Some(Arc::clone(tenant)),
        };
        Ok(tenant.map(|tenant| {
            self.mint().scope(Grant {
                tenant: tenant.id,
                path: NodePath::root(NodeId::from_ulid(Ulid::nil())),
                reach: Reach::Own,
                actor: Actor::Program,
                origin: origin.clone(),
            })
        }))
    }

    /// A scope for those who register themselves: a person who would be a customer, a program that
    /// would run. `None` at a host that is no tenant's own, and while the tenant is suspended.
    ///
    /// Nobody is authorized here and the scope is the whole tenant's tree, since only the tenant's
    /// rule says where somebody new belongs. Give it to a use case that answers nothing of what it
    /// finds, and to no other.
    #[must_use]
    pub fn registrar(&self, host: &HostTenant, actor: Actor, origin: &Origin) -> Option<Scope> {
        let HostTenant::Tenant(tenant) = host else {
            return None;
        };
        let root = NodePath::root(tenant.root_node_id);
        (tenant.state == TenantState::Active).then(|| self.inside(tenant.id, &root, actor, origin))
    }

    /// A scope for what payment providers tell of a tenant. `None` at a host that is no tenant's own.
    /// A suspended tenant's providers are heard too: money that came is booked, whoever may sign in.
    ///
    /// Nobody is authorized here; the plugin of the payment account says whether the sender is who
    /// it says. Give it to that use case and to no other.
    #[must_use]
    pub fn provider(&self, host: &HostTenant, origin: &Origin) -> Option<Scope> {
        let HostTenant::Tenant(tenant) = host else {
            return None;
        };
        let root = NodePath::root(tenant.root_node_id);
        Some(self.inside(tenant.id, &root, Actor::Provider, origin))
    }

    fn machine(&self, place: MachinePlace, origin: &Origin) -> ProgramAccess {
        self.program(
            place.tenant,
            place.path,
            place.license,
            Some(place.machine),
            origin,
        )
    }

    fn program(
        &self,
        tenant: TenantId,
        path: NodePath,
        license: LicenseId,
        machine: Option<MachineId>,
        origin: &Origin,
    ) -> ProgramAccess {
        let actor = machine.map_or(Actor::Program, Actor::Machine);
        let grant = Grant {
            tenant,
            path,
            reach: Reach::Own,
            actor,
            origin: origin.clone(),
        };
        ProgramAccess {
            scope: self.mint().scope(grant),
            license,
            machine,
        }
    }
}

/// Whether something of `tenant` may be found at `host`.
fn counts(host: &HostTenant, tenant: TenantId) -> bool {
    match host {
        HostTenant::Unknown => false,
        HostTenant::Shared => true,
        HostTenant::Tenant(own) => own.id == tenant,
    }
}
