//! Links by which somebody pays an order without signing in.
//!
//! What stands in such a link is sealed by the vault for this purpose and this tenant: it tells
//! nothing to who reads it, ends by itself, is worth nothing at another tenant's host, and nothing
//! of it is kept, so no database gives one away.

use alvara_domain::id::{OrderId, TenantId, Ulid};
use alvara_domain::node::NodePath;
use alvara_domain::time::UtcTime;
use alvara_store::{Actor, Grant, Origin, Reach, Scope, StoreResult, TenantTx, nodes, orders};
use alvara_vault::Purpose;

use super::authorize::is_open;
use super::{Gate, HostTenant};
use crate::denied::GateError;

/// No token of ours is longer; nothing longer is even decoded.
const LONGEST: usize = 128;
/// Bytes of an order's id.
const ID: usize = 16;

/// Somebody who came by a link, and the scope in which that order is paid.
#[derive(Debug, Clone)]
pub struct Payer {
    /// The place that the order is for and what is below it.
    pub scope: Scope,
    /// The order. Show and pay this one and no other.
    pub order: OrderId,
}

impl Gate {
    /// What stands in the link to an order of a tenant. It is good until then, whatever becomes of
    /// the order; each call makes another.
    ///
    /// # Errors
    /// When the vault fails.
    pub fn payment_token(
        &self,
        tenant: TenantId,
        order: OrderId,
        until: UtcTime,
    ) -> Result<String, GateError> {
        let mut plain = order.ulid().to_bytes().to_vec();
        plain.extend_from_slice(&until.seconds().to_be_bytes());
        let context = tenant.to_string();
        Ok(self.vault().seal(Purpose::PaymentLink, &context, &plain)?)
    }

    /// Who came by a link. `None` for one that is not of this host's tenant, is over, or was never
    /// made; and while the tenant is suspended.
    ///
    /// Nobody is authorized here: who has the link may see what the order costs and pay it. Give the
    /// scope to what shows that order with its names masked, and to what charges it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn payer(
        &self,
        host: &HostTenant,
        token: &str,
        origin: &Origin,
    ) -> Result<Option<Payer>, GateError> {
        let HostTenant::Tenant(tenant) = host else {
            return Ok(None);
        };
        let named = self.named_by(tenant.id, token);
        let Some(order) = named.filter(|_| is_open(tenant.state)) else {
            return Ok(None);
        };
        let root = NodePath::root(tenant.root_node_id);
        let scope = self.inside(tenant.id, &root, Actor::Payer, origin);
        let find = move |tx: &mut TenantTx<'_>| -> StoreResult<Option<NodePath>> {
            let Some(found) = orders::find(tx, order)? else {
                return Ok(None);
            };
            Ok(nodes::find(tx, found.node_id)?.map(|node| node.path))
        };
        let path = self.db().read(&scope, find).await?;
        Ok(path.map(|path| Payer {
            scope: self.mint().scope(Grant {
                tenant: tenant.id,
                path,
                // An agent's order may renew licenses of its customers.
                reach: Reach::Tree,
                actor: Actor::Payer,
                origin: origin.clone(),
            }),
            order,
        }))
    }

    fn named_by(&self, tenant: TenantId, token: &str) -> Option<OrderId> {
        if token.len() > LONGEST {
            return None;
        }
        let context = tenant.to_string();
        let plain = self
            .vault()
            .open(Purpose::PaymentLink, &context, token)
            .ok()?;
        let (id, until) = plain.split_at_checked(ID)?;
        let until = i64::from_be_bytes(until.try_into().ok()?);
        let until = UtcTime::from_seconds(until).ok()?;
        let order = OrderId::from_ulid(Ulid::from_bytes(id.try_into().ok()?));
        (!self.is_over(until)).then_some(order)
    }
}
