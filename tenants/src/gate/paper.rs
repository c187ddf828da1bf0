//! Links by which anybody who holds a receipt or a credit note looks whether it is genuine.
//!
//! What stands in such a link is sealed by the vault for this purpose and this tenant, so nobody makes
//! one for a document that was never written. It does not end: paper does not either.

use alvara_domain::id::{InvoiceId, TenantId, Ulid};
use alvara_domain::node::NodePath;
use alvara_store::{Actor, Origin, Scope};
use alvara_vault::Purpose;

use super::{Gate, HostTenant};
use crate::denied::GateError;

/// No token of ours is longer; nothing longer is even decoded.
const LONGEST: usize = 128;

/// A document that somebody holds, and the scope in which it is looked up.
#[derive(Debug, Clone)]
pub struct Paper {
    /// The whole tenant. Show the one document in it, with the buyer masked, and nothing else.
    pub scope: Scope,
    /// The document.
    pub invoice: InvoiceId,
}

impl Gate {
    /// What stands in the link to a document of a tenant; each call makes another.
    ///
    /// # Errors
    /// When the vault fails.
    pub fn paper_token(&self, tenant: TenantId, paper: InvoiceId) -> Result<String, GateError> {
        let (context, plain) = (tenant.to_string(), paper.ulid().to_bytes());
        Ok(self.vault().seal(Purpose::PaperLink, &context, &plain)?)
    }

    /// The document that a link names. `None` for one that is not of this host's tenant or was never
    /// made. It is answered for a suspended tenant too: what was paid was paid.
    #[must_use]
    pub fn paper(&self, host: &HostTenant, token: &str, origin: &Origin) -> Option<Paper> {
        let tenant = host.tenant().filter(|_| token.len() <= LONGEST)?;
        let context = tenant.id.to_string();
        let plain = self
            .vault()
            .open(Purpose::PaperLink, &context, token)
            .ok()?;
        let id = Ulid::from_bytes(plain.as_slice().try_into().ok()?);
        let root = NodePath::root(tenant.root_node_id);
        Some(Paper {
            scope: self.inside(tenant.id, &root, Actor::Visitor, origin),
            invoice: InvoiceId::from_ulid(id),
        })
    }
}
