//! How many licenses of a product a place may issue.

use serde::Serialize;

use crate::id::{NodeId, ProductId, TenantId};
use crate::time::UtcTime;

/// A place's quota of a product.
///
/// Always `used + delegated ≤ total`: what it issued, or those below it without a quota of their
/// own, and what it handed on to places below.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `quotas`, named for what they hold"
)]
pub struct Quota {
    pub tenant_id: TenantId,
    pub node_id: NodeId,
    pub product_id: ProductId,
    pub total: i64,
    /// Licenses charged to it, those reserved by a batch among them.
    pub used: i64,
    /// The totals of the next quotas below.
    pub delegated: i64,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
    /// Rises when its total is changed; the ETag.
    pub version: i64,
}

impl Quota {
    /// How many are left.
    #[must_use]
    pub fn available(&self) -> i64 {
        self.total - self.used - self.delegated
    }
}
