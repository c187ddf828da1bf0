//! Acting without anybody having signed in: the command line and the workers.

use alvara_domain::node::{NodePath, Tenant};
use alvara_store::{Actor, Grant, Origin, PlatformScope, Reach, Scope, tenants};

use crate::denied::GateError;
use crate::gate::Gate;

/// Leave to act without a principal. Made once, by [`Gate::open`], beside the gate; a handler that
/// is only given the gate can never come by one.
#[derive(Debug, Clone)]
pub struct Console {
    gate: Gate,
}

impl Console {
    pub(crate) fn new(gate: Gate) -> Self {
        Self { gate }
    }

    /// The gate it belongs to.
    #[must_use]
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Leave to work across tenants in the name of whoever has a shell on the server.
    #[must_use]
    pub fn platform(&self) -> PlatformScope {
        self.gate.mint().platform(Actor::Console, Origin::default())
    }

    /// Leave to work across tenants in the name of the platform: claiming jobs, forgetting what is
    /// over, watching.
    #[must_use]
    pub fn housekeeping(&self) -> PlatformScope {
        self.gate
            .mint()
            .platform(Actor::Platform, Origin::default())
    }

    /// A scope over the whole of a tenant.
    #[must_use]
    pub fn scope(&self, tenant: &Tenant) -> Scope {
        self.gate.mint().scope(Grant {
            tenant: tenant.id,
            path: NodePath::root(tenant.root_node_id),
            reach: Reach::Tree,
            actor: Actor::Console,
            origin: Origin::default(),
        })
    }

    /// A tenant by its slug, and a scope over the whole of it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tenant(&self, slug: &str) -> Result<Option<(Tenant, Scope)>, GateError> {
        let slug = slug.to_owned();
        let found = self
            .gate
            .db()
            .platform_read(&self.platform(), move |tx| tenants::find_by_slug(tx, &slug))
            .await?;
        Ok(found.map(|tenant| {
            let scope = self.scope(&tenant);
            (tenant, scope)
        }))
    }
}
